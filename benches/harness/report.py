"""BENCHMARKS.md: the machine, what was reached and what was not, and the tables behind it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable

from . import plots
from .common import CORE, PYTHON, ROOT, ROUNDS, Json, out, ratio
from .names import CASES, NAMES, PEERS

INTRODUCTION = """\
# Benchmarks

This page is for readers who compare the library with others: it lists time, instructions, allocations and size.

`make bench` measures them and writes this page. `make bench-tools` installs the tools that it needs, on Debian.
`benches/run PART...` measures parts of it; `benches/run --help` lists the parts.

A ratio is from one run, in which the candidates alternate. Instructions are those in user space, counted by callgrind; the
cost of one repetition is the difference of two runs of different length. The library is built as it ships, with the release
profile of `Cargo.toml`. `benches/run` compares its own profile with it before it measures.
"""


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"


def nanoseconds(value: float) -> str:
    for limit, unit, size in [(1e3, "ns", 1), (1e6, "µs", 1e3), (1e9, "ms", 1e6)]:
        if value < limit:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e9:.3g} s"


def spread(found: Json) -> str:
    """The median, and what lies between the quartiles."""
    return f"{nanoseconds(found['median'])} ({nanoseconds(found['low'])} – {nanoseconds(found['high'])})"


def size(value: float) -> str:
    return f"{value / 1e3:,.0f} KB" if value < 1e6 else f"{value / 1e6:.2f} MB"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ---- what must be reached


class Goals:
    """Rows of reached, not reached, not measured."""

    def __init__(self, results: Json) -> None:
        self.results = results
        self.rows: list[list[str]] = []

    def add(self, what: str, bar: str, measured: Callable[[Json], tuple[float, str]], most: float) -> None:
        """A value that is at most so much, and how it is written."""
        try:
            value, written = measured(self.results)
        except KeyError:
            self.rows.append([what, bar, "—", "not measured"])
        else:
            self.rows.append([what, bar, written, "yes" if value <= most else "**no**"])

    def at_least(self, what: str, bar: str, measured: Callable[[Json], tuple[float, str]], least: float) -> None:
        def negative(results: Json) -> tuple[float, str]:
            value, written = measured(results)
            return -value, written

        self.add(what, bar, negative, -least)


def goals(results: Json) -> str:
    made = Goals(results)

    def counted(what: str) -> Callable[[Json], tuple[float, str]]:
        def value(found: Json) -> tuple[float, str]:
            count = found["instructions"]["both-plain"]["library"][what]
            return count, number(count)

        return value

    def of_proto(found: Json) -> tuple[float, str]:
        plain = found["instructions"]["both-plain"]
        ours, theirs = (plain[who]["instructions"] for who in ("library", "ureq-proto"))
        return ours / theirs, f"{ours / theirs:.3f} ({number(ours)} / {number(theirs)})"

    def by_turns(ours: tuple[str, str], theirs: tuple[str, str]) -> Callable[[Json], tuple[float, str]]:
        def value(found: Json) -> tuple[float, str]:
            one, other = (found["micro"][case][who]["rounds"] for who, case in (ours, theirs))
            over_rounds = ratio(one, other)
            return over_rounds, f"{over_rounds:.2f} ({nanoseconds(min(one))} / {nanoseconds(min(other))} at best)"

        return value

    def body(found: Json) -> tuple[float, str]:
        speed = 1024 * 1024 / found["micro"]["body-1m"]["library"]["median"]
        return speed, f"{speed:.1f} GB/s"

    def kept(part: str, who: str, what: str) -> Callable[[Json], tuple[float, str]]:
        def value(found: Json) -> tuple[float, str]:
            one = found[part]["kept"][who][what]
            return one, f"{one:.2f}" if what == "ratio" else number(one)

        return value

    def paired(part: str, group: str, ours: str, theirs: str) -> Callable[[Json], tuple[float, str]]:
        """The median over the rounds: what slows the machine for a while slows both of a round."""

        def value(found: Json) -> tuple[float, str]:
            one, other = (found[part][group][who]["rounds"] for who in (ours, theirs))
            over_rounds = ratio(one, other)
            return over_rounds, f"{over_rounds:.3f}"

        return value

    def quotient(part: str, group: str, ours: str, theirs: str) -> Callable[[Json], tuple[float, str]]:
        def value(found: Json) -> tuple[float, str]:
            one, other = (found[part][group][who]["median"] for who in (ours, theirs))
            return one / other, f"{one / other:.3f} ({nanoseconds(one)} / {nanoseconds(other)})"

        return value

    def beside_nginx(found: Json) -> tuple[float, str]:
        over_rounds = found["receiving"]["epoll_no_store"]["ratio"]
        return over_rounds, f"{over_rounds:.2f}"

    def python(found: Json) -> tuple[float, str]:
        time = found["python"]["build-and-parse"]["package"]["median"]
        return time, nanoseconds(time)

    def weight(what: str) -> Callable[[Json], tuple[float, str]]:
        return lambda found: (found["footprint"]["size"][what], size(found["footprint"]["size"][what]))

    def crates(found: Json) -> tuple[float, str]:
        count = found["footprint"]["crates"]["core"]
        return count, number(count)

    def clean(found: Json) -> tuple[float, str]:
        seconds = found["footprint"]["build"]["core"]
        return seconds, f"{seconds:.1f} s"

    few_bytes = ("library", "bytes-292")
    made.add("build + parse, instructions", "≤ 1/4 of ureq-proto", of_proto, 0.25)
    made.add("build + parse, instructions", "≤ 6,610", counted("instructions"), 6610)
    made.add("build + parse, allocations", "≤ 4", counted("allocations"), 4)
    made.add("292 bytes, one at a time", "≤ 1.0 x llhttp + cJSON", by_turns(few_bytes, ("llhttp", "bytes-292")), 1.0)
    made.add("head of 16 KiB by bytes", "≤ 60 x that", by_turns(("library", "head-16k-bytes"), few_bytes), 60)
    made.at_least("body of 1 MiB", "≥ 5 GB/s", body, 5)
    made.add("C ABI, own socket, time", "≤ 1.1 x raw socket", kept("loopback", "socket-c", "ratio"), 1.1)
    made.add("C ABI, own socket, system calls", "2", kept("loopback", "socket-c", "calls"), 2)
    made.add("C ABI, own socket, instructions", "≤ 10,000", kept("loopback", "socket-c", "instructions"), 10000)
    made.add("bundled, kept alive", "≤ 1.05 x ureq", paired("loopback", "kept", "bundled-rust", "ureq"), 1.05)
    made.add("cold HTTPS, one authority", "≤ 0.4 x libcurl", quotient("loopback", "secure", "bundled-c", "curl"), 0.4)
    made.add(
        "cold HTTPS, the system's authorities", "≤ 0.4 x libcurl",
        quotient("loopback", "secure-system", "bundled-c", "curl"), 0.4,
    )
    made.at_least("epoll example without its store, deliveries per second of CPU", "≥ 1.0 x nginx", beside_nginx, 1.0)
    made.add("Python, own socket", "≤ 1.3 x raw socket, C", kept("python", "py-socket", "ratio"), 1.3)
    made.add("Python, build + parse", "≤ 3.0 µs", python, 3000)
    made.add("`.so` without the transport", "≤ 320 KB", weight("so-0"), 320e3)
    made.add("`.so` with the transport", "≤ 1.7 MB", weight("so-1"), 1.7e6)
    made.add("dlopen, without the transport", "≤ 1/10 of libcurl's", quotient("footprint", "dlopen", "so-0", "curl"), 0.1)
    made.add("dlopen, with the transport", "≤ 1/10 of libcurl's", quotient("footprint", "dlopen", "so-1", "curl"), 0.1)
    made.add("crates of the core", "≤ 14", crates, 14)
    made.add("clean build of the core", "≤ 15 s", clean, 15)
    return table(["What", "Goal", "Measured", "Reached"], made.rows)


# ---- the parts


def counts(found: Json) -> str:
    def rows(what: str) -> list[list[str]]:
        return [
            [CASES[case], *(number(by[who][what]) if who in by else "—" for who in PEERS)]
            for case, by in found.items()
        ]

    head = ["", *(NAMES[who] for who in PEERS)]
    return (
        "Instructions of one repetition. Unless a row states otherwise, 64 different responses of 250 to 480 bytes "
        "are parsed in rotation. ureq-proto and hyper cannot parse without building a request. llhttp + cJSON only "
        "reads and stores no field.\n\n"
        + table(head, rows("instructions"))
        + "\nAllocations, including reallocations.\n\n"
        + table(head, rows("allocations"))
    )


def times(found: Json) -> str:
    def cell(by: Json, who: str) -> str:
        if who not in by:
            return "—"
        time = by[who]["median"]
        return nanoseconds(time) if who == "library" else f"{time / by['library']['median']:.2f}"

    rows = [[CASES[case], *(cell(found[case], who) for who in PEERS)] for case in CASES if case in found]
    return (
        "Medians by Criterion. For the other parsers, the ratio to the library's median.\n\n"
        + table(["", *(NAMES[who] for who in PEERS)], rows)
    )


def kept(found: Json, floor: str) -> str:
    rows = [
        [
            NAMES[who], spread(one), f"{one['ratio']:.2f}", number(one["calls"]),
            number(one["instructions"]), size(one["resident"] * 1024),
        ]
        for who, one in found.items()
    ]
    head = ["", "time", f"x {floor}", "system calls", "instructions", "resident, at most"]
    return table(head, rows)


def cold(found: Json) -> str:
    rows = [
        [NAMES[who], spread(one), number(one["calls"]), size(one["resident"] * 1024)]
        for who, one in found.items()
    ]
    return table(["", "time", "system calls", "resident, at most"], rows)


def end_to_end(found: Json) -> str:
    cancels = [
        [case, *(spread(found["cancel"][case][who]) for who in ("bundled", "curl"))]
        for case in ("silent", "connecting")
    ]
    return (
        "Client and server share one core. One registration over a kept connection:\n\n"
        + kept(found["kept"], "raw socket")
        + "\nOne process for each registration, from before its start to after its end:\n\n"
        + cold(found["cold"])
        + "\nOne process for each registration, by HTTPS, with one authority in the CA file:\n\n"
        + cold(found["secure"])
        + "\nBy HTTPS, with the system's authorities in the CA file:\n\n"
        + cold(found["secure-system"])
        + "\nThe time until a cancelled call returns, for a server that is silent, and for one that neither accepts "
        "nor refuses the connection. The progress callback of libcurl ends its call.\n\n"
        + table(["", "bundled", "libcurl"], cancels)
    )


def receiving(found: Json) -> str:
    rows = [
        [title, *(number(found[who][what]) for what in ("median", "low", "high")), f"{found[who]['ratio']:.2f}"]
        for who, title in [
            ("epoll_no_store", "**epoll example without its store**"),
            ("epoll", "**epoll example**"),
            ("nginx", "nginx, `return 200`"),
        ]
    ]
    return (
        "Deliveries for each second that the server computed, in the kernel too, from wrk over 16 connections that "
        "are kept. The example checks and reads each delivery, and looks whether its event is stored; nginx responds from "
        "its configuration, so the goal is for the example without its store.\n\n"
        + table(["", "median", "low", "high", "x nginx"], rows)
    )


def from_python(found: Json) -> str:
    parse = [[name, spread(found["build-and-parse"][who])] for who, name in
             [("package", "**atlas_webhook**"), ("h11", "h11 + json")]]
    return (
        "One registration over a kept connection:\n\n"
        + kept(found["kept"], "raw socket, C")
        + "\nOne process for each registration:\n\n"
        + cold(found["cold"])
        + "\nOne process for each registration, by HTTPS:\n\n"
        + cold(found["secure"])
        + "\nBuild + parse, without a socket:\n\n"
        + table(["", "time"], parse)
    )


def weight(found: Json) -> str:
    sizes, curl, dlopen, built = found["size"], found["curl"], found["dlopen"], found["build"]
    return (
        "Stripped. A static program contains the library, but not the C library. The size of libcurl is that of its "
        f"`.so` only. It needs {curl['needs']} more, {size(curl['needs-size'])} together. This library needs "
        f"{curl['ours-need']}, which belong to the C library and the compiler.\n\n"
        + table(["", "without the transport", "with", "libcurl"], [
            ["`.so`", size(sizes["so-0"]), size(sizes["so-1"]), size(curl["size"])],
            ["program", size(sizes["static-0"]), size(sizes["static-1"]), f"{size(sizes['curl-program'])}, not static"],
            ["dlopen", *(spread(dlopen[name]) for name in ("so-0", "so-1", "curl"))],
        ])
        + "\nThe size of a program with a raw socket and without library is " + size(sizes["raw"]) + ".\n\n"
        + table(["", "core, without features", "default features"], [
            ["crates, the library's own among them", *(number(found["crates"][name]) for name in ("core", "default"))],
            ["clean build", *(f"{built[name]:.1f} s" for name in ("core", "default"))],
        ])
    )


SECTIONS = {
    "instructions": ("Instructions and allocations", counts),
    "micro": ("Time without a network", times),
    "loopback": ("Whole registrations", end_to_end),
    "receiving": ("Deliveries", receiving),
    "python": ("Whole registrations from Python", from_python),
    "footprint": ("Footprint", weight),
}


# ---- the page


def wrapped(line: str) -> str:
    """Prose as the other pages have it."""
    if len(line) <= 110 or line.startswith(("|", "!")):
        return line
    return textwrap.fill(line, 110, break_long_words=False, break_on_hyphens=False)


def version(*command: object) -> str:
    """The first line of what a program says of itself."""
    if shutil.which(str(command[0])) is None:
        return "missing"
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    return next(iter((done.stdout + done.stderr).splitlines()), "missing")


def machine() -> str:
    with open("/proc/cpuinfo") as info:
        model = re.search(r"^model name\s*: (.*)$", info.read(), re.MULTILINE)
    with open("/proc/meminfo") as info:
        memory = int(re.search(r"MemTotal:\s*(\d+)", info.read())[1])
    with open("/etc/os-release") as info:
        system = re.search(r'^PRETTY_NAME="?([^"\n]*)', info.read(), re.MULTILINE)
    rows = [
        ["processor", f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"],
        ["memory", f"{memory / 1024 / 1024:.1f} GiB"],
        ["system", f"{system[1]}, Linux {platform.release()}, {platform.machine()}"],
        ["compilers", f"{version('rustc', '--version')}; {version('cc', '--version')}"],
        ["Python", version(PYTHON, "--version")],
        ["counters", f"{version('valgrind', '--version')}, {version('strace', '--version')}"],
        ["libcurl", version("curl-config", "--version")],
        ["core of what is timed", str(CORE)],
    ]
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


def commands(found: Json) -> str:
    rows = [
        [f"`benches/run {part}`", one["commit"], f"{one['seconds']:.0f} s", f"{one['load']:.1f}",
         "measured" if "results" in one else "**not measured**"]
        for part, one in found.items()
    ]
    head = ["Command", "commit", "took", "load before", ""]
    # The builds before a part keep every core busy.
    busy = any(one["load"] > os.cpu_count() + 1 for one in found.values())
    doubt = "\n**The machine had other work to do: the times here mean little, the counts stand.**\n" if busy else ""
    return table(head, rows) + doubt + f"\nAlternating candidates were timed {ROUNDS} times. `BENCH_ROUNDS` sets another number.\n"


def write(found: Json) -> str:
    results = {part: one["results"] for part, one in found.items() if "results" in one}
    drawn = plots.draw(results)
    pieces = [INTRODUCTION, machine(), commands(found), "## Goals\n", goals(results)]
    for part, (title, section) in SECTIONS.items():
        pieces.append(f"## {title}\n")
        if part not in found:
            pieces.append("Not measured.\n")
        elif part not in results:
            pieces.append(f"Could not be measured:\n\n```\n{found[part]['failed'].strip()}\n```\n")
        else:
            pieces.append(section(results[part]))
            pieces += [f"![{caption}](docs/bench/{name}.svg)\n" for name, caption in drawn.get(part, {}).items()]
    text = "\n".join(wrapped(line) for piece in pieces for line in piece.split("\n"))
    (ROOT / "BENCHMARKS.md").write_text(text)
    return text
