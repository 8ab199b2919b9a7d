"""The exceptions, one class for each kind of error of the library::

    AtlasWebhookError
    ├── ArgumentError           an argument is invalid; also a ValueError
    ├── StateError              the call is not allowed in this state of the object
    ├── UnsupportedError        this build of the library does not support the call
    ├── PanicError              a defect of the library
    ├── HTTPError               the HTTP peer
    │   ├── ProtocolError           its bytes are not HTTP/1.x, or are ambiguous
    │   ├── LimitError              its message exceeds a limit
    │   ├── ClosedEarlyError        it closed before its message ended; also a ConnectionError
    │   ├── EncodingError           the content coding of its message is unknown or damaged
    │   ├── UntrustedError          the target of its delivery is not one of the receiver
    │   ├── MalformedDeliveryError  its delivery is not an event
    │   └── HTTPStatusError         its HTTP status is an error
    │       ├── RedirectError           3xx; redirects are never followed
    │       ├── UnauthorizedError       401, or the API's own status 900
    │       ├── RateLimitedError        429, or the API's own rate limit
    │       ├── ClientError             any other 4xx
    │       └── ServerError             5xx, or a status outside 100 to 599
    ├── APIError                the HTTP status is 2xx, but the API did not accept the call
    │   ├── MalformedReplyError     its response is not the documented JSON
    │   └── RefusedError            it rejected the call; api_status is the reason
    ├── NetworkError            the network
    │   ├── ResolveError            the host name could not be resolved; also a ConnectionError
    │   ├── ConnectError            the host could not be connected to; also a ConnectionError
    │   ├── ProxyError              the proxy failed; also a ConnectionError
    │   ├── TLSError                TLS or the certificate failed; also a ConnectionError
    │   ├── TimedOutError           the timeout expired; also a TimeoutError
    │   └── TransferError           reading or writing failed; also a ConnectionError
    └── CancelledError          the program cancelled the call

Later versions of the library may add kinds; here they are plain AtlasWebhookErrors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ._handles import owned
from ._lazy import lazy
from ._library import lib
from ._plain import Plain
from ._read import read_bytes, read_text
from ._signatures import ABSENT, FALLIBLE, SIGNATURES, ErrorHandle

_NO_OFFSET = 2**64 - 1
_NO_WAIT = -1


class ErrorResponse(Plain):
    """The response that caused an error. Use it to find out which server responded.

    It is untrusted: it may contain anything, including an echo of the webhook URL, so its repr
    omits headers and body.

    Attributes:
        status: The HTTP status.
        headers: Name and value of each header field, in order, decoded as Latin-1.
        body: At most the first 4 KiB of the body. gzip is removed if that was possible.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    _shown = ("status",)


