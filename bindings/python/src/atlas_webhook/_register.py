"""The common case in one call."""

from __future__ import annotations

from os import PathLike
from typing import Optional, Union

from ._arguments import BytesLike
from .endpoint import Endpoint
from .reply import Reply
from .request import Request
from .transport import Transport


def register(
    endpoint: Endpoint,
    url: str,
    cid: Optional[str] = None,
    *,
    timeout: float = 15.0,
    connect_timeout: float = 5.0,
    retries: int = 0,
    proxy: Optional[str] = None,
    use_env_proxy: bool = False,
    ca_file: Optional[Union[str, bytes, PathLike[str], PathLike[bytes]]] = None,
    ca_pem: Optional[Union[BytesLike, str]] = None,
) -> Reply:
    """Register `url` to receive the webhooks of an account, by the bundled transport.

    `Endpoint`, `Request.registration` and `Transport` describe the arguments. Use these classes for
    more than one call.

    Returns a `Reply` if the API accepted the registration. Raises an `AtlasWebhookError` otherwise.
    """
    request = Request.registration(endpoint, url, cid)
    with Transport(
        timeout=timeout,
        connect_timeout=connect_timeout,
        retries=retries,
        proxy=proxy,
        use_env_proxy=use_env_proxy,
        ca_file=ca_file,
        ca_pem=ca_pem,
    ) as transport:
        return transport.send(request)


async def register_async(
    endpoint: Endpoint,
    url: str,
    cid: Optional[str] = None,
    *,
    timeout: float = 15.0,
    connect_timeout: float = 5.0,
    retries: int = 0,
    proxy: Optional[str] = None,
    use_env_proxy: bool = False,
    ca_file: Optional[Union[str, bytes, PathLike[str], PathLike[bytes]]] = None,
    ca_pem: Optional[Union[BytesLike, str]] = None,
) -> Reply:
    """Register as `register` does, without blocking the event loop of asyncio.

    If the task is cancelled, as `wait_for` does at its timeout, the call ends at once; the request
    may have reached the server. See `Transport.send_async`.
    """
    request = Request.registration(endpoint, url, cid)
    with Transport(
        timeout=timeout,
        connect_timeout=connect_timeout,
        retries=retries,
        proxy=proxy,
        use_env_proxy=use_env_proxy,
        ca_file=ca_file,
        ca_pem=ca_pem,
    ) as transport:
        return await transport.send_async(request)
