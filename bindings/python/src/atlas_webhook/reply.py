"""The API's yes, and how to get it out of the answer of an HTTP stack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, Union

from ._arguments import BytesLike, octets, unsigned
from ._library import lib
from ._read import read_text
from ._signatures import ErrorHandle, ReplyHandle

Text = Union[str, bytes]
Pair = tuple[Text, Text]


class Items(Protocol):
    """A mapping, or what has `items` like one, as the headers of http.client."""

    def items(self) -> Iterable[Pair]: ...


@dataclass(frozen=True)
class Reply:
    """The API's yes: HTTP 2xx with status 0. A no is an exception.

    A plain value; as anything from the network, its texts are untrusted, so its repr leaves them
    out.
    """

    #: The API's text for people, "" when it sent none. Never decide on it.
    message: str = field(repr=False)
    #: The API's id of the request, worth keeping for its support; "" when it sent none.
    request_id: str = field(repr=False)
    #: The HTTP status under which the answer came: 200, or another 2xx.
    http_status: int

    @classmethod
    def from_http(
        cls,
        status: int,
        headers: Items | Iterable[Pair] | None,
        body: BytesLike,
    ) -> Reply:
        """Say what an answer means that an HTTP stack of your own received.

        `headers` are a mapping, or name and value in pairs; they are asked for Retry-After only, so
        None will do. `body` is the body as received or already decoded, as requests, httpx, urllib3
        and aiohttp give it; that Content-Encoding still stands does no harm.

        Raises `HTTPStatusError`, `APIError`, `EncodingError` or `LimitError`, and `ArgumentError`
        when `status` is not that of a final answer.
        """
        lines = _field_lines(headers)
        content = octets(body, "the body")
        handle = ReplyHandle()
        lib.atlas_webhook_reply_parse(
            unsigned(status, 32, "the HTTP status"),
            lines,
            len(lines),
            content,
            len(content),
            handle,
            ErrorHandle(),
        )
        return from_c(handle)


def from_c(handle: ReplyHandle) -> Reply:
    """Read a reply that a C function gave, and free it."""
    try:
        return Reply(
            read_text(lib.atlas_webhook_reply_message, handle),
            read_text(lib.atlas_webhook_reply_request_id, handle),
            lib.atlas_webhook_reply_http_status(handle),
        )
    finally:
        lib.atlas_webhook_reply_free(handle)


def _field_lines(headers: Items | Iterable[Pair] | None) -> bytes:
    if headers is None:
        return b""
    pairs: Iterable[Pair] = headers.items() if hasattr(headers, "items") else headers
    return b"".join(b"%b: %b\r\n" % (_line(name), _line(value)) for name, value in pairs)


def _line(text: Text) -> bytes:
    encoded = text.encode(errors="replace") if isinstance(text, str) else text
    # Some stacks leave the line ends of a folded value in it.
    return b" ".join(encoded.splitlines())
