"""The examples are complete programs and do what they say."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import (
    CID,
    CREDENTIALS,
    HERE,
    URL,
    YES,
    Answering,
    Certificates,
    StartSandbox,
    crate,
)

EXAMPLES = sorted((HERE.parent / "examples").glob("*.py"))


def run(example: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(example), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_CLIENT_ID", CREDENTIALS["client_id"])
    monkeypatch.setenv("ATLAS_CLIENT_SECRET", CREDENTIALS["client_secret"])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example(example: Path, start_sandbox: StartSandbox) -> None:
    yes = start_sandbox("--require-credentials", "--require-cid", "--gzip")
    ended = run(example, yes, URL, CID)
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        0,
        "registered: HTTP status 200\n",
        "",
    )

    no = start_sandbox("--status", "901", "--msg", "illegal data")
    ended = run(example, no, URL, CID)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("not registered: ")

    assert "Usage: python " + example.name in run(example).stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_ends_without_a_traceback(
    example: Path, nobody: str, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: str) -> None:
        ended = run(example, *arguments)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith("not registered: ")
        assert ended.stderr.count("\n") == 1

    fails(nobody, URL, CID)
    fails("not a URL", URL, CID)
    fails(sandbox, "not a URL", CID)
    monkeypatch.delenv("ATLAS_CLIENT_SECRET")
    fails(sandbox, URL, CID)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_over_tls(
    example: Path,
    answering: Answering,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca_file))
    ended = run(example, answering(YES, tls=certificates.server), URL, CID)
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        0,
        "registered: HTTP status 200\n",
        "",
    )


def module(path: Path) -> Any:
    """A file as a module, which needs no place on the path of modules."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_no_secret_that_a_server_repeats(
    example: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    echoes = module(crate() / "tests" / "checks" / "echoes.py")
    monkeypatch.setenv("ATLAS_CLIENT_ID", echoes.CREDENTIALS["client_id"])
    monkeypatch.setenv("ATLAS_CLIENT_SECRET", echoes.CREDENTIALS["client_secret"])
    program = module(example)
    with echoes.serving() as server:
        for case in server.cases():
            code = program.main(server.url, echoes.URL, echoes.CID)
            assert (code == 0) == (server.statuses == (200, 0)), case
            printed = "".join(capfd.readouterr())
            assert "registered" in printed
            server.check(printed)


def test_there_is_one_for_each_way() -> None:
    assert len(EXAMPLES) == 7
    assert os.fspath(EXAMPLES[0]).endswith("bundled.py")
