//! The JSON body of a response: its documented keys, whatever else is in it.
//!
//! Only `status` is strict, since it decides. Everything else is for people or a hint, so that no type
//! of it, no lone surrogate and no repetition may change the outcome: of repeated keys the last counts.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use core::{fmt, str};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::register::wait;

/// What a body says.
pub(crate) struct ReplyBody {
    pub(crate) verdict: Verdict,
    /// `msg`, or `message` of a rate limit; empty if there is none.
    pub(crate) text: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

pub(crate) enum Verdict {
    Status(i64),
    /// `{"code":429,"message":…,"limitType":…,"limit":…,"retryAfter":seconds}`
    RateLimit,
    /// Not one of the documented shapes, and why.
    Malformed(&'static str),
}

impl ReplyBody {
    pub(crate) fn read(body: &[u8]) -> Self {
        match Keys::read(body) {
            Ok(keys) => keys.into_body(),
            Err(what) => Self {
                verdict: Verdict::Malformed(what),
                text: String::new(),
                request_id: None,
                retry_after: None,
            },
        }
    }
}

/// The values of the documented keys, as they are written.
#[derive(Default)]
struct Keys<'a> {
    status: Option<&'a str>,
    status_repeated: bool,
    msg: Option<&'a str>,
    request_id: Option<&'a str>,
    code: Option<&'a str>,
    message: Option<&'a str>,
    retry_after: Option<&'a str>,
}

impl<'a> Keys<'a> {
    fn read(body: &'a [u8]) -> Result<Self, &'static str> {
        // RFC 8259 section 8.1.
        let text = str::from_utf8(body).map_err(|_| "the body is not JSON: it is not UTF-8")?;
        if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
            return Err("the body is not a JSON object");
        }
        serde_json::from_str(text).map_err(|_| "the body is not valid JSON")
    }

    fn set(&mut self, key: &str, value: &'a str) {
        let slot = match key {
            "status" => {
                self.status_repeated |= self.status.is_some();
                &mut self.status
            }
            "msg" => &mut self.msg,
            "requestId" => &mut self.request_id,
            "code" => &mut self.code,
            "message" => &mut self.message,
            "retryAfter" => &mut self.retry_after,
            _ => return,
        };
        *slot = Some(value);
    }

    fn into_body(self) -> ReplyBody {
        let verdict = self.verdict();
        let text = match verdict {
            Verdict::RateLimit => self.message,
            Verdict::Status(_) | Verdict::Malformed(_) => self.msg,
        };
        ReplyBody {
            verdict,
            text: text.and_then(any_text).unwrap_or_default(),
            request_id: self.request_id.and_then(any_text),
            retry_after: self
                .retry_after
                .and_then(any_text)
                .and_then(|value| wait::seconds(value.as_bytes())),
        }
    }

    fn verdict(&self) -> Verdict {
        match self.status {
            _ if self.status_repeated => Verdict::Malformed("status is given twice"),
            // Of what is valid JSON, only an integer parses: no fraction, no exponent, no string.
            // "-0" is 0.
            // -2^63 stands for an absent status in the C ABI, so it is none.
            Some(status) if status != "null" => match status.parse() {
                Ok(i64::MIN) | Err(_) => {
                    Verdict::Malformed("status is not an integer between -2^63 and 2^63")
                }
                Ok(status) => Verdict::Status(status),
            },
            _ if self.code.and_then(any_text).is_some_and(|code| code.trim() == "429") => {
                Verdict::RateLimit
            }
            _ => Verdict::Malformed("the body has no status"),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Keys<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Keys<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys<'de>, A::Error> {
                let mut keys = Keys::default();
                // Raw, since a key may hold a lone surrogate.
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    let key = key.get();
                    if key.contains('\\') {
                        keys.set(&string(key).unwrap_or_default(), value.get());
                    } else {
                        keys.set(key.trim_matches('"'), value.get());
                    }
                }
                Ok(keys)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Any value as text: what a string holds, nothing for null, everything else as it is written.
fn any_text(json: &str) -> Option<String> {
    match json {
        "null" => None,
        _ if json.starts_with('"') => string(json),
        _ => Some(String::from(json)),
    }
}

/// What a JSON string holds. Each lone surrogate, which is no character, becomes U+FFFD.
fn string(json: &str) -> Option<String> {
    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(Vec::from(bytes))
        }
    }

    // As bytes serde_json gives a surrogate the three bytes that UTF-8 would have for it.
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let mut bytes = deserializer.deserialize_bytes(Bytes).ok()?;
    let mut rest = bytes.as_mut_slice();
    while let Some(at) = memchr::memchr(0xED, rest) {
        let (_, from) = rest.split_at_mut(at);
        if let [first, second @ 0xA0..=0xBF, third, ..] = from {
            (*first, *second, *third) = (0xEF, 0xBF, 0xBD);
        }
        rest = from.get_mut(1..).unwrap_or_default();
    }
    String::from_utf8(bytes).ok()
}
