"""Attributes that are computed when they are first read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, NoReturn, TypeVar, overload

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801, as property and cached_property
    """An attribute that is computed once, and then stored in the object.

    Up to Python 3.11 `functools.cached_property` has one lock for all objects. A child of a fork
    waits for it for ever if another thread of the parent held it. Here two threads may compute the
    same value at the same time; both get an equal one.
    """

    def __init__(self, read: Callable[[Any], T]) -> None:
        self._read = read
        self._name = read.__name__
        self.__doc__ = read.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> lazy[T] | T:
        if instance is None:
            return self
        value = self._read(instance)
        vars(instance)[self._name] = value
        return value

    if TYPE_CHECKING:
        # No value can be set. At run time this method would make each read slower.
        def __set__(self, instance: object, value: NoReturn) -> None: ...
