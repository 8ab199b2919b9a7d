"""The API's yes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ._library import lib
from ._read import read_text
from ._signatures import ReplyHandle


@dataclass(frozen=True)
class Reply:
    """The API's yes: HTTP 2xx with status 0. A no is an exception.

    A plain value; as anything from the network, its texts are untrusted, so its repr leaves them
    out.
    """

    #: The API's text for people, "" when it sent none. Never decide on it.
    message: str = field(repr=False)
    #: The API's id of the request, worth keeping for its support; "" when it sent none.
    request_id: str = field(repr=False)
    #: The HTTP status under which the answer came: 200, or another 2xx.
    http_status: int
    #: How many attempts the transport began, also those that never connected; 0 without one.
    attempts: int = 0


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
