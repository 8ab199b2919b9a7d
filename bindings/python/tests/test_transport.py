"""The bundled transport, and `register` over it."""

from __future__ import annotations

import _thread
import asyncio
import errno
import gc
import os
import pickle
import select
import socket
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Callable

import pytest
from conftest import (
    CID,
    CREDENTIALS,
    URL,
    YES,
    Answering,
    Certificates,
    StartSandbox,
    python,
    registration,
    wait_for_threads,
)

import atlas_webhook
from atlas_webhook import (
    ArgumentError,
    CancelledError,
    ConnectError,
    Endpoint,
    Reply,
    ServerError,
    StateError,
    TimedOutError,
    Transport,
    _handles,
    register,
)
from atlas_webhook._library import lib


def test_the_three_lines(sandbox: str) -> None:
    reply = register(Endpoint(sandbox, **CREDENTIALS), URL, CID)
    assert reply == Reply("success", "", 200, attempts=1)


def test_every_argument_of_register(
    start_sandbox: StartSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_CLIENT_ID", CREDENTIALS["client_id"])
    monkeypatch.setenv("ATLAS_CLIENT_SECRET", CREDENTIALS["client_secret"])
    address = start_sandbox("--require-credentials", "--require-cid", "--gzip", "--prefix", "/a")
    endpoint = Endpoint(
        address,
        **CREDENTIALS,
        headers={"X-Trace": "1"},
        limits=atlas_webhook.Limits(head=4096, body=4096),
        allow_plaintext=True,
    )
    reply = register(
        endpoint,
        URL,
        CID,
        timeout=10,
        connect_timeout=1.5,
        retries=2,
        use_env_proxy=True,
    )
    assert reply.message == "success"


def test_it_is_in_this_build() -> None:
    assert Transport.is_available()


def test_a_transport_is_used_again(sandbox: str) -> None:
    request = registration(sandbox)
    with Transport() as transport:
        handle = transport._handle
        assert {transport.send(request).message for _ in range(3)} == {"success"}
        assert transport._handle is handle


def test_a_transport_forgets_a_send_that_is_over(sandbox: str, nobody: str) -> None:
    threads = _thread._count()

    def handles() -> int:
        wait_for_threads(threads)
        gc.collect()
        return len(_handles._owners)

    accepted, failed = registration(sandbox), registration(nobody)
    with Transport() as transport:
        transport.send(accepted)
        before = handles()
        for request in (accepted, failed):
            with suppress(ConnectError):
                transport.send(request)
            with suppress(ConnectError):
                asyncio.run(transport.send_async(request))
        assert handles() == before


def test_tries_are_counted(start_sandbox: StartSandbox) -> None:
    request = registration(start_sandbox("--http-status", "503"))
    with Transport(retries=1) as transport, pytest.raises(ServerError) as raised:
        transport.send(request)
    assert raised.value.attempts == 2


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"timeout": 10**9},
        {"connect_timeout": 0},
        {"retries": -1},
        {"retries": 2**32},
        {"proxy": "ftp://127.0.0.1"},
        {"proxy": "http://127.0.0.1:1", "use_env_proxy": True},
        {"ca_file": "/nowhere/ca.pem"},
        {"ca_file": Path("/nowhere/ca\0.pem")},
    ],
)
def test_a_setting_that_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        Transport(**options)  # type: ignore[arg-type]


