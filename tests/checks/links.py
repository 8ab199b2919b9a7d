#!/usr/bin/env python3
"""Checks that no relative link of these pages is dead. Usage: links.py PAGE..."""

import re
import sys
from pathlib import Path

count = 0
dead = []
for page in map(Path, sys.argv[1:]):
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^()]*)\)", prose):
        if "://" not in target and not target.startswith("#"):
            count += 1
            if not (page.parent / target.split("#")[0]).exists():
                dead.append(f"{page}: {target}")
print(f"{count} links lead to a file")
sys.exit("\n".join(dead) or (count == 0 and "no link was found"))
