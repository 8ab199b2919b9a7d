#!/usr/bin/env python3
"""Runs a program that serves deliveries as its users' clients meet it.

    tests/serving.py [--tls CERTIFICATE] [--curl] [--few-descriptors] PROGRAM [ARGUMENT...]

PROGRAM gets an address, a URL and a folder, prints its address, stores each event as a file in the folder
before it sends 200, and each body at the URL that is not an event as a file NAME.body, and ends in order at
SIGTERM. With --curl, curl is one of the clients. With --few-descriptors, the program must accept only as many
connections as its descriptors permit.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

PATH = "/atlas/8f3c?token=s3cret"
LIMIT = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Server:
    def __init__(self, command: list[str], certificate: str | None):
        self.certificate = certificate
        self.folder = tempfile.TemporaryDirectory()
        url = "https://example.com" + PATH
        self.process = subprocess.Popen(
            [*command, "127.0.0.1:0", url, self.folder.name],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        line = self.process.stdout.readline()
        assert line.startswith("listening on 127.0.0.1:"), line
        self.port = int(line.rsplit(":", 1)[1])
        self.context = None
        if certificate:
            self.context = ssl.create_default_context(cafile=certificate)
        self.errors: list[str] = []
        self.reader = threading.Thread(target=lambda: self.errors.append(self.process.stderr.read()))
        self.reader.start()

    def connect(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(plain, server_hostname="localhost") if self.context else plain

    def http(self) -> http.client.HTTPConnection:
        if self.context:
            return http.client.HTTPSConnection("localhost", self.port, timeout=20, context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def stored(self) -> list[str]:
        return sorted(name for name in os.listdir(self.folder.name) if name.endswith(".json"))

    def kept(self) -> list[bytes]:
        """The bodies that are not events."""
        kept = []
        for name in os.listdir(self.folder.name):
            if not name.endswith(".json"):
                assert name.endswith(".body"), name
                with open(os.path.join(self.folder.name, name), "rb") as file:
                    kept.append(file.read())
        return sorted(kept)

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.reader.join()
        assert code == 0, (code, self.errors)
        assert self.process.stdout.read().endswith("stopped\n")
        assert "s3cret" not in self.errors[0] and "8f3c" not in self.errors[0], self.errors
        self.folder.cleanup()
        return self.errors[0]


numbers = iter(range(10**9))


def event() -> bytes:
    """One that no other equals."""
    return b'{"type":"order.void","notificationId":"n-%d"}' % next(numbers)


def head(length: int, *fields: str) -> bytes:
    lines = [f"POST {PATH} HTTP/1.1", "Host: a", f"Content-Length: {length}", *fields]
    return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"


def read_response(peer: socket.socket, tail: bytes = b"\r\n\r\n") -> bytes:
    data = b""
    while not data.endswith(tail):
        more = peer.recv(1)
        if not more:
            break
        data += more
    return data


def read_to_end(peer: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionError):
        while more := peer.recv(4096):
            data += more
    return data


def deliveries_follow_each_other_on_one_connection(server: Server) -> int:
    with server.connect() as peer:
        for _ in range(20):
            body = event()
            peer.sendall(head(len(body)) + body)
            assert read_response(peer) == OK
        peer.sendall(b"".join(head(len(body)) + body for body in [event() for _ in range(100)]))
        for _ in range(100):
            assert read_response(peer) == OK
    return 120


def a_request_that_comes_byte_by_byte_is_read(server: Server) -> int:
    with server.connect() as peer:
        body = event()
        for byte in head(len(body)) + body:
            peer.sendall(bytes([byte]))
        assert read_response(peer) == OK
    return 1


def the_body_waits_for_100_continue(server: Server) -> int:
    with server.connect() as peer:
        body = event()
        peer.sendall(head(len(body), "Expect: 100-continue"))
        assert read_response(peer) == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(body)
        assert read_response(peer) == OK
    return 1


def a_half_close_gets_its_response(server: Server) -> int:
    if server.context:
        return 0
    with server.connect() as peer:
        body = event()
        peer.sendall(head(len(body)) + body)
        peer.shutdown(socket.SHUT_WR)
        assert read_to_end(peer).startswith(b"HTTP/1.1 200 OK\r\n")
    return 1


def are_kept(server: Server, bodies: list[tuple[bytes, list[str], int]]) -> int:
    """Sends bodies that are not events, each with its fields and the status that it gets, and then an event."""
    before = server.kept()
    with server.connect() as peer:
        for body, fields, status in bodies:
            peer.sendall(head(len(body), *fields) + body)
            response = read_response(peer)
            assert response.startswith(b"HTTP/1.1 %d " % status), (body[:20], response)
            assert body in server.kept(), body[:20]
        assert server.kept() == sorted({*before, *(body for body, _, _ in bodies)})
        body = event()
        peer.sendall(head(len(body)) + body)
        assert read_response(peer) == OK
    return 1


def what_is_no_event_gets_400_and_is_kept_and_the_connection_stays(server: Server) -> int:
    return are_kept(server, [(b"[]", [], 400), (b"", [], 400), (b"\0\xff" * (LIMIT // 2), [], 400), (b"[]", [], 400)])


def gzip_that_is_damaged_or_too_large_is_kept(server: Server) -> int:
    packed = ["Content-Encoding: gzip"]
    damaged, large = gzip.compress(event())[:-1], gzip.compress(b" " * (LIMIT + 1))
    return are_kept(server, [(damaged, packed, 400), (large, packed, 413)])


def a_duplicate_is_stored_once(server: Server) -> int:
    body = event()
    with server.connect() as peer:
        for _ in range(2):
            peer.sendall(head(len(body)) + body)
            assert read_response(peer) == OK
    return 1


def a_rejected_body_of_8_mib_gets_its_status(server: Server) -> int:
    for _ in range(20):
        client = server.http()
        try:
            client.request("POST", PATH, body=b"x" * (8 * LIMIT))
        except (BrokenPipeError, ConnectionResetError):
            pass
        status = client.getresponse().status
        assert status == 413, status
        client.close()
    return 0


def strangers_and_broken_requests_get_their_status_and_are_not_kept(server: Server) -> int:
    kept = server.kept()
    for data, status in [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"POST /wrong HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde", 404),
        (b"\x16\x03\x01", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (head(2, "Expect: x"), 417),
        (head(2, "Content-Encoding: br"), 415),
    ]:
        with server.connect() as peer:
            peer.sendall(data)
            response = read_to_end(peer)
        assert response.startswith(b"HTTP/1.1 %d " % status), (data, response)
        assert response.endswith(b"Connection: close\r\n\r\n"), response
    assert server.kept() == kept
    return 0


def http_client_sends_chunks_and_a_length(server: Server) -> int:
    client = server.http()
    for body in (event(), iter([event()])):
        client.request("POST", PATH, body=body, encode_chunked=not isinstance(body, bytes),
                       headers={} if isinstance(body, bytes) else {"Transfer-Encoding": "chunked"})
        response = client.getresponse()
        assert (response.status, response.read()) == (200, b"")
    client.close()
    return 2


def a_connection_that_breaks_anywhere_stores_nothing(server: Server) -> int:
    body = event()
    request = head(len(body)) + body
    for end in range(0, len(request), 3):
        peer = server.connect()
        peer.sendall(request[:end])
        if end % 2 and not server.context:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
    return 0


def many_connections_are_served(server: Server) -> int:
    peers = [server.connect() for _ in range(60)]
    for peer in peers:
        body = event()
        peer.sendall(head(len(body)) + body)
    for peer in peers:
        assert read_response(peer) == OK
        peer.close()
    return len(peers)


def curl_is_served(server: Server) -> int:
    scheme = "https" if server.context else "http"
    always = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "20"]
    always += ["--noproxy", "*"]
    if server.certificate:
        always += ["--cacert", server.certificate]
    url = f"{scheme}://{'localhost' if server.context else '127.0.0.1'}:{server.port}{PATH}"
    stored = 0
    with tempfile.TemporaryDirectory() as folder:
        large = os.path.join(folder, "large")
        with open(large, "wb") as file:
            file.write(b"x" * (2 * LIMIT))
        for arguments, data, status in [
            ([], None, 200),
            (["--http1.0"], None, 200),
            (["--header", "Transfer-Encoding: chunked"], None, 200),
            (["--header", "Expect: 100-continue"], None, 200),
            ([], "@" + large, 413),
            (["--header", "Expect:"], "@" + large, 413),
        ]:
            data = data or event().decode()
            command = [*always, *arguments, "--data-binary", data, url]
            answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            assert answer == str(status), (arguments, answer)
            stored += status == 200
    return stored


def sigterm_under_load_loses_no_event(server: Server) -> int:
    """Every event that got a 200 is stored; those that got none need not be."""
    counted = [0] * 8

    def send(n: int) -> None:
        with contextlib.suppress(OSError), server.connect() as peer:
            while True:
                body = event()
                peer.sendall(head(len(body)) + body)
                response = read_response(peer)
                if not response.startswith(b"HTTP/1.1 200 OK\r\n"):
                    return
                counted[n] += 1

    threads = [threading.Thread(target=send, args=(n,)) for n in range(len(counted))]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    server.process.wait(timeout=30)
    return sum(counted)


def a_connection_without_a_thread_ends_alone(server: Server) -> int:
    """A process without memory for another stack cannot start a thread. Not every program needs one."""
    if not hasattr(resource, "prlimit"):
        return 0
    with open(f"/proc/{server.process.pid}/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.prlimit(server.process.pid, resource.RLIMIT_AS)
    resource.prlimit(server.process.pid, resource.RLIMIT_AS, (size + LIMIT, before[1]))
    body = event()
    with contextlib.suppress(OSError), server.connect() as peer:
        peer.sendall(head(len(body)) + body)
        read_response(peer)
    resource.prlimit(server.process.pid, resource.RLIMIT_AS, before)
    with server.connect() as peer:
        peer.sendall(head(len(body)) + body)
        assert read_response(peer) == OK
    return 1


def what_cannot_be_stored_gets_503(server: Server) -> None:
    os.rmdir(server.folder.name)
    with server.connect() as peer:
        for body in (event(), b"[]"):
            peer.sendall(head(len(body)) + body)
            response = read_response(peer)
            assert response.startswith(b"HTTP/1.1 503 "), response


CHECKS = [
    a_connection_without_a_thread_ends_alone,  # before any other thread: its stack would be used again
    deliveries_follow_each_other_on_one_connection,
    a_request_that_comes_byte_by_byte_is_read,
    the_body_waits_for_100_continue,
    a_half_close_gets_its_response,
    what_is_no_event_gets_400_and_is_kept_and_the_connection_stays,
    gzip_that_is_damaged_or_too_large_is_kept,
    a_duplicate_is_stored_once,
    a_rejected_body_of_8_mib_gets_its_status,
    strangers_and_broken_requests_get_their_status_and_are_not_kept,
    http_client_sends_chunks_and_a_length,
    a_connection_that_breaks_anywhere_stores_nothing,
    many_connections_are_served,
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls")
    parser.add_argument("--curl", action="store_true")
    parser.add_argument("--few-descriptors", action="store_true")
    parser.add_argument("--no-gzip", action="store_true", help="the program is built without the feature gzip")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    server = Server(options.command, options.tls)
    stored = 0
    try:
        checks = [check for check in CHECKS if not (options.no_gzip and "gzip" in check.__name__)]
        for check in [*checks, *([curl_is_served] if options.curl else [])]:
            started = time.monotonic()
            stored += check(server)
            assert len(server.stored()) == stored, (check.__name__, len(server.stored()), stored)
            print(f"{check.__name__}: {time.monotonic() - started:.2f} s")
        # One idle connection must not hold the program.
        idle = server.connect()
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 10
        idle.close()
        server = Server(options.command, options.tls)
        acknowledged = sigterm_under_load_loses_no_event(server)
        assert acknowledged and len(server.stored()) >= acknowledged, acknowledged
        server.stop()
        print(f"SIGTERM under load: {acknowledged} events acknowledged and stored")
        server = Server(options.command, options.tls)
        what_cannot_be_stored_gets_503(server)
        server.stop()
        if options.few_descriptors:
            server = Server(["sh", "-c", 'ulimit -n 40; exec "$0" "$@"', *options.command], options.tls)
            many_connections_are_served(server)
            server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()


if __name__ == "__main__":
    sys.exit(main())
