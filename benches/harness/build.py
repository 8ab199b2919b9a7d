"""Builds what is measured, and sees that it is what ships."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from .common import BENCHES, CARGO, CC, LIBRARIES, PYTHON, ROOT, TARGET, VENV, Json
from .common import environment, fail, out, say

RUST = TARGET / "rust" / "release"
C = TARGET / "c"
#: What the Python package is compared with, and what draws.
PACKAGES = ["h11==0.16.0", "httpx==0.28.1", "matplotlib==3.10.7", "requests==2.32.5"]


def check() -> None:
    """The profile is the library's, and so is the version of every crate that both use."""
    if profile(ROOT / "Cargo.toml") != profile(BENCHES / "Cargo.toml"):
        fail("[profile.release] of benches/Cargo.toml is not that of Cargo.toml")
    ours, theirs = versions(ROOT / "Cargo.lock"), versions(BENCHES / "Cargo.lock")
    for name in sorted(theirs.keys() & ours.keys()):
        if not theirs[name] & ours[name]:
            fail(f"benches/Cargo.lock has {name} {theirs[name]}, Cargo.lock has {ours[name]}")


def profile(manifest) -> Json:
    """With what it says of single packages."""
    return tomllib.loads(manifest.read_text())["profile"]["release"]


def versions(lock) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r'^name = "(.*)"\nversion = "(.*)"$', lock.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def rust(*packages: str, features: str = "") -> None:
    """Each alone: cargo unites the features of what it builds together."""
    for package in packages:
        say(f"building {package}")
        out(
            CARGO, "build", "--release", "--locked", "--quiet", "--package", package, "--features", features,
            cwd=BENCHES, env=environment(CARGO_TARGET_DIR=TARGET / "rust"),
        )


def library(transport: int) -> None:
    say(f"make TRANSPORT={transport}")
    out(
        "make", f"TRANSPORT={transport}", cwd=ROOT,
        env=environment(CARGO=CARGO, CARGO_TARGET_DIR=TARGET / f"make-{transport}"),
    )


#: In place of the example's own header, which defines _GNU_SOURCE in the same way.
NO_STORE = ["-D_GNU_SOURCE=", "-include", BENCHES / "loopback" / "no_store.h"]
#: The programs in C, of which source, and what each is linked with.
PROGRAMS = {
    "server": ("loopback", lambda: ["-lssl", "-lcrypto"]),
    "raw": ("loopback", list),
    "own_socket": ("loopback", lambda: linked(0)),
    "bundled": ("loopback", lambda: linked(1)),
    "curl": ("loopback", lambda: ["-lcurl"]),
    "cold": ("loopback", list),
    "cancel": ("loopback", lambda: ["-pthread", *linked(1)]),
    "cancel_curl": ("loopback", lambda: ["-pthread", "-lcurl"]),
    "epoll": ("../examples/c/serving", lambda: linked(0)),
    "epoll_no_store": ("../examples/c/serving", lambda: [*NO_STORE, *linked(0)]),
    "load": ("footprint", lambda: ["-ldl"]),
    "receive": ("receiving", lambda: [*llhttp(), "-lcjson", *linked(0)]),
}

#: As Debian has it: sources, and headers in a place of their own.
LLHTTP = [Path("/usr/share/llhttp") / name for name in ("api.c", "http.c", "llhttp.c")]
LLHTTP_HEADERS = Path("/usr/share/include/llhttp")


def c_programs(*programs: str) -> None:
    C.mkdir(parents=True, exist_ok=True)
    for program in programs or PROGRAMS:
        folder, flags = PROGRAMS[program]
        source = program.removesuffix("_no_store")
        compile_c(program, BENCHES / folder / f"{source}.c", *flags())


def compile_c(program: str, source, *flags: object) -> None:
    warnings = ["-Wall", "-Wextra", "-Werror"]
    out(CC, "-O2", *warnings, "-I", ROOT / "include", source, "-o", C / program, *flags)


def llhttp() -> list[object]:
    """Its objects, compiled without our warnings."""
    missing = [file for file in [*LLHTTP, LLHTTP_HEADERS / "llhttp.h"] if not file.exists()]
    if missing:
        fail(f"no {missing[0]}: `make bench-tools` installs it on Debian")
    objects = [C / f"{source.stem}.o" for source in LLHTTP]
    for source, built in zip(LLHTTP, objects):
        out(CC, "-O2", "-w", "-I", LLHTTP_HEADERS, "-c", source, "-o", built)
    return ["-I", LLHTTP_HEADERS, *objects]


def linked(transport: int) -> list[object]:
    """With the shared library, found where it was built under the name that it carries."""
    folder = LIBRARIES[transport]
    named = re.search(r"SONAME.*\[(.*)\]", out("readelf", "--dynamic", folder / "libatlas_webhook.so"))
    soname = folder / named[1]
    if not soname.exists():
        soname.symlink_to("libatlas_webhook.so")
    return ["-L", folder, "-latlas_webhook", f"-Wl,-rpath,{folder}"]


def venv() -> None:
    wanted = "\n".join(PACKAGES)
    stamp = VENV / "packages"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("installing Python packages")
    out("python3", "-m", "venv", "--clear", VENV)
    out(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES)
    stamp.write_text(wanted)


def libraries() -> None:
    for transport in LIBRARIES:
        library(transport)
