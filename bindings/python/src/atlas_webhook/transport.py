"""The bundled transport, and the cancellation of its sends."""

from __future__ import annotations

import _thread
import os
import sys
from contextlib import suppress
from functools import partial
from os import PathLike
from types import TracebackType
from typing import Callable, Optional, Union

from ._arguments import (
    BytesLike,
    encode,
    encode_path,
    instance,
    milliseconds,
    octets,
    unsigned,
)
from ._forks import start_anew_in_child
from ._handles import Unpicklable, owned_by_process
from ._library import lib
from ._sealed import Sealed
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

# On Windows a wait cannot be interrupted, so it is split into short waits.
_WAIT = 0.1 if os.name == "nt" else -1

# A send ends within milliseconds after its cancellation. A task waits at most so long for it.
_TO_CANCEL = 1.0


class Transport(Sealed, Unpicklable):
    """The bundled blocking transport: HTTP/1.1 over TCP and TLS.

    It reuses connections, so make one and keep it. Any number of threads may send over one
    transport at the same time. It trusts the platform's certificate store, which the environment
    variables SSL_CERT_FILE and SSL_CERT_DIR can replace. It follows no redirects and uses a proxy
    only if you set one.

    After a fork it works in the child too. It starts again there with the same settings and without
    the connections of the parent. A CA file is not read again. With `use_env_proxy` the child reads
    the environment again, at its first call; that call raises `ArgumentError` if a variable is not
    the URL of a proxy. The platform's certificate store is read for the first TLS connection.
    """

    __slots__ = ("_closed", "_handle", "_make", "_sends", "_timeout")

    _instead = "Make a transport in each process."
    _settings = "the settings are arguments of Transport()"

    def __init__(
        self,
        *,
        timeout: float = 15.0,
        connect_timeout: float = 5.0,
        retries: int = 0,
        proxy: Optional[str] = None,
        use_env_proxy: bool = False,
        ca_file: Optional[Union[str, bytes, PathLike[str], PathLike[bytes]]] = None,
        ca_pem: Optional[Union[BytesLike, str]] = None,
    ) -> None:
        """Make a transport.

        `timeout` is the timeout of a whole send in seconds, including name resolution and retries.
        `connect_timeout` is the timeout for connecting within one attempt. Range of both: more than
        0, at most one day. `retries` is the number of retries after an error that is `retryable`.
        `proxy` is ``http://[user:password@]host[:port]``. `use_env_proxy` reads the proxies from
        the environment now, by the rules of curl: https_proxy, HTTPS_PROXY, http_proxy, all_proxy,
        ALL_PROXY, no_proxy and NO_PROXY. `ca_file` is a PEM file with the only certificates to
        trust; it is read now. `ca_pem` is the text of such a file.

        Raises `ArgumentError`, and `UnsupportedError` if this build of the library has no
        transport.
        """
        if proxy is not None and use_env_proxy:
            raise ArgumentError("proxy and use_env_proxy exclude each other")
        if ca_file is not None and ca_pem is not None:
            raise ArgumentError("ca_file and ca_pem exclude each other")
        instance(use_env_proxy, bool, "use_env_proxy")
        self._timeout = timeout
        self._make = partial(
            self._new_handle,
            timeout=timeout,
            connect_timeout=connect_timeout,
            retries=retries,
            proxy=proxy,
            use_env_proxy=use_env_proxy,
            trust=_trust(ca_file, ca_pem),
        )
        self._handle: Optional[TransportHandle] = self._make()
        self._closed = False
        # Without a lock, which a signal handler that raises could leave locked on Python 3.9. The
        # methods of a set and list() of it are atomic.
        self._sends: set[_Send] = set()
        start_anew_in_child(self)

    @staticmethod
    def _new_handle(
        *,
        timeout: float,
        connect_timeout: float,
        retries: int,
        proxy: Optional[str],
        use_env_proxy: bool,
        trust: Optional[Union[_CaFile, _CaText]],
    ) -> TransportHandle:
        handle = TransportHandle()
        lib.atlas_webhook_transport_new(handle, ErrorHandle())
        owned_by_process(handle)
        lib.atlas_webhook_transport_set_timeout_ms(
            handle, milliseconds(timeout, "timeout"), ErrorHandle()
        )
        lib.atlas_webhook_transport_set_connect_timeout_ms(
            handle, milliseconds(connect_timeout, "connect_timeout"), ErrorHandle()
        )
        retries = unsigned(retries, 32, "retries")
        if retries:
            lib.atlas_webhook_transport_set_retries(handle, retries, ErrorHandle())
        if proxy is not None:
            lib.atlas_webhook_transport_set_proxy(
                handle, encode(proxy, "proxy", "a str or None"), ErrorHandle()
            )
        if use_env_proxy:
            lib.atlas_webhook_transport_use_env_proxy(handle, ErrorHandle())
        if trust is not None:
            trust.set(handle)
        return handle

    @staticmethod
    def is_available() -> bool:
        """Whether this build of the library has the transport."""
        return bool(lib.atlas_webhook_features() & FEATURE_TRANSPORT)

    def send(self, request: Request) -> Reply:
        """Send `request`. Return the reply, or raise the error that the response means.

        It blocks for at most the timeout. Ctrl-C, or any exception from a signal handler, ends it
        at once; the request may have reached the server then. If no thread can be started, for
        example when the interpreter ends, the request is sent in the calling thread. Ctrl-C then
        has no effect before the end of the call.
        """
        send = _Send(instance(request, Request, "request")._handle)
        try:
            self._sends.add(send)
            return send.wait(self._open())
        finally:
            self._sends.discard(send)

    async def send_async(self, request: Request) -> Reply:
        """Send `request` as `send` does, without blocking the event loop of asyncio.

        Each call has a thread of its own while it is in flight, so any number of calls run at the
        same time, independently of the loop's executor. If the task is cancelled, as `wait_for`
        does at its timeout, the send ends at once; the request may have reached the server.

        Raises `RuntimeError` if no thread can be started.
        """
        send = _Send(instance(request, Request, "request")._handle)
        try:
            self._sends.add(send)
            return await send.wait_async(self._open())
        finally:
            self._sends.discard(send)

    def cancel(self) -> None:
        """End the sends in flight, in all threads. They raise `CancelledError`.

        Later sends are not affected. A Python signal handler may call it.
        """
        for send in list(self._sends):
            send.cancel()

    def close_idle(self) -> None:
        """Close the idle connections. Sends in flight continue.

        Call it before a long pause: an idle connection that is older than 15 s is otherwise closed
        only by the next send or with the transport.
        """
        lib.atlas_webhook_transport_close_idle(self._open())

    def close(self) -> None:
        """Close the connections and end the sends in flight. A second call does nothing."""
        self._closed = True
        self._handle = None
        self.cancel()

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def _open(self) -> TransportHandle:
        handle = self._handle
        if handle is None and not self._closed:
            # Threads that do so at the same time make a handle each. The transport keeps the last.
            handle = self._handle = self._make()
        if handle is None:
            raise StateError("the transport is closed")
        return handle

    def _start_anew(self) -> None:
        """For the child of a fork: the threads and locks of the handle stayed in the parent."""
        self._handle = None
        sends, self._sends = self._sends, set()
        for send in sends:
            send.end_in_child()

    def __repr__(self) -> str:
        # These are the defaults if the constructor failed.
        closed = " closed" if getattr(self, "_closed", True) else ""
        return f"<Transport timeout={getattr(self, '_timeout', 15.0)}{closed}>"


