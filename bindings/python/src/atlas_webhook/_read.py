"""Converts text and bytes of C to Python values."""

from __future__ import annotations

from ctypes import c_size_t
from typing import Any, Callable

from ._signatures import Handle


def read_bytes(getter: Callable[..., Any], handle: Handle | None, *index: int) -> bytes:
    """A copy of what a getter of bytes, or of text with a length, returns."""
    length = c_size_t()
    octets: bytes = getter(handle, *index, length)[: length.value]
    return octets


def read_text(getter: Callable[..., Any], handle: Handle | None, *index: int) -> str:
    return read_bytes(getter, handle, *index).decode()
