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
from .names import CASES, LARGE, NAMES, PEERS

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

    def part(self, title: str) -> None:
        self.rows.append([f"**{title}**", "", "", ""])

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

    def worst(found: Json) -> tuple[float, str]:
        phases = {phase: by["bundled"] for phase, by in found["loopback"]["cancel"].items()}
        phase = max(phases, key=lambda phase: phases[phase]["worst"])
        return phases[phase]["worst"], f"{nanoseconds(phases[phase]['worst'])} ({phase})"

    def slowest(found: Json) -> tuple[float, str]:
        phases = {phase: by["bundled"] for phase, by in found["loopback"]["cancel"].items()}
        phase = max(phases, key=lambda phase: phases[phase]["median"])
        return phases[phase]["median"], f"{nanoseconds(phases[phase]['median'])} ({phase})"

    def threads(found: Json) -> tuple[float, str]:
        return found["loopback"]["threads"], number(found["loopback"]["threads"])

    def read(group: str, who: str, what: str) -> Callable[[Json], tuple[float, str]]:
        def value(found: Json) -> tuple[float, str]:
            one = found["deliveries"][group][who][what]
            return one, f"{one:.2f}" if what == "ratio" else number(one)

        return value

    def key(found: Json) -> tuple[float, str]:
        by = found["deliveries"]["read"]
        count = by["rust-key"]["instructions"] - by["rust"]["instructions"]
        return count, number(count)

    def slow(what: str, *cases: str) -> Callable[[Json], tuple[float, str]]:
        """The slowest of these bodies."""

        def value(found: Json) -> tuple[float, str]:
            case = min(cases, key=lambda case: found["deliveries"]["large"][case][what])
            speed = found["deliveries"]["large"][case][what]
            return speed, f"{number(speed)} MB/s ({LARGE[case]})"

        return value

    def memory(found: Json) -> tuple[float, str]:
        """Of a body of one string; each value may cost 80 bytes more."""
        most = found["deliveries"]["large"]["string"]["most"]
        return most, f"{most:.2f} x"

    def of_json(found: Json) -> tuple[float, str]:
        by = {case: one["headers"] / one["json"] for case, one in found["deliveries"]["python"].items()}
        case = max(by, key=lambda case: by[case])
        return by[case], f"{by[case]:.2f} ({case})"

    def of_h11(found: Json) -> tuple[float, str]:
        by = found["python"]["build-and-parse"]
        one, other = by["package"]["median"], by["h11"]["median"]
        return one / other, f"{one / other:.3f} ({nanoseconds(one)} / {nanoseconds(other)})"

    def over_empty(found: Json) -> tuple[float, str]:
        sizes = found["footprint"]["size"]
        over = sizes["so-0"] - sizes["empty"]
        return over, f"{size(over)} ({size(sizes['so-0'])} - {size(sizes['empty'])})"

    def secure(what: str) -> Callable[[Json], tuple[float, str]]:
        def value(found: Json) -> tuple[float, str]:
            one = found["loopback"]["kept-secure"]["bundled-c"][what]
            return one, number(one)

        return value

    def weight(what: str) -> Callable[[Json], tuple[float, str]]:
        return lambda found: (found["footprint"]["size"][what], size(found["footprint"]["size"][what]))

    def crates(found: Json) -> tuple[float, str]:
        count = found["footprint"]["crates"]["core"]
        return count, number(count)

    def clean(found: Json) -> tuple[float, str]:
        seconds = found["footprint"]["build"]["core"]
        return seconds, f"{seconds:.1f} s"

    few_bytes = ("library", "bytes-292")
    made.part("Build and parse")
    made.add("instructions", "≤ 1/4 of ureq-proto", of_proto, 0.25)
    made.add("instructions", "≤ 6,610", counted("instructions"), 6610)
    made.add("allocations", "≤ 4", counted("allocations"), 4)
    made.add("292 bytes, one at a time", "≤ 1.0 x llhttp + cJSON", by_turns(few_bytes, ("llhttp", "bytes-292")), 1.0)
    made.add("head of 16 KiB by bytes", "≤ 60 x that", by_turns(("library", "head-16k-bytes"), few_bytes), 60)
    made.at_least("body of 1 MiB", "≥ 5 GB/s", body, 5)
    made.part("Own socket, C ABI, kept connection")
    made.add("time", "≤ 1.1 x raw socket", kept("loopback", "socket-c", "ratio"), 1.1)
    made.add("system calls", "2", kept("loopback", "socket-c", "calls"), 2)
    made.add("instructions", "≤ 10,000", kept("loopback", "socket-c", "instructions"), 10000)
    made.part("Bundled transport, C ABI")
    made.add("kept connection, http", "≤ 1.25 x raw socket", kept("loopback", "bundled-c", "ratio"), 1.25)
    made.add("kept connection, http", "≤ 0.75 x libcurl", paired("loopback", "kept", "bundled-c", "curl"), 0.75)
    made.add("kept connection, http", "≤ 1.05 x ureq", paired("loopback", "kept", "bundled-rust", "ureq"), 1.05)
    made.add("kept connection, http, instructions", "≤ 12,000", kept("loopback", "bundled-c", "instructions"), 12000)
    made.add("kept connection, http, system calls", "≤ 4", kept("loopback", "bundled-c", "calls"), 4)
    made.add("kept connection, TLS", "≤ 0.7 x libcurl", paired("loopback", "kept-secure", "bundled-c", "curl"), 0.7)
    made.add("kept connection, TLS, instructions", "≤ 20,000", secure("instructions"), 20000)
    made.add("cold HTTPS, one authority", "≤ 0.3 x libcurl", quotient("loopback", "secure", "bundled-c", "curl"), 0.3)
    made.add(
        "cold HTTPS, the system's authorities", "≤ 0.3 x libcurl",
        quotient("loopback", "secure-system", "bundled-c", "curl"), 0.3,
    )
    made.add("cancel, the slowest phase, median", "≤ 1 ms", slowest, 1e6)
    made.add("cancel, the slowest phase, worst", "≤ 10 ms", worst, 10e6)
    made.add("threads started by 10,000 sends to an address", "0", threads, 0)
    made.part("A delivery of 382 bytes: check, type, cid, order number, two fields of a passenger")
    made.add("Rust, instructions", "≤ 16,500", read("read", "rust", "instructions"), 16500)
    made.add("C ABI, instructions", "≤ 19,000", read("read", "c", "instructions"), 19000)
    made.add("Rust, allocations", "≤ 5", read("read", "rust", "allocations"), 5)
    made.add("C ABI, allocations", "≤ 8", read("read", "c", "allocations"), 8)
    made.add("its deduplication key, instructions", "≤ 46,000", key, 46000)
    made.add("Python", "≤ 3 x json.loads and five searches", of_json, 3)
    made.part("Large deliveries")
    made.at_least("one string; 20,000 values", "≥ 300 MB/s", slow("speed", "string", "values"), 300)
    made.at_least("with the key", "≥ 120 MB/s", slow("with-key", "string", "values"), 120)
    made.at_least("escapes; 20,000 keys", "≥ 150 MB/s", slow("speed", "escapes", "keys"), 150)
    made.at_least("with the key", "≥ 60 MB/s", slow("with-key", "escapes", "keys"), 60)
    made.add("memory, one string", "≤ 3 x the body", memory, 3)
    made.part("Server connection, C ABI, a delivery of 486 + 870 bytes")
    made.add("instructions, without the event", "≤ 9,000", read("served", "server", "instructions"), 9000)
    # 0.7 x the 61,345 of picohttpparser and cJSON.
    made.add("instructions, with the event", "≤ 42,940", read("served", "server-event", "instructions"), 42940)
    made.add("time, with the event", "≤ 1.0 x llhttp + cJSON", read("served", "server-event", "ratio"), 1.0)
    made.at_least("the epoll example without its store, deliveries per second of CPU", "≥ 1.0 x nginx", beside_nginx, 1.0)
    made.part("Python")
    made.add("own socket", "≤ 1.3 x raw socket, C", kept("python", "py-socket", "ratio"), 1.3)
    made.add("build + parse", "≤ 0.2 x h11 + json", of_h11, 0.2)
    made.part("Footprint")
    made.add("`.so` without the transport, over an empty one", "≤ 225 KB", over_empty, 225e3)
    made.add("`.so` with the transport", "≤ 1.55 MB", weight("so-1"), 1.55e6)
    made.add("what receiving adds to the `.so`", "≤ 60 KB", weight("receiving"), 60e3)
    made.add("what the server connection adds to it", "≤ 25 KB", weight("server"), 25e3)
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
    def cancelled(by: Json, who: str) -> list[str]:
        return [spread(by[who]), nanoseconds(by[who]["worst"])] if who in by else ["—", "—"]

    cancels = [
        [phase, *cancelled(by, "bundled"), *cancelled(by, "curl")] for phase, by in found["cancel"].items()
    ]
    return (
        "Client and server share one core. One registration over a kept connection:\n\n"
        + kept(found["kept"], "raw socket")
        + "\nOne registration over a kept connection with TLS 1.3:\n\n"
        + kept(found["kept-secure"], "libcurl")
        + "\nOne registration over TLS to a server that closes the connection after each response. Sessions are "
        "resumed:\n\n"
        + kept(found["resumed"], "libcurl")
        + "\nOne process for each registration, from before its start to after its end:\n\n"
        + cold(found["cold"])
        + "\nOne process for each registration, by HTTPS, with one authority in the CA file:\n\n"
        + cold(found["secure"])
        + "\nBy HTTPS, with the system's authorities in the CA file:\n\n"
        + cold(found["secure-system"])
        + "\nThe time until a cancelled call returns, by the phase in which it is cancelled. The progress callback of "
        "libcurl ends its call. libcurl has no back-off.\n\n"
        + table(["", "bundled", "worst", "libcurl", "worst"], cancels)
    )