class _CaText:
    """Certificates to trust: the text of a CA file."""

    def __init__(self, pem: bytes) -> None:
        self._pem = pem

    def set(self, handle: TransportHandle) -> None:
        lib.atlas_webhook_transport_set_ca_pem(handle, self._pem, len(self._pem), ErrorHandle())


class _CaFile:
    """Certificates to trust: those of a CA file.

    It is read once. The child of a fork may have another root directory or fewer privileges.
    """

    def __init__(self, path: bytes) -> None:
        self._path = path
        self._text: Optional[_CaText] = None

    def set(self, handle: TransportHandle) -> None:
        if self._text is None:
            self._text = _CaText(self._read(handle))
        try:
            self._text.set(handle)
        except ArgumentError as error:
            raise ArgumentError(error.message.replace("the CA text", self._name())) from None

    def _read(self, handle: TransportHandle) -> bytes:
        try:
            with open(self._path, "rb") as file:  # noqa: PTH123, pathlib is slow to import
                return file.read()
        except OSError as error:
            number, why = error.errno, error.strerror
        # C cannot read it either, and raises the error for that.
        lib.atlas_webhook_transport_set_ca_file(handle, self._path, ErrorHandle())
        raise ArgumentError(f"{self._name()} cannot be read: {why}", os_error=number)

    def _name(self) -> str:
        """The name of the file in messages, quoted as in those of the library."""
        characters = self._path.decode("utf-8", "surrogateescape")
        return f'the CA file "{"".join(map(_escaped, characters))}"'


_ESCAPES = {"\t": r"\t", "\n": r"\n", "\r": r"\r", '"': r"\"", "\\": r"\\"}


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        # A byte that is not UTF-8.
        return f"\\x{ord(character) - 0xDC00:02X}"
    if character.isprintable():
        return _ESCAPES.get(character, character)
    return _ESCAPES.get(character, f"\\u{{{ord(character):x}}}")


