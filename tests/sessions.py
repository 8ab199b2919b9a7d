#!/usr/bin/env python3
"""Sends by the bundled transport to TLS servers by OpenSSL that send session tickets at various times.

    tests/sessions.py CERTIFICATE KEY CA-FILE TICKETS-PROGRAM

The certificate has to be for 127.0.0.1. TICKETS-PROGRAM is tests/c/programs/tickets.c, which sends a ticket after each
response. The other servers use Python's ssl module: a blocking one, which sends the tickets at the end of the
handshake, and one by asyncio, whose tickets wait for the first response and are sent with it.

Three sends of a transport use one connection. After it is closed, the next connection resumes its session.
The Python that runs this needs the package atlas_webhook.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import NamedTuple

from atlas_webhook import Endpoint, Request, Transport

BODY = b'{"status": 0, "msg": "success"}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
SENDS = 3
LIMIT = 20


class Seen(NamedTuple):
    """A request that a server received."""

    connection: int
    request: int
    resumed: bool


#: What a server received, and its port.
Serving = tuple["queue.Queue[Seen]", int]


def server_context(certificate: str, key: str, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.minimum_version = context.maximum_version = version
    return context


@contextlib.contextmanager
def blocking(context: ssl.SSLContext) -> Iterator[Serving]:
    """A server with a thread, which serves one connection after another."""
    seen: queue.Queue[Seen] = queue.Queue()

    def serve(listener: socket.socket) -> None:
        connection = 0
        # It ends when the listener is closed.
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                connection += 1
                with accepted, context.wrap_socket(accepted, server_side=True) as peer:
                    request = 0
                    with contextlib.suppress(OSError):
                        while read := peer.recv(65536):
                            # The only brace of a request ends it.
                            if read.endswith(b"}"):
                                request += 1
                                seen.put(Seen(connection, request, bool(peer.session_reused)))
                                peer.sendall(RESPONSE)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield seen, listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def with_asyncio(context: ssl.SSLContext) -> Iterator[Serving]:
    """A server by asyncio, with an event loop in a thread."""
    seen: queue.Queue[Seen] = queue.Queue()
    started: queue.Queue[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = queue.Queue()
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        connection, request = connections, 0
        with contextlib.suppress(OSError, EOFError):
            while await reader.readuntil(b"\r\n\r\n"):
                await reader.readuntil(b"}")
                request += 1
                reused = writer.get_extra_info("ssl_object").session_reused
                seen.put(Seen(connection, request, bool(reused)))
                writer.write(RESPONSE)
                await writer.drain()

    async def run() -> None:
        ends = asyncio.Event()
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        started.put((asyncio.get_running_loop(), ends, server.sockets[0].getsockname()[1]))
        await ends.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    loop, ends, port = started.get(timeout=LIMIT)
    try:
        yield seen, port
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join(LIMIT)


@contextlib.contextmanager
def after_each_response(command: list[str]) -> Iterator[Serving]:
    """The program, whose lines are read in a thread."""
    seen: queue.Queue[Seen] = queue.Queue()

    def read() -> None:
        for line in server.stdout:
            _, connection, _, request, *resumed = line.split()
            seen.put(Seen(int(connection), int(request), resumed == ["resumed"]))

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline())
            threading.Thread(target=read, daemon=True).start()
            yield seen, port
        finally:
            server.kill()


def check(name: str, serving: Serving, ca_file: str) -> None:
    seen, port = serving
    request = Request.registration(Endpoint(f"https://127.0.0.1:{port}"), "https://example.com/atlas")
    with Transport(ca_file=ca_file) as transport:
        for connection in (1, 2):
            for nth in range(1, SENDS + 1):
                transport.send(request)
                # The program prints its line after the ticket, which is there before the next send.
                got = seen.get(timeout=LIMIT)
                assert got == (connection, nth, connection == 2), f"{name}: {got}"
            transport.close_idle()
    assert seen.empty(), f"{name}: {seen.get()}"
    print(f"{name}: {SENDS} sends on one connection, and {SENDS} on another, which resumes its session")


def main() -> None:
    certificate, key, ca_file, program = sys.argv[1:]
    print(ssl.OPENSSL_VERSION)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for serve in (blocking, with_asyncio):
            with serve(server_context(certificate, key, version)) as serving:
                check(f"{serve.__name__}, {version.name}", serving, ca_file)
    with after_each_response([program, certificate, key]) as serving:
        check("a ticket after each response, TLSv1_3", serving, ca_file)


if __name__ == "__main__":
    main()
