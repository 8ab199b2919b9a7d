"""What to send, as a value."""

from __future__ import annotations

from ._arguments import (
    BytesLike,
    Headers,
    encode,
    encode_optional,
    field_lines,
    instance,
    octets,
    unsigned,
)
from ._handles import Immutable, owned
from ._library import lib
from ._read import read_bytes, read_text
from ._signatures import ErrorHandle, ReplyHandle, RequestHandle
from .endpoint import Endpoint
from .reply import Reply, from_c


class _Headers(dict[str, str]):
    """A dict whose repr shows no value, since credentials are among them."""

    def __repr__(self) -> str:
        return f"<headers {', '.join(self)}>"

    __str__ = __repr__


class Request(Immutable):
    """A rendered request, ready for any of the three ways to send it.

    With an HTTP stack of your own, send `method`, `url`, `headers` and `body` and pass the response
    to `reply`. With a socket of your own, use an `Exchange`. Or let a `Transport` send it.

    A request never changes, so threads may share it, and it may be sent any number of times.
    """

    _instead = "Pass the webhook URL and the cid, and make a request there."

    def __init__(self, handle: RequestHandle) -> None:
        """Not to be called: `Request.registration` makes requests, each with its `handle`."""
        self._handle = handle
        if not isinstance(handle, RequestHandle):
            raise TypeError("a request is made by Request.registration")

    @classmethod
    def registration(cls, endpoint: Endpoint, url: str, cid: str | None = None) -> Request:
        """Make the request that registers `url` to receive the webhooks of an account.

        `endpoint` is where to send it, and as whom. `url` is sent byte for byte as given, takes the
        place of the URL that the account had before and is treated as a secret. `cid` names the
        client and user; it may be left out.

        Raises `ArgumentError` when `url` is not an absolute http or https URL in ASCII without user
        information, fragment and spaces, when `cid` is empty, or when the endpoint is another
        machine and not https (see `allow_plaintext` of `Endpoint`).
        """
        handle = RequestHandle()
        lib.atlas_webhook_request_new_registration(
            instance(endpoint, Endpoint, "endpoint")._handle,
            encode(url, "url"),
            encode_optional(cid, "cid"),
            handle,
            ErrorHandle(),
        )
        return cls(owned(handle))

    @property
    def method(self) -> str:
        """The HTTP method, "POST"."""
        return read_text(lib.atlas_webhook_request_method, self._handle)

    @property
    def url(self) -> str:
        """The absolute URL to send to."""
        return read_text(lib.atlas_webhook_request_url, self._handle)

    @property
    def host(self) -> str:
        """The host to connect to, which is also the name that a certificate must bear.

        A name or an address, IPv6 without brackets.
        """
        return read_text(lib.atlas_webhook_request_host, self._handle)

    @property
    def port(self) -> int:
        """The TCP port to connect to."""
        return int(lib.atlas_webhook_request_port(self._handle))

    @property
    def is_tls(self) -> bool:
        """Whether the connection must be TLS."""
        return bool(lib.atlas_webhook_request_is_tls(self._handle))

    @property
    def headers(self) -> dict[str, str]:
        """The headers that an HTTP stack does not set by itself; credentials are among them.

        Host, Content-Length and those of the connection are the stack's. A new dict each time.
        Turn redirects off in the stack: requests, urllib3 and aiohttp follow them by default, and
        would send these headers to whatever host the redirect names.
        """
        count = lib.atlas_webhook_request_header_count(self._handle)
        return _Headers(self._header(i) for i in range(count))

    def _header(self, i: int) -> tuple[str, str]:
        return (
            read_text(lib.atlas_webhook_request_header_name, self._handle, i),
            read_text(lib.atlas_webhook_request_header_value, self._handle, i),
        )

    @property
    def body(self) -> bytes:
        """The JSON body."""
        return read_bytes(lib.atlas_webhook_request_body, self._handle)

    def __bytes__(self) -> bytes:
        """The whole HTTP/1.1 message; an exchange hands out the same bytes piece by piece."""
        return read_bytes(lib.atlas_webhook_request_bytes, self._handle)

    def reply(self, status: int, headers: Headers | None, body: BytesLike) -> Reply:
        """Return what the response to this request means that an HTTP stack of your own received.

        Turn redirects off in the stack. Many follow them by default: the credentials then go to
        whatever host the redirect names, and the response from there is taken for the API's.

        `headers` are a mapping, or pairs of name and value; only Retry-After and Date are read from
        them, so None is accepted. `body` is the body as received or already decoded, as requests,
        httpx, urllib3 and aiohttp return it; a Content-Encoding that is still in `headers` does no
        harm. The body is bounded by the limits of the endpoint.

        Raises `HTTPStatusError`, `APIError`, `EncodingError` or `LimitError`, and `ArgumentError`
        when `status` is not that of a final response.
        """
        lines = field_lines(headers)
        content = octets(body, "body")
        handle = ReplyHandle()
        lib.atlas_webhook_request_reply(
            self._handle,
            unsigned(status, 32, "status"),
            lines,
            len(lines),
            content,
            len(content),
            handle,
            ErrorHandle(),
        )
        return from_c(handle)

    def __repr__(self) -> str:
        if not isinstance(self._handle, RequestHandle):
            return "<Request>"
        return f"<Request {self.method} {self.url!r}>"
