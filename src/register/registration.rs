//! The parameters of a registration: `cid` and `url`, checked; their JSON.

use core::fmt;

use crate::error::Error;
use crate::json::escape;
use crate::register::endpoint::Endpoint;
use crate::register::request::{Body, Call, Request};
use crate::url::Url;

/// A webhook registration: the `cid` and `url` of `POST /updateWebhookURL.do`.
///
/// An account has one webhook URL. Registering replaces it, so the call is idempotent.
///
/// ```
/// use atlas_webhook::Registration;
///
/// let mut registration = Registration::new("https://example.com/atlas/t0ken")?;
/// registration.set_cid("XXXXXXXX")?;
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Registration<'a> {
    cid: Option<&'a str>,
    url: &'a str,
}

impl<'a> Registration<'a> {
    /// Makes a registration of `url`.
    ///
    /// The URL is sent byte for byte. It is treated as a secret, because it should contain a token
    /// in its path or query. The path is safer, because queries are logged more often. A URL without
    /// path and query contains no secret.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument), with the [offset](Error::offset) in `url`, if it
    /// is not an absolute `http` or `https` URL with a host by RFC 3986, in ASCII, without
    /// fragment, user information, spaces and control characters. A host that programs read in
    /// different ways is rejected, too (`ex%61mple.com`, `[v1.fe]`, `1.2.3`, `0x10`), and a port
    /// above 65535.
    pub fn new(url: &'a str) -> Result<Self, Error> {
        match Url::parse(url) {
            Ok(_) => Ok(Self { cid: None, url }),
            Err(refusal) => Err(refusal.error("the webhook URL")),
        }
    }

    /// Sets the `cid`, which identifies the client and user. Default: no `cid`; the API accepts
    /// that.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if `cid` is empty.
    pub fn set_cid(&mut self, cid: &'a str) -> Result<&mut Self, Error> {
        if cid.is_empty() {
            return Err(Error::argument(
                "the cid is empty; leave it out, or pass the client identifier",
            ));
        }
        self.cid = Some(cid);
        Ok(self)
    }
}

impl Call for Registration<'_> {
    const PATH: &'static str = "/updateWebhookURL.do";

    fn body(&self) -> Body<'_> {
        let before = match self.cid {
            None => [r#"{"url":""#.into(), "".into(), "".into()],
            Some(cid) => [r#"{"cid":""#.into(), escape::content(cid), r#"","url":""#.into()],
        };
        // An accepted URL contains no character that JSON escapes.
        Body { before, secret: self.url, after: r#""}"# }
    }
}

impl Request {
    /// Makes the request that registers a webhook at `endpoint`.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the endpoint is another machine and not `https`,
    /// unless that is [allowed](Endpoint::set_plaintext_allowed).
    pub fn registration(
        endpoint: &Endpoint,
        registration: &Registration<'_>,
    ) -> Result<Self, Error> {
        Self::new(endpoint, registration)
    }
}

/// Shows neither the URL, which is a secret, nor the `cid`, which identifies a client.
impl fmt::Debug for Registration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}
