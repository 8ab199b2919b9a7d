//! Response: the response of an exchange before it is interpreted.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{c_char, c_void};
use core::ptr;

use super::lazy::Lazy;
use super::{ATLAS_WEBHOOK_OK, Handle, NO_TEXT, Text};
use super::{atlas_webhook_error, atlas_webhook_status};
use super::{free, get, get_bytes, guard, output, put_length, report, shared, text};
use crate::error::Error;
use crate::register::response::Response;

/// The response of an exchange before it is interpreted: status, header fields and body. It is
/// untrusted: it may contain anything, including an echo of the webhook URL.
///
/// A response never changes, so any number of threads may use one at the same time.
pub struct atlas_webhook_response {
    pub(super) response: Response,
    /// Made when one is asked for.
    headers: Lazy<Vec<(Text, Text)>>,
    body: Lazy<Result<Box<[u8]>, Error>>,
}

impl atlas_webhook_response {
    pub(super) fn into_raw(response: Response) -> *mut Self {
        let (headers, body) = (Lazy::new(), Lazy::new());
        Box::into_raw(Box::new(Self { response, headers, body }))
    }

    fn headers(&self) -> &[(Text, Text)] {
        self.headers.get_or_init(|| {
            let fields = self.response.headers();
            fields.map(|(name, value)| (Text::new(name), Text::of_bytes(value))).collect()
        })
    }

    fn body(&self) -> Result<&[u8], Error> {
        let body = self.body.get_or_init(|| self.response.body().map(Into::into));
        body.as_deref().map_err(Error::clone)
    }
}

impl Handle for atlas_webhook_response {
    const NAME: &'static str = "the response";
}

/// A text of header number `i`, and its length; "" if there is no such header.
///
/// # Safety
///
/// As [`get_text`](super::get_text).
unsafe fn get_header(
    response: *const atlas_webhook_response,
    i: usize,
    len: *mut usize,
    part: impl FnOnce(&(Text, Text)) -> &Text,
) -> *const c_char {
    // SAFETY: the same contract.
    let (text, length) = unsafe {
        get(response, NO_TEXT, |response| {
            let text = response.headers().get(i).map(part);
            text.map_or(NO_TEXT, |text| (text.as_ptr(), text.len()))
        })
    };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    text
}

/// atlas_webhook_response_status returns the HTTP status.
///
/// Returns: 0 if response is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_status(
    response: *const atlas_webhook_response,
) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(response, 0, |response| response.response.status()) }
}

/// atlas_webhook_response_header_count returns the number of header fields.
///
/// Returns: 0 if response is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_header_count(
    response: *const atlas_webhook_response,
) -> usize {
    // SAFETY: by the rules.
    unsafe { get(response, 0, |response| response.headers().len()) }
}

/// atlas_webhook_response_header_name returns the name of header number i, counted from 0, in the
/// order and the case in which it was received.
///
/// Returns: "" if there is no header i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_header_name(
    response: *const atlas_webhook_response,
    i: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_header(response, i, len, |(name, _)| name) }
}

/// atlas_webhook_response_header_value returns the value of header number i, counted from 0. It may
/// contain any bytes except control characters, and need not be UTF-8.
///
/// Returns: "" if there is no header i.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_header_value(
    response: *const atlas_webhook_response,
    i: usize,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    unsafe { get_header(response, i, len, |(_, value)| value) }
}

/// atlas_webhook_response_header returns the value of the first header field with this name. ASCII
/// case of name is ignored.
///
/// Returns: "" if there is no such header field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_header(
    response: *const atlas_webhook_response,
    name: *const c_char,
    len: *mut usize,
) -> *const c_char {
    // SAFETY: by the rules.
    let name = unsafe { text(name, "the name") }.unwrap_or_default();
    let is_named = |(field, _): &&(Text, Text)| field.bytes().eq_ignore_ascii_case(name.as_bytes());
    // SAFETY: by the rules.
    let (value, length) = unsafe {
        get(response, NO_TEXT, |response| {
            let found = response.headers().iter().find(is_named);
            found.map_or(NO_TEXT, |(_, value)| (value.as_ptr(), value.len()))
        })
    };
    // SAFETY: by the rules.
    unsafe { put_length(len, length) };
    value
}

/// atlas_webhook_response_body returns the body in *body and its length in *len. The content coding
/// (gzip) is removed. The first call decodes it. *body is valid as long as the response.
/// atlas_webhook_request_reply_from does not need this call.
///
/// Errors: ENCODING if the content coding is unknown or damaged, or if this build lacks gzip. LIMIT
/// if the decoded body exceeds the limit of the endpoint.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_body(
    response: *const atlas_webhook_response,
    body: *mut *const c_void,
    len: *mut usize,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let body = output(body, "body")?;
        let len = output(len, "len")?;
        // SAFETY: by the rules.
        let response = unsafe { shared(response) }?;
        let decoded = match response.body()? {
            [] => (c"".as_ptr().cast(), 0),
            decoded => (ptr::from_ref(decoded).cast(), decoded.len()),
        };
        // SAFETY: not NULL, and valid by the rules.
        unsafe {
            body.write(decoded.0);
            len.write(decoded.1);
        }
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_response_coded_body returns the body as it was received: without the chunked
/// coding, with its content coding.
///
/// Returns: no bytes if there is no body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_coded_body(
    response: *const atlas_webhook_response,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(response, len, |response| response.response.coded_body()) }
}

/// atlas_webhook_response_free frees a response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_response_free(response: *mut atlas_webhook_response) {
    // SAFETY: by the rules.
    unsafe { free(response) };
}