def _trust(
    file: Optional[Union[str, bytes, PathLike[str], PathLike[bytes]]],
    pem: Optional[Union[BytesLike, str]],
) -> Optional[Union[_CaFile, _CaText]]:
    if file is not None:
        return _CaFile(encode_path(file, "ca_file"))
    if pem is not None:
        accepted = "a str, bytes, a bytearray, a memoryview or None"
        return _CaText(
            encode(pem, "ca_pem") if isinstance(pem, str) else octets(pem, "ca_pem", accepted)
        )
    return None


class _Outcome:
    """The reply or the exception of a call in another thread.

    A Future of concurrent.futures would do, but its import needs more time than that of this
    package. It and an Event are also Python code, which breaks if a signal handler raises within.
    """

    def __init__(self) -> None:
        # Locked until the call is over.
        self.over = _thread.allocate_lock()
        self.over.acquire()
        self.is_lost = False
        self.wake: Optional[Callable[[], object]] = None
        self._reply: Optional[Reply] = None
        self._problem: Optional[BaseException] = None

    def end(self, reply: Optional[Reply], problem: Optional[BaseException]) -> None:
        self._reply, self._problem = reply, problem
        if self.wake is not None:
            self.wake()
        self.over.release()

    def end_in_child(self) -> None:
        """End without a result in the child of a fork, unless it is over."""
        self.is_lost = True
        if self.over.locked():
            self.over.release()

    def result(self) -> Reply:
        if self._reply is None:
            problem, self._problem = self._problem, None
            try:
                raise problem or StateError("this process was forked during the send")
            finally:
                # An error refers to its frames, and this frame refers to it. Avoid the cycle.
                del problem
        return self._reply


class _Send:
    """One send in a thread of its own, so that Ctrl-C need not wait for it.

    The thread has its own references to the handles, so the waiting thread may leave at any time.
    """

    def __init__(self, request: RequestHandle) -> None:
        cancel = CancelHandle()
        lib.atlas_webhook_cancel_new(cancel, ErrorHandle())
        self._cancel = owned_by_process(cancel)
        self._outcome = _Outcome()
        self._call = partial(_send, self._outcome, request, cancel)

    def wait(self, transport: TransportHandle) -> Reply:
        call = partial(self._call, transport)
        try:
            if not _start(call):
                call()
            while not self._outcome.over.acquire(timeout=_WAIT):
                pass
        except BaseException:
            self.cancel()
            raise
        return self._outcome.result()

    async def wait_async(self, transport: TransportHandle) -> Reply:
        # Not imported with this module: most programs do not need it, and the import is slow.
        import asyncio  # noqa: PLC0415

        loop = asyncio.get_running_loop()
        over = loop.create_future()

        def end() -> None:
            if not over.done():
                over.set_result(None)

        def wake() -> None:
            # The loop is closed if no task waits any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(end)

        self._outcome.wake = wake
        try:
            if not _start(partial(self._call, transport)):
                raise RuntimeError("no thread can be started for the send")
            await over
        except BaseException:
            self.cancel()
            raise
        finally:
            if over.done():
                # A sub-interpreter cannot be destroyed before its threads have ended.
                self._outcome.over.acquire(timeout=_TO_CANCEL)
        return self._outcome.result()

    def end_in_child(self) -> None:
        """End in the child of a fork. The thread stayed in the parent."""
        self._outcome.end_in_child()

    def cancel(self) -> None:
        lib.atlas_webhook_cancel_now(self._cancel, ErrorHandle())


def _start(call: Callable[[], None]) -> bool:
    """Start a thread for a call, or return False if this process cannot start a thread now.

    This happens when the interpreter ends, in some sub-interpreters, and at a limit of the system.
    """
    # Up to Python 3.11 a thread can be started when the interpreter ends, but never runs. In later
    # versions one can be started where none is permitted.
    permitted = getattr(_thread, "daemon_threads_allowed", lambda: True)
    if sys.is_finalizing() or not permitted():
        return False
    try:
        # Not a threading.Thread: an exception of a signal handler within its start() breaks it.
        _thread.start_new_thread(call, ())
    except RuntimeError:
        return False
    return True


def _send(
    outcome: _Outcome,
    request: RequestHandle,
    cancel: CancelHandle,
    transport: TransportHandle,
) -> None:
    if outcome.is_lost:  # The handles are those of the parent.
        return
    try:
        handle = ReplyHandle()
        lib.atlas_webhook_transport_send(transport, request, cancel, handle, ErrorHandle())
        outcome.end(from_c(handle), None)
    except BaseException as problem:
        # Without the frames of this thread, which refer to the handles.
        outcome.end(None, problem.with_traceback(None))
