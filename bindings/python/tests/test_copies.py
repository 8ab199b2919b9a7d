"""No copy and no pickle of an object leads to memory that was freed."""

from __future__ import annotations

import copy
import ctypes
import dataclasses
import gc
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from typing import Any, Callable

import pytest
from conftest import CID, URL, crate, registration

import atlas_webhook
from atlas_webhook import (
    AtlasWebhookError,
    Endpoint,
    ErrorResponse,
    Event,
    Exchange,
    Incident,
    Limits,
    RateLimitedError,
    Receiver,
    Reply,
    Request,
    Response,
    State,
    Transport,
)
from atlas_webhook._handles import Immutable, Unpicklable
from atlas_webhook._signatures import Handle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    lambda value: copy.deepcopy([value, value])[1],
    lambda value: dataclasses.asdict(Holder(value))["value"],
    lambda value: dataclasses.replace(Holder(value)).value,
]
PICKLES: list[Callable[[Any], Any]] = [
    *(lambda value, protocol=protocol: pickle.dumps(value, protocol) for protocol in PROTOCOLS),
    # What multiprocessing and ProcessPoolExecutor send to a process.
    ForkingPickler.dumps,
    lambda value: pickle.dumps({"in": [value]}),
]
COPIES_OF_ERRORS: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    *(
        lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))
        for protocol in PROTOCOLS
    ),
]


@dataclasses.dataclass
class Holder:
    value: Any


