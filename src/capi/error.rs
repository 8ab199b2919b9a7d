//! Error: what went wrong, each detail as a field.

use alloc::format;
use core::ffi::{c_char, c_int, c_void};

use super::{ATLAS_WEBHOOK_ERR_ARGUMENT, Handle, Text, atlas_webhook_status};
use super::{free, get, get_bytes, get_text, status};
use crate::error::Error;
use crate::register::response::Response;

/// An error, with all that is known about it. Whoever receives one owns it and frees it with
/// atlas_webhook_error_free. It never changes, so any number of threads may read it.
///
/// Its functions take NULL and then give the absent value: "", 0, UINT64_MAX or -1.
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

/// atlas_webhook_error_status gives the status that the failed call returned: decide on it.
/// ATLAS_WEBHOOK_ERR_ARGUMENT for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_status(
    error: *const atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe { get(error, ATLAS_WEBHOOK_ERR_ARGUMENT, |error| status::of(error.error.kind())) }
}

/// atlas_webhook_error_message gives one line for people in this library's own words. It never
/// holds a secret, a header value, the webhook URL or anything that a peer wrote.
///
/// The text lives as long as the error; len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_message(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.message) }
}

/// atlas_webhook_error_display gives the line to show or to log: the message and, if there is one, the
/// API's text in quotes: control characters escaped, truncated to 200 bytes. If that text repeats a
/// secret of the request, "(the API's text repeats a secret and is withheld)" takes its place.
///
/// The secrets are path and query of the webhook URL, the credentials, and the header values that the
/// program set. A text repeats one that holds any 8 consecutive bytes of it, or the whole of a secret
/// of 4 to 7 bytes, in any case of ASCII letters, as it is or within up to three layers of percent
/// encoding, HTML character references and JSON escapes.
///
/// The text lives as long as the error; len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_display(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.display) }
}

/// atlas_webhook_error_api_message gives what the API said, exactly; "" when it said nothing. It is
/// untrusted: it may hold anything, control characters, NUL and an echo of the webhook URL included.
/// Never decide on it, and never show it as it is.
///
/// The text lives as long as the error; len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_api_message(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.api_message) }
}

/// atlas_webhook_error_api_status gives the API's own status, one of the ATLAS_WEBHOOK_API_ macros
/// or any other number; 0 when the answer carried none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_api_status(error: *const atlas_webhook_error) -> i64 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.api_status().unwrap_or(0)) }
}

/// atlas_webhook_error_request_id gives the API's id of the request, worth quoting to its support;
/// "" when it sent none. It is as untrusted as the API's message.
///
/// The text lives as long as the error; len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_request_id(
    error: *const atlas_webhook_error,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_text(error, len, |error| &error.request_id) }
}

/// atlas_webhook_error_http_status gives the HTTP status of the answer; 0 when none was read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_http_status(error: *const atlas_webhook_error) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| error.error.http_status().unwrap_or(0)) }
}

/// atlas_webhook_error_response_status returns the HTTP status with which to respond to the delivery
/// that failed: 400, 404, 405 (then also send "Allow: POST"), 413 or 415. 500 for an error that did
/// not come from receiving, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_response_status(
    error: *const atlas_webhook_error,
) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(error, 500, |error| error.error.response_status()) }
}

/// atlas_webhook_error_offset gives the offset of the offending byte, counted from 0: in the answer
/// for an HTTP error, in the text for an argument. A field is judged when its header section is
/// whole, and the offset is then that of its end. UINT64_MAX when there is no such byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_offset(error: *const atlas_webhook_error) -> u64 {
    // SAFETY: by the rules.
    unsafe { get(error, u64::MAX, |error| error.error.offset().unwrap_or(u64::MAX)) }
}

/// atlas_webhook_error_retryable gives 1 when the same call may succeed later, else 0. The call is
/// idempotent: a try too many does no harm.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_retryable(error: *const atlas_webhook_error) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(error, 0, |error| c_int::from(error.error.retryable())) }
}

/// atlas_webhook_error_retry_after gives the seconds that the peer asks to wait before another try;
/// -1 when it named none. Range: 0 to 31,536,000 (one year of 365 days); a fraction is rounded up.
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

/// atlas_webhook_error_free frees an error and its texts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_error_free(error: *mut atlas_webhook_error) {
    // SAFETY: by the rules.
    unsafe { free(error) };
}
