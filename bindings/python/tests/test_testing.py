"""The tools for the tests of users."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import CREDENTIALS, python

import atlas_webhook
from atlas_webhook import (
    AirlineStatus,
    APIStatus,
    ArgumentError,
    AtlasWebhookError,
    Email,
    Endpoint,
    Event,
    RateLimitedError,
    Receiver,
    RefundComplete,
    RefusedError,
    ScheduleChange,
    ServerError,
    StateError,
    Ticketed,
    TimedOutError,
    UnauthorizedError,
    _library,
    register,
    testing,
)
from atlas_webhook.testing import KINDS, Response, Sandbox, deliver, sample
from atlas_webhook.testing import sandbox as sandbox  # noqa: PLC0414, a fixture

URL = "https://example.com/atlas/t0ken-7733aa"


def test_a_registration_is_accepted_and_recorded(sandbox: Sandbox) -> None:
    assert sandbox.registered_url is None
    reply = register(Endpoint(sandbox.url, **CREDENTIALS), URL, "XXXXXXXX")
    assert (reply.http_status, reply.message) == (200, "success")
    (request,) = sandbox.requests
    assert (request.method, request.target) == ("POST", "/updateWebhookURL.do")
    assert request.json == {"cid": "XXXXXXXX", "url": URL}
    assert request.header("X-Atlas-Client-Id") == CREDENTIALS["client_id"]
    assert request.header("X-Nothing") is None
    assert sandbox.registered_url == URL


def test_what_is_recorded_shows_no_secret(sandbox: Sandbox) -> None:
    register(Endpoint(sandbox.url, **CREDENTIALS), URL)
    shown = f"{sandbox.requests!r} {sandbox!r}"
    assert "t0ken" not in shown
    assert CREDENTIALS["client_secret"] not in shown


def test_responses_come_in_sequence() -> None:
    responses = (Response(http_status=503), Response(2), None)
    with Sandbox(*responses) as sandbox:
        endpoint = Endpoint(sandbox.url)
        with pytest.raises(ServerError) as failed:
            register(endpoint, URL)
        assert failed.value.response is not None
        assert b"success" not in failed.value.response.body
        with pytest.raises(RefusedError) as refused:
            register(endpoint, URL)
        assert refused.value.api_status == APIStatus.SYSTEM_ERROR
        assert sandbox.registered_url is None
        for _ in range(2):
            register(endpoint, URL)
        assert len(sandbox.requests) == 4


def test_a_transport_retries_against_a_sequence() -> None:
    with Sandbox(Response(http_status=503, headers={"Retry-After": "0"}), None) as sandbox:
        assert register(Endpoint(sandbox.url), URL, retries=1).attempts == 2


def test_a_response_has_any_body_and_header() -> None:
    limited = Response(
        http_status=429,
        headers={"Retry-After": "7"},
        body=b'{"code":429,"message":"too many requests","retryAfter":7}',
    )
    with Sandbox(limited) as sandbox, pytest.raises(RateLimitedError) as raised:
        register(Endpoint(sandbox.url), URL)
    assert raised.value.retry_after == 7


def test_a_header_field_replaces_that_of_the_sandbox() -> None:
    with Sandbox(Response(-(2**63), "no", headers={"content-type": "a/b", "x-own": ""})) as sandbox:
        connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert json.load(response) == {"status": -(2**63), "msg": "no"}
        connection.close()
    fields = dict(response.getheaders())
    assert fields.pop("Content-Length").isdecimal()
    assert fields == {"Connection": "close", "content-type": "a/b", "x-own": ""}


def test_a_delay_ends_when_the_sandbox_is_closed() -> None:
    with Sandbox(Response(delay=3600)) as sandbox, pytest.raises(TimedOutError):
        register(Endpoint(sandbox.url), URL, timeout=0.1)


@pytest.mark.parametrize(
    ("options", "arguments", "status"),
    [
        ({"require_cid": True}, (URL,), 100),
        ({"require_cid": True}, (URL, "XXXXXXXX"), None),
        (CREDENTIALS, (URL,), None),
        ({**CREDENTIALS, "client_secret": "another"}, (URL,), 900),
    ],
)
def test_a_sandbox_requires_what_it_is_told(
    options: dict[str, Any], arguments: tuple[str, ...], status: int | None
) -> None:
    with Sandbox(**options) as sandbox:
        endpoint = Endpoint(sandbox.url, **CREDENTIALS)
        if status is None:
            register(endpoint, *arguments)
        else:
            with pytest.raises((RefusedError, UnauthorizedError)) as raised:
                register(endpoint, *arguments)
            assert raised.value.api_status == status
            assert sandbox.registered_url is None


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("call", "headers", "body", "expected"),
    [
        ("POST /other.do", JSON, b"{}", 404),
        ("GET /updateWebhookURL.do", {}, None, 405),
        ("PUT /updateWebhookURL.do", JSON, b"{}", 405),
        ("POST /updateWebhookURL.do", {"Content-Type": "text/plain"}, b"{}", 415),
        ("POST /updateWebhookURL.do", {**JSON, "Content-Length": "x"}, b"{}", 411),
        ("POST /updateWebhookURL.do", {**JSON, "Content-Length": "99999"}, b"", 413),
        ("POST /updateWebhookURL.do", {**JSON, "Content-Length": "9" * 5000}, b"", 413),
        (
            "POST /updateWebhookURL.do",
            {**JSON, "Content-Length": "0" * 5000 + "2"},
            b"{}",
            (200, 100),
        ),
        ("POST /updateWebhookURL.do", {**JSON, "Content-Length": "65537"}, b"", 413),
        ("POST /updateWebhookURL.do", JSON, b" " * 65536, (200, 901)),
        ("POST /updateWebhookURL.do", JSON, b"[" * 60_000, (200, 901)),
        ("POST /updateWebhookURL.do", JSON, b"{}", (200, 100)),
        ("POST /updateWebhookURL.do", JSON, b'{"url":""}', (200, 100)),
        ("POST /updateWebhookURL.do", JSON, b"no JSON", (200, 901)),
        ("POST /updateWebhookURL.do", JSON, b"[]", (200, 901)),
        ("POST /updateWebhookURL.do", JSON, b'{"url":7}', (200, 901)),
        ("POST /updateWebhookURL.do", JSON, b'{"url":"ftp://a"}', (200, 901)),
        ("POST /updateWebhookURL.do?x=1", JSON, b'{"url":"http://a"}', (200, 0)),
        ("POST /updateWebhookURL.do", JSON, b'{"url":"HTTPS://a"}', (200, 0)),
    ],
)
def test_a_request_gets_what_it_deserves(
    sandbox: Sandbox, call: str, headers: dict[str, str], body: bytes | None, expected: Any
) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    method, target = call.split()
    connection.request(method, target, body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    found = response.status
    assert (found if found != 200 else (found, json.loads(content)["status"])) == expected


def test_a_body_of_many_levels_is_recorded(sandbox: Sandbox) -> None:
    body = b"[" * 60_000
    assert deliver(sandbox.url, body) == 404
    (request,) = sandbox.requests
    assert request.body == body
    with pytest.raises(ValueError, match="the body has too many levels"):
        request.json  # noqa: B018


def response_to(method: bytes, sandbox: Sandbox) -> tuple[bytes, bytes]:
    """Head and body."""
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")
        with connection.makefile("rb") as response:
            head, _, body = response.read().partition(b"\r\n\r\n")
    return head, body


def test_a_response_to_head_has_no_body(sandbox: Sandbox) -> None:
    head, body = response_to(b"HEAD", sandbox)
    assert head.startswith(b"HTTP/1.1 ")
    assert body == b""


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_has_no_body_has_none(status: int) -> None:
    with Sandbox(Response(http_status=status)) as sandbox:
        head, body = response_to(b"GET", sandbox)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Length" not in head
    assert body == b""


def test_a_closed_sandbox_can_be_closed_again() -> None:
    sandbox = Sandbox()
    # A client that never sends anything does not hold it.
    silent = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
    silent.connect()
    sandbox.close()
    sandbox.close()
    silent.close()
    with pytest.raises(AtlasWebhookError):
        register(Endpoint(sandbox.url), URL)


def test_credentials_require_each_other() -> None:
    with pytest.raises(ArgumentError):
        Sandbox(client_id="alone")


# Samples.


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_sample_of_each_kind(kind: str) -> None:
    event = Event.parse(sample(kind))
    assert event.kind == kind
    assert event.order_no or isinstance(event, AirlineStatus)


def test_the_kinds_are_those_of_the_package() -> None:
    classes = [kind.kind for kind in Event.__subclasses__()]
    assert sorted(KINDS) == sorted(classes)


def test_a_sample_has_the_fields_that_are_set() -> None:
    event = Event.parse(sample("ticketed", orderNo="A1", cid="ME", orderStatus=-3))
    assert isinstance(event, Ticketed)
    assert (event.order_no, event.cid, event.order_status) == ("A1", "ME", -3)
    assert [passenger.name for passenger in event.passengers] == ["LASTD/FIRST"]


def test_a_path_sets_a_field_anywhere() -> None:
    fields = {
        "data.paxTicketInfos.0.name": "DOE/JANE",
        "data.newField": [1],
        "data.paxTicketInfos.0.n": 2,
    }
    event = Event.parse(sample("ticketed", **fields))
    assert isinstance(event, Ticketed)
    assert event.passengers[0].name == "DOE/JANE"
    assert event.data["newField"] == [1]


def test_a_refund_has_its_fields_without_data() -> None:
    event = Event.parse(sample("refund_complete", finalRefundAmount="1.50"))
    assert isinstance(event, RefundComplete)
    assert (event.final_refund_amount, event.transaction_fee) == ("1.50", "0")
    assert '"originalTotalFare":120.40' in event.json


def test_a_field_that_is_a_keyword_of_python() -> None:
    event = Event.parse(sample("email", **{"from": "a@b.example"}))
    assert isinstance(event, Email)
    assert event.from_ == "a@b.example"


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_with_its_own_values_is_the_same_bytes(kind: str) -> None:
    plain = sample(kind)
    name, value = next(iter(json.loads(plain).items()))
    if name == "data":
        name, value = next(iter(value.items()))
    assert sample(kind, **{name: value}) == plain


def test_the_samples_can_be_in_a_zip_file(tmp_path: Path) -> None:
    package = Path(atlas_webhook.__file__).parent
    archive = shutil.make_archive(str(tmp_path / "app"), "zip", package.parent, package.name)
    ended = python(
        "import os, sys\n"
        "os.environ['ATLAS_WEBHOOK_LIBRARY'] = sys.argv[2]\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from atlas_webhook import testing\n"
        "assert testing.__file__.startswith(sys.argv[1])\n"
        "print([testing.sample(kind) for kind in testing.KINDS])\n",
        archive,
        _library.locate(),
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"{[sample(kind) for kind in KINDS]}\n"


@pytest.mark.parametrize("value", ["\ue000x\ue000", "\ue0001.50\ue000", '"1.50"'])
def test_a_text_stays_the_same(value: str) -> None:
    body = sample("refund_complete", orderNo=value)
    assert json.loads(body)["orderNo"] == value
    assert b'"originalTotalFare":120.40' in body


def test_a_lone_surrogate_can_be_set() -> None:
    event = Event.parse(sample("email", emailSubject="\\ud83d"))
    assert isinstance(event, Email)
    assert event.email_subject is not None


@pytest.mark.parametrize(
    ("kind", "fields", "named"),
    [
        ("nothing", {}, "ticketed, schedule_change"),
        ("../ticketed", {}, "kind must be one of"),
        ("ticketed", {"order_no": "A1"}, "data.order_no"),
        ("ticketed", {"data.nothing.name": "A1"}, "data.nothing.name"),
        ("ticketed", {"data.paxTicketInfos.7.name": "A1"}, "data.paxTicketInfos.7.name"),
        ("ticketed", {"data.paxTicketInfos.x.name": "A1"}, "data.paxTicketInfos.x.name"),
        ("ticketed", {"cid.x": 1}, "cid.x"),
        ("ticketed", {"data": None, "orderNo": "A1"}, "has no field orderNo"),
        ("ticketed", {"data": 3, "orderNo": "A1"}, "has no field orderNo"),
        ("ticketed", {"data": "xorderNo", "orderNo": "A1"}, "has no field orderNo"),
    ],
)
def test_what_there_is_no_sample_of(kind: str, fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ArgumentError, match=named):
        sample(kind, **fields)


# Deliveries.


class Program:
    """A program that receives deliveries."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                program.requests.append((self.command, self.path, dict(self.headers.items())))
                status = 200
                try:
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    event = program.receiver.read(self.command, self.path, self.headers, body)
                    program.events.append(event)
                except AtlasWebhookError as error:
                    status = error.response_status
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            do_PUT = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/atlas/t0ken%2F7733?x=%20y"
        self.receiver = Receiver(self.url)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def program() -> Iterator[Program]:
    running = Program()
    yield running
    running.close()


