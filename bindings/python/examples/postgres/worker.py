"""Works on the events that receiver.py stored. Any number of processes can do so::

    python worker.py

PGHOST, PGDATABASE and the other variables of libpq name the database. It works until SIGTERM.
"""

from __future__ import annotations

import logging
import signal
import threading

import psycopg

from atlas_webhook import Event

# One event that no other worker has. Its lock ends with the transaction, also if this process dies.
TAKE = """
    SELECT id, body FROM deliveries
    WHERE done_at IS NULL AND problem IS NULL AND due_at <= now()
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
DONE = "UPDATE deliveries SET done_at = now() WHERE id = %s"
# After 1, 4, 9, ... minutes, so that an event that fails does not keep others waiting.
POSTPONE = """
    UPDATE deliveries SET attempts = attempts + 1,
        due_at = now() + (attempts + 1) ^ 2 * interval '1 minute'
    WHERE id = %s
"""

Connection = psycopg.Connection[tuple[int, bytes]]


def work(connection: Connection, number: int, event: Event) -> None:
    """Replace this by your work. What it writes to the database is committed with the event's end.

    What it does elsewhere, such as sending an email, may happen twice if this process dies.
    """
    connection.execute(
        "INSERT INTO order_log (delivery_id, order_no, kind) VALUES (%s, %s, %s)",
        (number, event.order_no, event.kind),
    )


def work_on_next(connection: Connection) -> bool:
    """Work on one event. Returns whether there was one."""
    with connection.transaction():
        row = connection.execute(TAKE).fetchone()
        if row is None:
            return False
        number, body = row
        try:
            # A savepoint: if the work fails, the rest of the transaction remains.
            with connection.transaction():
                work(connection, number, Event.parse(body))
                connection.execute(DONE, (number,))
        except psycopg.OperationalError:
            raise
        except Exception as error:
            # Without its text, which may contain what the event is about.
            logging.error("delivery %d failed: %s", number, type(error).__name__)
            connection.execute(POSTPONE, (number,))
    return True


def main() -> None:
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with psycopg.connect(autocommit=True) as connection:
        while not stopped.is_set():
            if not work_on_next(connection):
                stopped.wait(0.5)


if __name__ == "__main__":
    main()
