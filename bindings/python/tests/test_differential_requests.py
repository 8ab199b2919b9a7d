"""Generated requests, read by the server connection of the library and by h11 as a server.

Where they differ, a row of the table about h11 and requests in `docs/differences.md` says so. The
package has no server connection, so the test calls the C functions.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h11
from conftest import crate
from test_differential import LIMITS, Generator

from atlas_webhook._library import locate

# ATLAS_WEBHOOK_WANT_ of the header.
WANT_SEND, WANT_RECEIVE, WANT_RESPONSE = 1, 2, 4

REQUESTS = 8000
SEED = 19


class Requests(Generator):
    """One to three requests of one connection."""

    def requests(self) -> bytes:
        self._rarity = [0, 40, 40, 12][self.below(4)]
        data = b"".join(self.request() for _ in range(1 + self.below(3)))
        if self.below(8) == 0:
            data = data[: self.below(len(data))]
        return data

    def request(self) -> bytes:
        targets = [b"/a", b"/a", b"/", b"/a?b=c", b"http://x/a"]
        wrong_targets = [
            b"",
            b"a",
            b"*",
            b"x:80",
            b"http:///a",
            b"/a#b",
            b'/a"',
            b"/a|",
            b"/a\xe9",
            b"/a b",
        ]
        versions = [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"]
        wrong_versions = [b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1", b""]
        start = (
            self.choose(
                [b"\r\n" if self.below(20) == 0 else b""], [b"\n", b" ", b"\0", b"\r\n\r\n"]
            )
            + self.choose([b"POST"], [b"", b"PO(ST", b"P\xe9ST", b" POST"])
            + self.choose([b" "], [b"", b"  ", b"\t"])
            + self.choose(targets, wrong_targets)
            + self.choose([b" "], [b"", b"  ", b"\t"])
            + self.choose(versions, wrong_versions)
            + self.line_end()
        )
        hosts = b"".join(self.host() for _ in range(1 + self.goes_wrong() - self.goes_wrong()))
        body = [b"{}", b'{"type":"order.void"}', b"[0]"][self.below(3)]
        if self.below(20) == 0:
            body += b" " * (270 + self.below(50))
        kind = self.below(24)
        coding = b"".join(self.coding() for _ in range((8 <= kind < 22) + self.goes_wrong()))
        length = b"".join(
            self.length(len(body)) for _ in range((kind < 8 or kind == 9) + 2 * (kind == 10))
        )
        if not coding and not length:
            body = b""
        framing = coding + length if self.below(2) else length + coding
        head = start + hosts + self.fields() + framing + self.line_end()
        return head + (self.chunks(body) if coding else body)

    def host(self) -> bytes:
        wrong = [b"x y", b"x,y", b"x/y", b"a@b", b"x:y", b"[::1"]
        return b"Host: " + self.choose([b"x", b"x:80", b"[::1]:8", b""], wrong) + self.line_end()


@dataclass(frozen=True)
class Delivery:
    target: bytes
    body: bytes


@dataclass(frozen=True)
class Refused:
    """What the library's message says of the cause."""

    why: str
    status: int


class Server:
    """The functions of the C header for the server connection."""

    def __init__(self) -> None:
        self._c = ctypes.CDLL(locate())
        for name in ("to_send", "delivery_body", "delivery_target"):
            self._server(name).restype = ctypes.c_void_p
        self._c.atlas_webhook_error_message.restype = ctypes.c_char_p
        self._c.atlas_webhook_error_response_status.restype = ctypes.c_uint16
        self._receiver = ctypes.c_void_p()
        self._done(self._c.atlas_webhook_receiver_new(b"/a", ctypes.byref(self._receiver), None))
        for url in (b"/", b"/a?b=c"):
            self._done(self._c.atlas_webhook_receiver_add_url(self._receiver, url, None))
        # ATLAS_WEBHOOK_LIMIT_ of the header.
        for which, value in enumerate(
            (LIMITS.head, LIMITS.fields, LIMITS.interim, LIMITS.body, LIMITS.chunk_overhead), 1
        ):
            number = ctypes.c_uint64(value or 0)
            self._done(
                self._c.atlas_webhook_receiver_set_limit(self._receiver, which, number, None)
            )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._c.atlas_webhook_receiver_free(self._receiver)

    @staticmethod
    def _done(status: int) -> None:
        assert status == 0

    def _server(self, name: str) -> Any:
        return getattr(self._c, f"atlas_webhook_server_{name}")

    def _bytes(self, name: str, server: ctypes.c_void_p) -> bytes:
        length = ctypes.c_size_t()
        address = self._server(name)(server, ctypes.byref(length))
        return ctypes.string_at(address, length.value)

    def read(self, data: bytes) -> tuple[list[Delivery | Refused], bool]:
        """The messages of one connection, and whether it waits for more."""
        server, error = ctypes.c_void_p(), ctypes.c_void_p()
        self._done(self._server("new")(self._receiver, ctypes.byref(server), None))
        messages: list[Delivery | Refused] = []
        state = self._server("received")(server, data, ctypes.c_size_t(len(data)), None)
        while state in (WANT_SEND, WANT_RESPONSE):
            if state == WANT_RESPONSE:
                target = self._bytes("delivery_target", server)
                messages.append(Delivery(target, self._bytes("delivery_body", server)))
                state = self._server("respond")(server, 200, None)
            else:
                count = ctypes.c_size_t(len(self._bytes("to_send", server)))
                state = self._server("sent")(server, count, None)
        if self._server("rejection")(server, ctypes.byref(error)) < 0:
            why = self._c.atlas_webhook_error_message(error, None).decode()
            status = self._c.atlas_webhook_error_response_status(error)
            messages.append(Refused(why, status))
            self._c.atlas_webhook_error_free(error)
        self._server("free")(server)
        return messages, state == WANT_RECEIVE


