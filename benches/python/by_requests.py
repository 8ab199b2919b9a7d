"""requests: a session that is kept."""

import client
import requests

session = requests.Session()
session.trust_env = False
if client.CA_FILE:
    session.verify = client.CA_FILE


def once():
    answer = session.post(
        client.URL + client.PATH,
        json={"cid": client.CID, "url": client.WEBHOOK},
        headers=client.HEADERS,
        timeout=15,
        allow_redirects=False,
    )
    assert answer.status_code == 200 and answer.json()["status"] == 0


client.run(once)
