"""requests: deliver.py URL FILE TIMES [FILE TIMES]... prints the status of each response."""

import sys

import requests

url, *rest = sys.argv[1:]
with requests.Session() as session:
    session.trust_env = False
    for path, times in zip(rest[::2], rest[1::2]):
        with open(path, "rb") as file:
            body = file.read()
        for n in range(int(times)):
            # An iterator is sent in chunks.
            print(session.post(url, data=iter([body]) if n % 2 else body, timeout=20).status_code)
