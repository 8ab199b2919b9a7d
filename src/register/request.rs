//! The HTTP request as a value; its HTTP/1.1 bytes.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::iter;
use core::mem;
use core::ops::Range;
use core::str;

use crate::error::Error;
use crate::limits::Limits;
use crate::register::endpoint::{Endpoint, Shared};
use crate::register::reply::Reply;
use crate::register::response::Response;
use crate::url::{Scheme, Url};

/// One call of the API: its path and its body. Each has a file of its own, which also adds the
/// constructor of its requests.
pub(crate) trait Call {
    const PATH: &'static str;

    fn body(&self) -> Body<'_>;
}

/// The JSON of a call, before and after the part that must never be shown.
pub(crate) struct Body<'a> {
    /// In pieces, none of which is copied before it is rendered.
    pub(crate) before: [Cow<'a, str>; 3],
    pub(crate) secret: &'a str,
    pub(crate) after: &'static str,
}

/// A rendered request for any of the three ways to send it.
///
/// It is a plain value: clones share the bytes. It stays valid if the [`Endpoint`] is changed or
/// dropped.
///
/// * With your own HTTP stack, pass [`method`](Self::method), [`url`](Self::url),
///   [`headers`](Self::headers) and [`body`](Self::body) to it. Pass its response to
///   [`Response::new`] and then to [`reply`](Self::reply).
/// * With your own socket, make an [`Exchange`](crate::Exchange) from it.
///
/// ```
/// use atlas_webhook::{Endpoint, Registration, Request};
///
/// let registration = Registration::new("https://example.com/atlas/t0ken")?;
/// let request = Request::registration(&Endpoint::new("http://127.0.0.1:8080")?, &registration)?;
/// assert_eq!(request.url(), "http://127.0.0.1:8080/updateWebhookURL.do");
/// assert_eq!(request.body(), br#"{"url":"https://example.com/atlas/t0ken"}"#);
/// assert!(request.headers().any(|header| header == ("Content-Type", "application/json")));
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[cfg_attr(feature = "transport", doc = "* Or let [`Transport`](crate::Transport) send it.")]
#[derive(Clone)]
pub struct Request {
    endpoint: Arc<Shared>,
    path: &'static str,
    message: Arc<[u8]>,
    body_start: usize,
    secret: Range<usize>,
}

impl Request {
    /// Renders `call` for `endpoint`.
    pub(crate) fn new<C: Call>(endpoint: &Endpoint, call: &C) -> Result<Self, Error> {
        endpoint.check_plaintext()?;
        let Body { before: [first, second, third], secret, after } = call.body();
        let before_len = [&first, &second, &third]
            .iter()
            .map(|piece| piece.len())
            .fold(0, usize::saturating_add);
        let body_len = before_len.saturating_add(secret.len()).saturating_add(after.len());
        let shared = &endpoint.shared;
        let mut length = *END_OF_HEAD;
        // RFC 9112 section 2.1.
        let message = concat([
            shared.start.as_bytes(),
            C::PATH.as_bytes(),
            shared.fields.as_bytes(),
            decimal_before_end(body_len, &mut length),
            first.as_bytes(),
            second.as_bytes(),
            third.as_bytes(),
            secret.as_bytes(),
            after.as_bytes(),
        ]);
        let body_start = message.len().saturating_sub(body_len);
        let secret_start = body_start.saturating_add(before_len);
        let secret = secret_start..secret_start.saturating_add(secret.len());
        Ok(Self { endpoint: Arc::clone(shared), path: C::PATH, message, body_start, secret })
    }

