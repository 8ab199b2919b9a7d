#!/usr/bin/env python3
"""Computes the deduplication key of deliveries, independently of the library.

dedupe.py           writes dedupe.jsonl beside this file: the test vectors of every language
dedupe.py --check   fails if that file is not what it would write
dedupe.py FILE...   prints the keys of bodies

A line of dedupe.jsonl has the `name` of the vector, the `body` as text, and its `key`. The format of
the key is described in docs/events.md.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).with_name("dedupe.jsonl")
SAMPLES = Path(__file__).parents[2] / "samples"

#: The texts that a key repeats; all others are digested.
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")

#: The escapes that have a short form in JSON.
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


class Number(str):
    """A number as written."""


def key(body: bytes) -> str:
    """The deduplication key of a body."""
    event = json.loads(
        body.decode("utf-8-sig"), parse_int=Number, parse_float=Number, parse_constant=reject
    )
    identity = text(first(event, "notificationId", "eventId"))
    status = first(event, "status", "eventStatus")
    status = "" if status is None else text(status)
    if identity is not None and PLAIN.fullmatch(identity):
        if status == "" or (status is not None and PLAIN.fullmatch(status)):
            return f"id:{identity}:{status}"
    digest = hashlib.sha256(canonical(event).encode("utf-8", "strict"))
    return f"sha256:{digest.hexdigest()}"


def reject(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def first(event: dict[str, Any], *names: str) -> Any:
    """The first of these members that is not null."""
    return next((event[name] for name in names if event.get(name) is not None), None)


def text(value: Any) -> str | None:
    """A string, or a number or a boolean as written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def canonical(value: Any) -> str:
    """The one spelling of a value: sorted keys, no white space, the fewest escapes."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(map(escape, value)) + '"'
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode())
        return "{" + ",".join(f"{canonical(name)}:{canonical(of)}" for name, of in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return {None: "null", True: "true", False: "false"}[value]


def escape(character: str) -> str:
    if character in SHORT:
        return SHORT[character]
    if character < " " or "\ud800" <= character <= "\udfff":
        return f"\\u{ord(character):04x}"
    return character


def vectors() -> list[tuple[str, bytes]]:
    """The bodies, each with the rule that it is about."""
    captured = (SAMPLES / "ticketed.json").read_bytes()
    indented = json.dumps(json.loads(captured), indent=4).replace("\n", "\r\n").encode()
    return [
        ("no id: the digest of the captured delivery", captured),
        ("white space and a byte order mark do not count", b"\xef\xbb\xbf" + indented),
        ("the order of the keys does not count", reversed_keys(captured)),
        ("an id and a status", b'{"notificationId":"20261120091500001AAAAA","status":0}'),
        ("the status belongs to the key", b'{"notificationId":"20261120091500001AAAAA","status":1}'),
        ("a status as text", b'{"status":"1","notificationId":"N-1"}'),
        ("an id without a status", b'{"notificationId":"N-1","data":{"orderNo":"A"}}'),
        ("a status that is null is absent", b'{"notificationId":"N-1","status":null}'),
        ("the older names of id and status", b'{"eventId":"E_1.a","eventStatus":1}'),
        ("an id that is null is absent", b'{"notificationId":null,"eventId":"E-2","status":0}'),
        ("an id that is a number", b'{"notificationId":20261120091500001,"status":-1}'),
        ("an id of 64 characters", b'{"notificationId":"%s","status":0}' % (b"a" * 64)),
        ("an id of 65 characters is digested", b'{"notificationId":"%s","status":0}' % (b"a" * 65)),
        ("an id with a colon is digested", b'{"notificationId":"N:1","status":0}'),
        ("a status with a space is digested", b'{"notificationId":"N-1","status":"0 "}'),
        ("numbers count as written", b'{"data":{"amount":37.3200,"large":18446744073709551616,"e":1E+400}}'),
        (
            "escapes that JSON does not need do not count",
            rb'{"data":{"\u006fther":"\/\u00e9\u20ac\ud83d\ude00\u007f","quote":"\u0022\u005c"}}',
        ),
        (
            "control characters have their shortest escape",
            rb'{"data":"\u0008\u0009\u000a\u000B\u000c\u000d\u0000\u001F"}',
        ),
        ("a lone surrogate keeps its escape, in lower case", rb'{"data":{"emailSubject":"cut \uD83D"}}'),
        (
            "keys are sorted by their UTF-8 bytes, at every level",
            '{"\U00010000":1,"\uffff":2,"a":{"b":[{"d":true,"c":null}],"":false},"B":[]}'.encode(),
        ),
    ]


def reversed_keys(body: bytes) -> bytes:
    def turn(members: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(reversed(members))

    return json.dumps(json.loads(body, object_pairs_hook=turn), separators=(",", ":")).encode()


def rendered() -> str:
    return "".join(
        json.dumps({"name": name, "body": body.decode(), "key": key(body)}) + "\n"
        for name, body in vectors()
    )


def main(arguments: list[str]) -> None:
    if arguments == ["--check"]:
        if VECTORS.read_text() != rendered():
            sys.exit(f"{VECTORS.name} is stale: run {Path(__file__).name}")
    elif arguments:
        for name in arguments:
            print(key(Path(name).read_bytes()))
    else:
        VECTORS.write_text(rendered())


if __name__ == "__main__":
    main(sys.argv[1:])
