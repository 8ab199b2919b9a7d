"""The sandbox as a server for the tests, and a server of any bytes."""

from __future__ import annotations

import _thread
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import pytest
import trustme

from atlas_webhook import Endpoint, Exchange, Reply, Request, State

HERE = Path(__file__).resolve().parent
CID = "XXXXXXXX"
URL = "https://example.com/atlas?token=t0ken-7733aa"
CREDENTIALS: dict[str, Any] = {"client_id": "client-19f2", "client_secret": "secret-93ac0e"}

YES = (
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 28\r\n\r\n"
    b'{"status":0,"msg":"success"}'
)

StartSandbox = Callable[..., str]
Answering = Callable[..., str]


def crate() -> Path:
    """The crate's folder: within the sdist, or around this one in the repository."""
    within = HERE.parent / "crate"
    return within if within.exists() else HERE.parents[2]


def wait_for_threads(count: int) -> None:
    """Wait until only `count` threads are left: that of a send ends shortly after the send."""
    while _thread._count() > count:
        time.sleep(0.01)


def clean_environment() -> dict[str, str]:
    """For programs other than Python, if a sanitizer is preloaded into Python."""
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> None:
    """Whatever this machine is set up for, the servers of the tests are on it."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


@pytest.fixture(scope="session")
def command_program() -> str:
    """The command atlas-webhook: the one that ATLAS_WEBHOOK_COMMAND names, or what cargo builds."""
    if named := os.environ.get("ATLAS_WEBHOOK_COMMAND"):
        return named
    command = ["cargo", "build", "--quiet", "--locked", "--bin", "atlas-webhook"]
    command += ["--message-format", "json-render-diagnostics"]
    built = subprocess.run(
        command, cwd=crate(), env=clean_environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    (program,) = (message["executable"] for message in messages if message.get("executable"))
    return str(program)


@contextmanager
def running(program: str, *options: str) -> Iterator[str]:
    with subprocess.Popen(
        [program, "sandbox", *options],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.fixture
def start_sandbox(command_program: str) -> Iterator[StartSandbox]:
    """Starts a sandbox with these options, and gives its address."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(running(command_program, *options))


@pytest.fixture(scope="session")
def sandbox(command_program: str) -> Iterator[str]:
    """The address of a sandbox that says yes."""
    with running(command_program) as address:
        yield address


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Starts a server that gives one client these bytes, and gives its address."""
    with ExitStack() as stack:

        def start(answer: bytes, *, tls: ssl.SSLContext | None = None, reset: bool = False) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve() -> None:
                try:
                    connection, _ = listener.accept()
                except OSError:  # The test has ended without a client.
                    return
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                with connection:
                    # The whole request, whose body is a JSON object: to close on unread bytes would
                    # reset the connection.
                    request = b""
                    while not request.endswith(b"}") and (piece := connection.recv(65536)):
                        request += piece
                    connection.sendall(answer)
                    if reset:
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

            def stop() -> None:
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)
            stack.callback(stop)
            scheme = "https" if tls is not None else "http"
            return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"

        yield start


@dataclass(frozen=True)
class Certificates:
    #: With a certificate for 127.0.0.1.
    server: ssl.SSLContext
    #: Names the authority that signed it.
    ca_file: Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    ca_file = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return Certificates(server, ca_file)


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


def registration(base_url: str | None = None, **options: Any) -> Request:
    return Request.registration(Endpoint(base_url, **options), URL, CID)


def over_socket(request: Request) -> Reply:
    """The way of an own socket."""
    with socket.create_connection((request.host, request.port)) as sock:
        exchange = Exchange(request)
        while exchange.state is not State.DONE:
            if exchange.state is State.WANT_SEND:
                exchange.sent(sock.send(exchange.to_send()))
            elif data := sock.recv(4096):
                exchange.received(data)
            else:
                exchange.received_eof()
        return exchange.take_reply()


def python(script: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs a script in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", script, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
