#!/usr/bin/env python3
"""Runs a program that registers, and stops and continues it while it waits for the response.

    tests/stopped.py COMMAND...

The argument {endpoint} of the command becomes the URL of a server. Linux ends each wait of a socket with a timeout when
a program continues, and poll() too.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\nConnection: close\r\n\r\n"
    b'{"status":0, "msg": "success"}'
)


def main(command: list[str]) -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = subprocess.Popen([endpoint if part == "{endpoint}" else part for part in command])
        connection, _ = listener.accept()
    with connection:
        connection.settimeout(20)
        connection.recv(65536)
        # It may not wait yet.
        for _ in range(10):
            for which in (signal.SIGSTOP, signal.SIGCONT):
                process.send_signal(which)
                time.sleep(0.005)
        connection.sendall(RESPONSE)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
        return process.wait(20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
