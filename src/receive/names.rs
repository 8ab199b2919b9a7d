//! The names that fields had in older forms of the vendor's documentation.

use crate::receive::event::EventKind;

/// The newest name of each renamed field, and its older names, the newest first.
const OLDER: [(&str, &[&str]); 9] = [
    ("type", &["eventType", "notificationType"]),
    ("status", &["eventStatus"]),
    ("notificationId", &["eventId"]),
    ("previousSegs", &["previousSeg"]),
    ("revisedSegs", &["revisedSeg"]),
    ("depTerminal", &["departureTerminal"]),
    ("arrTerminal", &["arrivingTerminal"]),
    ("errorCode", &["ticketErrorCode"]),
    ("errorMessage", &["ticketErrorMessage"]),
];

/// The same for names that belong to another field in other kinds.
const OLDER_OF_ONE_KIND: [(EventKind, &str, &[&str]); 1] =
    [(EventKind::AddonComplete, "addonOrderNo", &["orderNo"])];

/// The older names of a field in an event of this kind.
pub(super) fn older(kind: EventKind, name: &str) -> &'static [&'static str] {
    let of_the_kind = |entry: &&(EventKind, &str, _)| entry.0 == kind && entry.1 == name;
    if let Some((_, _, older)) = OLDER_OF_ONE_KIND.iter().find(of_the_kind) {
        return older;
    }
    OLDER.iter().find(|(newest, _)| *newest == name).map_or(&[], |(_, older)| older)
}
