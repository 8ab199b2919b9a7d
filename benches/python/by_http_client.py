"""http.client of the standard library, and json."""

import http.client
import json
import ssl

import client

scheme, _, authority = client.URL.partition("://")
if scheme == "https":
    context = ssl.create_default_context(cafile=client.CA_FILE)
    connection = http.client.HTTPSConnection(authority, timeout=15, context=context)
else:
    connection = http.client.HTTPConnection(authority, timeout=15)


def once():
    body = json.dumps({"cid": client.CID, "url": client.WEBHOOK})
    connection.request("POST", client.PATH, body, client.HEADERS)
    answer = connection.getresponse()
    reply = json.loads(answer.read())
    assert answer.status == 200 and reply["status"] == 0


client.run(once)
