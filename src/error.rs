//! Errors: the kind, whose fault it is, and whether a retry may help.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use crate::http1::FaultKind;
use crate::register::api_status;
use crate::register::response::Response;
use crate::register::shown::Shown;

/// The kinds of error.
///
/// The C header's numbers and the Python classes are these.
///
/// ```
/// use atlas_webhook::{Endpoint, ErrorKind, Fault};
///
/// let error = Endpoint::new("ftp://example.com").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Argument);
/// assert_eq!(error.kind().as_str(), "argument");
/// assert_eq!(error.kind().fault(), Fault::Caller);
/// assert!(!error.kind().retryable());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is invalid: a URL, a header, a number. The call changed nothing.
    Argument,
    /// The call is not allowed in this state of the object. The call changed nothing.
    State,
    /// This build of the library does not support the call: a feature is missing.
    Unsupported,
    /// A defect of this library. The C ABI converts a panic to it; Rust callers never receive it.
    Panic,

    /// The peer's bytes are not HTTP/1.x by RFC 9112, or are ambiguous.
    Protocol,
    /// The message exceeds a [limit](crate::Limits).
    Limit,
    /// The connection was closed before the message was complete.
    ClosedEarly,
    /// The content coding of the message is unknown, damaged or not available in this build.
    Encoding,

    /// HTTP 3xx. Redirects are never followed, because the request's headers contain credentials.
    Redirect,
    /// HTTP 401, or the API's status 900 under any 2xx status: the credentials were rejected.
    Unauthorized,
    /// HTTP 429, or the API's own rate-limit response under any 2xx status.
    RateLimited,
    /// Any other HTTP 4xx. 408, 421 and 425 are retryable.
    ClientError,
    /// HTTP 5xx, or a status outside 100 to 599 (RFC 9110 section 15). Retryable, except 501.
    ServerError,

    /// The HTTP status is 2xx, but the body is not the documented JSON object.
    MalformedReply,
    /// The API rejected the call: `status` is not 0.
    Refused,

    /// The target of the delivery is not that of a registered URL. It is not from Atlas.
    Untrusted,
    /// The delivery is not an event: it is not a POST, or its body is not a JSON object in UTF-8.
    MalformedDelivery,

    /// The host name could not be resolved.
    Resolve,
    /// The host could not be connected to.
    Connect,
    /// The proxy rejected the request or could not be reached.
    Proxy,
    /// TLS could not be established, or the certificate was rejected.
    Tls,
    /// The timeout expired. Also: the program reported to a
    /// [`ServerConnection`](crate::ServerConnection) that one expired.
    Timeout,
    /// Reading or writing failed, or this machine lacks descriptors, memory, ports or threads.
    Io,
    /// The call was cancelled by the program.
    Cancelled,
}

/// Whose fault an error is.
///
/// It depends on the [kind](ErrorKind::fault) of the error alone, in the same way in every
/// language. It is the usual fault: an error of the kind [`Io`](ErrorKind::Io) is
/// [`Network`](Self::Network) even if this machine lacks descriptors, and so is a
/// [`Timeout`](ErrorKind::Timeout) even if the program was too slow.
///
/// ```
/// use atlas_webhook::{ErrorKind, Fault};
///
/// assert_eq!(ErrorKind::Timeout.fault(), Fault::Network);
/// assert_eq!(Fault::Network.to_string(), "network");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The program that calls this library: [`Argument`](ErrorKind::Argument),
    /// [`State`](ErrorKind::State), [`Cancelled`](ErrorKind::Cancelled).
    Caller,
    /// This library, or its build: [`Unsupported`](ErrorKind::Unsupported),
    /// [`Panic`](ErrorKind::Panic).
    Library,
    /// The HTTP peer: it sent invalid HTTP, a message over a limit, an error status, or a request
    /// that is not a delivery. All kinds that no other fault lists.
    Peer,
    /// The API: its response is not the documented JSON
    /// ([`MalformedReply`](ErrorKind::MalformedReply)) or a refusal
    /// ([`Refused`](ErrorKind::Refused)).
    Api,
    /// The network or this machine: [`Resolve`](ErrorKind::Resolve),
    /// [`Connect`](ErrorKind::Connect), [`Proxy`](ErrorKind::Proxy), [`Tls`](ErrorKind::Tls),
    /// [`Timeout`](ErrorKind::Timeout), [`Io`](ErrorKind::Io). It includes a shortage of
    /// descriptors, memory, ports or threads on this machine (`Io`), and a program that does not
    /// respond to a delivery in time (`Timeout`).
    Network,
}

