//! The HTTP response as a value: status, headers, body. It contains nothing of Atlas.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::coded_body::{coding_by_magic, gunzip, too_large};
use crate::error::{Error, ErrorKind};
use crate::http1::{self, ContentCoding, Fields, Message};
use crate::limits::Limits;
use crate::register::wait;

/// A complete HTTP response.
///
/// An [`Exchange`](crate::Exchange) makes it from bytes. With an HTTP stack of your own, make it
/// with [`Response::new`]. [`Request::reply`](crate::Request::reply) interprets it.
///
/// ```
/// use atlas_webhook::Response;
///
/// let response = Response::new(200, [("Retry-After", "7")], r#"{"status":0}"#)?;
/// assert_eq!(response.header("retry-after"), Some(&b"7"[..]));
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone)]
pub struct Response {
    message: Message,
    limits: Limits,
}

impl Response {
    /// Makes a response from what an HTTP stack received: the final status, the header fields in
    /// order, and the body. The body may be as received or decoded. A body that starts with the
    /// gzip magic is inflated; no JSON text starts with it.
    ///
    /// Header names and values are not checked, because stacks differ in what they accept. A line
    /// end within a value is read as an obsolete fold (RFC 9112 section 5.2): it becomes one space,
    /// together with the white space around it.
    ///
    /// If there are no header fields, use [`from_field_lines`](Self::from_field_lines) with `""`,
    /// because the compiler cannot infer the type of an empty array:
    ///
    /// ```
    /// use atlas_webhook::Response;
    ///
    /// let response = Response::from_field_lines(200, "", r#"{"status":0}"#)?;
    /// assert_eq!(response.headers().count(), 0);
    /// # Ok::<(), atlas_webhook::Error>(())
    /// ```
    ///
    /// Turn redirects off in the stack. Many stacks follow them by default. The credentials then go
    /// to the host that the redirect names, and its response is mistaken for the API's.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if `status` is not that of a final response: 1xx,
    /// 0, or above 999.
    pub fn new<N, V>(
        status: u16,
        headers: impl IntoIterator<Item = (N, V)>,
        body: impl AsRef<[u8]>,
    ) -> Result<Self, Error>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        let mut lines = Lines::default();
        for (name, value) in headers {
            lines.push(name.as_ref(), value.as_ref());
        }
        Self::from_stack(status, lines, body.as_ref())
    }

    /// As [`new`](Self::new), with the header as raw lines, `Name: value`, as libcurl returns them.
    /// Each line ends with CRLF or LF. Status lines and empty lines are accepted between them. Only
    /// the lines after the last status line count, because the others belong to interim responses
    /// or a proxy.
    ///
    /// A line that starts with a space or a tab is an obsolete fold (RFC 9112 section 5.2): it
    /// continues the field line directly before it, joined by one space. It is ignored if there is
    /// no such field line. A line without a colon is ignored too.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_field_lines(
        status: u16,
        field_lines: impl AsRef<[u8]>,
        body: impl AsRef<[u8]>,
    ) -> Result<Self, Error> {
        let mut lines = Lines::default();
        let mut behind_field = false;
        for line in field_lines.as_ref().split(|&b| b == b'\n') {
            if http1::is_fold(line) {
                if behind_field {
                    lines.fold(line);
                }
                continue;
            }
            behind_field = false;
            if line.starts_with(b"HTTP/") {
                lines = Lines::default();
            } else if let Some((name, value)) = http1::loose_field(line) {
                lines.push(name, value);
                behind_field = true;
            }
        }
        Self::from_stack(status, lines, body.as_ref())
    }

    fn from_stack(status: u16, lines: Lines, body: &[u8]) -> Result<Self, Error> {
        if !(200..1000).contains(&status) {
            return Err(Error::argument(format!(
                "{status} is not the HTTP status of a final response: it must be 200 to 999"
            )));
        }
        let coding = coding_by_magic(body);
        Ok(Self { message: lines.into_message(status, body, coding), limits: Limits::default() })
    }

    /// From HTTP/1.1 bytes that were read here.
    pub(crate) fn from_wire(message: Message, limits: Limits) -> Self {
        Self { message, limits }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.message.status
    }

    /// Name and value of each header field, in order; obsolete folds are replaced by a space.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields().iter()
    }

    /// The value of the first header field of this name. ASCII case is ignored.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.fields().named(name).next()
    }

    /// The body with its content coding removed. The limits of the endpoint apply to a response of
    /// an [`Exchange`](crate::Exchange), the [defaults](Limits::default) to any other.
    ///
    /// # Errors
    ///
    /// [`Encoding`](crate::ErrorKind::Encoding) if the coding is unknown, damaged, or gzip in a
    /// build without the feature `gzip`. [`Limit`](crate::ErrorKind::Limit) if the body is too
    /// large, with its coding or without it.
    pub fn body(&self) -> Result<Cow<'_, [u8]>, Error> {
        self.decoded(self.limits.body).map_err(|error| error.with_response(self.excerpt(None)))
    }

    /// The body with its content coding removed, at most `limit` bytes before and after.
    pub(crate) fn decoded(&self, limit: usize) -> Result<Cow<'_, [u8]>, Error> {
        let coded = self.coded_body();
        let plain = match self.message.coding {
            _ if coded.len() > limit => Err(too_large(limit)),
            ContentCoding::Other => Err(Error::new(
                ErrorKind::Encoding,
                "the body has an unknown content coding: only gzip can be decoded",
            )),
            // An empty body has nothing to decode.
            ContentCoding::Gzip if !coded.is_empty() => gunzip(coded, limit).map(Cow::Owned),
            ContentCoding::Gzip | ContentCoding::Identity => Ok(Cow::Borrowed(coded)),
        };
        plain.map_err(|error| error.with_http_status(Some(self.status())))
    }

    /// The body as received: without the transfer coding (RFC 9112 section 7), with its content
    /// coding (RFC 9110 section 8.4).
    #[must_use]
    pub fn coded_body(&self) -> &[u8] {
        self.message.bytes.get(self.message.fields.end..).unwrap_or_default()
    }

    fn fields(&self) -> Fields<'_> {
        Fields(self.field_lines())
    }

    /// Name and value of each header field as a line that ends with CRLF, without folds.
    pub(crate) fn field_lines(&self) -> &[u8] {
        self.message.bytes.get(self.message.fields.clone()).unwrap_or_default()
    }

    /// A copy for an error: the head, and the first [`EXCERPT`] bytes of the body, `decoded` if it could
    /// be.
    #[cold]
    pub(crate) fn excerpt(&self, decoded: Option<&[u8]>) -> Self {
        let fields = self.field_lines();
        let body = decoded.unwrap_or(self.coded_body());
        let bytes = [fields, body.get(..EXCERPT).unwrap_or(body)].concat();
        let fields = 0..fields.len();
        let message =
            Message { status: self.status(), bytes, fields, coding: ContentCoding::Identity };
        Self { message, limits: Limits::default() }
    }

    /// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date, from which the response's own
    /// `Date` is subtracted, because there is no clock here. If there are several, the longest.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.fields().named("retry-after").filter_map(|value| self.wait(value)).max()
    }

    fn wait(&self, value: &[u8]) -> Option<Duration> {
        if let Some(wait) = wait::seconds(value) {
            return Some(wait);
        }
        let at = http1::parse_date(value)?;
        let now = http1::parse_date(self.header("date")?)?;
        let wait = Duration::from_secs(u64::try_from(at.saturating_sub(now)).unwrap_or(0));
        Some(wait.min(wait::LONGEST))
    }
}

