"""Methods and header fields that HTTP can send."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from .._arguments import instance, pairs
from ..errors import ArgumentError


def token(text: str, what: str) -> str:
    """A method, or the name of a header field."""
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", instance(text, str, what)):
        return text
    raise ArgumentError(f"{what} must be a token of HTTP")


def header_fields(headers: Any) -> list[tuple[str, str]]:
    """Name and value of each header field in a mapping, in pairs, or in None."""
    fields = pairs(headers, "headers")
    for name, value in fields:
        token(name, "each name in headers")
        if not re.fullmatch(
            r"[\x01-\t\v\f\x0e-\xff]*", instance(value, str, "each value in headers")
        ):
            raise ArgumentError("each value in headers must be Latin-1 without CR, LF and NUL")
    return fields


def replaced(
    fields: Mapping[str, str], others: Collection[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The fields whose name is not among the others, and the others."""
    names = {name.lower() for name, _ in others}
    return [*(field for field in fields.items() if field[0].lower() not in names), *others]
