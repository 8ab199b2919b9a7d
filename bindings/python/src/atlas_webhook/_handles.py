"""Frees each handle when no object refers to it any more.

Every call has a reference to the handles that it uses, so no handle is freed during a call, in any
thread. Closing an object removes its reference.
"""

from __future__ import annotations

import atexit
import os
import weakref
from typing import ClassVar, NoReturn, TypeVar

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
    """Frees a handle, as weakref.finalize does.

    Two weak references do it. The callback of this one is a function of C, to which ctypes passes
    the address. No Python code runs, so no exception of a signal handler can prevent it.
    """

    __slots__ = ("_as_parameter_",)

    _as_parameter_: int


class _Kept(weakref.ref[Handle]):
    """Keeps an owner as long as its handle: a weak reference must exist to be called.

    Its callback, a method of the set in which it is, removes it. The objects of ctypes have no
    hash, so it has one of its own.
    """

    __slots__ = ("owner",)
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    owner: _Owner


_owners: set[_Kept] = set()
_owners_of_process: set[_Kept] = set()

# When the interpreter ends, other threads may still be in calls. The system frees the rest.
atexit.register(_owners.clear)
atexit.register(_owners_of_process.clear)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_owners_of_process.clear)


def owned(handle: H) -> H:
    """Free `handle` together with the Python object that owns it."""
    return _owned(handle, _owners)


def owned_by_process(handle: H) -> H:
    """Free `handle` with its owner, but not in a process that was forked from this one.

    Such a child must not use a transport, because its threads and locks stayed in the parent.
    """
    return _owned(handle, _owners_of_process)


def _owned(handle: H, owners: set[_Kept]) -> H:
    owner = _Owner(handle, getattr(lib, handle.free))
    owner._as_parameter_ = handle.value or 0
    kept = _Kept(handle, owners.discard)
    kept.owner = owner
    owners.add(kept)
    return handle
