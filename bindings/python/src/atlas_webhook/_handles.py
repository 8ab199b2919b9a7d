"""Who frees what: each handle is freed when nothing refers to it any more.

Every call holds a reference to the handles that it uses, so none is freed under a call, in whatever
thread. To close an object is to drop its reference.
"""

from __future__ import annotations

import os
import weakref
from typing import Any, Callable, TypeVar

from ._library import lib
from ._signatures import Handle

H = TypeVar("H", bound=Handle)


def owned(handle: H) -> H:
    """Let `handle` be freed with the Python object that holds it."""
    return _free_with(handle, getattr(lib, handle.free), handle.value)


def owned_by_process(handle: H) -> H:
    """Let `handle` be freed, but not in a process that was forked from this one.

    That child must not touch a transport: its threads and its locks stayed behind.
    """
    return _free_with(handle, _free_in, os.getpid(), getattr(lib, handle.free), handle.value)


def _free_with(handle: H, free: Callable[..., Any], *arguments: Any) -> H:
    finalizer = weakref.finalize(handle, free, *arguments)
    # When the interpreter ends, other threads may still be within calls; the system frees the rest.
    finalizer.atexit = False  # type: ignore[misc, unused-ignore]  # older mypy: not in __slots__
    return handle


def _free_in(process: int, free: Callable[[int], None], address: int) -> None:
    if os.getpid() == process:
        free(address)
