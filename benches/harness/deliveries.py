"""Deliveries, without a network: read by the library and by others."""

from __future__ import annotations

import json
import re
from pathlib import Path

from . import build
from .build import C, RUST
from .common import BENCHES, PYTHON, ROUNDS, Json
from .common import allocations, each, instructions, middle, out, pinned, ratio, rounds, say
from .loopback import client_environment

BODY = BENCHES / "receiving" / "captured.json"
REQUEST = BENCHES / "receiving" / "delivery.http"
#: What is counted and timed: the command in front of how often.
READ: dict[str, list[object]] = {
    "rust": [RUST / "events", "captured"],
    "c": [C / "receive", "read", BODY],
    "serde_json": [RUST / "peers", "serde_json"],
    "cjson": [C / "receive", "cjson", BODY],
    "rust-key": [RUST / "events", "captured-key"],
    "c-key": [C / "receive", "read-key", BODY],
}
SERVED: dict[str, list[object]] = {
    "server": [C / "receive", "server", REQUEST],
    "llhttp-request": [C / "receive", "llhttp", REQUEST],
    "server-event": [C / "receive", "server-event", REQUEST],
    "llhttp-cjson": [C / "receive", "llhttp-cjson", REQUEST],
}
TIMES = 20000


def measured(commands: dict[str, list[object]], floor: str) -> Json:
    def measure(name: str) -> float:
        return int(out(*pinned(*commands[name], TIMES))) / TIMES

    found = rounds(commands, ROUNDS, measure)
    return {
        name: {
            **middle(found[name]),
            "ratio": ratio(found[name], found[floor]),
            "instructions": each(instructions, 100, 1100, *command),
            "allocations": each(allocations, 100, 1100, *command),
        }
        for name, command in commands.items()
    }


def large(program: Path) -> Json:
    """Megabytes per second of each case, and with a build that counts it the most memory for each byte."""
    row = re.compile(r"(\w+) +(\d+) bytes +(\d+) MB/s +(\d+) MB/s with the key(?: +([\d.]+) x at most)?")
    found = {}
    for line in out(*pinned(program)).splitlines():
        name, size, speed, with_key, most = row.match(line).groups()
        found[name] = {"size": int(size), "speed": float(speed), "with-key": float(with_key), "most": most and float(most)}
    return found


def large_bodies() -> Json:
    build.rust("events", features="peak")
    memory = large(RUST / "events")
    build.rust("events")
    speed = large(RUST / "events")
    return {name: {**one, "most": memory[name]["most"]} for name, one in speed.items()}


def from_python() -> Json:
    """Microseconds; the fastest round of many by turns."""
    return json.loads(out(*pinned(PYTHON, BENCHES / "python" / "receive.py"), env=client_environment()))


def measure() -> Json:
    say("large bodies")
    found: Json = {"large": large_bodies()}
    say("a delivery: Rust and C")
    found["read"] = measured(READ, "serde_json")
    say("the server connection")
    found["served"] = measured(SERVED, "llhttp-cjson")
    say("a delivery: Python")
    found["python"] = from_python()
    return found
