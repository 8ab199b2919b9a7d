"""No attribute of an object is set without effect."""

from __future__ import annotations

import contextlib
import copy
import inspect
import pickle
import weakref
from collections.abc import Iterator
from enum import Enum
from typing import Any, Callable

import pytest
from conftest import registration
from test_copies import PLAIN, classes, exchange, receiver

import atlas_webhook
from atlas_webhook import (
    AtlasWebhookError,
    Endpoint,
    Exchange,
    RateLimitedError,
    Receiver,
    Request,
    TimedOutError,
    Transport,
    testing,
)
from atlas_webhook._handles import Unpicklable
from atlas_webhook._sealed import Sealed

PUBLIC: list[type[Any]] = [
    value
    for module in (atlas_webhook, testing)
    for value in (getattr(module, name) for name in module.__all__)
    if inspect.isclass(value) and not issubclass(value, Enum)
]
ERRORS = [kind for kind in PUBLIC if issubclass(kind, AtlasWebhookError)]
OBJECTS = [kind for kind in PUBLIC if issubclass(kind, (Sealed, Unpicklable))]
VALUES = [value for value in PLAIN if not isinstance(value, Enum)]
VALUES += [testing.Response(), testing.RecordedRequest("POST", "/", (), b"")]
DETAILS = set(inspect.signature(AtlasWebhookError).parameters) | {"status"}


def name_of(value: Any) -> str:
    return (value if inspect.isclass(value) else type(value)).__name__


@contextlib.contextmanager
def made(kind: type[Any]) -> Iterator[Any]:
    if kind is testing.Sandbox:
        with testing.Sandbox() as sandbox:
            yield sandbox
    else:
        make: dict[type[Any], Callable[[], Any]]
        make = {Request: registration, Receiver: receiver, Exchange: exchange}
        yield make.get(kind, kind)()


def is_rejected(value: Any, name: str, message: str) -> None:
    with pytest.raises(AttributeError, match=message):
        setattr(value, name, 7)
    with pytest.raises(AttributeError, match=message):
        delattr(value, name)


def public(value: Any) -> list[str]:
    return [name for name in dir(value) if not name.startswith("_")]


def test_every_public_class_is_tested_here() -> None:
    tested = {*ERRORS, *OBJECTS, *map(type, VALUES)}
    # The base of all events.
    tested.add(atlas_webhook.Event)
    assert not set(PUBLIC) - tested
    handles = {kind for kind in classes() if "_handle" in vars(kind) and kind in PUBLIC}
    assert handles - {AtlasWebhookError} == {Endpoint, Exchange, Receiver, Request, Transport}


@pytest.mark.parametrize("kind", OBJECTS, ids=name_of)
def test_no_attribute_of_an_object_is_set_or_deleted(kind: type[Any]) -> None:
    with made(kind) as value:
        arguments = inspect.signature(kind).parameters
        for name in {*public(value), *arguments, "unknown"}:
            # The others have the message of Python.
            is_rejected(value, name, f"'{name}'" if isinstance(value, Sealed) else ".")
        assert not hasattr(value, "unknown")
        assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("value", VALUES, ids=name_of)
def test_no_attribute_of_a_value_is_set_or_deleted(value: Any) -> None:
    for name in (*public(value), "unknown"):
        is_rejected(value, name, f"'{name}'")
    assert not hasattr(value, "unknown")


