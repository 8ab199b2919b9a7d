"""The exceptions, one class for each kind of error of the library::

    AtlasWebhookError
    ├── ArgumentError           an argument is not acceptable; also a ValueError
    ├── StateError              the call does not fit the state of the object
    ├── UnsupportedError        this build of the library cannot do that
    ├── PanicError              the library has a defect
    ├── HTTPError               the HTTP peer
    │   ├── ProtocolError           its bytes are not HTTP/1.x, or are ambiguous
    │   ├── LimitError              its answer is larger than a limit allows
    │   ├── ClosedEarlyError        it closed before its answer was whole; also a ConnectionError
    │   ├── EncodingError           its answer's content coding is unknown or damaged
    │   ├── UntrustedError          its delivery is for a target that was never registered
    │   ├── MalformedDeliveryError  its delivery is not an event
    │   └── HTTPStatusError         its HTTP status is an error
    │       ├── RedirectError           3xx; redirects are never followed
    │       ├── UnauthorizedError       401, or the API's own status 900
    │       ├── RateLimitedError        429, or the API's own rate limit
    │       ├── ClientError             any other 4xx
    │       └── ServerError             5xx, or a status that HTTP does not know
    ├── APIError                HTTP says success, the API does not
    │   ├── MalformedReplyError     its answer is not the documented JSON
    │   └── RefusedError            it said no, for the reason api_status
    ├── NetworkError            what lies between
    │   ├── ResolveError            the host name could not be resolved; also a ConnectionError
    │   ├── ConnectError            no connection to the host; also a ConnectionError
    │   ├── ProxyError              the proxy refused or is not there; also a ConnectionError
    │   ├── TLSError                TLS or the certificate failed; also a ConnectionError
    │   ├── TimedOutError           the time allowed ran out; also a TimeoutError
    │   └── TransferError           reading or writing failed; also a ConnectionError
    └── CancelledError          the program cancelled the call

A later version of the library may know more kinds; here they are plain AtlasWebhookErrors.
"""

from __future__ import annotations

from ctypes import POINTER
from typing import Any

from ._handles import owned
from ._lazy import lazy
from ._library import lib
from ._plain import Plain
from ._read import read_bytes, read_text
from ._signatures import ABSENT, SIGNATURES, ErrorHandle

_NO_OFFSET = 2**64 - 1
_NO_WAIT = -1


