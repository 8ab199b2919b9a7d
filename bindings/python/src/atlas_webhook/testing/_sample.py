"""Bodies of deliveries, made of the samples of this package."""

from __future__ import annotations

import json
import os
import re
from importlib.resources import files
from typing import Any

from ..errors import ArgumentError

# The kinds of event of which there is a sample: all of them.
KINDS = (
    "ticketed",
    "schedule_change",
    "email_schedule_change",
    "abnormal_cancelled",
    "airline_status",
    "email",
    "void",
    "addon_complete",
    "refund_complete",
    "cancelled",
    "unknown",
)

# The package can be in a zip file.
_SAMPLES = files("atlas_webhook") / "samples"

# Around the digits of a number with a fraction, which must not become another text. It is random,
# so no value contains it.
_MARK = os.urandom(16).hex()


def sample(kind: str, /, **fields: object) -> bytes:
    """Return the body of a delivery of this `kind`, in its newest documented form.

    `kind` is one of `KINDS`, and `fields` are values to set, under the names of the sender
    (docs/events.md of the repository lists them). A name alone is a field that the sample has,
    beside ``data`` or in it::

        sample("ticketed", orderNo="A1", cid="ABC12345")

    A path sets a field anywhere, also one that the sample does not have. Numbers in it are indexes
    of lists::

        sample("ticketed", **{"data.paxTicketInfos.0.name": "DOE/JANE", "data.newField": 1})

    Values are what `json.dumps` accepts. Without `fields` the body is the sample itself. Most kinds
    have no id, so two calls with the same fields return a delivery and its duplicate; set a field
    to make another one.

    Raises `ArgumentError` for a kind or a field that does not exist.
    """
    if kind not in KINDS:
        raise ArgumentError(f"kind must be one of {', '.join(KINDS)}")
    text = (_SAMPLES / f"{kind}.json").read_text(encoding="utf-8")
    if not fields:
        return text.rstrip("\n").encode()
    event = json.loads(text, parse_float=lambda digits: f"{_MARK}{digits}{_MARK}")
    for name, value in fields.items():
        if "." in name:
            _set(event, name, value)
        else:
            _holder(event, name, kind)[name] = value
    # As Atlas writes it: without white space, and with keys in alphabetical order.
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return re.sub(f'"{_MARK}([^"]*){_MARK}"', r"\1", body).encode("utf-8", "surrogatepass")


def _holder(event: dict[str, Any], name: str, kind: str) -> dict[str, Any]:
    """The object in which the sample has a field."""
    for holder in (event, event.get("data")):
        if isinstance(holder, dict) and name in holder:
            return holder
    raise ArgumentError(f"the sample {kind} has no field {name}; a path adds one, as data.{name}")


def _set(event: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split(".")
    place: Any = event
    try:
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    except (LookupError, TypeError, ValueError):
        raise ArgumentError(f"the sample has no place for {path}") from None
