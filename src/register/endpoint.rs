//! The API server and the identity there: base URL, credentials, extra headers, limits.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::error::Error;
use crate::http1::chars;
use crate::limits::Limits;
use crate::register::registration::Registration;
use crate::register::request::Call;
use crate::url::{Scheme, Url, is_loopback};

/// The API's sandbox in the specification.
pub const SANDBOX: &str = "https://sandbox.atlaslovestravel.com";

/// The sandbox's address in the vendor's documentation since November 2023.
pub const SANDBOX_ATRIPTECH: &str = "https://sandbox.atriptech.com";

/// A server of the API and your identity there.
///
/// Make one per account and share it. It renders once what does not change between calls. It is
/// cheap to clone. A [`Request`](crate::Request) has its own share of it, so later changes do not
/// affect requests that were made before.
///
/// ```
/// use atlas_webhook::Endpoint;
///
/// let mut endpoint = Endpoint::new("https://api.example.com/atlas")?;
/// endpoint.set_credentials("my-client", "s3cret")?;
/// endpoint.set_header("User-Agent", "booking-engine/7.1")?;
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone)]
pub struct Endpoint {
    pub(crate) shared: Arc<Shared>,
}

/// What an endpoint and the requests made from it share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// Without a trailing slash.
    pub(crate) base_url: String,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) scheme: Scheme,
    /// The start of every request, up to the path of the call: method, and the path of the base URL
    /// without a trailing slash.
    pub(crate) start: String,
    pub(crate) headers: Vec<Header>,
    /// The part after the path in every request: version, `Host`, `headers`, and the name of the
    /// last field, `Content-Length`.
    pub(crate) fields: String,
    pub(crate) limits: Limits,
    host_field: String,
    /// Whether others can read the request: it is sent to another machine without TLS.
    exposed: bool,
    pub(crate) plaintext_allowed: bool,
}

#[derive(Clone)]
pub(crate) struct Header {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: Cow<'static, str>,
    /// Set by the program: a credential, or possibly a token for a gateway. The library's own
    /// values are not secret.
    pub(crate) is_secret: bool,
}

impl Header {
    fn of_the_library((name, value): (&'static str, &'static str)) -> Self {
        Self { name: Cow::Borrowed(name), value: Cow::Borrowed(value), is_secret: false }
    }
}

const CLIENT_ID: &str = "x-atlas-client-id";
const CLIENT_SECRET: &str = "x-atlas-client-secret";
const USER_AGENT: &str = concat!("atlas-webhook/", env!("CARGO_PKG_VERSION"));
const ACCEPT_ENCODING: &str = if cfg!(feature = "gzip") { "gzip" } else { "identity" };

/// Headers of every request, with the library's values.
const LIBRARY_HEADERS: [(&str, &str); 4] = [
    ("Content-Type", "application/json"),
    ("Accept", "application/json"),
    ("Accept-Encoding", ACCEPT_ENCODING),
    ("User-Agent", USER_AGENT),
];

/// Names that [`Endpoint::set_header`] rejects, with the reason.
const RESERVED: [(&str, &str); 15] = [
    ("Host", "the base URL decides it"),
    ("Content-Length", "it follows from the body"),
    ("Content-Type", "the body is always JSON"),
    ("Transfer-Encoding", "it would change the framing"),
    ("Connection", "it belongs to the connection"),
    ("Keep-Alive", "it belongs to the connection"),
    ("Proxy-Connection", "it belongs to the connection"),
    ("Upgrade", "it would change the protocol"),
    ("Expect", "it would change the order of the exchange"),
    ("TE", "it would change the framing of the response"),
    ("Trailer", "it would change the framing"),
    ("Accept-Encoding", "it follows from what this library can decode"),
    ("Content-Encoding", "the body is sent plain"),
    (CLIENT_ID, "it is set with the credentials"),
    (CLIENT_SECRET, "it is set with the credentials"),
];

