//! A delivery as an HTTP server received it.

use core::fmt;

use crate::http1::{ContentCoding, NO_CODINGS_OF_REQUESTS, is_fold, loose_field};

/// A request that your HTTP server received: method, target, header fields, body.
///
/// It borrows them. [`Receiver::read`](crate::Receiver::read) decodes and checks them.
///
/// ```
/// use atlas_webhook::Delivery;
///
/// let headers = [("Content-Type", "application/json;charset=UTF-8")];
/// let delivery = Delivery::new("POST", "/atlas/8f3c", headers, r#"{"type":"order.ticketed"}"#);
/// # let _ = delivery;
/// ```
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    pub(super) method: &'a [u8],
    pub(super) target: &'a [u8],
    pub(super) coding: ContentCoding,
    pub(super) body: &'a [u8],
}

impl<'a> Delivery<'a> {
    /// Makes a delivery. `method` and `target` are those of the request line, byte for byte. The
    /// target is the path with the query, not decoded, or an absolute URL. `body` is the body with
    /// or without its content coding: many servers decode it and keep the field.
    ///
    /// Only `Content-Encoding` is read. If there are no header fields, use
    /// [`from_field_lines`](Self::from_field_lines) with `""`, because the compiler cannot infer the
    /// type of an empty array:
    ///
    /// ```
    /// use atlas_webhook::Delivery;
    ///
    /// let delivery = Delivery::from_field_lines("POST", "/atlas/8f3c", "", r#"{"type":"order.void"}"#);
    /// # let _ = delivery;
    /// ```
    pub fn new<N, V>(
        method: &'a (impl AsRef<[u8]> + ?Sized),
        target: &'a (impl AsRef<[u8]> + ?Sized),
        headers: impl IntoIterator<Item = (N, V)>,
        body: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Self
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        let coding = headers.into_iter().fold(ContentCoding::Identity, |coding, (name, value)| {
            with_field(coding, name.as_ref(), value.as_ref())
        });
        Self { method: method.as_ref(), target: target.as_ref(), coding, body: body.as_ref() }
    }

    /// As [`new`](Self::new), with the header as raw lines, `Name: value`. Each ends with CRLF or
    /// LF. A line that starts with a space or a tab is an obsolete fold (RFC 9112 section 5.2): it
    /// continues the field line directly before it. If there are no header fields, pass `""`.
    pub fn from_field_lines(
        method: &'a (impl AsRef<[u8]> + ?Sized),
        target: &'a (impl AsRef<[u8]> + ?Sized),
        field_lines: impl AsRef<[u8]>,
        body: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> Self {
        let same_field = |&end: &u8, &next: &u8| end != b'\n' || is_fold(&[next]);
        let fields = field_lines.as_ref().chunk_by(same_field);
        Self::new(method, target, fields.filter_map(loose_field), body)
    }

    /// The method as received.
    #[must_use]
    pub fn method(&self) -> &'a [u8] {
        self.method
    }

    /// The target as received. It is a secret.
    #[must_use]
    pub fn target(&self) -> &'a [u8] {
        self.target
    }

    /// The body as received, with its content coding if it had one.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

fn with_field(coding: ContentCoding, name: &[u8], value: &[u8]) -> ContentCoding {
    if name.eq_ignore_ascii_case(b"content-encoding") {
        coding.and(value, NO_CODINGS_OF_REQUESTS)
    } else {
        coding
    }
}

/// The body must be complete: read it before, because this library does no I/O.
#[cfg(feature = "http")]
impl<'a, B: AsRef<[u8]>> From<&'a http::Request<B>> for Delivery<'a> {
    fn from(request: &'a http::Request<B>) -> Self {
        // If there is no path, it is the root.
        let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value));
        Self::new(request.method().as_str(), target, headers, request.body())
    }
}

/// Shows only sizes: the target is a secret, and the body contains names of people.
impl fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("body_len", &self.body.len()).finish_non_exhaustive()
    }
}
