"""The common case in one call."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

from .endpoint import Endpoint, Limits
from .reply import Reply
from .request import Request
from .transport import Transport


def register(
    url: str,
    cid: str | None = None,
    *,
    base_url: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    timeout: float = 15.0,
    connect_timeout: float = 5.0,
    retries: int = 0,
    proxy: str | None = None,
    use_env_proxy: bool = False,
    ca_file: str | PathLike[str] | None = None,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    allow_plaintext: bool = False,
) -> Reply:
    """Register `url` to receive the webhooks of an account, by the bundled transport.

    `base_url` is the API's server, its sandbox unless given. What the arguments mean is told by
    `Request.registration`, `Endpoint` and `Transport`, which are for more than one call.

    Returns only when the API said yes; anything else raises an `AtlasWebhookError`.
    """
    endpoint = Endpoint(
        base_url,
        client_id=client_id,
        client_secret=client_secret,
        headers=headers,
        limits=limits,
        allow_plaintext=allow_plaintext,
    )
    request = Request.registration(endpoint, url, cid)
    with Transport(
        timeout=timeout,
        connect_timeout=connect_timeout,
        retries=retries,
        proxy=proxy,
        use_env_proxy=use_env_proxy,
        ca_file=ca_file,
    ) as transport:
        return transport.send(request)
