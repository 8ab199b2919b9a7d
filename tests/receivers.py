#!/usr/bin/env python3
"""Sends a receiver everything that it may meet, and then looks at what it stored and printed.

    tests/receivers.py [--folder] COMMAND [ARGUMENT...]

In the command, {port} is the port of 127.0.0.1 to listen on, and {store} is where to store: a file of SQLite
that does not exist yet, with a table `deliveries` that has a column `body`; with --folder, an empty folder
with one file for each body. The environment has the registered URL in ATLAS_WEBHOOK_URL.

The receiver responds with 200 after it stored an event, stores a duplicate once, and responds to everything
else with the status of the error. It stores a body that it cannot read as received, if the target is that of
the registered URL. It ends at SIGTERM. Its output contains neither the URL nor anything of a passenger, and no traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Callable

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
# With what a server may decode, and with a query.
TARGET = "/atlas/8f3c2b7e%2Fs3cret/a+b?key=t0ken%20x"
URL = "https://hooks.example" + TARGET
SECRETS = ("8f3c2b7e", "s3cret", "t0ken")
LIMIT = 1024 * 1024

# The members of the samples that are about a person.
PERSONAL = {
    *("name", "birthday", "cardNum", "ticketNos", "airlinePNRs", "ancillaryEMD"),
    *("from", "to", "emailSubject", "emailLink", "uniqueCode"),
}

HEAD = (
    "{method} {target} HTTP/1.1\r\n"
    "Accept-Encoding: gzip\r\n"
    "User-Agent: Mozilla/5.0 Hutool\r\n"
    "Content-Type: application/json;charset=UTF-8\r\n"
    "Host: hooks.example\r\n"
    "Connection: keep-alive\r\n"
)


def wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=20).close()
            return
        time.sleep(0.02)
    process.kill()
    sys.exit(f"the receiver does not listen: {log.read_text(errors='replace')}")


class Receiver:
    """A receiver that runs."""

    def __init__(self, command: list[str], log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [argument.replace("{port}", str(self.port)) for argument in command]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "ATLAS_WEBHOOK_URL": URL, "PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until_listening(self.process, self.port, log)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """The status of the response, and the whole response. 0 if there is no response."""
        with self.connect() as peer:
            # A receiver may respond before it has read everything.
            with contextlib.suppress(ConnectionError):
                peer.sendall(request)
            return read_response(peer)

    def post(self, body: bytes, *fields: str, target: str = TARGET, method: str = "POST") -> int:
        status, response = self.exchange(request(body, *fields, target=target, method=method))
        for secret in SECRETS:
            assert secret.encode() not in response, response
        return status

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            sys.exit(f"the receiver does not end at signal {number}")
        assert code in (0, 128 + number, -number), code


def request(body: bytes, *fields: str, target: str = TARGET, method: str = "POST") -> bytes:
    head = HEAD.format(method=method, target=target)
    lines = fields or (f"Content-Length: {len(body)}",)
    return head.encode() + "".join(line + "\r\n" for line in lines).encode() + b"\r\n" + body


def read_response(peer: socket.socket) -> tuple[int, bytes]:
    """Reads a response with a Content-Length, or up to the end of the connection."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while True:
            head, end, body = data.partition(b"\r\n\r\n")
            lengths = [
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ]
            if end and lengths and len(body) >= lengths[0]:
                break
            more = peer.recv(65536)
            if not more:
                break
            data += more
    return (int(data[9:12]) if data.startswith(b"HTTP/1.") else 0), data


def samples() -> list[bytes]:
    return [file.read_bytes().strip() for file in sorted(SAMPLES.glob("**/*.json"))]


def personal(value: object, name: str = "") -> set[str]:
    """The texts of a sample that are about a person."""
    if isinstance(value, dict):
        return set().union(*(personal(member, key) for key, member in value.items()))
    if isinstance(value, list):
        return set().union(*(personal(member, name) for member in value))
    return {value} if name in PERSONAL and isinstance(value, str) and len(value) > 3 else set()


numbers = iter(range(10**9))


def event() -> bytes:
    """One that no other equals."""
    return b'{"cid":"EXAMPLE1","data":{"orderNo":"A%d"},"type":"order.void"}' % next(numbers)


# Each check returns the bodies that are to be stored.


