"""Receives deliveries with http.server of the standard library.

Usage: python http_server.py PORT FILE
ATLAS_WEBHOOK_URL is the registered URL. The deliveries are stored in FILE, a database of SQLite.
"""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from inbox import LIMIT, Inbox


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10  # seconds without a byte
    inbox: Inbox

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < 10):
            self.close_connection = True
            self.respond(413 if length.isdecimal() else 411)
            return
        body = self.rfile.read(min(int(length), LIMIT + 1))
        if len(body) < int(length):
            self.close_connection = True
        if len(body) == int(length) or len(body) > LIMIT:
            # As received; `path` has one slash where several are sent at its start.
            target = self.requestline.split()[1]
            self.respond(self.inbox.receive(self.command, target, self.headers, body))

    def respond(self, status: int) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if self.close_connection:
            self.drain()

    def drain(self) -> None:
        """Read what the sender still sends: closing before that could take the response along."""
        for _ in range(16 * LIMIT // 65536):
            if not self.rfile.read(65536):
                break

    def log_message(self, *_: object) -> None:
        """Log nothing, because the target contains the token."""


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # connections that wait to be accepted

    def get_request(self) -> Any:
        """Wait after a connection that could not be accepted, because no descriptor is free."""
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.2)
            raise

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback for a sender that closed its connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main(port: str, path: str) -> None:
    Handler.inbox = Inbox(os.environ["ATLAS_WEBHOOK_URL"], path)
    Server(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
