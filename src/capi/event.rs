//! Event: the meaning of a delivery.

use alloc::boxed::Box;
use core::ffi::{c_char, c_void};
use core::ptr;

use super::lazy::Lazy;
use super::{ATLAS_WEBHOOK_ABSENT, ATLAS_WEBHOOK_OK, Handle, Text, atlas_webhook_error};
use super::{atlas_webhook_status, atlas_webhook_value, bytes, free, get, get_bytes, get_text};
use super::{guard, output, put_length, report, text};
use crate::receive::event::{Event, EventKind, Incident};
use crate::receive::value::Value;

/// Event: without a type, or of a type that this version does not define. All its fields can be
/// read.
pub const ATLAS_WEBHOOK_EVENT_UNKNOWN: i32 = 0;
/// Event order.ticketed, since 2022: the tickets of an order were issued.
///
///   orderNo         text
///   orderStatus     number; 0 unpaid, 1 in process, 2 ticketed, -3 cancelled
///   paxTicketInfos  list of passengers
///
/// Passenger:
///
///   name            text; LAST/FIRST MIDDLE
///   passengerType   number; 0 adult, 1 child, 2 infant
///   birthday        text; date, YYYYMMDD
///   gender          text; M or F
///   cardNum         text; number of the travel document
///   cardType        text
///   cardIssuePlace  text; country code
///   cardExpired     text; date, YYYYMMDD
///   nationality     text; country code
///   ticketNos       list of text
///   airlinePNRs     list of text
///   ancillaries     list of ancillaries
///
/// Ancillary; most fields are often null:
///
///   productCode        text
///   segmentIndex       number
///   buyMethod          text
///   offerId            text
///   ancillaryEMD       text; number of the document
///   ancillaryPrice     text; amount in currency
///   currency           text; currency code
///   vendorPrice        text; amount in vendorCurrency
///   vendorCurrency     text; currency code
///   productType        text
///   displayCurrency    text; currency code
///   displayPrice       text; amount in displayCurrency
///   auxBaggageElement  object: piece number, weight text, isAllWeight boolean, size text
///   auxSeatElement     object: row text, column text
pub const ATLAS_WEBHOOK_EVENT_TICKETED: i32 = 1;
/// Event order.schedulechange, since 2022: the airline changed or cancelled flights.
///
///   orderNo             text; since 2023
///   scheduleChangeType  number; 1 times changed, 2 flight cancelled
///   previousSegs        list of segments; the flights before the change
///   revisedSegs         list of segments; the flights after the change, none if cancelled
///   originalSegs        list of segments; the flights as booked, since 2026
///
/// Segment:
///
///   carrier        text; IATA code
///   flightNumber   text; with the carrier in front
///   depAirport     text; IATA code
///   arrAirport     text; IATA code
///   depTime        text; YYYY-MM-DD HH:MM:SS, time zone not documented
///   arrTime        text; YYYY-MM-DD HH:MM:SS, time zone not documented
///   depTerminal    text
///   arrTerminal    text
///   codeShare      boolean; since 2023
///   direction      number; 1 outbound, 2 return; since 2026, not reliable
pub const ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE: i32 = 2;
/// Event email.schedulechange, since 2023: the airline sent an email about a schedule change.
///
///   orderNo             text
///   emailSubject        text
///   emailLink           text; URL that expires soon
///   emailReceivingDate  text; YYYY-MM-DD HH:MM:SS, time zone as for email.all
pub const ATLAS_WEBHOOK_EVENT_EMAIL_SCHEDULE_CHANGE: i32 = 3;
/// Event abnormal.cancelled, since 2023: the airline cancelled the order.
///
///   orderNo                  text
///   vendorRefundInformation  text; FULLY, Fully or Cancelled
pub const ATLAS_WEBHOOK_EVENT_ABNORMAL_CANCELLED: i32 = 4;
/// Event airline.status, since 2023: airlines became active or inactive. It has no cid.
///
///   airline        list of text; IATA codes
///   airlineStatus  text; Active, Maintenance or Inactive
pub const ATLAS_WEBHOOK_EVENT_AIRLINE_STATUS: i32 = 5;
/// Event email.all, since 2024: the airline sent an email.
///
///   orderNo             text
///   emailReceivingDate  text; YYYY-MM-DD HH:MM:SS, documented as UTC and as UTC+8
///   uniqueCode          text
///   emailCategory       text
///   from                text; address
///   to                  text; address
///   emailSubject        text
///   emailLink           text; URL that expires soon
///   createTime          text; YYYY-MM-DD HH:MM:SS, time zone as for emailReceivingDate
pub const ATLAS_WEBHOOK_EVENT_EMAIL: i32 = 6;
/// Event order.void, since 2026: the status of a void changed.
///
///   orderNo     text
///   voidCode    text
///   voidStatus  number; 0 Atlas processing, 1 airline processing, 2 voided or refunded,
///               3 airline voiding, 4 rejected, 5 completed, 6 withdrawn
///   message     text
pub const ATLAS_WEBHOOK_EVENT_VOID: i32 = 7;
/// Event order.addonComplete, since 2022: ancillaries that were bought later were issued.
///
///   addonOrderNo     text
///   originalOrderNo  text
///   orderStatus      number; as for order.ticketed
///   paxTicketInfos   list of passengers; as for order.ticketed
pub const ATLAS_WEBHOOK_EVENT_ADDON_COMPLETE: i32 = 8;
/// Event order.refundComplete, since 2022: a refund is complete. The newest form has no type.
///
///   orderNo                            text
///   refundStatus                       number
///   currency                           text; currency code, the unit of all amounts
///   originalTotalFare                  text; amount
///   originalTotalAncillaryAmount       text; amount
///   originalTotalAmount                text; amount
///   airlinePenaltyAmountForFare        text; amount
///   airlinePenaltyAmountForAncillaries text; amount
///   airlinePenaltyAmount               text; amount
///   finalRefundAmount                  text; amount
///   transactionFee                     text; amount
pub const ATLAS_WEBHOOK_EVENT_REFUND_COMPLETE: i32 = 9;
/// Event order.cancelled, since 2022: the order was cancelled.
///
///   orderNo       text
///   orderStatus   number; -3
///   errorCode     text
///   errorMessage  text
pub const ATLAS_WEBHOOK_EVENT_CANCELLED: i32 = 10;

