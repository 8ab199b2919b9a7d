//! Reply: the API's yes.

use alloc::boxed::Box;
use core::ffi::c_char;

use super::{Handle, Text};
use super::{free, get, get_text};
use crate::register::reply::Reply;

/// The API's yes: HTTP 2xx with status 0. There is no reply that means no: a refusal is an error.
///
/// It never changes, so threads may share it. What its functions give lives as long as the reply.
/// They take NULL, and then give "" or 0.
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

/// atlas_webhook_reply_attempts returns how many attempts the transport began, also those that never
/// connected. Returns 0 if no transport was involved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_attempts(reply: *const atlas_webhook_reply) -> u32 {
    // SAFETY: by the rules.
    unsafe { get(reply, 0, |reply| reply.attempts) }
}

/// atlas_webhook_reply_free frees a reply. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_reply_free(reply: *mut atlas_webhook_reply) {
    // SAFETY: by the rules.
    unsafe { free(reply) };
}
