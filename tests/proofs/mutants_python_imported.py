"""A test of mutmut's runs: the package as a program imports it, with the change that is judged."""

import subprocess
import sys

JUDGES = ["crossings", "events", "library", "plain", "values"]
# It needs an installed package.
NOT_HERE = "tests/test_library.py::test_the_licences_of_what_the_library_carries_come_with_it"


def test_the_package_when_it_is_imported() -> None:
    tests = [f"tests/test_{name}.py" for name in JUDGES]
    command = [sys.executable, "-m", "pytest", "-x", "-q", f"--deselect={NOT_HERE}", *tests]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout
