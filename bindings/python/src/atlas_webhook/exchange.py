"""One request and its answer over a socket of your own."""

from __future__ import annotations

import threading
from ctypes import c_size_t, sizeof
from enum import Enum
from types import TracebackType

from ._arguments import BytesLike, instance, octets, unsigned
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
    """What an exchange waits for.

    Attributes:
        WANT_SEND: Bytes wait to be sent.
        WANT_RECEIVE: Bytes of the response are wanted.
        DONE: The response is complete; take the reply.
        FAILED: HTTP failed; `Exchange.take_reply` raises the error again.
    """

    WANT_SEND = 1
    WANT_RECEIVE = 2
    DONE = 3
    FAILED = -1


class Exchange(Unpicklable):
    """One request and its answer as bytes out and bytes in, over any connection, blocking or not.

    It holds no socket and knows no time. The whole of a blocking socket, which must be one of TLS
    (`ssl.SSLContext.wrap_socket`) if `request.is_tls`::

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

    `sent`, `received` and `received_eof` raise an `HTTPError` when HTTP fails, and then the
    exchange stays failed. A call with a wrong argument or in the wrong state changes nothing. One
    thread at a time drives an exchange; a lock keeps others out.
    """

    _instead = "Make an exchange of a request where you need one."
    _handle: ExchangeHandle | None = None

    def __init__(self, request: Request) -> None:
        """Start an exchange of `request`, which may be used for further ones."""
        # Reentrant, because a signal handler may run within any of the methods.
        self._lock = threading.RLock()
        handle = ExchangeHandle()
        lib.atlas_webhook_exchange_new(
            instance(request, Request, "request")._handle, handle, ErrorHandle()
        )
        self._handle = owned(handle)

    @property
    def state(self) -> State:
        """What the exchange waits for."""
        with self._lock:
            return _state(lib.atlas_webhook_exchange_state(self._open()))

    def to_send(self) -> bytes:
        """Give the bytes that are left to send: send some of them, then tell `sent` how many."""
        with self._lock:
            return read_bytes(lib.atlas_webhook_exchange_to_send, self._open())

    def sent(self, count: int) -> State:
        """Say that the first `count` bytes of those to send were sent, and give the new state."""
        with self._lock:
            count = unsigned(count, 8 * sizeof(c_size_t), "count")
            return _state(lib.atlas_webhook_exchange_sent(self._open(), count, ErrorHandle()))

    def received(self, data: BytesLike) -> int:
        """Take `data`, bytes that came in, and return how many of them belong to the response.

        Those are all, unless the response ends within. What is left over is yours, and the
        connection is then of no further use. It is legal while bytes wait to be sent: a response
        that comes early wins. No bytes change nothing; the end of the input is `received_eof`.
        """
        data = octets(data, "data")
        used = c_size_t()
        with self._lock:
            lib.atlas_webhook_exchange_received(self._open(), data, len(data), used, ErrorHandle())
        return used.value

    def received_eof(self) -> State:
        """Say that the peer closed its side of the connection, and give the new state.

        An answer without a stated length is complete now. Over TLS call it only for a close_notify;
        a connection that ends without one was cut.

        Raises `ClosedEarlyError` when the answer is not whole.
        """
        with self._lock:
            return _state(lib.atlas_webhook_exchange_received_eof(self._open(), ErrorHandle()))

    def take_response(self) -> Response:
        """Return the response, to see it before it is interpreted. It can be taken once.

        `Request.reply` interprets it. `take_reply` does both.

        Raises `StateError` before the response is complete, or if it was taken before. Raises
        `EncodingError` if the content coding of the body is unknown or damaged, and `LimitError` if
        the decoded body is over the limit of the endpoint. The response is taken then too;
        `response` of the error has its start.
        """
        handle = ResponseHandle()
        with self._lock:
            lib.atlas_webhook_exchange_take_response(self._open(), handle, ErrorHandle())
        return response_from_c(handle)

    def take_reply(self) -> Reply:
        """Give the reply, or raise what the answer means otherwise. It can be taken once.

        Raises `StateError` before the answer is complete, or when it was taken already.
        """
        handle = ReplyHandle()
        with self._lock:
            lib.atlas_webhook_exchange_take_reply(self._open(), handle, ErrorHandle())
        return from_c(handle)

    @property
    def http_status(self) -> int | None:
        """The HTTP status, as soon as the final head was read."""
        with self._lock:
            return lib.atlas_webhook_exchange_http_status(self._open()) or None

    @property
    def reusable(self) -> bool:
        """Whether HTTP permits to send another request on the connection.

        Whether bytes were left over, or the peer closed meanwhile, you must see yourself.
        """
        with self._lock:
            return bool(lib.atlas_webhook_exchange_reusable(self._open()))

    def close(self) -> None:
        """Let go of the exchange, in any state; a second time is fine."""
        self._handle = None

    def __enter__(self) -> Exchange:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> ExchangeHandle:
        handle = self._handle
        if handle is None:
            raise StateError("the exchange is closed")
        return handle

    def __repr__(self) -> str:
        try:
            return f"<Exchange {self.state.name}>"
        except StateError:
            return "<Exchange closed>"


# A look-up that costs less than State(status).
_STATES = {state.value: state for state in State}


def _state(status: int) -> State:
    return _STATES.get(status, State.FAILED)
