//! The names that fields had in older forms of the vendor's documentation.

/// The newest name of each field that was once called otherwise, and what else it was called, the
/// newest first.
const OLDER: [(&str, &[&str]); 10] = [
    ("type", &["eventType", "notificationType"]),
    ("status", &["eventStatus"]),
    ("notificationId", &["eventId"]),
    ("previousSegs", &["previousSeg"]),
    ("revisedSegs", &["revisedSeg"]),
    ("depTerminal", &["departureTerminal"]),
    ("arrTerminal", &["arrivingTerminal"]),
    ("addonOrderNo", &["orderNo"]),
    ("errorCode", &["ticketErrorCode"]),
    ("errorMessage", &["ticketErrorMessage"]),
];

/// What else the field of this name was called.
pub(super) fn older(name: &str) -> &'static [&'static str] {
    OLDER.iter().find(|(newest, _)| *newest == name).map_or(&[], |(_, older)| older)
}
