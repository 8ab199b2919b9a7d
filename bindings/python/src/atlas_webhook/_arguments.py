"""Python values into what C takes.

ctypes would silently cut numbers to their width, and C text at a NUL; here both are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, Union

from .errors import ArgumentError

BytesLike = Union[bytes, bytearray, memoryview]
Text = Union[str, bytes]
Pair = tuple[Text, Text]


class Items(Protocol):
    """A mapping, or what has `items` like one, as the headers of http.client."""

    def items(self) -> Iterable[Pair]: ...


Headers = Union[Items, Iterable[Pair]]


def encode(text: str, what: str) -> bytes:
    """NUL-terminated UTF-8, as bytes are for ctypes."""
    if not isinstance(text, str):
        raise TypeError(f"{what} must be a str, not {type(text).__name__}")
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        # Not the error's context either: it holds the text, which may be a secret.
        start = error.start
    else:
        if b"\0" not in encoded:
            return encoded
        raise ArgumentError(f"{what} holds a NUL", offset=encoded.index(b"\0"))
    raise ArgumentError(f"{what} is not Unicode text", offset=len(text[:start].encode()))


def encode_optional(text: str | None, what: str) -> bytes | None:
    return None if text is None else encode(text, what)


def unsigned(value: int, bits: int, what: str) -> int:
    """A number that fits into so many bits."""
    if not isinstance(value, int):
        raise TypeError(f"{what} must be an int, not {type(value).__name__}")
    if not 0 <= value < 1 << bits:
        raise ArgumentError(f"{what} is out of range")
    return value


def octets(data: BytesLike, what: str) -> bytes:
    """Bytes that nobody changes meanwhile."""
    if isinstance(data, bytes):
        return data
    try:
        return bytes(memoryview(data))
    except TypeError:
        raise TypeError(f"{what} must be bytes, not {type(data).__name__}") from None


def field_lines(headers: Headers | None) -> bytes:
    """Header fields as HTTP writes them: a line each."""
    if headers is None:
        return b""
    pairs: Iterable[Pair] = headers.items() if hasattr(headers, "items") else headers
    return b"".join(b"%b: %b\r\n" % (_line(name), _line(value)) for name, value in pairs)


def _line(text: Text) -> bytes:
    encoded = text.encode(errors="replace") if isinstance(text, str) else text
    # Some stacks leave the line ends of a folded value in it.
    return b" ".join(encoded.splitlines())