def test_a_delivery_is_what_atlas_sends(program: Program) -> None:
    assert deliver(program.url, "ticketed") == 200
    ((method, target, headers),) = program.requests
    assert (method, target) == ("POST", "/atlas/t0ken%2F7733?x=%20y")
    assert headers.pop("User-Agent").endswith("Hutool")
    assert headers == {
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json;charset=UTF-8",
        "Host": program.host,
        "Connection": "keep-alive",
        "Content-Length": str(len(sample("ticketed"))),
    }
    assert program.events == [Event.parse(sample("ticketed"))]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_delivered(program: Program, kind: str) -> None:
    assert deliver(program.url, kind, gzip=True) == 200
    assert program.events == [Event.parse(sample(kind))]


def test_a_delivery_can_differ(program: Program) -> None:
    assert deliver(program.url, "void", orderNo="A1", headers={"content-type": "a/b"}) == 200
    assert deliver(program.url, "void", orderNo="A2", headers=[("CONTENT-TYPE", "a/b")]) == 200
    assert program.events[0].order_no == "A1"
    types = [
        [h for h in headers if h.lower() == "content-type"] for _, _, headers in program.requests
    ]
    assert types == [["content-type"], ["CONTENT-TYPE"]]
    assert program.requests[0][2]["content-type"] == "a/b"
    assert deliver(program.url, b"no JSON") == 400
    assert deliver(program.url, "void", method="PUT") == 405
    assert deliver(program.url + "0", "void") == 404
    assert deliver(program.url + "#fragment", "void") == 200
    assert deliver(f"http://{program.host}", "void") == 404
    assert program.requests[-1][1] == "/"


