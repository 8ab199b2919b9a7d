//! Every language prints every sample with the same bytes: the envelope, the deduplication key and
//! every field of the kind, by its own typed views.
//!
//! `wrong_types` has more samples, in which a value of a wrong type is where a field is looked for first.
//!
//! This file is Rust's printer. Those of C and C++ are beside it and run by `tests/capi.rs`, Python's
//! by the tests of its package. All are compared with `expected.jsonl`, one line for each sample, which
//! `UPDATE_PARITY=1` writes.

use std::path::{Path, PathBuf};
use std::{env, fs};

use atlas_webhook::{
    AbnormalCancelled, AddonComplete, AirlineStatus, Ancillary, Baggage, Cancelled, Details, Email,
    EmailScheduleChange, Event, Incident, Passenger, RefundComplete, ScheduleChange, Seat, Segment,
    Ticketed, Void,
};

#[test]
fn every_sample_is_printed_as_expected() {
    let printed: String = samples().iter().flat_map(|path| [print(path), "\n".into()]).collect();
    let expected = root("tests/parity/expected.jsonl");
    if env::var_os("UPDATE_PARITY").is_some_and(|value| value == "1") {
        fs::write(&expected, &printed).expect("the file is writable");
    }
    let expected = fs::read_to_string(expected).expect("the file is committed");
    for (line, path) in printed.lines().zip(samples()) {
        assert!(expected.lines().any(|expected| expected == line), "{}: {line}", path.display());
    }
    assert_eq!(printed, expected);
}

#[test]
fn the_details_as_json_are_what_the_views_return() {
    for path in samples() {
        let event = Event::parse(fs::read(&path).expect("the sample is readable"));
        let event = event.expect("a sample is an event");
        let key = format!("\"dedupe_key\":{},", text(&event.dedupe_key()));
        assert_eq!(event.details_json(), print(&path).replace(&key, ""), "{}", path.display());
    }
}

#[test]
fn no_two_samples_share_a_deduplication_key() {
    let key = |path: &PathBuf| {
        let event = Event::parse(fs::read(path).expect("the sample is readable"));
        event.expect("a sample is an event").dedupe_key()
    };
    let mut keys: Vec<String> = samples().iter().map(key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), samples().len());
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// In the order of `expected.jsonl`.
fn samples() -> Vec<PathBuf> {
    ["samples", "samples/old", "tests/parity/wrong_types"].into_iter().flat_map(files).collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root(folder)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn print(path: &Path) -> String {
    let body = fs::read(path).expect("the sample is readable");
    let event = Event::parse(body).expect("a sample is an event");
    let incident = match event.incident() {
        Incident::Unconfirmed => Some("unconfirmed"),
        Incident::Confirmed => Some("confirmed"),
        _ => None,
    };
    let members = [
        ("kind", text(event.kind().name())),
        ("type_name", text(event.type_name())),
        ("order_no", event.order_no().print()),
        ("cid", event.cid().print()),
        ("notification_id", event.notification_id().print()),
        ("status", event.status().print()),
        ("incident", incident.print()),
        ("dedupe_key", text(&event.dedupe_key())),
        ("details", event.details().print()),
    ];
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// A value as JSON.
trait Print {
    fn print(&self) -> String;
}

fn text(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON")
}

fn list<T: Print>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<String> = items.map(|item| item.print()).collect();
    format!("[{}]", items.join(","))
}

impl Print for &str {
    fn print(&self) -> String {
        text(self)
    }
}

impl Print for i64 {
    fn print(&self) -> String {
        self.to_string()
    }
}

impl Print for bool {
    fn print(&self) -> String {
        self.to_string()
    }
}

impl<T: Print> Print for Option<T> {
    fn print(&self) -> String {
        self.as_ref().map_or_else(|| String::from("null"), Print::print)
    }
}

macro_rules! value {
    ($value:expr) => {
        $value.print()
    };
    ($value:expr, list) => {
        list($value)
    };
}

/// Prints a view by its getters, in the order in which they are named here.
macro_rules! print_views {
    ($($view:ident { $($getter:ident $(: $list:ident)?),* $(,)? })*) => {
        $(impl Print for $view<'_> {
            fn print(&self) -> String {
                let members = [
                    $(format!("\"{}\":{}", stringify!($getter), value!(self.$getter() $(, $list)?))),*
                ];
                format!("{{{}}}", members.join(","))
            }
        })*
    };
}

print_views! {
    Baggage { piece, weight, is_all_weight, size }
    Seat { row, column }
    Ancillary {
        product_code, segment_index, buy_method, offer_id, ancillary_emd, ancillary_price, currency,
        vendor_price, vendor_currency, product_type, display_currency, display_price,
        aux_baggage_element, aux_seat_element,
    }
    Passenger {
        name, passenger_type, birthday, gender, card_num, card_type, card_issue_place, card_expired,
        nationality, ticket_nos: list, airline_pnrs: list, ancillaries: list,
    }
    Segment {
        carrier, flight_number, dep_airport, arr_airport, dep_time, arr_time, dep_terminal,
        arr_terminal, code_share, direction,
    }
    Ticketed { order_status, passengers: list }
    ScheduleChange {
        schedule_change_type, previous_segs: list, revised_segs: list, original_segs: list,
    }
    EmailScheduleChange { email_subject, email_link, email_receiving_date }
    AbnormalCancelled { vendor_refund_information }
    AirlineStatus { airlines: list, airline_status }
    Email {
        email_receiving_date, unique_code, email_category, from, to, email_subject, email_link,
        create_time,
    }
    Void { void_code, void_status, message }
    AddonComplete { addon_order_no, original_order_no, order_status, passengers: list }
    RefundComplete {
        refund_status, currency, original_total_fare, original_total_ancillary_amount,
        original_total_amount, airline_penalty_amount_for_fare,
        airline_penalty_amount_for_ancillaries, airline_penalty_amount, final_refund_amount,
        transaction_fee,
    }
    Cancelled { order_status, error_code, error_message }
}

impl Print for Details<'_> {
    fn print(&self) -> String {
        match self {
            Details::Ticketed(view) => view.print(),
            Details::ScheduleChange(view) => view.print(),
            Details::EmailScheduleChange(view) => view.print(),
            Details::AbnormalCancelled(view) => view.print(),
            Details::AirlineStatus(view) => view.print(),
            Details::Email(view) => view.print(),
            Details::Void(view) => view.print(),
            Details::AddonComplete(view) => view.print(),
            Details::RefundComplete(view) => view.print(),
            Details::Cancelled(view) => view.print(),
            _ => String::from("{}"),
        }
    }
}
