#!/usr/bin/env python3
"""Runs bindings/python/examples/postgres: several receivers and workers, which are killed meanwhile.

    tests/scale.py [--deliveries N] [--seed N] [--receivers N] [--workers N]

Of N deliveries 30 % are duplicates. While they are sent, a receiver or a worker is killed by SIGKILL every
now and then, and started again; the seed decides at which delivery, and which one. A delivery without a
response of 200 is sent again, as a sender would. In the end no event is missing, each is stored once, and the
work for it was committed once.

PostgreSQL is that of Debian (the package postgresql). It runs in a temporary folder, on a socket there, as
the user postgres if this program runs as root. The Python that runs this needs the package atlas_webhook,
psycopg[binary,pool], starlette and uvicorn.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import receivers

from atlas_webhook import Event
from atlas_webhook.testing import sample

EXAMPLE = Path(__file__).resolve().parent.parent / "bindings/python/examples/postgres"
RECEIVER = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLE), "--factory", "receiver:make_app"]
RECEIVER += ["--no-access-log", "--log-level", "warning", "--port"]
WORKER = [sys.executable, str(EXAMPLE / "worker.py")]
SENDERS = 16


@contextlib.contextmanager
def postgres() -> Iterator[None]:
    """A server of its own, which the variables of libpq then name."""
    installed = list(Path("/usr/lib/postgresql").glob("*/bin"))
    if not installed:
        sys.exit("install the package postgresql")
    bin_folder = max(installed, key=lambda folder: float(folder.parent.name))
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="atlas-"))
    try:
        if user:
            shutil.chown(folder, user)
        as_user = {"user": user, "cwd": folder}
        data = folder / "data"
        command = [bin_folder / "initdb", "--auth=trust", "--username=atlas", "--encoding=UTF8"]
        subprocess.run(
            [*command, "--no-sync", data], check=True, stdout=subprocess.DEVNULL, **as_user
        )
        command = [bin_folder / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*command, "-c", "max_connections=50"], stdout=log, stderr=log, **as_user
            )
        try:
            os.environ.update(PGHOST=str(folder), PGUSER="atlas", PGDATABASE="postgres")
            ready = [bin_folder / "pg_isready", "--quiet", "--timeout=30"]
            while subprocess.run(ready, check=False).returncode:
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
            with database() as connection:
                connection.execute((EXAMPLE / "schema.sql").read_text())
            yield
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=60)
            except subprocess.TimeoutExpired:
                server.kill()
                raise
    finally:
        shutil.rmtree(folder)


def database() -> psycopg.Connection:
    return psycopg.connect(autocommit=True)


def value(query: str) -> int:
    with database() as connection:
        return connection.execute(query).fetchone()[0]


def stored() -> Counter[bytes]:
    with database() as connection:
        return Counter(bytes(body) for (body,) in connection.execute("SELECT body FROM deliveries"))


class Process:
    """A receiver or a worker, which can be killed and started again."""

    def __init__(self, command: list[str], log: Path) -> None:
        self.command, self.log = command, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            environment = {**os.environ, "ATLAS_WEBHOOK_URL": receivers.URL}
            self.process = subprocess.Popen(
                self.command, env=environment, stdout=output, stderr=output
            )

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


class Receiver(Process):
    def __init__(self, log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        super().__init__([*RECEIVER, str(self.port)], log)
        receivers.wait_until_listening(self.process, self.port, log)


def events(count: int) -> list[bytes]:
    """Events of which none equals another, half of them with an id."""
    made = []
    for n in range(count):
        order = f"ORDER{n:06}"
        if n % 2:
            made.append(sample("schedule_change", notificationId=f"N{n:06}", orderNo=order))
        else:
            made.append(sample("ticketed", orderNo=order))
    return made


class Senders:
    """Threads that send each delivery until it is acknowledged."""

    def __init__(self, deliveries: list[bytes], ports: list[int]) -> None:
        self.deliveries, self.ports = deliveries, ports
        self.acknowledged = 0
        # Requests that were sent and got no response of 200.
        self.unanswered = 0
        self.changed = threading.Condition()
        self.left = iter(enumerate(deliveries))
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def run(self, nth: int) -> None:
        connections: dict[int, socket.socket] = {}
        while True:
            with self.changed:
                number, body = next(self.left, (None, b""))
            if number is None:
                break
            attempts = 0
            while not self.send(connections, self.ports[(number + attempts) % len(self.ports)], body):
                attempts += 1
                assert attempts < 1000, "a delivery is never acknowledged"
                time.sleep(0.02)
            with self.changed:
                self.acknowledged += 1
                self.changed.notify_all()
        for connection in connections.values():
            connection.close()

    def send(self, connections: dict[int, socket.socket], port: int, body: bytes) -> bool:
        """Whether the response is 200."""
        status = 0
        with contextlib.suppress(OSError):
            if port not in connections:
                connections[port] = socket.create_connection(("127.0.0.1", port), timeout=30)
            connections[port].sendall(receivers.request(body))
            status, _ = receivers.read_response(connections[port])
        if status != 200 and port in connections:
            connections.pop(port).close()
            with self.changed:
                self.unanswered += 1
        return status == 200

    def wait_for(self, count: int) -> None:
        with self.changed:
            while self.acknowledged < count:
                assert any(thread.is_alive() for thread in self.threads)
                self.changed.wait(1)


def kills(choose: random.Random, count: int, processes: list[Process]) -> list[tuple[int, Process]]:
    """After which number of deliveries which process is killed: each at least twice."""
    victims = processes * max(2, count // 4000)
    choose.shuffle(victims)
    return list(zip(sorted(choose.sample(range(count), len(victims))), victims))


def killed_processes_lose_nothing(options: argparse.Namespace, folder: Path) -> None:
    choose = random.Random(options.seed)
    made = events(options.deliveries * 7 // 10)
    deliveries = made + choose.choices(made, k=options.deliveries - len(made))
    choose.shuffle(deliveries)

    listening = [Receiver(folder / f"receiver-{n}") for n in range(options.receivers)]
    working = [Process(WORKER, folder / f"worker-{n}") for n in range(options.workers)]
    started = time.monotonic()
    try:
        senders = Senders(deliveries, [receiver.port for receiver in listening])
        plan = kills(choose, len(deliveries), [*listening, *working])
        for number, victim in plan:
            senders.wait_for(number)
            victim.end(signal.SIGKILL)
            victim.start()
        senders.wait_for(len(deliveries))
        sent = time.monotonic() - started
        while value("SELECT count(*) FROM deliveries WHERE done_at IS NULL"):
            assert all(process.process.poll() is None for process in working)
            time.sleep(0.1)
        done = time.monotonic() - started
    finally:
        with contextlib.ExitStack() as stack:
            for process in [*listening, *working]:
                stack.callback(process.end, signal.SIGTERM)

    found = stored()
    lost, more = Counter(made) - found, found - Counter(made)
    assert not lost and not more, f"{lost.total()} events are missing, {more.total()} are too many"
    assert value("SELECT count(*) FROM deliveries WHERE dedupe_key IS NULL OR problem IS NOT NULL") == 0
    with database() as connection:
        log = Counter(connection.execute("SELECT order_no, kind FROM order_log").fetchall())
    expected = Counter((event.order_no, event.kind) for event in map(Event.parse, made))
    undone, twice = (expected - log).total(), (log - expected).total()
    assert log == expected, f"the work of {undone} events is missing, that of {twice} is done twice"
    print(f"{len(deliveries)} deliveries, {len(deliveries) - len(made)} of them duplicates")
    print(f"{len(plan)} times SIGKILL, {senders.unanswered} requests without a response of 200")
    print(f"acknowledged after {sent:.1f} s, all work done after {done:.1f} s")


def keys_without_an_id_expire(folder: Path) -> None:
    receiver = receivers.Receiver([*RECEIVER, "{port}"], folder / "expiry")

    def an_hour_passes() -> None:
        with database() as connection:
            connection.execute("UPDATE deliveries SET received_at = received_at - interval '1 hour'")

    try:
        before = sum(stored().values())
        active = sample("airline_status", airline=["ZZ"], airlineStatus="Active")
        inactive = sample("airline_status", airline=["ZZ"], airlineStatus="Inactive")
        change = sample("schedule_change", notificationId="EXPIRY")
        for body in (active, active, inactive, change):
            assert receiver.post(body) == 200
        an_hour_passes()
        # At the same time, and only one of them is the third event.
        threads = [threading.Thread(target=receiver.post, args=(active,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert receiver.post(change) == 200
        found = stored()
        times = (found[active], found[inactive], found[change])
        assert times == (2, 1, 1), times
        assert sum(found.values()) == before + 4
    finally:
        receiver.end(signal.SIGTERM)
    print("airline.status Active, Inactive and, after an hour, Active: three events")


def everything_that_it_may_meet(folder: Path) -> None:
    with database() as connection:
        connection.execute("TRUNCATE deliveries, order_log")
    print(receivers.check([*RECEIVER, "{port}"], folder / "everything", stored), "bodies are stored")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--receivers", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    # What was started is ended also if this program is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as name, postgres():
        folder = Path(name)
        try:
            killed_processes_lose_nothing(options, folder)
            keys_without_an_id_expire(folder)
            everything_that_it_may_meet(folder)
        except BaseException:
            for log in sorted(folder.iterdir()):
                print(f"{log.name} printed:\n{log.read_text(errors='replace')}", file=sys.stderr)
            raise
        for log in sorted(folder.iterdir()):
            print(f"{log.name}: ", end="")
            receivers.check_output(log)


if __name__ == "__main__":
    main()
