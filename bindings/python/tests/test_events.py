"""Events: what is read of a delivery, and that it is a plain value without anything of C."""

from __future__ import annotations

import copy
import dataclasses
import decimal
import gc
import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import crate, python

import atlas_webhook
from atlas_webhook import (
    AbnormalCancelled,
    AddonComplete,
    ArgumentError,
    Email,
    EncodingError,
    Event,
    Incident,
    LimitError,
    Limits,
    MalformedDeliveryError,
    Receiver,
    ScheduleChange,
    Ticketed,
    Unknown,
    UntrustedError,
    _handles,
)

SAMPLES = crate() / "samples"
ALL = sorted(SAMPLES.glob("*.json")) + sorted(SAMPLES.glob("old/*.json"))
WRONG_TYPES = sorted((crate() / "tests/parity/wrong_types").glob("*.json"))
TARGET = "/atlas/8f3c?token=t0ken"
SECRETS = ("SAMPLE", "LASTD", "DOC9", "DOC0", "t0ken", "8f3c", "EXMPA", "TESTA", "XA1")


@pytest.fixture
def receiver() -> Receiver:
    return Receiver("https://example.com" + TARGET)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def test_a_delivery_becomes_an_event(receiver: Receiver) -> None:
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    event = receiver.read("POST", TARGET, headers, sample("ticketed"))
    assert isinstance(event, Ticketed)
    assert (event.type_name, event.cid, event.status) == ("order.ticketed", "ABC12345_api_1", -1)
    assert (event.order_no, event.order_status) == ("TESTA20260815180326173", 2)
    assert event.incident is None
    assert event.notification_id is None
    (passenger,) = event.passengers
    assert (passenger.name, passenger.ticket_nos) == ("LASTD/FIRST", ("S00002",))
    assert passenger.card_issue_place is None
    assert event.json.encode() == sample("ticketed")
    assert event == Event.parse(event.json) == Event.parse(sample("ticketed"))


def test_incidents_say_whether_they_are_confirmed() -> None:
    change = Event.parse(sample("schedule_change"))
    assert isinstance(change, ScheduleChange)
    assert change.incident is Incident.UNCONFIRMED
    assert [segment.flight_number for segment in change.revised_segs] == ["XA101", "XA108"]
    assert change.revised_segs[1].code_share is True
    cancelled = Event.parse(sample("abnormal_cancelled"))
    assert isinstance(cancelled, AbnormalCancelled)
    assert cancelled.incident is Incident.CONFIRMED


def test_an_addon_has_baggage_and_seats() -> None:
    event = Event.parse(sample("addon_complete"))
    assert isinstance(event, AddonComplete)
    first, second = event.passengers[0].ancillaries
    assert first.aux_baggage_element is not None
    assert (first.aux_baggage_element.weight, first.ancillary_price) == ("20", "24.50")
    assert first.aux_seat_element is None
    assert second.aux_seat_element is not None
    assert second.aux_seat_element.row == "12"


