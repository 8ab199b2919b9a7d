#!/usr/bin/env python3
"""Reads what `cargo llvm-cov --json` found of the core, on standard input, and holds it against uncovered.txt.

Prints a table, in Markdown. Fails on a region that no test reaches and nothing explains, and on an
explanation of nothing.
"""

import collections
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
SOURCES = HERE.parent.parent / "src"
APART = ("transport", "capi")
CODE = 0  # The kind of a region that is neither skipped nor expanded.


def main() -> int:
    """Print the table, and what is wrong."""
    reached: dict[tuple[str, int, int, int, int], int] = collections.Counter()
    for function in json.load(sys.stdin)["data"][0]["functions"]:
        for *place, count, file, _, kind in function["regions"]:
            path = pathlib.Path(function["filenames"][file])
            if kind == CODE and path.is_relative_to(SOURCES):
                reached[(str(path.relative_to(SOURCES)), *place)] += count
    explained = read_explanations()
    used = set()
    wrong = []
    rows: dict[str, list[int]] = {}
    for (file, line, *_), count in sorted(reached.items()):
        if file.startswith(APART):
            continue
        row = rows.setdefault(file, [0, 0])
        row[0] += 1
        if count == 0:
            row[1] += 1
            text = (SOURCES / file).read_text().splitlines()[line - 1].strip()
            if (file, text) in explained:
                used.add((file, text))
            else:
                wrong.append(f"src/{file}:{line}: no test reaches a part of: {text}")
    wrong += [f"explained in vain: {file}: {text}" for file, text in sorted(explained - used)]
    print("| File | Regions | Reached by a test | Explained |\n|---|--:|--:|--:|")
    rows["all"] = [sum(column) for column in zip(*rows.values())]
    for file, (regions, missed) in rows.items():
        print(f"| {file} | {regions} | {regions - missed} | {missed} |")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def read_explanations() -> set[tuple[str, str]]:
    """Give file and text of each line that is explained."""
    lines = (HERE / "uncovered.txt").read_text().splitlines()
    places = (line.strip().partition(": ") for line in lines if line.startswith("    "))
    return {(file, text) for file, _, text in places}


sys.exit(main())
