"""Generated responses, read by the exchange and by h11.

Where they differ, a row of the table about h11 in `docs/differences.md` says so. A difference
without a row fails here, and so does a row without a difference.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Callable

import h11
from conftest import crate

from atlas_webhook import (
    AtlasWebhookError,
    Endpoint,
    Exchange,
    HTTPError,
    LimitError,
    Limits,
    Reply,
    Request,
    State,
)

ANSWERS = 8000
SEED = 6

# Small, so that responses of a few bytes pass them.
LIMITS = Limits(head=400, fields=12, interim=3, body=300, chunk_overhead=70)


class Generator:
    """Responses by the grammar of RFC 9112, with the faults that servers and attackers put in."""

    def __init__(self, seed: int) -> None:
        # The same numbers with every version of Python, as the manual promises of random() alone.
        self._random = random.Random(seed).random
        self._rarity = 0

    def below(self, n: int) -> int:
        return int(self._random() * n)

    def goes_wrong(self) -> bool:
        return self._rarity > 0 and self.below(self._rarity) == 0

    def choose(self, right: list[bytes], wrong: list[bytes]) -> bytes:
        options = wrong if self.goes_wrong() else right
        return options[self.below(len(options))]

    def answer(self) -> bytes:
        self._rarity = [0, 40, 40, 12][self.below(4)]
        answer = self.choose([b""], [b"\r\n", b"\n", b" ", b"x"])
        if self.below(6) == 0:
            for _ in range(1 + self.below(3) + self.goes_wrong()):
                answer += self.interim()
        answer += self.final()
        if self.below(5) == 0:
            answer += self.choose([b"HTTP/1.1 500 Next\r\n\r\n", b"x", b"\r\n"], [b"\0"])
        if self.below(8) == 0:
            answer = answer[: self.below(len(answer))]
        if self._rarity and self.below(6) == 0:
            at = self.below(len(answer) + 1)
            damage = b'\r\n\r\n \t\0:;,0159afHx"\\+-\x07\x7f\x80'
            byte = bytes([damage[self.below(len(damage))]])
            answer = answer[:at] + byte + answer[at + self.below(2) :]
        return answer

    def line_end(self) -> bytes:
        return self.choose([b"\r\n"], [b"\n", b"\n", b"\r", b"\r\r\n", b"", b" \r\n"])

    def status_line(self, status: bytes) -> bytes:
        versions = [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"]
        wrong_versions = [b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1", b"HTTP/1", b"ICY"]
        reasons = [b" OK", b" Not Found", b" ", b"", b" \t404 \xe9?"]
        wrong_reasons = [b" O\0K", b" \x07", b" \x7f", b"\tOK", b" O\rK", b" O\nK"]
        return (
            self.choose(versions, wrong_versions)
            + self.choose([b" "], [b"", b"  ", b"\t"])
            + status
            + self.choose(reasons, wrong_reasons)
            + self.line_end()
        )

    def field(self) -> bytes:
        names = [b"A", b"b-C", b"!#$%&'*+-.^_`|~09", b"Connection", b"Server"]
        wrong_names = [b"", b"A B", b"A(B)", b"\xc4", b"A\0", b" A", b"\tA", b"A\r\n"]
        values = [b"", b"b", b"b  c", b"close", b":b:", b"\xe9\xff", b'"a, b"']
        wrong_values = [b"b\0c", b"\x07", b"b\x7f", b"\x0cb", b"b\x0b", b"b\rc", b"b\nc", b"\x1b[m"]
        folds = [b"\r\n c", b" \t\r\n \t c", b"\r\n ", b"\r\n \r\n\td"]
        return (
            self.choose(names, wrong_names)
            + self.choose([b":", b": ", b":\t "], [b" :", b"", b";"])
            + self.choose(values, wrong_values)
            + (self.choose(folds, [b"\n c", b"\r\n \x0cc"]) if self.below(20) == 0 else b"")
            + self.choose([b"", b"", b" \t"], [b"\x0b", b"\r"])
            + self.line_end()
        )

    def fields(self) -> bytes:
        many = self.below(40) == 0
        fields = b"".join(self.field() for _ in range(8 + self.below(8) if many else self.below(4)))
        if self.below(20) == 0:
            fields += b"Retry-After: " + self.choose([b"7", b"0"], [b"-7", b"\r\n 7"]) + b"\r\n"
        return fields

    def length(self, length: int) -> bytes:
        number, more = b"%d" % length, b"%d" % (length + 1)
        right = [number, number, number, b"0" + number, number + b", " + number]
        right.append(b"\t" + number + b" ,0" + number)
        wrong = [b"+" + number, b"-" + number, number + b",", number + b", " + more, b"", more]
        wrong += [b"%d" % (2**64 + length), b"301", number + b" " + number, number + b"\x0b"]
        wrong += [b"0x%x" % length, b"0" * 21 + number]
        return (
            self.choose([b"Content-Length", b"content-length"], [b"Content-Length "])
            + b": "
            + self.choose(right, wrong)
            + self.line_end()
        )

    def coding(self) -> bytes:
        right = [b"chunked", b"chunked", b"chunked", b"ChunKed", b", chunked\t,,"]
        wrong = [b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"gzip", b"identity", b""]
        wrong += [b"chunked;a=b", b"xchunked", b"\r\n chunked"]
        return b"Transfer-Encoding: " + self.choose(right, wrong) + self.line_end()

    def interim(self) -> bytes:
        status = self.choose([b"100", b"102", b"103", b"199"], [b"101"])
        interim = self.status_line(status)
        if self.below(3) == 0:
            interim += self.field()
        if self.below(12) == 0:
            interim += self.length(9)
        if self.below(20) == 0:
            interim += self.coding()
        return interim + self.line_end()

    def final(self) -> bytes:
        right = [b"200"] * 6 + [b"201", b"204", b"205", b"304", b"301", b"401", b"429", b"503"]
        right += [b"600", b"999"]
        status = self.choose(right, [b"000", b"007", b"099", b"101", b"20", b"2000", b"+20", b""])
        body = [b'{"status":0,"msg":"yes"}', b'{"status":901,"msg":"no"}', b"[0]", b""][
            self.below(4)
        ]
        if self.below(20) == 0:
            body += b" " * (270 + self.below(10))
        kind = self.below(12)
        coding = b"".join(self.coding() for _ in range((4 <= kind < 10) + self.goes_wrong()))
        length = b"".join(
            self.length(len(body)) for _ in range((kind < 4 or kind == 9) + 2 * (kind == 10))
        )
        framing = coding + length if self.below(2) else length + coding
        answer = self.status_line(status) + self.fields() + framing + self.line_end()
        return answer + (self.chunks(body) if coding else body)

    def chunks(self, body: bytes) -> bytes:
        chunks = b""
        while body:
            size = 1 + self.below(len(body))
            data, body = body[:size], body[size:]
            chunks += self.chunk_line(size) + data
            chunks += self.choose([b"\r\n"], [b"\n", b"\r", b"", b"x\r\n", b"\r\r\n", b" \r\n"])
        chunks += self.chunk_line(0)
        if self.below(4) == 0:
            chunks += self.fields()
            if self.below(2) == 0:
                chunks += self.length(9)
            if self.below(6) == 0:
                chunks += self.coding()
        return chunks + self.line_end()

    def chunk_line(self, size: int) -> bytes:
        line = self.choose([b"", b"", b"0"], [b"+", b"-", b"0x", b" ", b"\n", b"_", b"0" * 21])
        line += self.choose([b"%x" % size, b"%X" % size], [b"", b"g", b"100000002", b"12d"])
        if self.below(8) == 0:
            right = [b";a", b";a=b", b' ; a = "x;\\"y"', b"\t;a", b";a;b=c ;d", b';a="\xe9"']
            wrong = [b";", b";;", b";=b", b";a=", b';a="b', b";a b", b";\x07", b" ", b"\t"]
            line += self.choose(right, [*wrong, b" a", b"\x0b", b";a\nb", b";a\rb"])
        return line + self.choose([b"\r\n"], [b"\n", b"\r", b" \r\n", b"\r\r\n", b""])


@dataclass(frozen=True)
class Read:
    """A response that was read to its end."""

    #: The reply, or the error, in what a program can decide on.
    meaning: tuple[object, ...]
    #: How many bytes belong to it.
    consumed: int
    #: Whether it took the end of the input to end it.
    at_close: bool


def meaning(reply: Callable[[], Reply]) -> tuple[object, ...]:
    try:
        said = reply()
    except AtlasWebhookError as no:
        told = (no.http_status, no.api_status, no.api_message, no.request_id, no.retry_after)
        return (type(no), *told)
    return (Reply, said.http_status, said.message, said.request_id)


def with_exchange(request: Request, data: bytes) -> Read | HTTPError:
    with Exchange(request) as exchange:
        try:
            consumed = exchange.received(data)
            at_close = exchange.state is not State.DONE
            exchange.received_eof()
        except HTTPError as error:
            return error
        return Read(meaning(exchange.take_reply), consumed, at_close)


def with_h11(request: Request, data: bytes) -> Read | None:
    connection = h11.Connection(h11.CLIENT)
    headers = [("Host", "example.com"), ("Content-Length", "0")]
    connection.send(h11.Request(method="POST", target="/", headers=headers))
    connection.send(h11.EndOfMessage())
    response, body, closed = None, b"", not data
    connection.receive_data(data)
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return None
        if isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            break
        elif event is h11.NEED_DATA:
            closed = True
            connection.receive_data(b"")
    assert response is not None
    status, fields = response.status_code, list(response.headers)
    read = meaning(lambda: request.reply(status, fields, body))
    return Read(read, len(data) - len(connection.trailing_data[0]), closed)


class Refused:
    """A response that the exchange refuses: what is before the byte at which it does, and it."""

    def __init__(self, data: bytes, error: HTTPError) -> None:
        at = error.offset if error.offset is not None else len(data)
        self.before, self.byte = data[:at], data[at : at + 1]
        #: The line in which it is.
        self.line = self.before.rpartition(b"\r\n")[2]
        lines = re.search(rb"(?:[^\r\n]+\r\n)*(?:\r\n)?\Z", self.before)
        assert lines is not None
        #: The head, or the trailers, that end here.
        self.lines = lines[0]
        self.is_limit = isinstance(error, LimitError)
        #: Whether the head of the final response is behind.
        self.in_body = error.http_status is not None


CONTROL = rb"[\x01-\x08\x0e-\x1f\x7f]"


def control_character(case: Refused) -> bool:
    in_reason = re.fullmatch(CONTROL, case.byte) and re.match(rb"HTTP/1\.\d \d{3} ", case.line)
    in_fields = case.before.endswith(b"\r\n\r\n") and re.search(CONTROL, case.lines)
    return not case.is_limit and bool(in_reason or in_fields)


def coding_in_http10(case: Refused) -> bool:
    head = case.before[case.before.rfind(b"HTTP/1.0") :].lower()
    return (
        case.in_body
        and case.before.endswith(b"\r\n\r\n")
        and head.startswith(b"http/1.0")
        and b"\r\ntransfer-encoding:" in head
        and not case.is_limit
    )


#: By the byte at which the exchange refuses what h11 reads.
REFUSED: dict[str, Callable[[Refused], object]] = {
    "bare LF": lambda case: case.byte == b"\n" and not case.before.endswith((b"\r", b"\r\n\r\n")),
    "another major version": lambda case: (
        case.byte.isdigit() and re.fullmatch(rb"HTTP/", case.line)
    ),
    "a control character": control_character,
    "a coding in HTTP/1.0": coding_in_http10,
    "a malformed chunk extension": lambda case: (
        case.in_body
        and not case.is_limit
        and case.byte != b"\n"
        and re.match(rb"[0-9A-Fa-f]+[ \t]*;", case.line)
    ),
    "white space behind a chunk size": lambda case: (
        case.in_body and case.byte == b"\r" and re.fullmatch(rb"[0-9A-Fa-f]+[ \t]+", case.line)
    ),
    "a head, or interim responses, over a limit": lambda case: case.is_limit and not case.in_body,
    "a body, or what carries it, over a limit": lambda case: case.is_limit and case.in_body,
}

Field = tuple[bytes, bytes]


def fields(section: bytes) -> list[Field]:
    lines = re.sub(rb"[ \t]*\r\n[ \t]+", b" ", section).split(b"\r\n")
    pairs = (line.split(b":", 1) for line in lines if line)
    return [(name.lower(), value.strip(b" \t")) for name, value in pairs]


def plain_coding(fields: list[Field]) -> bool:
    """Whether there is no coding but one `chunked`, alone in its field."""
    values = [value.lower() for name, value in fields if name == b"transfer-encoding"]
    return values in ([], [b"chunked"])


def plain_length(fields: list[Field]) -> bool:
    """Whether all lengths are one number of at most 20 digits, and written alike."""
    values = [value for name, value in fields if name == b"content-length"]
    lengths = {length.strip() for value in values for length in value.split(b",")}
    return not lengths or bool(re.fullmatch(rb"\d{1,20}", b"|".join(lengths)))


def stumbles(data: bytes) -> Iterator[str]:
    """What h11 refuses of a response that the exchange reads, in the order of the bytes."""
    status = 100
    while status < 200:
        head, data = data.split(b"\r\n\r\n", 1)
        line, _, section = head.partition(b"\r\n")
        status, known = int(line[9:12]), fields(section)
        if status < 100:
            yield "a status below 100"
            return
        yield from stumbles_in_framing(status, known)
    if status not in (204, 304) and any(name == b"transfer-encoding" for name, _ in known):
        yield from stumbles_in_chunks(data)


def stumbles_in_framing(status: int, known: list[Field]) -> Iterator[str]:
    without_body = status < 200 or status in (204, 304)
    if not plain_coding(known):
        yield "a coding without a body" if without_body else "more than a plain chunked"
    if not plain_length(known):
        if without_body:
            yield "a broken length without a body"
        elif any(name == b"transfer-encoding" for name, _ in known):
            yield "a broken length beside chunked"
        elif any(re.search(rb"\d{21}", value) for _, value in known):
            yield "a length of more than 20 digits"
        else:
            yield "a length written in two ways"


def stumbles_in_chunks(data: bytes) -> Iterator[str]:
    size = -1
    while size != 0:
        line = re.match(rb"([0-9A-Fa-f]+)([ \t]*)[^\r]*\r\n", data)
        assert line is not None
        if line[2]:
            yield "white space before a chunk extension"
        if len(line[1]) > 20:
            yield "a chunk size of more than 20 digits"
        size = int(line[1], 16)
        data = data[line.end() + (size + 2 if size else 0) :]
    trailers = fields(data[: (b"\r\n" + data).index(b"\r\n\r\n")])
    if not (plain_coding(trailers) and plain_length(trailers)):
        yield "a broken length or coding in trailers"


def table() -> dict[str, tuple[str, str]]:
    """The table about h11: by the name of a difference, what is done here and there."""
    page = (crate() / "docs" / "differences.md").read_text(encoding="utf-8")
    (section,) = (part for part in page.split("\n## ") if part.startswith("h11\n"))
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines[2:]]
    return {name: (here, there) for _, name, here, there, _, _, _ in cells}


def row(
    data: bytes, here: Read | HTTPError, there: Read | None
) -> tuple[str | None, tuple[str, str]]:
    """The row of a difference, and what was done here and there."""
    if isinstance(here, HTTPError):
        case = Refused(data, here)
        names = [name for name, knows in REFUSED.items() if knows(case)]
        return (names[0] if len(names) == 1 else str(names)), ("refused", "read")
    return next(stumbles(data), None), ("read", "refused" if there is None else "read otherwise")


def test_each_difference_is_a_row_and_each_row_a_difference() -> None:
    request = Request.registration(Endpoint(limits=LIMITS), "https://example.com/")
    generator = Generator(SEED)
    rows, seen, accepted = table(), set(), 0
    wrong: dict[Any, Any] = {}
    for _ in range(ANSWERS):
        data = generator.answer()
        here, there = with_exchange(request, data), with_h11(request, data)
        accepted += isinstance(here, Read)
        if here == there or (isinstance(here, HTTPError) and there is None):
            continue
        name, verdict = row(data, here, there)
        if name in rows and rows[name] == verdict:
            seen.add(name)
        else:
            wrong.setdefault((name, verdict), (data, here, there))
    assert not wrong
    assert seen == set(rows)
    # A generator of nothing but rubbish, or of nothing but sound responses, would prove little.
    assert ANSWERS / 4 < accepted < ANSWERS * 3 / 4
