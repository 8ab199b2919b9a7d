"""Registers a webhook over streams of asyncio, with TLS where the endpoint is https.

Usage: python with_asyncio.py ENDPOINT URL CID
The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET, where these are set.
"""

import asyncio
import os
import ssl
import sys

from atlas_webhook import AtlasWebhookError, Endpoint, Exchange, Reply, Request, State


async def send(request: Request) -> Reply:
    tls = ssl.create_default_context() if request.is_tls else None
    reader, writer = await asyncio.open_connection(request.host, request.port, ssl=tls)
    try:
        with Exchange(request) as exchange:
            while (state := exchange.state) is not State.DONE:
                if state is State.WANT_SEND:
                    writer.write(data := exchange.to_send())
                    exchange.sent(len(data))
                    await writer.drain()
                elif data := await reader.read(4096):
                    exchange.received(data)
                else:
                    # Over TLS asyncio does not say whether the end was announced or the connection
                    # cut. A truncated JSON object is invalid, so the reply shows it.
                    exchange.received_eof()
            return exchange.take_reply()
    finally:
        writer.close()


def main(endpoint: str, url: str, cid: str) -> int:
    try:
        account = Endpoint(
            endpoint,
            client_id=os.environ.get("ATLAS_CLIENT_ID"),
            client_secret=os.environ.get("ATLAS_CLIENT_SECRET"),
        )
        request = Request.registration(account, url, cid)
        reply = asyncio.run(asyncio.wait_for(send(request), timeout=15))
    except (AtlasWebhookError, OSError, asyncio.TimeoutError) as error:
        # An error of a timeout may have no text.
        print(f"not registered: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    print(f"registered: HTTP status {reply.http_status}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
