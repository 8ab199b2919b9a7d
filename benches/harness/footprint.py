"""What the library weighs: bytes, dlopen, crates, building."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from .build import C, RUST
from .common import BENCHES, CARGO, CC, LIBRARIES, ROOT, ROUNDS, TARGET, Json
from .common import environment, middle, out, pinned, rounds, say

#: Whose functions in C are the receiving half, but for the server connection.
RECEIVING = ("receiver", "event", "value")
FEATURES = {"core": ["--no-default-features"], "default": []}


def measure() -> Json:
    return {
        "build": build_times(),
        "crates": {name: crates(flags) for name, flags in FEATURES.items()},
        "size": sizes(),
        "dlopen": dlopen(),
        "curl": curl(),
    }


def crates(features: list[str]) -> int:
    """The library itself is one of them."""
    tree = out(
        CARGO, "tree", "--package", "atlas-webhook", *features, "--edges", "normal,build",
        "--prefix", "none", "--format", "{p}", "--locked", cwd=ROOT,
    )
    return len({line.split()[0] for line in tree.splitlines() if line})


def build_times() -> Json:
    """Clean builds, with what cargo downloads already there."""
    found = {}
    for name, flags in FEATURES.items():
        say(f"clean build: {name}")
        folder = TARGET / f"clean-{name}"
        command = [CARGO, "build", "--release", "--locked", "--package", "atlas-webhook", *flags]
        found[name] = timed(folder, command)
        shutil.rmtree(folder)
    return found


def timed(folder: Path, command: list[object]) -> float:
    shutil.rmtree(folder, ignore_errors=True)
    out(CARGO, "fetch", "--locked", cwd=ROOT)
    started = time.monotonic()
    out(*command, cwd=ROOT, env=environment(CARGO=CARGO, CARGO_TARGET_DIR=folder))
    return time.monotonic() - started


def stripped(file: Path) -> int:
    copy = TARGET / "stripped"
    out("strip", "--strip-unneeded", "-o", copy, file)
    return copy.stat().st_size


def sizes() -> Json:
    """Of the shared libraries, and of programs that have the library in them."""
    found = {"raw": stripped(C / "raw"), "curl-program": stripped(C / "curl")}
    for transport, program in {0: "own_socket", 1: "bundled"}.items():
        folder = LIBRARIES[transport]
        found[f"so-{transport}"] = stripped(folder / "libatlas_webhook.so")
        native = native_libraries(transport)
        static = C / f"{program}-static"
        out(
            CC, "-O2", "-I", ROOT / "include", BENCHES / "loopback" / f"{program}.c", "-o", static,
            folder / "libatlas_webhook.a", *native, "-Wl,--gc-sections",
        )
        found[f"static-{transport}"] = stripped(static)
    found["empty"] = stripped(RUST / "libempty.so")
    return {**found, **halves()}


def native_libraries(transport: int) -> list[str]:
    """What a program that links the archive links too."""
    return (LIBRARIES[transport].parent / f"native-static-libs-{transport}").read_text().split()


def halves() -> Json:
    """What the receiving half and the server connection add: the library linked without their functions, and what
    only those use."""
    functions = re.findall(r" T (atlas_webhook_\w+)", out("nm", "-D", LIBRARIES[0] / "libatlas_webhook.so"))
    server = [name for name in functions if name.startswith("atlas_webhook_server_")]
    receiving = [
        name for name in functions if name.startswith(tuple(f"atlas_webhook_{what}_" for what in RECEIVING))
    ]
    whole = linked_with(functions)
    without_server = linked_with([name for name in functions if name not in server])
    without_both = linked_with([name for name in functions if name not in server + receiving])
    return {"server": whole - without_server, "receiving": without_server - without_both}


def linked_with(functions: list[str]) -> int:
    """A shared library that exports those functions, and has what they need."""
    folder = LIBRARIES[0]
    script, library = TARGET / "exported", TARGET / "libpart.so"
    script.write_text("{ global: " + "; ".join(functions) + "; local: *; };")
    wanted = [f"-Wl,--undefined={name}" for name in functions]
    out(
        CC, "-shared", *wanted, folder / "libatlas_webhook.a", *native_libraries(0), "-o", library,
        "-Wl,--gc-sections", f"-Wl,--version-script={script}",
    )
    # Not the file, whose segments the linker pads to whole pages.
    text, data, *_ = out("size", library).splitlines()[1].split()
    return int(text) + int(data)


def libcurl() -> Path:
    """The one that a program of ours gets."""
    return Path(re.search(r"libcurl\S* => (\S+)", out("ldd", C / "curl"))[1])


def curl() -> Json:
    library = libcurl().resolve()
    needed = set(re.findall(r"=> (\S+)", out("ldd", library)))
    return {
        "size": library.stat().st_size,
        "needs": len(needed),
        "needs-size": sum(Path(file).stat().st_size for file in needed),
        "ours-need": len(re.findall(r"=> (\S+)", out("ldd", LIBRARIES[1] / "libatlas_webhook.so"))),
    }


def dlopen() -> Json:
    say("dlopen, in new processes")
    libraries = {
        "so-0": LIBRARIES[0] / "libatlas_webhook.so",
        "so-1": LIBRARIES[1] / "libatlas_webhook.so",
        "curl": libcurl(),
    }
    found = rounds(libraries, 10 * ROUNDS, lambda name: float(out(*pinned(C / "load", libraries[name]))))
    return {name: middle(times) for name, times in found.items()}
