"""The request as a value."""

from __future__ import annotations

from typing import Any, Optional

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
from ._sealed import set_attribute
from ._signatures import ErrorHandle, ReplyHandle, RequestHandle
from .endpoint import Endpoint
from .reply import Reply, from_c


class _Headers(dict[str, str]):
    """A dict whose repr shows no value, because the values include the credentials.

    The same applies to a copy of it and to a union with another dict.
    """

    __slots__ = ()

    def copy(self) -> _Headers:
        return _Headers(self)

    def __or__(self, other: Any) -> Any:
        return _masked(super().__or__(other))

    def __ror__(self, other: Any) -> Any:
        return _masked(super().__ror__(other))

    def __repr__(self) -> str:
        return f"<headers {', '.join(self)}>"

    __str__ = __repr__


def _masked(union: Any) -> Any:
    """A union of dicts as headers. It is NotImplemented if one of them is not a dict."""
    return _Headers(union) if isinstance(union, dict) else union


class Request(Immutable):
    """A rendered request for any of the three ways to send it.

    With an HTTP stack of your own, send `method`, `url`, `headers` and `body` and pass the response
    to `reply`. With a socket of your own, use an `Exchange`. A `Transport` sends it by itself.

    A request never changes, so any number of threads may use one at the same time. It may be sent
    any number of times.
    """

    __slots__ = ("_handle",)
    _handle: RequestHandle

    _instead = "Pass the webhook URL and the cid, and make a request there."
    _settings = "a request never changes. Make another one by Request.registration()"

    def __init__(self, handle: RequestHandle) -> None:
        """Do not call this. `Request.registration` makes requests, each with its `handle`."""
        set_attribute(self, "_handle", handle)
        if not isinstance(handle, RequestHandle):
            raise TypeError("a request is made by Request.registration")

    @classmethod
    def registration(cls, endpoint: Endpoint, url: str, cid: Optional[str] = None) -> Request:
        """Make the request that registers `url` to receive the webhooks of an account.

        `endpoint` is the server and your identity there. `url` is sent byte for byte. It replaces
        the URL that was registered before, and is treated as a secret. Put a random token into its
        path: a URL without path and query contains no secret. `cid` identifies the client and user.
        Default: no `cid`.

        Raises `ArgumentError` if `url` is not an absolute http or https URL in ASCII without user
        information, fragment and spaces, if programs read its host in different ways
        (``ex%61mple.com``, ``1.2.3``, ``0x10``), if `cid` is empty, or if the endpoint is another
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
        """The host to connect to. A TLS certificate must be valid for it.

        A name or an address, IPv6 without brackets.
        """
        return read_text(lib.atlas_webhook_request_host, self._handle)

    @property
    def port(self) -> int:
        """The TCP port to connect to."""
        return int(lib.atlas_webhook_request_port(self._handle))

    @property
    def is_tls(self) -> bool:
        """Whether the connection must use TLS."""
        return bool(lib.atlas_webhook_request_is_tls(self._handle))

    @property
    def headers(self) -> dict[str, str]:
        """The headers to pass to an HTTP stack. They include the credentials.

        Host, Content-Length and the headers of the connection are not included, because a stack
        sets them by itself. Each read returns a new dict. Its repr shows no values, and neither
        does that of `copy()` or of a union by ``|``. What `items()`, `values()`, ``dict(headers)``
        and ``{**headers}`` return does show them, and so does `pprint` on Python 3.9.

        Turn redirects off in the stack: requests, urllib3 and aiohttp follow them by default, and
        would send these headers to the host that the redirect names.
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
        """The complete HTTP/1.1 message. An exchange sends the same bytes."""
        return read_bytes(lib.atlas_webhook_request_bytes, self._handle)

    def reply(self, status: int, headers: Optional[Headers], body: BytesLike) -> Reply:
        """Return what the response to this request means that an HTTP stack of your own received.

        Turn redirects off in the stack. Many stacks follow them by default. The credentials then go
        to the host that the redirect names, and its response is mistaken for the API's.

        `headers` are a mapping, or pairs of name and value; only Retry-After and Date are read from
        them, so None is accepted. `body` is the body as received or already decoded, as requests,
        httpx, urllib3 and aiohttp return it; a Content-Encoding that is still in `headers` does no
        harm. The limits of the endpoint apply.

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
