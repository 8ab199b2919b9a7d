//! Checks whether a delivery belongs to a registered URL, and reads it.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use subtle::{Choice, ConstantTimeEq};

use crate::coded_body::{coding_by_magic, gunzip, too_large};
use crate::error::{Error, ErrorKind};
use crate::http1::ContentCoding;
use crate::limits::Limits;
use crate::receive::delivery::Delivery;
use crate::receive::event::{Event, is_json};
use crate::url::{Refusal, Url, check_path_and_query};

/// The maximum number of URLs of a receiver.
const MOST_URLS: usize = 8;

/// Checks deliveries against the registered URL and reads them.
///
/// Deliveries have no signature, so the URL is the secret: put a long random token into its path.
/// With a URL that has no path and no query, every POST to `/` is trusted.
///
/// The target of a delivery must equal the path and query of that URL, byte for byte. It is
/// compared in constant time for a given length. Scheme, host, port, header fields and addresses
/// are not checked.
///
/// Make one and share it: it is cheap to clone.
///
/// ```
/// use atlas_webhook::{Delivery, Receiver};
///
/// let receiver = Receiver::new("https://example.com/atlas/8f3c")?;
/// # let (method, target, headers, body) = ("POST", "/atlas/8f3c", [("a", "b")], r#"{"type":"order.void"}"#);
/// // What your HTTP server received:
/// let delivery = Delivery::new(method, target, headers, body);
/// let status = match receiver.read(&delivery) {
///     Ok(event) => {
///         // Store event.dedupe_key() and event.json(); work later.
///         200
///     }
///     Err(error) => error.response_status(),
/// };
/// # assert_eq!(status, 200);
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone)]
pub struct Receiver {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    /// Path and query of each URL, without the slash that all of them start with.
    targets: Vec<Box<[u8]>>,
    limits: Limits,
}

impl Receiver {
    /// Makes a receiver for deliveries to `url`: the registered URL, or only its path and query
    /// (`/path?query`) if a proxy in front of the program removes a prefix.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument), with the [offset](Error::offset) in `url`, if
    /// [`Registration::new`](crate::Registration::new) would reject the URL, or if the path
    /// contains a byte that no URL may contain.
    pub fn new(url: &str) -> Result<Self, Error> {
        let shared = Shared { targets: [target_of(url)?].into(), limits: Limits::default() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Accepts deliveries to this URL as well. Use it while a new URL replaces an old one. A URL
    /// whose target the receiver has already changes nothing.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`Argument`](crate::ErrorKind::Argument) if there are 8 URLs.
    pub fn add_url(&mut self, url: &str) -> Result<&mut Self, Error> {
        let target = target_of(url)?;
        if self.shared.targets.contains(&target) {
            return Ok(self);
        }
        if self.shared.targets.len() >= MOST_URLS {
            return Err(Error::argument("the receiver has 8 URLs, the most that it can have"));
        }
        Arc::make_mut(&mut self.shared).targets.push(target);
        Ok(self)
    }

    /// Sets the limits of the body and its values. Default: [`Limits::default`].
    pub fn set_limits(&mut self, limits: Limits) -> &mut Self {
        Arc::make_mut(&mut self.shared).limits = limits;
        self
    }

    /// Checks a delivery and reads it.
    ///
    /// # Errors
    ///
    /// Each has the [`response_status`](Error::response_status) to respond with.
    ///
    /// * [`MalformedDelivery`](crate::ErrorKind::MalformedDelivery): the method is not POST (405;
    ///   send `Allow: POST` with it), or the body is not a JSON object in UTF-8 or contains a key
    ///   twice in one object (400).
    /// * [`Untrusted`](crate::ErrorKind::Untrusted): the target is not that of a URL of this receiver
    ///   (404).
    /// * [`Limit`](crate::ErrorKind::Limit): the body is over [`Limits::body`], with its coding or
    ///   without it, has more values than [`Limits::values`], or is nested deeper than 128 levels
    ///   (413).
    /// * [`Encoding`](crate::ErrorKind::Encoding): a content coding other than gzip, and the body is
    ///   not JSON as it is (415), or damaged gzip (400).
    pub fn read(&self, delivery: &Delivery<'_>) -> Result<Event, Error> {
        check_method(delivery.method)?;
        self.check_target(delivery.target)?;
        self.check_length(delivery.body.len())?;
        let outcome = self.read_body(delivery.body, coding_by_magic(delivery.body));
        match outcome {
            // Only now the field matters: it is the reason why the body is not JSON.
            Err(error)
                if delivery.coding == ContentCoding::Other
                    && error.kind() != ErrorKind::Limit
                    && !is_json(delivery.body) =>
            {
                Err(unknown_coding())
            }
            outcome => outcome,
        }
    }

    /// Whether a request with this target is for this receiver.
    pub(crate) fn check_target(&self, target: &[u8]) -> Result<(), Error> {
        if bool::from(self.matches(path_and_query(target))) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Untrusted,
            "the target is not the path and query of a registered URL",
        )
        .with_response_status(404))
    }