    /// `POST`, the only method of this API.
    #[must_use]
    pub fn method(&self) -> &'static str {
        "POST"
    }

    /// The absolute URL to send to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.endpoint.base_url, self.path)
    }

    /// The host to connect to: a name, or an address without brackets. A TLS certificate must be
    /// valid for it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.endpoint.host
    }

    /// The TCP port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.endpoint.port
    }

    /// Whether the connection must use TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.endpoint.scheme == Scheme::Https
    }

    /// Name and value of each header to pass to an HTTP stack. `Host`, `Content-Length` and the
    /// headers of the connection are not included, because a stack sets them by itself.
    ///
    /// The credentials are included. Turn redirects off in the stack. Many stacks follow them by
    /// default and would send these headers to the host that the redirect names.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.endpoint.headers.iter().map(|header| (&*header.name, &*header.value))
    }

    /// The JSON body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.message.get(self.body_start..).unwrap_or_default()
    }

    /// The complete HTTP/1.1 message, head and body, for a socket of your own.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.message
    }

    /// Interprets `response` as the response to this request. The [limits](Endpoint::set_limits) of
    /// the endpoint apply to the body.
    ///
    /// It must be the first final response and not one after a redirect, because a followed
    /// redirect sends the credentials to another host. A redirect is an error here.
    ///
    /// # Errors
    ///
    /// By the HTTP status: [`Redirect`](crate::ErrorKind::Redirect),
    /// [`Unauthorized`](crate::ErrorKind::Unauthorized), [`RateLimited`](crate::ErrorKind::RateLimited),
    /// [`ClientError`](crate::ErrorKind::ClientError), [`ServerError`](crate::ErrorKind::ServerError);
    /// the error also contains the fields of the body.
    ///
    /// On 2xx: [`Refused`](crate::ErrorKind::Refused) if `status` is not 0, but `Unauthorized` if
    /// it is 900; `RateLimited` for the API's rate-limit body;
    /// [`MalformedReply`](crate::ErrorKind::MalformedReply) if the body is not a JSON object with
    /// an integer `status`; [`Encoding`](crate::ErrorKind::Encoding) if its content coding cannot
    /// be removed; [`Limit`](crate::ErrorKind::Limit) if it is too large.
    pub fn reply(&self, response: &Response) -> Result<Reply, Error> {
        Reply::from_response(response, self.limits().body)
            .map_err(|error| error.showing_api_text(self.secrets()))
    }

    /// The path that is sent: that of the base URL, and that of the call.
    fn sent_path(&self) -> String {
        let start = &self.endpoint.start;
        let prefix = start.strip_prefix(self.method()).unwrap_or(start).trim_ascii_start();
        format!("{prefix}{}", self.path)
    }

    /// Whether the program allowed others to read the secrets.
    #[cfg(feature = "transport")]
    pub(crate) fn is_plaintext_allowed(&self) -> bool {
        self.endpoint.plaintext_allowed
    }

    pub(crate) fn limits(&self) -> Limits {
        self.endpoint.limits
    }

    /// The secrets: path and query of the registered URL, the credentials, and the values of the
    /// headers that the program set.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let registered = self.message.get(self.secret.clone()).unwrap_or_default();
        let registered = str::from_utf8(registered).unwrap_or_default();
        let path_and_query = Url::parse(registered).map_or(registered, |url| url.path_and_query);
        let headers = self.endpoint.headers.iter().filter(|header| header.is_secret);
        iter::once(path_and_query).chain(headers.map(|header| &*header.value))
    }
}

/// One allocation of the exact length.
fn concat<const N: usize>(parts: [&[u8]; N]) -> Arc<[u8]> {
    let length = parts.iter().map(|part| part.len()).fold(0, usize::saturating_add);
    let mut message: Arc<[u8]> = iter::repeat_n(0, length).collect();
    let mut room = Arc::get_mut(&mut message).unwrap_or_default();
    for part in parts {
        if let Some((here, rest)) = mem::take(&mut room).split_at_mut_checked(part.len()) {
            here.copy_from_slice(part);
            room = rest;
        }
    }
    message
}

/// Capacity for the digits of a number, and the end of a head.
const END_OF_HEAD: &[u8; 24] = b"00000000000000000000\r\n\r\n";

/// `n` in decimal, and the end of the head behind it.
fn decimal_before_end(mut n: usize, line: &mut [u8; 24]) -> &[u8] {
    let mut start = line.len().saturating_sub(4);
    for digit in line.iter_mut().rev().skip(4) {
        // A remainder of ten fits a byte.
        *digit = b'0'.wrapping_add(u8::try_from(n % 10).unwrap_or_default());
        n /= 10;
        start = start.saturating_sub(1);
        if n == 0 {
            break;
        }
    }
    line.get(start..).unwrap_or_default()
}

/// Shows the parts of the URL, but no header value and no body.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method())
            .field("host", &self.host())
            .field("port", &self.port())
            .field("is_tls", &self.is_tls())
            .field("path", &self.sent_path())
            .field("body_len", &self.body().len())
            .finish_non_exhaustive()
    }
}
