#!/usr/bin/env python3
"""Changes the C++ header at one place at a time, and runs the tests in C++ with each changed header.

    mutants_cpp.py --library FOLDER [--shard K/N] [--match TEXT] [--list]

FOLDER has libatlas_webhook.so. Fails if the tests pass with a changed header, unless mutants_cpp.txt has a reason for
that change; and, after a run of all changes, if it has a reason for a change that makes a test fail. The program
$CXX (default: c++) compiles.
"""

import argparse
import collections
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import typing

ROOT = pathlib.Path(__file__).parent.parent.parent
HEADER = ROOT / "include/atlas_webhook.hpp"
REASONS = pathlib.Path(__file__).with_suffix(".txt")
SAMPLES = [path for folder in ("samples", "samples/old", "tests/parity/wrong_types") for path in sorted((ROOT / folder).glob("*.json"))]

# In seconds. The slowest test takes about five.
TIME_LIMIT = 60

CALL = re.compile(r"\b(atlas_webhook_\w+)\(")
GETTER = re.compile(r"\b(?:view|part)\((atlas_webhook_\w+)|\b(atlas_webhook_\w+)\(get\(\)\)")
FIELD = re.compile(r'of_\.(?:text|number|boolean|(?:members|object)<[\w:]+>)\("(\w+)"\)')
ENUMERATOR = re.compile(r"^    (\w+) = (ATLAS_WEBHOOK_\w+),$", re.MULTILINE)
CLASS = re.compile(r"(?:enum )?(?:class|struct) (?:\[\[\w+\]\] |ATLAS_WEBHOOK_VISIBLE )?(\w+(?:<void>)?)")
FUNCTION = re.compile(r"(?=\S)(?:[\w:<>,&*\[\]= ]* )?[&*]*(?:\w+::)?(operator\W+|operator bool|\w+)\(")
# Comparisons, negations and constants. A comment is never matched: see `code`.
SWAPS = [
    (re.compile(r" == "), " != "),
    (re.compile(r" != "), " == "),
    (re.compile(r" < "), " >= "),
    (re.compile(r" > "), " <= "),
    (re.compile(r" <= "), " < "),
    (re.compile(r" && "), " || "),
    (re.compile(r"(?<=[ (])!(?=\w)"), ""),
    (re.compile(r"\btrue\b"), "false"),
    (re.compile(r"\bfalse\b"), "true"),
    (re.compile(r"(?<= )0(?=[;, ])"), "1"),
    (re.compile(r"std::move\("), "("),
]


class Mutant(typing.NamedTuple):
    """A change: what it is called, and the whole header with it."""

    name: str
    text: str