def every_sample_is_stored(receiver: Receiver) -> list[bytes]:
    for body in samples():
        assert receiver.post(body) == 200, body
    return samples()


def a_duplicate_is_stored_once(receiver: Receiver) -> list[bytes]:
    for body in samples():
        assert receiver.post(body) == 200, body
    reordered = json.dumps({"type": "order.void", "b": 1, "a": 2}).encode()
    body = json.dumps({"a": 2, "b": 1, "type": "order.void"}).encode()
    assert (receiver.post(body), receiver.post(reordered)) == (200, 200)
    return [body]


def a_duplicate_at_the_same_time_is_stored_once(receiver: Receiver) -> list[bytes]:
    body = event()
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(receiver.post(body))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * len(threads), statuses
    return [body]


def a_forged_delivery_is_not_stored(receiver: Receiver) -> list[bytes]:
    path, _, query = TARGET.partition("?")
    for target in (
        "/",
        path,
        path + "?",
        f"{path}/?{query}",
        f"{TARGET}0",
        TARGET[:-1],
        TARGET.replace("%2F", "/"),
        TARGET.replace("%2F", "%2f"),
        TARGET.replace("%20", "+"),
        TARGET.replace("a+b", "a%2Bb"),
        TARGET.replace("atlas", "ATLAS"),
        TARGET.replace("atlas", "%61tlas"),
        "/" + TARGET,
        "/./" + TARGET[1:],
        "/x/.." + TARGET,
        f"{TARGET}&key=t0ken",
    ):
        status = receiver.post(samples()[0], target=target)
        assert status == 404, (target, status)
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        status = receiver.post(samples()[0], method=method)
        assert status in (404, 405, 501), (method, status)
    return []


def a_body_of_2_mib_is_rejected(receiver: Receiver) -> list[bytes]:
    large = b'{"type":"order.void","a":"%s"}' % (b"x" * (2 * LIMIT))
    for fields in ([], ["Transfer-Encoding: chunked"]):
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(large), large) if fields else large
        status = receiver.post(body, *fields)
        assert status == 413 or (fields and status == 411), (fields, status)
    assert receiver.post(large, target="/wrong") in (404, 413)
    return []


def a_body_that_is_no_event_is_kept(receiver: Receiver) -> list[bytes]:
    bodies = [
        b"",
        b'{"type":"order.void"',
        b"[]",
        b'{"type":"order.void","type":"order.void"}',
        b'{"type":"\xff"}',
        b"type=order.void",
        b'{"a":' + b"[" * 200 + b"]" * 200 + b"}",
    ]
    for body in bodies:
        for _ in range(2):
            status = receiver.post(body)
            assert status in (400, 413), (body, status)
    return bodies


def gzip_is_removed(receiver: Receiver) -> list[bytes]:
    body = event()
    coded = gzip.compress(body)
    fields = ("Content-Encoding: gzip", f"Content-Length: {len(coded)}")
    assert receiver.post(coded, *fields) == 200
    return [body]


def chunks_are_read_or_rejected(receiver: Receiver) -> list[bytes]:
    body = event()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    status = receiver.post(chunks, "Transfer-Encoding: chunked")
    assert status in (200, 411), status
    return [body] if status == 200 else []


