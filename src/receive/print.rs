//! An event as JSON under the names of the typed views, for languages that make their own types of it.

use alloc::string::String;
use core::fmt::Write as _;

use crate::json::escape;
use crate::receive::details::{Content, Field};
use crate::receive::event::{Event, Incident};
use crate::receive::value::{Value, ValueType};

impl Event {
    /// Envelope and details as one JSON object, under the names of the getters: `kind`, `type_name`,
    /// `order_no`, `cid`, `notification_id`, `status`, `incident`, and in `details` every field of the
    /// kind. An absent field is null, or an empty list.
    ///
    /// ```
    /// let event = atlas_webhook::Event::parse(r#"{"type":"order.void","data":{"voidStatus":"5"}}"#)?;
    /// assert!(event.details_json().ends_with(
    ///     r#""details":{"void_code":null,"void_status":5,"message":null}}"#
    /// ));
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    #[must_use]
    pub fn details_json(&self) -> String {
        let mut out = String::with_capacity(self.json().len().saturating_mul(2));
        out.push_str("{\"kind\":");
        escape::write_text(self.kind().name(), &mut out);
        for (name, text) in [
            ("type_name", Some(self.type_name())),
            ("order_no", self.order_no()),
            ("cid", self.cid()),
            ("notification_id", self.notification_id()),
        ] {
            write_name(name, &mut out);
            write_text(text, &mut out);
        }
        write_name("status", &mut out);
        write_number(self.status(), &mut out);
        write_name("incident", &mut out);
        let incident = match self.incident() {
            Incident::None => None,
            incident => Some(incident.as_str()),
        };
        write_text(incident, &mut out);
        write_name("details", &mut out);
        write_fields(self.kind().fields(), |name, wanted| self.get_as(name, wanted), &mut out);
        out.push('}');
        out
    }
}

/// A name that is not the first.
fn write_name(name: &str, out: &mut String) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

fn write_fields<'a>(
    fields: &[Field],
    get: impl Fn(&str, ValueType) -> Value<'a>,
    out: &mut String,
) {
    out.push('{');
    for (i, field) in fields.iter().enumerate() {
        out.push_str(if i == 0 { "\"" } else { ",\"" });
        out.push_str(field.name);
        out.push_str("\":");
        write_field(field, get(field.vendor, field.content.value_type()), out);
    }
    out.push('}');
}

fn write_field(field: &Field, value: Value<'_>, out: &mut String) {
    match field.content {
        Content::Text => write_text(value.text(), out),
        Content::Number => write_number(value.number(), out),
        Content::Boolean => out.push_str(match value.boolean() {
            Some(true) => "true",
            Some(false) => "false",
            None => "null",
        }),
        Content::Texts => write_list(value.texts(), out, escape::write_text),
        Content::List(fields) => {
            write_list(value.objects(), out, |item, out| write_object(fields, item, out));
        }
        Content::Object(fields) if value.is_object() => write_object(fields, value, out),
        Content::Object(_) => out.push_str("null"),
    }
}

/// Apart, so that the code of [`write_fields`] is there twice and no more.
fn write_object(fields: &[Field], object: Value<'_>, out: &mut String) {
    write_fields(fields, |name, wanted| object.get_as(name, wanted), out);
}

fn write_list<T>(items: impl Iterator<Item = T>, out: &mut String, write: impl Fn(T, &mut String)) {
    out.push('[');
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

fn write_text(text: Option<&str>, out: &mut String) {
    match text {
        Some(text) => escape::write_text(text, out),
        None => out.push_str("null"),
    }
}

fn write_number(number: Option<i64>, out: &mut String) {
    match number {
        // Writing to a String does not fail.
        Some(number) => drop(write!(out, "{number}")),
        None => out.push_str("null"),
    }
}
