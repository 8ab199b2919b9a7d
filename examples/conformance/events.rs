//! Deliveries: the body of one through a [`Receiver`], and what the event says.

use std::collections::HashMap;
use std::fmt::Write as _;

use atlas_webhook::{Delivery, Details, Event, EventKind, Passenger, Receiver, Segment};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::{Bytes, Outcome};

const URL: &str = "https://example.com/atlas/8f3c";
const TARGET: &str = "/atlas/8f3c";

#[derive(Deserialize)]
struct Case<'a> {
    id: String,
    /// As it stands in the line: parsed and printed it would lose digits.
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    raw_b64: Option<Bytes>,
    expect: Value,
}

/// The keys of the groups that were seen, to compare all pairs of lines.
#[derive(Default)]
pub(crate) struct Keys {
    of_group: HashMap<String, String>,
    group_of: HashMap<String, String>,
}

impl Case<'_> {
    fn read(&self) -> Result<Event, atlas_webhook::Error> {
        let body = match (&self.raw_b64, self.body) {
            (Some(Bytes(bytes)), _) => bytes,
            (None, Some(body)) => body.get().as_bytes(),
            (None, None) => &[],
        };
        let receiver = Receiver::new(URL)?;
        let headers = [("Content-Type", "application/json;charset=UTF-8")];
        receiver.read(&Delivery::new("POST", TARGET, headers, body))
    }
}

pub(crate) fn run(line: &str, keys: &mut Keys) -> Result<Outcome, String> {
    let case: Case<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let event = case.read();
    let outcome = case.expect["outcome"].as_str().unwrap_or_default();
    let event = match (event, outcome) {
        (Err(_), "malformed") => return Ok(Outcome::Held),
        (Ok(event), "event") => event,
        (event, _) => {
            let ours =
                event.map_or_else(|error| error.to_string(), |event| summary(&event).to_string());
            return Ok(Outcome::Failed { expected: outcome.to_owned(), ours });
        }
    };
    let mut expected = case.expect.clone();
    let group = expected["dedupe"]["group"].as_str().unwrap_or_default().to_owned();
    if let Some(object) = expected.as_object_mut() {
        object.remove("dedupe");
        object.remove("outcome");
    }
    let ours = summary(&event);
    if ours != expected {
        return Ok(Outcome::Failed { expected: expected.to_string(), ours: ours.to_string() });
    }
    match keys.check(&group, event.dedupe_key()) {
        Ok(()) => Ok(Outcome::Held),
        Err(ours) => Ok(Outcome::Failed { expected: format!("a key of group {group}"), ours }),
    }
}

/// One line: the case and all that was read of it.
pub(crate) fn print(line: &str) -> Result<String, String> {
    let case: Case<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let mut printed = json!({ "id": case.id }).to_string();
    printed.pop();
    match case.read() {
        Ok(event) => {
            let key = json!(event.dedupe_key());
            let _ = write!(printed, ",\"dedupe_key\":{key},\"event\":{}}}", event.details_json());
        }
        Err(error) => {
            let kind = json!(format!("{:?}", error.kind()));
            let status = error.response_status();
            let _ = write!(printed, ",\"error\":{kind},\"response_status\":{status}}}");
        }
    }
    Ok(printed)
}

impl Keys {
    /// Equal groups have equal keys, different groups different ones.
    fn check(&mut self, group: &str, key: String) -> Result<(), String> {
        let known = self.of_group.entry(group.to_owned()).or_insert_with(|| key.clone());
        if *known != key {
            return Err(format!("{key}, where another line of the group has {known}"));
        }
        let other = self.group_of.entry(key.clone()).or_insert_with(|| group.to_owned());
        if other != group {
            return Err(format!("{key}, which group {other} has too"));
        }
        Ok(())
    }
}

