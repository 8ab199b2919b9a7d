"""C's text and bytes into Python values."""

from __future__ import annotations

from ctypes import c_size_t, string_at
from typing import Callable

from ._signatures import Handle


def read_bytes(getter: Callable[..., int], handle: Handle | None) -> bytes:
    """A copy of what a getter of bytes, or of text with a length, gives."""
    length = c_size_t()
    address = getter(handle, length)
    return string_at(address, length.value)


def read_text(getter: Callable[..., int], handle: Handle | None) -> str:
    return read_bytes(getter, handle).decode()