impl ErrorKind {
    /// The name of the kind in lower case with underscores, for example `closed_early`. It is stable:
    /// logs and metrics may use it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::State => "state",
            Self::Unsupported => "unsupported",
            Self::Panic => "panic",
            Self::Protocol => "protocol",
            Self::Limit => "limit",
            Self::ClosedEarly => "closed_early",
            Self::Encoding => "encoding",
            Self::Redirect => "redirect",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
            Self::MalformedReply => "malformed_reply",
            Self::Refused => "refused",
            Self::Untrusted => "untrusted",
            Self::MalformedDelivery => "malformed_delivery",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Io => "io",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the same call may succeed later after an error of this kind. [`Error::retryable`]
    /// also considers the HTTP status and the API's own status, so it is more exact. For
    /// [`Refused`](Self::Refused) and [`ClientError`](Self::ClientError) this is `false`.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::ClosedEarly
                | Self::RateLimited
                | Self::ServerError
                | Self::Resolve
                | Self::Connect
                | Self::Timeout
                | Self::Io
        )
    }

    /// Whose fault an error of this kind is. [`Fault`] lists the kinds of each.
    #[must_use]
    pub const fn fault(self) -> Fault {
        match self {
            Self::Argument | Self::State | Self::Cancelled => Fault::Caller,
            Self::Unsupported | Self::Panic => Fault::Library,
            Self::Protocol
            | Self::Limit
            | Self::ClosedEarly
            | Self::Encoding
            | Self::Redirect
            | Self::Unauthorized
            | Self::RateLimited
            | Self::ClientError
            | Self::ServerError
            | Self::Untrusted
            | Self::MalformedDelivery => Fault::Peer,
            Self::MalformedReply | Self::Refused => Fault::Api,
            Self::Resolve | Self::Connect | Self::Proxy | Self::Tls | Self::Timeout | Self::Io => {
                Fault::Network
            }
        }
    }
}

impl Fault {
    /// The name of the fault in lower case, for example `network`. It is stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Library => "library",
            Self::Peer => "peer",
            Self::Api => "api",
            Self::Network => "network",
        }
    }
}

/// [`as_str`](ErrorKind::as_str).
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<FaultKind> for ErrorKind {
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::Protocol => Self::Protocol,
            FaultKind::Limit => Self::Limit,
            FaultKind::ClosedEarly => Self::ClosedEarly,
        }
    }
}

/// [`as_str`](Fault::as_str).
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An error with all its details.
///
/// [`message`](Error::message) is one line of the library's own text. It never contains a secret, a
/// header value or the webhook URL. The API's text is a separate field,
/// [`api_message`](Error::api_message), and untrusted.
///
/// `Display` prints the message and, if there is one, the API's text in quotes: control characters
/// escaped, truncated to 200 bytes. If the text repeats a secret of the request, `Display` prints
/// `(the API's text repeats a secret and is withheld)` in its place. The secrets are the path and
/// query of the webhook URL, the credentials, and the header values that the program set. A text
/// repeats a secret if it contains any 8 consecutive bytes of it, or the whole of a secret of 4 to
/// 7 bytes. ASCII case is ignored. The comparison also covers up to three layers of percent
/// encoding, HTML character references and JSON escapes. Only the first 4096 bytes of the text are
/// searched; the rest is never shown.
///
/// ```
/// use std::time::Duration;
///
/// use atlas_webhook::{Endpoint, ErrorKind, Registration, Request, Response};
///
/// let registration = Registration::new("https://example.com/atlas/t0ken")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let response = Response::new(503, [("Retry-After", "7")], "")?;
///
/// let error = request.reply(&response).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::ServerError);
/// assert_eq!(error.http_status(), Some(503));
/// assert!(error.retryable());
/// assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone)]
pub struct Error(Box<Fields>);

