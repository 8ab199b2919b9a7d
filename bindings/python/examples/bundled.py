"""Registers a webhook by the transport that the package brings.

Usage: python bundled.py ENDPOINT URL CID
The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET, where these are set.
"""

import os
import sys

import atlas_webhook


def main(endpoint: str, url: str, cid: str) -> int:
    try:
        account = atlas_webhook.Endpoint(
            endpoint,
            client_id=os.environ.get("ATLAS_CLIENT_ID"),
            client_secret=os.environ.get("ATLAS_CLIENT_SECRET"),
        )
        reply = atlas_webhook.register(account, url, cid, retries=2)
    except atlas_webhook.AtlasWebhookError as error:
        advice = "; the same call may succeed later" if error.retryable else ""
        print(f"not registered: {error}{advice}", file=sys.stderr)
        return 1
    print(f"registered: HTTP status {reply.http_status}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
