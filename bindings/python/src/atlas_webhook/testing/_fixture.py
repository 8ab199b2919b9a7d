"""The fixture of pytest, in a module of its own so that nothing else imports pytest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ._sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A `Sandbox` that accepts every registration; it is closed after the test."""
    with Sandbox() as running:
        yield running
