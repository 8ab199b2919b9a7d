//! Error: a failure and its details.

use alloc::boxed::Box;
use alloc::format;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use super::{ATLAS_WEBHOOK_ABSENT, ATLAS_WEBHOOK_ERR_ARGUMENT, Handle, Text, atlas_webhook_status};
use super::{free, get, get_bytes, get_text, status};
use crate::error::Error;
use crate::register::response::Response;

/// An error with all its details. An error never changes, so any number of threads may use one at
/// the same time.
pub struct atlas_webhook_error {
    error: Error,
    message: Text,
    display: Text,
    api_message: Text,
    request_id: Text,
}

impl atlas_webhook_error {
    pub(super) fn new(error: Error) -> Self {
        Self {
            message: Text::new(error.message()),
            display: Text::new(&format!("{error}")),
            api_message: Text::new(error.api_message().unwrap_or_default()),
            request_id: Text::new(error.request_id().unwrap_or_default()),
            error,
        }
    }
}

impl Handle for atlas_webhook_error {
    const NAME: &'static str = "the error";
}

/// atlas_webhook_error_status returns the status that the failed call returned. Programs decide by
/// this status.
///
/// Returns: an ATLAS_WEBHOOK_ERR_ status. ARGUMENT if error is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_status(
    error: *const atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe { get(error, ATLAS_WEBHOOK_ERR_ARGUMENT, |error| status::of(error.error.kind())) }
}

/// atlas_webhook_error_message returns a description of the error in one line. The text is the
/// library's own. It never contains a secret, a header value, the webhook URL or bytes that a peer
/// sent.
///
/// Returns: "" if error is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_message(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.message) }
}

/// atlas_webhook_error_display returns one line to show or to log: the message and, if the API sent
/// one, the API's text in quotes. The API's text is truncated to 200 bytes, and its control
/// characters are escaped. If it repeats a secret of the request, "(the API's text repeats a secret
/// and is withheld)" replaces it.
///
/// The secrets are the path and query of the webhook URL, the credentials, and the header values
/// that the program set. A text repeats a secret if it contains any 8 consecutive bytes of it, or
/// the whole of a secret of 4 to 7 bytes. ASCII case is ignored. The comparison also covers up to
/// three layers of percent encoding, HTML character references and JSON escapes.
///
/// Returns: "" if error is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_display(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.display) }
}

/// atlas_webhook_error_api_message returns the API's text as it was received. It is untrusted: it
/// may contain control characters, NULs and an echo of the webhook URL. Do not decide by it, and
/// escape it before you show it.
///
/// Returns: "" if the API sent no text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_api_message(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.api_message) }
}

/// atlas_webhook_error_api_status returns the API's own status: one of the ATLAS_WEBHOOK_API_
/// macros or any other number.
///
/// Returns: ATLAS_WEBHOOK_ABSENT if the response contained no status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_api_status(error: *const atlas_webhook_error) -> i64 {
    // SAFETY: by the rules.
    unsafe {
        get(error, ATLAS_WEBHOOK_ABSENT, |error| {
            error.error.api_status().unwrap_or(ATLAS_WEBHOOK_ABSENT)
        })
    }
}

/// atlas_webhook_error_request_id returns the API's identifier of the request. Quote it to the
/// API's support. It is as untrusted as the API's text.
///
/// Returns: "" if the API sent no identifier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_request_id(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.request_id) }
}

/// atlas_webhook_error_http_status returns the HTTP status of the response.
///
/// Returns: 0 if no status was received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_http_status(error: *const atlas_webhook_error) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.http_status().unwrap_or(0)) }
}

/// atlas_webhook_error_response_status returns the HTTP status with which to respond to the
/// delivery that failed. With 405 also send the header "Allow: POST".
///
/// Returns: 400, 404, 405, 413 or 415. For an error of atlas_webhook_server_rejection also 408,
/// 414, 417, 431, 501, 503 or 505. 500 for an error that did not come from receiving, and if error
/// is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_response_status(
    error: *const atlas_webhook_error,
) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(error, 500, |error| error.error.response_status()) }
}