/// The maximum size of the body in an error, in bytes.
const EXCERPT: usize = 4 * 1024;

/// Field lines in the form that [`Fields`] reads.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// A line end within the value would make two fields of one, so it is a fold.
    fn push(&mut self, name: &[u8], value: &[u8]) {
        // White space before a name is kept: a stack that returns it as a field has read a fold.
        self.append(name.trim_ascii_end());
        self.append(b": ");
        let mut lines = value.trim_ascii().split(|&b| b == b'\n');
        self.append(lines.next().unwrap_or_default().trim_ascii_end());
        self.0.extend_from_slice(b"\r\n");
        lines.for_each(|line| self.fold(line));
    }

    /// Continues the last line.
    fn fold(&mut self, line: &[u8]) {
        http1::reopen_line(&mut self.0);
        self.append(line.trim_ascii());
        self.0.extend_from_slice(b"\r\n");
    }

    /// Bytes that a field may not contain become spaces (RFC 9110 section 5.5).
    fn append(&mut self, text: &[u8]) {
        let start = self.0.len();
        self.0.extend_from_slice(text);
        for b in self.0.get_mut(start..).unwrap_or_default() {
            if matches!(b, b'\r' | b'\n' | b'\0') {
                *b = b' ';
            }
        }
    }

    fn into_message(self, status: u16, body: &[u8], coding: ContentCoding) -> Message {
        let Self(mut bytes) = self;
        let fields = 0..bytes.len();
        bytes.extend_from_slice(body);
        Message { status, bytes, fields, coding }
    }
}

/// Shows the status and sizes.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .field("header_count", &self.headers().count())
            .field("coded_body_len", &self.coded_body().len())
            .finish_non_exhaustive()
    }
}
