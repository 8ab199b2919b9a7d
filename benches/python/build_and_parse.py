"""build_and_parse WHO N: a request built and its response read, N times; prints the nanoseconds that took.

`WHO` selects the package, or h11 with json, which needs only Python.
"""

import json
import sys
import time

WEBHOOK = "https://example.com/atlas/webhook?token=pb7xq2mz41"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nDate: Mon, 31 Aug 2026 20:25:50 GMT\r\nServer: nginx\r\n"
    b"Content-Type: application/json;charset=UTF-8\r\nConnection: keep-alive\r\n"
    b'Content-Length: 28\r\n\r\n{"status":0,"msg":"success"}'
)


def package():
    from atlas_webhook import Endpoint, Exchange, Request

    endpoint = Endpoint(client_id="my-client", client_secret="my-secret-93ac0e")

    def once():
        request = Request.registration(endpoint, WEBHOOK, "XXXXXXXX")
        with Exchange(request) as exchange:
            exchange.sent(len(exchange.to_send()))
            exchange.received(ANSWER)
            return exchange.take_reply().message

    return once


def h11():
    import h11

    def once():
        connection = h11.Connection(h11.CLIENT)
        body = json.dumps({"cid": "XXXXXXXX", "url": WEBHOOK}).encode()
        fields = [
            ("Host", "sandbox.atriptech.com"),
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
            ("Accept-Encoding", "gzip"),
            ("x-atlas-client-id", "my-client"),
            ("x-atlas-client-secret", "my-secret-93ac0e"),
            ("Content-Length", str(len(body))),
        ]
        request = h11.Request(method="POST", target="/updateWebhookURL.do", headers=fields)
        connection.send(request)
        connection.send(h11.Data(body))
        connection.send(h11.EndOfMessage())
        connection.receive_data(ANSWER)
        pieces = []
        while type(event := connection.next_event()) is not h11.EndOfMessage:
            if type(event) is h11.Data:
                pieces.append(event.data)
        reply = json.loads(b"".join(pieces))
        assert reply["status"] == 0
        return reply["msg"]

    return once


once = {"package": package, "h11": h11}[sys.argv[1]]()
assert once() == "success"
n = int(sys.argv[2])
started = time.perf_counter_ns()
for _ in range(n):
    once()
print(time.perf_counter_ns() - started)
