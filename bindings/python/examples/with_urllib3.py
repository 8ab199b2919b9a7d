"""Registers a webhook by urllib3.

Usage: python with_urllib3.py ENDPOINT URL CID
The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET, where these are set.
"""

import os
import ssl
import sys

import urllib3

from atlas_webhook import AtlasWebhookError, Endpoint, Reply, Request


def send(request: Request) -> Reply:
    with urllib3.PoolManager(ssl_context=ssl.create_default_context(), timeout=15) as pool:
        answer = pool.request(
            request.method,
            request.url,
            headers=request.headers,
            body=request.body,
            # The headers contain the credentials: no other server must see them.
            redirect=False,
            retries=False,
        )
    return request.reply(answer.status, answer.headers, answer.data)


def main(endpoint: str, url: str, cid: str) -> int:
    try:
        account = Endpoint(
            endpoint,
            client_id=os.environ.get("ATLAS_CLIENT_ID"),
            client_secret=os.environ.get("ATLAS_CLIENT_SECRET"),
        )
        reply = send(Request.registration(account, url, cid))
    except (AtlasWebhookError, urllib3.exceptions.HTTPError) as error:
        print(f"not registered: {error}", file=sys.stderr)
        return 1
    print(f"registered: HTTP status {reply.http_status}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
