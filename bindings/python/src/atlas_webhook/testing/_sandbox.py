"""A server on loopback that stands in for the Atlas API."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Optional, Union

from .._arguments import _shown, encode_optional, instance, wrong_type
from .._forks import start_anew_in_child
from .._sealed import Sealed
from ..errors import ArgumentError, StateError
from ._deliver import deliver
from ._fields import header_fields, replaced

_PATH = "/updateWebhookURL.do"
_MAX_BODY = 64 * 1024

# Header fields that depend on the connection and the body. The sandbox sets them itself.
_FRAMING = {"connection", "content-length", "transfer-encoding"}

# The types of each field of a response.
_ACCEPTED: dict[str, tuple[tuple[type, ...], str]] = {
    "status": ((int,), "an int"),
    "msg": ((str, type(None)), "a str or None"),
    "http_status": ((int,), "an int"),
    "headers": ((Mapping,), "a mapping"),
    "body": ((bytes, type(None)), "bytes or None"),
    "delay": ((int, float), "an int or a float, in seconds"),
}


@dataclass(frozen=True)
class Response:
    """A response of the sandbox, whatever the request.

    Attributes:
        status: The API's own status. Default: 0, success. Range: 64 bits, signed.
        msg: The text beside it. Default: ``success`` for the status 0, else a text that says that
            it is simulated.
        http_status: The HTTP status. Default: 200. Range: 200 to 999. If it is not 2xx, the body is
            plain text and has no status of the API.
        headers: Header fields to add, such as Retry-After. Connection, Content-Length and
            Transfer-Encoding are rejected, because the sandbox sets its own.
        body: The body, in place of the one that is made of the others.
        delay: How many seconds the sandbox waits before it responds. Default: 0.

    A wrong type raises `TypeError`, and another value that cannot be sent `ArgumentError`.
    """

    status: int = 0
    msg: Optional[str] = None
    http_status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Optional[bytes] = None
    delay: float = 0.0

    def __post_init__(self) -> None:
        """Reject what the sandbox could not send. It would close the connection."""
        for name, (kinds, accepted) in _ACCEPTED.items():
            value = getattr(self, name)
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise wrong_type(value, accepted, name)
        for name, _ in header_fields(self.headers):
            if name.lower() in _FRAMING:
                raise ArgumentError(f"the sandbox sends its own {name}")
        if not -(1 << 63) <= self.status < 1 << 63:
            raise ArgumentError(f"status is {_shown(self.status)}: it must fit into 64 bits")
        if not 200 <= self.http_status <= 999:
            shown = _shown(self.http_status)
            raise ArgumentError(f"http_status is {shown}: it must be 200 to 999")
        if not 0 <= self.delay <= threading.TIMEOUT_MAX:
            shown = _shown(self.delay)
            raise ArgumentError(f"delay is {shown}: it must be a number of seconds from 0")

    @property
    def is_success(self) -> bool:
        """Whether the HTTP status is 2xx."""
        return 200 <= self.http_status < 300


@dataclass(frozen=True, repr=False)
class RecordedRequest:
    """A request that the sandbox received. Its repr does not show credentials or the webhook URL.

    Attributes:
        method: The method.
        target: Path and query, as received.
        headers: Name and value of each header field, in order.
        body: The body.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> Optional[str]:
        """Return the value of the first header field called `name`, in any case, or None."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        """The body, read as JSON. Raises `ValueError` if it is not JSON."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("the body has too many levels") from None

    def __repr__(self) -> str:
        return f"<RecordedRequest {self.method}, {len(self.body)} bytes>"


