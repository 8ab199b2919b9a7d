"""Uses an installed wheel: reads every sample, and registers over the transport.

Usage: wheel.py SANDBOX WEBHOOK SAMPLES
"""

import pathlib
import platform
import sys

import atlas_webhook

sandbox, webhook, samples = sys.argv[1:]
kinds = {atlas_webhook.Event.parse(path.read_bytes()).kind for path in pathlib.Path(samples).rglob("*.json")}
assert len(kinds) > 10, kinds
reply = atlas_webhook.register(atlas_webhook.Endpoint(sandbox), webhook, "XXXXXXXX", timeout=60)
assert reply.http_status == 200
print("registered on", platform.machine())
