"""What the parts share."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ROOT / "benches"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve() / "bench"
CARGO = os.environ.get("CARGO", "cargo")
CC = os.environ.get("CC", "cc")
#: The core to which client and server are pinned: the last, since the first has the interrupts.
CORE = max(os.sched_getaffinity(0))
#: A look at whether everything runs: few rounds, and no page is written.
QUICK = "--quick" in sys.argv
RESULTS = TARGET / ("results-quick" if QUICK else "results")
VENV = TARGET / "venv"
PYTHON = VENV / "bin" / "python"
#: How often what is timed by turns is timed.
ROUNDS = max(2, int(os.environ.get("BENCH_ROUNDS", "2" if QUICK else "15")))
LIBRARIES = {transport: TARGET / f"make-{transport}" / "release" for transport in (0, 1)}

Json = dict


class Failure(Exception):
    """What keeps one part from being measured, and the others not."""


def fail(what: str) -> NoReturn:
    raise Failure(what)


def without_paths(text: str) -> str:
    """Where it was measured is nobody's business."""
    for folder, name in [(TARGET, "BENCH"), (ROOT, "."), (Path.home(), "~")]:
        text = text.replace(str(folder), name)
    return text


def say(what: str) -> None:
    print(f"   {what}", file=sys.stderr, flush=True)


def environment(**more: object) -> dict[str, str]:
    """The environment, without what would change what is measured."""
    dropped = {"MAKEFLAGS", "MAKELEVEL", "RUSTFLAGS", "CARGO_BUILD_TARGET", "TRANSPORT"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.lower().endswith("_proxy")
    }
    return {**kept, **{name: str(value) for name, value in more.items()}}


def out(*command: object, **options: object) -> str:
    """What a command prints; it must succeed."""
    words = [str(word) for word in command]
    options.setdefault("env", environment())
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        fail(f"{' '.join(words)} gives {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def pinned(*command: object) -> list[object]:
    return ["taskset", "--cpu-list", str(CORE), *command]


def need(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        fail(f"no {', '.join(missing)}: `make bench-tools` installs them on Debian")


def instructions(*command: object, env: dict[str, str] | None = None) -> int:
    """How many instructions a program does in user space, all its threads together."""
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(
        [str(word) for word in [*valgrind, *command]],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env or environment(),
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        fail(f"{command} under callgrind gives {done.returncode}:\n{done.stderr}")
    return int(found[1])


def allocations(*command: object) -> int:
    """How often a program allocates."""
    done = subprocess.run(
        ["valgrind", "--leak-check=no", *map(str, command)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment(),
    )
    found = re.search(r"total heap usage: ([\d,]+) allocs", done.stderr)
    if done.returncode != 0 or not found:
        fail(f"{command} under memcheck gives {done.returncode}:\n{done.stderr}")
    return int(found[1].replace(",", ""))


def system_calls(*command: object, env: dict[str, str] | None = None, only: str = "all") -> int:
    """How many system calls a program does, all its threads together; those of a set alone."""
    counts = TARGET / "strace"
    options = ["--follow-forks", "--summary-only", "--trace", only, "--output", counts]
    out("strace", *options, *command, env=env or environment())
    lines = counts.read_text().splitlines()
    # Of no calls strace prints no total.
    if not lines and only != "all":
        return 0
    total = lines[-1].split()
    if total[-1] != "total":
        fail(f"strace tells no total: {total}")
    return int(total[3])


def each(count, few: int, many: int, *command: object, behind: tuple[object, ...] = ()) -> float:
    """What one more repetition costs: of two lengths of run the difference."""
    return (count(*command, many, *behind) - count(*command, few, *behind)) / (many - few)


def rounds(names, times: int, measure) -> dict[str, list[float]]:
    """Measures all of them by turns, so that what changes in the machine changes for all."""
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(times):
        for name in names:
            measured = measure(name)
            found[name].extend(measured if isinstance(measured, list) else [measured])
    return found


def ratio(found: list[float], floor: list[float]) -> float:
    """How many times the floor: the median over the rounds."""
    return statistics.median(a / b for a, b in zip(found, floor))


def middle(found: list[float]) -> Json:
    """The median, and the half of all between the quartiles."""
    low, median, high = statistics.quantiles(found, n=4)
    return {"median": median, "low": low, "high": high}