def test_a_ca_file_without_a_certificate(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing in here", encoding="utf-8")
    with pytest.raises(ArgumentError, match="contains no certificate") as raised:
        Transport(ca_file=file)
    assert str(file) in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit the names of files")
@pytest.mark.parametrize(
    "name", [b"ca.pem", b"it's", b'a"b\\c', b"\t\n\r\x1b", "ä€😀".encode(), b"\x80\xff"]
)
def test_each_message_quotes_the_ca_file_alike(tmp_path: Path, name: bytes) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    with pytest.raises(ArgumentError, match="cannot be read") as missing:
        Transport(ca_file=path)
    Path(os.fsdecode(path)).touch()
    with pytest.raises(ArgumentError, match="contains no certificate") as empty:
        Transport(ca_file=path)
    quoted = missing.value.message.partition(" cannot be read")[0]
    assert empty.value.message == f"{quoted} contains no certificate"
    assert quoted.startswith('the CA file "')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
def test_a_ca_file_is_read_once(tmp_path: Path, certificates: Certificates) -> None:
    for text in (certificates.ca_file.read_bytes(), b"nothing in here"):
        pipe = tmp_path / f"{len(text)}.pem"
        os.mkfifo(pipe)
        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(pipe.write_bytes, text)
            with suppress(ArgumentError):
                Transport(ca_file=pipe).close()
            assert written.result(60) == len(text)


def test_a_ca_file_that_only_c_can_read(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "it failed")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ArgumentError, match="cannot be read: it failed") as raised:
        Transport(ca_file=certificates.ca_file)
    assert raised.value.os_error == errno.EIO
    assert str(certificates.ca_file) in str(raised.value)


def test_a_ca_text_that_is_no_unicode_text() -> None:
    with pytest.raises(ArgumentError, match=r"^ca_pem is not Unicode text$"):
        Transport(ca_pem="\udc80")


def test_a_ca_file_is_trusted(answering: Answering, certificates: Certificates) -> None:
    request = registration(answering(YES, tls=certificates.server), **CREDENTIALS)
    with Transport(ca_file=certificates.ca_file) as transport:
        assert transport.send(request).message == "success"


def test_ca_text_is_trusted_like_a_file(answering: Answering, certificates: Certificates) -> None:
    pem = certificates.ca_file.read_bytes()
    texts: list[str | bytes | bytearray | memoryview]
    texts = [pem, pem.decode(), bytearray(pem), memoryview(pem)]
    for text in texts:
        request = registration(answering(YES, tls=certificates.server), **CREDENTIALS)
        with Transport(ca_pem=text) as transport:
            assert transport.send(request).message == "success"
    with pytest.raises(ArgumentError):
        Transport(ca_pem=b"nothing in here")
    with pytest.raises(ArgumentError):
        Transport(ca_pem=pem, ca_file=certificates.ca_file)


def test_the_path_of_a_ca_file_is_any_that_the_system_has(
    tmp_path: Path, certificates: Certificates
) -> None:
    path = os.fsencode(tmp_path) + b"/ca-\xff.pem"
    Path(os.fsdecode(path)).write_bytes(certificates.ca_file.read_bytes())
    for same in (path, os.fsdecode(path), Path(os.fsdecode(path))):
        Transport(ca_file=same).close()


