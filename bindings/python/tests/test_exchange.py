"""An exchange: bytes out, bytes in."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Callable

import pytest
from conftest import StartSandbox, over_socket, registration

from atlas_webhook import (
    ArgumentError,
    ClosedEarlyError,
    EncodingError,
    Exchange,
    ProtocolError,
    RefusedError,
    Reply,
    Response,
    State,
    StateError,
)
from atlas_webhook._library import lib

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{"status":0,"msg":"success"}'


def sent(exchange: Exchange) -> Exchange:
    assert exchange.sent(len(exchange.to_send())) is State.WANT_RECEIVE
    return exchange


def test_from_the_first_byte_to_the_reply() -> None:
    request = registration()
    exchange = Exchange(request)
    assert exchange.to_send() == bytes(request)
    assert exchange.sent(10) is State.WANT_SEND
    assert exchange.to_send() == bytes(request)[10:]
    sent(exchange)
    assert exchange.to_send() == b""
    assert exchange.http_status is None

    for i in range(len(ANSWER)):
        assert exchange.received(ANSWER[i : i + 1]) == 1
    assert exchange.state is State.DONE
    assert exchange.http_status == 200
    assert exchange.reusable
    assert exchange.take_reply() == Reply("success", "", 200)
    with pytest.raises(StateError):
        exchange.take_reply()


def test_a_response_is_seen_before_it_is_interpreted() -> None:
    request = registration()
    exchange = sent(Exchange(request))
    with pytest.raises(StateError):
        exchange.take_response()
    exchange.received(b"HTTP/1.1 200 OK\r\nX-A: \xe9\r\nx-a:\r\n")
    exchange.received(ANSWER.partition(b"\r\n")[2])
    response = exchange.take_response()
    assert response == Response(
        200,
        (("X-A", "\xe9"), ("x-a", ""), ("Content-Length", "28")),
        b'{"status":0,"msg":"success"}',
    )
    reply = request.reply(response.status, response.headers, response.body)
    assert reply == Reply("success", "", 200)
    assert exchange.state is State.DONE
    for take in (exchange.take_response, exchange.take_reply):
        with pytest.raises(StateError):
            take()


def test_a_response_is_taken_whatever_it_means() -> None:
    exchange = sent(Exchange(registration()))
    exchange.received(b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"status":901}')
    response = exchange.take_response()
    with pytest.raises(RefusedError):
        registration().reply(response.status, response.headers, response.body)


def test_the_body_of_a_response_is_decoded() -> None:
    exchange = sent(Exchange(registration()))
    body = gzip.compress(b"decoded")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    exchange.received(head.encode() + body)
    assert exchange.take_response().body == b"decoded"

    exchange = sent(Exchange(registration()))
    exchange.received(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx")
    with pytest.raises(EncodingError) as raised:
        exchange.take_response()
    assert raised.value.http_status == 200
    assert raised.value.response is not None
    assert raised.value.response.body == b"x"


def test_the_repr_of_a_response_shows_sizes() -> None:
    response = Response(200, (("Set-Cookie", "s3cret"),), b"t0ken")
    assert repr(response) == "<Response 200, 1 header fields, 5 bytes>"
    assert hash(response) == hash(Response(200, (("Set-Cookie", "s3cret"),), b"t0ken"))
    with pytest.raises(AttributeError):
        response.status = 201  # type: ignore[misc]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_bytes(kind: Callable[[bytes], bytes]) -> None:
    exchange = sent(Exchange(registration()))
    assert exchange.received(kind(b"")) == 0
    assert exchange.received(kind(ANSWER + b"left over")) == len(ANSWER)
    assert exchange.take_reply().message == "success"


def test_a_view_of_every_other_byte() -> None:
    exchange = sent(Exchange(registration()))
    spread = bytes(byte for pair in zip(ANSWER, ANSWER) for byte in pair)
    assert exchange.received(memoryview(spread)[::2]) == len(ANSWER)
    assert exchange.state is State.DONE


@pytest.mark.parametrize("wrong", ["text", 5, None])
def test_what_is_no_bytes(wrong: bytes) -> None:
    with pytest.raises(TypeError):
        Exchange(registration()).received(wrong)


@pytest.mark.parametrize("wrong", [-1, 10**6, 2**64, 2**64 + 1])
def test_a_wrong_count_changes_nothing(wrong: int) -> None:
    exchange = Exchange(registration())
    with pytest.raises(ArgumentError):
        exchange.sent(wrong)
    assert exchange.state is State.WANT_SEND


def test_a_negative_count_is_called_negative() -> None:
    with pytest.raises(ArgumentError, match="negative"):
        Exchange(registration()).sent(-1)


def test_an_early_answer_wins() -> None:
    exchange = Exchange(registration())
    exchange.received(ANSWER)
    assert exchange.state is State.DONE
    assert not exchange.reusable


def test_the_end_of_the_input_completes_an_answer_without_a_length() -> None:
    exchange = sent(Exchange(registration()))
    exchange.received(b'HTTP/1.1 200 OK\r\n\r\n{"status":0}')
    assert exchange.state is State.WANT_RECEIVE
    assert exchange.received_eof() is State.DONE
    assert exchange.take_reply().message == ""


def test_a_failure_stays() -> None:
    exchange = sent(Exchange(registration()))
    with pytest.raises(ClosedEarlyError):
        exchange.received_eof()
    assert exchange.state is State.FAILED
    for call in (lambda: exchange.received(ANSWER), exchange.received_eof, exchange.take_reply):
        with pytest.raises(ClosedEarlyError):
            call()


def test_a_protocol_error_tells_where() -> None:
    exchange = sent(Exchange(registration()))
    with pytest.raises(ProtocolError) as raised:
        exchange.received(b"FTP")
    assert raised.value.offset == 0


def test_it_is_closed_once_and_for_all() -> None:
    with Exchange(registration()) as exchange:
        assert repr(exchange) == "<Exchange WANT_SEND>"
    exchange.close()
    assert repr(exchange) == "<Exchange closed>"
    with pytest.raises(StateError, match=r"^the exchange is closed$"):
        exchange.to_send()


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--chunked",),
        ("--until-close",),
        ("--http10",),
        ("--gzip",),
        ("--gzip", "--chunked", "--interim", "3", "--trickle", "1"),
    ],
)
def test_over_a_real_socket(start_sandbox: StartSandbox, options: tuple[str, ...]) -> None:
    assert over_socket(registration(start_sandbox(*options))).message == "success"


def received(answer: bytes) -> Exchange:
    exchange = sent(Exchange(registration()))
    exchange.received(answer)
    return exchange


@pytest.mark.parametrize(
    ("function", "exchange", "call"),
    [
        ("sent", lambda: Exchange(registration()), lambda it: it.sent(10)),
        ("received", lambda: sent(Exchange(registration())), lambda it: it.received(ANSWER)),
        (
            "received_eof",
            lambda: received(b'HTTP/1.1 200 OK\r\n\r\n{"status":0}'),
            Exchange.received_eof,
        ),
        ("take_reply", lambda: received(ANSWER), Exchange.take_reply),
        ("take_response", lambda: received(ANSWER), Exchange.take_response),
    ],
)
def test_a_call_keeps_other_threads_out_until_it_is_over(
    function: str,
    exchange: Callable[[], Exchange],
    call: Callable[[Exchange], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = exchange()
    name = f"atlas_webhook_exchange_{function}"
    real = getattr(lib, name)
    entered, leave = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        entered.set()
        assert leave.wait(20)
        return real(*arguments)

    monkeypatch.setattr(lib, name, slow)
    others: list[Callable[[], object]] = [
        lambda: shared.state,
        lambda: shared.http_status,
        lambda: shared.reusable,
        shared.to_send,
    ]
    with ThreadPoolExecutor(1 + len(others)) as pool:
        first = pool.submit(call, shared)
        assert entered.wait(20)
        futures = [pool.submit(other) for other in others]
        early = wait(futures, timeout=0.3).done
        leave.set()
        assert not early
        first.result(20)
        for future in futures:
            future.result(20)
