//! Request: what to send, as a value.

extern crate std;

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

use super::{ATLAS_WEBHOOK_OK, Handle, Text, atlas_webhook_endpoint};
use super::{atlas_webhook_error, atlas_webhook_reply, atlas_webhook_status};
use super::{
    bytes, free, get, get_bytes, get_text, guard, optional_text, output, report, shared, text,
};
use crate::error::Error;
use crate::register::registration::Registration;
use crate::register::request::Request;
use crate::register::response::Response;

/// A rendered request, ready for any of the three ways to send it: an HTTP stack of your own takes
/// method, url, headers and body; a socket of your own takes an exchange; or the transport sends it.
///
/// It never changes, so threads may share it, and it may be sent any number of times. What its
/// functions give lives as long as the request. They take NULL, and then give "", 0 or no bytes.
pub struct atlas_webhook_request {
    pub(super) request: Request,
    /// Made when one is asked for: an exchange and the transport never do.
    texts: OnceLock<Texts>,
}

struct Texts {
    method: Text,
    url: Text,
    host: Text,
    headers: Vec<Header>,
}

struct Header {
    name: Text,
    /// `Name: value`; the value alone is its end.
    line: Text,
}

impl Header {
    fn new((name, value): (&str, &str)) -> Self {
        Self { name: Text::new(name), line: Text::new(&format!("{name}: {value}")) }
    }

    fn value(&self) -> *const c_char {
        let start = self.name.len().saturating_add(": ".len());
        self.line.0.get(start..).map_or(c"".as_ptr(), |value| value.as_ptr().cast())
    }
}

impl atlas_webhook_request {
    fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| Texts {
            method: Text::new(self.request.method()),
            url: Text::new(&self.request.url()),
            host: Text::new(self.request.host()),
            headers: self.request.headers().map(Header::new).collect(),
        })
    }
}

impl Handle for atlas_webhook_request {
    const NAME: &'static str = "the request";
}

/// atlas_webhook_request_new_registration makes the request that registers url to receive the
/// webhooks of an account, in place of the URL that it had before. url is sent byte for byte as
/// given; it is treated as a secret. cid names the client and user; NULL leaves it out, which the
/// API accepts too.
///
/// *out is yours: free it with atlas_webhook_request_free. It keeps nothing of the arguments: the
/// endpoint may be changed or freed, the texts may go.
///
/// Errors: ARGUMENT when url is not an absolute http or https URL in ASCII without user
/// information, fragment and spaces (with the offset of the offending byte), when cid is empty, or
/// when the endpoint is another machine and not https
/// (atlas_webhook_endpoint_set_plaintext_allowed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_new_registration(
    endpoint: *const atlas_webhook_endpoint,
    url: *const c_char,
    cid: *const c_char,
    out: *mut *mut atlas_webhook_request,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let endpoint = unsafe { shared(endpoint) }?;
        // SAFETY: by the rules.
        let mut registration = Registration::new(unsafe { text(url, "the webhook URL") }?)?;
        // SAFETY: by the rules.
        if let Some(cid) = unsafe { optional_text(cid, "the cid") }? {
            registration.set_cid(cid)?;
        }
        let request = Request::registration(&endpoint.endpoint, &registration)?;
        let handle = Box::new(atlas_webhook_request { request, texts: OnceLock::new() });
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(handle)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_request_method gives the HTTP method, "POST". len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_method(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(request, len, |request| &request.texts().method) }
}

/// atlas_webhook_request_url gives the absolute URL to send to. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_url(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(request, len, |request| &request.texts().url) }
}

/// atlas_webhook_request_host gives the host to connect to, a name or an address, IPv6 without
/// brackets. It is also the name that a TLS certificate must bear. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_host(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(request, len, |request| &request.texts().host) }
}

/// atlas_webhook_request_port gives the TCP port to connect to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_port(request: *const atlas_webhook_request) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(request, 0, |request| request.request.port()) }
}

/// atlas_webhook_request_is_tls gives 1 when the connection must be TLS, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_is_tls(
    request: *const atlas_webhook_request,
) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(request, 0, |request| c_int::from(request.request.is_tls())) }
}