impl Endpoint {
    /// Makes an endpoint for the API server at `base_url`, for example
    /// `https://sandbox.atlaslovestravel.com`. Range: an absolute `http` or `https` URL, with
    /// optional port and path prefix.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument), with the [offset](Error::offset) in `base_url`, if
    /// it is not such a URL, contains user information, a query, a fragment or port 0, or ends with
    /// the path of the call, `/updateWebhookURL.do`, which this library appends.
    pub fn new(base_url: &str) -> Result<Self, Error> {
        let refuse = |what: &str, at: usize| {
            Error::argument(format!("the endpoint's base URL {what}"))
                .at(u64::try_from(at).unwrap_or(u64::MAX))
        };
        let url =
            Url::parse(base_url).map_err(|refusal| refusal.error("the endpoint's base URL"))?;
        let path = url.path_and_query.split('?').next().unwrap_or_default().trim_end_matches('/');
        let at = path.len().saturating_sub(Registration::PATH.len());
        if path.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(Registration::PATH)) {
            let what =
                format!("ends in {}, which this library appends; remove it", Registration::PATH);
            let before_path = base_url.len().saturating_sub(url.path_and_query.len());
            return Err(refuse(&what, before_path.saturating_add(at)));
        }
        if let Some(at) = base_url.find('?') {
            return Err(refuse("contains a query (?); remove it", at));
        }
        if url.port == Some(0) {
            return Err(refuse("has port 0, to which nothing can connect", url.port_at()));
        }
        let host_field = match url.port {
            Some(port) if port != url.scheme.default_port() => format!("{}:{port}", url.host),
            _ => String::from(url.host),
        };
        let host = url.host.trim_matches(['[', ']']);
        let mut shared = Shared {
            base_url: String::from(base_url.trim_end_matches('/')),
            host: String::from(host),
            port: url.effective_port(),
            scheme: url.scheme,
            // RFC 9112 section 3.2.1: origin-form.
            start: format!("POST {}", url.path_and_query.trim_end_matches('/')),
            headers: LIBRARY_HEADERS.map(Header::of_the_library).into(),
            fields: String::new(),
            limits: Limits::default(),
            host_field,
            exposed: url.scheme == Scheme::Http && !is_loopback(host),
            plaintext_allowed: false,
        };
        shared.render();
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The [sandbox of the specification](SANDBOX), without credentials.
    ///
    /// For production, pass the base URL that the vendor's console shows for your account to
    /// [`new`](Self::new).
    #[must_use]
    pub fn sandbox() -> Self {
        // Not `expect`, which would link the Debug of errors into every program.
        match Self::new(SANDBOX) {
            Ok(endpoint) => endpoint,
            Err(_) => unreachable!("the sandbox's base URL is valid"),
        }
    }

    /// Sets the headers `x-atlas-client-id` and `x-atlas-client-secret`. Sandbox and production
    /// have different credentials. Default: no credentials.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if one is empty or not a header value in ASCII.
    pub fn set_credentials(
        &mut self,
        client_id: &str,
        client_secret: &str,
    ) -> Result<&mut Self, Error> {
        for (what, value) in [("client id", client_id), ("client secret", client_secret)] {
            if value.is_empty() {
                return Err(Error::argument(format!("the {what} is empty")));
            }
            check_value(what, value)?;
        }
        let shared = Arc::make_mut(&mut self.shared);
        shared.set(CLIENT_ID, client_id);
        shared.set(CLIENT_SECRET, client_secret);
        shared.render();
        Ok(self)
    }

