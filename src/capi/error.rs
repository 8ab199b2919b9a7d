//! Error: what went wrong, each detail as a field.

use alloc::boxed::Box;
use alloc::format;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use super::{ATLAS_WEBHOOK_ABSENT, ATLAS_WEBHOOK_ERR_ARGUMENT, Handle, Text, atlas_webhook_status};
use super::{free, get, get_bytes, get_text, status};
use crate::error::Error;
use crate::register::response::Response;

/// An error, with everything that is known about it. It never changes, so threads may share it.
///
/// Ownership: free each error that a call returns with atlas_webhook_error_free.
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

/// atlas_webhook_error_status returns the status that the failed call returned. Decide on it.
///
/// Returns: an ATLAS_WEBHOOK_ERR_ status. ARGUMENT if error is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_status(
    error: *const atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe { get(error, ATLAS_WEBHOOK_ERR_ARGUMENT, |error| status::of(error.error.kind())) }
}

/// atlas_webhook_error_message returns a description of the error in one line, in this library's
/// own words. It never contains a secret, a header value, the webhook URL or anything that a peer
/// sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_message(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.message) }
}

/// atlas_webhook_error_display returns one line to show or to log: the message and, if there is
/// one, the API's text in quotes: control characters escaped, truncated to 200 bytes. If that text
/// repeats a secret of the request, "(the API's text repeats a secret and is withheld)" replaces
/// it.
///
/// The secrets are path and query of the webhook URL, the credentials, and the header values that
/// the program set. A text repeats one if it contains any 8 consecutive bytes of it, or the whole
/// of a secret of 4 to 7 bytes, in any case of ASCII letters, as it is or within up to three layers
/// of percent encoding, HTML character references and JSON escapes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_display(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.display) }
}

/// atlas_webhook_error_api_message returns the API's text as it was received. It is untrusted: it
/// may contain control characters, NULs and an echo of the webhook URL. Do not decide on it, and do
/// not show it without escaping it.
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

/// atlas_webhook_error_api_status returns the API's own status, one of the ATLAS_WEBHOOK_API_
/// macros or any other number.
///
/// Returns: ATLAS_WEBHOOK_ABSENT if the response had none.
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
/// API's support. It is untrusted like the API's text.
///
/// Returns: "" if the API sent none.
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
/// Returns: 0 if no status was read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_http_status(error: *const atlas_webhook_error) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.http_status().unwrap_or(0)) }
}

/// atlas_webhook_error_response_status returns the HTTP status with which to respond to the
/// delivery that failed: 400, 404, 405 (then also send "Allow: POST"), 413 or 415. The error of
/// atlas_webhook_server_rejection may also have 408, 414, 417, 431, 501, 503 or 505.
///
/// Returns: 500 for an error that did not come from receiving, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_response_status(
    error: *const atlas_webhook_error,
) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(error, 500, |error| error.error.response_status()) }
}

/// atlas_webhook_error_offset returns the offset of the offending byte, counted from 0: in the
/// response for an HTTP error, in the text for an argument. Field lines are checked at the end of
/// their header section; the offset is then that end.
///
/// Returns: UINT64_MAX if there is no such byte.
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

/// atlas_webhook_error_retry_after returns how many seconds the peer asks to wait before a retry.
///
/// Range: 0 to 31,536,000 (one year of 365 days). A fraction is rounded up.
///
/// Returns: -1 if it sent no such time.
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

/// atlas_webhook_error_attempts returns how many attempts the transport began, also those that never
/// connected. Returns 0 if no transport was involved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_attempts(error: *const atlas_webhook_error) -> u32 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.attempts()) }
}

/// atlas_webhook_error_os_error returns the number of the operating system's error that caused this
/// error: errno on Unix, the code of GetLastError or WSAGetLastError on Windows. Returns 0 if the
/// system caused none. With ATLAS_WEBHOOK_ERR_IO, EMFILE, ENFILE, ENOBUFS, ENOMEM and EAGAIN mean that
/// this machine lacks descriptors, memory, ports or threads; the handles can be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_os_error(error: *const atlas_webhook_error) -> i32 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.os_error().unwrap_or(0)) }
}

/// atlas_webhook_error_response_field_lines returns the header fields of the response that the error came
/// from, each as a line that ends with CRLF; "" if no head of a final response was read. Its status is
/// atlas_webhook_error_http_status.
///
/// It is for finding out what responded. It is untrusted: it may contain anything, an echo of the
/// webhook URL included. No message of the library contains it.
///
/// The bytes live as long as the error and have no NUL behind them; len may be NULL.
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

/// atlas_webhook_error_response_body returns the first 4 KiB at most of the body of that response, with
/// gzip removed if that was possible; "" if there is none. If reading the response failed behind its
/// head, it is what was received until then.
///
/// It is untrusted as the field lines are. The bytes live as long as the error and have no NUL behind
/// them; len may be NULL.
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

/// atlas_webhook_error_clone returns a copy of error, to keep it or to pass it to another owner.
///
/// Returns: NULL if error is NULL.
///
/// Ownership: free the copy with atlas_webhook_error_free.
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

/// atlas_webhook_error_free frees an error. NULL is accepted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_free(error: *mut atlas_webhook_error) {
    // SAFETY: by the rules.
    unsafe { free(error) };
}
