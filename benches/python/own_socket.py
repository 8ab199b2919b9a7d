"""An own socket, by the Exchange of the package."""

import socket

import client
from atlas_webhook import Endpoint, Exchange, Request, State

host, port = client.URL.removeprefix("http://").split(":")
sock = socket.create_connection((host, int(port)))
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
endpoint = Endpoint(
    client.URL, client_id=client.CLIENT_ID, client_secret=client.CLIENT_SECRET
)


def once():
    request = Request.registration(endpoint, client.WEBHOOK, client.CID)
    with Exchange(request) as exchange:
        while (state := exchange.state) is not State.DONE:
            if state is State.WANT_SEND:
                exchange.sent(sock.send(exchange.to_send()))
            elif data := sock.recv(4096):
                exchange.received(data)
            else:
                exchange.received_eof()
        exchange.take_reply()


client.run(once)
