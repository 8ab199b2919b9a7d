"""Endpoints and requests: what they hold, what they refuse, and what they do not show."""

from __future__ import annotations

import copy
import json
import pprint
import sys
from typing import Any

import pytest
from conftest import CID, CREDENTIALS, URL, registration

from atlas_webhook import (
    SANDBOX,
    ArgumentError,
    Endpoint,
    Exchange,
    Limits,
    Reply,
    Request,
    State,
    Transport,
)


def test_a_request_shows_its_parts() -> None:
    request = registration(
        "https://[::1]:8443/atlas", **CREDENTIALS, headers={"X-Trace": "trace-1"}
    )
    assert request.method == "POST"
    assert request.url == "https://[::1]:8443/atlas/updateWebhookURL.do"
    assert (request.host, request.port, request.is_tls) == ("::1", 8443, True)
    assert json.loads(request.body) == {"cid": CID, "url": URL}

    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["content-type"] == "application/json"
    assert headers["x-atlas-client-id"] == CREDENTIALS["client_id"]
    assert headers["x-atlas-client-secret"] == CREDENTIALS["client_secret"]
    assert headers["x-trace"] == "trace-1"
    assert "host" not in headers
    assert "content-length" not in headers


def test_its_bytes_are_the_message() -> None:
    request = registration()
    head, body = bytes(request).split(b"\r\n\r\n")
    assert head.startswith(b"POST /updateWebhookURL.do HTTP/1.1\r\n")
    assert body == request.body


def test_the_cid_may_be_left_out() -> None:
    request = Request.registration(Endpoint(), URL)
    assert json.loads(request.body) == {"url": URL}
    assert request.url.startswith(SANDBOX)


def test_a_request_outlives_its_endpoint() -> None:
    endpoint = Endpoint("https://api.example")
    request = Request.registration(endpoint, URL)
    del endpoint
    assert request.host == "api.example"


def test_the_headers_are_the_callers_own() -> None:
    request = registration()
    request.headers.clear()
    assert request.headers


def test_values_are_not_changed_by_accident() -> None:
    with pytest.raises(AttributeError):
        registration().url = "https://elsewhere.example"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Reply("success", "", 200).message = "other"  # type: ignore[misc]


