#!/usr/bin/env python3
"""Reads what `cargo llvm-cov --json` found of the core, and holds it against uncovered.txt.

Prints a table, in Markdown. Fails on a region that no test reaches and nothing explains, and on an
explanation of nothing. The lines of uncovered.txt have one of three forms:

    FILE, fn NAME           no test calls the function
    FILE, fn NAME: N of ?   so many `?` of the function have never returned an error or nothing
    FILE, fn NAME: TEXT     other code of the function, on the lines with this text
"""

import collections
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
SOURCES = HERE.parent.parent / "src"
APART = ("transport", "capi")
CODE = 0  # The kind of a region that is neither skipped nor expanded.
FUNCTION = re.compile(r"( *)(?:pub(?:\(\w+\))? )?(?:const )?fn (\w+)")

# First line and column, last line and the column behind the end, all from 1.
Place = tuple[int, int, int, int]


class Source:
    """A file of the core, formatted by rustfmt."""

    def __init__(self, name: str) -> None:
        """Read it."""
        self.name = name
        self.lines = (SOURCES / name).read_text().splitlines()

    def text(self, place: Place) -> str:
        """Give the text of a region, as far as it is on its first line."""
        first, start, last, end = place
        return self.lines[first - 1][start - 1 : end - 1 if last == first else None]

    def function(self, line: int) -> str:
        """Give the name of the function around a line."""
        return next(m[2] for at in range(line, 0, -1) if (m := FUNCTION.match(self.lines[at - 1])))

    def end(self, line: int) -> int:
        """Give the last line of the function that starts at a line."""
        start = self.lines[line - 1]
        opened = FUNCTION.match(start)
        assert opened, f"{self.name}:{line}"
        return line if start.endswith("}") else self.lines.index(f"{opened[1]}}}", line) + 1

    def findings(self, missed: list[Place]) -> dict[str, int]:
        """Give what no test reaches, in the form of uncovered.txt, with the first line of each."""
        found: dict[str, int] = {}
        questions: dict[str, list[int]] = {}
        uncalled = 0
        for place in sorted(missed):
            line, column, *_ = place
            if line <= uncalled:
                continue
            function = f"{self.name}, fn {self.function(line)}"
            if (m := FUNCTION.match(self.lines[line - 1])) and column == len(m[1]) + 1:
                uncalled = self.end(line)
                found[function] = line
            elif self.text(place) == "?":
                questions.setdefault(function, []).append(line)
            else:
                found.setdefault(f"{function}: {self.lines[line - 1].strip()}", line)
        for function, lines in questions.items():
            found[f"{function}: {len(lines)} of ?"] = lines[0]
        return found


def main() -> int:
    """Print the table, and what is wrong."""
    reached: dict[str, dict[Place, int]] = {}
    for function in json.load(sys.stdin)["data"][0]["functions"]:
        for *place, count, file, _, kind in function["regions"]:
            path = pathlib.Path(function["filenames"][file])
            if kind == CODE and path.is_relative_to(SOURCES):
                places = reached.setdefault(str(path.relative_to(SOURCES)), collections.Counter())
                places[tuple(place)] += count
    explained = read_explanations()
    vain = set(explained)
    wrong = []
    print("| File | Regions | Reached by a test | Explained |\n|---|--:|--:|--:|")
    rows = []
    for file, places in sorted(reached.items()):
        if file.startswith(APART):
            continue
        missed = [place for place, count in places.items() if count == 0]
        rows.append((file, len(places), len(places) - len(missed), len(missed)))
        for what, line in Source(file).findings(missed).items():
            vain.discard(what)
            if what not in explained:
                wrong.append(f"src/{file}:{line}: no test reaches: {what}")
    rows.append(("all", *(sum(row[column] for row in rows) for column in (1, 2, 3))))
    for row in rows:
        print("| {} | {} | {} | {} |".format(*row))
    wrong += [f"explained in vain: {what}" for what in sorted(vain)]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def read_explanations() -> set[str]:
    """Give what is explained."""
    lines = (HERE / "uncovered.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.startswith("    ")}


sys.exit(main())
