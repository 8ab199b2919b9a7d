#!/usr/bin/env python3
"""Holds what mutmut found against mutants_python.txt, in the folder where mutmut ran, with the Python that has mutmut.

    mutants_python.py [PATTERN...]

Fails on a change that survives and has no reason; on a reason of many changes that a test detects one of; and, without
a pattern, on a reason for none.
"""

import collections
import fnmatch
import pathlib
import re
import sys

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

REASONS = pathlib.Path(__file__).with_suffix(".txt")
DETECTED = ("killed", "timeout", "caught by type check", "segfault")


def name(mutant: str, path: pathlib.Path) -> str:
    """Return what a change is called: its function, the old text and the new one."""
    lines = get_diff_for_mutant(mutant, path=path).splitlines()
    lines = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    old, new = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    function = mutant.rpartition("__mutmut_")[0].removeprefix("atlas_webhook.").replace("ǁ", ".").replace(".x_", ".")
    return f"{function.replace('.x.', '.')}: `{old}` becomes `{new}`"


def changes(patterns: list[str]) -> list[tuple[str, str, str]]:
    """Return the module, the name and the outcome of each change that was judged."""
    found = []
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for mutant, code in data.exit_code_by_key.items():
            if any(fnmatch.fnmatch(mutant, pattern) for pattern in patterns):
                found.append((path.name, name(mutant, path), status_by_exit_code[code]))
    return found


def main() -> int:
    """Print what survives, and then a table: how many changes of each module had each outcome."""
    patterns = sys.argv[1:] or ["*"]
    lines = [line for line in REASONS.read_text().splitlines() if line.startswith("    ")]
    single = {line.strip() for line in lines if not line.startswith("    /")}
    many = {line.strip(): re.compile(line.strip().strip("/")) for line in lines if line.startswith("    /")}
    outcomes: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    wrong, used = [], set()
    for module, called, found in changes(patterns):
        reasons = {called} & single | {line for line, pattern in many.items() if pattern.fullmatch(called)}
        outcome = found
        if found in DETECTED:
            outcome = "detected"
            wrong += [f"has a reason but is detected: {called}" for line in reasons if line in many]
        elif reasons:
            outcome = "survives with a reason"
            used |= reasons
        else:
            wrong.append(f"{found}: {called}")
        outcomes[module][outcome] += 1
    if patterns == ["*"]:
        wrong += [f"has a reason in vain: {called}" for called in sorted({*single, *many} - used)]
    print("\n".join(wrong), file=sys.stderr)
    columns = sorted({outcome for counts in outcomes.values() for outcome in counts})
    print(f"| Module | Changes | {' | '.join(columns)} |\n|---|--:|{'--:|' * len(columns)}")
    outcomes["all"] = sum(outcomes.values(), collections.Counter())
    for module, counts in outcomes.items():
        cells = [counts.total(), *(counts[column] for column in columns)]
        print(f"| {module} | {' | '.join(map(str, cells))} |")
    return 1 if wrong or not outcomes["all"] else 0


if __name__ == "__main__":
    sys.exit(main())
