"""Registers a webhook by httpx.

Usage: python with_httpx.py ENDPOINT URL CID
The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET, where these are set.
"""

import os
import sys

import httpx

from atlas_webhook import AtlasWebhookError, Endpoint, Reply, Request


def send(request: Request) -> Reply:
    # httpx follows redirects only on request. They must not be followed: the headers contain the
    # credentials.
    answer = httpx.request(
        request.method,
        request.url,
        headers=request.headers,
        content=request.body,
        timeout=15,
    )
    return request.reply(answer.status_code, answer.headers, answer.content)


def main(endpoint: str, url: str, cid: str) -> int:
    try:
        account = Endpoint(
            endpoint,
            client_id=os.environ.get("ATLAS_CLIENT_ID"),
            client_secret=os.environ.get("ATLAS_CLIENT_SECRET"),
        )
        request = Request.registration(account, url, cid)
        reply = send(request)
    except (AtlasWebhookError, httpx.HTTPError) as error:
        # An error of a timeout may have no text.
        print(f"not registered: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    print(f"registered: HTTP status {reply.http_status}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
