"""The base of the plain values: frozen dataclasses that cost nothing to define.

`dataclasses.dataclass` compiles code for each class, which would be most of the time that the
import of this package takes, and imports `inspect`. Here the methods are written once.
`dataclasses.fields`, `asdict` and `replace` work with the values as with those of any dataclass.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable, ClassVar, NoReturn

if TYPE_CHECKING:
    from dataclasses import Field
    from inspect import Signature

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        return lambda kind: kind


class _OfClass:
    """An attribute of each class that is made when it is first read."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make
        self._made: dict[type, Any] = {}

    def __get__(self, instance: object, owner: type) -> Any:
        if owner not in self._made:
            self._made[owner] = self._make(owner)
        return self._made[owner]


@dataclass_transform(frozen_default=True)
class Plain:
    """A value that never changes. Its annotated attributes are its fields."""

    # The fields in their order, and the default values of the last ones.
    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}
    # Those that a repr shows.
    _shown: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    else:
        # What the functions of the module dataclasses read.
        __dataclass_fields__ = _OfClass(lambda kind: _as_dataclass(kind).__dataclass_fields__)
        __dataclass_params__ = _OfClass(lambda kind: _as_dataclass(kind).__dataclass_params__)

        __signature__ = _OfClass(lambda kind: _signature(kind))  # noqa: PLW0108

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            if len(args) == len(self._fields) and not kwargs:
                vars(self).update(zip(self._fields, args))
                return
            values = dict(zip(self._fields, args))
            if len(args) > len(self._fields) or values.keys() & kwargs.keys():
                raise TypeError(f"too many arguments for {type(self).__name__}")
            values |= kwargs
            if values.keys() != set(self._fields):
                values = {**self._defaults, **values}
                # In their order, so that the same mistake always has the same message.
                for name in (*values, *self._fields):
                    if name not in values or name not in self._fields:
                        what = "unexpected" if name in values else "missing"
                        raise TypeError(f"{what} argument {name!r} for {type(self).__name__}")
            vars(self).update(values)

    def __init_subclass__(cls) -> None:
        own = [name for name, kind in _own_annotations(cls).items() if _is_field(kind)]
        cls._fields += tuple(name for name in own if name not in cls._fields)
        cls._defaults = {
            **cls._defaults,
            **{name: vars(cls)[name] for name in own if name in vars(cls)},
        }
        if "__match_args__" not in vars(cls):
            type.__setattr__(cls, "__match_args__", cls._fields)

    def __replace__(self, **changes: Any) -> Any:
        return type(self)(**{**dict(zip(self._fields, self._values())), **changes})

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise self._frozen(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise self._frozen(f"cannot delete field {name!r}")

    def _frozen(self, problem: str) -> AttributeError:
        from dataclasses import FrozenInstanceError  # noqa: PLC0415

        return FrozenInstanceError(
            f"{problem} of {type(self).__name__!r}: dataclasses.replace returns a changed copy"
        )

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self._shown)
        return f"{type(self).__name__}({', '.join(shown)})"


def _as_dataclass(kind: type[Plain]) -> Any:
    """A dataclass with the same fields."""
    from dataclasses import dataclass  # noqa: PLC0415

    members = {"__annotations__": _annotations(kind), **kind._defaults}
    return dataclass(frozen=True)(type(kind.__name__, (), members))


def _signature(kind: type[Plain]) -> Signature:
    from inspect import Parameter, Signature  # noqa: PLC0415

    parameters = [
        Parameter(
            name,
            Parameter.POSITIONAL_OR_KEYWORD,
            default=kind._defaults.get(name, Parameter.empty),
            annotation=annotation,
        )
        for name, annotation in _annotations(kind).items()
    ]
    return Signature(parameters)


def _own_annotations(kind: type) -> dict[str, Any]:
    if sys.version_info >= (3, 14):
        return kind.__annotations__
    own: dict[str, Any] = vars(kind).get("__annotations__", {})
    return own


def _annotations(kind: type) -> dict[str, Any]:
    """Those of all fields, in their order."""
    found = {}
    for base in reversed(kind.__mro__):
        annotations = {} if base in (object, Plain) else _own_annotations(base)
        found.update({name: of for name, of in annotations.items() if _is_field(of)})
    return found


def _is_field(annotation: Any) -> bool:
    """Whether an annotation, which is text in this package, is that of a field."""
    return not str(annotation).startswith(("ClassVar", "typing.ClassVar"))
