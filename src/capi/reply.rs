//! Reply: the response of a successful registration.

use alloc::boxed::Box;
use core::ffi::c_char;

use super::{Handle, Text};
use super::{free, get, get_text};
use crate::register::reply::Reply;

/// The response of a successful registration: HTTP 2xx with the API's status 0. A refusal is never
/// a reply, but an error.
///
/// A reply never changes, so any number of threads may use one at the same time.
pub struct atlas_webhook_reply {
    message: Text,
    request_id: Text,
    http_status: u16,
    attempts: u32,
}

impl atlas_webhook_reply {
    pub(super) fn into_raw(reply: &Reply) -> *mut Self {
        Box::into_raw(Box::new(Self {
            message: Text::new(reply.message()),
            request_id: Text::new(reply.request_id().unwrap_or_default()),
            http_status: reply.http_status(),
            attempts: reply.attempts(),
        }))
    }
}

impl Handle for atlas_webhook_reply {
    const NAME: &'static str = "the reply";
}

/// atlas_webhook_reply_message returns the API's text. It is for people. It is untrusted: do not
/// decide by it.
///
/// Returns: "" if the API sent no text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_message(
    reply: *const atlas_webhook_reply,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(reply, len, |reply| &reply.message) }
}

/// atlas_webhook_reply_request_id returns the API's identifier of the request. Keep it for the
/// API's support. It is untrusted.
///
/// Returns: "" if the API sent no identifier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_request_id(
    reply: *const atlas_webhook_reply,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(reply, len, |reply| &reply.request_id) }
}

/// atlas_webhook_reply_http_status returns the HTTP status of the response.
///
/// Returns: 200, or another 2xx. 0 if reply is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_http_status(reply: *const atlas_webhook_reply) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(reply, 0, |reply| reply.http_status) }
}

/// atlas_webhook_reply_attempts returns the number of attempts that the transport started,
/// including those that never connected.
///
/// Returns: 0 if no transport was used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_attempts(reply: *const atlas_webhook_reply) -> u32 {
    // SAFETY: by the rules.
    unsafe { get(reply, 0, |reply| reply.attempts) }
}

/// atlas_webhook_reply_free frees a reply.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_free(reply: *mut atlas_webhook_reply) {
    // SAFETY: by the rules.
    unsafe { free(reply) };
}