/// atlas_webhook_error_offset returns the offset of the offending byte, counted from 0. For an HTTP
/// error it is an offset in the message of the peer, for an argument an offset in the text, for the body
/// of a delivery an offset in its JSON. Field lines are checked at the end of their header section; the
/// offset is then that end. If the JSON ends too early, the offset is its length.
///
/// Returns: UINT64_MAX if the error has no offset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_offset(error: *const atlas_webhook_error) -> u64 {
    // SAFETY: by the rules.
    unsafe { get(error, u64::MAX, |error| error.error.offset().unwrap_or(u64::MAX)) }
}

/// atlas_webhook_error_retryable returns whether the same call may succeed later. The call is
/// idempotent, so an unnecessary retry does no harm.
///
/// Returns: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_retryable(error: *const atlas_webhook_error) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| c_int::from(error.error.retryable())) }
}

/// atlas_webhook_error_retry_after returns the number of seconds to wait before a retry, as the
/// peer requested. A fraction is rounded up. A date that has passed is 0.
///
/// Range: 0 to 31,536,000 (365 days).
///
/// Returns: -1 if the peer requested no wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_retry_after(error: *const atlas_webhook_error) -> i64 {
    let seconds = |error: &atlas_webhook_error| {
        error
            .error
            .retry_after()
            .map_or(-1, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX))
    };
    // SAFETY: by the rules.
    unsafe { get(error, -1, seconds) }
}

/// atlas_webhook_error_attempts returns the number of attempts that the transport started,
/// including those that never connected.
///
/// Returns: 0 if no transport was used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_attempts(error: *const atlas_webhook_error) -> u32 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.attempts()) }
}

/// atlas_webhook_error_os_error returns the number of the operating system's error that caused this
/// error: errno on Unix, the code of GetLastError or WSAGetLastError on Windows. With
/// ATLAS_WEBHOOK_ERR_IO, the numbers EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN and EADDRNOTAVAIL mean
/// that the machine lacks descriptors, memory, threads or ports. The handles can then be used again.
///
/// Returns: 0 if the operating system did not cause the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_os_error(error: *const atlas_webhook_error) -> i32 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.os_error().unwrap_or(0)) }
}

/// atlas_webhook_error_response_field_lines returns the header fields of the response that caused
/// the error. Each is a line that ends with CRLF. atlas_webhook_error_http_status returns the
/// status of that response, and 0 if there is no response. A response without header fields has no
/// field lines, but a status.
///
/// Use it to find out which server responded. It is untrusted: it may contain anything, including
/// an echo of the webhook URL. No message of the library contains it.
///
/// Returns: no bytes if no head of a final response was received. 101 counts as final.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_response_field_lines(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe {
        get_bytes(error, len, |error| error.error.response().map_or(&[][..], Response::field_lines))
    }
}

/// atlas_webhook_error_response_body returns at most the first 4 KiB of the body of the response
/// that caused the error. gzip is removed if that was possible. If reading failed after the head,
/// it is the part of the body that was received. It is as untrusted as the field lines.
///
/// Returns: no bytes if there was no body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_response_body(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe {
        get_bytes(error, len, |error| error.error.response().map_or(&[][..], Response::coded_body))
    }
}

/// atlas_webhook_error_clone returns a copy of error.
///
/// Returns: NULL if error is NULL.
///
/// Ownership: you own the copy. Free it with atlas_webhook_error_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_clone(
    error: *const atlas_webhook_error,
) -> *mut atlas_webhook_error {
    let copy = |error: &atlas_webhook_error| {
        Box::into_raw(Box::new(atlas_webhook_error::new(error.error.clone())))
    };
    // SAFETY: by the rules.
    unsafe { get(error, ptr::null_mut(), copy) }
}

/// atlas_webhook_error_free frees an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_free(error: *mut atlas_webhook_error) {
    // SAFETY: by the rules.
    unsafe { free(error) };
}
