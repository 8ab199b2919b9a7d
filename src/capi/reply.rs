//! Reply: the API's yes.

use alloc::boxed::Box;
use alloc::format;
use core::ffi::{c_char, c_void};

use super::{ATLAS_WEBHOOK_OK, Handle, Text, atlas_webhook_error, atlas_webhook_status};
use super::{bytes, free, get, get_text, guard, output, report};
use crate::error::Error;
use crate::register::reply::Reply;
use crate::register::response::Response;

/// The API's yes: HTTP 2xx with status 0. There is no reply that means no: a refusal is an error.
///
/// It never changes, so threads may share it. What its functions give lives as long as the reply.
/// They take NULL, and then give "" or 0.
pub struct atlas_webhook_reply {
    message: Text,
    request_id: Text,
    http_status: u16,
}

impl atlas_webhook_reply {
    pub(super) fn into_raw(reply: &Reply) -> *mut Self {
        Box::into_raw(Box::new(Self {
            message: Text::new(reply.message()),
            request_id: Text::new(reply.request_id().unwrap_or_default()),
            http_status: reply.http_status(),
        }))
    }
}

impl Handle for atlas_webhook_reply {
    const NAME: &'static str = "the reply";
}

/// atlas_webhook_reply_parse says what an answer means that an HTTP stack of your own received.
///
/// headers are the field lines as the stack gives them, each ended by CRLF or LF; status lines and
/// empty lines may stand between, and only what follows the last status line counts. They are asked
/// for Retry-After only, so (NULL, 0) will do. body is the body, as received or with gzip already
/// removed. Nothing of the arguments is kept. http_status is wider than needed, so that a number
/// that is none is refused instead of cut.
///
/// *out is yours: free it with atlas_webhook_reply_free.
///
/// Errors: ARGUMENT when http_status is not that of a final answer; ENCODING, LIMIT; REDIRECT,
/// UNAUTHORIZED, RATE_LIMITED, CLIENT_ERROR, SERVER_ERROR; MALFORMED_REPLY, REFUSED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_parse(
    http_status: u32,
    headers: *const c_void,
    headers_len: usize,
    body: *const c_void,
    body_len: usize,
    out: *mut *mut atlas_webhook_reply,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        let http_status = u16::try_from(http_status)
            .map_err(|_| Error::argument(format!("{http_status} is not an HTTP status")))?;
        // SAFETY: by the rules.
        let headers = unsafe { bytes(headers, headers_len, "headers") }?;
        // SAFETY: by the rules.
        let body = unsafe { bytes(body, body_len, "body") }?;
        let response = Response::from_field_lines(http_status, headers, body)?;
        let reply = Reply::from_response(&response)?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_reply::into_raw(&reply)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_reply_message gives the API's text, "" when it sent none. It is for people: never
/// decide on it. As anything from the network it is untrusted. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_message(
    reply: *const atlas_webhook_reply,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(reply, len, |reply| &reply.message) }
}

/// atlas_webhook_reply_request_id gives the API's id of the request, worth keeping for its support;
/// "" when it sent none. It is as untrusted as the message. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_request_id(
    reply: *const atlas_webhook_reply,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(reply, len, |reply| &reply.request_id) }
}

/// atlas_webhook_reply_http_status gives the HTTP status under which the answer came: 200, or
/// another 2xx.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_http_status(reply: *const atlas_webhook_reply) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(reply, 0, |reply| reply.http_status) }
}

/// atlas_webhook_reply_free frees a reply. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_free(reply: *mut atlas_webhook_reply) {
    // SAFETY: by the rules.
    unsafe { free(reply) };
}
