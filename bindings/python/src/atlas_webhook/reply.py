"""The response of a successful registration."""

from __future__ import annotations

from ._library import lib
from ._plain import Plain
from ._read import read_text
from ._signatures import ReplyHandle


class Reply(Plain):
    """The response of a successful registration: HTTP 2xx with status 0. A refusal is an exception.

    It is a plain value. Its texts are untrusted, so its repr omits them.

    Attributes:
        message: The API's text, for people. "" if the API sent no text. Do not decide by it.
        request_id: The API's identifier of the request. Keep it for the API's support. "" if the
            API sent no identifier.
        http_status: The HTTP status of the response: 200, or another 2xx.
        attempts: The number of attempts that the transport started, including those that never
            connected. 0 if no transport was used.
    """

    message: str
    request_id: str
    http_status: int
    attempts: int = 0

    _shown = ("http_status", "attempts")


def from_c(handle: ReplyHandle) -> Reply:
    """Read a reply that a C function returned, and free it."""
    try:
        return Reply(
            read_text(lib.atlas_webhook_reply_message, handle),
            read_text(lib.atlas_webhook_reply_request_id, handle),
            lib.atlas_webhook_reply_http_status(handle),
            lib.atlas_webhook_reply_attempts(handle),
        )
    finally:
        lib.atlas_webhook_reply_free(handle)
