#!/usr/bin/env python3
"""Holds what mutmut found against mutants_python.txt, in the folder where mutmut ran.

    mutants_python.py MUTMUT [PATTERN]

Fails on a change that survives and has no reason; and, without a pattern, on a reason for none.
"""

import collections
import fnmatch
import pathlib
import subprocess
import sys

REASONS = pathlib.Path(__file__).with_suffix(".txt")


def name(mutmut: str, mutant: str) -> str:
    """Return what a change is called: its function, the old text and the new one."""
    shown = subprocess.run([mutmut, "show", mutant], capture_output=True, text=True, check=True).stdout
    lines = [line for line in shown.splitlines() if not line.startswith(("---", "+++", "@@", "#"))]
    old, new = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    function = mutant.rpartition("__mutmut_")[0].removeprefix("atlas_webhook.").replace("ǁ", ".").replace(".x_", ".")
    return f"{function.replace('.x.', '.')}: `{old}` becomes `{new}`"


def main() -> int:
    """Print what survives, and then how many changes there were of each outcome."""
    mutmut, pattern = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "*"
    listed = subprocess.run([mutmut, "results", "--all", "true"], capture_output=True, text=True, check=True).stdout
    results = [line.strip().rpartition(": ") for line in listed.splitlines() if "__mutmut_" in line]
    chosen = [(mutant, outcome) for mutant, _, outcome in results if fnmatch.fnmatch(mutant, pattern)]
    lines = REASONS.read_text().splitlines()
    reasons = {line.strip() for line in lines if line.startswith("    ")}
    counts: dict[str, int] = collections.Counter()
    wrong, used = [], set()
    for mutant, found in chosen:
        outcome = found
        if found not in ("killed", "timeout", "caught by type check", "segfault"):
            called = name(mutmut, mutant)
            if called in reasons:
                used.add(called)
                outcome = "survived with a reason"
            else:
                wrong.append(f"{found}: {called}")
        counts[outcome] += 1
    if pattern == "*":
        wrong += [f"has a reason in vain: {called}" for called in sorted(reasons - used)]
    print("\n".join(wrong), file=sys.stderr)
    print(f"{len(chosen)} in all: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
