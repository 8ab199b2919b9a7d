"""Events: one frozen dataclass for each kind.

`Receiver.read` returns an event of one of these classes, and so does `Event.parse`. With
Python 3.10 or later a program can match them; with Python 3.9 use `isinstance`::

    match receiver.read(method, target, headers, body):
        case Ticketed(order_no=order, passengers=passengers): ...
        case ScheduleChange(order_no=order, revised_segs=segments): ...
        case Void(order_no=order, void_status=status): ...
        case event: log.info("ignored: %s", event.kind)

No field is required. A text or a number that is absent, null, empty or of another type is None; a
list is then empty. A number or a boolean where text is expected is its JSON text.
In the text of a field a lone surrogate is U+FFFD.

The fields have the names of the newest form of the delivery, in snake case, and are read from every
older form. Times are text as sent, because the sender does not state their zone
consistently. Amounts are text with the digits as sent. docs/events.md of the repository describes
each field.

Events are plain values and independent of the library: they can be copied, pickled and shared by
threads. A repr shows the kind and the size of the event, because events contain names and numbers
of documents.
"""

from __future__ import annotations

import json
from ctypes import c_size_t
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Callable, ClassVar, Optional, TypeVar, Union

from ._arguments import BytesLike, octets
from ._handles import owned
from ._lazy import lazy
from ._library import lib
from ._plain import Plain
from ._read import read_text
from ._signatures import ErrorHandle, EventHandle, ReceiverHandle
from .endpoint import Limits, set_limits

T = TypeVar("T")
Fields = dict[str, Any]


class Incident(Enum):
    """Whether an incident is confirmed.

    Only a schedule change, an email about one and an abnormal cancellation are incidents.

    Attributes:
        UNCONFIRMED: Not confirmed yet.
        CONFIRMED: Confirmed.
    """

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"


