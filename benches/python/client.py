"""The frame of the clients in Python: CLIENT URL N [CA-FILE].

Each registers once, then N times over the connection that is kept, and prints the nanoseconds that those
took and the most memory that was resident, in KiB.
"""

import sys
import time

CLIENT_ID = "my-client"
CLIENT_SECRET = "my-secret-93ac0e"
CID = "XXXXXXXX"
WEBHOOK = "https://example.com/atlas/webhook?token=pb7xq2mz41"
PATH = "/updateWebhookURL.do"
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "x-atlas-client-id": CLIENT_ID,
    "x-atlas-client-secret": CLIENT_SECRET,
}
URL = sys.argv[1]
CA_FILE = sys.argv[3] if len(sys.argv) > 3 else None


def run(once):
    once()
    n = int(sys.argv[2])
    started = time.perf_counter_ns()
    for _ in range(n):
        once()
    elapsed = time.perf_counter_ns() - started
    with open("/proc/self/status") as status:
        resident = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
    print(elapsed, resident)
