//! Lines about what a server received.

use atlas_webhook::Event;
use atlas_webhook_cli::escaped;
use serde_json::json;

use crate::output::Tone;
use crate::server::Arrival;

/// For people: the type, the order number, and whether it is new, a duplicate or rejected.
pub(crate) fn text(arrival: &Arrival<'_>) -> String {
    let columns = |type_name: &str, order_no: &str, state: &str| {
        let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { escaped(text) };
        format!("{:<24} {:<24} {state}", or_dash(type_name), or_dash(order_no))
    };
    let event = |event: &Event, state: String| {
        columns(event.type_name(), event.order_no().unwrap_or_default(), &state)
    };
    match arrival {
        Arrival::New(new) => event(new, Tone::Good.paint("new")),
        Arrival::Duplicate(duplicate) => event(duplicate, Tone::Noted.paint("duplicate")),
        Arrival::Rejected(error) => {
            let rejected = Tone::Bad.paint("rejected");
            let status = error.response_status();
            columns("", "", &format!("{rejected}, HTTP {status}: {}", escaped(error.message())))
        }
    }
}

/// For programs: a JSON object in one line, with the event as it was received.
pub(crate) fn json(arrival: &Arrival<'_>) -> String {
    let event = |event: &Event, state: &str| {
        let mut line = json!({
            "state": state,
            "type": event.type_name(),
            "order_no": event.order_no(),
            "dedupe_key": event.dedupe_key(),
        })
        .to_string();
        // Parsed and printed again, numbers and repeated spellings could change. In JSON line breaks stand
        // between values alone.
        line.truncate(line.len() - 1);
        line + ",\"event\":" + &event.json().replace(['\r', '\n'], " ") + "}"
    };
    match arrival {
        Arrival::New(new) => event(new, "new"),
        Arrival::Duplicate(duplicate) => event(duplicate, "duplicate"),
        Arrival::Rejected(error) => json!({
            "state": "rejected",
            "response_status": error.response_status(),
            "kind": format!("{:?}", error.kind()),
            "error": error.message(),
        })
        .to_string(),
    }
}
