"""Where to send, and as whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Callable

from ._arguments import encode, encode_optional, instance, pairs, unsigned
from ._handles import Immutable, owned
from ._library import lib
from ._plain import Plain
from ._signatures import EndpointHandle, ErrorHandle, Handle
from .errors import ArgumentError

# The API's sandbox, as the specification names it.
SANDBOX = "https://sandbox.atlaslovestravel.com"
# The later address of the sandbox.
SANDBOX_ATRIPTECH = "https://sandbox.atriptech.com"


class Limits(Plain):
    """What a peer may make the library hold; None leaves a limit as it is.

    Attributes:
        head: Bytes of one head of a response, and of its trailers. Default: 16 KiB.
        fields: Field lines in one head, and in the trailers. Default: 100.
        interim: Interim (1xx) responses before the final one. Default: 8.
        body: Bytes of the body, and of the body after gzip was removed. Default: 1 MiB.
        chunk_overhead: Bytes that the chunked coding may add to the data. Default: 64 KiB.
        values: Values in the JSON of a delivery. Default: 20,000.
    """

    head: int | None = None
    fields: int | None = None
    interim: int | None = None
    body: int | None = None
    chunk_overhead: int | None = None
    values: int | None = None

    _shown = ("head", "fields", "interim", "body", "chunk_overhead", "values")


# ATLAS_WEBHOOK_LIMIT_ of the header.
_LIMIT_NUMBERS = {"head": 1, "fields": 2, "interim": 3, "body": 4, "chunk_overhead": 5, "values": 6}


def set_limits(setter: Callable[..., int], handle: Handle, limits: Limits | None) -> None:
    """Set the limits that are not None by a function of C."""
    if limits is None:
        return
    instance(limits, Limits, "limits")
    for name, number in _LIMIT_NUMBERS.items():
        value = getattr(limits, name)
        if value is not None:
            setter(handle, number, unsigned(value, 64, f"limits.{name}"), ErrorHandle())


class Endpoint(Immutable):
    """A server of the API, and the identity to use there.

    Make one per account and keep it; it never changes, so threads may share it.
    """

    _instead = "Pass the base URL, and make an endpoint with the credentials there."
    # For the repr of one whose making failed.
    _base_url = ""

    def __init__(
        self,
        base_url: str | None = None,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        limits: Limits | None = None,
        allow_plaintext: bool = False,
    ) -> None:
        """Describe the server at `base_url`, an absolute http or https URL; None is `SANDBOX`.

        `client_id` and `client_secret` are the credentials; pass both or none. `headers`, a mapping
        or pairs, are added to every request, or replace those of the same name; their values are
        treated as secrets. `limits` bound what a response may use. `allow_plaintext` allows
        requests over http to a host other than this machine. Default: not allowed, since everyone
        on the way can read the webhook URL, the credentials and the headers.

        Raises `ArgumentError`.
        """
        instance(allow_plaintext, bool, "allow_plaintext")
        handle = EndpointHandle()
        lib.atlas_webhook_endpoint_new(encode_optional(base_url, "base_url"), handle, ErrorHandle())
        self._handle = owned(handle)
        self._base_url = SANDBOX if base_url is None else base_url
        if (client_id is None) != (client_secret is None):
            given, absent = ("client_id", "client_secret")[:: 1 if client_secret is None else -1]
            raise ArgumentError(f"{given} requires {absent}, which must be a str, not NoneType")
        if client_id is not None:
            lib.atlas_webhook_endpoint_set_credentials(
                handle,
                encode_optional(client_id, "client_id"),
                encode_optional(client_secret, "client_secret"),
                ErrorHandle(),
            )
        for name, value in pairs(headers, "headers"):
            lib.atlas_webhook_endpoint_set_header(
                handle,
                encode(name, "each name in headers"),
                encode(value, "each value in headers"),
                ErrorHandle(),
            )
        set_limits(lib.atlas_webhook_endpoint_set_limit, handle, limits)
        if allow_plaintext:
            lib.atlas_webhook_endpoint_set_plaintext_allowed(handle, 1, ErrorHandle())

    @property
    def base_url(self) -> str:
        """The base URL as it was given."""
        return self._base_url

    def __repr__(self) -> str:
        return f"<Endpoint {self._base_url!r}>"
