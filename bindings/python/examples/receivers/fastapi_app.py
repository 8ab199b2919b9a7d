"""Receives deliveries with FastAPI, on the server uvicorn.

Usage: python fastapi_app.py PORT FILE
ATLAS_WEBHOOK_URL is the registered URL. The deliveries are stored in FILE, a database of SQLite.
"""

import asyncio
import os
import sys

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from inbox import LIMIT, Inbox
from starlette.requests import ClientDisconnect


async def read(request: Request) -> bytes:
    """At most one byte more than the limit; what is behind that is read and dropped."""
    body, total = bytearray(), 0
    async for piece in request.stream():
        total += len(piece)
        body += piece[: LIMIT + 1 - len(body)]
        if total > 16 * LIMIT:
            break
    return bytes(body)


def make_app(inbox: Inbox) -> FastAPI:
    # A redirect loses the delivery: the sender does not follow it.
    app = FastAPI(redirect_slashes=False, openapi_url=None)

    @app.post("/{path:path}")
    async def receive(request: Request) -> Response:
        target: bytes = request.scope["raw_path"]
        if request.scope["query_string"]:
            target += b"?" + request.scope["query_string"]
        try:
            body = await asyncio.wait_for(read(request), timeout=10)
        except (asyncio.TimeoutError, ClientDisconnect):
            return Response(status_code=408, headers={"Connection": "close"})
        headers = request.headers.items()
        status = await run_in_threadpool(inbox.receive, request.method, target, headers, body)
        return Response(status_code=status)

    return app


def main(port: str, path: str) -> None:
    app = make_app(Inbox(os.environ["ATLAS_WEBHOOK_URL"], path))
    # The access log would contain the token.
    uvicorn.run(app, host="127.0.0.1", port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
