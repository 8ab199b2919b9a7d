//! The samples by name, and with other values.

use std::collections::BTreeMap;

use atlas_webhook::{Event, samples};
use serde_json::value::RawValue;

/// The samples of a kind: `ticketed`, its type `order.ticketed`, or `all`. With `older`, the older documented
/// forms of the kind in place of the newest. One older form alone has a name too, such as `ticketed-2022`.
///
/// Each comes with its name. Empty if there is no such sample.
pub fn samples(name: &str, older: bool) -> Vec<(&'static str, &'static str)> {
    let stem = |(file, body): (&'static str, &'static str)| (file.trim_end_matches(".json"), body);
    let older_forms = || samples::OLDER.into_iter().map(stem);
    let is_kind = |stem: &str, body: &str| {
        let named = stem.eq_ignore_ascii_case(name) || stem.replace('_', "-") == name;
        let typed = || Event::parse(body).is_ok_and(|e| e.type_name().eq_ignore_ascii_case(name));
        name == "all" || named || typed()
    };
    let kinds: Vec<_> =
        samples::NEWEST.into_iter().map(stem).filter(|(stem, body)| is_kind(stem, body)).collect();
    if kinds.is_empty() {
        return older_forms().filter(|(stem, _)| *stem == name).collect();
    }
    if !older {
        return kinds;
    }
    let kind_of = |stem: &str| stem.split('-').next().map(str::to_owned);
    older_forms()
        .filter(|(stem, _)| kinds.iter().any(|(kind, _)| kind_of(stem).as_deref() == Some(kind)))
        .collect()
}

/// Sets a member of an object, or of one within it: `with_field(json, "data.orderNo", "X")`. Members that are
/// not there are made. A number in the path is a place in a list. The value is JSON, or else text. The rest
/// stays as it is written, but that the members of the objects on the path get sorted, as Atlas sorts them.
///
/// # Errors
///
/// The text is not JSON, or the path leads through a value that has no members. Returns what is wrong.
pub fn with_field(json: &str, path: &str, value: &str) -> Result<String, String> {
    let value = match serde_json::from_str::<&RawValue>(value) {
        Ok(value) => value.get().to_owned(),
        Err(_) => quoted(value),
    };
    set(json, path, &value)
}

fn set(json: &str, path: &str, value: &str) -> Result<String, String> {
    if path.is_empty() {
        return Ok(value.to_owned());
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Ok(mut members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
        let member = members.remove(name).map_or("{}", RawValue::get);
        let member = set(member, rest, value)?;
        let others = members.iter().map(|(name, value)| (name.as_str(), value.get()));
        let mut members: BTreeMap<_, _> = others.collect();
        members.insert(name, &member);
        let members = members.iter().map(|(name, value)| format!("{}:{value}", quoted(name)));
        return Ok(format!("{{{}}}", members.collect::<Vec<_>>().join(",")));
    }
    if let Ok(mut items) = serde_json::from_str::<Vec<&RawValue>>(json) {
        let index: usize = name.parse().map_err(|_| format!("{name} is no place in a list"))?;
        let item = items.get(index).map_or("{}", |item| item.get());
        let item: Box<RawValue> = RawValue::from_string(set(item, rest, value)?)
            .map_err(|error| format!("{name}: {error}"))?;
        let count = items.len();
        match items.get_mut(index) {
            Some(place) => *place = &item,
            None if index == count => items.push(&item),
            None => return Err(format!("the list has only {count} items")),
        }
        let items: Vec<_> = items.iter().map(|item| item.get()).collect();
        return Ok(format!("[{}]", items.join(",")));
    }
    Err(format!("{name} is a member of what is no object and no list"))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::{samples, with_field};

    #[test]
    fn a_field_is_set_and_the_rest_stays_as_written() {
        let json =
            r#"{"a":1.50,"data":{"list":[{"x":1},2],"orderNo":"A","z":12345678901234567890123}}"#;
        for (path, value, expected) in [
            (
                "data.orderNo",
                "B",
                r#"{"a":1.50,"data":{"list":[{"x":1},2],"orderNo":"B","z":12345678901234567890123}}"#,
            ),
            (
                "data.list.0.x",
                "null",
                r#"{"a":1.50,"data":{"list":[{"x":null},2],"orderNo":"A","z":12345678901234567890123}}"#,
            ),
            (
                "data.list.2",
                r#"["q\""]"#,
                r#"{"a":1.50,"data":{"list":[{"x":1},2,["q\""]],"orderNo":"A","z":12345678901234567890123}}"#,
            ),
            (
                "new.member",
                "7",
                r#"{"a":1.50,"data":{"list":[{"x":1},2],"orderNo":"A","z":12345678901234567890123},"new":{"member":7}}"#,
            ),
            (
                "a",
                "say \"x\"",
                r#"{"a":"say \"x\"","data":{"list":[{"x":1},2],"orderNo":"A","z":12345678901234567890123}}"#,
            ),
        ] {
            assert_eq!(with_field(json, path, value).as_deref(), Ok(expected), "{path}");
        }
        for path in ["a.b", "data.list.x", "data.list.3", "data.list.1.y"] {
            assert!(with_field(json, path, "1").is_err(), "{path}");
        }
        assert!(with_field("no JSON", "a", "1").is_err());
    }

    #[test]
    fn each_sample_is_found_by_its_kind_its_type_and_its_form() {
        let names = |name, older| -> Vec<&str> {
            samples(name, older).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("email", false), ["email"]);
        assert_eq!(names("email-schedule-change", false), ["email_schedule_change"]);
        assert_eq!(names("order.addoncomplete", false), ["addon_complete"]);
        assert_eq!(names("ticketed", true), ["ticketed-2022", "ticketed-2023"]);
        assert_eq!(names("ticketed-2022", false), ["ticketed-2022"]);
        assert_eq!(names("email_schedule_change", true), ["email_schedule_change-2023"]);
        assert_eq!(names("all", false).len(), 11);
        assert_eq!(names("all", true).len(), 14);
        assert_eq!(names("nonsense", false).len(), 0);
    }
}