MATCH = """
match event:
    case ScheduleChange(order, 2): found = ("cancelled", order)
    case ScheduleChange(order_no=order, revised_segs=(first, *_)): found = (first.dep_time, order)
    case Event(order_no=order): found = (event.kind, order)
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("schedule_change", ("2026-12-04 07:10:00", "EXMPA20261101083000001")),
        ("old/schedule_change-2022-flight-cancelled", ("cancelled", None)),
        ("void", ("void", "EXMPA20261101083000005")),
    ],
)
def test_an_event_is_matched_by_its_kind(name: str, expected: object) -> None:
    names = {"event": Event.parse(sample(name)), "Event": Event, "ScheduleChange": ScheduleChange}
    if sys.version_info >= (3, 10):  # Before, match is not a keyword.
        exec(MATCH, names)
        assert names["found"] == expected


def test_an_unknown_event_has_its_fields() -> None:
    event = Event.parse('{"type":"order.new","data":{"orderNo":"A","n":1}}')
    assert type(event) is Unknown
    assert (event.kind, event.type_name, event.order_no) == ("unknown", "order.new", "A")
    assert event.data == {"orderNo": "A", "n": 1}
    assert Event.parse("{}").type_name == ""


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_field_of_a_kind_is_there(path: Path) -> None:
    event = Event.parse(path.read_bytes())
    names = {field.name for field in dataclasses.fields(event)}
    assert vars(event).keys() == names
    assert set(type(event).__match_args__) <= names
    if path.parent == SAMPLES:
        assert event.kind == path.stem


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_an_event_can_be_copied_pickled_and_compared(path: Path) -> None:
    event = Event.parse(path.read_bytes())
    key, data = event.dedupe_key, event.data
    for twin in (
        copy.copy(event),
        copy.deepcopy(event),
        pickle.loads(pickle.dumps(event)),
        dataclasses.replace(event),
    ):
        assert twin == event
        assert hash(twin) == hash(event)
        assert (twin.dedupe_key, twin.data) == (key, data)
    assert dataclasses.asdict(event)["json"] == event.json
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.order_no = "other"  # type: ignore[misc]


def test_an_event_holds_nothing_of_c(receiver: Receiver) -> None:
    gc.collect()
    before = len(_handles._owners)
    events = [receiver.read("POST", TARGET, None, path.read_bytes()) for path in ALL]
    assert all(event.dedupe_key and event.data is not None for event in events)
    assert len(_handles._owners) == before


def test_every_language_prints_the_same() -> None:
    expected = crate() / "tests" / "parity" / "expected.jsonl"
    printer, bodies = crate() / "tests/parity/print.py", [*ALL, *WRONG_TYPES]
    command = [sys.executable, str(printer), *map(str, bodies)]
    assert subprocess.run(command, check=True, capture_output=True).stdout == expected.read_bytes()


@pytest.mark.parametrize(
    "vector",
    [json.loads(line) for line in (crate() / "tests/data/dedupe.jsonl").read_text().splitlines()],
    ids=lambda vector: vector["name"],
)
def test_the_key_is_that_of_the_vector(vector: dict[str, str]) -> None:
    assert Event.parse(vector["body"]).dedupe_key == vector["key"]
    assert Event.parse(vector["body"].encode()).dedupe_key == vector["key"]


def test_the_vectors_are_those_of_the_reference() -> None:
    reference = crate() / "tests" / "data" / "dedupe.py"
    subprocess.run([sys.executable, reference, "--check"], check=True)


def test_numbers_of_any_size_are_read() -> None:
    event = Event.parse(
        f'{{"data":{{"a":37.3200,"b":1e400,"c":{"9" * 5000},"d":1e99999999999999999999,"e":-7,'
        '"f":18446744073709551616,"g":"\\ud83d"}}'
    )
    assert str(event.data["a"]) == "37.3200"
    assert event.data["b"] == decimal.Decimal("1e400")
    assert event.data["c"] == decimal.Decimal("9" * 5000)
    assert event.data["d"] == "1e99999999999999999999"
    assert (event.data["e"], event.data["f"], event.data["g"]) == (-7, 2**64, "\ud83d")


def test_text_has_no_lone_surrogate() -> None:
    event = Event.parse('{"type":"email.all","data":{"emailSubject":"cut \\ud83d","from":"a"}}')
    assert isinstance(event, Email)
    assert (event.email_subject, event.from_) == ("cut \ufffd", "a")
    with pytest.raises(MalformedDeliveryError):
        Event.parse('{"type":"email.all \ud83d"}')


@pytest.mark.parametrize(
    ("method", "target", "body", "kind", "status"),
    [
        ("GET", TARGET, b"{}", MalformedDeliveryError, 405),
        ("post", TARGET, b"{}", MalformedDeliveryError, 405),
        ("\udcff", TARGET, b"{}", MalformedDeliveryError, 405),
        ("POST", "/atlas/8f3d?token=t0ken", b"{}", UntrustedError, 404),
        ("POST", TARGET + "\0", b"{}", UntrustedError, 404),
        ("POST", "/\udcff", b"{}", UntrustedError, 404),
        ("POST", "/é", b"{}", UntrustedError, 404),
        ("POST", "", b"{}", UntrustedError, 404),
        (b"POST", b"/\xff", b"{}", UntrustedError, 404),
        ("POST", TARGET, b"[]", MalformedDeliveryError, 400),
        ("POST", TARGET, b"\xff", MalformedDeliveryError, 400),
        ("POST", TARGET, b"", MalformedDeliveryError, 400),
        ("POST", TARGET, b"\x1f\x8b", EncodingError, 400),
        ("POST", TARGET, b"{" + b" " * (1 << 20) + b"}", LimitError, 413),
    ],
)
def test_a_rejection_has_a_response_status(
    method: str | bytes,
    target: str | bytes,
    body: bytes,
    kind: type[Exception],
    status: int,
) -> None:
    with pytest.raises(kind) as caught:
        Receiver(TARGET).read(method, target, None, body)
    assert isinstance(caught.value, atlas_webhook.AtlasWebhookError)
    assert caught.value.response_status == status
    assert not any(secret in repr(caught.value) for secret in SECRETS)
    assert pickle.loads(pickle.dumps(caught.value)).response_status == status


def test_an_unknown_coding_is_rejected(receiver: Receiver) -> None:
    for headers in ({"content-encoding": "br"}, [(b"Content-Encoding", b"br")]):
        with pytest.raises(EncodingError) as caught:
            receiver.read("POST", TARGET, headers, b"\x0b\x02\x80{}\x03")
        assert caught.value.response_status == 415
    assert receiver.read("POST", TARGET, {"Content-Encoding": "br"}, bytearray(b"{}")).data == {}


def test_other_errors_mean_that_the_program_is_wrong(receiver: Receiver) -> None:
    with pytest.raises(ArgumentError) as caught:
        Receiver("no URL")
    assert caught.value.response_status == 500
    with pytest.raises(ArgumentError):
        Receiver("/a", "also none")
    with pytest.raises(ArgumentError):
        Receiver("/0", *[f"/{i}" for i in range(1, 9)])
    with pytest.raises(ArgumentError):
        Receiver("/", limits=Limits(values=-1))
    with pytest.raises(TypeError):
        receiver.read("POST", TARGET, None, "{}")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        receiver.read("POST", None, None, b"{}")  # type: ignore[arg-type]


def test_urls_are_rotated_and_limits_set() -> None:
    new = "https://example.com/new?a=b"
    receiver = Receiver("/old", new, *[new] * 8, limits=Limits(values=2))
    assert receiver.read("POST", "/old", None, b'{"a":1}').data == {"a": 1}
    assert receiver.read("POST", "http://host/new?a=b", None, b"{}").data == {}
    with pytest.raises(LimitError):
        receiver.read("POST", "/old", None, b'{"a":1,"b":2}')
    with pytest.raises(UntrustedError):
        receiver.read("POST", "/new", None, b"{}")


def test_threads_share_a_receiver(receiver: Receiver) -> None:
    keys: list[set[str]] = []

    def work() -> None:
        events = [receiver.read("POST", TARGET, None, path.read_bytes()) for path in ALL * 5]
        keys.append({event.dedupe_key for event in events})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(found) for found in keys] == [len(ALL)] * 4
    assert all(found == keys[0] for found in keys)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_no_repr_holds_what_an_event_is_about(path: Path, receiver: Receiver) -> None:
    event = Event.parse(path.read_bytes())
    shown = [repr(event), repr(receiver)]
    for name in ("passengers", "revised_segs"):
        shown += [repr(member) for member in getattr(event, name, ())]
    for passenger in getattr(event, "passengers", ()):
        shown += [repr(ancillary) for ancillary in passenger.ancillaries]
    for text in shown:
        assert not any(secret in text for secret in SECRETS)
        assert not any(value in text for value in (event.order_no, event.cid) if value)
    assert repr(event) == f"<{type(event).__name__}, {len(event.json)} characters>"
    assert {repr(passenger) for passenger in getattr(event, "passengers", ())} <= {"<Passenger>"}


def test_an_event_that_raised_limits_accepted_has_its_key_and_its_data() -> None:
    body = json.dumps({"type": "order.void", "data": {"list": ["x"] * 30_000, "s": "y" * 2**20}})
    limits = Limits(body=4 * 2**20, values=100_000)
    event = Receiver("/t", limits=limits).read("POST", "/t", None, body.encode())
    assert event.dedupe_key.startswith("sha256:")
    assert len(event.data["list"]) == 30_000
    with pytest.raises(LimitError):
        Event.parse(event.json)
    assert Event.parse(event.json, limits=limits) == event
    with pytest.raises(LimitError) as raised:
        Event.parse(event.json, limits=Limits(body=len(body), values=30_000))
    assert raised.value.response_status == 413


def test_data_is_made_anew_at_each_access(receiver: Receiver) -> None:
    event = receiver.read("POST", TARGET, None, sample("ticketed"))
    event.data["orderNo"] = "changed"
    assert event.data["orderNo"] == event.order_no


def test_the_child_of_a_fork_reads_events_while_threads_of_the_parent_do() -> None:
    ended = python(
        """
import os, threading, warnings
import atlas_webhook as aw
warnings.simplefilter("ignore", DeprecationWarning)   # fork beside threads, on purpose
event = lambda: aw.Event.parse(b'{"type":"order.void","data":{"voidStatus":2}}')
stop = threading.Event()
def read():
    while not stop.is_set():
        event().dedupe_key
for _ in range(2):
    threading.Thread(target=read, daemon=True).start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        event().dedupe_key, event().data
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
stop.set()
"""
    )
    assert (ended.returncode, ended.stderr) == (0, "")