def test_a_delivery_in_chunks(sandbox: Sandbox) -> None:
    # This server accepts none.
    assert deliver(sandbox.url + "/updateWebhookURL.do", "void", chunked=True) == 411
    assert deliver(sandbox.url + "/updateWebhookURL.do", b"x" * 4 * 1024 * 1024) == 413


def posted(end: bytes, body: bytes, **options: Any) -> bytes:
    """What `deliver` sends to a server that responds when the request has this end."""
    received = b""

    def serve() -> None:
        nonlocal received
        connection, _ = listener.accept()
        with connection:
            while not received.endswith(end) and (piece := connection.recv(65536)):
                received += piece
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            port = listener.getsockname()[1]
            assert deliver(f"http://127.0.0.1:{port}/t0ken", body, **options) == 200
        finally:
            thread.join()
    return received


@pytest.mark.parametrize(("body", "chunks"), [(b"", b""), (b"{}", b"2\r\n{}\r\n")])
def test_chunks_have_an_end(body: bytes, chunks: bytes) -> None:
    end = b"\r\n\r\n" + chunks + b"0\r\n\r\n"
    request = posted(end, body, chunked=True)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in request
    assert request.endswith(end)


def test_the_sandbox_delivers_to_the_registered_url(sandbox: Sandbox, program: Program) -> None:
    with pytest.raises(StateError):
        sandbox.deliver("ticketed")
    register(Endpoint(sandbox.url), program.url)
    assert sandbox.deliver("schedule_change", orderNo="A1", status=1) == 200
    (event,) = program.events
    assert isinstance(event, ScheduleChange)
    assert event.incident is atlas_webhook.Incident.CONFIRMED


