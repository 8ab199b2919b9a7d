"""A wrong argument is named, with the types that are accepted."""

from __future__ import annotations

import asyncio
from email.message import Message
from typing import Any, Callable

import pytest
from conftest import CREDENTIALS, URL
from conftest import registration as conftest_registration

import atlas_webhook
from atlas_webhook import ArgumentError, RateLimitedError

# What is passed here is wrong on purpose.
Endpoint: Any = atlas_webhook.Endpoint
Exchange: Any = atlas_webhook.Exchange
Limits: Any = atlas_webhook.Limits
registration: Any = conftest_registration
Request: Any = atlas_webhook.Request
Transport: Any = atlas_webhook.Transport

WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Endpoint(b"https://example.com"), "base_url must be a str or None, not bytes"),
    (
        lambda: Endpoint(client_id=1, client_secret="s"),
        "client_id must be a str or None, not int",
    ),
    (lambda: Endpoint(allow_plaintext="no"), "allow_plaintext must be a bool, not str"),
    (lambda: Transport(use_env_proxy="no"), "use_env_proxy must be a bool, not str"),
    (lambda: Endpoint(headers=5), "headers must be a mapping, pairs of name and value, or None"),
    (lambda: Endpoint(headers="ab"), "headers must be a mapping, pairs of name and value, or None"),
    (lambda: Endpoint(headers=[("a",)]), "headers must be a mapping, pairs of"),
    (lambda: Endpoint(headers={"a": 1}), "each value in headers must be a str, not int"),
    (lambda: Endpoint(limits={"body": 1}), "limits must be a Limits, not dict"),
    (lambda: Endpoint(limits=Limits(body="1")), r"limits\.body must be an int, not str"),
    (lambda: Request.registration("x", URL), "endpoint must be an Endpoint, not str"),
    (lambda: Request.registration(Endpoint(), None), "url must be a str, not NoneType"),
    (lambda: Request.registration(Endpoint(), URL, 7), "cid must be a str or None, not int"),
    (lambda: Exchange("x"), "request must be a Request, not str"),
    (lambda: Exchange(registration()).received("x"), "data must be bytes, a bytearray or a memory"),
    (lambda: Exchange(registration()).sent("x"), "count must be an int, not str"),
    (lambda: Transport().send("x"), "request must be a Request, not str"),
    (lambda: asyncio.run(Transport().send_async("x")), "request must be a Request, not str"),
    (
        lambda: Transport(timeout=None),
        "timeout must be an int or a float, in seconds, not NoneType",
    ),
    (
        lambda: Transport(timeout=(5, 10)),
        "timeout must be an int or a float, in seconds, not tuple",
    ),
    (lambda: Transport(connect_timeout="5"), "connect_timeout must be an int or a float, in"),
    (lambda: Transport(retries="2"), "retries must be an int, not str"),
    (lambda: Transport(proxy=8080), "proxy must be a str or None, not int"),
    (
        lambda: Transport(ca_file=3),
        r"ca_file must be a str, bytes, an os\.PathLike or None,",
    ),
    (lambda: registration().reply("200", None, b""), "status must be an int, not str"),
    (lambda: registration().reply(200, 5, b""), "headers must be a mapping, pairs of"),
    (
        lambda: registration().reply(200, {"a": 1}, b""),
        "each name and value of headers must be a str",
    ),
    (
        lambda: registration().reply(200, None, "{}"),
        "body must be bytes, a bytearray or a memoryview",
    ),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_type_names_the_argument_and_the_accepted_types(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}"):
        call()


@pytest.mark.parametrize(
    ("given", "absent"), [("client_id", "client_secret"), ("client_secret", "client_id")]
)
def test_half_of_the_credentials_names_the_other_half(given: str, absent: str) -> None:
    half = {given: CREDENTIALS[given]}
    with pytest.raises(ArgumentError, match=f"^{given} requires {absent}, which must be a str"):
        Endpoint(**half)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 10**9])
def test_a_timeout_out_of_range_names_the_argument(seconds: float) -> None:
    for name in ("timeout", "connect_timeout"):
        with pytest.raises(ArgumentError, match=name):
            Transport(**{name: seconds})


def test_headers_may_be_a_mapping_or_pairs_or_a_message() -> None:
    message = Message()
    message["X-Trace"] = "1"
    for headers in ({"X-Trace": "1"}, [("X-Trace", "1")], (("X-Trace", "1"),), message):
        request = Request.registration(Endpoint(headers=headers), URL)
        assert request.headers["X-Trace"] == "1"

    for waits in ({"Retry-After": "7"}, [("Retry-After", "7")], iter([(b"Retry-After", b"7")])):
        with pytest.raises(RateLimitedError) as raised:
            registration().reply(429, waits, b"")
        assert raised.value.retry_after == 7


@pytest.mark.parametrize(
    "kind",
    [Endpoint, Exchange, Request, Transport, atlas_webhook.Receiver],
    ids=lambda k: k.__name__,
)
def test_the_repr_of_an_object_that_was_never_made_does_not_raise(kind: Any) -> None:
    never_made = kind.__new__(kind)
    with pytest.raises((TypeError, atlas_webhook.AtlasWebhookError)):
        never_made.__init__("ftp://x", limits=7) if kind is Endpoint else never_made.__init__(7)
    assert repr(never_made).startswith("<")
