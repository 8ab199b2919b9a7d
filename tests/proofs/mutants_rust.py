#!/usr/bin/env python3
"""Makes small changes of Rust code, and judges each by tests. The changes are those that cargo-mutants lists.

    mutants_rust.py --changes LIST --check COMMAND --build COMMAND... --judge COMMAND...

It works in the current folder, whose source it overwrites. The source gets all changes at once, each in a copy of the
function that it changes, and the environment variable MUTANT selects one: one build is enough for all. What cannot be
selected when a program runs, as the value of a constant, is built and judged alone.

LIST is what `cargo mutants --list --json` prints. `--check` is a command of cargo that compiles the library, `--build` one
that builds what the judges need. `--judge` is a command for the shell, which fails if it notices the change; `{NAME}`
stands for the program that `--build` makes of a test NAME. The first judge that fails ends the judgement.

Prints a table in Markdown, with a row for each file. Fails if a change survives, or if a judge fails without a change.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import typing

# In seconds: of processor time for one program, and for one judge.
PROCESSOR_LIMIT = 60
LIMIT = 180
# After so many changes the source is judged without one. A judge that fails then would seem to notice changes.
UNCHANGED_AFTER = 25
# The judges of the transport wait more than they compute.
AT_A_TIME = 2 * (os.cpu_count() or 1)
# The columns of the table.
OUTCOMES = ["caught", "never ends", "does not compile"]

SELECTOR = """
#[doc(hidden)]
pub mod mutant {
    extern crate std;
    pub fn is(number: usize) -> bool {
        static SELECTED: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
        *SELECTED.get_or_init(|| std::env::var("MUTANT").ok()?.parse().ok()) == Some(number)
    }
}
"""


class Change(typing.NamedTuple):
    """One change: `text[start:end]` of a file becomes `new`."""

    number: int
    name: str
    file: str
    start: int
    end: int
    new: str
    # Of the function around it; None if it cannot be selected when a program runs.
    body: "tuple[int, int] | None"


def offset(text: str, place: dict) -> int:
    """Return the offset of a line and column, both from 1."""
    lines = text.split("\n")[: place["line"] - 1]
    return sum(len(line) + 1 for line in lines) + place["column"] - 1


def body(text: str, function: "dict | None") -> "tuple[int, int] | None":
    """Return where the body of a function starts and ends."""
    if function is None:
        return None
    start, end = offset(text, function["span"]["start"]), offset(text, function["span"]["end"])
    depth, opening = 0, start
    while text[opening] != "{" or depth > 0:
        depth += (text[opening] in "([") - (text[opening] in ")]")
        opening += 1
    # A constant function reads no environment. The copies of the other would return different types.
    head = text[start:opening]
    return None if "const fn" in head or "-> impl" in head else (opening, end)


def read_changes(path: pathlib.Path, texts: dict[str, str]) -> list[Change]:
    """Read what cargo-mutants lists."""
    changes = []
    for number, listed in enumerate(json.loads(path.read_text()), 1):
        file, span = listed["file"], listed["span"]
        text = texts.setdefault(file, pathlib.Path(file).read_text())
        start, end = offset(text, span["start"]), offset(text, span["end"])
        of = body(text, listed["function"])
        changes.append(Change(number, listed["name"], file, start, end, listed["replacement"], of))
    return [change._replace(body=None) if is_inner(change, changes) else change for change in changes]


def is_inner(change: Change, changes: list[Change]) -> bool:
    """Return whether its function is in another one that has changes."""
    bodies = {other.body for other in changes if other.file == change.file and other.body and change.body}
    return any(start < change.body[0] < end for start, end in bodies)


def combined(text: str, changes: list[Change]) -> tuple[str, dict[int, int]]:
    """Return the text with all these changes, and of each of its lines with a change the number of that change."""
    of_bodies = collections.defaultdict(list)
    for change in changes:
        of_bodies[change.body].append(change)
    new, at, numbers = "", 0, {}
    for (start, end), of_body in sorted(of_bodies.items()):
        new += text[at:start] + "{\n"
        for change in of_body:
            new += f"if crate::mutant::is({change.number})\n"
            first = new.count("\n") + 1
            new += text[start : change.start] + change.new + text[change.end : end] + "\n"
            numbers.update(dict.fromkeys(range(first, new.count("\n") + 1), change.number))
            new += "else\n"
        new += text[start:end] + "\n}"
        at = end
    return new + text[at:], numbers


class NotCompiledError(Exception):
    """cargo failed, with these messages."""

    def __init__(self, command: str, messages: list[dict], told: str) -> None:
        rendered = [of["message"]["rendered"] for of in messages if of["reason"] == "compiler-message"]
        super().__init__("\n".join([f"{command} failed", *rendered, told]))
        self.messages = messages


def cargo(command: str) -> list[dict]:
    """Run cargo. Returns its messages."""
    order = [*shlex.split(command), "--locked", "--message-format=json"]
    ran = subprocess.run(order, capture_output=True, text=True, check=False)
    messages = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode:
        raise NotCompiledError(command, messages, ran.stderr)
    return messages


def faulty(messages: list[dict], numbers: dict[str, dict[int, int]]) -> set[int]:
    """Return the changes in which the compiler found an error."""
    found = set()
    for message in messages:
        if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
            continue
        spans = sorted(message["message"]["spans"], key=lambda span: not span["is_primary"])
        hit = (numbers.get(span["file_name"], {}).get(span["line_start"]) for span in spans)
        found.add(next((number for number in hit if number), None))
    return found - {None}


def combine(check: str, texts: dict[str, str], changes: list[Change]) -> list[Change]:
    """Write the source with all changes that compile. Returns those that do not."""
    remaining = changes
    while True:
        numbers = {}
        for file, text in texts.items():
            new, numbers[file] = combined(text, [change for change in remaining if change.file == file])
            pathlib.Path(file).write_text(new)
        try:
            cargo(check)
        except NotCompiledError as error:
            found = faulty(error.messages, numbers)
            if not found:
                raise
            remaining = [change for change in remaining if change.number not in found]
        else:
            return [change for change in changes if change not in remaining]


def build(commands: list[str]) -> dict[str, str]:
    """Build what the judges need. Returns the programs of tests by their names."""
    messages = [message for command in commands for message in cargo(command)]
    return {of["target"]["name"]: of["executable"] for of in messages if of.get("executable")}


def judge(judges: list[str], programs: dict[str, str], number: int) -> str:
    """Return the outcome of a change, by its number. The number 0 selects no change."""
    for command in judges:
        for name, program in programs.items():
            command = command.replace(f"{{{name}}}", program)
        with subprocess.Popen(
            ["sh", "-c", f"ulimit -S -t {PROCESSOR_LIMIT}; exec {command}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "MUTANT": str(number)},
            start_new_session=True,
        ) as ran:
            try:
                code = ran.wait(LIMIT)
            except subprocess.TimeoutExpired:
                code = -signal.SIGXCPU
            try:
                os.killpg(ran.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if code == -signal.SIGXCPU:
            return "never ends"
        if code:
            return "caught"
    return "survives"


def judge_together(
    options: argparse.Namespace, texts: dict[str, str], changes: list[Change]
) -> list[tuple[Change, str]]:
    """Judge changes that can be selected when a program runs. Returns the outcomes."""
    root = pathlib.Path("src/lib.rs")
    root.write_text(root.read_text() + SELECTOR)
    unviable = combine(options.check, texts, changes)
    programs = build(options.build)

    tried = [change for change in changes if change not in unviable]
    numbers = [change.number for change in tried]
    for at in range(len(numbers), -1, -UNCHANGED_AFTER):
        numbers.insert(at, 0)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as executor:
        found = list(executor.map(lambda number: judge(options.judge, programs, number), numbers))
    if any(outcome != "survives" for number, outcome in zip(numbers, found) if number == 0):
        sys.exit("a judge fails without a change")
    of_numbers = dict(zip(numbers, found))
    return [(change, of_numbers.get(change.number, "does not compile")) for change in changes]


def judge_alone(options: argparse.Namespace, texts: dict[str, str], change: Change) -> str:
    """Build and judge one change. Returns the outcome."""
    for file, text in texts.items():
        pathlib.Path(file).write_text(text)
    text = texts[change.file]
    pathlib.Path(change.file).write_text(text[: change.start] + change.new + text[change.end :])
    try:
        return judge(options.judge, build(options.build), 0)
    except NotCompiledError:
        return "does not compile"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=pathlib.Path, required=True)
    parser.add_argument("--check", required=True)
    parser.add_argument("--build", action="append", required=True)
    parser.add_argument("--judge", action="append", required=True)
    options = parser.parse_args()
    texts: dict[str, str] = {}
    changes = read_changes(options.changes, texts)
    outcomes = judge_together(options, texts, [change for change in changes if change.body])
    outcomes += [(change, judge_alone(options, texts, change)) for change in changes if not change.body]
    counts = collections.Counter((change.file, outcome) for change, outcome in outcomes)
    for file in sorted({change.file for change, _ in outcomes}):
        print(f"| `{file}` |", " | ".join(str(counts[file, outcome]) for outcome in OUTCOMES), "|")
    survivors = sorted(change.name for change, outcome in outcomes if outcome == "survives")
    for name in survivors:
        print(f"survives: {name}", file=sys.stderr)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