def with_h11(data: bytes) -> Iterator[Delivery | str]:
    """The requests as h11 reads them; then why it refuses, or that it waits."""
    end = "it waits"
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    target, body = b"", b""
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            end = str(error)
            break
        if isinstance(event, h11.Request):
            target, body = event.target, b""
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            yield Delivery(target, body)
            connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            connection.send(h11.EndOfMessage())
            if connection.our_state is not h11.DONE:
                break
            connection.start_next_cycle()
        else:
            break
    while True:
        yield end


#: The row of what the server connection refuses and h11 reads, by a pattern of its words.
REFUSED = {
    "a line feed without carriage return": "bare LF",
    "its major version is not 1": "another major version",
    "a byte that it cannot contain": "a character that is not for targets",
    "the form of the request target": "a target that is not for POST",
    "Host is not a host and port": "a malformed Host",
    "a field line of a request is folded": "a fold",
    "a field value contains a control character": "a control character",
    "a Transfer-Encoding in HTTP/1.0": "a coding in HTTP/1.0",
    "Transfer-Encoding and Content-Length": "a length beside a coding",
    "more than one Content-Length": "a length twice",
    "a chunk line is malformed": "a malformed chunk line",
    "limit": "a message over a limit",
}
#: The row of what h11 refuses and the server connection reads, by a pattern of h11's words.
REFUSED_THERE = {
    "no request line received": "an empty line in front",
    "Only Transfer-Encoding: chunked is supported": "more than a plain chunked",
    "conflicting Content-Length": "a broken length in trailers",
    "bad Content-Length": "a length of more than 20 digits",
    r"illegal chunk header: bytearray\(b'\w{21}": "a chunk size of more than 20 digits",
    r"illegal chunk header: bytearray\(b'\w+( |\\t)": "white space before a chunk extension",
}


def row(ours: Delivery | Refused | None, theirs: Delivery | str) -> tuple[str, tuple[str, str]]:
    """The row of a difference, and what was done here and there."""
    if isinstance(ours, Delivery):
        if isinstance(theirs, Delivery):
            return "another message", ("read", "read otherwise")
        words, why, verdict = REFUSED_THERE, theirs, ("read", "refused")
    else:
        words, why, verdict = REFUSED, ours.why if ours else "the end", ("refused", "read")
    return next((row for known, row in words.items() if re.search(known, why)), why), verdict


def table() -> dict[str, tuple[str, str]]:
    """The table about h11 as a server: by the name of a difference, what is done here and there."""
    page = (crate() / "docs" / "differences.md").read_text(encoding="utf-8")
    (section,) = (part for part in page.split("\n## ") if part.startswith("h11, for requests\n"))
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines[2:]]
    return {name: (here, there) for _, name, here, there, _, _, _ in cells}


def test_each_difference_in_reading_requests_is_a_row_and_each_row_a_difference() -> None:
    generator, rows, seen = Requests(SEED), table(), set()
    wrong: dict[Any, Any] = {}
    deliveries = refused = 0
    with Server() as server:
        for _ in range(REQUESTS):
            data = generator.requests()
            messages, waits = server.read(data)
            theirs = with_h11(data)
            for ours in [*messages, *([None] if waits else [])]:
                deliveries += isinstance(ours, Delivery)
                refused += isinstance(ours, Refused)
                if isinstance(ours, Refused) and ours.status in (404, 405):
                    # Not about HTTP.
                    break
                there = next(theirs)
                if ours == there or not (isinstance(ours, Delivery) or isinstance(there, Delivery)):
                    continue
                name, verdict = row(ours, there)
                if rows.get(name) == verdict:
                    seen.add(name)
                else:
                    wrong.setdefault((name, verdict), (data, ours, there))
                break
    assert not wrong
    assert seen == set(rows)
    # A generator of nothing but rubbish, or of nothing but sound requests, would prove little.
    assert deliveries > REQUESTS / 4
    assert refused > REQUESTS / 8