/// Incident: the event is not an incident, or its status is neither 0 nor 1.
pub const ATLAS_WEBHOOK_INCIDENT_NONE: i32 = 0;
/// Incident: not confirmed.
pub const ATLAS_WEBHOOK_INCIDENT_UNCONFIRMED: i32 = 1;
/// Incident: confirmed.
pub const ATLAS_WEBHOOK_INCIDENT_CONFIRMED: i32 = 2;

/// The meaning of a delivery: the kind of event, the order and the fields.
///
/// No field is required. A field that is null, empty or of another type is absent. The comments on
/// the ATLAS_WEBHOOK_EVENT_ macros list the fields of each kind by their newest names, with type,
/// unit, time zone and first year. These names find a field in every form.
///
/// An event never changes, so any number of threads may use one at the same time.
pub struct atlas_webhook_event {
    event: Event,
    /// One for each value of the event, in its order: what pointers to values point to.
    values: Box<[atlas_webhook_value]>,
    dedupe_key: Lazy<Text>,
    details: Lazy<Text>,
}

impl atlas_webhook_event {
    pub(super) fn into_raw(event: Event) -> *mut Self {
        let count = u32::try_from(event.value_count()).unwrap_or(u32::MAX);
        let handle = Box::into_raw(Box::new(Self {
            event,
            values: Box::default(),
            dedupe_key: Lazy::new(),
            details: Lazy::new(),
        }));
        let values = (0..count).map(|index| atlas_webhook_value::new(handle, index)).collect();
        // SAFETY: made by `Box::into_raw` above, and not shared yet.
        unsafe { (*handle).values = values };
        handle
    }

    pub(super) fn value(&self, index: u32) -> Value<'_> {
        self.event.value(index)
    }

    /// The pointer to a value of this event. NULL if the value is absent.
    pub(super) fn pointer(&self, value: Value<'_>) -> *const atlas_webhook_value {
        let index = usize::try_from(value.index()).unwrap_or(usize::MAX);
        self.values.get(index).map_or(ptr::null(), ptr::from_ref)
    }
}

impl Handle for atlas_webhook_event {
    const NAME: &'static str = "the event";
}

