//! Any bytes as the body of a delivery: an event is read of exactly what is a JSON object, its texts are
//! what serde_json reads, its canonical form is stable, and the order of the members does not matter.

#![no_main]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use atlas_webhook::{ErrorKind, Event, Limits, Value, ValueType};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|input: &[u8]| {
    let text = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let json = std::str::from_utf8(text).ok();
    let json = json.filter(|json| serde_json::from_str::<IgnoredAny>(json).is_ok());
    let json = json.filter(|json| json.trim_start().starts_with('{'));
    let event = match (Event::parse(input), json) {
        (Ok(event), Some(json)) => {
            assert_eq!(event.json(), json);
            event
        }
        (Err(error), json) => {
            let expected = match error.kind() {
                ErrorKind::MalformedDelivery => 400,
                ErrorKind::Limit => 413,
                other => panic!("{other:?} is not documented"),
            };
            assert_eq!(error.response_status(), expected);
            // Of JSON that is an object, only a key that is there twice is malformed, and that has a place.
            assert!(json.is_none() || expected == 413 || error.offset().is_some());
            return;
        }
        (Ok(_), None) => panic!("an event of what is no JSON object"),
    };
    check(event.root());

    let printed = event.details_json();
    serde_json::from_str::<IgnoredAny>(&printed).expect("JSON");
    let key = event.dedupe_key();
    assert!(key.starts_with("id:") && key.len() <= 132 || key.len() == 71);

    let canonical = event.canonical_form();
    assert!(canonical.len() <= event.json().len());
    let again = Event::parse(&canonical).expect("the canonical form is an object");
    assert_eq!(again.canonical_form(), canonical, "the canonical form is stable");
    assert_eq!(again.dedupe_key(), key);

    let mut turned = String::new();
    turn(event.root(), &mut turned);
    let mut large = Limits::default();
    large.body = usize::MAX;
    let turned = Event::parse_within(&turned, large).expect("the same content");
    assert_eq!(turned.canonical_form(), canonical, "the order of members does not matter");
    assert_eq!(turned.dedupe_key(), key);
});

/// What is read of a value against what serde_json reads.
fn check(value: Value<'_>) {
    let json = value.json();
    match value.value_type() {
        ValueType::Object => {
            let names: BTreeSet<&str> = (0..value.count()).filter_map(|i| value.name(i)).collect();
            let is_odd = names.iter().any(|name| name.contains('\u{FFFD}'));
            assert!(names.len() == value.count() || is_odd, "a name twice");
            value.iter().for_each(check);
        }
        ValueType::Array => value.iter().for_each(check),
        ValueType::String => {
            // A lone surrogate is not a string to it.
            if let Ok(text) = serde_json::from_str::<String>(json) {
                assert_eq!(value.text().unwrap_or_default(), text);
            }
        }
        ValueType::Number | ValueType::Boolean => assert_eq!(value.text(), Some(json)),
        ValueType::Null => assert_eq!((value.text(), json), (None, "null")),
        other => panic!("{other:?} within an event"),
    }
    if let Some(number) = value.number() {
        assert_eq!(value.text().and_then(|text| text.parse().ok()), Some(number));
    }
}

/// The same with the members the other way round, and white space.
fn turn(value: Value<'_>, out: &mut String) {
    match value.value_type() {
        ValueType::Object => {
            out.push_str("{ ");
            for (n, i) in (0..value.count()).rev().enumerate() {
                out.push_str(if n > 0 { "\n, " } else { "" });
                write_name(value, i, out);
                out.push_str("\t: ");
                turn(value.at(i), out);
            }
            out.push_str(" }");
        }
        ValueType::Array => {
            out.push('[');
            for (n, item) in value.iter().enumerate() {
                out.push_str(if n > 0 { " ,\r" } else { "" });
                turn(item, out);
            }
            out.push(']');
        }
        _ => out.push_str(value.json()),
    }
}

/// The name as it was sent, escapes included, which tell lone surrogates apart: it stands in front of its
/// value. All other names are written with as many escapes as can be.
fn write_name(object: Value<'_>, i: usize, out: &mut String) {
    let name = object.name(i).expect("a member");
    if name.contains('\u{FFFD}') {
        let from = object.json().as_ptr() as usize;
        let to = object.at(i).json().as_ptr() as usize;
        let before = &object.json()[..to - from];
        let end = before.trim_end().strip_suffix(':').expect("a colon").trim_end();
        let start = start_of_string(end);
        out.push_str(&end[start..]);
        return;
    }
    out.push('"');
    for unit in name.encode_utf16() {
        let _ = write!(out, "\\u{unit:04X}");
    }
    out.push('"');
}

/// Where the string starts that `json` ends with.
fn start_of_string(json: &str) -> usize {
    let bytes = json.as_bytes();
    let mut at = bytes.len() - 1;
    loop {
        at = json[..at].rfind('"').expect("its quote");
        let slashes = bytes[..at].iter().rev().take_while(|b| **b == b'\\').count();
        if slashes % 2 == 0 {
            return at;
        }
    }
}