class _Private(Plain):
    """A value whose repr does not show its fields."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Baggage(_Private):
    """The baggage of an ancillary.

    Attributes:
        piece: The number of pieces.
        weight: The weight. Its unit is not documented.
        is_all_weight: As sent; its meaning is not documented.
        size: The size. Its unit is not documented.
    """

    piece: Optional[int]
    weight: Optional[str]
    is_all_weight: Optional[bool]
    size: Optional[str]


class Seat(_Private):
    """The seat of an ancillary.

    Attributes:
        row: The row.
        column: The column.
    """

    row: Optional[str]
    column: Optional[str]


class Ancillary(_Private):
    """An additional service that a passenger bought.

    Attributes:
        product_code: The code of the product.
        segment_index: The index of the segment to which it belongs.
        buy_method: As sent; its values are not documented.
        offer_id: The id of the offer.
        ancillary_emd: The number of the document (EMD).
        ancillary_price: An amount in `currency`.
        currency: A currency code.
        vendor_price: An amount in `vendor_currency`.
        vendor_currency: A currency code.
        product_type: The type of the product.
        display_currency: A currency code.
        display_price: An amount in `display_currency`.
        aux_baggage_element: The baggage.
        aux_seat_element: The seat.
    """

    product_code: Optional[str]
    segment_index: Optional[int]
    buy_method: Optional[str]
    offer_id: Optional[str]
    ancillary_emd: Optional[str]
    ancillary_price: Optional[str]
    currency: Optional[str]
    vendor_price: Optional[str]
    vendor_currency: Optional[str]
    product_type: Optional[str]
    display_currency: Optional[str]
    display_price: Optional[str]
    aux_baggage_element: Optional[Baggage]
    aux_seat_element: Optional[Seat]


class Passenger(_Private):
    """A passenger, with tickets and ancillaries.

    Attributes:
        name: LAST/FIRST MIDDLE.
        passenger_type: 0 is an adult, 1 a child, 2 an infant.
        birthday: YYYYMMDD.
        gender: M or F.
        card_num: The number of the travel document.
        card_type: The type of the travel document, for example ``PP``.
        card_issue_place: A country code.
        card_expired: YYYYMMDD.
        nationality: A country code.
        ticket_nos: The numbers of the tickets.
        airline_pnrs: The airlines' numbers of the booking (PNR).
        ancillaries: The ancillaries.
    """

    name: Optional[str]
    passenger_type: Optional[int]
    birthday: Optional[str]
    gender: Optional[str]
    card_num: Optional[str]
    card_type: Optional[str]
    card_issue_place: Optional[str]
    card_expired: Optional[str]
    nationality: Optional[str]
    ticket_nos: tuple[str, ...]
    airline_pnrs: tuple[str, ...]
    ancillaries: tuple[Ancillary, ...]


class Segment(_Private):
    """A flight of an order.

    Attributes:
        carrier: An IATA code.
        flight_number: It starts with the carrier.
        dep_airport: The IATA code of the departure airport.
        arr_airport: The IATA code of the arrival airport.
        dep_time: YYYY-MM-DD HH:MM:SS. The time zone is not documented.
        arr_time: As dep_time.
        dep_terminal: The departure terminal.
        arr_terminal: The arrival terminal.
        code_share: Whether it is a code share. Since 2023.
        direction: 1 is outbound, 2 is return. Since 2026, and not reliable.
    """

    carrier: Optional[str]
    flight_number: Optional[str]
    dep_airport: Optional[str]
    arr_airport: Optional[str]
    dep_time: Optional[str]
    arr_time: Optional[str]
    dep_terminal: Optional[str]
    arr_terminal: Optional[str]
    code_share: Optional[bool]
    direction: Optional[int]


class Event(_Private):
    """Any event. Its class is its kind, which has these attributes and its own.

    Attributes:
        kind: The name of the kind.
        type_name: The type as sent. "" if the event has no type.
        order_no: The order number.
        cid: The account.
        notification_id: The id of an incident or of an email. Its duplicates have the same.
        status: The status beside the type. Its meaning depends on the kind; see `incident`.
        incident: Whether the incident is confirmed. None if the event is not an incident, or if its
            status is neither 0 nor 1.
        json: The body as received, without content coding and byte order mark: store this.
    """

    kind: ClassVar[str] = ""

    type_name: str
    order_no: Optional[str]
    cid: Optional[str]
    notification_id: Optional[str]
    status: Optional[int]
    incident: Optional[Incident]
    json: str

    @staticmethod
    def parse(json: Union[str, BytesLike], *, limits: Optional[Limits] = None) -> Event:
        """Read an event from a stored body, which is `json` of an event or the body as received.

        It equals the event that `Receiver.read` returned for that body. It does not check a URL:
        never call this for input from the network. Pass the `limits` of the receiver
        if they are not the default.

        Raises `MalformedDeliveryError` and `LimitError`.
        """
        if isinstance(json, str):
            # A lone surrogate is invalid UTF-8. The library rejects it.
            body = str.encode(json, errors="surrogatepass")
        else:
            body = octets(json, "json", "a str, bytes, a bytearray or a memoryview")
        return from_c(_parsed(body) if limits is None else _parsed_within(limits, body))

    @lazy
    def dedupe_key(self) -> str:
        """The deduplication key. Duplicates have the same key; different deliveries have different
        keys.

        This requires that Atlas uses an id for one notification only, regardless of its type.

        The format is stable, so keys can be stored. A key that starts with ``id:`` can be kept
        permanently. Keep a key that starts with ``sha256:`` only as long as a duplicate can arrive
        (one hour, for example): an airline that becomes active again sends the same bytes as
        before.
        """
        return _of(self.json, lambda event: read_text(lib.atlas_webhook_event_dedupe_key, event))

    @property
    def data(self) -> dict[str, Any]:
        """The payload as a dict, with the names and the values as sent.

        It is the whole body if the body has no object named data. A number with a fraction or an
        exponent is a `decimal.Decimal`, and so is an integer of more than 4,300 digits (see
        `sys.set_int_max_str_digits`). A number that neither int nor Decimal can represent is a str.
        Text may contain lone surrogates.

        Each access parses the body again and returns a new dict.
        """
        payload = _of(self.json, _payload)
        data: dict[str, Any] = json.loads(payload, parse_float=_decimal, parse_int=_integer)
        return data

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self.json)} characters>"


class Ticketed(Event):
    """The tickets of an order were issued (``order.ticketed``).

    Attributes:
        order_status: 0 is unpaid, 1 in process, 2 ticketed, -3 cancelled.
        passengers: The passengers, with their tickets.
    """

    kind = "ticketed"
    __match_args__ = ("order_no", "order_status", "passengers")

    order_status: Optional[int]
    passengers: tuple[Passenger, ...]


class ScheduleChange(Event):
    """The airline changed or cancelled flights of an order (``order.schedulechange``).

    Attributes:
        schedule_change_type: 1: the times changed. 2: a flight was cancelled.
        previous_segs: The flights before the change.
        revised_segs: The flights after the change. Empty if they were cancelled.
        original_segs: The flights as booked. Since 2026, and optional.
    """

    kind = "schedule_change"
    __match_args__ = ("order_no", "schedule_change_type", "previous_segs", "revised_segs")

    schedule_change_type: Optional[int]
    previous_segs: tuple[Segment, ...]
    revised_segs: tuple[Segment, ...]
    original_segs: tuple[Segment, ...]


class EmailScheduleChange(Event):
    """The airline sent an email about a schedule change (``email.schedulechange``).

    Attributes:
        email_subject: The subject.
        email_link: A URL that expires soon.
        email_receiving_date: As `Email.email_receiving_date`.
    """

    kind = "email_schedule_change"
    __match_args__ = ("order_no", "email_subject", "email_link")

    email_subject: Optional[str]
    email_link: Optional[str]
    email_receiving_date: Optional[str]


class AbnormalCancelled(Event):
    """The airline cancelled an order (``abnormal.cancelled``).

    Attributes:
        vendor_refund_information: ``FULLY``, ``Fully`` or ``Cancelled``.
    """

    kind = "abnormal_cancelled"
    __match_args__ = ("order_no", "vendor_refund_information")

    vendor_refund_information: Optional[str]


class AirlineStatus(Event):
    """Airlines became active or inactive (``airline.status``).

    Attributes:
        airlines: IATA codes.
        airline_status: ``Active``, ``Maintenance`` or ``Inactive``; in one schema a number.
    """

    kind = "airline_status"
    __match_args__ = ("airlines", "airline_status")

    airlines: tuple[str, ...]
    airline_status: Optional[str]


class Email(Event):
    """An airline sent an email (``email.all``).

    Attributes:
        email_receiving_date: YYYY-MM-DD HH:MM:SS, in a time zone that is not documented
            consistently.
        unique_code: As sent; its meaning is not documented.
        email_category: The category.
        from_: The address of the sender; ``from`` is a keyword of Python.
        to: The address of the recipient.
        email_subject: The subject.
        email_link: A URL that expires soon.
        create_time: As `email_receiving_date`.
    """

    kind = "email"
    __match_args__ = ("order_no", "email_subject", "email_link")

    email_receiving_date: Optional[str]
    unique_code: Optional[str]
    email_category: Optional[str]
    from_: Optional[str]
    to: Optional[str]
    email_subject: Optional[str]
    email_link: Optional[str]
    create_time: Optional[str]


class Void(Event):
    """The status of a void changed (``order.void``).

    Attributes:
        void_code: As sent; its values are not documented.
        void_status: 0: Atlas is processing it. 1: the airline is processing it. 2: voided or
            refunded. 3: the airline is voiding. 4: rejected. 5: completed. 6: withdrawn.
        message: A text. Optional.
    """

    kind = "void"
    __match_args__ = ("order_no", "void_status")

    void_code: Optional[str]
    void_status: Optional[int]
    message: Optional[str]


class AddonComplete(Event):
    """Ancillaries that were bought later are issued (``order.addonComplete``).

    Attributes:
        addon_order_no: The number of the order of the ancillaries. It equals `order_no`, unless
            both addonOrderNo and orderNo were sent: `order_no` is then orderNo.
        original_order_no: The number of the order to which the ancillaries belong.
        order_status: As `Ticketed.order_status`.
        passengers: As `Ticketed.passengers`.
    """

    kind = "addon_complete"
    __match_args__ = ("order_no", "original_order_no", "order_status", "passengers")

    addon_order_no: Optional[str]
    original_order_no: Optional[str]
    order_status: Optional[int]
    passengers: tuple[Passenger, ...]


class RefundComplete(Event):
    """A refund is complete (``order.refundComplete``).

    The amounts are text with the digits as sent. Do not add them up: they are not consistent.

    Attributes:
        refund_status: As sent; its values are not documented.
        currency: A currency code, the unit of all amounts.
        original_total_fare: An amount.
        original_total_ancillary_amount: An amount.
        original_total_amount: An amount.
        airline_penalty_amount_for_fare: An amount.
        airline_penalty_amount_for_ancillaries: An amount.
        airline_penalty_amount: An amount.
        final_refund_amount: An amount.
        transaction_fee: An amount.
    """

    kind = "refund_complete"
    __match_args__ = ("order_no", "refund_status", "final_refund_amount", "currency")

    refund_status: Optional[int]
    currency: Optional[str]
    original_total_fare: Optional[str]
    original_total_ancillary_amount: Optional[str]
    original_total_amount: Optional[str]
    airline_penalty_amount_for_fare: Optional[str]
    airline_penalty_amount_for_ancillaries: Optional[str]
    airline_penalty_amount: Optional[str]
    final_refund_amount: Optional[str]
    transaction_fee: Optional[str]


class Cancelled(Event):
    """An order was cancelled (``order.cancelled``).

    Attributes:
        order_status: -3.
        error_code: The code of the cause.
        error_message: The text of the cause.
    """

    kind = "cancelled"
    __match_args__ = ("order_no", "error_code", "error_message")

    order_status: Optional[int]
    error_code: Optional[str]
    error_message: Optional[str]


class Unknown(Event):
    """An event of a type that this version does not support. `data` has its fields."""

    kind = "unknown"
    __match_args__ = ("type_name", "order_no")


def from_c(handle: EventHandle) -> Event:
    """Read an event that a C function returned, and free it."""
    length = c_size_t()
    try:
        body = lib.atlas_webhook_event_json(handle, length)[: length.value].decode()
        details = lib.atlas_webhook_event_details(handle, length)[: length.value].decode()
    finally:
        lib.atlas_webhook_event_free(handle)
    fields: Fields
    fields, _ = _decode(details)
    make = _KINDS.get(fields.pop("kind"), _unknown)
    fields |= fields.pop("details")
    fields["json"] = body
    return make(fields)


_decode = json.JSONDecoder().raw_decode
_new = object.__new__
_set = object.__setattr__


def _maker(kind: type[T], **members: Callable[[Any], Any]) -> Callable[[Fields], T]:
    """Return a function that makes a value from all its fields by name, as C returns them.

    `members` are the fields that JSON has in another form. It takes a third of the time of
    `__init__`, which in a frozen dataclass makes a call for each field.
    """

    def make(fields: Fields) -> T:
        for name, member in items:
            fields[name] = member(fields[name])
        made = _new(kind)
        _set(made, "__dict__", fields)
        return made

    items = tuple(members.items())
    return make


def _list(make: Callable[[Fields], T]) -> Callable[[list[Fields]], tuple[T, ...]]:
    return lambda members: tuple(map(make, members))


def _optional(make: Callable[[Any], T]) -> Callable[[Any], Optional[T]]:
    return lambda member: None if member is None else make(member)


_incident = _optional(Incident)
_segments = _list(_maker(Segment))
_ancillary = _maker(
    Ancillary,
    aux_baggage_element=_optional(_maker(Baggage)),
    aux_seat_element=_optional(_maker(Seat)),
)
_passengers = _list(
    _maker(Passenger, ticket_nos=tuple, airline_pnrs=tuple, ancillaries=_list(_ancillary))
)
_unknown = _maker(Unknown, incident=_incident)
_unnamed_email = _maker(Email, incident=_incident)


def _email(fields: Fields) -> Email:
    fields["from_"] = fields.pop("from")
    return _unnamed_email(fields)


_KINDS: dict[str, Callable[[Fields], Event]] = {
    "ticketed": _maker(Ticketed, incident=_incident, passengers=_passengers),
    "schedule_change": _maker(
        ScheduleChange,
        incident=_incident,
        previous_segs=_segments,
        revised_segs=_segments,
        original_segs=_segments,
    ),
    "email_schedule_change": _maker(EmailScheduleChange, incident=_incident),
    "abnormal_cancelled": _maker(AbnormalCancelled, incident=_incident),
    "airline_status": _maker(AirlineStatus, incident=_incident, airlines=tuple),
    "email": _email,
    "void": _maker(Void, incident=_incident),
    "addon_complete": _maker(AddonComplete, incident=_incident, passengers=_passengers),
    "refund_complete": _maker(RefundComplete, incident=_incident),
    "cancelled": _maker(Cancelled, incident=_incident),
}


def _parsed(body: bytes) -> EventHandle:
    handle = EventHandle()
    lib.atlas_webhook_event_parse(body, len(body), handle, ErrorHandle())
    return handle


def _parsed_within(limits: Limits, body: bytes) -> EventHandle:
    # A receiver has the limits; its URL is not used.
    receiver, handle = ReceiverHandle(), EventHandle()
    lib.atlas_webhook_receiver_new(b"/", receiver, ErrorHandle())
    owned(receiver)
    set_limits(lib.atlas_webhook_receiver_set_limit, receiver, limits)
    lib.atlas_webhook_receiver_parse(receiver, body, len(body), handle, ErrorHandle())
    return handle


def _of(body: str, read: Callable[[EventHandle], T]) -> T:
    """Values of an accepted body that are not fields, independent of its limits."""
    content = str.encode(body)
    handle = _parsed_within(Limits(body=len(content), values=len(content)), content)
    try:
        return read(handle)
    finally:
        lib.atlas_webhook_event_free(handle)


def _payload(event: EventHandle) -> str:
    return read_text(lib.atlas_webhook_value_json, lib.atlas_webhook_event_data(event))


def _integer(digits: str) -> Any:
    try:
        return int(digits)
    except ValueError:  # Python stops at 4,300 digits.
        return _decimal(digits)


def _decimal(digits: str) -> Any:
    try:
        return Decimal(digits)
    except InvalidOperation:  # The exponent is out of range.
        return digits