/// atlas_webhook_event_parse reads an event from a stored body: the bytes that
/// atlas_webhook_event_json returned, or the body as received, without content coding. The event
/// and its deduplication key equal those of atlas_webhook_receiver_read. It does not check a
/// target: never call it for input from the network. The default limits apply;
/// atlas_webhook_receiver_parse uses the limits of a receiver.
///
/// Errors: MALFORMED_DELIVERY or LIMIT.
///
/// Ownership: you own *out. Free it with atlas_webhook_event_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_parse(
    json: *const c_void,
    json_len: usize,
    out: *mut *mut atlas_webhook_event,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let json = unsafe { bytes(json, json_len, "json") }?;
        let event = Event::parse(json)?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_event::into_raw(event)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_event_kind returns the kind of an event. Later versions add kinds: treat an
/// unknown number as ATLAS_WEBHOOK_EVENT_UNKNOWN.
///
/// Returns: one of the ATLAS_WEBHOOK_EVENT_ macros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_kind(event: *const atlas_webhook_event) -> i32 {
    // SAFETY: by the rules.
    unsafe { get(event, ATLAS_WEBHOOK_EVENT_UNKNOWN, |event| number_of(event.event.kind())) }
}

fn number_of(kind: EventKind) -> i32 {
    match kind {
        EventKind::Unknown => ATLAS_WEBHOOK_EVENT_UNKNOWN,
        EventKind::Ticketed => ATLAS_WEBHOOK_EVENT_TICKETED,
        EventKind::ScheduleChange => ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE,
        EventKind::EmailScheduleChange => ATLAS_WEBHOOK_EVENT_EMAIL_SCHEDULE_CHANGE,
        EventKind::AbnormalCancelled => ATLAS_WEBHOOK_EVENT_ABNORMAL_CANCELLED,
        EventKind::AirlineStatus => ATLAS_WEBHOOK_EVENT_AIRLINE_STATUS,
        EventKind::Email => ATLAS_WEBHOOK_EVENT_EMAIL,
        EventKind::Void => ATLAS_WEBHOOK_EVENT_VOID,
        EventKind::AddonComplete => ATLAS_WEBHOOK_EVENT_ADDON_COMPLETE,
        EventKind::RefundComplete => ATLAS_WEBHOOK_EVENT_REFUND_COMPLETE,
        EventKind::Cancelled => ATLAS_WEBHOOK_EVENT_CANCELLED,
    }
}

/// atlas_webhook_event_type_name returns the type as sent.
///
/// Returns: "" if the event has no type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_type_name(
    event: *const atlas_webhook_event,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { field(event, len, Event::type_value) }
}

/// atlas_webhook_event_order_no returns the order number, from any place in which a form has it.
///
/// Returns: "" if the event has no order number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_order_no(
    event: *const atlas_webhook_event,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { field(event, len, Event::order_no_value) }
}

/// atlas_webhook_event_cid returns the account. Its format is not documented.
///
/// Returns: "" if the event has no cid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_cid(
    event: *const atlas_webhook_event,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { field(event, len, Event::cid_value) }
}

/// atlas_webhook_event_notification_id returns the id of an incident or of an email.
///
/// Returns: "" if the event has no id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_notification_id(
    event: *const atlas_webhook_event,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { field(event, len, Event::notification_id_value) }
}

/// A text of the envelope, and its length.
///
/// # Safety
///
/// As [`get_text`].
unsafe fn field(
    event: *const atlas_webhook_event,
    len: *mut usize,
    value: impl for<'a> FnOnce(&'a Event) -> Value<'a>,
) -> *const c_char {
    // SAFETY: the same contract.
    let (text, length) = unsafe {
        get(event, super::NO_TEXT, |event| {
            value(&event.event).text_with_nul().map_or(super::NO_TEXT, super::terminated)
        })
    };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    text
}

/// atlas_webhook_event_status returns the status beside the type. Its meaning depends on the kind.
/// For an incident use atlas_webhook_event_incident.
///
/// Returns: ATLAS_WEBHOOK_ABSENT if the event has no status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_status(event: *const atlas_webhook_event) -> i64 {
    // SAFETY: by the rules.
    unsafe {
        get(event, ATLAS_WEBHOOK_ABSENT, |event| {
            event.event.status().unwrap_or(ATLAS_WEBHOOK_ABSENT)
        })
    }
}

