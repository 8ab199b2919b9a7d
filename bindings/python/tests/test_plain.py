"""The plain values are dataclasses to everybody who treats them as such."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import typing
from typing import Any, Callable, ClassVar

import pytest
from conftest import crate

import atlas_webhook
from atlas_webhook import ErrorResponse, Event, Limits, Reply, Response, Ticketed, testing
from atlas_webhook._plain import Plain

SAMPLE = (crate() / "samples" / "ticketed.json").read_bytes()
REPLY = Reply("yes", "id", 200, 2)
VALUES = [
    value
    for module in (atlas_webhook, testing)
    for value in (getattr(module, name) for name in module.__all__)
    if dataclasses.is_dataclass(value)
]


@dataclasses.dataclass(frozen=True)
class Made:
    """What the standard library makes of the fields of a reply."""

    message: str
    request_id: str
    http_status: int
    attempts: int = 0


def test_the_fields_are_those_that_dataclass_would_make() -> None:
    ours, theirs = dataclasses.fields(Reply), dataclasses.fields(Made)
    for name in ("name", "type", "default", "init", "repr", "compare"):
        assert [getattr(field, name) for field in ours] == [
            getattr(field, name) for field in theirs
        ]
    assert inspect.signature(Reply) == inspect.signature(Made).replace(
        return_annotation=inspect.Signature.empty
    )
    assert Reply.__match_args__ == tuple(field.name for field in theirs)
    assert dataclasses.is_dataclass(REPLY)
    assert dataclasses.asdict(REPLY) == dataclasses.asdict(Made("yes", "id", 200, 2))
    assert dataclasses.astuple(REPLY) == ("yes", "id", 200, 2)


def test_a_field_of_the_base_comes_before_those_of_the_class() -> None:
    # In both orders, since each class has its own.
    for kind, last in ((Event, "json"), (Ticketed, "passengers"), (Event, "json")):
        names = [field.name for field in dataclasses.fields(kind)]
        assert (names[0], names[-1]) == ("type_name", last)
        assert names == list(inspect.signature(kind).parameters)
    hints = typing.get_type_hints(Ticketed)
    assert hints["passengers"] == tuple[atlas_webhook.Passenger, ...]


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_the_types_of_fields_can_be_evaluated_by_any_version_of_python(kind: type[Any]) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    hints = typing.get_type_hints(kind)
    assert [name for name in names if name in hints] == names
    # Python 3.9 has no such operator of types.
    assert not [field.name for field in dataclasses.fields(kind) if "|" in str(field.type)]


@pytest.mark.parametrize(
    ("args", "kwargs", "problem"),
    [
        ((), {}, "missing argument 'message'"),
        (("yes",), {}, "missing argument 'request_id'"),
        (("yes", "id", 200, 1, 2), {}, "too many arguments"),
        (("yes", "id", 200), {"message": "no"}, "too many arguments"),
        (("yes", "id", 200), {"http": 1}, "unexpected argument 'http'"),
    ],
)
def test_wrong_arguments_are_named(
    args: tuple[Any, ...], kwargs: dict[str, Any], problem: str
) -> None:
    with pytest.raises(TypeError, match=f"^{problem} for Reply$"):
        Reply(*args, **kwargs)


def test_arguments_are_passed_by_place_and_by_name() -> None:
    assert Reply("yes", request_id="id", attempts=2, http_status=200) == REPLY
    assert Reply("yes", "id", 200).attempts == 0
    assert Limits(body=7) == Limits(None, None, None, 7, None, None)


def test_values_are_equal_by_class_and_fields() -> None:
    assert Reply("yes", "id", 200, 2) == REPLY
    assert Reply("yes", "id", 200, 3) != REPLY
    assert Response(503) != ErrorResponse(503)
    assert len({REPLY, Reply("yes", "id", 200, 2), Limits()}) == 2
    assert hash(REPLY) != hash(Limits())
    # What was computed meanwhile is not part of it.
    event = Event.parse(SAMPLE)
    assert event.dedupe_key
    assert event == Event.parse(SAMPLE)


@pytest.mark.parametrize("value", [REPLY, Limits(), Response(200), Event.parse(SAMPLE)])
def test_a_value_does_not_change(value: Any) -> None:
    name = dataclasses.fields(value)[0].name
    changes: list[tuple[str, Callable[[], None]]] = [
        ("assign to", lambda: setattr(value, name, 7)),
        ("delete", lambda: delattr(value, name)),
    ]
    for verb, change in changes:
        with pytest.raises(dataclasses.FrozenInstanceError) as raised:
            change()
        assert str(raised.value) == (
            f"cannot {verb} field {name!r} of {type(value).__name__!r}: "
            "dataclasses.replace returns a changed copy"
        )


def test_a_changed_copy_is_made_by_replace() -> None:
    changed = Reply("yes", "id", 202, 2)
    assert dataclasses.replace(REPLY, http_status=202) == changed
    # copy.replace, from Python 3.13 on.
    replace = getattr(copy, "replace", lambda value, **changes: value.__replace__(**changes))
    assert replace(REPLY, http_status=202) == changed


def test_a_program_can_add_fields_in_a_dataclass_of_its_own() -> None:
    @dataclasses.dataclass(frozen=True)
    class Mine(Reply):
        note: str = ""

    mine = Mine("yes", "id", 200, 2, "mine")
    assert (mine.message, mine.note) == ("yes", "mine")
    assert [field.name for field in dataclasses.fields(Mine)][-1] == "note"


def test_a_class_variable_is_no_field() -> None:
    class Mine(Reply):
        first: ClassVar[int] = 1
        second: typing.ClassVar[int] = 2
        note: str = ""

    mine = Mine("yes", "id", 200, note="mine")
    names = [field.name for field in dataclasses.fields(Mine)]
    assert names == [*(field.name for field in dataclasses.fields(Reply)), "note"]
    assert (mine.first, mine.second, mine.note, mine.attempts) == (1, 2, "mine", 0)
    assert Mine.__match_args__ == tuple(names)
    assert str(inspect.signature(Mine)) == (
        "(message: 'str', request_id: 'str', http_status: 'int', attempts: 'int' = 0, "
        "note: 'str' = '')"
    )


def test_a_repr_shows_what_is_no_secret() -> None:
    assert repr(REPLY) == "Reply(http_status=200, attempts=2)"
    assert repr(ErrorResponse(503, (), b"s3cret")) == "ErrorResponse(status=503)"
    assert repr(Limits(body=7)) == (
        "Limits(head=None, fields=None, interim=None, body=7, chunk_overhead=None, values=None)"
    )
    assert isinstance(REPLY, Plain)
