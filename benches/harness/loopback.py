"""Whole registrations over loopback, client and server on one core."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from functools import partial

from .build import C, RUST
from .common import BENCHES, LIBRARIES, PYTHON, ROOT, ROUNDS, TARGET, Json
from .common import each, environment, instructions, middle, out, pinned, ratio, rounds, say
from .common import system_calls

CLIENTS = {
    "raw": [C / "raw"],
    "socket-rust": [RUST / "socket"],
    "socket-c": [C / "own_socket"],
    "bundled-rust": [RUST / "bundled"],
    "bundled-c": [C / "bundled"],
    "ureq": [RUST / "ureq"],
    "curl": [C / "curl"],
}
SCRIPTS = BENCHES / "python"
PYTHON_CLIENTS = {
    "py-socket": [PYTHON, SCRIPTS / "own_socket.py"],
    "py-bundled": [PYTHON, SCRIPTS / "bundled.py"],
    "py-http": [PYTHON, SCRIPTS / "by_http_client.py"],
    "py-requests": [PYTHON, SCRIPTS / "by_requests.py"],
    "py-httpx": [PYTHON, SCRIPTS / "by_httpx.py"],
}
#: Those that speak TLS by themselves. libcurl is the floor.
SECURE = ["curl", "bundled-rust", "bundled-c", "ureq"]
#: Where a cancelled call was. libcurl has no back-off.
PHASES = ["resolving", "connecting", "proxy", "tls", "sending", "waiting", "reading", "back-off"]
SECURE_PYTHON = ["py-bundled", "py-http", "py-requests", "py-httpx"]
#: Of what takes a whole interpreter each time.
FEWER = max(2, ROUNDS // 2)
COMMANDS = {**CLIENTS, **PYTHON_CLIENTS}


def client_environment() -> dict[str, str]:
    """The package out of the repository, with the library with the transport."""
    return environment(
        ATLAS_WEBHOOK_LIBRARY=LIBRARIES[1] / "libatlas_webhook.so",
        PYTHONPATH=ROOT / "bindings" / "python" / "src",
    )


@contextmanager
def server(*certificate: object, closes: bool = False):
    """Its URL."""
    words = [str(word) for word in pinned(C / "server", "close" if closes else "kept", *certificate)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().strip()
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def certificates() -> tuple[list[object], object, object]:
    """The server's certificate and key; its authority alone; that together with the system's."""
    folder = TARGET / "tls"
    folder.mkdir(exist_ok=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    authority, signing = folder / "ca.pem", folder / "ca.key"
    certificate, secret = folder / "server.pem", folder / "server.key"
    out("openssl", "req", "-x509", *key, "-subj", "/CN=bench CA", "-keyout", signing, "-out", authority)
    out(
        "openssl", "req", "-x509", *key, "-subj", "/CN=127.0.0.1", "-keyout", secret,
        "-out", certificate, "-CA", authority, "-CAkey", signing,
        "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
        "-addext", "extendedKeyUsage=serverAuth",
    )
    system = folder / "system.pem"
    with open("/etc/ssl/certs/ca-certificates.crt") as bundle:
        system.write_text(bundle.read() + authority.read_text())
    return [certificate, secret], authority, system


def kept(clients, url: str, n: int, few: int, many: int, *ca_file: object) -> Json:
    """In one process: over a connection that is kept, or over one after the other if the server closes it."""
    resident: dict[str, list[int]] = {name: [] for name in clients}
    variables = client_environment()

    def measure(name: str) -> float:
        line = out(*pinned(*COMMANDS[name], url, n, *ca_file), env=variables)
        elapsed, most = map(int, line.split())
        resident[name].append(most)
        return elapsed / n

    found = rounds(clients, ROUNDS, measure)
    result = {}
    for name in clients:
        say(f"counting {name}")

        def counted(count) -> float:
            return each(partial(count, env=variables), few, many, *COMMANDS[name], url, behind=ca_file)

        result[name] = {
            **middle(found[name]),
            "ratio": ratio(found[name], found[clients[0]]),
            "rounds": found[name],
            "calls": counted(system_calls),
            "instructions": counted(instructions),
            "resident": middle(resident[name])["median"],
        }
    return result


def threads(url: str) -> int:
    """How many threads 10,000 registrations start."""
    return system_calls(*COMMANDS["bundled-c"], url, 10000, only="clone,clone3")


def cold(clients, url: str, times: int, each_time: int, *ca_file: object) -> Json:
    """A process for each registration."""

    def measure(name: str) -> list[float]:
        command = pinned(C / "cold", each_time, *COMMANDS[name], url, 0, *ca_file)
        return [float(line) for line in out(*command, env=client_environment()).split()]

    found = rounds(clients, times, measure)
    result = {}
    for name in clients:
        command = [*COMMANDS[name], url, 0, *ca_file]
        line = out(*command, env=client_environment())
        result[name] = {
            **middle(found[name]),
            "ratio": ratio(found[name], found[clients[0]]),
            "calls": system_calls(*command, env=client_environment()),
            "resident": int(line.split()[1]),
        }
    return result


def cancel() -> Json:
    found: Json = {}
    for phase in PHASES:
        say(f"cancelling: {phase}")
        for name, program, n in [("bundled", C / "cancel", 25), ("curl", C / "cancel_curl", 6)]:
            if (name, phase) != ("curl", "back-off"):
                times = [float(line) for line in out(*pinned(program, phase, n)).split()]
                found.setdefault(phase, {})[name] = {**middle(times), "worst": max(times)}
    return found


def build_and_parse() -> Json:
    """In Python, without a socket."""

    def measure(who: str) -> float:
        n = 20000 if who == "package" else 2000
        script = SCRIPTS / "build_and_parse.py"
        return int(out(*pinned(PYTHON, script, who, n), env=client_environment())) / n

    return {who: middle(times) for who, times in rounds(["package", "h11"], ROUNDS, measure).items()}


def programs() -> Json:
    pair, authority, system = certificates()
    result: Json = {}
    with server() as url:
        say("kept alive: C and Rust")
        result["kept"] = kept(list(CLIENTS), url, 3000, 100, 1100)
        result["threads"] = threads(url)
        say("a process for each: C and Rust")
        result["cold"] = cold(list(CLIENTS), url, ROUNDS, 8)
    with server(*pair) as url:
        say("kept alive: TLS")
        result["kept-secure"] = kept(SECURE, url, 2000, 50, 550, authority)
        say("a process for each: TLS")
        result["secure"] = cold(SECURE, url, ROUNDS, 3, authority)
        result["secure-system"] = cold(SECURE, url, ROUNDS, 3, system)
    with server(*pair, closes=True) as url:
        say("a connection for each: TLS")
        result["resumed"] = kept(SECURE, url, 200, 10, 60, authority)
    result["cancel"] = cancel()
    return result


def python() -> Json:
    say("kept alive: Python")
    with server() as url:
        # The floor is the same as for the others.
        result = {"kept": kept(["raw", *PYTHON_CLIENTS], url, 1000, 20, 120)}
        say("a process for each: Python")
        result["cold"] = cold(list(PYTHON_CLIENTS), url, FEWER, 1)
    pair, authority, _ = certificates()
    with server(*pair) as url:
        result["secure"] = cold(SECURE_PYTHON, url, FEWER, 1, authority)
    result["build-and-parse"] = build_and_parse()
    return result