def classes() -> Iterator[type]:
    """Every class that a module of the package defines."""
    for module in pkgutil.iter_modules(atlas_webhook.__path__, "atlas_webhook."):
        # The C library beside the modules looks like one of them.
        if module.name.endswith(".libatlas_webhook"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__ == module.name:
                yield value


def handles(of: type[Handle] = Handle) -> Iterator[type[Handle]]:
    yield of
    for kind in of.__subclasses__():
        yield from handles(kind)


def test_every_class_that_is_an_address_is_a_handle() -> None:
    assert len(list(classes())) > 40
    # The base of whatever ctypes makes.
    data = ctypes.c_void_p.__mro__[-2]
    assert data.__name__ == "_CData"
    for kind in classes():
        if issubclass(kind, data) and not issubclass(kind, Handle):
            # The type of an argument, of which ctypes itself makes no copies.
            pointer: Any = kind
            with pytest.raises(ValueError, match="pointers cannot be pickled"):
                copy.deepcopy(pointer())


def test_every_class_that_holds_a_handle_says_how_it_is_copied() -> None:
    for kind in classes():
        is_public = kind.__name__ in atlas_webhook.__all__
        if is_public and not issubclass(kind, AtlasWebhookError):
            holds = "Handle" in inspect.getsource(kind)
            assert issubclass(kind, Unpicklable) == holds, kind
    assert issubclass(Endpoint, Immutable)
    assert issubclass(Request, Immutable)


class LaterHandle(Handle):
    """A class that may be added to the package."""

    free = "atlas_webhook_request_free"


HANDLES = list(handles())


class Address(ctypes.c_void_p):
    """What a handle would be without its rules."""


def test_without_the_rules_an_address_would_be_copied() -> None:
    assert copy.deepcopy(Address(4096)).value == 4096
    assert pickle.loads(pickle.dumps(Address(4096))).value == 4096


@pytest.mark.parametrize("kind", HANDLES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("do", [*COPIES[:4], *PICKLES])
def test_no_handle_can_be_copied(kind: type[Handle], do: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError) as raised:
        do(kind(1))
    assert str(raised.value) == (
        f"cannot copy or pickle {kind.__name__!r}: it is an address within this process"
    )


@pytest.mark.parametrize("kind", HANDLES, ids=lambda kind: kind.__name__)
def test_no_handle_comes_out_of_a_pickle(kind: type[Handle]) -> None:
    # What ctypes itself writes of a subclass of c_void_p.
    made_by_ctypes: Any = Address(1).__reduce__()
    unpickle, (_, state) = made_by_ctypes
    with pytest.raises(TypeError, match=kind.__name__):
        unpickle(kind, state)


def receiver() -> Receiver:
    return Receiver("/atlas")


def exchange() -> Exchange:
    return Exchange(registration())


@pytest.mark.parametrize(
    "make", [registration, Endpoint, receiver], ids=["Request", "Endpoint", "Receiver"]
)
@pytest.mark.parametrize("do", COPIES)
def test_an_immutable_object_copies_as_itself(
    make: Callable[[], Any], do: Callable[[Any], Any]
) -> None:
    value = make()
    assert do(value) is value


@pytest.mark.parametrize("make", [exchange, Transport], ids=["Exchange", "Transport"])
@pytest.mark.parametrize("do", COPIES[:4])
def test_what_changes_cannot_be_copied(make: Callable[[], Any], do: Callable[[Any], Any]) -> None:
    with make() as value, pytest.raises(TypeError, match=r"cannot copy or pickle .* Make "):
        do(value)


@pytest.mark.parametrize(
    ("make", "instead"),
    [
        (registration, "Pass the webhook URL and the cid, and make a request there."),
        (Endpoint, "Pass the base URL, and make an endpoint with the credentials there."),
        (receiver, "Pass the registered URL, and make a receiver there."),
        (exchange, "Make an exchange of a request where you need one."),
        (Transport, "Make a transport in each process."),
    ],
)
@pytest.mark.parametrize("do", PICKLES)
def test_a_pickle_is_rejected_and_the_error_says_what_to_do_instead(
    make: Callable[[], Any], instead: str, do: Callable[[Any], Any]
) -> None:
    value = make()
    with pytest.raises(TypeError) as raised:
        do(value)
    assert str(raised.value) == (
        f"cannot copy or pickle {type(value).__name__!r}: it belongs to this process. {instead}"
    )


def test_a_subclass_of_the_program_is_bound_by_the_same_rules() -> None:
    class Mine(Endpoint):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    mine = Mine("mine")
    assert copy.deepcopy(mine) is mine
    with pytest.raises(TypeError, match="Mine"):
        pickle.dumps(mine)


@pytest.mark.parametrize("do", COPIES[:4])
def test_a_copy_outlives_what_it_was_made_from(do: Callable[[Any], Any]) -> None:
    def request(i: int) -> Request:
        endpoint = Endpoint(client_id=f"client-{i}", client_secret=f"secret-{i}")
        return Request.registration(endpoint, f"{URL}-{i}", CID)

    requests = [request(i) for i in range(18)]
    expected = [bytes(made) for made in requests]
    copies = [do(made) for made in requests]
    requests.clear()
    gc.collect()
    # In the memory that would be free by now.
    others = [request(i) for i in range(100, 118)]
    assert [bytes(made) for made in copies] == expected
    assert len(others) == len(copies)


def test_a_copied_endpoint_keeps_its_credentials() -> None:
    endpoints = [Endpoint(client_id=f"client-{i}", client_secret="s3cret") for i in range(18)]
    copies = copy.deepcopy(endpoints)
    endpoints.clear()
    gc.collect()
    for i, endpoint in enumerate(copies):
        headers = Request.registration(endpoint, URL, CID).headers
        assert headers["x-atlas-client-id"] == f"client-{i}"


EVENTS = [
    Event.parse(path.read_bytes())
    for path in [*crate().glob("samples/*.json"), *crate().glob("samples/old/*.json")]
]
#: The values within the events, of which one is made of each class.
PARTS = {
    type(part): part
    for event in EVENTS
    for passenger in getattr(event, "passengers", ())
    for ancillary in passenger.ancillaries
    for part in (
        passenger,
        ancillary,
        ancillary.aux_baggage_element,
        ancillary.aux_seat_element,
    )
    if part is not None
}

PLAIN: list[Any] = [
    Reply("success", "req-17", 200),
    Limits(body=7),
    ErrorResponse(503, (("Retry-After", "30"),), b"later"),
    Response(200, (("Date", "now"),), b"{}"),
    State.DONE,
    atlas_webhook.APIStatus(0),
    Incident.CONFIRMED,
    *EVENTS,
    *PARTS.values(),
    *(segment for event in EVENTS for segment in getattr(event, "revised_segs", ())[:1]),
]


@pytest.mark.parametrize("do", [*COPIES, lambda value: pickle.loads(pickle.dumps(value))])
@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_a_plain_value_is_copied_and_pickled(value: Any, do: Callable[[Any], Any]) -> None:
    copied = do(value)
    assert copied == (dataclasses.asdict(value) if isinstance(copied, dict) else value)


@pytest.mark.parametrize("do", COPIES_OF_ERRORS)
def test_a_copied_error_keeps_its_details(do: Callable[[Any], Any]) -> None:
    with pytest.raises(AtlasWebhookError) as raised:
        registration().reply(503, {"Retry-After": "30"}, b'{"status":2,"msg":"later"}')
    copied = do(raised.value)
    message = str(raised.value)
    del raised
    gc.collect()
    assert (str(copied), copied.retry_after, copied.api_message) == (message, 30, "later")


class AccountError(RateLimitedError):
    """An error of a program, which has an argument of its own."""

    def __init__(self, account: str) -> None:
        super().__init__("slow down", retry_after=7)
        self.account = account


@pytest.mark.parametrize("do", COPIES_OF_ERRORS)
def test_a_copied_error_keeps_what_the_program_set(do: Callable[[Any], Any]) -> None:
    with pytest.raises(AtlasWebhookError) as raised:
        registration().reply(503, None, b"")
    for error in (raised.value, AtlasWebhookError("made by hand"), AccountError("XXXXXXXX")):
        # add_note sets the first.
        for name in ("__notes__", "of_the_program"):
            setattr(error, name, [name])
        copied = do(error)
        assert (type(copied), str(copied)) == (type(error), str(error))
        assert (copied.__notes__, copied.of_the_program) == (["__notes__"], ["of_the_program"])
        assert vars(copied).get("account") == vars(error).get("account")
        assert copied._handle is None


def test_every_public_class_was_copied_here() -> None:
    copied = {Endpoint, Request, Receiver, Exchange, Transport, Event, *map(type, PLAIN)}
    for name in atlas_webhook.__all__:
        value = getattr(atlas_webhook, name)
        if inspect.isclass(value) and not issubclass(value, AtlasWebhookError):
            assert value in copied, name
