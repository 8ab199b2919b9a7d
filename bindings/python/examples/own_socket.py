"""Registers a webhook over a blocking socket, with TLS where the endpoint is https.

Usage: python own_socket.py ENDPOINT URL CID
The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET, where these are set.
"""

import os
import socket
import ssl
import sys
import time

from atlas_webhook import AtlasWebhookError, Endpoint, Exchange, Reply, Request, State

TIMEOUT = 15.0  # seconds, for connecting, and again for sending and receiving


def send(request: Request) -> Reply:
    with connect(request) as sock, Exchange(request) as exchange:
        deadline = time.monotonic() + TIMEOUT
        while (state := exchange.state) is not State.DONE:
            # The timeout of a socket is that of one call, so a slow peer could take longer.
            sock.settimeout(remaining(deadline))
            if state is State.WANT_SEND:
                exchange.sent(sock.send(exchange.to_send()))
            elif data := sock.recv(4096):
                exchange.received(data)
            else:
                exchange.received_eof()
        return exchange.take_reply()


def remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("there was no response in time")
    return left


def connect(request: Request) -> socket.socket:
    sock = socket.create_connection((request.host, request.port), timeout=TIMEOUT)
    if not request.is_tls:
        return sock
    # By default a connection that ends without close_notify would look like one that ended well.
    context = ssl.create_default_context()
    return context.wrap_socket(sock, server_hostname=request.host, suppress_ragged_eofs=False)


def main(endpoint: str, url: str, cid: str) -> int:
    try:
        account = Endpoint(
            endpoint,
            client_id=os.environ.get("ATLAS_CLIENT_ID"),
            client_secret=os.environ.get("ATLAS_CLIENT_SECRET"),
        )
        request = Request.registration(account, url, cid)
        reply = send(request)
    except (AtlasWebhookError, OSError) as error:
        # An error of a timeout may have no text.
        print(f"not registered: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    print(f"registered: HTTP status {reply.http_status}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
