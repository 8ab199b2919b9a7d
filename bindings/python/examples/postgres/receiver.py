"""Receives deliveries and stores them in PostgreSQL. Any number of processes can do so::

    uvicorn --factory receiver:make_app --workers 4 --no-access-log

ATLAS_WEBHOOK_URL is the registered URL. PGHOST, PGDATABASE and the other variables of libpq name
the database. The access log would contain the token.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from atlas_webhook import AtlasWebhookError, Receiver

# The largest body to read, in bytes.
LIMIT = 1024 * 1024

# A key without an id expires after an hour: an airline that becomes active, inactive and active
# again sends the first body twice. Of two transactions that expire the same key, one waits for the
# other and then finds the key of the other's event.
EXPIRE = """
    UPDATE deliveries SET dedupe_key = NULL
    WHERE dedupe_key = %s AND received_at < now() - interval '1 hour'
"""
INSERT = """
    INSERT INTO deliveries (dedupe_key, body, problem) VALUES (%s, %s, %s)
    ON CONFLICT (dedupe_key) DO NOTHING
"""


class Inbox:
    def __init__(self, url: str) -> None:
        self._receiver = Receiver(url)
        self._pool = AsyncConnectionPool(min_size=1, max_size=4, timeout=5, open=False)

    @asynccontextmanager
    async def open(self, _: object) -> AsyncIterator[None]:
        await self._pool.open(wait=True)
        try:
            yield
        finally:
            await self._pool.close()

    async def receive(self, request: Request) -> Response:
        target: bytes = request.scope["raw_path"]
        if request.scope["query_string"]:
            target += b"?" + request.scope["query_string"]
        try:
            body = await asyncio.wait_for(read(request), timeout=10)
        except (asyncio.TimeoutError, ClientDisconnect):
            return Response(status_code=408, headers={"Connection": "close"})
        try:
            status = await self._store(request, target, body)
        except psycopg.Error:
            # Nothing is stored. The sender may send the delivery again.
            status = 503
        return Response(status_code=status)

    async def _store(self, request: Request, target: bytes, body: bytes) -> int:
        """Store a delivery, and return the response status: 200 once it is committed."""
        try:
            event = self._receiver.read(request.method, target, request.headers.items(), body)
        except AtlasWebhookError as error:
            if error.response_status not in (404, 405) and len(body) <= LIMIT:
                # It came to the registered URL, so it is kept although it cannot be read.
                key = f"body:{hashlib.sha256(body).hexdigest()}"
                await self._insert(key, body, type(error).__name__)
            return error.response_status
        await self._insert(event.dedupe_key, event.json.encode(), None)
        return 200

    async def _insert(self, key: str, body: bytes, problem: str | None) -> None:
        # The connection commits at the end of the block.
        async with self._pool.connection() as connection:
            if not key.startswith("id:"):
                await connection.execute(EXPIRE, (key,))
            await connection.execute(INSERT, (key, body, problem))


async def read(request: Request) -> bytes:
    """At most one byte more than the limit; what is behind that is read and dropped."""
    body, total = bytearray(), 0
    async for piece in request.stream():
        total += len(piece)
        body += piece[: LIMIT + 1 - len(body)]
        if total > 16 * LIMIT:
            break
    return bytes(body)


def make_app() -> Starlette:
    inbox = Inbox(os.environ["ATLAS_WEBHOOK_URL"])
    app = Starlette(
        routes=[Route("/{path:path}", inbox.receive, methods=["POST"])], lifespan=inbox.open
    )
    # A redirect loses the delivery: the sender does not follow it.
    app.router.redirect_slashes = False
    return app