/// atlas_webhook_request_header_count gives the number of headers: those that an HTTP stack does
/// not set by itself. Host, Content-Length and those of the connection are the stack's.
///
/// The credentials are among them. Turn redirects off in the stack: many follow them by default, and
/// would send these headers to whatever host the redirect names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_header_count(
    request: *const atlas_webhook_request,
) -> usize {
    // SAFETY: by the rules.
    unsafe { get(request, 0, |request| request.request.headers().count()) }
}

/// atlas_webhook_request_header gives the name and the value of header number i, counted from 0.
///
/// Errors: ARGUMENT when there is no header i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_header(
    request: *const atlas_webhook_request,
    i: usize,
    name: *mut *const c_char,
    value: *mut *const c_char,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let name = output(name, "name")?;
        let value = output(value, "value")?;
        // SAFETY: by the rules.
        let request = unsafe { shared(request) }?;
        let header =
            request.texts().headers.get(i).ok_or_else(|| Error::argument("no such header"))?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { name.write(header.name.as_ptr()) };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { value.write(header.value()) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_request_header_line gives header number i as "Name: value", as curl_slist_append
/// takes it; "" when there is no header i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_header_line(
    request: *const atlas_webhook_request,
    i: usize,
) -> *const c_char {
    let line = |request: &atlas_webhook_request| {
        request.texts().headers.get(i).map_or(c"".as_ptr(), |header| header.line.as_ptr())
    };
    // SAFETY: by the rules.
    unsafe { get(request, c"".as_ptr(), line) }
}

/// atlas_webhook_request_body gives the JSON body, which is not NUL-terminated. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_body(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(request, len, |request| request.request.body()) }
}

/// atlas_webhook_request_bytes gives the whole HTTP/1.1 message, head and body, which is not
/// NUL-terminated. An exchange hands out the same bytes piece by piece. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_bytes(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(request, len, |request| request.request.bytes()) }
}

/// atlas_webhook_request_reply says what the response to request means that an HTTP stack of your own
/// received.
///
/// Turn redirects off in the stack. Many follow them by default: the credentials then go to whatever
/// host the redirect names, and the response from there is taken for the API's.
///
/// field_lines are the header fields as the stack received them, each line ended by CRLF or LF; status
/// lines and empty lines may stand between, and only what follows the last status line counts. A line
/// that starts with a space or a tab continues the field line directly before it (an obsolete fold,
/// RFC 9112 section 5.2), and is ignored without one. Only Retry-After and Date are read from the
/// fields, so (NULL, 0) is accepted. body is the body, as received or
/// with gzip already removed; it is bounded by the limits of the endpoint. No pointer is kept.
/// http_status is wider than an HTTP status, so that an invalid number is rejected and not truncated.
///
/// *out is yours: free it with atlas_webhook_reply_free.
///
/// Errors: ARGUMENT when http_status is not that of a final response; ENCODING, LIMIT; REDIRECT,
/// UNAUTHORIZED, RATE_LIMITED, CLIENT_ERROR, SERVER_ERROR; MALFORMED_REPLY, REFUSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_reply(
    request: *const atlas_webhook_request,
    http_status: u32,
    field_lines: *const c_void,
    field_lines_len: usize,
    body: *const c_void,
    body_len: usize,
    out: *mut *mut atlas_webhook_reply,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let request = unsafe { shared(request) }?;
        let http_status = u16::try_from(http_status)
            .map_err(|_| Error::argument(format!("{http_status} is not an HTTP status")))?;
        // SAFETY: by the rules.
        let field_lines = unsafe { bytes(field_lines, field_lines_len, "field_lines") }?;
        // SAFETY: by the rules.
        let body = unsafe { bytes(body, body_len, "body") }?;
        let response = Response::from_field_lines(http_status, field_lines, body)?;
        let reply = request.request.reply(&response)?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_reply::into_raw(&reply)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_request_free frees a request; exchanges that were made from it live on. NULL is
/// fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_free(request: *mut atlas_webhook_request) {
    // SAFETY: by the rules.
    unsafe { free(request) };
}