def test_an_error_of_the_system_has_its_number(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as missing:
        Transport(ca_file=tmp_path / "missing.pem")
    assert missing.value.os_error == errno.ENOENT
    assert "missing.pem" in str(missing.value)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        request = registration(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with Transport() as transport, pytest.raises(ConnectError) as refused:
            transport.send(request)
    for error in (refused.value, pickle.loads(pickle.dumps(refused.value))):
        assert (error.os_error, error.errno) == (errno.ECONNREFUSED, errno.ECONNREFUSED)


def test_a_proxy_of_the_environment_that_is_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "ftp://127.0.0.1")
    Transport().close()
    with pytest.raises(ArgumentError, match="proxy"):
        Transport(use_env_proxy=True)


def test_a_send_may_end_after_its_event_loop(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real, leave = lib.atlas_webhook_transport_send, threading.Event()
    threads, problems = _thread._count(), list[object]()

    def late(*arguments: Any) -> Any:
        assert leave.wait(20)
        return real(*arguments)

    monkeypatch.setattr(lib, "atlas_webhook_transport_send", late)
    monkeypatch.setattr(sys, "unraisablehook", problems.append)

    async def main() -> None:
        with Transport() as transport, pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(transport.send_async(registration(sandbox)), 0.1)

    asyncio.run(main())
    assert _thread._count() == threads + 1
    leave.set()
    wait_for_threads(threads)
    assert problems == []


def test_close_idle_leaves_the_transport_usable(sandbox: str) -> None:
    request = registration(sandbox, **CREDENTIALS)
    with Transport() as transport:
        transport.send(request)
        transport.close_idle()
        assert transport.send(request).attempts == 1
    with pytest.raises(StateError, match=r"^the transport is closed$"):
        transport.close_idle()


@contextmanager
def requested(transport: Transport) -> Iterator[tuple[socket.socket, Future[Reply]]]:
    """A connection on which the request of a running send was received."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        reply = pool.submit(transport.send, registration(base_url))
        listener.settimeout(10)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(10)
            received = b""
            while not received.endswith(b"}"):
                received += connection.recv(4096)
            yield connection, reply


@pytest.mark.parametrize("close", [Transport.close, Transport.close_idle])
def test_to_close_closes_the_kept_connections(close: Callable[[Transport], None]) -> None:
    kept = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"status":0}'
    transport = Transport()
    with requested(transport) as (connection, reply):
        connection.sendall(kept)
        assert reply.result(10).http_status == 200
        assert select.select([connection], [], [], 0.2)[0] == []
        close(transport)
        assert connection.recv(1) == b""
    transport.close()


def test_a_timeout_within_the_body_has_the_part_that_was_received() -> None:
    half = b'HTTP/1.1 200 OK\r\nVia: test\r\nContent-Length: 12\r\n\r\n{"stat'
    # A loaded machine too reads the head within this time.
    transport = Transport(timeout=3)
    with requested(transport) as (connection, reply):
        connection.sendall(half)
        error = reply.exception(10)
    transport.close()
    assert isinstance(error, TimedOutError)
    assert error.response is not None
    assert (error.response.status, error.response.body) == (200, b'{"stat')
    assert dict(error.response.headers)["Via"] == "test"


def test_a_short_timeout_is_not_none_at_all(start_sandbox: StartSandbox) -> None:
    request = registration(start_sandbox("--delay", "30000"))
    with Transport(timeout=0.0001) as transport, pytest.raises(TimedOutError):
        transport.send(request)


def test_threads_share_a_transport_and_a_request(sandbox: str) -> None:
    request = registration(sandbox, **CREDENTIALS)
    with Transport() as transport, ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: transport.send(request), range(80)))
    assert {reply.message for reply in replies} == {"success"}


def test_cancel_ends_the_calls_of_all_threads_and_no_later_one(
    start_sandbox: StartSandbox, sandbox: str
) -> None:
    request = registration(start_sandbox("--delay", "30000"))
    with Transport(timeout=30) as transport, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(transport.send, request) for _ in range(4)]
        while len(transport._sends) < len(calls):
            time.sleep(0.01)
        time.sleep(0.2)
        transport.cancel()
        # Without the cancel each would take 30 s.
        for call in calls:
            assert isinstance(call.exception(20), CancelledError)
        assert transport.send(registration(sandbox)).message == "success"


def test_to_close_ends_the_calls_too(start_sandbox: StartSandbox) -> None:
    request = registration(start_sandbox("--delay", "30000"))
    transport = Transport(timeout=30)
    threading.Timer(0.3, transport.close).start()
    with pytest.raises(CancelledError):
        transport.send(request)
    with pytest.raises(StateError):
        transport.send(request)
    assert repr(transport) == "<Transport timeout=30 closed>"
    with Transport(timeout=20.5) as transport:
        assert repr(transport) == "<Transport timeout=20.5>"
    transport.close()


def test_a_send_that_failed_leaves_no_circle(nobody: str) -> None:
    transport = Transport()
    alive = weakref.ref(transport)
    gc.disable()
    try:
        with suppress(ConnectError):
            transport.send(registration(nobody))
        del transport
        assert alive() is None
    finally:
        gc.enable()


def test_a_send_while_the_interpreter_ends_ends_too(sandbox: str) -> None:
    ended = python(
        """
import sys
import atlas_webhook as aw
class Late:
    def __init__(self):
        self.transport = aw.Transport(timeout=3)
        self.request = aw.Request.registration(aw.Endpoint(sys.argv[1]), "https://example.com/t")
    def __del__(self):
        print(self.transport.send(self.request).http_status)
late = Late()
""",
        sandbox,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
