"""Frees each handle when no object refers to it any more.

Every call has a reference to the handles that it uses, so no handle is freed during a call, in any
thread. Closing an object removes its reference.
"""

from __future__ import annotations

import atexit
import os
import weakref
from functools import partial
from typing import Any, Callable, ClassVar, NoReturn, TypeVar

from ._library import lib
from ._sealed import Sealed
from ._signatures import Handle

H = TypeVar("H", bound=Handle)
Same = TypeVar("Same", bound="Immutable")


class Unpicklable:
    """An object with a handle. It can be neither copied nor pickled."""

    __slots__ = ("__weakref__",)

    # A sentence for the error: what to do instead.
    _instead: ClassVar[str]

    # copy and deepcopy call this too.
    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"cannot copy or pickle {type(self).__name__!r}: it belongs to this process. "
            f"{self._instead}"
        )


class Immutable(Sealed, Unpicklable):
    """An object with a handle that never changes. Its copy is the object itself."""

    __slots__ = ()

    def __copy__(self: Same) -> Same:
        return self

    def __deepcopy__(self: Same, memo: object) -> Same:
        return self


class _Owner(weakref.ref[Handle]):
    """Frees a handle, as weakref.finalize does, at less cost."""

    __slots__ = ("address", "free")

    address: int
    free: Callable[[int], Any]


# By address. A weak reference must exist to be called, so each is kept as long as its handle.
_owners: dict[int, _Owner] = {}

# When the interpreter ends, other threads may still be in calls. The system frees the rest.
atexit.register(_owners.clear)


def owned(handle: H) -> H:
    """Free `handle` together with the Python object that owns it."""
    return _free_with(handle, getattr(lib, handle.free))


def owned_by_process(handle: H) -> H:
    """Free `handle` with its owner, but not in a process that was forked from this one.

    Such a child must not use a transport, because its threads and locks stayed in the parent.
    """
    return _free_with(handle, partial(_free_in, os.getpid(), getattr(lib, handle.free)))


def _free_with(handle: H, free: Callable[[int], Any]) -> H:
    owner = _Owner(handle, _free)
    owner.free = free
    owner.address = address = handle.value or 0
    _owners[address] = owner
    return handle


def _free(owner: _Owner) -> None:
    # Remove it before it is freed: afterwards another handle may have this address.
    if _owners.pop(owner.address, None) is owner:
        owner.free(owner.address)


def _free_in(process: int, free: Callable[[int], None], address: int) -> None:
    if os.getpid() == process:
        free(address)