def deliveries(found: Json) -> str:
    def rows(group: str) -> list[list[str]]:
        return [
            [NAMES[who], spread(one), f"{one['ratio']:.2f}", number(one["instructions"]), number(one["allocations"])]
            for who, one in found[group].items()
        ]

    large = [
        [LARGE[case], size(one["size"]), number(one["speed"]), number(one["with-key"]), f"{one['most']:.2f}"]
        for case, one in found["large"].items()
    ]
    python = [
        [case, *(f"{one[who]:.1f} µs" for who in ("read", "headers", "json", "h11")), f"{one['headers'] / one['json']:.2f}"]
        for case, one in found["python"].items()
    ]
    return (
        "A delivery of 382 bytes, checked and read for its type, cid and order number and two fields of a passenger. "
        "serde_json and cJSON only parse, and compare no target.\n\n"
        + table(["", "time", f"x {NAMES['serde_json']}", "instructions", "allocations"], rows("read"))
        + "\nA request of 486 bytes with a body of 870, from bytes to the response, through the C ABI and in C:\n\n"
        + table(["", "time", f"x {NAMES['llhttp-cjson']}", "instructions", "allocations"], rows("served"))
        + "\nLarge bodies in Rust. The memory is the most at once, for each byte of the body.\n\n"
        + table(["", "body", "MB/s", "MB/s with the key", "x memory"], large)
        + "\nIn Python, the fastest of many rounds by turns: `Receiver.read` without and with four header fields, "
        "`json.loads`, and h11 with `json.loads`, which also reads the head; each with five fields.\n\n"
        + table(["", "read", "with headers", "json", "h11 + json", "with headers x json"], python)
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
        "are kept. The example checks and reads each delivery, looks whether its event is stored, and syncs the folder; "
        "nginx responds from its configuration, so the goal is for the example without its store.\n\n"
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
        + "\nThe size of a program with a raw socket and without library is " + size(sizes["raw"]) + ". The size of a shared "
        "library in Rust that only catches a panic is " + size(sizes["empty"]) + ". The functions of the server connection "
        "add " + size(sizes["server"]) + " to the `.so` without the transport, those of receiving "
        + size(sizes["receiving"]) + ".\n\n"
        + table(["", "core, without features", "default features"], [
            ["crates, the library's own among them", *(number(found["crates"][name]) for name in ("core", "default"))],
            ["clean build", *(f"{built[name]:.1f} s" for name in ("core", "default"))],
        ])
    )


