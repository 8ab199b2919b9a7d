//! The meaning of a delivery: its envelope and its fields.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str;

use crate::coded_body::too_large;
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::limits::Limits;
use crate::receive::dedupe;
use crate::receive::details::Details;
use crate::receive::tree::Tree;
use crate::receive::value::{Value, ValueType};

/// The kinds of event.
///
/// The list is open, because Atlas adds types without notice. Treat a kind that you do not handle
/// as [`Unknown`](Self::Unknown): store it and respond with 200.
///
/// ```
/// use atlas_webhook::{Event, EventKind};
///
/// let event = Event::parse(r#"{"type":"order.cancelled","data":{"orderNo":"A1"}}"#)?;
/// match event.kind() {
///     EventKind::Cancelled => assert_eq!(event.order_no(), Some("A1")),
///     other => println!("stored: {other}"),
/// }
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A type that this version does not support, or no type. [`Event::type_name`] returns its
    /// name.
    Unknown,
    /// `order.ticketed`: an order's tickets.
    Ticketed,
    /// `order.schedulechange`: an airline changed or cancelled flights.
    ScheduleChange,
    /// `email.schedulechange`: an airline's mail about a change.
    EmailScheduleChange,
    /// `abnormal.cancelled`: an airline cancelled a booking by itself.
    AbnormalCancelled,
    /// `airline.status`: airlines can be booked, or cannot.
    AirlineStatus,
    /// `email.all`: any mail of an airline.
    Email,
    /// `order.void`: how far the voiding of an order is.
    Void,
    /// `order.addonComplete`: ancillaries that were bought later.
    AddonComplete,
    /// `order.refundComplete`: what a refund came to.
    RefundComplete,
    /// `order.cancelled`: an order was cancelled before it was ticketed.
    Cancelled,
}

/// Every spelling of every type, in lower case.
const TYPES: [(&str, EventKind); 12] = [
    ("order.ticketed", EventKind::Ticketed),
    ("order.schedulechange", EventKind::ScheduleChange),
    ("email.schedulechange", EventKind::EmailScheduleChange),
    ("abnormal.cancelled", EventKind::AbnormalCancelled),
    ("airline.status", EventKind::AirlineStatus),
    ("email.all", EventKind::Email),
    ("order.void", EventKind::Void),
    ("order.addoncomplete", EventKind::AddonComplete),
    ("order.addoncompleted", EventKind::AddonComplete),
    ("order.refundcomplete", EventKind::RefundComplete),
    ("order.cancelled", EventKind::Cancelled),
    ("order.cancel", EventKind::Cancelled),
];

impl EventKind {
    /// The kind of a type, which is compared without surrounding white space and without case.
    fn of_type(name: &str) -> Self {
        let name = name.trim();
        let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map_or(Self::Unknown, |(_, kind)| *kind)
    }

    /// The name in lower case with underscores, the same in every language: `schedule_change`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ticketed => "ticketed",
            Self::ScheduleChange => "schedule_change",
            Self::EmailScheduleChange => "email_schedule_change",
            Self::AbnormalCancelled => "abnormal_cancelled",
            Self::AirlineStatus => "airline_status",
            Self::Email => "email",
            Self::Void => "void",
            Self::AddonComplete => "addon_complete",
            Self::RefundComplete => "refund_complete",
            Self::Cancelled => "cancelled",
        }
    }
}

/// [`name`](EventKind::name).
impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether an incident is confirmed.
///
/// ```
/// use atlas_webhook::{Event, Incident};
///
/// let event = Event::parse(r#"{"type":"abnormal.cancelled","status":0,"data":{}}"#)?;
/// assert_eq!(event.incident(), Incident::Unconfirmed);
/// assert_eq!(event.incident().to_string(), "unconfirmed");
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Incident {
    /// The event is not an incident, or its status is neither 0 nor 1.
    None,
    /// Not confirmed.
    Unconfirmed,
    /// Confirmed.
    Confirmed,
}

impl Incident {
    /// The name in lower case, for example `unconfirmed`. It is stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unconfirmed => "unconfirmed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// [`as_str`](Incident::as_str).
impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The meaning of a delivery: the kind of event, the order and the fields.
///
/// It owns its text and is `Send` and `Sync`. No field is required. A field that is absent, null,
/// empty or of another type is `None`.
///
/// ```
/// use atlas_webhook::{Details, Event, EventKind};
///
/// let event = Event::parse(
///     r#"{"type":"order.schedulechange","cid":"ABC","status":0,"notificationId":"20230917143240511TATVO",
///         "data":{"orderNo":"A1","scheduleChangeType":2,"previousSegs":[{"flightNumber":"VJ877"}],"revisedSegs":[]}}"#,
/// )?;
/// assert_eq!(event.kind(), EventKind::ScheduleChange);
/// assert_eq!(event.order_no(), Some("A1"));
/// assert_eq!(event.dedupe_key(), "id:20230917143240511TATVO:0");
/// if let Details::ScheduleChange(change) = event.details() {
///     let flights: Vec<_> = change.previous_segs().filter_map(|seg| seg.flight_number()).collect();
///     assert_eq!(flights, ["VJ877"]);
/// }
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone)]
pub struct Event {
    tree: Tree,
    /// The position of the type.
    type_name: u32,
    /// The positions of `data` and the payload. That of the whole object if there is no `data`.
    data: u32,
    payload: u32,
}

