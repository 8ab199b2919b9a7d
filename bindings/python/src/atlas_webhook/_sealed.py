"""Errors that say what to do in place of setting an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar


class Sealed:
    """An object that can be changed by its methods only.

    Its class has `__slots__`. With a `__dict__` a program could set an attribute that does not
    exist, without effect. A subclass in a program has one, and can set attributes of its own.
    """

    __slots__ = ()

    # The end of the error's message: what to do instead.
    _settings: ClassVar[str]

    # A type checker would otherwise accept every attribute.
    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            try:
                super().__setattr__(name, value)
            except AttributeError as error:
                raise self._rejected("set", name) from error

        def __delattr__(self, name: str) -> None:
            try:
                super().__delattr__(name)
            except AttributeError as error:
                raise self._rejected("delete", name) from error

    def _rejected(self, change: str, name: str) -> AttributeError:
        return AttributeError(
            f"cannot {change} the attribute {name!r} of {type(self).__name__!r}: {self._settings}"
        )


# Sets an attribute that exists, in less time than an assignment.
set_attribute = object.__setattr__