    /// Compares with every target, also after a match.
    fn matches(&self, target: Option<&[u8]>) -> Choice {
        // An invalid target is compared too, and does not match.
        let given = target.unwrap_or_default();
        let any = self
            .shared
            .targets
            .iter()
            .fold(Choice::from(0), |any, registered| any | equal(registered, given));
        any & Choice::from(u8::from(target.is_some()))
    }

    /// Whether a body of this length may be read.
    pub(crate) fn check_length(&self, length: usize) -> Result<(), Error> {
        if length > self.shared.limits.body {
            return Err(too_large(self.shared.limits.body).with_response_status(413));
        }
        Ok(())
    }

    /// Reads a body with this coding.
    pub(crate) fn read_body(&self, body: &[u8], coding: ContentCoding) -> Result<Event, Error> {
        let limits = self.shared.limits;
        match coding {
            ContentCoding::Identity => Event::parse_within(body, limits),
            ContentCoding::Gzip => {
                let decoded = gunzip(body, limits.body).map_err(|error| {
                    let status = match error.kind() {
                        ErrorKind::Limit => 413,
                        _ if cfg!(feature = "gzip") => 400,
                        _ => 415,
                    };
                    error.with_response_status(status)
                })?;
                Event::from_bytes(decoded, limits)
            }
            ContentCoding::Other => Err(unknown_coding()),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.shared.limits
    }
}

/// Compares in a time that depends only on the lengths, eight bytes at a time.
fn equal(a: &[u8], b: &[u8]) -> Choice {
    if a.len() != b.len() {
        return Choice::from(0);
    }
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a.remainder().ct_eq(b.remainder());
    let word = |chunk: &[u8]| chunk.first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    a.zip(b).fold(rest, |equal, (a, b)| equal & word(a).ct_eq(&word(b)))
}

/// Whether the method is POST (RFC 9110 section 9.1: it is case-sensitive).
pub(crate) fn check_method(method: &[u8]) -> Result<(), Error> {
    if method == b"POST" {
        return Ok(());
    }
    Err(Error::new(ErrorKind::MalformedDelivery, "the method is not POST")
        .with_response_status(405))
}

/// Whether a body with this coding can be read.
pub(crate) fn check_coding(coding: ContentCoding) -> Result<(), Error> {
    match coding {
        ContentCoding::Identity => Ok(()),
        ContentCoding::Gzip if cfg!(feature = "gzip") => Ok(()),
        ContentCoding::Gzip | ContentCoding::Other => Err(unknown_coding()),
    }
}

fn unknown_coding() -> Error {
    Error::new(ErrorKind::Encoding, "the body has an unknown content coding")
        .with_response_status(415)
}

/// The part of a registered URL that is compared.
fn target_of(url: &str) -> Result<Box<[u8]>, Error> {
    let refuse = |refusal| {
        match refusal {
        Refusal::NOT_ABSOLUTE => Error::argument(
            "the receiver's URL must start with http:// or https://, or with / if it is a path alone",
        )
        .at(0),
        refusal => refusal.error("the receiver's URL"),
    }
    };
    let target = if url.starts_with('/') {
        check_path_and_query(url).map_err(refuse)?;
        url
    } else {
        Url::parse(url).map_err(refuse)?.path_and_query
    };
    Ok(without_slash(target.as_bytes()).to_owned().into())
}

/// Path and query of a request's target, without the leading slash. In absolute-form (RFC 9112
/// section 3.2.2) scheme and authority are cut off.
fn path_and_query(target: &[u8]) -> Option<&[u8]> {
    if let [b'/' | b'?', ..] = target {
        return Some(without_slash(target));
    }
    let colon = memchr::memchr(b':', target)?;
    let (scheme, behind) = target.split_at_checked(colon)?;
    let authority = behind.strip_prefix(b"://")?;
    let is_scheme = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    if scheme.is_empty() || !scheme.iter().all(is_scheme) {
        return None;
    }
    let end = memchr::memchr2(b'/', b'?', authority).unwrap_or(authority.len());
    Some(without_slash(authority.get(end..)?))
}

/// An empty path means the root (RFC 9110 section 4.2.3), so all are compared without their slash.
fn without_slash(path_and_query: &[u8]) -> &[u8] {
    path_and_query.strip_prefix(b"/").unwrap_or(path_and_query)
}

/// The same as [`Receiver::new`].
impl FromStr for Receiver {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self, Error> {
        Self::new(url)
    }
}

/// Shows the number of URLs. The URLs are secrets.
impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("url_count", &self.shared.targets.len())
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}
