#!/usr/bin/env python3
"""Runs the blocks of code in README.md and docs/ as a reader does who copies them.

    pages.py PREFIX PYTHON SANDBOX [PAGE...]

PREFIX is where the C library is installed, PYTHON has the package and what else the programs import, SANDBOX is the
base URL of a sandbox on this machine, at which the programs register in place of the API's. Programs in Rust are
doctests, and those for CMake and Meson are run by steps of their own. Programs in Python must be valid in the oldest
supported version, and their types must be correct (mypy --strict, with the mypy of PYTHON).

Each page has a folder of its own, in which first its programs are run and then its commands. Commands that would change
the machine or check everything are replaced: see STAND_INS.
"""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md")), "bindings/python/README.md"]
API = "https://sandbox.atlaslovestravel.com"
LOCAL_API = "http://127.0.0.1:8080"
# The registered URL of a receiver that the commands of a page test.
RECEIVER = "http://127.0.0.1:8080/t0ken"
TIME_LIMIT = 120
SAMPLE = (ROOT / "samples/ticketed.json").read_bytes()
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# Commands of the pages, by the name of the program, as shell scripts.
STAND_INS = {
    # The whole of the checks: this is one of them.
    "make": '[ "$1" = check ] || exec "$REAL_MAKE" --silent -C "$ROOT" "$@"',
    "sudo": 'exec "$@"',
    "ldconfig": ":",
    # With what is built already.
    "cargo": 'command=$1; shift; cd "$ROOT"; exec "$CARGO" "$command" --locked --quiet --all-features "$@"',
    "pip": 'exec "$PYTHON" -m pip --quiet --disable-pip-version-check "$@" --no-deps --no-build-isolation --target site',
    "atlas-webhook": 'exec "$CARGO_TARGET_DIR/debug/atlas-webhook" "$@"',
    "python": 'exec "$PYTHON" "$@"',
    "python3": 'exec "$PYTHON" "$@"',
}

# What a program in Python finds, and how its function is called if it only defines one.
BEFORE = "store = print\n"
OLDEST_PYTHON = (3, 9)
AFTERWARDS = """
if "handle" in globals():
    body = open("samples/ticketed.json", "rb").read()
    assert handle("POST", "/t0ken", {}, body) == 200, "a delivery"
    assert handle("POST", "/", {}, body) == 404, "a delivery for another URL"
"""


