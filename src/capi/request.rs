//! Request: an HTTP request to send.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};

use super::lazy::Lazy;
use super::{ATLAS_WEBHOOK_OK, Handle, Text, atlas_webhook_endpoint};
use super::{
    atlas_webhook_error, atlas_webhook_reply, atlas_webhook_response, atlas_webhook_status,
};
use super::{bytes, free, get, get_bytes, get_text, guard, optional_text, output, put_length};
use super::{report, shared, text};
use crate::error::Error;
use crate::register::registration::Registration;
use crate::register::request::Request;
use crate::register::response::Response;

/// A rendered request. Pass its method, URL, headers and body to an HTTP stack of your own, make an
/// exchange from it for a socket of your own, or pass it to the transport.
///
/// A request never changes, so any number of threads may use one at the same time. It may be sent
/// any number of times.
pub struct atlas_webhook_request {
    pub(super) request: Request,
    /// Made when one is asked for: an exchange and the transport never do.
    texts: Lazy<Texts>,
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

    fn value(&self) -> (*const c_char, usize) {
        let start = self.name.len().saturating_add(": ".len());
        let value = self.line.0.get(start..).unwrap_or(b"\0");
        (value.as_ptr().cast(), value.len().saturating_sub(1))
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

/// A text of header number `i`, and its length; "" if there is no such header.
///
/// # Safety
///
/// As [`get_text`].
unsafe fn get_header(
    request: *const atlas_webhook_request,
    i: usize,
    len: *mut usize,
    text: impl FnOnce(&Header) -> (*const c_char, usize),
) -> *const c_char {
    let none = (c"".as_ptr(), 0);
    // SAFETY: the same contract.
    let (text, length) =
        unsafe { get(request, none, |request| request.texts().headers.get(i).map_or(none, text)) };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    text
}

impl Handle for atlas_webhook_request {
    const NAME: &'static str = "the request";
}

/// atlas_webhook_request_new_registration makes the request that registers url for the webhooks of
/// an account. It replaces the URL that was registered before. url is sent byte for byte and is
/// treated as a secret. cid identifies the client and user.
///
/// Default: without cid if cid is NULL. The API accepts that.
///
/// Range: url is an absolute http or https URL in ASCII, without user information, fragment and
/// spaces, and without a host that programs read in different ways (ex%61mple.com, 1.2.3, 0x10).
/// cid is not empty. Put a random token into the path of url: a URL without path and query contains
/// no secret.
///
/// Errors: ARGUMENT if url or cid is out of range, with the offset of the offending byte of url.
/// ARGUMENT if the endpoint is another machine and not https (see
/// atlas_webhook_endpoint_set_plaintext_allowed).
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
        let handle = Box::new(atlas_webhook_request { request, texts: Lazy::new() });
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(handle)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_request_method returns the HTTP method.
///
/// Returns: "POST".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_method(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(request, len, |request| &request.texts().method) }
}

/// atlas_webhook_request_url returns the URL to send to.
///
/// Returns: an absolute http or https URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_url(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(request, len, |request| &request.texts().url) }
}

/// atlas_webhook_request_host returns the host to connect to. A TLS certificate must be valid for
/// it.
///
/// Returns: a name, or an address. An IPv6 address has no brackets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_host(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(request, len, |request| &request.texts().host) }
}

/// atlas_webhook_request_port returns the TCP port to connect to.
///
/// Returns: the port of the base URL, or the default port of its scheme.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_port(request: *const atlas_webhook_request) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(request, 0, |request| request.request.port()) }
}

/// atlas_webhook_request_is_tls returns whether the connection must use TLS.
///
/// Returns: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_is_tls(
    request: *const atlas_webhook_request,
) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(request, 0, |request| c_int::from(request.request.is_tls())) }
}