def a_slow_body_does_not_delay_others(receiver: Receiver) -> list[bytes]:
    slow = [event() for _ in range(12)]
    peers = [receiver.connect() for _ in slow]
    for peer, body in zip(peers, slow):
        peer.sendall(request(body)[: -len(body) // 2])
    quick = [event() for _ in range(4)]
    for body in quick:
        assert receiver.post(body) == 200
    for peer, body in zip(peers, slow):
        peer.sendall(request(body)[-len(body) // 2 :])
        status, _ = read_response(peer)
        assert status == 200, status
        peer.close()
    return slow + quick


def a_body_that_breaks_off_is_not_stored(receiver: Receiver) -> list[bytes]:
    whole = request(event())
    for end in range(0, len(whole), 16):
        with receiver.connect() as peer:
            peer.sendall(whole[:end])
            if end % 32:
                # Closing then resets the connection.
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return []


def broken_requests_are_rejected(receiver: Receiver) -> list[bytes]:
    """Requests with the secret, of which a server may quote a part in its log."""
    line = f"POST {TARGET} HTTP/1.1\r\nHost: a\r\n".encode()
    for broken in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        f"POST {TARGET}\r\n\r\n".encode(),
        f"POST {TARGET} HTTP/9.9\r\nHost: a\r\n\r\n".encode(),
        f"POST {TARGET} x HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        f"P\x00ST {TARGET} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        f"BREW {TARGET} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode(),
        line + f"Bad Name: {TARGET}\r\nContent-Length: 0\r\n\r\n".encode(),
        line + f"X: {TARGET}\x00\r\nContent-Length: 0\r\n\r\n".encode(),
        line + f"Referer: {TARGET}".encode() + b"x" * 100_000 + b"\r\n\r\n",
        line + f"Content-Length: {TARGET}\r\n\r\n".encode(),
        line + b"Content-Length: -1\r\n\r\n",
        line + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        line + f"Transfer-Encoding: {TARGET}\r\n\r\n".encode(),
        line + f"Transfer-Encoding: chunked\r\n\r\n{TARGET}\r\n".encode(),
        f"POST {TARGET}{'x' * 100_000} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        f"POST {TARGET}\xff HTTP/1.1\r\nHost: a\r\n\r\n".encode("latin-1"),
        f"POST http://a:x{TARGET} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode(),
    ):
        with receiver.connect() as peer:
            # A receiver may have closed the connection meanwhile.
            with contextlib.suppress(OSError):
                peer.sendall(broken)
                peer.shutdown(socket.SHUT_WR)
            status, _ = read_response(peer)
            assert status == 0 or status >= 400, (broken[:100], status)
    body = event()
    assert receiver.post(body) == 200
    return [body]


CHECKS = [
    every_sample_is_stored,
    a_duplicate_is_stored_once,
    a_duplicate_at_the_same_time_is_stored_once,
    a_forged_delivery_is_not_stored,
    a_body_of_2_mib_is_rejected,
    a_body_that_is_no_event_is_kept,
    gzip_is_removed,
    chunks_are_read_or_rejected,
    a_slow_body_does_not_delay_others,
    a_body_that_breaks_off_is_not_stored,
    broken_requests_are_rejected,
]


def stored(store: Path) -> Counter[bytes]:
    if store.is_dir():
        return Counter(file.read_bytes() for file in store.iterdir())
    with contextlib.closing(sqlite3.connect(store)) as database:
        bodies = [body for (body,) in database.execute("SELECT body FROM deliveries")]
    return Counter(body.encode() if isinstance(body, str) else body for body in bodies)


def check(command: list[str], log: Path, stored: Callable[[], Counter[bytes]]) -> int:
    """Runs all checks. `stored` returns the bodies in the store. Returns how many there are."""
    receiver = Receiver(command, log)
    expected: Counter[bytes] = Counter()
    try:
        for function in CHECKS:
            started = time.monotonic()
            expected.update(function(receiver))
            found = stored()
            for difference in (found - expected, expected - found):
                assert not difference, f"{function.__name__}: {difference}"
            print(f"{function.__name__}: {time.monotonic() - started:.2f} s")
        receiver.end(signal.SIGTERM)

        # After a new start, what is acknowledged survives SIGKILL, and duplicates are known.
        receiver = Receiver(command, log)
        body = event()
        statuses = [receiver.post(sent) for sent in (samples()[0], body)]
        receiver.end(signal.SIGKILL)
        assert statuses == [200, 200], statuses
        expected.update([body])
        assert stored() == expected
    finally:
        receiver.process.kill()
    return sum(expected.values())


def check_output(log: Path) -> None:
    output = log.read_text(errors="replace")
    assert "Traceback" not in output, f"the output contains a traceback:\n{output}"
    texts = set(SECRETS).union(*(personal(json.loads(body)) for body in samples()))
    assert len(texts) > 20
    for line in output.splitlines():
        for text in texts:
            assert text not in line, f"the output contains {text!r}: {line}"
    print(f"the output of {len(output)} characters contains no secret")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        store, log = Path(work) / "store", Path(work) / "log"
        if options.folder:
            store.mkdir()
        command = [argument.replace("{store}", str(store)) for argument in options.command]
        try:
            print(f"{check(command, log, lambda: stored(store))} bodies are stored")
        except BaseException:
            print(f"the receiver printed:\n{log.read_text(errors='replace')}", file=sys.stderr)
            raise
        check_output(log)


if __name__ == "__main__":
    main()
