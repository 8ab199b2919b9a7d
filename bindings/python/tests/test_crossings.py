"""How often C is called, and that everything that it makes is freed."""

from __future__ import annotations

import _thread
import gc
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from conftest import CID, CREDENTIALS, URL, registration, wait_for_threads

from atlas_webhook import (
    ArgumentError,
    ConnectError,
    Endpoint,
    Event,
    Exchange,
    Limits,
    Receiver,
    RefusedError,
    Request,
    Transport,
)
from atlas_webhook._library import lib
from atlas_webhook._signatures import SIGNATURES, Handle


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the C functions, as they are called."""
    called: list[str] = []

    def counting(name: str) -> None:
        function = getattr(lib, name)

        def count(*arguments: object) -> object:
            called.append(name.replace("atlas_webhook_", ""))
            return function(*arguments)

        monkeypatch.setattr(lib, name, count)

    for name in SIGNATURES:
        counting(name)
    return called


def test_a_request_is_built_in_three(calls: list[str]) -> None:
    Request.registration(Endpoint(**CREDENTIALS), URL, CID)
    made = [name for name in calls if not name.endswith("_free")]
    assert made == ["endpoint_new", "endpoint_set_credentials", "request_new_registration"]


def test_an_event_is_read_in_four(calls: list[str]) -> None:
    Event.parse(b"{}")
    assert calls == ["event_parse", "event_json", "event_details", "event_free"]


def test_a_yes_is_read_in_six(calls: list[str]) -> None:
    request = registration()
    calls.clear()
    request.reply(200, None, b'{"status":0}')
    assert len(calls) == 6
    assert calls[-1] == "reply_free"


def test_c_gets_the_header_fields_as_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = [None, {}, {"A": "b", "C": "\xe9"}, {"A": "\u20ac"}]
    given.append([(b"A", b"\xe9"), ("C", "d\r\nE: f")])
    real = lib.atlas_webhook_request_reply
    lines: list[bytes] = []

    def read(*arguments: Any) -> Any:
        lines.append(arguments[2][: arguments[3]])
        return real(*arguments)

    monkeypatch.setattr(lib, "atlas_webhook_request_reply", read)
    for headers in given:
        registration().reply(200, headers, b'{"status":0}')
    assert lines == [
        b"",
        b"",
        b"A: b\r\nC: \xe9\r\n",
        b"A: ?\r\n",
        b"A: \xe9\r\nC: d\r\n E: f\r\n",
    ]


def test_a_no_is_judged_in_two_and_its_details_are_read_when_asked(calls: list[str]) -> None:
    request = registration()
    calls.clear()
    with pytest.raises(RefusedError) as raised:
        request.reply(200, None, b'{"status":901}')
    assert calls == ["request_reply", "error_display"]
    assert raised.value.api_status == raised.value.api_status == 901
    assert calls[2:] == ["error_api_status"]


@pytest.fixture
def balance(monkeypatch: pytest.MonkeyPatch) -> Counter[int | None]:
    """For each address, how often an object was made there, without those that were freed."""
    count: Counter[int | None] = Counter()

    def counting(name: str) -> None:
        function = getattr(lib, name)

        def call(*arguments: Any) -> object:
            if name.endswith("_free"):
                # Of an object of the package, its handle or what ctypes passes for its owner.
                (freed,) = arguments
                count[freed.value if isinstance(freed, Handle) else freed._as_parameter_] -= 1
            outputs = [each for each in arguments if isinstance(each, Handle) and not each.value]
            try:
                return function(*arguments)
            finally:
                count.update(each.value for each in outputs if each.value)

        monkeypatch.setattr(lib, name, call)

    gc.collect()
    for name in SIGNATURES:
        counting(name)
    return count


def exchange_a_response() -> None:
    request = registration(**CREDENTIALS, limits=Limits(body=99))
    for take in (Exchange.take_response, Exchange.take_reply):
        exchange = Exchange(request)
        exchange.sent(len(exchange.to_send()))
        exchange.received(b'HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 12\r\n\r\n{"status":0}')
        take(exchange)
    with suppress(RefusedError):
        request.reply(200, None, b'{"status":901}')


def receive_events() -> None:
    event = Receiver("/a", "/b", limits=Limits(body=99)).read("POST", "/b", {"A": "b"}, b"{}")
    assert event == Event.parse(event.json) == Event.parse(event.json, limits=Limits(values=9))
    assert (event.data, event.dedupe_key[:7]) == ({}, "sha256:")
    with suppress(ArgumentError):
        Receiver("no URL")


def send(nobody: str) -> None:
    threads = _thread._count()
    with Transport(retries=1) as transport, suppress(ConnectError):
        transport.send(registration(nobody))
    wait_for_threads(threads)


def test_everything_that_c_makes_is_freed_once(balance: Counter[int | None], nobody: str) -> None:
    exchange_a_response()
    receive_events()
    send(nobody)
    assert len(balance) > 10
    gc.collect()
    assert not [address for address, count in balance.items() if count]
