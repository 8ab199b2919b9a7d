"""How often C is called: a few times for a request, its response, and the details that are read."""

from __future__ import annotations

import pytest
from conftest import CID, CREDENTIALS, URL, registration

from atlas_webhook import Endpoint, RefusedError, Request
from atlas_webhook._library import lib
from atlas_webhook._signatures import SIGNATURES


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the C functions, as they are called."""
    called: list[str] = []

    def counting(name: str) -> None:
        function = getattr(lib, name)

        def count(*arguments: object) -> object:
            called.append(name.replace("atlas_webhook_", ""))
            return function(*arguments)

        monkeypatch.setattr(lib, name, count)

    for name in SIGNATURES:
        counting(name)
    return called


def test_a_request_is_built_in_three(calls: list[str]) -> None:
    Request.registration(Endpoint(**CREDENTIALS), URL, CID)
    made = [name for name in calls if not name.endswith("_free")]
    assert made == ["endpoint_new", "endpoint_set_credentials", "request_new_registration"]


def test_a_yes_is_read_in_six(calls: list[str]) -> None:
    request = registration()
    calls.clear()
    request.reply(200, None, b'{"status":0}')
    assert len(calls) == 6
    assert calls[-1] == "reply_free"


def test_a_no_is_judged_in_two_and_its_details_are_read_when_asked(calls: list[str]) -> None:
    request = registration()
    calls.clear()
    with pytest.raises(RefusedError) as raised:
        request.reply(200, None, b'{"status":901}')
    assert calls == ["request_reply", "error_display"]
    assert raised.value.api_status == raised.value.api_status == 901
    assert calls[2:] == ["error_api_status"]