/// atlas_webhook_event_incident returns whether an incident is confirmed. The incidents are
/// order.schedulechange, email.schedulechange and abnormal.cancelled.
///
/// Returns: one of the ATLAS_WEBHOOK_INCIDENT_ macros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_incident(event: *const atlas_webhook_event) -> i32 {
    // SAFETY: by the rules.
    unsafe {
        get(event, ATLAS_WEBHOOK_INCIDENT_NONE, |event| match event.event.incident() {
            Incident::None => ATLAS_WEBHOOK_INCIDENT_NONE,
            Incident::Unconfirmed => ATLAS_WEBHOOK_INCIDENT_UNCONFIRMED,
            Incident::Confirmed => ATLAS_WEBHOOK_INCIDENT_CONFIRMED,
        })
    }
}

/// atlas_webhook_event_dedupe_key returns the deduplication key. Duplicates have the same key.
/// Different deliveries have different keys, if Atlas uses an id for one notification only. The
/// first call computes the key.
///
/// The format is stable, so keys can be stored. A key that starts with "id:" can be kept
/// permanently. Keep a key that starts with "sha256:" only as long as a duplicate can arrive (one
/// hour, for example): airline.status repeats the same bytes for a new event.
///
/// Returns: "id:" or "sha256:" and the rest of the key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_dedupe_key(
    event: *const atlas_webhook_event,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe {
        get_text(event, len, |event| {
            event.dedupe_key.get_or_init(|| Text::new(&event.event.dedupe_key()))
        })
    }
}

/// atlas_webhook_event_get returns a field by its name, from the payload or from beside it. For a
/// documented field use the newest name: it also finds the older names. A field of the payload
/// is preferred to a field of the same name in the envelope. The envelope has its own
/// getters. To read a field as a type, use atlas_webhook_event_get_as.
///
/// Returns: a value of any type except null. NULL if the field is absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_get(
    event: *const atlas_webhook_event,
    name: *const c_char,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe {
        get(event, ptr::null(), |event| {
            text(name, "the name").map_or(ptr::null(), |name| event.pointer(event.event.get(name)))
        })
    }
}

/// atlas_webhook_event_get_as returns a field as atlas_webhook_event_get does, if it can be read as
/// a type. A value of another type counts as absent, so it does not hide a value under an older name
/// or beside the payload. Use this function for documented fields.
///
/// Range: type is one of ATLAS_WEBHOOK_VALUE_STRING (the values that atlas_webhook_value_text reads),
/// ATLAS_WEBHOOK_VALUE_NUMBER (those that atlas_webhook_value_number reads),
/// ATLAS_WEBHOOK_VALUE_BOOLEAN (those that atlas_webhook_value_boolean reads),
/// ATLAS_WEBHOOK_VALUE_ARRAY and ATLAS_WEBHOOK_VALUE_OBJECT.
///
/// Returns: NULL if no value of the field can be read as this type, and for every other type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_get_as(
    event: *const atlas_webhook_event,
    name: *const c_char,
    r#type: i32,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe {
        get(event, ptr::null(), |event| {
            text(name, "the name").map_or(ptr::null(), |name| {
                event.pointer(event.event.get_as(name, super::value::wanted(r#type)))
            })
        })
    }
}

/// atlas_webhook_event_data returns the payload.
///
/// Returns: data.ticketNotification if it is an object, else data if it is an object, else the
/// whole object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_data(
    event: *const atlas_webhook_event,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe { get(event, ptr::null(), |event| event.pointer(event.event.data())) }
}

/// atlas_webhook_event_root returns the whole object.
///
/// Returns: NULL if event is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_root(
    event: *const atlas_webhook_event,
) -> *const atlas_webhook_value {
    // SAFETY: by the rules.
    unsafe { get(event, ptr::null(), |event| event.pointer(event.event.root())) }
}

/// atlas_webhook_event_json returns the JSON as received, without content coding and byte order
/// mark. Store it.
///
/// Returns: UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_json(
    event: *const atlas_webhook_event,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(event, len, |event| event.event.json().as_bytes()) }
}

/// atlas_webhook_event_details returns the envelope and every field of the event's kind as one JSON
/// object. The names are the newest ones in snake case (order_no, dep_time). An absent field is
/// null; type_name is "" if there is no type. It is for bindings and for programs that have a JSON
/// library. The first call computes it.
///
/// Returns: a JSON object in UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_details(
    event: *const atlas_webhook_event,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe {
        get_text(event, len, |event| {
            event.details.get_or_init(|| Text::new(&event.event.details_json()))
        })
    }
}

/// atlas_webhook_event_free frees an event, its texts and its values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_event_free(event: *mut atlas_webhook_event) {
    // SAFETY: by the rules.
    unsafe { free(event) };
}
