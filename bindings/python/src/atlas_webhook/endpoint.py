"""The API server and the identity there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Callable, Optional, Union

from ._arguments import encode, encode_optional, instance, pairs, unsigned
from ._handles import Immutable, owned
from ._library import lib
from ._plain import Plain
from ._sealed import set_attribute
from ._signatures import EndpointHandle, ErrorHandle, Handle
from .errors import ArgumentError

# The API's sandbox in the specification.
SANDBOX = "https://sandbox.atlaslovestravel.com"
# The later address of the sandbox.
SANDBOX_ATRIPTECH = "https://sandbox.atriptech.com"


class Limits(Plain):
    """Limits of the memory that a peer's message uses. None means the default.

    Attributes:
        head: Bytes of each head of a message, and of its trailers. Default: 16 KiB.
        fields: Field lines in each head, and in the trailers. Default: 100.
        interim: Interim (1xx) responses before the final one. Default: 8.
        body: Bytes of the body, both as sent and with gzip removed. Default: 1 MiB.
        chunk_overhead: Bytes that the chunked coding adds to the data. Default: 64 KiB.
        values: Values in the JSON of a delivery. Default: 20,000.
    """

    head: Optional[int] = None
    fields: Optional[int] = None
    interim: Optional[int] = None
    body: Optional[int] = None
    chunk_overhead: Optional[int] = None
    values: Optional[int] = None

    _shown = ("head", "fields", "interim", "body", "chunk_overhead", "values")


# ATLAS_WEBHOOK_LIMIT_ of the header.
_LIMIT_NUMBERS = {"head": 1, "fields": 2, "interim": 3, "body": 4, "chunk_overhead": 5, "values": 6}


def set_limits(setter: Callable[..., int], handle: Handle, limits: Optional[Limits]) -> None:
    """Set the limits that are not None, by a C function."""
    if limits is None:
        return
    instance(limits, Limits, "limits")
    for name, number in _LIMIT_NUMBERS.items():
        value = getattr(limits, name)
        if value is not None:
            setter(handle, number, unsigned(value, 64, f"limits.{name}"), ErrorHandle())


class Endpoint(Immutable):
    """A server of the API and your identity there.

    Make one per account and keep it. It never changes, so any number of threads may use one at the
    same time.
    """

    __slots__ = ("_base_url", "_handle")
    _handle: EndpointHandle
    _base_url: str

    _instead = "Pass the base URL, and make an endpoint with the credentials there."
    _settings = "an endpoint never changes. Its settings are arguments of Endpoint()"

    def __init__(
        self,
        base_url: Optional[str] = None,
        *,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        headers: Optional[Union[Mapping[str, str], Iterable[tuple[str, str]]]] = None,
        limits: Optional[Limits] = None,
        allow_plaintext: bool = False,
    ) -> None:
        """Make an endpoint for the server at `base_url`, an absolute http or https URL. Default:
        `SANDBOX`. It contains no user information, query, fragment or port 0, and does not end with
        /updateWebhookURL.do, which the library appends.

        `client_id` and `client_secret` are the credentials; pass both or neither. Default: no
        credentials. `headers`, a mapping or pairs, are added to every request, or replace headers
        of the same name; their values are treated as secrets. Accept and User-Agent can be
        replaced. Headers that frame the message or belong to the connection are rejected, and those
        of the credentials. `limits` are the limits of a response. `allow_plaintext` allows requests
        over http to another machine. Everyone on the network path can read the webhook URL, the
        credentials and the headers of such a request. Default: False.

        Raises `ArgumentError`.
        """
        instance(allow_plaintext, bool, "allow_plaintext")
        handle = EndpointHandle()
        lib.atlas_webhook_endpoint_new(encode_optional(base_url, "base_url"), handle, ErrorHandle())
        set_attribute(self, "_handle", owned(handle))
        set_attribute(self, "_base_url", SANDBOX if base_url is None else base_url)
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
        """The base URL as it was passed."""
        return self._base_url

    def __repr__(self) -> str:
        # "" if the constructor failed.
        return f"<Endpoint {getattr(self, '_base_url', '')!r}>"
