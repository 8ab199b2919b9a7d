//! What an answer means to Atlas: the one function that all three ways of sending share.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str;
use core::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::register::api_status;
use crate::register::response::Response;

/// The API's yes: HTTP 2xx with `status` 0.
///
/// There is no reply that means no: a refusal is an [`Error`] of kind
/// [`Refused`](ErrorKind::Refused), so a program that only looks for success cannot miss it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    message: String,
    request_id: Option<String>,
    http_status: u16,
}

impl Reply {
    /// What `response` means, with a body of at most `limit` bytes. The errors are those of
    /// [`Request::reply`](crate::Request::reply), which knows what they may show.
    pub(crate) fn from_response(response: &Response, limit: usize) -> Result<Self, Error> {
        let body = response.decoded(limit);
        let http_status = response.status();
        let Some((kind, what)) = http_error(http_status) else {
            return body
                .and_then(|body| {
                    Answer::read(&body).map_err(|what| Error::new(ErrorKind::MalformedReply, what))
                })
                .and_then(|answer| answer.judge(http_status))
                .map_err(|error| waiting(error.with_http_status(Some(http_status)), response));
        };
        let error = Error::new(kind, format!("the server answered HTTP {http_status}: {what}"))
            .with_http_status(Some(http_status));
        // A body that cannot be read changes nothing here: the HTTP status has decided.
        let answer = body.ok().and_then(|body| Answer::read(&body).ok()).unwrap_or_default();
        Err(waiting(answer.ride_along(error), response))
    }

    /// The API's text (`msg`), empty when it sent none. It is for people: never decide on it. As
    /// anything from the network it is untrusted.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The API's id of the request (`requestId`), worth keeping for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The HTTP status under which the answer came: 200, or another 2xx.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.http_status
    }
}

/// Without the texts, which the peer wrote.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("http_status", &self.http_status).finish_non_exhaustive()
    }
}

/// The kind of error that an HTTP status is by itself; none for 2xx.
fn http_error(status: u16) -> Option<(ErrorKind, &'static str)> {
    match status {
        200..=299 => None,
        300..=399 => Some((ErrorKind::Redirect, "redirects are not followed")),
        401 => Some((ErrorKind::Unauthorized, "the credentials were rejected")),
        429 => Some((ErrorKind::RateLimited, "too many requests")),
        400..=499 => Some((ErrorKind::ClientError, "it does not accept the request")),
        // RFC 9110 section 15: outside 100..599 is to be processed as 5xx.
        _ => Some((ErrorKind::ServerError, "it failed")),
    }
}

/// What the body of an answer says, once it is known to be JSON of one of the documented shapes.
#[derive(Default)]
struct Answer {
    verdict: Verdict,
    text: String,
    request_id: Option<String>,
}

#[derive(Default)]
enum Verdict {
    /// No `status` and no rate limit.
    #[default]
    None,
    Status(i64),
    RateLimit {
        retry_after: Option<Duration>,
    },
}

/// `{"status":0,"msg":"…"}`; unknown keys are ignored, a key of these given twice is an error.
#[derive(Deserialize)]
struct StatusBody<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    msg: Option<String>,
    #[serde(rename = "requestId", borrow)]
    request_id: Option<&'a RawValue>,
}

/// `{"code":429,"message":"…","limitType":…,"limit":…,"retryAfter":seconds}`.
#[derive(Deserialize)]
struct RateLimitBody<'a> {
    #[serde(borrow)]
    code: &'a RawValue,
    message: Option<String>,
    #[serde(rename = "retryAfter", borrow)]
    retry_after: Option<&'a RawValue>,
}

impl Answer {
    fn read(body: &[u8]) -> Result<Self, &'static str> {
        // RFC 8259 section 8.1.
        let text = str::from_utf8(body).map_err(|_| "the body is not JSON: it is not UTF-8")?;
        // Serde would take an array for a struct.
        if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
            return Err("the body is not a JSON object");
        }
        let answer: StatusBody<'_> = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                "the body is JSON, but a key is given twice or msg is not a string"
            } else {
                "the body is not valid JSON"
            }
        })?;
        let request_id = answer.request_id.and_then(plain_text);
        if let Some(status) = answer.status {
            // What stands here is valid JSON, and of that only an integer parses: no fraction, no
            // exponent, no string. "-0" is 0.
            let status =
                status.get().parse().map_err(|_| "status is not an integer within 64 bits")?;
            let text = answer.msg.unwrap_or_default();
            return Ok(Self { verdict: Verdict::Status(status), text, request_id });
        }
        match serde_json::from_str::<RateLimitBody<'_>>(text) {
            Ok(limit) if limit.code.get() == "429" => Ok(Self {
                verdict: Verdict::RateLimit {
                    retry_after: limit
                        .retry_after
                        .and_then(|value| value.get().parse().ok())
                        .map(Duration::from_secs),
                },
                text: limit.message.unwrap_or_default(),
                request_id,
            }),
            _ => Err("the body has no status"),
        }
    }

    /// On HTTP 2xx.
    fn judge(self, http_status: u16) -> Result<Reply, Error> {
        let error = match self.verdict {
            Verdict::Status(api_status::SUCCESS) => {
                let Self { text: message, request_id, .. } = self;
                return Ok(Reply { message, request_id, http_status });
            }
            Verdict::Status(status) => Error::new(
                ErrorKind::Refused,
                match api_status::meaning(status) {
                    Some(meaning) => {
                        format!("the API refused the call: status {status}, {meaning}")
                    }
                    None => format!("the API refused the call: status {status}"),
                },
            ),
            Verdict::RateLimit { .. } => {
                Error::new(ErrorKind::RateLimited, "the API's rate limit is reached")
            }
            Verdict::None => Error::new(ErrorKind::MalformedReply, "the body has no status"),
        };
        Err(self.ride_along(error))
    }

    fn ride_along(self, error: Error) -> Error {
        let (status, retry_after) = match self.verdict {
            Verdict::None => (None, None),
            Verdict::Status(status) => (Some(status), None),
            Verdict::RateLimit { retry_after } => (None, retry_after),
        };
        error
            .with_api(status, Some(self.text))
            .with_request_id(self.request_id)
            .with_retry_after(retry_after)
    }
}

/// Adds the answer's `Retry-After`, where it is the longer one.
fn waiting(error: Error, response: &Response) -> Error {
    let longest = error.retry_after().max(response.retry_after());
    error.with_retry_after(longest)
}

/// A string, or a number as it is written.
fn plain_text(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'-' | b'0'..=b'9' => Some(String::from(value.get())),
        _ => None,
    }
}
