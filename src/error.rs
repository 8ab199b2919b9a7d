//! What can go wrong, whose fault it is, and whether another try may help.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use crate::register::api_status;
use crate::register::echo::repeats_secret;
use crate::register::response::Response;

/// The kinds of error, by who has to act on them.
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
    /// An argument is not acceptable: a URL, a header, a number. Nothing was changed.
    Argument,
    /// The call does not fit the state of the object. Nothing was changed.
    State,
    /// This build of the library cannot do it (a feature was left out).
    Unsupported,
    /// A defect of this library. It never reaches Rust callers as a value of its own; the C ABI
    /// turns a panic into it.
    Panic,

    /// The peer's bytes are not HTTP/1.x by RFC 9112, or are ambiguous.
    Protocol,
    /// The response is larger than a [limit](crate::Limits) allows.
    Limit,
    /// The connection was closed before the response was whole.
    ClosedEarly,
    /// The content coding of the response is unknown, damaged or not available in this build.
    Encoding,

    /// HTTP 3xx. Never followed: the credentials travel in the request's headers.
    Redirect,
    /// HTTP 401, or the API's status 900 under any 2xx status: the credentials were rejected.
    Unauthorized,
    /// HTTP 429, or the API's own rate-limit response under any 2xx status.
    RateLimited,
    /// Any other HTTP 4xx.
    ClientError,
    /// HTTP 5xx, or a status outside 100..599 (RFC 9110 section 15).
    ServerError,

    /// HTTP says success, but the body is not the documented JSON object.
    MalformedReply,
    /// The API understood the call and said no: `status` is not 0.
    Refused,

    /// A delivery for a target that is not that of a registered URL: it is not from Atlas.
    Untrusted,
    /// A delivery that is no event: not a POST, or its body not a JSON object in UTF-8.
    MalformedDelivery,

    /// The host name could not be resolved.
    Resolve,
    /// No connection to the host.
    Connect,
    /// The proxy refused, or could not be reached.
    Proxy,
    /// TLS could not be established or the certificate did not hold.
    Tls,
    /// The time allowed ran out.
    Timeout,
    /// Reading or writing failed.
    Io,
    /// The call was cancelled by the program.
    Cancelled,
}

/// Whose fault an error is, coarsely: what a program decides on first.
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
    /// The program that calls this library.
    Caller,
    /// This library, or the way it was built.
    Library,
    /// The HTTP peer: it did not speak HTTP as it should, or responded with an error status.
    Peer,
    /// The API: it responded, and the response is a refusal or not the documented JSON.
    Api,
    /// What lies between: name resolution, connection, proxy, TLS, time.
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

    /// Whether the same call may succeed later after an error of this kind. [`Error::retryable`] also
    /// knows which HTTP and API statuses are temporary; for [`Refused`](Self::Refused) and
    /// [`ClientError`](Self::ClientError) this is `false`.
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

    /// Whose fault an error of this kind is.
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

/// [`as_str`](Fault::as_str).
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An error: its kind, and everything known about it as a field.
///
/// [`message`](Error::message) is one line in this library's own words and never holds a secret, a
/// header value or the webhook URL. What the API itself said is a field apart,
/// [`api_message`](Error::api_message), and untrusted.
///
/// `Display` prints the message and, if there is one, the API's text in quotes: control characters
/// escaped, truncated to 200 bytes. If the text repeats a secret of the request, `Display` prints
/// `(the API's text repeats a secret and is withheld)` in its place. The secrets are path and query
/// of the webhook URL, the credentials, and the header values that the program set. A text repeats
/// one that holds any 8 consecutive bytes of it, or the whole of a secret of 4 to 7 bytes, in any
/// case of ASCII letters, as it is or within up to three layers of percent encoding, HTML character
/// references and JSON escapes. A part of the text that is too far behind to be shown is not searched.
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

/// Boxed, so that a `Result` stays one word wide on the happy path.
#[derive(Clone)]
struct Fields {
    kind: ErrorKind,
    message: Cow<'static, str>,
    offset: Option<u64>,
    http_status: Option<u16>,
    response_status: Option<u16>,
    api_status: Option<i64>,
    api_message: Option<String>,
    shown: Shown,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    os_error: Option<i32>,
    source: Option<Arc<dyn core::error::Error + Send + Sync>>,
    response: Option<Response>,
}

