"""Receives deliveries with the server of aiohttp.

Usage: python aiohttp_app.py PORT FILE
ATLAS_WEBHOOK_URL is the registered URL. The deliveries are stored in FILE, a database of SQLite.
"""

import asyncio
import logging
import os
import sys

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from inbox import LIMIT, Inbox


def make_app(inbox: Inbox) -> web.Application:
    async def receive(request: web.Request) -> web.Response:
        try:
            body = await asyncio.wait_for(request.read(), timeout=10)
        except (asyncio.TimeoutError, ConnectionError):
            return web.Response(status=408, headers={"Connection": "close"})
        loop = asyncio.get_running_loop()
        status = await loop.run_in_executor(
            None, inbox.receive, request.method, request.raw_path, request.headers, body
        )
        return web.Response(status=status)

    # A larger body gets 413.
    app = web.Application(client_max_size=LIMIT)
    app.router.add_post("/{path:.*}", receive)
    return app


def quotes_no_request(record: logging.LogRecord) -> bool:
    """Whether a record can be logged: the errors about broken requests quote them."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def main(port: str, path: str) -> None:
    logging.getLogger("aiohttp.server").addFilter(quotes_no_request)
    app = make_app(Inbox(os.environ["ATLAS_WEBHOOK_URL"], path))
    web.run_app(
        app,
        host="127.0.0.1",
        port=int(port),
        print=None,
        access_log=None,  # it would contain the token
        auto_decompress=False,  # the inbox does it, and keeps a damaged body
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
