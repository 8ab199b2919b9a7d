"""Deliveries, posted as Atlas posts them."""

from __future__ import annotations

import gzip as gzip_format
import http.client
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Optional, Union

from .._arguments import instance, milliseconds
from ..errors import ArgumentError
from ..receiver import Receiver
from ._fields import header_fields, replaced, token
from ._sample import sample

_CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}

# The header fields that the sandbox of Atlas sent on 2026-08-15, but for Host and the length.
_FIELDS = {
    "Accept-Encoding": "gzip",
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/75.0.3770.142 Safari/537.36 Hutool",
    "Content-Type": "application/json;charset=UTF-8",
    "Connection": "keep-alive",
}


def deliver(
    url: str,
    kind: Union[str, bytes],
    /,
    *,
    method: str = "POST",
    headers: Optional[Union[Mapping[str, str], Iterable[tuple[str, str]]]] = None,
    gzip: bool = False,
    chunked: bool = False,
    timeout: float = 10.0,
    **fields: object,
) -> int:
    """Post an event to `url` as Atlas does, and return the HTTP status of the response.

    `kind` and `fields` are those of `sample`; if `kind` is bytes, it is the body itself. `method`
    replaces POST. `headers`, a mapping or pairs, are added to the header fields of Atlas, or
    replace those of the same name. `gzip` compresses the body, and `chunked` sends it in the
    chunked coding; Atlas does neither. `timeout` is the time in seconds for connecting and for each
    read and write. Default: 10 s. Redirects are not followed, because Atlas does not follow them.

    Raises `ArgumentError`, and `OSError` or `http.client.HTTPException` if there is no response.
    """
    body = kind if isinstance(kind, bytes) else sample(kind, **fields)
    if isinstance(kind, bytes) and fields:
        raise ArgumentError("a body has no fields to set")
    instance(gzip, bool, "gzip")
    instance(chunked, bool, "chunked")
    token(method, "method")
    milliseconds(timeout, "timeout")
    scheme, authority, target = _parts(instance(url, str, "url"))
    usual = {**_FIELDS, "Host": authority}
    if gzip:
        body = gzip_format.compress(body, mtime=0)
        usual["Content-Encoding"] = "gzip"
    if chunked:
        usual["Transfer-Encoding"] = "chunked"
    else:
        usual["Content-Length"] = str(len(body))
    lines = replaced(usual, header_fields(headers))

    connection = _CONNECTIONS[scheme](authority, timeout=timeout)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in lines:
            connection.putheader(name, value)
        # A server may respond, and close its connection, before it has read the body.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(body, encode_chunked=chunked)
        return int(connection.getresponse().status)
    finally:
        connection.close()


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, host with port, and the target: path and query as they stand in the URL."""
    match = re.fullmatch(r"(https?)://([^/?#@]+)([/?][^#]*)?(?:#.*)?", url, re.IGNORECASE)
    if match is None or not re.fullmatch("[!-~]+", url):
        raise ArgumentError("url must be an absolute http or https URL in ASCII")
    scheme, authority, target = match.groups(default="")
    # Rejects what http.client would misread, such as a port above 65535.
    Receiver(f"{scheme}://{authority}")
    try:
        authority.partition(":")[0].encode("idna")
    except UnicodeError:
        raise ArgumentError("url has a host with a label that is empty or too long") from None
    return scheme.lower(), authority, target if target.startswith("/") else f"/{target}"
