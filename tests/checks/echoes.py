"""A server that repeats all secrets in many encodings, and what a program may not print then.

It also redirects, which a program may not follow.

Usage: python3 echoes.py PROGRAM...
Runs each as PROGRAM ENDPOINT URL CID against that server, and fails if its output repeats a secret.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable
from urllib.parse import urlsplit

URL = "https://example.com/hooks/s3cr3t-path-segment?token=t0ken-7733aa&b=2"
CID = "XXXXXXXX"
CREDENTIALS = {"client_id": "client-19f2", "client_secret": "secret-93ac0e/b+c"}


def each(reserved_only: bool, escape: Callable[[int], str]) -> Callable[[str], str]:
    def encode(text: str) -> str:
        return "".join(c if reserved_only and c.isalnum() else escape(ord(c)) for c in text)

    return encode


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "truncated": lambda text: text[:-3],
    "its end": lambda text: text[3:],
    "percent-encoded": each(True, lambda c: f"%{c:02X}"),
    "all percent-encoded": each(False, lambda c: f"%{c:02x}"),
    "percent-encoded twice": each(True, lambda c: f"%25{c:02X}"),
    "HTML": lambda text: text.replace("&", "&amp;"),
    "decimal references": each(False, lambda c: f"&#{c};"),
    "hexadecimal references": each(True, lambda c: f"&#x{c:X};"),
    "JSON": each(True, lambda c: f"\\u{c:04x}"),
    "escaped slashes": lambda text: text.replace("/", "\\/"),
    "HTML within JSON": each(True, lambda c: f"\\u0026#{c};"),
    "JSON within HTML within a URL": each(True, lambda c: f"%26bsol%3Bu00{c:02x}"),
}

#: HTTP status and the API's own.
STATUSES = [(200, 0), (200, 901), (401, 900), (503, 2), (307, 0)]


class Handler(BaseHTTPRequestHandler):
    """Repeats its input wherever a response can contain it."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.server.followed |= self.path.startswith("/followed")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        url = urlsplit(body["url"])
        secrets = [f"{url.path}?{url.query}"]
        secrets += [v for k, v in self.headers.items() if k.lower().startswith("x-atlas-client")]
        text = " ".join(map(self.server.encode, secrets))
        self.server.told = [*secrets, text]
        http_status, api_status = self.server.statuses
        reply = json.dumps({"status": api_status, "msg": text, "requestId": text}).encode()
        self.send_response(http_status, text)
        self.send_header("Location", f"{self.server.url}/followed/{text}".replace(" ", "/"))
        self.send_header("X-Echo", text)
        self.send_header("Content-Length", str(len(reply)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Its address is `url`; what it repeats, and how, is set before each call."""

    encode: Callable[[str], str]
    statuses: tuple[int, int]
    #: Whether a redirect was followed.
    followed = False
    #: The secrets of the last request, and the text that repeated them.
    told: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def cases(self) -> Iterator[str]:
        """Set each case in turn, and give its name."""
        for name, encode in ENCODINGS.items():
            for statuses in STATUSES:
                self.encode, self.statuses, self.told = encode, statuses, []
                yield f"{name}, HTTP {statuses[0]}, status {statuses[1]}"

    def check(self, printed: str) -> None:
        """Fail if a part of a secret or of its echo was printed, or a redirect followed."""
        assert not self.followed, "a redirect was followed"
        assert self.told, f"the server was not asked: {printed}"
        *secrets, text = (told.lower() for told in self.told)
        printed = printed.lower()
        for secret in secrets:
            for part in windows(secret, 8):
                assert part not in printed, f"{part!r} in {printed!r}"
        for part in windows(text, 16):
            assert part not in printed, f"{part!r} in {printed!r}"


def windows(text: str, length: int) -> Iterator[str]:
    return (text[i : i + length] for i in range(len(text) - length + 1))


@contextmanager
def serving() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def main(programs: list[str]) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment["ATLAS_CLIENT_ID"] = CREDENTIALS["client_id"]
    environment["ATLAS_CLIENT_SECRET"] = CREDENTIALS["client_secret"]
    with serving() as server:
        for program in programs:
            for case in server.cases():
                ran = subprocess.run(
                    [program, server.url, URL, CID],
                    env=environment,
                    check=False,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=60,
                )
                try:
                    assert (ran.returncode == 0) == (server.statuses == (200, 0)), ran
                    server.check(ran.stdout)
                except AssertionError as problem:
                    sys.exit(f"{program}: {case}: {problem}")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    main(sys.argv[1:])
