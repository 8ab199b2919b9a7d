"""Prepares objects for the child of a fork, which has neither the threads nor the locks of its
parent."""

from __future__ import annotations

import os
import weakref
from typing import Protocol

# First in the child it keeps the handles of the parent from being freed.
from . import _handles  # noqa: F401


class Forked(Protocol):
    def _start_anew(self) -> None:
        """Renew this object in the child of a fork."""


_objects: weakref.WeakSet[Forked] = weakref.WeakSet()


def start_anew_in_child(value: Forked) -> None:
    """Call `_start_anew` of `value` in each child of a fork."""
    _objects.add(value)


def _start_all_anew() -> None:
    for value in list(_objects):
        value._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_anew)
