"""What the API's server sent, before it is interpreted."""

from __future__ import annotations

from ctypes import byref, c_size_t

from ._library import lib
from ._plain import Plain
from ._read import read_bytes
from ._signatures import Bytes, ErrorHandle, ResponseHandle


class Response(Plain):
    """The response of an exchange: a plain value.

    `Request.reply` interprets it: ``request.reply(response.status, response.headers,
    response.body)``.

    Untrusted: it may contain anything, an echo of the webhook URL included, so its repr shows the
    status and sizes only.

    Attributes:
        status: The HTTP status.
        headers: Name and value of each header field, in order, decoded as Latin-1.
        body: The body without its content coding.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def __repr__(self) -> str:
        return (
            f"<Response {self.status}, {len(self.headers)} header fields, {len(self.body)} bytes>"
        )


def from_c(handle: ResponseHandle) -> Response:
    """Read a response that a C function returned, and free it."""
    try:
        count = lib.atlas_webhook_response_header_count(handle)
        return Response(
            lib.atlas_webhook_response_status(handle),
            tuple(_header(handle, i) for i in range(count)),
            _body(handle),
        )
    finally:
        lib.atlas_webhook_response_free(handle)


def _header(handle: ResponseHandle, i: int) -> tuple[str, str]:
    return (
        read_bytes(lib.atlas_webhook_response_header_name, handle, i).decode("latin-1"),
        read_bytes(lib.atlas_webhook_response_header_value, handle, i).decode("latin-1"),
    )


def _body(handle: ResponseHandle) -> bytes:
    body, length = Bytes(), c_size_t()
    lib.atlas_webhook_response_body(handle, byref(body), byref(length), ErrorHandle())
    octets: bytes = bytes(body[: length.value])
    return octets
