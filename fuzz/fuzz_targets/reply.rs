//! Any body, under any status: what it means is what a plain reading of the API's documents says.
//!
//! The input is the HTTP status, a space and `Retry-After` where it has one, a line feed, the body.

#![no_main]

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use atlas_webhook::{Endpoint, Error, ErrorKind, Registration, Request, Response};
use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

static REQUEST: LazyLock<Request> = LazyLock::new(|| {
    let registration = Registration::new("https://example.com/atlas/t0ken").expect("it is valid");
    Request::registration(&Endpoint::sandbox(), &registration).expect("it is valid")
});

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|&b| b == b'\n').unwrap_or(input.len());
    let (line, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let line = String::from_utf8_lossy(line);
    let (status, retry_after) = line.split_once(' ').unwrap_or((&line, ""));
    let Ok(status) = status.parse() else { return };
    let mut headers = vec![("Content-Type", "application/json")];
    if !retry_after.is_empty() {
        headers.push(("retry-after", retry_after));
    }
    let Ok(response) = Response::new(status, headers, body) else {
        assert!(!(200..1000).contains(&status));
        return;
    };
    let outcome = REQUEST.reply(&response);
    if let Err(error) = &outcome {
        check_error(error, status, retry_after);
    }
    // What cannot be inflated is not the matter here.
    let Ok(body) = response.body() else {
        return assert!(outcome.is_err());
    };
    let meaning = Object::read(&body).and_then(|object| object.meaning());
    if !(200..300).contains(&status) {
        let error = outcome.expect_err("HTTP says no");
        let kind = match status {
            300..=399 => ErrorKind::Redirect,
            401 => ErrorKind::Unauthorized,
            429 => ErrorKind::RateLimited,
            400..=499 => ErrorKind::ClientError,
            _ => ErrorKind::ServerError,
        };
        assert_eq!(error.kind(), kind);
        let text = meaning.as_ref().map(Meaning::text).filter(|text| !text.is_empty());
        assert_eq!(error.api_message(), text);
        return;
    }
    match (outcome, meaning) {
        (Ok(reply), Some(Meaning::Status(0, text))) => {
            assert_eq!((reply.http_status(), reply.message()), (status, &*text));
        }
        (Err(error), Some(Meaning::Status(code, text))) if code != 0 => {
            assert_eq!((error.kind(), error.api_status()), (ErrorKind::Refused, Some(code)));
            assert_eq!(error.api_message().unwrap_or_default(), text);
        }
        (Err(error), Some(Meaning::RateLimit(wait, text))) => {
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert_eq!(error.api_message().unwrap_or_default(), text);
            assert!(error.retry_after() >= wait);
        }
        (Err(error), None) => assert_eq!(error.kind(), ErrorKind::MalformedReply),
        (outcome, meaning) => panic!("{outcome:?} in place of {meaning:?}"),
    }
});

fn check_error(error: &Error, status: u16, retry_after: &str) {
    assert_eq!(error.http_status(), Some(status));
    assert!(!error.to_string().contains(char::is_control));
    assert!(error.to_string().starts_with(error.message()));
    assert!(!error.to_string().contains("/atlas/t0ken"));
    if retry_after.bytes().all(|b| b.is_ascii_digit())
        && let Ok(seconds) = retry_after.parse()
    {
        assert!(error.retry_after() >= Some(Duration::from_secs(seconds)));
    }
}

/// What a body means that is the documented JSON.
#[derive(Debug)]
enum Meaning {
    Status(i64, String),
    RateLimit(Option<Duration>, String),
}

impl Meaning {
    fn text(&self) -> &str {
        match self {
            Self::Status(_, text) | Self::RateLimit(_, text) => text,
        }
    }
}

/// The members of an object as they were written, in order.
struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Object {
    fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// A member that stands there once, or not at all: then, and for null, `Some(None)`.
    fn member(&self, name: &str) -> Option<Option<&str>> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.get());
        let value = values.next();
        values.next().is_none().then_some(value.filter(|value| *value != "null"))
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.member(name)? {
            Some(text) => serde_json::from_str(text).ok(),
            None => Some(String::new()),
        }
    }

    fn meaning(&self) -> Option<Meaning> {
        let (status, text) = (self.member("status")?, self.text("msg")?);
        self.member("requestId")?;
        if let Some(status) = status {
            return Some(Meaning::Status(integer(status)?, text));
        }
        let (code, wait) = (self.member("code")?, self.member("retryAfter")?);
        let text = self.text("message")?;
        let wait = wait.and_then(integer).and_then(|wait| u64::try_from(wait).ok());
        (code == Some("429")).then(|| Meaning::RateLimit(wait.map(Duration::from_secs), text))
    }
}

/// RFC 8259 section 6, without fraction and exponent.
fn integer(number: &str) -> Option<i64> {
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())?
}
