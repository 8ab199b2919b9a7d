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
    let Meaning { verdict, text } = Meaning::of(&body);
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
        assert_eq!(error.api_message().unwrap_or_default(), text);
        return;
    }
    match (outcome, verdict) {
        (Ok(reply), Verdict::Status(0)) => {
            assert_eq!((reply.http_status(), reply.message()), (status, &*text));
        }
        (Err(error), Verdict::Status(code)) if code != 0 => {
            let kind = if code == 900 { ErrorKind::Unauthorized } else { ErrorKind::Refused };
            assert_eq!((error.kind(), error.api_status()), (kind, Some(code)));
            assert_eq!(error.api_message().unwrap_or_default(), text);
        }
        (Err(error), Verdict::RateLimit(wait)) => {
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert_eq!(error.api_message().unwrap_or_default(), text);
            assert!(error.retry_after() >= wait);
        }
        (Err(error), Verdict::Malformed) => assert_eq!(error.kind(), ErrorKind::MalformedReply),
        (outcome, verdict) => panic!("{outcome:?} in place of {verdict:?}"),
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
        assert!(error.retry_after() >= Some(Duration::from_secs(seconds).min(YEAR)));
    }
}

/// The longest wait.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a body means, and the text in it.
struct Meaning {
    verdict: Verdict,
    text: String,
}

#[derive(Debug)]
enum Verdict {
    Status(i64),
    RateLimit(Option<Duration>),
    Malformed,
}

impl Meaning {
    fn of(body: &[u8]) -> Self {
        let Some(object) = Object::read(body) else {
            return Self { verdict: Verdict::Malformed, text: String::new() };
        };
        let verdict = object.verdict();
        let name = if matches!(verdict, Verdict::RateLimit(_)) { "message" } else { "msg" };
        Self { verdict, text: object.text(name).unwrap_or_default() }
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
                while let Some((key, value)) = map.next_entry::<Box<RawValue>, Box<RawValue>>()? {
                    members.push((string(key.get()), value));
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Object {
    fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_str(str::from_utf8(body).ok()?).ok()
    }

    fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.get())
    }

    /// The last member of this name as text, whatever its type. Null counts as absent.
    fn text(&self, name: &str) -> Option<String> {
        match self.all(name).next_back()? {
            "null" => None,
            text if text.starts_with('"') => Some(string(text)),
            other => Some(other.to_owned()),
        }
    }

    fn verdict(&self) -> Verdict {
        match &self.all("status").collect::<Vec<_>>()[..] {
            [] | ["null"] if self.text("code").is_some_and(|code| code.trim() == "429") => {
                let wait = self.text("retryAfter").and_then(|wait| wait.parse().ok());
                Verdict::RateLimit(wait.map(|wait| Duration::from_secs(wait).min(YEAR)))
            }
            [status] => match integer(status) {
                Some(status) if status != i64::MIN => Verdict::Status(status),
                _ => Verdict::Malformed,
            },
            _ => Verdict::Malformed,
        }
    }
}

/// What a JSON string holds, with U+FFFD for each lone surrogate.
fn string(json: &str) -> String {
    let unit = |at: usize| {
        let digits = json.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut whole = String::new();
    let mut at = 0;
    while let Some(c) = json[at..].chars().next() {
        let length = match (c, unit(at)) {
            ('\\', Some(0xD800..=0xDBFF)) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => 12,
            ('\\', Some(0xD800..=0xDFFF)) => {
                whole.push('\u{FFFD}');
                at += 6;
                continue;
            }
            ('\\', Some(_)) => 6,
            ('\\', None) => 2,
            _ => c.len_utf8(),
        };
        whole.push_str(&json[at..at + length]);
        at += length;
    }
    serde_json::from_str(&whole).expect("it is a JSON string")
}

/// RFC 8259 section 6, without fraction and exponent.
fn integer(number: &str) -> Option<i64> {
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())?
}
