//! The interpretation of a response. All three ways to send use this function.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::error::{Error, ErrorKind};
use crate::register::api_status;
use crate::register::reply_body::{ReplyBody, Verdict};
use crate::register::response::Response;

/// The response of a successful registration: HTTP 2xx with `status` 0.
///
/// A refusal is never a reply, but an [`Error`] of kind [`Refused`](ErrorKind::Refused), so a
/// program that only checks for success detects it.
///
/// ```
/// use atlas_webhook::{Endpoint, Registration, Request, Response};
///
/// let registration = Registration::new("https://example.com/atlas/t0ken")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let response = Response::new(200, [("Content-Type", "application/json")], r#"{"status":0}"#)?;
/// let reply = request.reply(&response)?;
/// assert_eq!((reply.http_status(), reply.request_id()), (200, None));
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    message: String,
    request_id: Option<String>,
    http_status: u16,
    attempts: u32,
}

impl Reply {
    /// Interprets `response`, with a body of at most `limit` bytes. The errors are those of
    /// [`Request::reply`](crate::Request::reply), which determines what they may show.
    pub(crate) fn from_response(response: &Response, limit: usize) -> Result<Self, Error> {
        let body = response.decoded(limit);
        let http_status = response.status();
        let error = match (http_error(http_status), &body) {
            (None, Ok(body)) => match judge(ReplyBody::read(body), http_status) {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            },
            (None, Err(error)) => error.clone(),
            (Some((kind, what)), body) => {
                let what = format!("the server responded with HTTP {http_status}: {what}");
                let error = Error::new(kind, what);
                // A body that cannot be read changes nothing here: the HTTP status decides.
                match body {
                    Ok(body) => with_body(error, ReplyBody::read(body)),
                    Err(_) => error,
                }
            }
        };
        Err(waiting(error.with_http_status(Some(http_status)), response)
            .with_response(response.excerpt(body.as_deref().ok())))
    }

    /// The API's text (`msg`). Empty if it sent no text. It is for people. It is untrusted: do not
    /// decide by it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The API's identifier of the request (`requestId`). Keep it for the API's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The HTTP status of the response: 200, or another 2xx.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.http_status
    }

    /// The number of attempts that the transport started, including those that never connected. 0
    /// if no transport was used.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    #[cfg(feature = "transport")]
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }
}

/// Without the texts, which the peer wrote.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("http_status", &self.http_status)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// The kind of error of an HTTP status. `None` for 2xx.
fn http_error(status: u16) -> Option<(ErrorKind, &'static str)> {
    match status {
        200..=299 => None,
        300..=399 => {
            Some((ErrorKind::Redirect, "redirects are not followed; correct the base URL"))
        }
        401 => Some((ErrorKind::Unauthorized, "the credentials were rejected")),
        429 => Some((ErrorKind::RateLimited, "too many requests")),
        400..=499 => Some((ErrorKind::ClientError, "it rejected the request")),
        // RFC 9110 section 15: outside 100..599 is to be processed as 5xx.
        _ => Some((ErrorKind::ServerError, "it failed")),
    }
}

/// Interprets a body under HTTP 2xx.
fn judge(body: ReplyBody, http_status: u16) -> Result<Reply, Error> {
    let error = match body.verdict {
        Verdict::Status(api_status::SUCCESS) => {
            let ReplyBody { text: message, request_id, .. } = body;
            return Ok(Reply { message, request_id, http_status, attempts: 0 });
        }
        Verdict::Status(status) => Error::new(
            match status {
                api_status::UNAUTHORIZED => ErrorKind::Unauthorized,
                _ => ErrorKind::Refused,
            },
            match api_status::meaning(status) {
                Some(meaning) => {
                    format!("the API refused the call: status {status}, {meaning}")
                }
                None => format!("the API refused the call: status {status}"),
            },
        ),
        Verdict::RateLimit => {
            Error::new(ErrorKind::RateLimited, "the rate limit of the API is reached")
        }
        Verdict::Malformed(what) => Error::new(ErrorKind::MalformedReply, what),
    };
    Err(with_body(error, body))
}

fn with_body(error: Error, body: ReplyBody) -> Error {
    let api_status = match body.verdict {
        Verdict::Status(status) => Some(status),
        Verdict::RateLimit | Verdict::Malformed(_) => None,
    };
    error
        .with_api(api_status, Some(body.text))
        .with_request_id(body.request_id)
        .with_retry_after(body.retry_after)
}

/// Adds the response's `Retry-After` if it is longer.
fn waiting(error: Error, response: &Response) -> Error {
    let longest = error.retry_after().max(response.retry_after());
    error.with_retry_after(longest)
}