@pytest.mark.parametrize(
    "url",
    [
        *("", "ftp://a/b", "/path", "http://", "http://user@host/", "http:///x"),
        *("http://a..b/x", "http://.a:80/x", f"http://{'a' * 64}.example/x"),
        *("http://127.0.0.1:x/", "http://127.0.0.1:65616/"),
    ],
)
def test_a_url_to_which_nothing_can_be_delivered(url: str) -> None:
    with pytest.raises(ArgumentError):
        deliver(url, "void")


def test_the_longest_label_of_a_host(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    address = (socket.AF_INET, socket.SOCK_STREAM, 0, "", program.server.server_address)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [address])
    assert deliver(f"http://{'a' * 63}:8080/", "void") == 404


@pytest.mark.parametrize("method", ["", "PO ST", "PO\r\nST", "POST\n", "P\u20ac"])
def test_a_method_that_http_cannot_send(method: str) -> None:
    with pytest.raises(ArgumentError, match="method must be a token of HTTP"):
        deliver(URL, "void", method=method)


NAMES = ["", "a b", "a:", "a\n", "\u20ac"]
VALUES = ["a\nb", "a\rb", "a\0b", "a\n", "\u20ac"]
ANY_TOKEN = "!#$%&'*+-.^_`|~09AZaz"
ANY_VALUE = "\x01\x09\x0b\x0c\x0e \x7f\x80\xff"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_http_cannot_send(name: str) -> None:
    with pytest.raises(ArgumentError, match="each name in headers must be a token of HTTP"):
        deliver(URL, "void", headers={name: "x"})


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_http_cannot_send(value: str) -> None:
    with pytest.raises(ArgumentError, match="must be Latin-1 without CR, LF and NUL"):
        deliver(URL, "void", headers=[("X", value)])


