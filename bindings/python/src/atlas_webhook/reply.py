"""The API's yes."""

from __future__ import annotations

from ._library import lib
from ._plain import Plain
from ._read import read_text
from ._signatures import ReplyHandle


class Reply(Plain):
    """The API's yes: HTTP 2xx with status 0. A no is an exception.

    A plain value; as anything from the network, its texts are untrusted, so its repr leaves them
    out.

    Attributes:
        message: The API's text for people; "" if it sent none. Never decide on it.
        request_id: The API's id of the request, to quote to its support; "" if it sent none.
        http_status: The HTTP status of the response: 200, or another 2xx.
        attempts: How many attempts the transport began, also those that never connected; 0 without
            one.
    """

    message: str
    request_id: str
    http_status: int
    attempts: int = 0

    _shown = ("http_status", "attempts")


def from_c(handle: ReplyHandle) -> Reply:
    """Read a reply that a C function gave, and free it."""
    try:
        return Reply(
            read_text(lib.atlas_webhook_reply_message, handle),
            read_text(lib.atlas_webhook_reply_request_id, handle),
            lib.atlas_webhook_reply_http_status(handle),
            lib.atlas_webhook_reply_attempts(handle),
        )
    finally:
        lib.atlas_webhook_reply_free(handle)