impl Event {
    /// Reads an event from a stored body, [`json`](Self::json) or the body as received, with the
    /// default [`Limits`].
    ///
    /// # Errors
    ///
    /// As [`Receiver::read`](crate::Receiver::read) for the same body.
    pub fn parse(json: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::parse_within(json, Limits::default())
    }

    /// As [`parse`](Self::parse), with other limits on the body and its values.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_within(json: impl AsRef<[u8]>, limits: Limits) -> Result<Self, Error> {
        let json = json.as_ref();
        if json.len() > limits.body {
            return Err(too_large(limits.body).with_response_status(413));
        }
        Self::read(text_of(json)?.into(), limits)
    }

    /// Reads a decoded body, which becomes part of the event.
    pub(super) fn from_bytes(mut json: Vec<u8>, limits: Limits) -> Result<Self, Error> {
        if json.starts_with(BYTE_ORDER_MARK) {
            json.drain(..BYTE_ORDER_MARK.len());
        }
        // Inflating may have reserved more.
        json.shrink_to_fit();
        let json = String::from_utf8(json).map_err(|error| not_utf8(error.utf8_error()))?;
        Self::read(json, limits)
    }

    fn read(json: String, limits: Limits) -> Result<Self, Error> {
        let mut tree = Tree::read(json, limits.values)?;
        let root = Value::root(&tree);
        let object = |value: Value<'_>, otherwise: u32| {
            if value.is_object() { value.index() } else { otherwise }
        };
        let data_value = root.member("data");
        let data = object(data_value, root.index());
        let payload = object(data_value.member("ticketNotification"), data);
        let type_name = envelope(root, "type");
        let kind = match type_name.text() {
            Some(name) => EventKind::of_type(name),
            // The reference page shows it without an envelope.
            None if !matches!(
                root.member("refundStatus").value_type(),
                ValueType::Absent | ValueType::Null
            ) =>
            {
                EventKind::RefundComplete
            }
            None => EventKind::Unknown,
        };
        let type_name = type_name.index();
        tree.event_kind = kind;
        Ok(Self { type_name, data, payload, tree })
    }

    /// The kind of event.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        self.tree.event_kind
    }

    /// The type as sent. "" if the event has no type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        self.type_value().text().unwrap_or_default()
    }

    pub(crate) fn type_value(&self) -> Value<'_> {
        self.value(self.type_name)
    }

    /// The order number.
    #[must_use]
    pub fn order_no(&self) -> Option<&str> {
        self.order_no_value().text()
    }

    pub(crate) fn order_no_value(&self) -> Value<'_> {
        let (root, data, payload) = (self.root(), self.value(self.data), self.data());
        let order = [payload, data, root].into_iter().map(|object| object.member("orderNo"));
        let addon = [data, root].into_iter().map(|object| object.member("addonOrderNo"));
        order.chain(addon).find(|value| value.text().is_some()).unwrap_or(root.absent())
    }

    /// The client and user for whom it is. The format is not documented.
    #[must_use]
    pub fn cid(&self) -> Option<&str> {
        self.cid_value().text()
    }

    pub(crate) fn cid_value(&self) -> Value<'_> {
        self.root().member("cid")
    }

    /// The id of an incident or an email. Other kinds have no id.
    #[must_use]
    pub fn notification_id(&self) -> Option<&str> {
        self.notification_id_value().text()
    }

    pub(crate) fn notification_id_value(&self) -> Value<'_> {
        self.envelope("notificationId")
    }

    /// The status in the envelope; null and a wrong type count as absent. It has a meaning only for
    /// the three kinds of [incident](Self::incident).
    #[must_use]
    pub fn status(&self) -> Option<i64> {
        self.envelope("status").number()
    }

    /// Whether it is an incident (`order.schedulechange`, `email.schedulechange`,
    /// `abnormal.cancelled`), and whether that is confirmed. The `status` of other kinds has
    /// another meaning.
    #[must_use]
    pub fn incident(&self) -> Incident {
        match self.kind() {
            EventKind::ScheduleChange
            | EventKind::EmailScheduleChange
            | EventKind::AbnormalCancelled => match self.status() {
                Some(0) => Incident::Unconfirmed,
                Some(1) => Incident::Confirmed,
                _ => Incident::None,
            },
            _ => Incident::None,
        }
    }

    /// The deduplication key. Duplicates have the same key.
    ///
    /// `id:<id>:<status>` if the event has an id, and if the id and the status, which may be absent,
    /// are 1 to 64 characters of `A-Z a-z 0-9 . _ -`. Otherwise `sha256:<hex>` of the contents, which
    /// does not depend on the order of the keys, on white space and on the escapes of strings. The
    /// key of a body never changes, also not in later versions.
    ///
    /// Decide by the prefix how long to keep a key. A key that starts with `id:` can be kept
    /// permanently. Keep a key that starts with `sha256:` only as long as a duplicate can arrive,
    /// one hour, for example: later the same contents can be a new event (an airline that is
    /// inactive again).
    ///
    /// Each call computes the key. `sha256:` requires a pass over the whole body.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        let status = self.envelope("status");
        let key = match (self.notification_id(), status.value_type(), status.text()) {
            (Some(id), ValueType::Absent, _) => dedupe::by_id(id, None),
            (Some(id), _, Some(status)) => dedupe::by_id(id, Some(status)),
            _ => None,
        };
        key.unwrap_or_else(|| dedupe::by_content(&self.tree))
    }

    /// The typed fields of the kind.
    #[must_use]
    pub fn details(&self) -> Details<'_> {
        Details::of(self)
    }

    /// The payload: `data`, or `ticketNotification` in it, or the whole object if there is no
    /// `data`.
    #[must_use]
    pub fn data(&self) -> Value<'_> {
        self.value(self.payload)
    }

    /// The whole object.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value::root(&self.tree)
    }

    /// A field by its newest name, from the payload or from beside it, because some forms have
    /// fields one level further out. As [`Value::get`], it also finds older spellings, and the value can
    /// be of any type: [`details`](Self::details) skips values of a wrong type.
    #[must_use]
    pub fn get(&self, name: &str) -> Value<'_> {
        self.root().first_of(self.spellings(name))
    }

    /// As [`get`](Self::get), but the first that can be read as this type: a value of another type
    /// counts as absent.
    pub(crate) fn get_as(&self, name: &str, wanted: ValueType) -> Value<'_> {
        self.first(name, |value| value.readable_as(wanted)).unwrap_or(self.root().absent())
    }

    /// What `read` returns for the first value of a field for which it returns something.
    pub(super) fn first<'a, T>(
        &'a self,
        name: &str,
        read: impl FnMut(Value<'a>) -> Option<T>,
    ) -> Option<T> {
        self.spellings(name).find_map(read)
    }

    /// The values of a field: in the payload, in `data`, in the whole object.
    fn spellings<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = Value<'a>> + use<'a, 'n> {
        let (payload, data, root) = (self.data(), self.value(self.data), self.root());
        let inner = payload.spellings(name).chain(data.spellings(name));
        inner.chain(root.spellings(name))
    }

    /// The JSON as received, without content coding and byte order mark.
    #[must_use]
    pub fn json(&self) -> &str {
        self.tree.json()
    }

    /// The input of the hash in a `sha256:` key.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    #[must_use]
    pub fn canonical_form(&self) -> String {
        crate::receive::canonical::of(&self.tree)
    }

    /// An upper limit of the number of values.
    pub(crate) fn value_count(&self) -> usize {
        self.tree.len()
    }

    /// A value by its index, for C. Absent if there is no such value.
    pub(crate) fn value(&self, index: u32) -> Value<'_> {
        Value::with_index(&self.tree, index)
    }

    fn envelope(&self, name: &str) -> Value<'_> {
        envelope(self.root(), name)
    }
}

/// A field of the envelope: of its spellings, the first that is not null.
fn envelope<'a>(root: Value<'a>, name: &str) -> Value<'a> {
    let mut spellings = root.spellings(name);
    let is_there =
        |value: &Value<'_>| !matches!(value.value_type(), ValueType::Absent | ValueType::Null);
    spellings.find(is_there).unwrap_or(root.absent())
}

/// Whether a body is JSON, whether or not it is an event.
pub(super) fn is_json(body: &[u8]) -> bool {
    text_of(body).is_ok_and(json::is_valid)
}

/// The text of a body, without a byte order mark.
fn text_of(json: &[u8]) -> Result<&str, Error> {
    let text = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
    str::from_utf8(text).map_err(not_utf8)
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

fn not_utf8(error: str::Utf8Error) -> Error {
    Error::new(ErrorKind::MalformedDelivery, "the body is not UTF-8")
        .at(u64::try_from(error.valid_up_to()).unwrap_or(u64::MAX))
        .with_response_status(400)
}

/// Two events are equal when their JSON is.
impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Event {}

/// Shows the kind and sizes, and nothing of the contents.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind())
            .field("json_len", &self.json().len())
            .field("value_count", &self.value_count())
            .finish_non_exhaustive()
    }
}
