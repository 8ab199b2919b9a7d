"""Receives deliveries with Flask, on the server waitress.

Usage: python flask_app.py PORT FILE
ATLAS_WEBHOOK_URL is the registered URL. The deliveries are stored in FILE, a database of SQLite.
"""

import logging
import os
import sys

import waitress
from flask import Flask, Response, request
from inbox import LIMIT, Inbox


def make_app(inbox: Inbox) -> Flask:
    app = Flask(__name__, static_folder=None)
    # A redirect loses the delivery: the sender does not follow it.
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False

    @app.post("/", defaults={"path": ""})
    @app.post("/<path:path>")
    def receive(path: str) -> Response:  # noqa: ARG001, the path is decoded
        # As received: waitress has it in REQUEST_URI, gunicorn in RAW_URI.
        target = request.environ.get("REQUEST_URI") or request.environ["RAW_URI"]
        body = request.stream.read(LIMIT + 1)
        return Response(status=inbox.receive(request.method, target, request.headers, body))

    return app


def main(port: str, path: str) -> None:
    app = make_app(Inbox(os.environ["ATLAS_WEBHOOK_URL"], path))
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # waitress has no access log. It reads a body before it calls the app, so that a slow one does
    # not occupy a thread.
    waitress.serve(app, host="127.0.0.1", port=int(port), max_request_body_size=16 * LIMIT)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
