"""Checks whether a delivery belongs to a registered URL, and reads it."""

from __future__ import annotations

from typing import Optional, Union

from ._arguments import BytesLike, Headers, encode, field_lines, octets, wrong_type
from ._handles import Immutable, owned
from ._library import lib
from ._sealed import set_attribute
from ._signatures import ErrorHandle, EventHandle, ReceiverHandle
from .endpoint import Limits, set_limits
from .events import Event, from_c


class Receiver(Immutable):
    """Checks deliveries against the registered URL and reads them.

    Make one and keep it. It never changes, so threads can share it::

        receiver = Receiver("https://example.com/atlas/8f3c2b7e")

        def handle(method, target, headers, body):      # called by your HTTP server
            try:
                event = receiver.read(method, target, headers, body)
            except AtlasWebhookError as error:
                return error.response_status
            store(event.dedupe_key, event.json)
            return 200

    The registered URL is the secret, because deliveries have no signature: put a random token into
    its path. With a URL that has no path and no query, every POST to ``/`` is trusted. Scheme,
    host, port, header fields and addresses are not checked.
    """

    __slots__ = ("_handle",)
    _handle: ReceiverHandle

    _instead = "Pass the registered URL, and make a receiver there."
    _settings = "a receiver never changes. Its settings are arguments of Receiver()"

    def __init__(self, url: str, *other_urls: str, limits: Optional[Limits] = None) -> None:
        """Accept deliveries to `url`, and to `other_urls` while a new URL replaces an old one.

        Each is a registered URL. If a proxy in front of the program removes a prefix, it is the
        path and query that the program receives. Range: at most 8 different URLs. Of the `limits`,
        `body` and `values` are used.

        Raises `ArgumentError`.
        """
        handle = ReceiverHandle()
        lib.atlas_webhook_receiver_new(encode(url, "url"), handle, ErrorHandle())
        set_attribute(self, "_handle", owned(handle))
        for other in other_urls:
            lib.atlas_webhook_receiver_add_url(
                handle, encode(other, "each of other_urls"), ErrorHandle()
            )
        set_limits(lib.atlas_webhook_receiver_set_limit, handle, limits)

    def read(
        self,
        method: Union[str, bytes],
        target: Union[str, bytes],
        headers: Optional[Headers],
        body: BytesLike,
    ) -> Event:
        """Check a delivery that your HTTP server received, and read it.

        `method` and `target` are those of the request line; the target is path and query, as
        received and not decoded: ``self.requestline.split()[1]`` of http.server,
        ``request.environ["REQUEST_URI"]`` of Flask, `raw_path` (with the query string) of ASGI and
        aiohttp. It is compared byte for byte. `headers` are a mapping, or names and values in
        pairs. Only Content-Encoding is read from them: a body with an unknown coding that is not
        JSON as it is is rejected. gzip is detected from the body. `headers` may be None. `body` is
        the body as received, or with gzip removed.

        Raises `MalformedDeliveryError`, `UntrustedError`, `LimitError` or `EncodingError`. Respond
        with the `response_status` of the error.
        """
        method, target = _raw(method, "method"), _raw(target, "target")
        lines = field_lines(headers)
        content = octets(body, "body")
        handle = EventHandle()
        lib.atlas_webhook_receiver_read(
            self._handle,
            method,
            len(method),
            target,
            len(target),
            lines,
            len(lines),
            content,
            len(content),
            handle,
            ErrorHandle(),
        )
        return from_c(handle)

    def __repr__(self) -> str:
        return "<Receiver>"


def _raw(text: Union[str, bytes], what: str) -> bytes:
    """The bytes of a request line. Text from a client is never an argument error."""
    if isinstance(text, str):
        return str.encode(text, "utf-8", "surrogatepass")
    if isinstance(text, bytes):
        # Not an object of a subclass, whose length could be another.
        return bytes(memoryview(text))
    raise wrong_type(text, "a str or bytes", what)
