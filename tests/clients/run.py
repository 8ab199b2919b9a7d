#!/usr/bin/env python3
"""Runs a program that serves deliveries, as tests/serving.py does, under load and with more clients.

    tests/clients/run.py PROGRAM [ARGUMENT...]

The clients are curl, Java's HttpURLConnection, node, requests and wrk. Python has to have requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(FOLDER))

from serving import LIMIT, OK, PATH, Server, event, head, read_response  # noqa: E402

#: How often each client sends the body that is too large.
TIMES = 20
CURL = ["curl", "--silent", "--output", "/dev/null", "--max-time", "20", "--noproxy", "*"]


def thousand_connections_at_once_are_served(server: Server) -> int:
    """As many as the program serves at once are served, the others wait."""

    async def deliver() -> bytes:
        body = event()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head(len(body)) + body)
        response = await reader.readexactly(len(OK))
        writer.close()
        return response

    async def deliver_all() -> list[bytes]:
        return await asyncio.gather(*(deliver() for _ in range(1000)))

    responses = asyncio.run(deliver_all())
    assert set(responses) == {OK}, set(responses)
    return len(responses)


def ten_thousand_pipelined_requests_are_served(server: Server) -> int:
    """All are sent before any response is read, as far as the sockets hold them."""
    requests = b"".join(head(len(body)) + body for body in (event() for _ in range(10_000)))
    with server.connect() as peer:
        sending = threading.Thread(target=peer.sendall, args=(requests,))
        sending.start()
        wanted, responses = 10_000 * len(OK), b""
        while len(responses) < wanted:
            more = peer.recv(65536)
            assert more, f"closed after {len(responses)} of {wanted} bytes"
            responses += more
        sending.join()
    assert responses == 10_000 * OK
    return 10_000


def slow(begin: bytes):
    """A client that begins so, and then sends a byte every half second, gets 408 in time."""

    def send(server: Server) -> None:
        with server.connect() as peer:
            started = time.monotonic()
            peer.sendall(begin)
            response = None
            while response is None and time.monotonic() - started < 30:
                with contextlib.suppress(ConnectionError):
                    peer.sendall(b"1")
                peer.settimeout(0.5)
                with contextlib.suppress(TimeoutError):
                    response = peer.recv(1000)
            took = time.monotonic() - started
        assert response and response.startswith(b"HTTP/1.1 408 "), response
        assert 9 < took < 20, took

    return send


def silent(server: Server) -> None:
    """A connection without a request is closed without a response, later than one within a request."""
    with server.connect() as peer:
        peer.settimeout(120)
        started = time.monotonic()
        assert peer.recv(1000) == b""
        took = time.monotonic() - started
    assert 70 < took < 90, took


def by(command: list[str]):
    """A client of its own program: it sends an event twice, and the body that is too large TIMES times."""

    def deliver(server: Server) -> int:
        with tempfile.TemporaryDirectory() as folder:
            small, large = os.path.join(folder, "small"), os.path.join(folder, "large")
            with open(small, "wb") as file:
                file.write(event())
            with open(large, "wb") as file:
                file.write(b"x" * (8 * LIMIT))
            url = f"http://127.0.0.1:{server.port}{PATH}"
            done = subprocess.run(
                [*command, url, small, "2", large, str(TIMES)],
                capture_output=True, text=True, timeout=200, check=False,
            )
        statuses = done.stdout.split()
        assert statuses == 2 * ["200"] + TIMES * ["413"], (statuses, done.stderr)
        return 1

    deliver.__name__ = f"{os.path.basename(command[0])} gets each status"
    return deliver


def curl_gets_the_status_of_each_body_that_is_too_large(server: Server) -> int:
    with tempfile.NamedTemporaryFile() as large:
        large.write(b"x" * (8 * LIMIT))
        large.flush()
        for n in range(TIMES):
            expect = [["--header", "Expect:"], []][n % 2]
            url = f"http://127.0.0.1:{server.port}{PATH}"
            command = [*CURL, "--write-out", "%{http_code}", *expect, "--data-binary", "@" + large.name, url]
            status = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            assert status == "413", (n, expect, status)
    return 0


def http2_by_prior_knowledge_gets_505(server: Server) -> int:
    """curl shows only that this is not HTTP/2, so a relay looks at the bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"
        curl = subprocess.Popen([*CURL, "--http2-prior-knowledge", "--data-binary", event(), url])
        client, _ = listener.accept()
    with client, server.connect() as peer:
        peer.sendall(client.recv(65536))
        response = read_response(peer)
        client.sendall(response)
    assert response.startswith(b"HTTP/1.1 505 "), response
    assert curl.wait(timeout=30) != 0
    return 0


def wrk_is_served(server: Server) -> int:
    connections, before = 32, len(server.stored())
    done = subprocess.run(
        ["wrk", "--threads", "2", "--connections", str(connections), "--duration", "1s",
         "--script", os.path.join(FOLDER, "deliver.lua"), f"http://127.0.0.1:{server.port}{PATH}"],
        capture_output=True, text=True, timeout=60, check=True,
    )
    found = re.search(r"completed (\d+) failed (\d+)", done.stdout)
    assert found, done.stdout
    completed, failed = map(int, found.groups())
    assert completed > 0 and failed == 0, done.stdout
    # The requests whose responses wrk no longer read are stored too.
    stored, more = len(server.stored()), -1
    while stored != more:
        time.sleep(0.2)
        stored, more = len(server.stored()), stored
    assert completed <= stored - before <= completed + connections, (completed, stored - before)
    return stored - before


CHECKS = [
    thousand_connections_at_once_are_served,
    ten_thousand_pipelined_requests_are_served,
    by([sys.executable, os.path.join(FOLDER, "deliver.py")]),
    by(["node", os.path.join(FOLDER, "deliver.mjs")]),
    by(["java", os.path.join(FOLDER, "Deliver.java")]),
    curl_gets_the_status_of_each_body_that_is_too_large,
    http2_by_prior_knowledge_gets_505,
    wrk_is_served,
]
#: Meanwhile.
PATIENT = [slow(head(100_000) + b"{"), slow(b"POST / HTTP/1.1\r\nX: "), slow(b""), silent]


def main() -> None:
    # Where nothing has to reach a disk: tens of thousands of events are stored.
    if os.path.isdir("/dev/shm"):
        tempfile.tempdir = "/dev/shm"
    # A thousand connections are a thousand descriptors, here and in the program.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    server = Server(sys.argv[1:], None)
    stored = 0
    try:
        waiting = ThreadPoolExecutor(len(PATIENT))
        waits = [waiting.submit(check, server) for check in PATIENT]
        for check in CHECKS:
            started = time.monotonic()
            stored += check(server)
            assert len(server.stored()) == stored, (check.__name__, len(server.stored()), stored)
            print(f"{check.__name__}: {time.monotonic() - started:.2f} s")
        for wait in waits:
            wait.result()
        server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()


if __name__ == "__main__":
    main()
