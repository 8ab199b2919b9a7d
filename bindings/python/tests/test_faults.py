"""Every fault of a network by the bundled transport, as docs/transport.md lists it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import CREDENTIALS, clean_environment, crate, registration

from atlas_webhook import AtlasWebhookError, Transport, errors

#: The names of kinds whose class is called otherwise.
RENAMED = {"TIMEOUT": "TimedOutError", "IO": "TransferError"}

# Sends while the process lacks a resource, and again with it. Prints both outcomes.
WITH_SHORTAGE = """
import errno, os, resource, sys
from atlas_webhook import AtlasWebhookError, Endpoint, Request, Transport

url, shortage = sys.argv[1:]
request = Request.registration(Endpoint(url), "https://example.com/atlas")
with Transport() as transport:
    if shortage == "threads":
        limited = resource.RLIMIT_AS
        with open("/proc/self/status") as status:
            size = next(int(line.split()[1]) for line in status if line.startswith("VmSize:"))
        limit = (size + 1024) * 1024
    else:
        limited = resource.RLIMIT_NOFILE
        lowest_free = os.open("/dev/null", os.O_RDONLY)
        os.close(lowest_free)
        limit = lowest_free + int(shortage.rpartition("-")[2])
    before = resource.getrlimit(limited)
    resource.setrlimit(limited, (limit, before[1]))
    try:
        transport.send(request)
    except AtlasWebhookError as error:
        found = error
    finally:
        resource.setrlimit(limited, before)
    print(type(found).__name__, errno.errorcode[found.errno], found.retryable, found.attempts)
    print(transport.send(request).message)
"""


class Fault(NamedTuple):
    name: str
    kind: str
    url: str
    ca: str
    shortage: str


def faults_program() -> str:
    """The server of the faults: the one that ATLAS_WEBHOOK_FAULTS names, or what cargo builds."""
    if named := os.environ.get("ATLAS_WEBHOOK_FAULTS"):
        return named
    command = ["cargo", "build", "--quiet", "--locked", "--example", "faults"]
    command += ["--message-format", "json-render-diagnostics"]
    built = subprocess.run(
        command, cwd=crate(), env=clean_environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    (program,) = (message["executable"] for message in messages if message.get("executable"))
    return str(program)


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Fault]]:
    with subprocess.Popen(
        [faults_program(), str(tmp_path_factory.mktemp("faults"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        lines = iter(server.stdout.readline, "\n")
        yield [Fault(*line.split()) for line in lines]
        server.communicate()


def class_of(kind: str) -> str:
    return RENAMED.get(kind) or next(
        name
        for name in vars(errors)
        if name.lower() == kind.replace("_ERROR", "").replace("_", "").lower() + "error"
    )


def test_every_fault_raises_its_error(faults: list[Fault]) -> None:
    met = [fault for fault in faults if fault.shortage == "-"]
    assert len(met) > 100
    for name, kind, url, ca, _ in met:
        timeout = 0.3 if kind == "TIMEOUT" else 60
        with Transport(timeout=timeout, ca_file=None if ca == "-" else ca) as transport:
            try:
                reply = transport.send(registration(url, **CREDENTIALS))
                found, attempts = reply.message, reply.attempts
            except AtlasWebhookError as error:
                found, attempts = type(error).__name__, error.attempts
        expected = "success" if kind == "OK" else class_of(kind)
        assert (found, attempts) == (expected, 1), name


def test_every_shortage_raises_its_error_and_leaves_the_transport_usable(
    faults: list[Fault],
) -> None:
    met = [fault for fault in faults if fault.shortage != "-"]
    assert met
    for name, kind, url, ca, shortage in met:
        ran = subprocess.run(
            [sys.executable, "-c", WITH_SHORTAGE, url, shortage],
            env={**os.environ, "SSL_CERT_FILE": str(Path(ca))},
            capture_output=True,
            check=False,
            text=True,
        )
        number = "EAGAIN" if shortage == "threads" else "EMFILE"
        expected = f"{class_of(kind)} {number} True 1\nsuccess\n"
        assert (ran.stdout, ran.stderr) == (expected, ""), name
