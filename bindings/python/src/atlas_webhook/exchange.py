"""One request and its response over a socket of your own."""

from __future__ import annotations

import threading
from ctypes import c_size_t, sizeof
from enum import Enum
from types import TracebackType
from typing import Optional

from ._arguments import BytesLike, instance, octets, unsigned
from ._forks import start_anew_in_child
from ._handles import Unpicklable, owned
from ._library import lib
from ._read import read_bytes
from ._signatures import ErrorHandle, ExchangeHandle, ReplyHandle, ResponseHandle
from .errors import StateError
from .reply import Reply, from_c
from .request import Request
from .response import Response
from .response import from_c as response_from_c


class State(Enum):
    """The state of an exchange.

    Attributes:
        WANT_SEND: Bytes are ready to be sent.
        WANT_RECEIVE: Bytes of the response are required.
        DONE: The response is complete. Call `Exchange.take_reply`.
        FAILED: The HTTP was invalid. `Exchange.take_reply` raises the error again.
    """

    WANT_SEND = 1
    WANT_RECEIVE = 2
    DONE = 3
    FAILED = -1


class Exchange(Unpicklable):
    """A sans-I/O HTTP/1.1 client for one request and its response, over any connection.

    It has no socket and no timer. Use it with a blocking socket as follows. If `request.is_tls`,
    the socket must use TLS (`ssl.SSLContext.wrap_socket`)::

        if request.is_tls:
            sock = context.wrap_socket(sock, server_hostname=request.host,
                                       suppress_ragged_eofs=False)
        with Exchange(request) as exchange:
            while (state := exchange.state) is not State.DONE:
                if state is State.WANT_SEND:
                    exchange.sent(sock.send(exchange.to_send()))
                elif data := sock.recv(4096):
                    exchange.received(data)
                else:
                    exchange.received_eof()
            reply = exchange.take_reply()

    `sent`, `received` and `received_eof` raise an `HTTPError` if the HTTP is invalid. The exchange
    has then failed permanently. A call with an invalid argument or in the wrong state changes
    nothing. A lock ensures that one thread at a time uses an exchange.

    After a fork it works in the child too, unless another thread was using it at that moment: its
    methods then raise `StateError` in the child.
    """

    __slots__ = ("_handle", "_is_lost", "_lock")

    _instead = "Make an exchange of a request where you need one."

    def __init__(self, request: Request) -> None:
        """Start an exchange of `request`, which may be used for more exchanges."""
        # Reentrant, because a signal handler may run during any of the methods.
        self._lock = threading.RLock()
        handle = ExchangeHandle()
        lib.atlas_webhook_exchange_new(
            instance(request, Request, "request")._handle, handle, ErrorHandle()
        )
        self._handle: Optional[ExchangeHandle] = owned(handle)
        self._is_lost = False
        start_anew_in_child(self)

    @property
    def state(self) -> State:
        """The state of the exchange."""
        with self._lock:
            return _state(lib.atlas_webhook_exchange_state(self._open()))

    def to_send(self) -> bytes:
        """Return the bytes that remain to be sent. Send some or all of them, then pass their number
        to `sent`."""
        with self._lock:
            return read_bytes(lib.atlas_webhook_exchange_to_send, self._open())

    def sent(self, count: int) -> State:
        """Record that the first `count` of the bytes to send were sent, and return the new
        state."""
        with self._lock:
            count = unsigned(count, 8 * sizeof(c_size_t), "count")
            return _state(lib.atlas_webhook_exchange_sent(self._open(), count, ErrorHandle()))

    def received(self, data: BytesLike) -> int:
        """Process received bytes, and return how many of them belong to the response.

        It is less than all only if the response ends within them. Bytes after it are yours, and the
        connection cannot be reused. It may be called while bytes remain to be sent: an early
        response ends the exchange. Empty `data` changes nothing; for the end of the input call
        `received_eof`.
        """
        data = octets(data, "data")
        used = c_size_t()
        with self._lock:
            lib.atlas_webhook_exchange_received(self._open(), data, len(data), used, ErrorHandle())
        return used.value

    def received_eof(self) -> State:
        """Record that the peer closed its side of the connection, and return the new state.

        A response that ends with the connection is complete then. Over TLS call it only after a
        close_notify: without one the response may be truncated.

        Raises `ClosedEarlyError` if the response is incomplete.
        """
        with self._lock:
            return _state(lib.atlas_webhook_exchange_received_eof(self._open(), ErrorHandle()))

    def take_response(self) -> Response:
        """Return the response before it is interpreted. It can be called once.

        `Request.reply` interprets it. `take_reply` does both.

        Raises `StateError` if the response is incomplete, or was returned or interpreted before.
        Raises `EncodingError` if the content coding of the body is unknown or damaged, and
        `LimitError` if the decoded body is over the limit of the endpoint. The response can then
        not be returned again; `response` of the error has its start.
        """
        handle = ResponseHandle()
        with self._lock:
            lib.atlas_webhook_exchange_take_response(self._open(), handle, ErrorHandle())
        return response_from_c(handle)

    def take_reply(self) -> Reply:
        """Return the reply, or raise the error that the response means. It can be called once.

        Raises `StateError` if the response is incomplete, or was returned or interpreted before.
        """
        handle = ReplyHandle()
        with self._lock:
            lib.atlas_webhook_exchange_take_reply(self._open(), handle, ErrorHandle())
        return from_c(handle)

    @property
    def http_status(self) -> Optional[int]:
        """The HTTP status of the final response. None until its head was read."""
        with self._lock:
            return lib.atlas_webhook_exchange_http_status(self._open()) or None

    @property
    def reusable(self) -> bool:
        """Whether HTTP permits another request on the connection.

        If bytes followed the response, or the peer has closed since, it cannot be reused either.
        Only your program can see that.
        """
        with self._lock:
            return bool(lib.atlas_webhook_exchange_reusable(self._open()))

    def close(self) -> None:
        """Close the exchange, in any state. A second call does nothing."""
        self._handle = None

    def __enter__(self) -> Exchange:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def _open(self) -> ExchangeHandle:
        handle = self._handle
        if handle is None:
            raise StateError(
                "another thread was using the exchange when this process was forked"
                if self._is_lost
                else "the exchange is closed"
            )
        return handle

    def _start_anew(self) -> None:
        """For the child of a fork: a call of another thread never ends there."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
            return
        self._lock = threading.RLock()
        # The call may have changed a part of the exchange. Its frame refers to the handle, so that
        # it is not freed.
        self._handle = None
        self._is_lost = True

    def __repr__(self) -> str:
        try:
            return f"<Exchange {self.state.name}>"
        except (AttributeError, StateError):  # There is no handle if the constructor failed.
            return "<Exchange closed>"


# A table costs less than State(status).
_STATES = {state.value: state for state in State}


def _state(status: int) -> State:
    return _STATES.get(status, State.FAILED)