SECTIONS = {
    "instructions": ("Instructions and allocations", counts),
    "micro": ("Time without a network", times),
    "deliveries": ("Deliveries", deliveries),
    "loopback": ("Whole registrations", end_to_end),
    "receiving": ("Deliveries beside nginx", receiving),
    "python": ("Whole registrations from Python", from_python),
    "footprint": ("Footprint", weight),
}


# ---- the page


def wrapped(text: str) -> str:
    """Joins the lines of each paragraph, and breaks it at the width of the other pages."""
    lines: list[tuple[str, bool]] = []
    is_code = follows = False
    for line in text.split("\n"):
        is_fence = line.startswith("```")
        is_code ^= is_fence
        is_prose = line != "" and not is_code and not is_fence and not line.startswith(("|", "!", "#"))
        if is_prose and follows:
            line = f"{lines.pop()[0]} {line}"
        lines.append((line, is_prose))
        follows = is_prose
    return "\n".join(
        textwrap.fill(line, 110, break_long_words=False, break_on_hyphens=False) if is_prose else line
        for line, is_prose in lines
    )


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
    # The rest of the kernel's version names a build.
    kernel = ".".join(platform.release().split(".")[:2])
    rows = [
        ["processor", f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"],
        ["memory", f"{memory / 1024 / 1024:.1f} GiB"],
        ["system", f"{system[1]}, Linux {kernel}, {platform.machine()}"],
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
    text = page(found, plots.draw(results))
    (ROOT / "BENCHMARKS.md").write_text(text)
    return text


def page(found: Json, drawn: Json | None = None) -> str:
    results = {part: one["results"] for part, one in found.items() if "results" in one}
    drawn = drawn or {}
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
    return wrapped("\n".join(pieces))
