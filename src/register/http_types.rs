//! The feature `http`: conversions of a request and a response to and from the types of the `http`
//! crate.

use alloc::vec::Vec;

use crate::error::Error;
use crate::register::request::Request;
use crate::register::response::Response;

/// The request for a stack that uses the types of the `http` crate, such as reqwest or hyper. Turn
/// redirects off in the stack, because the headers contain credentials. The header values are
/// marked as sensitive: `Debug` does not show them, and HTTP/2 does not index them. The body
/// contains the webhook URL and has no such mark.
///
/// ```
/// use atlas_webhook::{Endpoint, Registration, Request, Response};
///
/// let registration = Registration::new("https://example.com/atlas")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let to_send: http::Request<Vec<u8>> = (&request).try_into()?;
/// assert_eq!(to_send.uri().host(), Some("sandbox.atlaslovestravel.com"));
///
/// let received = http::Response::new(r#"{"status":0,"msg":"success"}"#);
/// assert_eq!(request.reply(&Response::try_from(&received)?)?.message(), "success");
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
impl TryFrom<&Request> for http::Request<Vec<u8>> {
    type Error = Error;

    fn try_from(request: &Request) -> Result<Self, Error> {
        let mut builder = http::Request::builder().method(request.method()).uri(&*request.url());
        let unrepresentable = || Error::argument("the http crate cannot represent the request");
        for (name, value) in request.headers() {
            let mut value = http::HeaderValue::from_str(value).map_err(|_| unrepresentable())?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        builder.body(request.body().to_vec()).map_err(|_| unrepresentable())
    }
}

/// Errors: as [`Response::new`].
impl<B: AsRef<[u8]>> TryFrom<&http::Response<B>> for Response {
    type Error = Error;

    fn try_from(response: &http::Response<B>) -> Result<Self, Error> {
        let fields =
            response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        Self::new(response.status().as_u16(), fields, response.body().as_ref())
    }
}