class Failed(Exception):
    """A block does not do what the page says."""


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    text = (ROOT / page).read_text()
    return re.findall(r"^```(\S*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def run(command: list[str], folder: Path, environment: dict[str, str], body: bytes = SAMPLE) -> str:
    """Run a command of a page, which must succeed. Returns what it prints."""
    done = subprocess.run(
        command, cwd=folder, env=environment, input=body, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=TIME_LIMIT, check=False)
    printed = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise Failed(f"exit code {done.returncode}: {' '.join(command)}\n{printed}")
    return printed


class Page:
    """One page, and the folder in which its blocks are run."""

    def __init__(self, name: str, folder: Path, prefix: Path, python: str, api: str) -> None:
        self.name, self.folder, self.python, self.api = name, folder, python, api
        # A reader is in a checkout, and what he makes is beside it.
        for entry in ROOT.iterdir():
            if entry.name not in {".git", "target", "build"}:
                (folder / entry.name).symlink_to(entry)
        stand_ins = folder / "stand-ins"
        stand_ins.mkdir()
        for program, script in STAND_INS.items():
            (stand_ins / program).write_text(f"#!/bin/sh\n{script}\n")
            (stand_ins / program).chmod(0o755)
        self.environment = dict(
            os.environ,
            PATH=f"{stand_ins}:{os.environ['PATH']}",
            ROOT=str(ROOT), REAL_MAKE=path("make"), CARGO=path(os.environ.get("CARGO", "cargo")), PYTHON=python,
            PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"), LD_LIBRARY_PATH=str(prefix / "lib"),
            # For make install, which else writes to /usr/local, and for pip install.
            PREFIX=str(folder / "usr/local"), BUILD=str(folder / "build"),
            ATLAS_WEBHOOK_PREBUILT=str(prefix / "lib/libatlas_webhook.so"),
            HOME=str(folder),
            CARGO_HOME=os.environ.get("CARGO_HOME", str(Path.home() / ".cargo")),
            RUSTUP_HOME=os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
            CARGO_TARGET_DIR=os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target")),
        )

    def run(self) -> int:
        """Run all blocks: first the programs, which the commands may compile again."""
        # Other pages use the programs of the README.
        for language, text in blocks("README.md"):
            if language in {"c", "cpp"}:
                self.source(language, text)
        found = [(language, self.local(text)) for language, text in blocks(self.name)]
        for number, (language, text) in enumerate(found):
            if language in {"c", "cpp"}:
                self.compiled(language, text)
            elif language == "python":
                self.interpreted(text, number)
        for language, text in found:
            if language == "sh":
                self.commands(text)
        return sum(language in {"c", "cpp", "python", "sh"} for language, _ in found)

    def local(self, text: str) -> str:
        text = text.replace(API, self.api)
        return text if RECEIVER in text else text.replace(LOCAL_API, self.api)

    def commands(self, text: str) -> None:
        """Commands, each of which must succeed. -e would let the first part of `a && b` fail."""
        whole = text.replace("\\\n", "").splitlines()
        lines = [f"{{ {line}\n}} || exit\n" for line in whole if line[:1] not in {"", "#"}]
        script = "".join(lines).replace("8090", str(free_port()))
        if RECEIVER not in script:
            run(["bash", "-uo", "pipefail", "-c", script], self.folder, self.environment)
            return
        # The reader's programs: one that registers, and a receiver.
        program = self.folder / "register"
        program.write_text('#!/bin/sh\nexec atlas-webhook register --endpoint "$1" --url "$2" --cid "$3"\n')
        program.chmod(0o755)
        with self.served(readme_server()) as port:
            deliver(port, "/", SAMPLE)
            script = script.replace(RECEIVER, f"http://127.0.0.1:{port}/t0ken")
            run(["bash", "-uo", "pipefail", "-c", script], self.folder, self.environment)

    def source(self, language: str, text: str) -> Path:
        """The file of a program in C or C++, which its first line names."""
        named = re.match(r"(?:/\*|//) ([a-z_]+\.(?:c|cpp))\b", text)
        if named is None or not named[1].endswith(f".{language}"):
            raise Failed(f"the first line does not name the file of the program:\n{text}")
        source = self.folder / named[1]
        source.write_text(self.local(text))
        return source

    def compiled(self, language: str, text: str) -> None:
        """A program in C or C++, which reads a delivery from its standard input if it reads at all."""
        source = self.source(language, text)
        compiler = {"c": os.environ.get("CC", "cc"), "cpp": os.environ.get("CXX", "c++")}[language]
        standard = {"c": ["-std=c99", "-D_POSIX_C_SOURCE=200809L"], "cpp": ["-std=c++17"]}[language]
        flags = run(["pkg-config", "--cflags", "--libs", "atlas_webhook"], self.folder, self.environment)
        program = str(source.with_suffix(".out"))
        run([compiler, *standard, *WARNINGS, str(source), "-pthread", "-o", program, *flags.split()],
            self.folder, self.environment)
        run([program], self.folder, self.environment)

    def interpreted(self, text: str, number: int) -> None:
        """A program in Python, or the functions of one. They are called afterwards."""
        source = self.folder / f"program{number}.py"
        if "serve_forever()" in text:
            with self.served(text) as port:
                sent = [("/t0ken", SAMPLE), ("/", SAMPLE), ("/t0ken", b"{")]
                statuses = [deliver(port, target, body) for target, body in sent]
            if statuses != [200, 404, 400]:
                raise Failed(f"the server responded with {statuses}:\n{text}")
        elif "def check(url: str)" in text:
            with self.served(readme_server()) as port:
                deliver(port, "/", SAMPLE)
                source.write_text(f"{text}\ncheck('http://127.0.0.1:{port}/t0ken')\n")
                run([self.python, str(source)], self.folder, self.environment)
        else:
            source.write_text(BEFORE + text + AFTERWARDS)
            run([self.python, str(source)], self.folder, self.environment)

    @contextmanager
    def served(self, text: str) -> Iterator[int]:
        """A program in Python that serves, on a free port."""
        port = free_port()
        source = self.folder / "server.py"
        source.write_text(text.replace("8000", str(port)))
        command = [self.python, str(source)]
        server = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL)
        try:
            yield port
        finally:
            server.kill()
            server.wait()


def check_types(pages: list[str], python: str) -> None:
    """Check the syntax and the types of the programs in Python."""
    with tempfile.TemporaryDirectory() as folder:
        for page in pages:
            programs = [text for language, text in blocks(page) if language == "python"]
            for number, text in enumerate(programs):
                try:
                    ast.parse(text, feature_version=OLDEST_PYTHON)
                except SyntaxError as error:
                    raise Failed(f"{page}: {error}\n{text}") from None
                module = re.sub(r"\W", "_", page)
                (Path(folder) / f"{module}_{number}.py").write_text(BEFORE + text)
        if any(Path(folder).iterdir()):
            run([python, "-m", "mypy", "--strict", "."], Path(folder), dict(os.environ))


def readme_server() -> str:
    """The program of the README that receives deliveries."""
    return next(block for _, block in blocks("README.md") if "serve_forever()" in block)


def path(program: str) -> str:
    return subprocess.run(["which", program], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def deliver(port: int, target: str, body: bytes) -> int:
    """Post a delivery to a server that may still be starting. Returns the status of its response."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{target}", data=body)
    give_up = time.monotonic() + TIME_LIMIT
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def main() -> None:
    prefix, python, api, *pages = sys.argv[1:]
    failed = False
    try:
        check_types(pages or PAGES, python)
    except Failed as error:
        failed = True
        print(f"types: {error}")
    for name in pages or PAGES:
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(f"{name}: {Page(name, Path(folder), Path(prefix), python, api).run()} blocks")
            except (Failed, OSError, subprocess.TimeoutExpired) as error:
                failed = True
                print(f"{name}: {error}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
