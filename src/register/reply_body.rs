//! Reads the documented keys of the JSON body of a response.
//!
//! Only `status` is strict, because it decides. The other keys are for people or hints, so their
//! type, a lone surrogate or a duplicate does not change the outcome. Of duplicate keys the last
//! counts.

use alloc::string::String;
use core::str;
use core::time::Duration;

use crate::json;
use crate::register::wait;

/// The contents of a body.
pub(crate) struct ReplyBody {
    pub(crate) verdict: Verdict,
    /// `msg`, or `message` of a rate limit. Empty if absent.
    pub(crate) text: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

pub(crate) enum Verdict {
    Status(i64),
    /// `{"code":429,"message":…,"limitType":…,"limit":…,"retryAfter":seconds}`
    RateLimit,
    /// Not one of the documented forms, and the reason.
    Malformed(&'static str),
}

impl ReplyBody {
    pub(crate) fn read(body: &[u8]) -> Self {
        let mut keys = Keys::default();
        match keys.read(body) {
            Ok(()) => keys.into_body(),
            Err(what) => Self {
                verdict: Verdict::Malformed(what),
                text: String::new(),
                request_id: None,
                retry_after: None,
            },
        }
    }
}

/// The values of the documented keys, as written.
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
    fn read(&mut self, body: &'a [u8]) -> Result<(), &'static str> {
        // RFC 8259 section 8.1.
        let text = str::from_utf8(body).map_err(|_| "the body is not JSON: it is not UTF-8")?;
        let members = json::members(text).ok_or("the body is not a JSON object")?;
        if !json::is_valid(text) {
            return Err("the body is not valid JSON");
        }
        for (name, value) in members {
            // A documented name may be written with escapes.
            if !self.set(name, value) && name.contains('\\') {
                self.set(&json::unescaped(name), value);
            }
        }
        Ok(())
    }

    /// Whether the name is documented.
    fn set(&mut self, name: &str, value: &'a str) -> bool {
        let slot = match name {
            "status" => {
                self.status_repeated |= self.status.is_some();
                &mut self.status
            }
            "msg" => &mut self.msg,
            "requestId" => &mut self.request_id,
            "code" => &mut self.code,
            "message" => &mut self.message,
            "retryAfter" => &mut self.retry_after,
            _ => return false,
        };
        *slot = Some(value);
        true
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
            _ if self.status_repeated => Verdict::Malformed("the body has two keys \"status\""),
            // Of what is valid JSON, only an integer parses: no fraction, no exponent, no string.
            // "-0" is 0.
            // -2^63 means an absent status in the C ABI, so it is rejected.
            Some(status) if status != "null" => match status.parse() {
                Ok(i64::MIN) | Err(_) => Verdict::Malformed(
                    "the key \"status\" of the body is not an integer between -2^63 and 2^63",
                ),
                Ok(status) => Verdict::Status(status),
            },
            _ if self.code.and_then(any_text).is_some_and(|code| code.trim() == "429") => {
                Verdict::RateLimit
            }
            _ => Verdict::Malformed("the body has no key \"status\""),
        }
    }
}

/// Any value as text: a string decoded, null as an empty text, every other value as written.
fn any_text(value: &str) -> Option<String> {
    match value {
        "null" => None,
        _ => Some(json::text(value).unwrap_or_else(|| String::from(value))),
    }
}
