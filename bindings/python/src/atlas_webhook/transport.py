"""The library sends by itself; and how a send is stopped."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, wait
from functools import partial
from os import PathLike
from types import TracebackType
from typing import Callable

from ._arguments import encode, encode_path, instance, milliseconds, octets, unsigned
from ._handles import Unpicklable, owned_by_process
from ._library import lib
from ._signatures import (
    FEATURE_TRANSPORT,
    CancelHandle,
    ErrorHandle,
    ReplyHandle,
    RequestHandle,
    TransportHandle,
)
from .errors import ArgumentError, StateError
from .reply import Reply, from_c
from .request import Request

# On Windows a wait that is not over cannot be interrupted, so it is cut into short ones.
_WAIT = 0.1 if os.name == "nt" else None


class Transport(Unpicklable):
    """The bundled blocking transport: HTTP/1.1 over TCP and TLS.

    It keeps connections, so make one and keep it. Threads may share it and send at the same time.
    Trust is the platform's store, which SSL_CERT_FILE and SSL_CERT_DIR in the environment may name.
    No redirect is followed, and no proxy is used unless asked.

    It belongs to the process that made it: after a fork the child makes its own.
    """

    _instead = "Make a transport in each process."

    def __init__(
        self,
        *,
        timeout: float = 15.0,
        connect_timeout: float = 5.0,
        retries: int = 0,
        proxy: str | None = None,
        use_env_proxy: bool = False,
        ca_file: str | bytes | PathLike[str] | PathLike[bytes] | None = None,
        ca_pem: bytes | str | None = None,
    ) -> None:
        """Set a transport up.

        `timeout` bounds a whole send in seconds, name resolution and retries included;
        `connect_timeout` bounds connecting within one attempt. `retries` allows so many more
        attempts after an error that is `retryable`. `proxy` is
        ``http://[user:password@]host[:port]``; `use_env_proxy` uses the proxies that the
        environment names now, as curl reads it: https_proxy, HTTPS_PROXY, http_proxy, all_proxy,
        ALL_PROXY, no_proxy and NO_PROXY. `ca_file` is a PEM file with the only certificates to
        trust, which is read now; `ca_pem` is the text of such a file.

        Raises `ArgumentError`, and `UnsupportedError` where this build of the library has no
        transport.
        """
        if proxy is not None and use_env_proxy:
            raise ArgumentError("proxy and use_env_proxy exclude each other")
        if ca_file is not None and ca_pem is not None:
            raise ArgumentError("ca_file and ca_pem exclude each other")
        handle = TransportHandle()
        lib.atlas_webhook_transport_new(handle, ErrorHandle())
        self._handle: TransportHandle | None = owned_by_process(handle)
        self._process = os.getpid()
        self._timeout = timeout
        self._sends: set[_Send] = set()
        # Around the set, and never held during a call. Reentrant, because a signal handler may
        # cancel.
        self._lock = threading.RLock()

        lib.atlas_webhook_transport_set_timeout_ms(
            handle, milliseconds(timeout, "timeout"), ErrorHandle()
        )
        lib.atlas_webhook_transport_set_connect_timeout_ms(
            handle, milliseconds(connect_timeout, "connect_timeout"), ErrorHandle()
        )
        if retries:
            retries = unsigned(retries, 32, "retries")
            lib.atlas_webhook_transport_set_retries(handle, retries, ErrorHandle())
        if proxy is not None:
            lib.atlas_webhook_transport_set_proxy(
                handle, encode(proxy, "proxy", "a str or None"), ErrorHandle()
            )
        if use_env_proxy:
            lib.atlas_webhook_transport_use_env_proxy(handle, ErrorHandle())
        if ca_file is not None:
            lib.atlas_webhook_transport_set_ca_file(
                handle, encode_path(ca_file, "ca_file"), ErrorHandle()
            )
        if ca_pem is not None:
            pem = octets(ca_pem.encode() if isinstance(ca_pem, str) else ca_pem, "ca_pem")
            lib.atlas_webhook_transport_set_ca_pem(handle, pem, len(pem), ErrorHandle())

    @staticmethod
    def is_available() -> bool:
        """Whether this build of the library has the transport."""
        return bool(lib.atlas_webhook_features() & FEATURE_TRANSPORT)

    def send(self, request: Request) -> Reply:
        """Send `request`, and give the reply or raise what the answer means otherwise.

        It blocks for at most the timeout. Ctrl-C, as any exception out of a signal handler, ends it
        at once; the request may have reached the server then. If no thread can be started, as when
        the interpreter ends, the request is sent in the calling thread, and Ctrl-C has no effect
        before the end of the call.
        """
        send = _Send(self._open(), instance(request, Request, "request")._handle)
        try:
            with self._lock:
                self._sends.add(send)
            return send.wait()
        finally:
            with self._lock:
                self._sends.discard(send)

    def cancel(self) -> None:
        """End the sends that are under way, in whatever thread: they raise `CancelledError`.

        Later ones are not concerned. A signal handler of Python may call it.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            sends = list(self._sends)
        for send in sends:
            send.cancel()

    def close_idle(self) -> None:
        """Close the connections that are kept for later sends; sends in flight go on.

        Call it before a long pause. Connections are kept for 15 s after their last use, and closed
        by the next send or with the transport.
        """
        lib.atlas_webhook_transport_close_idle(self._open())

    def close(self) -> None:
        """Close the connections, and end the sends that are under way; a second time is fine."""
        self._handle = None
        self.cancel()

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> TransportHandle:
        handle = self._handle
        if handle is None:
            raise StateError("the transport is closed")
        if self._process != os.getpid():
            raise StateError("the transport was made before a fork; the child makes its own")
        return handle

    def __repr__(self) -> str:
        closed = " closed" if self._handle is None else ""
        return f"<Transport timeout={self._timeout}{closed}>"


class _Send:
    """One send in a thread of its own, so that Ctrl-C need not wait for it.

    The thread has its own references to the handles, so who waits may leave at any time.
    """

    def __init__(self, transport: TransportHandle, request: RequestHandle) -> None:
        cancel = CancelHandle()
        lib.atlas_webhook_cancel_new(cancel, ErrorHandle())
        self._cancel = owned_by_process(cancel)
        self._outcome: Future[Reply] = Future()
        self._call = partial(_send, self._outcome, transport, request, cancel)

    def wait(self) -> Reply:
        try:
            if not _start(self._call):
                self._call()
            while not self._outcome.done():
                wait([self._outcome], _WAIT)
        except BaseException:
            self.cancel()
            raise
        try:
            return self._outcome.result()
        finally:
            # An error holds the frames that it passed, and they hold this: not in a circle.
            del self._outcome, self._call

    def cancel(self) -> None:
        lib.atlas_webhook_cancel_now(self._cancel, ErrorHandle())


def _start(call: Callable[[], None]) -> bool:
    """Start a thread for a call, or return False if this process can start none now.

    That is so when the interpreter ends, in some sub-interpreters, and at a limit of the system.
    """
    try:
        threading.Thread(target=call, name="atlas-webhook-send", daemon=True).start()
    except RuntimeError:
        return False
    return True


def _send(
    outcome: Future[Reply],
    transport: TransportHandle,
    request: RequestHandle,
    cancel: CancelHandle,
) -> None:
    try:
        handle = ReplyHandle()
        lib.atlas_webhook_transport_send(transport, request, cancel, handle, ErrorHandle())
        outcome.set_result(from_c(handle))
    except BaseException as problem:
        # Without the frames of this thread, which hold the handles.
        outcome.set_exception(problem.with_traceback(None))