/// Boxed, so that a `Result` has the size of one word.
#[derive(Clone)]
struct Fields {
    kind: ErrorKind,
    message: Cow<'static, str>,
    offset: Option<u64>,
    http_status: Option<u16>,
    response_status: Option<u16>,
    api_status: Option<i64>,
    api_message: Option<String>,
    shown: Option<Shown>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    os_error: Option<i32>,
    source: Option<Arc<dyn core::error::Error + Send + Sync>>,
    response: Option<Response>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Fields {
            kind,
            message: message.into(),
            offset: None,
            http_status: None,
            response_status: None,
            api_status: None,
            api_message: None,
            shown: None,
            request_id: None,
            retry_after: None,
            attempts: 0,
            os_error: None,
            source: None,
            response: None,
        }))
    }

    pub(crate) fn argument(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Argument, message)
    }

    /// The program passed the number `n` of bytes sent when only `left` were left to send.
    #[cold]
    pub(crate) fn sent_too_many(n: usize, left: usize) -> Self {
        let signed = as_signed(n);
        Self::argument(format!(
            "{n} bytes{signed} cannot have been sent: only {left} were left to send"
        ))
    }

    pub(crate) fn state(message: &'static str) -> Self {
        Self::new(ErrorKind::State, message)
    }

    pub(crate) fn at(mut self, offset: u64) -> Self {
        self.0.offset = Some(offset);
        self
    }

    pub(crate) fn with_http_status(mut self, status: Option<u16>) -> Self {
        self.0.http_status = status;
        self
    }

    /// The HTTP status with which to respond to the delivery.
    pub(crate) fn with_response_status(mut self, status: u16) -> Self {
        self.0.response_status = Some(status);
        self
    }

    pub(crate) fn with_api(mut self, status: Option<i64>, message: Option<String>) -> Self {
        self.0.api_status = status;
        self.0.api_message = message.filter(|text| !text.is_empty());
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    #[cfg(feature = "transport")]
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Adds the error of the operating system and its number.
    #[cfg(feature = "transport")]
    pub(crate) fn with_source(
        mut self,
        os_error: Option<i32>,
        source: Arc<dyn core::error::Error + Send + Sync>,
    ) -> Self {
        self.0.os_error = os_error;
        self.0.source = Some(source);
        self
    }

    /// The same details under another kind and message.
    #[cfg(feature = "transport")]
    pub(crate) fn with_kind(
        mut self,
        kind: ErrorKind,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.0.kind = kind;
        self.0.message = message.into();
        self
    }

    pub(crate) fn with_response(mut self, response: Response) -> Self {
        self.0.response = Some(response);
        self
    }

    /// Lets `Display` show the API's text, unless it repeats one of `secrets`.
    pub(crate) fn showing_api_text<'a>(mut self, secrets: impl Iterator<Item = &'a str>) -> Self {
        self.0.shown = self.0.api_message.as_deref().map(|text| Shown::new(text, secrets));
        self
    }

    /// The kind of error. Programs decide by this.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whose fault it is; short for `kind().fault()`.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.kind.fault()
    }

    /// One line for people. It contains no secret, no header value, no webhook URL and no bytes
    /// that a peer sent.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The offset of the offending byte, counted from 0. For an HTTP error it is an offset in the
    /// message, including interim responses. For an argument it is an offset in the argument, for
    /// the body of a delivery an offset in its JSON. Field lines are checked at the end of their
    /// header section; the offset is then that end. If JSON ends too early, the offset is its
    /// length.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The HTTP status of the response. `None` if no status was received.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The HTTP status with which to respond to the delivery that failed: 400, 404, 405 (also send
    /// `Allow: POST`), 413, 415 and others. 500 for an error that did not come from receiving.
    #[must_use]
    pub fn response_status(&self) -> u16 {
        self.0.response_status.unwrap_or(500)
    }

    /// The API's own `status`. `None` if the body contained none.
    #[must_use]
    pub fn api_status(&self) -> Option<i64> {
        self.0.api_status
    }

    /// The API's text as received. **Untrusted**: it may contain anything, including control
    /// characters and an echo of the webhook URL. Do not decide by it.
    #[must_use]
    pub fn api_message(&self) -> Option<&str> {
        self.0.api_message.as_deref()
    }

    /// The API's identifier of the request. Quote it to the API's support. It is as untrusted as
    /// the message.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The wait before a retry that the peer requested: the longer of `Retry-After` in the header
    /// and `retryAfter` in the body. Range: whole seconds, rounded up, at most 365 days. A negative
    /// number is ignored. A date in the header counts from the `Date` of the response; a date that
    /// has passed is 0.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The response that caused the error: its status, its headers, and at most the first 4 KiB of
    /// its body. The content coding is removed if that was possible. If reading failed after the
    /// head, the body is the part that was received. `None` if no head of a final response was
    /// received. 101 counts as final.
    ///
    /// Use it to find out which server responded, for example a captive portal with an HTML page.
    /// **Untrusted**: it may contain anything, including control characters and an echo of the
    /// webhook URL. No message, `Display` or `Debug` shows it.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.0.response.as_ref()
    }

    /// The number of attempts that the transport started, including those that never connected. 0
    /// if no transport was used.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The number of the operating system's error that caused this error: `errno` on Unix, the code
    /// of `GetLastError` or `WSAGetLastError` on Windows. An [`Io`](ErrorKind::Io) error with
    /// `EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM`, `EAGAIN` or `EADDRNOTAVAIL` means that this machine
    /// lacks descriptors, memory, threads or ports. [`source`](core::error::Error::source) is the
    /// system's error then.
    #[must_use]
    pub fn os_error(&self) -> Option<i32> {
        self.0.os_error
    }

    /// Whether the same call may succeed later. The registration is idempotent, so an unnecessary
    /// retry does no harm.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self.0.kind {
            // RFC 9110 section 15.6.2: the server does not support the method.
            ErrorKind::ServerError => self.0.http_status != Some(501),
            // RFC 9110 sections 15.5.9 and 15.5.20, RFC 8470 section 5.2: for this request at this
            // time, or on this connection.
            ErrorKind::ClientError => matches!(self.0.http_status, Some(408 | 421 | 425)),
            ErrorKind::Refused => matches!(
                self.0.api_status,
                Some(
                    api_status::SYSTEM_ERROR
                        | api_status::GENERAL_FAILURE
                        | api_status::UNEXPECTED_ERROR
                )
            ),
            kind => kind.retryable(),
        }
    }
}

/// The negative number that `n` is as a signed number, in parentheses; otherwise nothing. The -1 of
/// a failed write in C arrives as the largest number.
pub(crate) fn as_signed(n: usize) -> String {
    match isize::try_from(n) {
        Ok(_) => String::new(),
        Err(_) => format!(" (as a signed number -{})", n.wrapping_neg()),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.shown {
            Some(shown) => shown.fmt(f),
            None => Ok(()),
        }
    }
}

/// Everything except what the peer wrote.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("offset", &self.0.offset)
            .field("http_status", &self.0.http_status)
            .field("api_status", &self.0.api_status)
            .field("retry_after", &self.0.retry_after)
            .field("attempts", &self.0.attempts)
            .field("os_error", &self.0.os_error)
            .finish_non_exhaustive()
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
