"""What help() shows of the package."""

from __future__ import annotations

import inspect
import pydoc
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any, Callable

import pytest

import atlas_webhook
from atlas_webhook import testing

PUBLIC = [
    *(getattr(atlas_webhook, name) for name in atlas_webhook.__all__),
    *(getattr(testing, name) for name in [*testing.__all__, "sandbox"]),
]
CLASSES: list[type[Any]] = [value for value in PUBLIC if inspect.isclass(value)]


def fields(kind: type[Any]) -> list[str]:
    """The names that a class adds: members of an enumeration, or annotated attributes."""
    if issubclass(kind, Enum):
        return list(kind.__members__)
    return [name for name in vars(kind).get("__annotations__", {}) if not name.startswith("_")]


@pytest.mark.parametrize("kind", CLASSES)
def test_help_describes_each_field_of_a_class(kind: type[Any]) -> None:
    shown = pydoc.plain(pydoc.render_doc(kind))
    _, _, attributes = shown.partition("Attributes:\n")
    missing = [name for name in fields(kind) if f"      {name}: " not in attributes]
    assert not missing


def test_there_are_fields_to_describe() -> None:
    described = sum(len(fields(kind)) for kind in CLASSES)
    assert described > 80


def functions(value: Any) -> Iterator[Callable[..., Any]]:
    """A function, or those of a class."""
    for member in vars(value).values() if inspect.isclass(value) else [value]:
        of_property = getattr(member, "fget", None) or getattr(member, "_read", None)
        function = of_property or getattr(member, "__func__", member)
        if inspect.isfunction(function):
            yield function


@pytest.mark.parametrize("value", PUBLIC)
def test_the_types_of_functions_can_be_evaluated_by_any_version_of_python(value: Any) -> None:
    for function in functions(value):
        hints = typing.get_type_hints(function)
        assert hints.keys() == function.__annotations__.keys()
        # Python 3.9 has no such operator of types.
        assert "|" not in "".join(map(str, function.__annotations__.values())), function


def test_there_are_functions_to_evaluate() -> None:
    found = {function.__qualname__ for value in PUBLIC for function in functions(value)}
    assert len(found) > 80
    assert {"Transport.is_available", "Request.registration", "deliver"} <= found
    assert {"AtlasWebhookError.offset", "Exchange.http_status"} <= found


# The arguments of the others are their fields or properties.
CALLED: list[type[Any]] = [
    atlas_webhook.Endpoint,
    atlas_webhook.Exchange,
    atlas_webhook.Receiver,
    atlas_webhook.Request,
    atlas_webhook.Transport,
    testing.Sandbox,
]


@pytest.mark.parametrize("kind", CALLED)
def test_help_names_each_argument(kind: type[Any]) -> None:
    missing = [
        f"{name}({argument})"
        for name in vars(kind)
        if (name == "__init__" or not name.startswith("_")) and callable(getattr(kind, name))
        for argument in inspect.signature(getattr(kind, name)).parameters
        if argument != "self" and f"`{argument}`" not in (inspect.getdoc(getattr(kind, name)) or "")
    ]
    assert not missing


@pytest.mark.parametrize("kind", CLASSES)
def test_each_public_name_of_a_class_has_a_docstring(kind: type[Any]) -> None:
    undocumented = [
        name
        for name, member in vars(kind).items()
        if not name.startswith("_")
        and (inspect.isroutine(member) or isinstance(member, property))
        and not inspect.getdoc(getattr(kind, name))
    ]
    assert kind.__doc__
    assert not undocumented
