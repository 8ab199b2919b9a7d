"""Every class of error comes out of a real call, with its details."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

import pytest
from conftest import Answering, StartSandbox, over_socket, registration

import atlas_webhook
from atlas_webhook import (
    APIError,
    APIStatus,
    AtlasWebhookError,
    Endpoint,
    Exchange,
    HTTPError,
    HTTPStatusError,
    Limits,
    NetworkError,
    Reply,
    Request,
    Transport,
    errors,
)
from atlas_webhook._signatures import ErrorHandle

Send = Callable[[Request], Reply]


def over_transport(request: Request) -> Reply:
    with Transport() as transport:
        return transport.send(request)


@pytest.fixture(params=[over_socket, over_transport])
def send(request: pytest.FixtureRequest) -> Send:
    way: Send = request.param
    return way


@pytest.mark.parametrize(
    ("options", "kind", "http_status", "api_status", "retryable"),
    [
        (["--http-status", "302"], "RedirectError", 302, None, False),
        (["--http-status", "401"], "UnauthorizedError", 401, None, False),
        (["--http-status", "404"], "ClientError", 404, None, False),
        (["--http-status", "429"], "RateLimitedError", 429, None, True),
        (["--http-status", "503"], "ServerError", 503, None, True),
        (["--http-status", "500", "--body", '{"status":0}'], "ServerError", 500, 0, True),
        (["--status", "900", "--msg", "no"], "UnauthorizedError", 200, 900, False),
        (["--http-status", "408"], "ClientError", 408, None, True),
        (["--http-status", "501"], "ServerError", 501, None, False),
        (["--status", "2", "--msg", "no"], "RefusedError", 200, 2, True),
        (["--body", "hello"], "MalformedReplyError", 200, None, False),
        (["--header", "Content-Encoding: br"], "EncodingError", 200, None, False),
    ],
)
def test_an_answer_that_is_an_error(
    send: Send,
    start_sandbox: StartSandbox,
    options: list[str],
    kind: str,
    *,
    http_status: int,
    api_status: int | None,
    retryable: bool,
) -> None:
    with pytest.raises(getattr(atlas_webhook, kind)) as raised:
        send(registration(start_sandbox(*options)))
    error = raised.value
    assert error.http_status == http_status
    assert error.api_status == api_status
    assert error.retryable == retryable
    assert error.status == type(error).status
    assert error.attempts == (1 if send is over_transport else 0)
    assert str(error).startswith(error.message)


def test_what_the_api_said(send: Send, start_sandbox: StartSandbox) -> None:
    said = "no\x1b[31m for https://example.com/atlas?token=t0ken-7733aa"
    options = ["--status", "901", "--msg", said, "--request-id", "req-17"]
    with pytest.raises(APIError) as raised:
        send(registration(start_sandbox(*options)))
    error = raised.value
    assert error.api_status == APIStatus.ILLEGAL_DATA
    assert error.api_message == said
    assert error.request_id == "req-17"
    for shown in (str(error), repr(error), error.message):
        assert "t0ken" not in shown
        assert "\x1b" not in shown
    assert str(error).endswith(" (the API's text repeats a secret and is withheld)")


def test_a_text_with_a_nul_is_whole() -> None:
    body = json.dumps({"status": 100, "msg": "a\0b", "requestId": "c\0d"}).encode()
    with pytest.raises(APIError) as raised:
        registration().reply(200, None, body)
    assert (raised.value.api_message, raised.value.request_id) == ("a\0b", "c\0d")


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"Retry-After": "30.0"}, b"", 30),
        ({"Retry-After": "1.5"}, b"", 2),
        ({"Retry-After": "\r\n 120"}, b"", 120),
        ({"X-Note": "see", "Retry-After": "30"}, b"", 30),
        ({"X-Note": "see", b"Retry-After": "30"}, b"", 30),
        ({"X-Note": "see\r\n Retry-After: 86400"}, b"", None),
        ({"X-Note": "see\nRetry-After: 86400"}, b"", None),
        ({"X-Note": "see", "\r\nRetry-After": "86400"}, b"", None),
        ({"Retry-After": "99999999999999999999"}, b"", 365 * 24 * 60 * 60),
        ({"Retry-After": "-1"}, b"", None),
        (None, b'{"code":"429","retryAfter":"30"}', 30),
        (None, b'{"code":429,"retryAfter":3e1}', 30),
    ],
)
def test_a_wait_is_any_number(
    headers: dict[str | bytes, str] | None, body: bytes, wait: int | None
) -> None:
    with pytest.raises(atlas_webhook.RateLimitedError) as raised:
        registration().reply(429, headers, body)
    assert raised.value.retry_after == wait


@pytest.mark.parametrize(
    ("written", "text"),
    [(b"5", "5"), (b"null", ""), (b'["a"]', '["a"]'), (b'"bad url \\ud83d"', "bad url \ufffd")],
)
def test_the_text_never_changes_the_outcome(written: bytes, text: str) -> None:
    reply = registration().reply(
        200, None, b'{"status":0,"msg":%b,"requestId":%b}' % (written, written)
    )
    assert (reply.message, reply.request_id) == (text, text)
    with pytest.raises(atlas_webhook.RefusedError) as raised:
        registration().reply(200, None, b'{"status":901,"msg":%b}' % written)
    assert (raised.value.api_status, raised.value.api_message) == (901, text)


def test_an_error_carries_the_response_that_it_came_from(
    send: Send, start_sandbox: StartSandbox
) -> None:
    page = "<html>Log in to the Wi-Fi"
    options = ["--body", page, "--header", "X-Portal: s3cret", "--gzip"]
    with pytest.raises(atlas_webhook.MalformedReplyError) as raised:
        send(registration(start_sandbox(*options)))
    response = raised.value.response
    assert response is not None
    assert (response.status, response.body) == (200, page.encode())
    assert ("x-portal", "s3cret") in [(name.lower(), value) for name, value in response.headers]
    for shown in (str(raised.value), repr(raised.value), repr(response)):
        assert "Wi-Fi" not in shown
        assert "s3cret" not in shown
    with pytest.raises(atlas_webhook.StateError) as misused:
        Exchange(registration()).take_reply()
    assert misused.value.response is None


def test_an_error_has_a_response_if_the_head_of_one_was_received() -> None:
    outcomes = {
        b"HTTP/1.1 200 OK\r\nA: b\r\n": None,
        b"HTTP/1.1 100 Continue\r\n\r\n": None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n": ((("Content-Length", "5"),), b""),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na": (
            (("Transfer-Encoding", "chunked"),),
            b"a",
        ),
    }
    for received, expected in outcomes.items():
        exchange = Exchange(registration())
        exchange.received(received)
        with pytest.raises(atlas_webhook.ClosedEarlyError) as raised:
            exchange.received_eof()
        response = expected and atlas_webhook.ErrorResponse(200, *expected)
        assert raised.value.response == response
        assert (raised.value.http_status is None) == (response is None)

    # A head without fields is one too.
    exchange = Exchange(registration())
    exchange.received(b"HTTP/1.1 503 No\r\n\r\n")
    exchange.sent(len(exchange.to_send()))
    exchange.received_eof()
    with pytest.raises(atlas_webhook.ServerError) as failed:
        exchange.take_reply()
    assert failed.value.response == atlas_webhook.ErrorResponse(503)


def test_the_rate_limit_of_the_api(send: Send, start_sandbox: StartSandbox) -> None:
    with pytest.raises(atlas_webhook.RateLimitedError) as raised:
        send(registration(start_sandbox("--rate-limit", "7")))
    assert isinstance(raised.value, HTTPStatusError)
    assert raised.value.retry_after == 7
    assert raised.value.retryable


def test_bytes_that_are_not_http(send: Send, answering: Answering) -> None:
    with pytest.raises(atlas_webhook.ProtocolError) as raised:
        send(registration(answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")))
    assert isinstance(raised.value, HTTPError)
    assert not isinstance(raised.value, HTTPStatusError)


def test_an_offset_in_the_answer() -> None:
    exchange = Exchange(registration())
    with pytest.raises(atlas_webhook.ProtocolError) as raised:
        exchange.received(b"HTTP/1.1 200 OK\r\nA\0: b\r\n\r\n")
    assert raised.value.offset == 18


def test_an_answer_over_a_limit(send: Send, start_sandbox: StartSandbox) -> None:
    address = start_sandbox("--body", "x" * 100)
    with pytest.raises(atlas_webhook.LimitError):
        send(registration(address, limits=Limits(body=99)))
    with pytest.raises(atlas_webhook.MalformedReplyError):
        send(registration(address, limits=Limits(body=100)))


def test_an_answer_cut_short(send: Send, start_sandbox: StartSandbox) -> None:
    with pytest.raises(atlas_webhook.ClosedEarlyError) as raised:
        send(registration(start_sandbox("--cut", "60")))
    assert isinstance(raised.value, ConnectionError)
    assert raised.value.retryable


@contextmanager
def network_error(kind: str) -> Iterator[None]:
    with pytest.raises(getattr(atlas_webhook, kind)) as raised:
        yield
    assert isinstance(raised.value, NetworkError)
    builtin = TimeoutError if kind == "TimedOutError" else ConnectionError
    assert isinstance(raised.value, builtin)
    assert isinstance(raised.value, OSError)
    assert raised.value.http_status is None


def test_a_name_that_does_not_resolve() -> None:
    with network_error("ResolveError"):
        over_transport(registration("https://name.invalid"))


def test_nobody_there(nobody: str) -> None:
    with network_error("ConnectError"):
        over_transport(registration(nobody))


def test_no_proxy_there(nobody: str, sandbox: str) -> None:
    with network_error("ProxyError"), Transport(proxy=nobody) as transport:
        transport.send(registration(sandbox))


def test_no_tls_there(sandbox: str) -> None:
    with network_error("TLSError"):
        over_transport(registration(sandbox.replace("http:", "https:")))


def test_time_that_ran_out(start_sandbox: StartSandbox) -> None:
    request = registration(start_sandbox("--delay", "30000"))
    with network_error("TimedOutError"), Transport(timeout=0.2) as transport:
        transport.send(request)


def test_a_connection_that_was_reset(answering: Answering) -> None:
    with network_error("TransferError"):
        over_transport(registration(answering(b"", reset=True)))


def test_a_call_that_was_cancelled(start_sandbox: StartSandbox) -> None:
    request = registration(start_sandbox("--delay", "30000"))
    with Transport(timeout=30) as transport:
        threading.Timer(0.3, transport.cancel).start()
        with pytest.raises(atlas_webhook.CancelledError):
            transport.send(request)


def test_a_call_in_the_wrong_state() -> None:
    with pytest.raises(atlas_webhook.StateError):
        Exchange(registration()).take_reply()


def test_what_this_build_cannot_do() -> None:
    with pytest.raises(atlas_webhook.UnsupportedError):
        Transport(proxy="socks5://127.0.0.1:1080")


def test_a_defect_and_an_unknown_kind() -> None:
    # Neither can be had from a library without defects, of this version.
    assert type(errors.from_c(-4, ErrorHandle())) is atlas_webhook.PanicError
    unknown = errors.from_c(-99, ErrorHandle())
    assert type(unknown) is AtlasWebhookError
    assert unknown.status == pickle.loads(pickle.dumps(unknown)).status == -99


def test_an_error_travels_between_processes() -> None:
    with pytest.raises(AtlasWebhookError) as raised:
        registration().reply(503, {"Retry-After": "30"}, b'{"status":2,"msg":"later"}')
    for error in (raised.value, atlas_webhook.ConnectError("made by hand")):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert str(copy) == str(error)
        for detail in ("status", *errors._DETAILS):
            assert getattr(copy, detail) == getattr(error, detail), detail


def test_an_error_made_by_hand_has_no_details() -> None:
    error = atlas_webhook.RefusedError("said no")
    assert (str(error), error.message, error.status) == ("said no", "said no", -41)
    assert (error.offset, error.http_status, error.api_status) == (None, None, None)
    assert (error.api_message, error.request_id, error.attempts) == ("", "", 0)
    assert (error.retryable, error.retry_after) == (False, None)


def test_an_argument_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="absolute") as raised:
        Request.registration(Endpoint(), "nonsense")
    assert isinstance(raised.value, atlas_webhook.ArgumentError)


def test_an_error_can_be_made_with_its_details() -> None:
    details: dict[str, Any] = {
        "offset": 3,
        "http_status": 429,
        "api_status": 9999,
        "api_message": "slow down",
        "request_id": "req-17",
        "retryable": True,
        "retry_after": 0,
        "attempts": 2,
        "os_error": 111,
        "response": atlas_webhook.ErrorResponse(429, (("Retry-After", "0"),), b"slow down"),
        "response_status": 413,
    }
    for kind in errors._KINDS.values():
        error = kind("words", **details)
        assert (str(error), error.message, error.status) == ("words", "words", kind.status)
        assert {name: getattr(error, name) for name in details} == details
        copy = pickle.loads(pickle.dumps(error))
        assert {name: getattr(copy, name) for name in details} == details
        if isinstance(error, OSError):
            assert isinstance(copy, OSError)
            assert (error.errno, copy.errno) == (111, 111)

    bare = atlas_webhook.RateLimitedError()
    assert (bare.http_status, bare.api_message, bare.retryable) == (None, "", False)
    assert (bare.retry_after, bare.attempts, bare.offset) == (None, 0, None)
    assert (str(bare), bare.args) == ("", ("",))


def test_an_error_of_a_delivery_made_by_hand_has_the_response_status_of_its_kind() -> None:
    assert atlas_webhook.UntrustedError("who").response_status == 404
    assert atlas_webhook.MalformedDeliveryError("what").response_status == 400
    assert atlas_webhook.MalformedDeliveryError("GET", response_status=405).response_status == 405
    assert atlas_webhook.ConnectError("no").response_status == 500
