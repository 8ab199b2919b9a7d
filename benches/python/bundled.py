"""The bundled transport, by the package."""

import client
from atlas_webhook import Endpoint, Request, Transport

endpoint = Endpoint(
    client.URL, client_id=client.CLIENT_ID, client_secret=client.CLIENT_SECRET
)

with Transport(ca_file=client.CA_FILE) as transport:

    def once():
        transport.send(Request.registration(endpoint, client.WEBHOOK, client.CID))

    client.run(once)
