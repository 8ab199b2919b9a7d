"""Times Receiver.read and five fields beside json.loads and five searches, and beside h11 with json, which reads
the whole request; prints microseconds as JSON: {"ticketed": {"read": …, "headers": …, "json": …, "h11": …}, …}

`headers`: Receiver.read is given four header fields.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import h11

from atlas_webhook import Receiver

SAMPLES = Path(__file__).parents[2] / "samples"
TARGET = "/atlas/8f3c2b7e"
HEADERS = {
    "Content-Type": "application/json;charset=UTF-8",
    "Connection": "keep-alive",
    "Accept-Encoding": "gzip",
    "Content-Length": "382",
}
receiver = Receiver(TARGET)


def ticketed(body: bytes, headers) -> tuple:
    event = receiver.read("POST", TARGET, headers, body)
    passenger = event.passengers[0]
    return event.type_name, event.cid, event.order_no, passenger.name, passenger.card_num


def ticketed_by_json(body: bytes) -> tuple:
    event = json.loads(body)
    data = event["data"]
    passenger = data["paxTicketInfos"][0]
    return event["type"], event["cid"], data["orderNo"], passenger["name"], passenger["cardNum"]


def change(body: bytes, headers) -> tuple:
    event = receiver.read("POST", TARGET, headers, body)
    segment = event.revised_segs[0]
    return event.type_name, event.cid, event.order_no, segment.flight_number, segment.dep_time


def change_by_json(body: bytes) -> tuple:
    event = json.loads(body)
    data = event["data"]
    segment = data["revisedSegs"][0]
    return event["type"], event["cid"], data["orderNo"], segment["flightNumber"], segment["depTime"]


def body_by_h11(request: bytes) -> bytes:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(request)
    target, pieces = b"", []
    while type(event := connection.next_event()) is not h11.EndOfMessage:
        if type(event) is h11.Request:
            target = event.target
        else:
            pieces.append(bytes(event.data))
    assert target == TARGET.encode()
    return b"".join(pieces)


def request(body: bytes) -> bytes:
    fields = {"Host": "example.com", **HEADERS, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {TARGET} HTTP/1.1\r\n{lines}\r\n".encode() + body


def fastest(calls: dict) -> dict[str, float]:
    """Microseconds of each: the fastest of many short rounds by turns, so that other programs do not count."""
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(1000):
        for name, call in calls.items():
            started = time.perf_counter()
            for _ in range(20):
                call()
            found[name] = min(found[name], time.perf_counter() - started)
    return {name: seconds / 20 * 1e6 for name, seconds in found.items()}


def main() -> None:
    result = {}
    for name, by_library, by_json in [
        ("ticketed", ticketed, ticketed_by_json),
        ("schedule_change", change, change_by_json),
    ]:
        body = (SAMPLES / f"{name}.json").read_bytes()
        whole = request(body)
        assert by_library(body, HEADERS) == by_json(body) == by_json(body_by_h11(whole))
        result[name] = fastest({
            "read": lambda: by_library(body, None),
            "headers": lambda: by_library(body, HEADERS),
            "json": lambda: by_json(body),
            "h11": lambda: by_json(body_by_h11(whole)),
        })
    print(json.dumps(result))


if __name__ == "__main__":
    main()
