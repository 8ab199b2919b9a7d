"""Calls that can fail: every C function that can takes last where to put its error."""

from __future__ import annotations

from typing import Any, Callable

from ._handles import owned
from ._signatures import ErrorHandle
from .errors import from_c


def call(function: Callable[..., int], *arguments: Any) -> int:
    """Call `function`, and give its status or raise its error."""
    error = ErrorHandle()
    status = function(*arguments, error)
    if status < 0:
        raise from_c(status, owned(error))
    return status
