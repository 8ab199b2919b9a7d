"""Converts Python values to arguments of C.

ctypes would silently truncate numbers to their width, and C would truncate text at a NUL. Both are
rejected here. Each error names the argument. An error for a wrong type also lists the accepted
types.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from os import PathLike
from typing import Any, Protocol, TypeVar, Union

from .errors import ArgumentError

BytesLike = Union[bytes, bytearray, memoryview]
Text = Union[str, bytes]
Pair = tuple[Text, Text]


class Items(Protocol):
    """A mapping, or an object with `items`, such as the headers of http.client."""

    def items(self) -> Iterable[Pair]: ...


Headers = Union[Items, Iterable[Pair]]
T = TypeVar("T")


def wrong_type(value: object, accepted: str, what: str) -> TypeError:
    return TypeError(f"{what} must be {accepted}, not {type(value).__name__}")


def instance(value: Any, kind: type[T], what: str) -> T:
    """One of this package's own objects."""
    if isinstance(value, kind):
        return value
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    raise wrong_type(value, f"{article} {kind.__name__}", what)


def encode(text: str, what: str, accepted: str = "a str") -> bytes:
    """NUL-terminated UTF-8."""
    if not isinstance(text, str):
        raise wrong_type(text, accepted, what)
    try:
        encoded = str.encode(text)
    except UnicodeEncodeError as error:
        # The error's context is removed too: it contains the text, which may be a secret.
        start = error.start
    else:
        if b"\0" not in encoded:
            return encoded
        raise ArgumentError(f"{what} contains a NUL", offset=encoded.index(b"\0"))
    raise ArgumentError(f"{what} is not Unicode text", offset=len(text[:start].encode()))


def encode_path(path: str | bytes | PathLike[str] | PathLike[bytes], what: str) -> bytes:
    """NUL-terminated bytes of a path."""
    if not isinstance(path, (str, bytes, PathLike)):
        raise wrong_type(path, "a str, bytes, an os.PathLike or None", what)
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError as error:
        before = os.fsencode(error.object[: error.start])
        raise ArgumentError(f"{what} is not Unicode text", offset=len(before)) from None
    if b"\0" in encoded:
        raise ArgumentError(f"{what} contains a NUL", offset=encoded.index(b"\0"))
    return encoded


def encode_optional(text: str | None, what: str) -> bytes | None:
    return None if text is None else encode(text, what, "a str or None")


def unsigned(value: int, bits: int, what: str) -> int:
    """A number that fits into this many bits."""
    if not isinstance(value, int):
        raise wrong_type(value, "an int", what)
    if value < 0:
        raise ArgumentError(f"{what} is {_shown(value)}: it must not be negative")
    if value >= 1 << bits:
        raise ArgumentError(f"{what} is {_shown(value)}: it must be at most {(1 << bits) - 1}")
    return value


def _shown(number: float) -> str:
    """A number in a message. Python converts no int with more than 4,300 digits to text."""
    is_long = isinstance(number, int) and number.bit_length() > 128
    return "a number of more than 128 bits" if is_long else str(number)


def octets(
    data: BytesLike, what: str, accepted: str = "bytes, a bytearray or a memoryview"
) -> bytes:
    """Bytes that nobody changes meanwhile. Their length is the true one.

    C would read outside the object if a subclass of bytes has a length of its own.
    """
    if type(data) is bytes:
        return data
    try:
        return bytes(memoryview(data))
    except TypeError:
        raise wrong_type(data, accepted, what) from None


def pairs(headers: Any, what: str) -> list[tuple[Any, Any]]:
    """Names and values from a mapping, from an object with `items`, or from pairs.

    An exception that the object itself raises is not a wrong type.
    """
    if headers is None:
        return []
    # What most programs pass: its items need no check.
    if type(headers) is dict:
        return list(headers.items())
    accepted = "a mapping, pairs of name and value, or None"
    items = getattr(headers, "items", None)
    iterable = items() if callable(items) else headers
    try:
        iterator = iter(iterable)
    except TypeError:
        raise wrong_type(headers, accepted, what) from None
    found = list(iterator)
    # Text can be unpacked, too.
    if isinstance(headers, (str, bytes)) or not {str, bytes}.isdisjoint(map(type, found)):
        raise wrong_type(headers, accepted, what)
    try:
        return [(name, value) for name, value in found]
    except (TypeError, ValueError):
        raise wrong_type(headers, accepted, what) from None


def field_lines(headers: Headers | None) -> bytes:
    """Header fields in the form of HTTP: one line each."""
    if headers is None:
        return b""
    fields = pairs(headers, "headers")
    try:
        lines = "".join([name + ": " + value + "\r\n" for name, value in fields])
    except TypeError:
        lines = ""
    if lines.count("\n") != len(fields):
        # Not all of them are str, or there are line ends in them.
        lines = "".join([f"{_line(name)}: {_line(value)}\r\n" for name, value in fields])
    # The fields that C reads have no other characters.
    return lines.encode("latin-1", "replace")


def _line(text: Text) -> str:
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    elif not isinstance(text, str):
        raise wrong_type(text, "a str or bytes", "each name and value of headers")
    # Some stacks keep the line ends of a folded value. As folds they start no other field.
    return text.replace("\n", "\n ")


def milliseconds(seconds: float, what: str) -> int:
    """A duration, rounded up."""
    if not isinstance(seconds, (int, float)):
        raise wrong_type(seconds, "an int or a float, in seconds", what)
    # An int can be too large for isfinite.
    if not (seconds > 0 and (isinstance(seconds, int) or math.isfinite(seconds))):
        raise ArgumentError(f"{what} is {_shown(seconds)}: it must be a positive number of seconds")
    # The library rejects what is longer than a day; this does not fit into its argument.
    if seconds * 1000 > (1 << 32) - 1:
        raise ArgumentError(f"{what} is {_shown(seconds)}: it must be at most a day")
    return math.ceil(seconds * 1000)