/// atlas_webhook_request_header_count returns the number of headers to pass to an HTTP stack. They
/// include the credentials. They do not include Host, Content-Length and the headers of the
/// connection, which an HTTP stack sets by itself.
///
/// Turn redirects off in the stack. Many stacks follow them by default and would send these headers
/// to the host that the redirect names.
///
/// Returns: 0 if request is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_header_count(
    request: *const atlas_webhook_request,
) -> usize {
    // SAFETY: by the rules.
    unsafe { get(request, 0, |request| request.request.headers().count()) }
}

/// atlas_webhook_request_header_name returns the name of header number i, counted from 0.
///
/// Returns: "" if there is no header i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_header_name(
    request: *const atlas_webhook_request,
    i: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_header(request, i, len, |header| (header.name.as_ptr(), header.name.len())) }
}

/// atlas_webhook_request_header_value returns the value of header number i, counted from 0.
///
/// Returns: "" if there is no header i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_header_value(
    request: *const atlas_webhook_request,
    i: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_header(request, i, len, Header::value) }
}

/// atlas_webhook_request_header_line returns header number i, counted from 0, as "Name: value".
/// curl_slist_append expects this form.
///
/// Returns: "" if there is no header i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_header_line(
    request: *const atlas_webhook_request,
    i: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_header(request, i, len, |header| (header.line.as_ptr(), header.line.len())) }
}

/// atlas_webhook_request_body returns the body.
///
/// Returns: JSON in UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_body(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(request, len, |request| request.request.body()) }
}

/// atlas_webhook_request_bytes returns the complete HTTP/1.1 message. An exchange sends the same
/// bytes.
///
/// Returns: head and body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_bytes(
    request: *const atlas_webhook_request,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(request, len, |request| request.request.bytes()) }
}

/// atlas_webhook_request_reply interprets the response to request that an HTTP stack of your own
/// received. The endpoint's limits apply to it.
///
/// Turn redirects off in the stack. Many stacks follow them by default. The credentials then go to
/// the host that the redirect names, and its response is mistaken for the API's.
///
/// field_lines are the header fields as the stack received them. Each line ends with CRLF or LF.
/// Only Retry-After and Date are read, so (NULL, 0) is accepted. Status lines and empty lines are
/// accepted between them; only the lines after the last status line count. A line that starts with
/// a space or a tab continues the field line directly before it (an obsolete fold, RFC 9112 section
/// 5.2). It is ignored if there is no such line.
///
/// body is the body as received, or with gzip already removed.
///
/// Range: http_status is 200 to 999. Its type is wider than an HTTP status, so that an invalid
/// number is rejected and not truncated.
///
/// Errors: ARGUMENT if http_status is out of range. ENCODING or LIMIT. REDIRECT, UNAUTHORIZED,
/// RATE_LIMITED, CLIENT_ERROR or SERVER_ERROR. MALFORMED_REPLY or REFUSED.
///
/// Ownership: you own *out. Free it with atlas_webhook_reply_free.
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

/// atlas_webhook_request_reply_from interprets a response that atlas_webhook_exchange_take_response
/// returned for an exchange of request. The result equals that of
/// atlas_webhook_exchange_take_reply.
///
/// Errors: ENCODING or LIMIT. REDIRECT, UNAUTHORIZED, RATE_LIMITED, CLIENT_ERROR or SERVER_ERROR.
/// MALFORMED_REPLY or REFUSED.
///
/// Ownership: you own *out. Free it with atlas_webhook_reply_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_reply_from(
    request: *const atlas_webhook_request,
    response: *const atlas_webhook_response,
    out: *mut *mut atlas_webhook_reply,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let request = unsafe { shared(request) }?;
        // SAFETY: by the rules.
        let response = unsafe { shared(response) }?;
        let reply = request.request.reply(&response.response)?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_reply::into_raw(&reply)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_request_free frees a request. Exchanges that were made from it stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_request_free(request: *mut atlas_webhook_request) {
    // SAFETY: by the rules.
    unsafe { free(request) };
}