def test_a_request_is_made_by_its_constructor() -> None:
    with pytest.raises(TypeError, match=r"Request\.registration"):
        Request("https://example.com")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "offset"),
    [
        ("ftp://example.com", 0),
        ("https://example.com/a b", 21),
        ("https://example.com/ä", 20),
        ("https://example.com/\0", 20),
        ("https://example.com/\ud800", 20),
        ("https://example.com/ä\ud800", 22),
    ],
)
def test_a_url_that_is_refused(url: str, offset: int) -> None:
    with pytest.raises(ArgumentError) as raised:
        Request.registration(Endpoint(), url)
    assert raised.value.offset == offset
    assert "example.com" not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"base_url": "example.com/s3cret"}, "base URL is not absolute"),
        ({"client_id": "s3cret"}, "client_id requires client_secret"),
        ({"client_secret": "s3cret"}, "client_secret requires client_id"),
        ({"client_id": "", "client_secret": "s3cret"}, "client id is empty"),
        ({"headers": {"Host": "s3cret"}}, "header Host cannot be set"),
        ({"headers": {"X-Trace": "s3cret\r\nb"}}, "header value contains a byte"),
        ({"headers": {"X-Trace": "s3cret\0b"}}, "value in headers contains a NUL"),
        ({"limits": Limits(body=-1)}, r"limits\.body is -1: it must not be negative"),
        ({"limits": Limits(body=2**64)}, r"limits\.body is 18446744073709551616: it must be"),
        ({"limits": Limits(head=-1)}, r"limits\.head is -1: it must not be negative"),
    ],
)
def test_an_endpoint_that_is_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ArgumentError, match=reason) as raised:
        Endpoint(**options)
    assert isinstance(raised.value, ValueError)
    assert "s3cret" not in repr(raised.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Request.registration(Endpoint(), 1),  # type: ignore[arg-type]
        lambda: Request.registration(Endpoint(), URL.encode()),  # type: ignore[arg-type]
        lambda: Endpoint(limits=Limits(body="many")),  # type: ignore[arg-type]
        lambda: registration().reply("200", None, b""),  # type: ignore[arg-type]
        lambda: registration().reply(200, None, "{}"),  # type: ignore[arg-type]
        lambda: registration().reply(200, None, 5),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_type_is_a_type_error(make: Any) -> None:
    with pytest.raises(TypeError):
        make()


def test_an_empty_cid_is_refused() -> None:
    with pytest.raises(ArgumentError):
        Request.registration(Endpoint(), URL, "")


@pytest.mark.parametrize("secrets", [{}, CREDENTIALS, {"headers": {"Authorization": "Bearer x"}}])
def test_nothing_travels_in_plaintext_to_another_machine_unless_allowed(secrets: Any) -> None:
    with pytest.raises(ArgumentError, match="in plaintext"):
        registration("http://api.example", **secrets)
    registration("http://api.example", **secrets, allow_plaintext=True)
    registration("http://127.0.0.1:1", **secrets)


def test_no_repr_shows_a_secret() -> None:
    header = {"X-Key": "key-5511"}
    endpoint = Endpoint("https://api.example", **CREDENTIALS, headers=header)
    request = Request.registration(endpoint, URL, CID)
    exchange = Exchange(request)
    exchange.received(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n")
    transport = Transport(proxy="http://user:passw0rd@127.0.0.1:1")
    reply = request.reply(200, None, json.dumps({"status": 0, "msg": f"done {URL}"}).encode())
    assert URL in reply.message

    shown = repr([endpoint, request, exchange, transport, reply])
    for secret in (*CREDENTIALS.values(), "key-5511", "t0ken", CID, "passw0rd"):
        assert secret not in shown
    assert "https://api.example" in shown
    assert State.WANT_SEND.name in shown


def test_the_repr_of_an_endpoint_shows_its_base_url() -> None:
    assert repr(Endpoint("https://api.example/a")) == "<Endpoint 'https://api.example/a'>"
    assert repr(Endpoint()) == f"<Endpoint {SANDBOX!r}>"
    request = registration("https://api.example/a")
    assert repr(request) == "<Request POST 'https://api.example/a/updateWebhookURL.do'>"


def test_the_repr_of_headers_shows_no_value() -> None:
    endpoint = Endpoint(**CREDENTIALS, headers={"X-Token": "t0ken-1"})
    headers = Request.registration(endpoint, URL).headers
    assert headers["X-Token"] == "t0ken-1"
    assert dict(headers) == headers
    assert repr(headers) == f"<headers {', '.join(headers.keys())}>"
    assert len(headers) > 2
    for shown in (repr(headers), str(headers), f"{headers}", repr([headers])):
        assert "X-Token" in shown
        assert "t0ken-1" not in shown
        assert not any(secret in shown for secret in CREDENTIALS.values())
    # As documented.
    assert ("t0ken-1" in pprint.pformat(headers)) == (sys.version_info < (3, 10))


def test_the_repr_of_copied_and_merged_headers_shows_no_value() -> None:
    headers = registration(headers={"X-Token": "t0ken-1"}).headers
    more = {"X-Trace": "7"}
    merged = headers.copy()
    merged |= more
    for made in (headers.copy(), copy.copy(headers), headers | more, more | headers, merged):
        assert "X-Token" in repr(made)
        assert "t0ken-1" not in repr(made)
        assert dict(made) in (dict(headers), {**headers, **more})
    assert [*(more | headers)] == [*more, *headers]
    assert (more | headers | {"X-Token": ""})["X-Token"] == ""
    pairs: Any = [("a", "b")]
    with pytest.raises(TypeError, match="unsupported operand"):
        headers | pairs
    with pytest.raises(TypeError, match="unsupported operand"):
        pairs | headers
