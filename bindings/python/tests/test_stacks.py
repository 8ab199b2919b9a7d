"""The responses of other people's HTTP stacks, whose bodies come decoded."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Callable

import aiohttp
import httpx
import pytest
import requests
import urllib3
from conftest import StartSandbox, registration

from atlas_webhook import (
    ArgumentError,
    EncodingError,
    LimitError,
    Limits,
    RateLimitedError,
    RefusedError,
    Reply,
    Request,
)

Send = Callable[[Request], Reply]


def with_requests(request: Request) -> Reply:
    answer = requests.request(
        request.method,
        request.url,
        headers=request.headers,
        data=request.body,
        allow_redirects=False,
        timeout=15,
    )
    return request.reply(answer.status_code, answer.headers, answer.content)


def with_httpx(request: Request) -> Reply:
    answer = httpx.request(
        request.method, request.url, headers=request.headers, content=request.body
    )
    return request.reply(answer.status_code, answer.headers, answer.content)


def with_urllib3(request: Request) -> Reply:
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request(
            request.method, request.url, headers=request.headers, body=request.body
        )
        return request.reply(answer.status, answer.headers, answer.data)


def with_aiohttp(request: Request) -> Reply:
    async def send() -> Reply:
        session = aiohttp.ClientSession()
        async with (
            session,
            session.request(
                request.method, request.url, headers=request.headers, data=request.body
            ) as answer,
        ):
            return request.reply(answer.status, answer.headers, await answer.read())

    return asyncio.run(send())


def with_http_client(request: Request) -> Reply:
    """It leaves the body compressed."""
    connection = http.client.HTTPConnection(request.host, request.port)
    connection.request(request.method, "/updateWebhookURL.do", request.body, request.headers)
    answer = connection.getresponse()
    try:
        return request.reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@pytest.fixture(params=[with_requests, with_httpx, with_urllib3, with_aiohttp, with_http_client])
def send(request: pytest.FixtureRequest) -> Send:
    way: Send = request.param
    return way


@pytest.mark.parametrize("options", [(), ("--gzip",), ("--chunked",), ("--gzip", "--chunked")])
def test_a_yes(send: Send, start_sandbox: StartSandbox, options: tuple[str, ...]) -> None:
    reply = send(registration(start_sandbox("--request-id", "req-17", "--status", "0", *options)))
    assert (reply.request_id, reply.http_status) == ("req-17", 200)


def test_a_no_and_when_to_come_back(send: Send, start_sandbox: StartSandbox) -> None:
    options = ("--http-status", "429", "--header", "Retry-After: 30", "--gzip")
    with pytest.raises(RateLimitedError) as raised:
        send(registration(start_sandbox(*options)))
    assert raised.value.retry_after == 30


YES = json.dumps({"status": 0, "msg": "success"}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "30"},
        {b"retry-after": b"30"},
        [("Content-Encoding", "gzip"), ("RETRY-AFTER", "30")],
        iter([("Retry-After", "30")]),
        [("X-Odd", "\ud800\u20ac"), ("X-Folded", "a\r\n b\nHTTP/1.1 200"), ("Retry-After", "30")],
        {"Retry-After": "30"}.items(),
    ],
)
def test_any_kind_of_headers(headers: Iterable[Any]) -> None:
    with pytest.raises(RateLimitedError) as raised:
        registration().reply(429, headers, b"")
    assert raised.value.retry_after == 30


@pytest.mark.parametrize("headers", [None, {}, []])
def test_no_headers_will_do(headers: Any) -> None:
    assert registration().reply(200, headers, YES) == Reply("success", "", 200)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_body(kind: Callable[[bytes], bytes]) -> None:
    assert registration().reply(HTTPStatus.OK, None, kind(YES)).message == "success"


def test_a_damaged_body() -> None:
    with pytest.raises(EncodingError):
        registration().reply(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b\x08 and nothing more")


@pytest.mark.parametrize("status", [-1, 0, 100, 1000, 2**32 + 200])
def test_what_is_no_final_status(status: int) -> None:
    with pytest.raises(ArgumentError):
        registration().reply(status, None, YES)


def test_the_limits_are_those_of_the_endpoint() -> None:
    assert registration(limits=Limits(body=len(YES))).reply(200, None, YES).message == "success"
    with pytest.raises(LimitError):
        registration(limits=Limits(body=len(YES) - 1)).reply(200, None, YES)


def test_what_the_api_said_is_shown() -> None:
    with pytest.raises(RefusedError, match=re.escape(': "bad \\u{1b} url"')):
        registration().reply(200, None, b'{"status":901,"msg":"bad \\u001b url"}')
