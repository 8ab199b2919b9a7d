"""Deliveries per second of the server's own CPU: the epoll example, which checks, reads and stores them, beside nginx,
which responds with 200 from its configuration."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import create_connection, create_server
from tempfile import TemporaryDirectory

from .build import C
from .common import BENCHES, ROOT, Json, fail, middle, out, pinned, ratio, rounds

#: By turns, so often.
TURNS = 5
SECONDS = 3
CONNECTIONS = 16
PATH = "/atlas/8f3c2b7e5d1a4c6f"


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def running(command: list[object], port: int) -> Iterator[int]:
    """The process, once it listens."""
    words = [str(word) for word in pinned(*command)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        else:
            fail(f"{words} does not listen")
        yield process.pid
    finally:
        process.kill()
        process.wait()


def nginx(folder: Path, port: int) -> list[object]:
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr crit;\n"
        f"events {{}}\nhttp {{ access_log off; keepalive_requests 1000000000; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }} }}\n"
    )
    return ["nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]


def seconds_of(process: int) -> float:
    """What the process computed, in the kernel too."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure() -> Json:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        ports = {name: free_port() for name in ("epoll", "epoll_no_store", "nginx")}
        store = folder / "store"
        store.mkdir()
        commands = {
            name: [C / name, f"127.0.0.1:{ports[name]}", f"https://example.com{PATH}", store]
            for name in ("epoll", "epoll_no_store")
        }
        commands["nginx"] = nginx(folder, ports["nginx"])
        processes = {
            name: stack.enter_context(running(command, ports[name])) for name, command in commands.items()
        }

        def deliveries(name: str) -> float:
            """For each second that the server computed."""
            before = seconds_of(processes[name])
            printed = out(
                "wrk", "--threads", "1", "--connections", CONNECTIONS, "--duration", f"{SECONDS}s",
                "--script", BENCHES / "loopback" / "deliver.lua", f"http://127.0.0.1:{ports[name]}{PATH}",
                "--", ROOT / "samples" / "ticketed.json",
            )
            used = seconds_of(processes[name]) - before
            found = re.search(r"completed (\d+) failed (\d+)", printed)
            if not found or int(found[2]) or not int(found[1]):
                fail(f"wrk says of {name}: {printed}")
            return int(found[1]) / used

        for name in commands:
            deliveries(name)
        found = rounds(list(commands), TURNS, deliveries)
        if len(list(store.iterdir())) != 1:
            fail("the event is not stored once")
    return {
        name: {**middle(rates), "rounds": rates, "ratio": ratio(rates, found["nginx"])}
        for name, rates in found.items()
    }