def test_the_error_says_what_to_do_instead() -> None:
    reasons: list[tuple[Any, str]] = [
        (Transport(), "the settings are arguments of Transport()"),
        (Endpoint(), "an endpoint never changes. Its settings are arguments of Endpoint()"),
        (receiver(), "a receiver never changes. Its settings are arguments of Receiver()"),
        (registration(), "a request never changes. Make another one by Request.registration()"),
    ]
    changes: list[tuple[str, Callable[[Any], None]]] = [
        ("set", lambda value: setattr(value, "timeout", 0.3)),
        ("delete", lambda value: delattr(value, "timeout")),
    ]
    for verb, change in changes:
        for value, reason in reasons:
            with pytest.raises(AttributeError) as raised:
                change(value)
            of = f"cannot {verb} the attribute 'timeout' of {name_of(value)!r}"
            assert str(raised.value) == f"{of}: {reason}"
        # It has no settings.
        with pytest.raises(AttributeError, match=r"'Exchange' object has no attribute 'timeout'"):
            change(exchange())
    for verb, change in (
        ("set", lambda value: setattr(value, "retry_after", 8)),
        ("delete", lambda value: delattr(value, "retry_after")),
    ):
        with pytest.raises(AttributeError) as raised:
            change(RateLimitedError(retry_after=7))
        assert str(raised.value) == (
            f"cannot {verb} the attribute 'retry_after' of 'RateLimitedError': the details of an "
            "error never change. They are arguments of RateLimitedError()"
        )


def test_a_type_checker_rejects_it_too() -> None:
    # mypy --strict reports a comment that it does not need.
    with pytest.raises(AttributeError):
        Transport().timeout = 0.3  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        Endpoint().client_secret = "x"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        RateLimitedError().retry_after = 7  # type: ignore[assignment]
    RateLimitedError().unknown = 7  # type: ignore[attr-defined]


def test_the_headers_for_a_stack_are_a_dict_without_attributes() -> None:
    with pytest.raises(AttributeError):
        registration().headers.unknown = 7  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", OBJECTS, ids=name_of)
def test_an_object_can_be_referred_to_weakly(kind: type[Any]) -> None:
    with made(kind) as value:
        assert weakref.ref(value)() is value


def test_a_subclass_of_the_program_sets_attributes_of_its_own() -> None:
    class Mine(Endpoint):
        def __init__(self, account: str) -> None:
            super().__init__()
            self.account = account

    mine = Mine("first")
    mine.account = "second"
    assert mine.account == "second"
    del mine.account
    assert not hasattr(mine, "account")
    is_rejected(mine, "base_url", r"arguments of Endpoint\(\)")


@pytest.mark.parametrize("kind", ERRORS, ids=name_of)
def test_the_details_of_an_error_are_not_set_or_deleted(kind: type[Any]) -> None:
    error = kind("x", http_status=503)
    for name in DETAILS:
        before = getattr(error, name)
        is_rejected(error, name, f"'{name}' of '{kind.__name__}'")
        assert getattr(error, name) == before


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_the_details_of_a_copied_error_are_not_set_either(duplicate: Any) -> None:
    with pytest.raises(RateLimitedError) as raised:
        registration().reply(429, {"Retry-After": "7"}, b"")
    copied = duplicate(raised.value)
    is_rejected(copied, "retry_after", "details of an error")
    assert copied.retry_after == 7
    timed_out = TimedOutError("x", os_error=110)
    timed_out.errno = 110
    assert duplicate(timed_out).errno == 110


def test_an_error_has_what_python_and_frameworks_set_on_exceptions() -> None:
    @contextlib.contextmanager
    def manager() -> Iterator[None]:
        yield

    # A context manager sets the traceback of what it raises again.
    error = TimedOutError("x")
    with pytest.raises(TimedOutError) as raised, manager():
        raise error
    assert raised.value is error

    cause = ValueError("y")
    error.__cause__ = error.__context__ = cause
    error.__suppress_context__ = False
    error.__traceback__ = None
    error.args = ("z",)
    error.errno = 110
    # add_note sets the first. Django sets the other on any exception in a template.
    for name in ("__notes__", "template_debug"):
        setattr(error, name, ["of the program"])
        assert getattr(error, name) == ["of the program"]
        delattr(error, name)
    assert (str(error), error.errno, error.__cause__) == ("z", 110, cause)


def test_an_error_of_the_program_has_attributes_of_its_own() -> None:
    class MineError(RateLimitedError):
        def __init__(self, account: str) -> None:
            super().__init__("slow down", retry_after=7)
            self.account = account

    mine = MineError("XXXXXXXX")
    assert (mine.account, mine.retry_after) == ("XXXXXXXX", 7)
    is_rejected(mine, "retry_after", r"arguments of MineError\(\)")