def test_a_delivery_has_any_method_and_field() -> None:
    headers = [(ANY_TOKEN, ANY_VALUE), ("X-Own", "1"), ("X-Own", "2"), ("X-Empty", "")]
    lines = posted(b"{}", b"{}", method=ANY_TOKEN, headers=headers).split(b"\r\n")
    assert lines[0] == ANY_TOKEN.encode() + b" /t0ken HTTP/1.1"
    for name, value in headers:
        assert f"{name}: {value}".encode("latin-1") in lines


def test_a_body_has_no_fields() -> None:
    with pytest.raises(ArgumentError):
        deliver(URL, b"{}", orderNo="A1")


def test_nobody_listens(nobody: str) -> None:
    with pytest.raises(ConnectionError):
        deliver(nobody, "void")


# The module.


def test_the_package_does_not_import_the_module() -> None:
    ended = python(
        "import sys, atlas_webhook\n"
        "slow = {'http.server', 'socketserver', 'atlas_webhook.testing'}\n"
        "assert not slow & sys.modules.keys(), slow & sys.modules.keys()\n"
        "import atlas_webhook.testing\n"
        "assert 'pytest' not in sys.modules\n"
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_only_the_fixture_requires_pytest() -> None:
    ended = python(
        "import sys\n"
        "sys.modules['pytest'] = None\n"
        "from atlas_webhook import testing\n"
        "from atlas_webhook.testing import *\n"
        "assert Sandbox is testing.Sandbox\n"
        "assert not hasattr(testing, 'sandbox')\n"
        "testing.sandbox\n"
    )
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("AttributeError: the fixture sandbox requires pytest: ")


def test_there_is_no_other_name() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        getattr(testing, "nothing")  # noqa: B009


def test_every_public_name_is_documented() -> None:
    for name in [*testing.__all__, "sandbox"]:
        assert getattr(testing, name).__doc__, name


def test_the_fixture_is_imported_into_conftest(tmp_path: Any) -> None:
    (tmp_path / "conftest.py").write_text("from atlas_webhook.testing import sandbox\n")
    (tmp_path / "test_it.py").write_text(
        "from atlas_webhook import Endpoint, register\n"
        "def test_it(sandbox):\n"
        "    register(Endpoint(sandbox.url), 'https://example.com/a')\n"
        "    assert len(sandbox.requests) == 1\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(tmp_path)]
    ended = subprocess.run(
        [*command, str(tmp_path)], check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout


def test_many_connections_at_once_are_accepted() -> None:
    with Sandbox() as sandbox:
        server = sandbox._server
        # The server does not accept meanwhile, as on a busy machine.
        served, accept = server.get_request, threading.Event()

        def get_request() -> Any:
            accept.wait()
            return served()

        with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
            patch.setattr(server, "get_request", get_request)
            stack.callback(accept.set)
            address = ("127.0.0.1", server.server_address[1])
            connections = [
                stack.enter_context(socket.create_connection(address, timeout=20))
                for _ in range(100)
            ]
            accept.set()
            for connection in connections:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for connection in connections:
                assert connection.recv(12) == b"HTTP/1.1 404"


def test_the_child_of_a_fork_can_leave_a_sandbox() -> None:
    ended = python(
        """
import os, signal, socket, threading, warnings
import atlas_webhook as aw
from atlas_webhook.testing import Response, Sandbox
warnings.simplefilter("ignore", DeprecationWarning)

def register(address=None):
    return aw.register(aw.Endpoint(address or sandbox.url), "https://example.com/t0ken")

with Sandbox() as sandbox:
    register()
    host, port = sandbox._server.server_address
    open_connection = socket.create_connection((host, port), timeout=20)
    open_connection.sendall(b"GET / HTTP/1.1\\r\\n")
    while not sandbox._server._connections:
        pass
    held, leave = threading.Event(), threading.Event()
    def hold():
        with sandbox._lock:
            held.set()
            leave.wait()
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(30)
    leave.set()
    if child != 0:
        holder.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        # It serves on, on the connection too that was open at the fork.
        assert len(sandbox.requests) == 1
        register()
        assert len(sandbox.requests) == 2
        open_connection.sendall(b"\\r\\n")
        assert open_connection.recv(12) == b"HTTP/1.1 404"
        open_connection.close()
if child == 0:
    assert len(sandbox.requests) == 1 and sandbox.registered_url
    sandbox.close()
    with Sandbox() as own:
        register(own.url)
        assert len(own.requests) == 1
    os._exit(0)
"""
    )
    assert (ended.returncode, ended.stderr) == (0, "")
