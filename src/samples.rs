//! Deliveries for tests of a program: one of each kind in its newest form, and the older forms.
//!
//! [`TICKETED`] was sent by the vendor's sandbox on 2026-08-15. The others have placeholder values.
//! No two have the same deduplication key.
//!
//! ```
//! use atlas_webhook::{Event, EventKind, samples};
//!
//! assert_eq!(Event::parse(samples::VOID)?.kind(), EventKind::Void);
//! # Ok::<(), atlas_webhook::Error>(())
//! ```

/// A delivery of the kind [`Ticketed`](crate::EventKind::Ticketed).
pub const TICKETED: &str = include_str!("../samples/ticketed.json");
/// A delivery of the kind [`ScheduleChange`](crate::EventKind::ScheduleChange).
pub const SCHEDULE_CHANGE: &str = include_str!("../samples/schedule_change.json");
/// A delivery of the kind [`EmailScheduleChange`](crate::EventKind::EmailScheduleChange).
pub const EMAIL_SCHEDULE_CHANGE: &str = include_str!("../samples/email_schedule_change.json");
/// A delivery of the kind [`AbnormalCancelled`](crate::EventKind::AbnormalCancelled).
pub const ABNORMAL_CANCELLED: &str = include_str!("../samples/abnormal_cancelled.json");
/// A delivery of the kind [`AirlineStatus`](crate::EventKind::AirlineStatus).
pub const AIRLINE_STATUS: &str = include_str!("../samples/airline_status.json");
/// A delivery of the kind [`Email`](crate::EventKind::Email).
pub const EMAIL: &str = include_str!("../samples/email.json");
/// A delivery of the kind [`Void`](crate::EventKind::Void).
pub const VOID: &str = include_str!("../samples/void.json");
/// A delivery of the kind [`AddonComplete`](crate::EventKind::AddonComplete).
pub const ADDON_COMPLETE: &str = include_str!("../samples/addon_complete.json");
/// A delivery of the kind [`RefundComplete`](crate::EventKind::RefundComplete).
pub const REFUND_COMPLETE: &str = include_str!("../samples/refund_complete.json");
/// A delivery of the kind [`Cancelled`](crate::EventKind::Cancelled).
pub const CANCELLED: &str = include_str!("../samples/cancelled.json");
/// A delivery of the kind [`Unknown`](crate::EventKind::Unknown).
pub const UNKNOWN: &str = include_str!("../samples/unknown.json");

/// Every kind in its newest form: the name of its file and the body.
pub const NEWEST: [(&str, &str); 11] = [
    ("ticketed.json", TICKETED),
    ("schedule_change.json", SCHEDULE_CHANGE),
    ("email_schedule_change.json", EMAIL_SCHEDULE_CHANGE),
    ("abnormal_cancelled.json", ABNORMAL_CANCELLED),
    ("airline_status.json", AIRLINE_STATUS),
    ("email.json", EMAIL),
    ("void.json", VOID),
    ("addon_complete.json", ADDON_COMPLETE),
    ("refund_complete.json", REFUND_COMPLETE),
    ("cancelled.json", CANCELLED),
    ("unknown.json", UNKNOWN),
];

/// The older forms: the name of the file and the body. docs/events.md describes them.
pub const OLDER: [(&str, &str); 14] = [
    (
        "abnormal_cancelled-2023-beside-data.json",
        include_str!("../samples/old/abnormal_cancelled-2023-beside-data.json"),
    ),
    ("addon_complete-2022.json", include_str!("../samples/old/addon_complete-2022.json")),
    ("airline_status-number.json", include_str!("../samples/old/airline_status-number.json")),
    ("cancelled-2022.json", include_str!("../samples/old/cancelled-2022.json")),
    ("cancelled-ticket-error.json", include_str!("../samples/old/cancelled-ticket-error.json")),
    (
        "email_schedule_change-2023.json",
        include_str!("../samples/old/email_schedule_change-2023.json"),
    ),
    ("refund_complete-2022.json", include_str!("../samples/old/refund_complete-2022.json")),
    (
        "schedule_change-2022-flight-cancelled.json",
        include_str!("../samples/old/schedule_change-2022-flight-cancelled.json"),
    ),
    ("schedule_change-2022.json", include_str!("../samples/old/schedule_change-2022.json")),
    (
        "schedule_change-2023-order-beside-data.json",
        include_str!("../samples/old/schedule_change-2023-order-beside-data.json"),
    ),
    ("schedule_change-2023.json", include_str!("../samples/old/schedule_change-2023.json")),
    (
        "schedule_change-incident-list.json",
        include_str!("../samples/old/schedule_change-incident-list.json"),
    ),
    ("ticketed-2022.json", include_str!("../samples/old/ticketed-2022.json")),
    ("ticketed-2023.json", include_str!("../samples/old/ticketed-2023.json")),
];