def code(text: str) -> str:
    """Return the text with its comments and its directives blanked, so that offsets stay."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    return re.sub(r"(?m)^#.*$", blank, re.sub(r"/\*.*?\*/", blank, text, flags=re.DOTALL))


def place(text: str, offset: int) -> str:
    """Return the class and the function that an offset is in."""
    scope = function = ""
    for line in text[: text.find("\n", offset)].splitlines():
        if opened := CLASS.match(line):
            scope, function = opened[1], ""
        elif line == "};":
            scope = function = ""
        # The members of a class are indented, and nothing else at that depth is in a class.
        elif named := FUNCTION.match(line.removeprefix("    ") if scope else line):
            function = named[1].strip()
    return "::".join(part for part in (scope, function) if part) or "header"


def arguments(text: str, start: int) -> list[tuple[int, int]]:
    """Return where each argument of a call is. `start` is behind its opening parenthesis."""
    found, depth, begin = [], 0, start
    for at in range(start, len(text)):
        if text[at] in "([{":
            depth += 1
        elif depth == 0 and text[at] in ",)":
            if text[begin:at].strip():
                found.append((begin, at))
            begin = at + 1
            if text[at] == ")":
                return found
        elif text[at] in ")]}":
            depth -= 1
    raise ValueError("a call does not end")


def mutants() -> list[Mutant]:
    """Return every change, in the order of the header."""
    text = HEADER.read_text()
    plain = code(text)
    found: list[tuple[int, Mutant]] = []
    names: dict[str, int] = collections.Counter()

    def add(start: int, end: int, new: str, what: str) -> None:
        name = f"{place(text, start)}: {what}"
        names[name] += 1
        if names[name] > 1:
            name += f" ({names[name]})"
        found.append((start, Mutant(name, text[:start] + new + text[end:])))

    enumerators = list(ENUMERATOR.finditer(plain))
    for one, other in zip(enumerators, enumerators[1:]):
        if plain[one.end() : other.start()].strip() == "":
            swapped = f"    {one[1]} = {other[2]},\n    {other[1]} = {one[2]},"
            add(one.start(), other.end(), swapped, f"{one[1]} and {other[1]} swapped")

    for call in CALL.finditer(plain):
        places = arguments(plain, call.end())
        for index, (start, end) in enumerate(places):
            dropped = " ".join(text[start:end].split())
            add(start, end, " {}" if index else "{}", f"{call[1]} without {dropped}")
        if plain[call.end() : call.end() + 5] == "get()" and plain[: call.start()].rstrip().endswith(("{", ";")):
            add(call.start(), plain.index(";", call.start()), "", f"{call[1]} not called")

    # Another getter of the same type: the compiler rejects one of another.
    getters = list(GETTER.finditer(plain))
    kind = lambda name: re.match(r"atlas_webhook_[a-z]+", name)[0]
    for one in getters:
        name = one[1] or one[2]
        same = sorted({g[1] or g[2] for g in getters if kind(g[1] or g[2]) == kind(name) and bool(g[1]) == bool(one[1])})
        other = same[(same.index(name) + 1) % len(same)]
        if other != name:
            start = one.start(1 if one[1] else 2)
            add(start, start + len(name), other, f"{name} becomes {other}")

    fields = sorted({match[1] for match in FIELD.finditer(plain)})
    for match in FIELD.finditer(plain):
        other = fields[(fields.index(match[1]) + 1) % len(fields)]
        add(match.start(1), match.end(1), other, f"{match[1]} becomes {other}")

    for pattern, new in SWAPS:
        for match in pattern.finditer(plain):
            line = text[text.rfind("\n", 0, match.start()) + 1 : text.find("\n", match.end())]
            if " operator" not in line and "template" not in line and "static_assert" not in line:
                add(match.start(), match.end(), new, f"`{match[0].strip()}` becomes `{new.strip()}` in `{line.strip()}`")
    return [mutant for _, mutant in sorted(found, key=lambda one: one[0])]


class Judge:
    """Compiles and runs the tests with a changed header."""

    def __init__(self, library: pathlib.Path, folder: pathlib.Path) -> None:
        self.library = library.resolve()
        self.folder = folder
        self.include = folder / "include"
        self.include.mkdir()
        shutil.copy(ROOT / "include/atlas_webhook.h", self.include)
        (folder / "libatlas_webhook.so.1").symlink_to(self.library / "libatlas_webhook.so")
        self.compiler = [*shlex.split(os.environ.get("CXX", "c++")), "-std=c++17", "-pthread", "-Wall", "-Wextra", "-Werror"]
        # What every test includes, compiled once.
        common = folder / "common.h"
        standard = set()
        for source in [HEADER, *ROOT.glob("tests/cpp/*.cpp"), ROOT / "tests/parity/print.cpp"]:
            standard |= set(re.findall(r"^#include (<[a-z_]+>)", source.read_text(), re.MULTILINE))
        common.write_text("".join(f"#include {name}\n" for name in sorted(standard)))
        subprocess.run([*self.compiler, "-x", "c++-header", common, "-o", f"{common}.gch"], check=True)
        self.compiler += ["-include", str(common)]
        self.sources = {path.name: path for path in ROOT.glob("tests/cpp/*.cpp")}
        self.sources["print.cpp"] = ROOT / "tests/parity/print.cpp"

    def order(self, name: str) -> list[str]:
        """Return the tests, with those first that the change is likely to make fail."""
        first = ["constants.cpp"] if " swapped" in name else ["print.cpp"] if '" becomes' in name else []
        first += ["settings.cpp"] if name.startswith(("transport", "cancel")) else []
        first += ["print.cpp", "events.cpp"] if " becomes " in name and "atlas_webhook" not in name else []
        rest = ["header.cpp", "events.cpp", "passing.cpp", "print.cpp", "constants.cpp", "settings.cpp"]
        return list(dict.fromkeys([*first, *rest, *sorted(self.sources)]))

    def judge(self, mutant: Mutant) -> str:
        """Return "caught by" and a test, "does not compile" or "survives"."""
        (self.include / HEADER.name).write_text(mutant.text)
        alone, program = self.folder / "alone.cpp", self.folder / "program"
        alone.write_text('#include "atlas_webhook.hpp"\nint main() {}\n')
        for name in self.order(mutant.name):
            if not self.compiles(self.sources[name], "-o", str(program)):
                # A test catches a change that only it does not compile with.
                return f"caught by {name}" if self.compiles(alone, "-fsyntax-only") else "does not compile"
            if not self.passes(program, name):
                return f"caught by {name}"
        return "survives"

    def compiles(self, source: pathlib.Path, *flags: str) -> bool:
        """Whether a source compiles. A test that includes "atlas_webhook.hpp" gets the changed one."""
        command = [*self.compiler, "-I", self.include, source, *flags]
        if "-o" in flags:
            command += [self.library / "libatlas_webhook.so", f"-Wl,-rpath,{self.folder}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def passes(self, program: pathlib.Path, name: str) -> bool:
        """Whether a test passes within its time."""
        samples = SAMPLES if name == "print.cpp" else []
        try:
            ran = subprocess.run([program, *samples], capture_output=True, cwd=ROOT, timeout=TIME_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return False
        expected = (ROOT / "tests/parity/expected.jsonl").read_bytes()
        return ran.returncode == 0 and (name != "print.cpp" or ran.stdout == expected)


def read_reasons() -> set[str]:
    """Return the names of the changes that have a reason."""
    lines = REASONS.read_text().splitlines() if REASONS.exists() else []
    return {line.strip() for line in lines if line.startswith("    ")}


def main() -> int:
    """Judge the changes. Print each, and then how many there were of each outcome."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", type=pathlib.Path)
    parser.add_argument("--shard", default="1/1", metavar="K/N")
    parser.add_argument("--match", default="", help="only changes whose name contains this")
    parser.add_argument("--list", action="store_true", help="print the names and judge nothing")
    options = parser.parse_args()
    part, parts = map(int, options.shard.split("/"))
    chosen = [mutant for mutant in mutants() if options.match in mutant.name][part - 1 :: parts]
    if options.list:
        print("\n".join(mutant.name for mutant in chosen))
        return 0
    reasons = read_reasons()
    counts: dict[str, int] = collections.Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(options.library, pathlib.Path(folder))
        unchanged = judge.judge(Mutant("unchanged", HEADER.read_text()))
        if unchanged != "survives":
            print(f"the unchanged header: {unchanged}", file=sys.stderr)
            return 1
        for mutant in chosen:
            outcome = judge.judge(mutant)
            explained = mutant.name in reasons
            if outcome == "survives" and explained:
                outcome = "survives with a reason"
            elif outcome == "survives":
                wrong.append(f"survives: {mutant.name}")
            elif explained:
                wrong.append(f"has a reason in vain: {mutant.name}")
            counts[re.sub(r"caught by .*", "caught", outcome)] += 1
            print(f"{outcome}: {mutant.name}", flush=True)
    if options.shard == "1/1" and not options.match:
        wrong += [f"has a reason but does not exist: {name}" for name in sorted(reasons - {mutant.name for mutant in chosen})]
    print(f"{len(chosen)} changes: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