class ErrorResponse(Plain):
    """The response that an error came from, for finding out what responded.

    Untrusted: it may contain anything, an echo of the webhook URL included, so its repr leaves that
    out.

    Attributes:
        status: The HTTP status.
        headers: Name and value of each header field, in order, decoded as Latin-1.
        body: The first 4 KiB at most of the body, with gzip removed if that was possible.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    _shown = ("status",)


class AtlasWebhookError(Exception):
    """Anything that went wrong; the classes below it tell what.

    ``str()`` of it is one line, fit to show and to log: the library's own words and, if there is
    one, the API's text with control characters escaped. If that text repeats a secret of the
    request, in whole or in part, it is withheld. The details are attributes.

    Attributes:
        status: The number of this kind of error in the C header.
    """

    status: int = 0

    _handle: ErrorHandle | None = None
    _usual_response_status = 500

    def __init__(
        self,
        message: str = "",
        *,
        offset: int | None = None,
        http_status: int | None = None,
        api_status: int | None = None,
        api_message: str | None = None,
        request_id: str | None = None,
        retryable: bool | None = None,
        retry_after: int | None = None,
        attempts: int | None = None,
        os_error: int | None = None,
        response: ErrorResponse | None = None,
        response_status: int | None = None,
    ) -> None:
        """Make an error with these details, as a test that fakes this package needs it.

        A detail that is not passed has its absent value. Default of `response_status`: 404 for an
        `UntrustedError`, 400 for a `MalformedDeliveryError`, 500 for any other error.
        """
        super().__init__(message)
        details = {
            "offset": offset,
            "http_status": http_status,
            "api_status": api_status,
            "api_message": api_message,
            "request_id": request_id,
            "retryable": retryable,
            "retry_after": retry_after,
            "attempts": attempts,
            "os_error": os_error,
            "response": response,
            "response_status": response_status,
        }
        vars(self).update({name: value for name, value in details.items() if value is not None})

    # Each detail is read when it is first asked for. Without a handle C gives the absent value.

    @lazy
    def message(self) -> str:
        """One line in the library's own words: no secret, nothing that a peer wrote."""
        return read_text(lib.atlas_webhook_error_message, self._handle) or str(self)

    @lazy
    def offset(self) -> int | None:
        """Where the offending byte is, from 0: in the answer, or for an argument in its UTF-8."""
        offset: int = lib.atlas_webhook_error_offset(self._handle)
        return None if offset == _NO_OFFSET else offset

    @lazy
    def http_status(self) -> int | None:
        """The HTTP status of the answer, once it was read."""
        return lib.atlas_webhook_error_http_status(self._handle) or None

    @lazy
    def response_status(self) -> int:
        """The HTTP status with which to respond to the delivery that failed.

        400, 404, 405 (then also send ``Allow: POST``), 413 or 415. 500 for an error that did not
        come from receiving.
        """
        if self._handle is None:
            return self._usual_response_status
        return int(lib.atlas_webhook_error_response_status(self._handle))

    @lazy
    def api_status(self) -> int | None:
        """The API's own status, an `APIStatus` or any other number, where the answer had one."""
        status: int = lib.atlas_webhook_error_api_status(self._handle)
        return None if status == ABSENT else status

    @lazy
    def api_message(self) -> str:
        """What the API said, exactly; "" when it said nothing.

        Untrusted: it may hold anything, control characters and an echo of the webhook URL included.
        Never decide on it, and never show it as it is.
        """
        return read_text(lib.atlas_webhook_error_api_message, self._handle)

    @lazy
    def request_id(self) -> str:
        """The API's id of the request, worth quoting to its support; "" when it sent none.

        It is as untrusted as the API's message.
        """
        return read_text(lib.atlas_webhook_error_request_id, self._handle)

    @lazy
    def retryable(self) -> bool:
        """Whether the same call may succeed later. A try too many does no harm."""
        return bool(lib.atlas_webhook_error_retryable(self._handle))

    @lazy
    def retry_after(self) -> int | None:
        """How many seconds the peer asks to wait: at most 31,536,000 (365 days)."""
        seconds: int = lib.atlas_webhook_error_retry_after(self._handle)
        return None if seconds == _NO_WAIT else seconds

    @lazy
    def attempts(self) -> int:
        """How many attempts the transport began, also those that never connected; 0 without one."""
        return int(lib.atlas_webhook_error_attempts(self._handle))

    @lazy
    def os_error(self) -> int | None:
        """The number of the operating system's error that caused this one.

        For an error that is an `OSError` it is `errno` too. With `TransferError`, EMFILE, ENFILE,
        ENOBUFS, ENOMEM and EAGAIN mean that this machine lacks descriptors, memory, ports or
        threads.
        """
        return lib.atlas_webhook_error_os_error(self._handle) or None

    @lazy
    def response(self) -> ErrorResponse | None:
        """The response that the error came from, if the head of a final one was read.

        If reading it failed behind its head, the body is what was received until then.
        """
        if self._handle is None or self.http_status is None:
            return None
        lines = read_bytes(lib.atlas_webhook_error_response_field_lines, self._handle)
        fields = (line.partition(":") for line in lines.decode("latin-1").split("\r\n")[:-1])
        return ErrorResponse(
            self.http_status,
            tuple((name, value.strip(" \t")) for name, _, value in fields),
            read_bytes(lib.atlas_webhook_error_response_body, self._handle),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it travel between processes, as a pool of workers needs it."""
        details = {name: getattr(self, name) for name in _DETAILS}
        if isinstance(self, OSError):
            details["errno"] = self.errno
        return type(self), self.args, {**details, "status": self.status}


_DETAILS = [name for name, value in vars(AtlasWebhookError).items() if isinstance(value, lazy)]


class ArgumentError(AtlasWebhookError, ValueError):
    """An argument is not acceptable. Nothing was changed."""

    status = -1


class StateError(AtlasWebhookError):
    """The call does not fit the state of the object. Nothing was changed."""

    status = -2


class UnsupportedError(AtlasWebhookError):
    """This build or version of the library cannot do that."""

    status = -3


class PanicError(AtlasWebhookError):
    """The library has a defect. Objects that the call was changing raise this error from now on."""

    status = -4


class HTTPError(AtlasWebhookError):
    """The HTTP peer did not speak HTTP as it should, or answered with an error status."""


class ProtocolError(HTTPError):
    """The bytes of the HTTP peer are not HTTP/1.x, or are ambiguous."""

    status = -20


class LimitError(HTTPError):
    """The answer is larger than a limit allows."""

    status = -21


class ClosedEarlyError(HTTPError, ConnectionError):
    """The peer closed the connection before its answer was whole. Worth another try."""

    status = -22


class EncodingError(HTTPError):
    """The content coding of the answer is unknown, damaged or not part of this build."""

    status = -23


class HTTPStatusError(HTTPError):
    """The HTTP status of the answer is an error."""


class RedirectError(HTTPStatusError):
    """HTTP 3xx. Redirects are never followed, since the request carries credentials."""

    status = -30


class UnauthorizedError(HTTPStatusError):
    """HTTP 401, or the API's status 900 under HTTP 2xx: the credentials were rejected."""

    status = -31


class RateLimitedError(HTTPStatusError):
    """HTTP 429, or the API's own rate limit under HTTP 2xx. Worth another try after the wait."""

    status = -32


class ClientError(HTTPStatusError):
    """Any other HTTP 4xx. 408, 421 and 425 are worth another try."""

    status = -33


class ServerError(HTTPStatusError):
    """HTTP 5xx, or a status that HTTP does not know. Worth another try, except 501."""

    status = -34


class UntrustedError(HTTPError):
    """The delivery is for a target that is not that of a registered URL: it is not from Atlas."""

    status = -60
    _usual_response_status = 404


class MalformedDeliveryError(HTTPError):
    """The delivery is not an event: not a POST, or its body not a JSON object in UTF-8."""

    status = -61
    _usual_response_status = 400


class APIError(AtlasWebhookError):
    """HTTP says success, but the API does not."""


class MalformedReplyError(APIError):
    """The body of the answer is not the documented JSON."""

    status = -40


class RefusedError(APIError):
    """The API understood the call and said no: `api_status` says why."""

    status = -41


class NetworkError(AtlasWebhookError):
    """Something between here and the peer: name resolution, connection, proxy, TLS, time."""


class ResolveError(NetworkError, ConnectionError):
    """The host name could not be resolved. Worth another try."""

    status = -50


class ConnectError(NetworkError, ConnectionError):
    """No connection to the host. Worth another try."""

    status = -51


class ProxyError(NetworkError, ConnectionError):
    """The proxy refused or could not be reached."""

    status = -52


class TLSError(NetworkError, ConnectionError):
    """TLS could not be established, or the certificate did not hold."""

    status = -53


class TimedOutError(NetworkError, TimeoutError):
    """The time allowed ran out. Worth another try."""

    status = -54


class TransferError(NetworkError, ConnectionError):
    """Reading or writing failed. Worth another try."""

    status = -55


class CancelledError(AtlasWebhookError):
    """The program cancelled the call. The request may have reached the server."""

    status = -56


_KINDS: dict[int, type[AtlasWebhookError]] = {
    value.status: value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, AtlasWebhookError) and value.status
}


def from_c(status: int, handle: ErrorHandle) -> AtlasWebhookError:
    """Make the exception of an error that a C function gave."""
    kind = _KINDS.get(status, AtlasWebhookError)
    error = kind(read_text(lib.atlas_webhook_error_display, handle))
    error.status = status
    error._handle = handle
    if isinstance(error, OSError):
        error.errno = error.os_error
    return error


def _raise(status: int, _: object, arguments: tuple[Any, ...]) -> int:
    """Give the status of a call, or raise the error that C put into its last argument."""
    if status < 0:
        raise from_c(status, owned(arguments[-1]))
    return status


# ctypes looks at the outcome of every call that can fail: one that takes where to put an error.
for _name, (_, _argtypes) in SIGNATURES.items():
    if _argtypes[-1:] == (POINTER(ErrorHandle),):
        getattr(lib, _name).errcheck = _raise