/// What `Display` shows of what the API said.
#[derive(Clone)]
enum Shown {
    Nothing,
    /// Made fit to be shown.
    Text(String),
    /// It repeats a secret.
    Withheld,
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
            shown: Shown::Nothing,
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

    /// What to respond with to the delivery that this is about.
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

    /// With what the system said: its number, and its error as it is.
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

    /// Lets `Display` show what the API said, unless that repeats one of `secrets`.
    pub(crate) fn showing_api_text<'a>(mut self, secrets: impl Iterator<Item = &'a str>) -> Self {
        self.0.shown = match self.0.api_message.as_deref() {
            None => Shown::Nothing,
            Some(text) if repeats_secret(text, secrets) => Shown::Withheld,
            Some(text) => Shown::Text(printable(text)),
        };
        self
    }

    /// The kind of error: decide on this.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whose fault it is; short for `kind().fault()`.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.kind.fault()
    }

    /// One line for people, in this library's own words: no secret, no header value, no webhook
    /// URL, nothing that a peer wrote.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where: the offset in bytes, from 0, of the offending byte. For an HTTP error it counts from
    /// the first byte of the response, interim responses included; for an argument, from its start; for
    /// the body of a delivery, from the start of its JSON. A field is judged when its header section is
    /// whole, and the offset is then that of its end. JSON that ends too early has its length.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The HTTP status of the response, once it was read.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The HTTP status to respond with to the delivery that could not be read, so that whoever sent it
    /// learns whose fault it is: 400, 404, 405 (with `Allow: POST`), 413, 415 and others. 500 for
    /// every error that did not come from receiving.
    #[must_use]
    pub fn response_status(&self) -> u16 {
        self.0.response_status.unwrap_or(500)
    }

    /// The API's own `status`, where the body carried one.
    #[must_use]
    pub fn api_status(&self) -> Option<i64> {
        self.0.api_status
    }

    /// What the API said, exactly. **Untrusted**: it may hold anything, control characters and an
    /// echo of the webhook URL included. Never decide on it.
    #[must_use]
    pub fn api_message(&self) -> Option<&str> {
        self.0.api_message.as_deref()
    }

    /// The API's id of the request, worth quoting to its support. As untrusted as the message.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the peer asks to wait before a retry: `Retry-After` of the header, or `retryAfter` of
    /// the body. The longer one, if both came. Whole seconds, rounded up; at most one year (365
    /// days). A negative wait is ignored.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The response that the error came from: its status, its headers, and at most the first 4 KiB of
    /// its body, with the content coding removed if that was possible. If reading the response failed
    /// behind its head, the body is what was received until then. `None` if no head of a final
    /// response was read.
    ///
    /// It is for finding out what responded, for example a captive portal with a page in HTML.
    /// **Untrusted**: it may contain anything, control characters and an echo of the webhook URL
    /// included. No message, `Display` or `Debug` shows it.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.0.response.as_ref()
    }

    /// How many attempts the transport began, also those that never connected; 0 if no transport was
    /// involved.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The number of the operating system's error, if one caused this error: `errno` on Unix, the
    /// code of `GetLastError` or `WSAGetLastError` on Windows. An [`Io`](ErrorKind::Io) error with
    /// `EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM` or `EAGAIN` means that this machine lacks descriptors,
    /// memory, ports or threads. [`source`](core::error::Error::source) is the system's error then.
    #[must_use]
    pub fn os_error(&self) -> Option<i32> {
        self.0.os_error
    }

    /// Whether the same call may succeed later. The registration is idempotent, so a try too many
    /// does no harm: this says whether one is worth it.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self.0.kind {
            // RFC 9110 section 15.6.2: the server does not know the method.
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.shown {
            Shown::Nothing => Ok(()),
            Shown::Text(text) => write!(f, ": \"{text}\""),
            Shown::Withheld => f.write_str(" (the API's text repeats a secret and is withheld)"),
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

/// The longest piece of foreign text that is shown, in bytes.
const SHOWN: usize = 200;

/// Foreign text made fit for a log line: escaped, then truncated.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let before = shown.len();
        if invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        if shown.len() > SHOWN {
            shown.truncate(before);
            shown.push('…');
            break;
        }
    }
    shown
}

/// Characters that would move a terminal's cursor, end a line or reorder it, and the two that would
/// end or forge the quotes around the text.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '"' | '\\')
        || matches!(u32::from(c), 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF)
}
