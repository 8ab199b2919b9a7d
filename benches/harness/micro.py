"""Times, by Criterion, and instructions, by callgrind, of the work without a network."""

from __future__ import annotations

import json
import shutil
import subprocess

from .build import RUST
from .common import QUICK, ROUNDS, TARGET, Json
from .common import allocations, each, environment, fail, instructions, out, pinned, rounds, say
from .names import PEERS

#: What is counted, and how often at least and at most.
COUNTED = {
    "build": (100, 1100),
    "parse-length": (128, 1152),
    "parse-chunked": (128, 1152),
    "both-length": (128, 1152),
    "both-chunked": (128, 1152),
    "both-plain": (100, 1100),
    "bytes-292": (10, 60),
    "head-16k": (10, 60),
}
#: What a goal is asked of, and how often each does it in a round.
TURNS = {("library", "bytes-292"): 10000, ("llhttp", "bytes-292"): 10000, ("library", "head-16k-bytes"): 200}


def command(who: str) -> list[object]:
    return [RUST / "library"] if who == "library" else [RUST / "peers", who]


def does(who: str, case: str) -> bool:
    return out(*command(who), case, 1).strip() != "-"


def count() -> Json:
    found: Json = {}
    for case, (few, many) in COUNTED.items():
        say(f"instructions: {case}")
        found[case] = {
            who: {
                "instructions": each(instructions, few, many, *command(who), case),
                "allocations": each(allocations, few, many, *command(who), case),
            }
            for who in PEERS
            if does(who, case)
        }
    return found


def time() -> Json:
    say("times, by Criterion: two minutes")
    home = TARGET / "criterion"
    shutil.rmtree(home, ignore_errors=True)
    with open(TARGET / "criterion.log", "w") as log:
        done = subprocess.run(
            [str(word) for word in pinned(RUST / "times", RUST, *(["quick"] if QUICK else []))],
            env=environment(CRITERION_HOME=home), stdout=log, stderr=log,
        )
    if done.returncode != 0:
        fail(f"criterion gives {done.returncode}:\n{(TARGET / 'criterion.log').read_text()[-2000:]}")
    found: Json = {}
    for estimates in home.glob("*/*/new/estimates.json"):
        case, who = estimates.parts[-4:-2]
        median = json.loads(estimates.read_text())["median"]
        interval = median["confidence_interval"]
        found.setdefault(case, {})[who] = {
            "median": median["point_estimate"],
            "low": interval["lower_bound"],
            "high": interval["upper_bound"],
        }
    for (who, case), rounds_of in turns().items():
        found[case][who]["rounds"] = rounds_of
    return found


def turns() -> dict[tuple[str, str], list[float]]:
    """Nanoseconds by turns, since the machine's speed may change while Criterion is at one of them."""
    say("times, by turns")

    def measure(turn: tuple[str, str]) -> float:
        who, case = turn
        return int(out(*pinned(*command(who), case, TURNS[turn]))) / TURNS[turn]

    return rounds(TURNS, ROUNDS, measure)
