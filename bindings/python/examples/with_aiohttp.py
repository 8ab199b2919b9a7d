"""Registers a webhook by aiohttp.

Usage: python with_aiohttp.py ENDPOINT URL CID
The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET, where these are set.
"""

import asyncio
import os
import sys

import aiohttp

from atlas_webhook import AtlasWebhookError, Endpoint, Reply, Request


async def send(request: Request) -> Reply:
    timeout = aiohttp.ClientTimeout(total=15)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            # The headers contain the credentials: no other server must see them.
            allow_redirects=False,
        ) as answer,
    ):
        return request.reply(answer.status, answer.headers, await answer.read())


def main(endpoint: str, url: str, cid: str) -> int:
    try:
        account = Endpoint(
            endpoint,
            client_id=os.environ.get("ATLAS_CLIENT_ID"),
            client_secret=os.environ.get("ATLAS_CLIENT_SECRET"),
        )
        reply = asyncio.run(send(Request.registration(account, url, cid)))
    except (AtlasWebhookError, aiohttp.ClientError, asyncio.TimeoutError) as error:
        # An error of a timeout may have no text.
        print(f"not registered: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    print(f"registered: HTTP status {reply.http_status}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
