"""Prints the events of files, one line of JSON each: the envelope, the deduplication key and every
field of the kind, by the dataclasses.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from atlas_webhook import Event, Incident

ENVELOPE = [field.name for field in dataclasses.fields(Event)]


def printed(event: Event) -> str:
    own = [field.name for field in dataclasses.fields(event) if field.name not in ENVELOPE]
    members: dict[str, Any] = {"kind": event.kind}
    members |= {name: plain(getattr(event, name)) for name in ENVELOPE if name != "json"}
    members["dedupe_key"] = event.dedupe_key
    members["details"] = {name.rstrip("_"): plain(getattr(event, name)) for name in own}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def plain(value: Any) -> Any:
    if isinstance(value, Incident):
        return value.value
    if isinstance(value, tuple):
        return [plain(member) for member in value]
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def main(paths: list[str]) -> None:
    for path in paths:
        sys.stdout.buffer.write(printed(Event.parse(Path(path).read_bytes())).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
