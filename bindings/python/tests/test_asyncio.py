"""Sends under asyncio, as a service of many tasks makes them."""

from __future__ import annotations

import _thread
import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, Callable

import pytest
from conftest import CID, CREDENTIALS, URL, YES, StartSandbox, registration, wait_for_threads

from atlas_webhook import Endpoint, RefusedError, Reply, Transport, register_async
from atlas_webhook._library import lib

MANY = 200


@contextmanager
def answering_nobody_until_all_are_there(count: int) -> Iterator[str]:
    """A server that responds to no request before `count` requests are in."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=count)
    listener.settimeout(30)

    def serve() -> None:
        connections = []
        for _ in range(count):
            connection, _ = listener.accept()
            connections.append(connection)
            received = b""
            while URL.encode() not in received:
                received += connection.recv(4096)
        for connection in connections:
            connection.sendall(YES)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(30)


def test_two_hundred_registrations_are_in_flight_at_the_same_time() -> None:
    async def main(base_url: str) -> list[Reply]:
        with Transport(timeout=30) as transport:
            request = registration(base_url)
            return await asyncio.gather(*(transport.send_async(request) for _ in range(MANY)))

    with answering_nobody_until_all_are_there(MANY) as base_url:
        replies = asyncio.run(main(base_url))
    assert [reply.message for reply in replies] == ["success"] * MANY


def test_an_asgi_service_registers_when_it_starts(
    start_sandbox: StartSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_CLIENT_ID", CREDENTIALS["client_id"])
    monkeypatch.setenv("ATLAS_CLIENT_SECRET", CREDENTIALS["client_secret"])
    endpoint = Endpoint(start_sandbox("--require-credentials", "--require-cid"), **CREDENTIALS)
    registered: list[str] = []

    async def app(
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        assert scope["type"] == "lifespan"
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                reply = await register_async(endpoint, URL, CID, retries=2)
                registered.append(reply.message)
                await send({"type": "lifespan.startup.complete"})
            else:
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def server() -> list[str]:
        """What an ASGI server does around its life."""
        messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        sent: list[str] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message["type"])

        await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
        return sent

    assert asyncio.run(server()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert registered == ["success"]


def test_a_refusal_is_raised_in_the_task(start_sandbox: StartSandbox) -> None:
    endpoint = Endpoint(start_sandbox("--status", "901"))
    with pytest.raises(RefusedError) as raised:
        asyncio.run(register_async(endpoint, URL, CID))
    assert raised.value.api_status == 901


def test_a_send_ends_with_the_timeout_of_wait_for(
    start_sandbox: StartSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(base_url: str) -> int:
        with Transport(timeout=60) as transport:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(transport.send_async(registration(base_url)), 0.3)
            # So that a sub-interpreter can be destroyed then.
            assert ended
            return len(transport._sends)

    ended: list[bool] = []

    def slowly(*arguments: Any, real: Any = lib.atlas_webhook_transport_send) -> Any:
        try:
            return real(*arguments)
        finally:
            time.sleep(0.3)
            ended.append(True)

    monkeypatch.setattr(lib, "atlas_webhook_transport_send", slowly)
    started, threads = time.monotonic(), _thread._count()
    assert asyncio.run(main(start_sandbox("--delay", "30000"))) == 0
    # The thread ends too, and does not wait for the response.
    wait_for_threads(threads)
    assert time.monotonic() - started < 10


def test_a_send_ends_with_its_task(start_sandbox: StartSandbox) -> None:
    async def main(base_url: str) -> None:
        with Transport(timeout=60) as transport:
            task = asyncio.ensure_future(transport.send_async(registration(base_url)))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # The transport still works.
            assert not transport._sends

    started = time.monotonic()
    asyncio.run(main(start_sandbox("--delay", "30000")))
    assert time.monotonic() - started < 10