class AtlasWebhookError(Exception):
    """The base class of all errors.

    ``str()`` returns one line to show or to log: the message and, if the API sent one, the API's
    text with control characters escaped. If that text repeats a secret of the request, in whole or
    in part, it is withheld. The details are attributes.

    Attributes:
        status: The number of this kind of error in the C header.
    """

    status: int = 0

    _handle: Optional[ErrorHandle] = None
    _usual_response_status = 500

    def __init__(
        self,
        message: str = "",
        *,
        offset: Optional[int] = None,
        http_status: Optional[int] = None,
        api_status: Optional[int] = None,
        api_message: Optional[str] = None,
        request_id: Optional[str] = None,
        retryable: Optional[bool] = None,
        retry_after: Optional[int] = None,
        attempts: Optional[int] = None,
        os_error: Optional[int] = None,
        response: Optional[ErrorResponse] = None,
        response_status: Optional[int] = None,
    ) -> None:
        """Make an error with these details, for tests that replace this package.

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
        if os_error is not None:
            _set_errno(self)

    # Each detail is read from C when it is first used. Without a handle C returns the absent value.

    @lazy
    def message(self) -> str:
        """A description in one line. It contains no secret and no bytes that a peer sent."""
        return read_text(lib.atlas_webhook_error_message, self._handle) or str(self)

    @lazy
    def offset(self) -> Optional[int]:
        """The offset of the offending byte, in the response or in the argument's UTF-8."""
        offset: int = lib.atlas_webhook_error_offset(self._handle)
        return None if offset == _NO_OFFSET else offset

    @lazy
    def http_status(self) -> Optional[int]:
        """The HTTP status of the response. None if no status was received."""
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
    def api_status(self) -> Optional[int]:
        """The API's own status: an `APIStatus` or any other number. None if absent."""
        status: int = lib.atlas_webhook_error_api_status(self._handle)
        return None if status == ABSENT else status

    @lazy
    def api_message(self) -> str:
        """The API's text as received. "" if the API sent no text.

        It is untrusted: it may contain anything, including control characters and an echo of the
        webhook URL. Do not decide by it, and escape it before you show it.
        """
        return read_text(lib.atlas_webhook_error_api_message, self._handle)

    @lazy
    def request_id(self) -> str:
        """The API's identifier of the request. "" if the API sent no identifier.

        Quote it to the API's support. It is as untrusted as the API's text.
        """
        return read_text(lib.atlas_webhook_error_request_id, self._handle)

    @lazy
    def retryable(self) -> bool:
        """Whether the same call may succeed later. An unnecessary retry does no harm."""
        return bool(lib.atlas_webhook_error_retryable(self._handle))

    @lazy
    def retry_after(self) -> Optional[int]:
        """The wait in seconds that the peer requested: at most 31,536,000 (365 days).

        A date that has passed is 0.
        """
        seconds: int = lib.atlas_webhook_error_retry_after(self._handle)
        return None if seconds == _NO_WAIT else seconds

    @lazy
    def attempts(self) -> int:
        """The number of attempts that the transport started. 0 if no transport was used."""
        return int(lib.atlas_webhook_error_attempts(self._handle))

    @lazy
    def os_error(self) -> Optional[int]:
        """The number of the operating system's error that caused this error.

        For an error that is an `OSError` it is `errno` too. With `TransferError`, EMFILE, ENFILE,
        ENOBUFS, ENOMEM, EAGAIN and EADDRNOTAVAIL mean that this machine lacks descriptors, memory,
        threads or ports.
        """
        return lib.atlas_webhook_error_os_error(self._handle) or None

    @lazy
    def response(self) -> Optional[ErrorResponse]:
        """The response that caused the error. None if no head of a final response was received.

        101 counts as final. If reading failed after the head, the body is the part that was
        received.
        """
        # C has the response of each HTTP status that it has.
        if self._handle is None or self.http_status is None:
            return None
        lines = read_bytes(lib.atlas_webhook_error_response_field_lines, self._handle)
        fields = (line.partition(":") for line in lines.decode("latin-1").split("\r\n")[:-1])
        return ErrorResponse(
            self.http_status,
            tuple((name, value.strip(" \t")) for name, _, value in fields),
            read_bytes(lib.atlas_webhook_error_response_body, self._handle),
        )

    # A type checker would otherwise accept every attribute.
    if not TYPE_CHECKING:
        # Programs and frameworks may set attributes of their own, as in any exception.

        def __setattr__(self, name: str, value: object) -> None:
            if name in _READ_ONLY:
                raise self._rejected("set", name)
            super().__setattr__(name, value)

        def __delattr__(self, name: str) -> None:
            if name in _READ_ONLY:
                raise self._rejected("delete", name)
            super().__delattr__(name)

    def _rejected(self, change: str, name: str) -> AttributeError:
        kind = type(self).__name__
        return AttributeError(
            f"cannot {change} the attribute {name!r} of {kind!r}: the details of an error never "
            f"change. They are arguments of {kind}()"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickle, so that a pool of workers can return the error."""
        details = {name: getattr(self, name) for name in _DETAILS}
        if isinstance(self, OSError):
            details["errno"] = self.errno
        # What the program set, such as notes.
        state = {name: value for name, value in vars(self).items() if name != "_handle"}
        return type(self), self.args, {**state, **details}

    def __setstate__(self, state: Optional[dict[str, Any]]) -> None:
        for name, value in (state or {}).items():
            super().__setattr__(name, value)


_DETAILS = [name for name, value in vars(AtlasWebhookError).items() if isinstance(value, lazy)]
_READ_ONLY = {*_DETAILS, "status"}


class ArgumentError(AtlasWebhookError, ValueError):
    """An argument is invalid. The call changed nothing."""

    status = -1


class StateError(AtlasWebhookError):
    """The call is not allowed in this state of the object. The call changed nothing."""

    status = -2


class UnsupportedError(AtlasWebhookError):
    """This build or version of the library does not support the call."""

    status = -3


class PanicError(AtlasWebhookError):
    """The library has a defect. Objects that the call was changing raise this error from now on."""

    status = -4


class HTTPError(AtlasWebhookError):
    """The HTTP peer sent invalid HTTP or an error status."""


class ProtocolError(HTTPError):
    """The bytes of the HTTP peer are not HTTP/1.x, or are ambiguous."""

    status = -20


class LimitError(HTTPError):
    """The message exceeds a limit."""

    status = -21


class ClosedEarlyError(HTTPError, ConnectionError):
    """The peer closed the connection before its message was complete. Retryable."""

    status = -22


class EncodingError(HTTPError):
    """The content coding of the message is unknown, damaged or not part of this build."""

    status = -23


class HTTPStatusError(HTTPError):
    """The HTTP status of the response is an error."""


class RedirectError(HTTPStatusError):
    """HTTP 3xx. Redirects are never followed, because the request contains credentials."""

    status = -30


class UnauthorizedError(HTTPStatusError):
    """HTTP 401, or the API's status 900 under HTTP 2xx: the credentials were rejected."""

    status = -31


class RateLimitedError(HTTPStatusError):
    """HTTP 429, or the API's own rate limit under HTTP 2xx. Retryable after `retry_after`."""

    status = -32


class ClientError(HTTPStatusError):
    """Any other HTTP 4xx. 408, 421 and 425 are retryable."""

    status = -33


class ServerError(HTTPStatusError):
    """HTTP 5xx, or a status outside 100 to 599. Retryable, except 501."""

    status = -34


class UntrustedError(HTTPError):
    """The target of the delivery is not that of a URL of the receiver. Do not trust it."""

    status = -60
    _usual_response_status = 404


class MalformedDeliveryError(HTTPError):
    """The delivery is not an event: not a POST, or its body not a JSON object in UTF-8."""

    status = -61
    _usual_response_status = 400


class APIError(AtlasWebhookError):
    """The HTTP status is 2xx, but the API did not accept the call."""


class MalformedReplyError(APIError):
    """The body of the response is not the documented JSON."""

    status = -40


class RefusedError(APIError):
    """The API rejected the call. `api_status` is the reason."""

    status = -41


class NetworkError(AtlasWebhookError):
    """The network failed: name resolution, connection, proxy, TLS, timeout.

    It includes a shortage of descriptors, memory, ports or threads on this machine
    (`TransferError`).
    """


class ResolveError(NetworkError, ConnectionError):
    """The host name could not be resolved. Retryable."""

    status = -50


class ConnectError(NetworkError, ConnectionError):
    """The host could not be connected to. Retryable."""

    status = -51


class ProxyError(NetworkError, ConnectionError):
    """The proxy rejected the request or could not be reached."""

    status = -52


class TLSError(NetworkError, ConnectionError):
    """TLS could not be established, or the certificate was rejected."""

    status = -53


class TimedOutError(NetworkError, TimeoutError):
    """The timeout expired. Retryable."""

    status = -54


class TransferError(NetworkError, ConnectionError):
    """Reading or writing failed, or this machine lacks descriptors, memory, ports or threads.
    Retryable."""

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
    """Make the exception for an error that a C function returned."""
    kind = _KINDS.get(status, AtlasWebhookError)
    error = kind(read_text(lib.atlas_webhook_error_display, handle))
    attributes = vars(error)
    attributes["status"] = status
    attributes["_handle"] = handle
    _set_errno(error)
    return error


def _set_errno(error: AtlasWebhookError) -> None:
    if isinstance(error, OSError):
        error.errno = error.os_error


def _raise(status: int, _: object, arguments: tuple[Any, ...]) -> int:
    """Return the status of a call, or raise the error that C wrote to its last argument."""
    if status < 0:
        raise from_c(status, owned(arguments[-1]))
    return status


def _check_results() -> None:
    """Let ctypes check the result of every call that can fail: those with an error argument."""
    count = 0
    for name, (_, argtypes) in SIGNATURES.items():
        # Not compared with POINTER(ErrorHandle), which is another type if ctypes was imported in a
        # sub-interpreter meanwhile: that clears the cache of POINTER in the whole process.
        if argtypes and argtypes[-1]._type_ is ErrorHandle:
            getattr(lib, name).errcheck = _raise
            count += 1
    if count != FALLIBLE:
        raise ImportError(
            f"only {count} of the {FALLIBLE} functions that can fail would raise an error"
        )


_check_results()