/// The event under the names of the cases.
fn summary(event: &Event) -> Value {
    json!({
        "type": event.type_name(),
        "event": event.kind().name(),
        "order_no": event.order_no(),
        "cid": event.cid(),
        "notification_id": event.notification_id(),
        "status": event.status(),
        "fields": fields(event),
    })
}

fn fields(event: &Event) -> Value {
    assert_eq!(event.kind() == EventKind::Unknown, matches!(event.details(), Details::Unknown));
    match event.details() {
        Details::Ticketed(ticketed) => json!({
            "order_status": ticketed.order_status(),
            "passengers": ticketed.passengers().map(passenger).collect::<Vec<_>>(),
        }),
        Details::ScheduleChange(change) => json!({
            "change_type": change.schedule_change_type(),
            "previous": change.previous_segs().map(segment).collect::<Vec<_>>(),
            "revised": change.revised_segs().map(segment).collect::<Vec<_>>(),
            "original": change.original_segs().map(segment).collect::<Vec<_>>(),
        }),
        Details::EmailScheduleChange(email) => json!({
            "subject": email.email_subject(),
            "link": email.email_link(),
            "received": email.email_receiving_date(),
        }),
        Details::AbnormalCancelled(cancelled) => json!({
            "refund_information": cancelled.vendor_refund_information(),
        }),
        Details::AirlineStatus(status) => json!({
            "airlines": status.airlines().collect::<Vec<_>>(),
            "airline_status": status.airline_status(),
        }),
        Details::Email(email) => json!({
            "received": email.email_receiving_date(),
            "unique_code": email.unique_code(),
            "category": email.email_category(),
            "from": email.from(),
            "to": email.to(),
            "subject": email.email_subject(),
            "link": email.email_link(),
            "created": email.create_time(),
        }),
        Details::Void(void) => json!({
            "void_code": void.void_code(),
            "void_status": void.void_status(),
            "message": void.message(),
        }),
        Details::AddonComplete(addon) => json!({
            "original_order_no": addon.original_order_no(),
            "order_status": addon.order_status(),
            "passengers": addon.passengers().map(passenger).collect::<Vec<_>>(),
        }),
        Details::RefundComplete(refund) => json!({
            "refund_status": refund.refund_status(),
            "currency": refund.currency(),
            "original_total_fare": refund.original_total_fare(),
            "original_total_ancillary": refund.original_total_ancillary_amount(),
            "original_total": refund.original_total_amount(),
            "penalty_for_fare": refund.airline_penalty_amount_for_fare(),
            "penalty_for_ancillaries": refund.airline_penalty_amount_for_ancillaries(),
            "penalty": refund.airline_penalty_amount(),
            "final_refund": refund.final_refund_amount(),
            "transaction_fee": refund.transaction_fee(),
        }),
        Details::Cancelled(cancelled) => json!({
            "order_status": cancelled.order_status(),
            "error_code": cancelled.error_code(),
            "error_message": cancelled.error_message(),
        }),
        _ => json!({}),
    }
}

fn passenger(passenger: Passenger<'_>) -> Value {
    let ancillaries = passenger.ancillaries().map(|ancillary| {
        json!({
            "product_code": ancillary.product_code(),
            "segment_index": ancillary.segment_index(),
        })
    });
    json!({
        "name": passenger.name(),
        "type": passenger.passenger_type(),
        "ticket_nos": passenger.ticket_nos().collect::<Vec<_>>(),
        "airline_pnrs": passenger.airline_pnrs().collect::<Vec<_>>(),
        "ancillaries": ancillaries.collect::<Vec<_>>(),
    })
}

fn segment(segment: Segment<'_>) -> Value {
    json!({
        "carrier": segment.carrier(),
        "flight": segment.flight_number(),
        "from": segment.dep_airport(),
        "to": segment.arr_airport(),
        "departs": segment.dep_time(),
        "arrives": segment.arr_time(),
        "from_terminal": segment.dep_terminal(),
        "to_terminal": segment.arr_terminal(),
        "code_share": segment.code_share(),
        "direction": segment.direction(),
    })
}
