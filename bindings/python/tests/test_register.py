"""Each argument of `register` and `register_async` by its effect."""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
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
)

from atlas_webhook import (
    Endpoint,
    ProxyError,
    RefusedError,
    Reply,
    ServerError,
    TimedOutError,
    Transport,
    register,
    register_async,
)
from atlas_webhook._library import lib
from atlas_webhook._signatures import SIGNATURES

Call = Callable[..., Reply]


def call_async(*arguments: Any, **options: Any) -> Reply:
    return asyncio.run(register_async(*arguments, **options))


@pytest.fixture(params=[register, call_async], ids=["register", "register_async"])
def call(request: pytest.FixtureRequest) -> Call:
    found: Call = request.param
    return found


@pytest.fixture
def stuck() -> Iterator[str]:
    """An address at which connections are neither made nor refused: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_cid(call: Call, start_sandbox: StartSandbox) -> None:
    endpoint = Endpoint(start_sandbox("--require-cid"))
    assert call(endpoint, URL, CID).message == "success"
    with pytest.raises(RefusedError) as raised:
        call(endpoint, URL)
    assert raised.value.api_status == 100


def test_the_timeout(call: Call, start_sandbox: StartSandbox) -> None:
    # By the default timeout it would succeed.
    endpoint = Endpoint(start_sandbox("--delay", "8000"))
    with pytest.raises(TimedOutError):
        call(endpoint, URL, timeout=0.5)


def test_the_connect_timeout(call: Call, stuck: str) -> None:
    # By the default of 5 s the first attempt would last until the timeout.
    with pytest.raises(TimedOutError) as raised:
        call(Endpoint(stuck), URL, connect_timeout=0.5, timeout=4.9, retries=1)
    assert raised.value.attempts == 2


def test_the_connect_timeout_does_not_end_an_answer(
    call: Call, start_sandbox: StartSandbox
) -> None:
    endpoint = Endpoint(start_sandbox("--delay", "1500"))
    assert call(endpoint, URL, connect_timeout=0.75).message == "success"


def test_the_retries(call: Call, start_sandbox: StartSandbox) -> None:
    endpoint = Endpoint(start_sandbox("--http-status", "503"))
    for retries in (0, 1):
        with pytest.raises(ServerError) as raised:
            call(endpoint, URL, retries=retries)
        assert raised.value.attempts == 1 + retries


def test_the_proxy(call: Call, sandbox: str, nobody: str) -> None:
    with pytest.raises(ProxyError):
        call(Endpoint(sandbox), URL, proxy=nobody)


def test_the_proxy_of_the_environment(
    call: Call, sandbox: str, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", nobody)
    assert call(Endpoint(sandbox), URL).message == "success"
    with pytest.raises(ProxyError):
        call(Endpoint(sandbox), URL, use_env_proxy=True)


def test_the_ca_file(call: Call, answering: Answering, certificates: Certificates) -> None:
    endpoint = Endpoint(answering(YES, tls=certificates.server), **CREDENTIALS)
    assert call(endpoint, URL, ca_file=certificates.ca_file).message == "success"


def test_the_ca_file_by_a_path_in_bytes(
    call: Call, answering: Answering, certificates: Certificates
) -> None:
    endpoint = Endpoint(answering(YES, tls=certificates.server), **CREDENTIALS)
    assert call(endpoint, URL, ca_file=os.fsencode(certificates.ca_file)).message == "success"


@pytest.mark.parametrize("as_text", [False, True])
def test_the_ca_text(
    call: Call, answering: Answering, certificates: Certificates, as_text: bool
) -> None:
    endpoint = Endpoint(answering(YES, tls=certificates.server), **CREDENTIALS)
    pem = certificates.ca_file.read_bytes()
    assert call(endpoint, URL, ca_pem=pem.decode() if as_text else pem).message == "success"


def test_the_defaults_are_what_c_gets(
    call: Call, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: list[tuple[str, Any]] = []

    def recording(name: str) -> None:
        function = getattr(lib, name)

        def record(*arguments: Any) -> Any:
            settings.append((name.replace("atlas_webhook_transport_", ""), arguments[1]))
            return function(*arguments)

        monkeypatch.setattr(lib, name, record)

    for name in SIGNATURES:
        if "_transport_set_" in name or "_transport_use_" in name:
            recording(name)
    call(Endpoint(sandbox), URL)
    Transport().close()
    assert settings == [("set_timeout_ms", 15_000), ("set_connect_timeout_ms", 5_000)] * 2


@pytest.mark.parametrize("function", [register, register_async])
def test_the_settings_are_those_of_a_transport(function: Callable[..., Any]) -> None:
    of_transport = inspect.signature(Transport).parameters
    parameters = inspect.signature(function).parameters.values()
    settings = [one for one in parameters if one.kind is one.KEYWORD_ONLY]
    # With the same types and the same defaults.
    assert settings == list(of_transport.values())
    assert (of_transport["timeout"].default, of_transport["connect_timeout"].default) == (15, 5)
    assert of_transport["retries"].default == 0
