"""The receivers among the examples, with everything that they may meet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HERE, crate

RECEIVERS = sorted((HERE.parent / "examples" / "receivers").glob("*_*.py"))


@pytest.mark.parametrize("receiver", RECEIVERS, ids=lambda path: path.stem)
def test_a_receiver(receiver: Path) -> None:
    command = [sys.executable, str(crate() / "tests" / "receivers.py")]
    command += [sys.executable, str(receiver), "{port}", "{store}"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=150)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_there_is_one_for_each_server() -> None:
    names = ["aiohttp_app", "fastapi_app", "flask_app", "http_server"]
    assert [receiver.stem for receiver in RECEIVERS] == names
