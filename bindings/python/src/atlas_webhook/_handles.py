"""Who frees what: each handle is freed when nothing refers to it any more.

Every call holds a reference to the handles that it uses, so none is freed under a call, in whatever
thread. To close an object is to drop its reference.
"""

from __future__ import annotations

import atexit
import os
import weakref
from functools import partial
from typing import Any, Callable, ClassVar, NoReturn, TypeVar

from ._library import lib
from ._signatures import Handle

H = TypeVar("H", bound=Handle)
Same = TypeVar("Same", bound="Immutable")


class Unpicklable:
    """An object that holds a handle: it can be neither copied nor pickled."""

    # What the program should do where it needs one, as a sentence.
    _instead: ClassVar[str]

    # copy and deepcopy end here too.
    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"cannot copy or pickle {type(self).__name__!r}: it belongs to this process. "
            f"{self._instead}"
        )


class Immutable(Unpicklable):
    """An object that holds a handle and never changes: its copy is the object itself."""

    def __copy__(self: Same) -> Same:
        return self

    def __deepcopy__(self: Same, memo: object) -> Same:
        return self


class _Owner(weakref.ref[Handle]):
    """Knows how to free a handle, as a weakref.finalize does, which costs more than the call."""

    __slots__ = ("address", "free")

    address: int
    free: Callable[[int], Any]


# By address: a weak reference that is gone calls nobody, so each is kept as long as its handle.
_owners: dict[int, _Owner] = {}

# When the interpreter ends, other threads may still be within calls; the system frees the rest.
atexit.register(_owners.clear)


def owned(handle: H) -> H:
    """Let `handle` be freed with the Python object that holds it."""
    return _free_with(handle, getattr(lib, handle.free))


def owned_by_process(handle: H) -> H:
    """Let `handle` be freed, but not in a process that was forked from this one.

    That child must not touch a transport: its threads and its locks stayed behind.
    """
    return _free_with(handle, partial(_free_in, os.getpid(), getattr(lib, handle.free)))


def _free_with(handle: H, free: Callable[[int], Any]) -> H:
    owner = _Owner(handle, _free)
    owner.free = free
    owner.address = address = handle.value or 0
    _owners[address] = owner
    return handle


def _free(owner: _Owner) -> None:
    # First forgotten, then freed: from then on the address may be that of another handle.
    if _owners.pop(owner.address, None) is owner:
        owner.free(owner.address)


def _free_in(process: int, free: Callable[[int], None], address: int) -> None:
    if os.getpid() == process:
        free(address)