    /// Adds a header to every request, or replaces the header of the same name. `Accept` and
    /// `User-Agent` can be replaced. The value is treated as a secret.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the name is not a token (RFC 9110 section 5.6.2),
    /// if the value is not visible ASCII with spaces and tabs only inside, or if the name is one of
    /// these: `Host`, `Content-Length`, `Content-Type`, `Content-Encoding`, `Accept-Encoding`,
    /// `Transfer-Encoding`, `TE`, `Trailer`, `Expect`, `Upgrade`, `Connection`, `Keep-Alive`,
    /// `Proxy-Connection`, `x-atlas-client-id`, `x-atlas-client-secret`.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<&mut Self, Error> {
        if name.is_empty() || !name.bytes().all(|b| chars::is(b, chars::TOKEN)) {
            return Err(Error::argument(
                "the header name is not a token: it must be letters, digits and !#$%&'*+-.^_`|~",
            ));
        }
        if let Some((name, why)) =
            RESERVED.iter().find(|(reserved, _)| reserved.eq_ignore_ascii_case(name))
        {
            return Err(Error::argument(format!("the header {name} cannot be set: {why}")));
        }
        check_value("header value", value)?;
        let shared = Arc::make_mut(&mut self.shared);
        shared.set(name, value);
        shared.render();
        Ok(self)
    }

    /// Removes the credentials that [`set_credentials`](Self::set_credentials) set, if any.
    pub fn clear_credentials(&mut self) -> &mut Self {
        let shared = Arc::make_mut(&mut self.shared);
        shared.headers.retain(|header| !is_credential(&header.name));
        shared.render();
        self
    }

    /// Removes the header that [`set_header`](Self::set_header) set under this name, if any. `Accept`
    /// and `User-Agent` return to the library's values.
    pub fn clear_header(&mut self, name: &str) -> &mut Self {
        let shared = Arc::make_mut(&mut self.shared);
        shared.clear(name);
        shared.render();
        self
    }

    /// Sets the limits of responses to requests that are made from now on.
    pub fn set_limits(&mut self, limits: Limits) -> &mut Self {
        Arc::make_mut(&mut self.shared).limits = limits;
        self
    }

    /// Sets whether requests over `http` to another machine are allowed. Everyone on the network
    /// path can read the webhook URL, the credentials and the other headers of such a request.
    /// Requests to a loopback host are always allowed. Default: `false`.
    pub fn set_plaintext_allowed(&mut self, allowed: bool) -> &mut Self {
        Arc::make_mut(&mut self.shared).plaintext_allowed = allowed;
        self
    }

    /// The limits of responses.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// Rejects a request whose secrets everyone on the network path could read. Every call has
    /// secrets: its body, and the headers that the program set.
    pub(crate) fn check_plaintext(&self) -> Result<(), Error> {
        if self.shared.exposed && !self.shared.plaintext_allowed {
            return Err(Error::argument(
                "the webhook URL and the headers would be sent in plaintext to another machine: use \
                 https, or allow plaintext for this endpoint",
            ));
        }
        Ok(())
    }
}

impl Shared {
    fn set(&mut self, name: &str, value: &str) {
        let value = Cow::Owned(String::from(value));
        match self.headers.iter_mut().find(|header| header.name.eq_ignore_ascii_case(name)) {
            Some(header) => {
                header.value = value;
                header.is_secret = true;
            }
            None => {
                let name = Cow::Owned(String::from(name));
                self.headers.push(Header { name, value, is_secret: true });
            }
        }
    }

    fn clear(&mut self, name: &str) {
        let library = LIBRARY_HEADERS.into_iter().find(|(of, _)| of.eq_ignore_ascii_case(name));
        self.headers.retain_mut(|header| {
            let set = header.is_secret && !is_credential(&header.name);
            if !set || !header.name.eq_ignore_ascii_case(name) {
                return true;
            }
            if let Some(library) = library {
                *header = Header::of_the_library(library);
            }
            library.is_some()
        });
    }

    fn render(&mut self) {
        let mut fields = format!(" HTTP/1.1\r\nHost: {}\r\n", self.host_field);
        for header in &self.headers {
            fields.extend([&*header.name, ": ", &*header.value, "\r\n"]);
        }
        fields.push_str("Content-Length: ");
        self.fields = fields;
    }
}

fn is_credential(name: &str) -> bool {
    matches!(name, CLIENT_ID | CLIENT_SECRET)
}

/// RFC 9110 section 5.5, without `obs-text`: every HTTP stack can send this.
fn check_value(what: &str, value: &str) -> Result<(), Error> {
    let refuse = |why: &str| Error::argument(format!("the {what} {why}"));
    if let Some(at) = value.bytes().position(|b| !matches!(b, b'\t' | b' '..=b'~')) {
        let at = u64::try_from(at).unwrap_or(u64::MAX);
        return Err(refuse("contains a byte that is not visible ASCII, a space or a tab").at(at));
    }
    if value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']) {
        return Err(refuse("starts or ends with white space, which HTTP would drop; remove it"));
    }
    Ok(())
}

/// The same as [`Endpoint::new`].
impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(base_url: &str) -> Result<Self, Error> {
        Self::new(base_url)
    }
}

/// The host and port; no credentials, no header.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("host", &self.shared.host)
            .field("port", &self.shared.port)
            .field("scheme", &self.shared.scheme)
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}
