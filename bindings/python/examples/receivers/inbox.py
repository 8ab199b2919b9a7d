"""What the receivers here do with a delivery: check it, store it, and return the response status.

The store is a table of SQLite, for programs on one machine. `../postgres` is for more of them.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from contextlib import closing
from typing import Any

from atlas_webhook import AtlasWebhookError, Receiver

# The largest body to read, in bytes. Of a larger body pass one byte more: the response is then 413,
# or 404.
LIMIT = 1024 * 1024
# How long a duplicate without an id can arrive, in seconds. Later, the same bytes are a new event:
# an airline that becomes active, inactive and active again sends the first body twice.
DUPLICATES = 3600

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY,
    dedupe_key TEXT UNIQUE,         -- NULL when a duplicate can no longer arrive
    body BLOB NOT NULL,             -- for Event.parse
    problem TEXT,                   -- why the body is not an event; NULL for an event
    received_at INTEGER NOT NULL
);
"""


class Inbox:
    """Stores the deliveries for one registered URL. Threads and processes can share its file."""

    def __init__(self, url: str, path: str) -> None:
        self._receiver = Receiver(url)
        self._path = path
        with closing(sqlite3.connect(path)) as database:
            database.executescript(SCHEMA)

    def receive(self, method: str, target: str | bytes, headers: Any, body: bytes) -> int:
        """Store a delivery, and return the response status: 200 once it is on the disk.

        `target` is path and query as received, neither decoded nor normalised.
        """
        try:
            event = self._receiver.read(method, target, headers, body)
        except AtlasWebhookError as error:
            status = error.response_status
            if status not in (404, 405) and len(body) <= LIMIT:
                # It came to the registered URL, so it is kept although it cannot be read.
                key = f"body:{hashlib.sha256(body).hexdigest()}"
                self._store(key, body, type(error).__name__)
            return status
        self._store(event.dedupe_key, event.json.encode(), None)
        return 200

    def _store(self, key: str, body: bytes, problem: str | None) -> None:
        now = int(time.time())
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            # Before anything is read, so that of two writers one waits for the other.
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "UPDATE deliveries SET dedupe_key = NULL"
                " WHERE dedupe_key = ? AND dedupe_key NOT LIKE 'id:%' AND received_at < ?",
                (key, now - DUPLICATES),
            )
            database.execute(
                "INSERT INTO deliveries (dedupe_key, body, problem, received_at)"
                " VALUES (?, ?, ?, ?) ON CONFLICT (dedupe_key) DO NOTHING",
                (key, body, problem, now),
            )
