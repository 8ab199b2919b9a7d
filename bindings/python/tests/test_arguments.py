"""A wrong argument is named, with the types that are accepted."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import threading
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from conftest import CREDENTIALS, URL, YES, Certificates
from conftest import registration as conftest_registration

import atlas_webhook
from atlas_webhook import ArgumentError, RateLimitedError, testing

# What is passed here is wrong on purpose.
Endpoint: Any = atlas_webhook.Endpoint
Event: Any = atlas_webhook.Event
Exchange: Any = atlas_webhook.Exchange
Limits: Any = atlas_webhook.Limits
Receiver: Any = atlas_webhook.Receiver
registration: Any = conftest_registration
Request: Any = atlas_webhook.Request
Transport: Any = atlas_webhook.Transport
deliver: Any = testing.deliver
Response: Any = testing.Response
Sandbox: Any = testing.Sandbox

# No test connects to it.
LOCAL = "http://127.0.0.1:9/"

BYTES = "must be bytes, a bytearray or a memoryview, not"
TEXT = "must be a str, bytes, a bytearray or a memoryview, not"
PAIRS = "must be a mapping, pairs of name and value, or None, not"
SECONDS = "must be an int or a float, in seconds, not"

WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Endpoint(b"https://example.com"), "base_url must be a str or None, not bytes"),
    (
        lambda: Endpoint(client_id=1, client_secret="s"),
        "client_id must be a str or None, not int",
    ),
    (
        lambda: Endpoint(client_id="c", client_secret=1),
        "client_secret must be a str or None, not int",
    ),
    (lambda: Endpoint(allow_plaintext="no"), "allow_plaintext must be a bool, not str"),
    (lambda: Transport(use_env_proxy="no"), "use_env_proxy must be a bool, not str"),
    (lambda: Endpoint(headers=5), f"headers {PAIRS} int"),
    (lambda: Endpoint(headers="ab"), f"headers {PAIRS} str"),
    (lambda: Endpoint(headers=b""), f"headers {PAIRS} bytes"),
    (lambda: Endpoint(headers=[("a",)]), f"headers {PAIRS} list"),
    (lambda: Endpoint(headers=[("a", "b", "c")]), f"headers {PAIRS} list"),
    (lambda: Endpoint(headers=[5]), f"headers {PAIRS} list"),
    (lambda: Endpoint(headers=["ab"]), f"headers {PAIRS} list"),
    (lambda: Endpoint(headers=[b"ab"]), f"headers {PAIRS} list"),
    (
        lambda: Endpoint(headers=SimpleNamespace(items=[("a", "b")])),
        f"headers {PAIRS} SimpleNamespace",
    ),
    (
        lambda: Endpoint(headers=SimpleNamespace(items=lambda: 5)),
        f"headers {PAIRS} SimpleNamespace",
    ),
    (lambda: Endpoint(headers={1: "a"}), "each name in headers must be a str, not int"),
    (lambda: Endpoint(headers={"a": 1}), "each value in headers must be a str, not int"),
    (lambda: Endpoint(limits={"body": 1}), "limits must be a Limits, not dict"),
    (lambda: Endpoint(limits=Limits(body="1")), "limits.body must be an int, not str"),
    (lambda: Request.registration("x", URL), "endpoint must be an Endpoint, not str"),
    (lambda: Request.registration(Endpoint(), None), "url must be a str, not NoneType"),
    (lambda: Request.registration(Endpoint(), URL, 7), "cid must be a str or None, not int"),
    (lambda: Request("x"), "a request is made by Request.registration"),
    (lambda: Exchange("x"), "request must be a Request, not str"),
    (lambda: Exchange(registration()).received("x"), f"data {BYTES} str"),
    (lambda: Exchange(registration()).sent("x"), "count must be an int, not str"),
    (lambda: Transport().send("x"), "request must be a Request, not str"),
    (lambda: asyncio.run(Transport().send_async("x")), "request must be a Request, not str"),
    (lambda: Transport(timeout=None), f"timeout {SECONDS} NoneType"),
    (lambda: Transport(timeout=(5, 10)), f"timeout {SECONDS} tuple"),
    (lambda: Transport(connect_timeout="5"), f"connect_timeout {SECONDS} str"),
    (lambda: Transport(retries="2"), "retries must be an int, not str"),
    *[
        (lambda value=value: Transport(retries=value), f"retries must be an int, not {name}")
        for value, name in ((None, "NoneType"), ("", "str"), ([], "list"), (0.0, "float"))
    ],
    (lambda: Transport(proxy=8080), "proxy must be a str or None, not int"),
    (
        lambda: Transport(ca_file=3),
        "ca_file must be a str, bytes, an os.PathLike or None, not int",
    ),
    (
        lambda: Transport(ca_pem=3),
        "ca_pem must be a str, bytes, a bytearray, a memoryview or None, not int",
    ),
    (lambda: registration().reply("200", None, b""), "status must be an int, not str"),
    (lambda: registration().reply(200, 5, b""), f"headers {PAIRS} int"),
    (
        lambda: registration().reply(200, {"a": 1}, b""),
        "each name and value of headers must be a str or bytes, not int",
    ),
    (lambda: registration().reply(200, None, "{}"), f"body {BYTES} str"),
    (lambda: Receiver(None), "url must be a str, not NoneType"),
    (lambda: Receiver("/a", b"/b"), "each of other_urls must be a str, not bytes"),
    (lambda: Receiver("/a", limits=7), "limits must be a Limits, not int"),
    (
        lambda: Receiver("/a").read(None, "/a", None, b"{}"),
        "method must be a str or bytes, not NoneType",
    ),
    (lambda: Receiver("/a").read("POST", 5, None, b"{}"), "target must be a str or bytes, not int"),
    (lambda: Receiver("/a").read("POST", "/a", None, "{}"), f"body {BYTES} str"),
    (lambda: Event.parse(5), f"json {TEXT} int"),
    (lambda: Event.parse(None), f"json {TEXT} NoneType"),
    (lambda: Event.parse("{}", limits=7), "limits must be a Limits, not int"),
    (lambda: Response("503"), "status must be an int, not str"),
    (lambda: Response(msg=b"no"), "msg must be a str or None, not bytes"),
    (lambda: Response(http_status="503"), "http_status must be an int, not str"),
    (lambda: Response(status=True), "status must be an int, not bool"),
    (lambda: Response(headers=[("a", "b")]), "headers must be a mapping, not list"),
    (lambda: Response(headers=None), "headers must be a mapping, not NoneType"),
    (lambda: Response(headers={1: "a"}), "each name in headers must be a str, not int"),
    (lambda: Response(headers={"a": 7}), "each value in headers must be a str, not int"),
    (lambda: Response(body="busy"), "body must be bytes or None, not str"),
    (lambda: Response(delay="1"), "delay must be an int or a float, in seconds, not str"),
    (lambda: Sandbox(0), "each of responses must be a Response or None, not int"),
    (
        lambda: Sandbox(client_id="", client_secret=0),
        "client_secret must be a str or None, not int",
    ),
    (
        lambda: Sandbox(client_id=b"", client_secret=""),
        "client_id must be a str or None, not bytes",
    ),
    (lambda: Sandbox(require_cid=None), "require_cid must be a bool, not NoneType"),
    (lambda: deliver(None, "void"), "url must be a str, not NoneType"),
    (lambda: deliver(LOCAL, "void", headers=0), f"headers {PAIRS} int"),
    (
        lambda: deliver(LOCAL, "void", headers={1: "a"}),
        "each name in headers must be a str, not int",
    ),
    (
        lambda: deliver(LOCAL, "void", headers={"a": 1}),
        "each value in headers must be a str, not int",
    ),
    (
        lambda: deliver(LOCAL, "void", headers=[("a", b"b")]),
        "each value in headers must be a str, not bytes",
    ),
    (lambda: deliver(LOCAL, "void", method=b""), "method must be a str, not bytes"),
    (lambda: deliver(LOCAL, "void", gzip=""), "gzip must be a bool, not str"),
    (lambda: deliver(LOCAL, "void", chunked=1), "chunked must be a bool, not int"),
    (lambda: deliver(LOCAL, "void", timeout=None), f"timeout {SECONDS} NoneType"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_type_names_the_argument_and_the_accepted_types(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        call()


A_DAY = "it must be at most a day"
LONG = "a number of more than 128 bits"
POSITIVE = "it must be a positive number of seconds"

REJECTED: list[tuple[Callable[[], Any], str, int | None]] = [
    (lambda: Endpoint("https://a\0"), "base_url contains a NUL", 9),
    (lambda: Endpoint(client_id="ab\0", client_secret="s"), "client_id contains a NUL", 2),
    (lambda: Endpoint(client_id="c", client_secret="a\0"), "client_secret contains a NUL", 1),
    (lambda: Endpoint(headers={"\ud800": "a"}), "each name in headers is not Unicode text", 0),
    (lambda: Endpoint(headers={"a": "ä\ud800"}), "each value in headers is not Unicode text", 2),
    (lambda: Endpoint(limits=Limits(head=-1)), "limits.head is -1: it must not be negative", None),
    (
        lambda: Endpoint(limits=Limits(values=2**64)),
        "limits.values is 18446744073709551616: it must be at most 18446744073709551615",
        None,
    ),
    (lambda: Request.registration(Endpoint(), URL + "\0"), "url contains a NUL", len(URL)),
    (lambda: Request.registration(Endpoint(), URL, "a\0b\0"), "cid contains a NUL", 1),
    (lambda: Exchange(registration()).sent(-1), "count is -1: it must not be negative", None),
    (
        lambda: Exchange(registration()).sent(2**64),
        "count is 18446744073709551616: it must be at most 18446744073709551615",
        None,
    ),
    (
        lambda: Exchange(registration()).sent(2**128 - 1),
        f"count is {2**128 - 1}: it must be at most 18446744073709551615",
        None,
    ),
    (
        lambda: Exchange(registration()).sent(2**128),
        f"count is {LONG}: it must be at most 18446744073709551615",
        None,
    ),
    (
        lambda: registration().reply(2**32, None, b""),
        "status is 4294967296: it must be at most 4294967295",
        None,
    ),
    (
        lambda: Transport(retries=2**32),
        "retries is 4294967296: it must be at most 4294967295",
        None,
    ),
    (lambda: Transport(retries=-1), "retries is -1: it must not be negative", None),
    (lambda: Transport(proxy="http://a\0"), "proxy contains a NUL", 8),
    (lambda: Transport(ca_file="/ca\0\0.pem"), "ca_file contains a NUL", 3),
    (lambda: Transport(ca_file="a/ä\ud800"), "ca_file is not Unicode text", 4),
    (lambda: Transport(ca_file=Path("\ud800.pem")), "ca_file is not Unicode text", 0),
    (lambda: Transport(timeout=0), f"timeout is 0: {POSITIVE}", None),
    # More digits than Python converts to text.
    (
        lambda: Transport(retries=10**5000),
        f"retries is {LONG}: it must be at most 4294967295",
        None,
    ),
    (lambda: Transport(retries=-(10**5000)), f"retries is {LONG}: it must not be negative", None),
    (lambda: Transport(timeout=10**5000), f"timeout is {LONG}: {A_DAY}", None),
    (lambda: Transport(timeout=-(10**5000)), f"timeout is {LONG}: {POSITIVE}", None),
    (lambda: deliver(LOCAL, "void", timeout=0), f"timeout is 0: {POSITIVE}", None),
    (
        lambda: deliver(f"{LOCAL}ä", "void"),
        "url must be an absolute http or https URL in ASCII",
        None,
    ),
    (lambda: Transport(connect_timeout=-1), f"connect_timeout is -1: {POSITIVE}", None),
    (lambda: Transport(timeout=float("inf")), f"timeout is inf: {POSITIVE}", None),
    (lambda: Transport(timeout=4294967.296), f"timeout is 4294967.296: {A_DAY}", None),
    (
        lambda: Transport(proxy="http://a", use_env_proxy=True),
        "proxy and use_env_proxy exclude each other",
        None,
    ),
    (
        lambda: Transport(ca_file="a.pem", ca_pem="b"),
        "ca_file and ca_pem exclude each other",
        None,
    ),
    *[
        (
            lambda status=status: Response(http_status=status),
            f"http_status is {status}: it must be 200 to 999",
            None,
        )
        for status in (99, 199, 1000)
    ],
    *[
        (
            lambda value=value: Response(headers={"a": value}),
            "each value in headers must be Latin-1 without CR, LF and NUL",
            None,
        )
        for value in ("\u0100", "a\nb", "a\r", "\0")
    ],
    *[
        (
            lambda name=name: Response(headers={name: "a"}),
            "each name in headers must be a token of HTTP",
            None,
        )
        for name in ("", "\u0100", "a b", "a:", "a\n")
    ],
    *[
        (
            lambda name=name: Response(headers={name: "3"}),
            f"the sandbox sends its own {name}",
            None,
        )
        for name in ("content-length", "Transfer-Encoding", "Connection")
    ],
    *[
        (
            lambda status=status: Response(status=status),
            f"status is {status}: it must fit into 64 bits",
            None,
        )
        for status in (-(2**63) - 1, 2**63)
    ],
    *[
        (
            lambda field=field: Response(**{field: 10**5000}),
            f"{field} is a number of more than 128 bits: it must {required}",
            None,
        )
        for field, required in (
            ("status", "fit into 64 bits"),
            ("http_status", "be 200 to 999"),
            ("delay", "be a number of seconds from 0"),
        )
    ],
    *[
        (
            lambda delay=delay: Response(delay=delay),
            f"delay is {delay}: it must be a number of seconds from 0",
            None,
        )
        for delay in (-0.5, float("nan"), float("inf"))
    ],
    (lambda: Receiver("/a\0b"), "url contains a NUL", 2),
    (lambda: Receiver("/a", "/b\0"), "each of other_urls contains a NUL", 2),
]


@pytest.mark.parametrize(("call", "message", "offset"), REJECTED)
def test_a_wrong_value_names_the_argument_and_its_range(
    call: Callable[[], Any], message: str, offset: int | None
) -> None:
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$") as raised:
        call()
    assert raised.value.offset == offset


def test_a_range_includes_its_ends() -> None:
    Response(status=2**63 - 1, http_status=200, delay=threading.TIMEOUT_MAX)
    Response(status=-(2**63), http_status=999, delay=0, headers={"a": "\xff", "b": ""})
    Endpoint(limits=Limits(values=2**64 - 1, head=1))
    Transport(timeout=86_400, connect_timeout=1e-9, retries=2**32 - 1)
    # The library rejects these, and not the conversion to its numbers.
    for seconds in (86_400.001, (2**32 - 1) / 1000):
        for name in ("timeout", "connect_timeout"):
            with pytest.raises(ArgumentError, match="longer than zero") as raised:
                Transport(**{name: seconds})
            assert A_DAY not in str(raised.value)
    for status, message in ((0, "it must be 200 to 999"), (2**32 - 1, "is not an HTTP status")):
        with pytest.raises(ArgumentError, match=message):
            registration().reply(status, None, b"")


@pytest.mark.parametrize(
    ("given", "absent"), [("client_id", "client_secret"), ("client_secret", "client_id")]
)
def test_half_of_the_credentials_names_the_other_half(given: str, absent: str) -> None:
    half = {given: CREDENTIALS[given]}
    message = f"^{given} requires {absent}, which must be a str, not NoneType$"
    with pytest.raises(ArgumentError, match=message):
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


@pytest.mark.parametrize("kind", [TypeError, ValueError, KeyError])
def test_an_exception_of_the_headers_themselves_is_not_a_wrong_type(kind: type[Exception]) -> None:
    def fail() -> Any:
        yield "X-Trace", "1"
        raise kind("of the program")

    def call() -> Any:
        raise kind("of the program")

    for headers in (fail(), SimpleNamespace(items=fail), SimpleNamespace(items=call)):
        with pytest.raises(kind, match="of the program"):
            Endpoint(headers=headers)
    with pytest.raises(kind, match="of the program"):
        Receiver("/a").read("POST", "/a", fail(), b"{}")


NEVER_MADE = {
    Endpoint: "<Endpoint ''>",
    Exchange: "<Exchange closed>",
    Request: "<Request>",
    Transport: "<Transport timeout=15.0 closed>",
    Receiver: "<Receiver>",
}


@pytest.mark.parametrize("kind", NEVER_MADE, ids=lambda kind: kind.__name__)
def test_the_repr_of_an_object_that_was_never_made_does_not_raise(kind: Any) -> None:
    never_made = kind.__new__(kind)
    with pytest.raises((TypeError, atlas_webhook.AtlasWebhookError)):
        never_made.__init__("ftp://x", limits=7) if kind is Endpoint else never_made.__init__(7)
    assert repr(never_made) == NEVER_MADE[kind]


class Shorter(bytes):
    """Bytes with another length than theirs."""

    def __len__(self) -> int:
        return 1


class ShorterText(str):
    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return Shorter(super().encode(encoding, errors))


def test_the_length_of_bytes_is_the_true_one(certificates: Certificates) -> None:
    body = b'{"status":0,"msg":"success"}'
    assert registration().reply(200, None, Shorter(body)).message == "success"
    exchange = Exchange(registration())
    assert exchange.received(Shorter(YES)) == len(YES)
    Transport(ca_pem=Shorter(certificates.ca_file.read_bytes()))
    Transport(ca_pem=ShorterText(certificates.ca_file.read_text()))

    event = Event.parse(b'{"type":"x"}')
    assert Event.parse(Shorter(event.json.encode())) == event
    assert Event.parse(ShorterText(event.json)) == event
    read = Receiver("/a").read
    assert read(Shorter(b"POST"), Shorter(b"/a"), None, Shorter(b'{"type":"x"}')) == event
    assert read(ShorterText("POST"), ShorterText("/a"), None, b'{"type":"x"}') == event
    stored = dataclasses.replace(event, json=ShorterText(event.json))
    assert stored.dedupe_key == event.dedupe_key