class Sandbox(Sealed):
    """A server on loopback that responds ``updateWebhookURL.do`` as the specification says::

        with Sandbox(Response(http_status=503), None) as sandbox:
            register(Endpoint(sandbox.url), url, "XXXXXXXX", retries=1)
            assert len(sandbox.requests) == 2

    It serves until it is closed, in threads of its own. After a fork it serves in the parent only:
    in the child, `close` has no effect, and `requests` are those before the fork.
    """

    __slots__ = (
        "__weakref__",
        "_credentials",
        "_lock",
        "_registered_url",
        "_requests",
        "_require_cid",
        "_responses",
        "_server",
        "_thread",
    )

    _settings = "the settings are arguments of Sandbox()"

    def __init__(
        self,
        *responses: Optional[Response],
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        require_cid: bool = False,
    ) -> None:
        """Start a server at a free port of 127.0.0.1.

        The n-th request gets the n-th of `responses`, and those after the last one get the last.
        None is the response that the request deserves: status 0, or a status that says what is
        wrong with the request. Default: None for every request.

        `client_id` and `client_secret` are the only credentials that are accepted. Default: any,
        and none. `require_cid` rejects a request without cid, as the specification says. Default:
        accepted, as by the API.

        Raises `ArgumentError`, and `OSError` if it cannot listen.
        """
        if (client_id is None) != (client_secret is None):
            raise ArgumentError("client_id and client_secret require each other")
        for text, name in ((client_id, "client_id"), (client_secret, "client_secret")):
            encode_optional(text, name)
        for response in responses:
            if response is not None and not isinstance(response, Response):
                raise wrong_type(response, "a Response or None", "each of responses")
        instance(require_cid, bool, "require_cid")
        self._responses = responses
        self._credentials = None if client_id is None else (client_id, client_secret)
        self._require_cid = require_cid
        self._requests: list[RecordedRequest] = []
        self._registered_url: Optional[str] = None
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread: Optional[threading.Thread] = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.01},
            name="atlas-webhook-sandbox",
            daemon=True,
        )
        start_anew_in_child(self)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL, for an `Endpoint`."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def requests(self) -> Sequence[RecordedRequest]:
        """The requests that were received, in order."""
        with self._lock:
            return tuple(self._requests)

    @property
    def registered_url(self) -> Optional[str]:
        """The webhook URL that was registered last; None before a registration was accepted."""
        return self._registered_url

    def deliver(self, kind: Union[str, bytes], /, **options: Any) -> int:
        """Post an event to the registered URL, and return the HTTP status of the response.

        `kind` and `options` are those of `atlas_webhook.testing.deliver`.

        Raises `StateError` if no URL was registered, and the errors of `deliver`.
        """
        if self._registered_url is None:
            raise StateError("no webhook URL was registered in this sandbox")
        return deliver(self._registered_url, kind, **options)

    def close(self) -> None:
        """Close the server and its connections. A second call has no effect."""
        if self._thread is not None:
            self._server.close()
            self._thread.join()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def _start_anew(self) -> None:
        """For the child of a fork: the threads and locks stayed in the parent."""
        self._lock = threading.Lock()
        self._thread = None
        self._server.close_in_child()

    def __repr__(self) -> str:
        return f"<Sandbox {self.url}>"

    def _respond(self, request: RecordedRequest) -> Response:
        """Record a request, and return the response to it."""
        deserved = self._judge(request)
        with self._lock:
            nth = min(len(self._requests), len(self._responses) - 1)
            self._requests.append(request)
            response = (self._responses[nth] if nth >= 0 else None) or deserved
            if _accepts(deserved) and _accepts(response):
                self._registered_url = request.json["url"]
        return response

    def _judge(self, request: RecordedRequest) -> Response:
        if request.target.partition("?")[0] != _PATH:
            return Response(http_status=404)
        if request.method != "POST":
            return Response(http_status=405, headers={"Allow": "POST"})
        media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            return Response(http_status=415)
        given = (request.header("x-atlas-client-id"), request.header("x-atlas-client-secret"))
        if self._credentials not in (None, given):
            return Response(900, "the client id or the client secret is wrong")
        try:
            parameters = request.json
        except ValueError:
            parameters = None
        if not isinstance(parameters, dict):
            return Response(901, "the body is not a JSON object")
        return self._judge_parameters(parameters)

    def _judge_parameters(self, parameters: dict[str, Any]) -> Response:
        for name, required in (("cid", self._require_cid), ("url", True)):
            value = parameters.get(name)
            if value in (None, "") and required:
                return Response(100, f"the mandatory parameter {name} is missing")
            if not isinstance(value, (str, type(None))):
                return Response(901, f"{name} is not a string")
        if not parameters["url"].lower().startswith(("https://", "http://")):
            return Response(901, "url is not an absolute http or https URL")
        return Response()


def _accepts(response: Response) -> bool:
    return response.is_success and response.status == 0


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    # The number of connections that wait to be accepted.
    request_queue_size = 128

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing if a client closed its connection."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        if self.closing.is_set():
            return
        self.closing.set()
        self.shutdown()
        self.server_close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close_in_child(self) -> None:
        """Close the descriptors of this process. The connections of the parent stay open."""
        for each in (self.socket, *self._connections):
            with suppress(OSError):
                os.close(each.detach())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "" if self.command == "POST" else "0")
        if not length.isdecimal():
            self._reject(Response(http_status=411))
        # An int has a limit of digits.
        elif float(length) > _MAX_BODY:
            self._reject(Response(http_status=413))
        else:
            body = self.rfile.read(int(float(length)))
            fields = tuple(self.headers.items())
            request = RecordedRequest(self.command, self.path, fields, body)
            response = self.server.sandbox._respond(request)
            if not self.server.closing.wait(response.delay):
                self._send(response)

    do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = _serve  # noqa: N815

    def _reject(self, response: Response) -> None:
        """Respond without reading the body. Closing at once could drop the response."""
        self._send(response)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        with suppress(OSError):
            while self.connection.recv(65536):
                pass

    def _send(self, response: Response) -> None:
        media_type, body = _content(response)
        # Connection, so that no connection is left for `close` to end.
        fields = {"Content-Type": media_type, "Connection": "close"}
        if response.http_status in (204, 304):
            # RFC 9110 section 8.6: these two have neither a body nor its length.
            body = b""
        else:
            fields["Content-Length"] = str(len(body))
        self.send_response_only(response.http_status)
        for name, value in replaced(fields, response.headers.items()):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""


def _content(response: Response) -> tuple[str, bytes]:
    """The media type and the body of a response."""
    if response.body is not None:
        return "application/json", response.body
    if not response.is_success:
        return "text/plain", b"HTTP status %d\n" % response.http_status
    msg = response.msg
    if msg is None:
        msg = "success" if response.status == 0 else "simulated"
    return "application/json", json.dumps({"status": response.status, "msg": msg}).encode()
