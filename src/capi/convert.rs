//! Conversion of arguments from C, and of texts and bytes for C.

use alloc::boxed::Box;
use alloc::format;
use core::ffi::{CStr, c_char, c_void};
use core::ptr::NonNull;
use core::slice;

use super::{ATLAS_WEBHOOK_LIMIT_BODY, ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD};
use super::{ATLAS_WEBHOOK_LIMIT_FIELDS, ATLAS_WEBHOOK_LIMIT_HEAD, ATLAS_WEBHOOK_LIMIT_INTERIM};
use super::{ATLAS_WEBHOOK_LIMIT_VALUES, Handle, get};
use crate::error::{Error, as_signed};
use crate::limits::Limits;

/// The place of an output.
pub(super) fn output<T>(pointer: *mut T, name: &str) -> Result<NonNull<T>, Error> {
    NonNull::new(pointer).ok_or_else(|| is_null(name))
}

/// Text from C.
///
/// # Safety
///
/// `text` is NULL or NUL-terminated, and does not change while `'a` lasts.
pub(super) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(is_null(name));
    }
    // SAFETY: not NULL, and NUL-terminated by this function's contract.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|error| {
        let at = error.valid_up_to();
        if text.to_bytes().get(at..).is_some_and(|rest| rest.starts_with(MODIFIED_NUL)) {
            return contains_nul(name, at);
        }
        Error::argument(format!("{name} is not UTF-8")).at(u64::try_from(at).unwrap_or(u64::MAX))
    })
}

/// The NUL of modified UTF-8. The C++ header passes it in place of a NUL.
pub(super) const MODIFIED_NUL: &[u8] = b"\xC0\x80";

pub(super) fn contains_nul(name: &str, at: usize) -> Error {
    Error::argument(format!("{name} contains a NUL")).at(u64::try_from(at).unwrap_or(u64::MAX))
}

/// Optional text from C.
///
/// # Safety
///
/// As [`text`].
pub(super) unsafe fn optional_text<'a>(
    pointer: *const c_char,
    name: &str,
) -> Result<Option<&'a str>, Error> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the same contract.
    unsafe { text(pointer, name) }.map(Some)
}

/// Bytes from C. With length 0 the pointer is not used.
///
/// # Safety
///
/// `bytes` is NULL or points to `len` bytes that do not change while `'a` lasts; a `len` above
/// `isize::MAX` needs no such bytes, because it is rejected.
pub(super) unsafe fn bytes<'a>(
    bytes: *const c_void,
    len: usize,
    name: &str,
) -> Result<&'a [u8], Error> {
    if len == 0 {
        return Ok(&[]);
    }
    if bytes.is_null() {
        return Err(is_null(name));
    }
    if isize::try_from(len).is_err() {
        let signed = as_signed(len);
        let message = format!("the length of {name} is {len}{signed}, which is above PTRDIFF_MAX");
        return Err(Error::argument(message));
    }
    // SAFETY: not NULL, at most isize::MAX, and `len` bytes by this function's contract.
    Ok(unsafe { slice::from_raw_parts(bytes.cast(), len) })
}

pub(super) fn is_null(name: &str) -> Error {
    Error::argument(format!("{name} is NULL"))
}

/// Text for C, followed by a NUL. Foreign text may contain NULs, so it also has a length.
pub(super) struct Text(pub(super) Box<[u8]>);

impl Text {
    pub(super) fn new(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// Of a peer, in any encoding.
    pub(super) fn of_bytes(text: &[u8]) -> Self {
        Self([text, b"\0"].concat().into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.strip_suffix(b"\0").unwrap_or_default()
    }

    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

/// The pointer and the length of an absent text for C.
pub(super) const NO_TEXT: (*const c_char, usize) = (c"".as_ptr(), 0);

/// The pointer for C of a text that is followed by a NUL, and its length without the NUL.
pub(super) fn terminated(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len().saturating_sub(1))
}

/// Sets a limit by its number in C.
pub(super) fn set_limit(limits: &mut Limits, which: u32, value: u64) -> Result<(), Error> {
    let limit = match which {
        ATLAS_WEBHOOK_LIMIT_HEAD => &mut limits.head,
        ATLAS_WEBHOOK_LIMIT_FIELDS => &mut limits.fields,
        ATLAS_WEBHOOK_LIMIT_INTERIM => &mut limits.interim,
        ATLAS_WEBHOOK_LIMIT_BODY => &mut limits.body,
        ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD => &mut limits.chunk_overhead,
        ATLAS_WEBHOOK_LIMIT_VALUES => &mut limits.values,
        _ => {
            return Err(Error::argument(format!(
                "{which} is not an ATLAS_WEBHOOK_LIMIT_ constant"
            )));
        }
    };
    *limit = usize::try_from(value)
        .map_err(|_| Error::argument(format!("the limit {value} is more than SIZE_MAX")))?;
    Ok(())
}

/// A text of a handle, and its length; "" where [`get`] returns the absent value.
///
/// # Safety
///
/// As [`shared`](super::shared); `len` is NULL or valid for a write.
pub(super) unsafe fn get_text<H: Handle>(
    handle: *const H,
    len: *mut usize,
    text: impl FnOnce(&H) -> &Text,
) -> *const c_char {
    // SAFETY: the same contract.
    let (text, length) = unsafe {
        get(handle, NO_TEXT, |handle| {
            let text = text(handle);
            (text.as_ptr(), text.len())
        })
    };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    text
}

/// Bytes of a handle, and their number. Rust's empty slice may dangle, so C receives the address of
/// a NUL.
///
/// # Safety
///
/// As [`shared`](super::shared); `len` is NULL or valid for a write.
pub(super) unsafe fn get_bytes<H: Handle>(
    handle: *const H,
    len: *mut usize,
    bytes: impl FnOnce(&H) -> &[u8],
) -> *const c_void {
    let none = (c"".as_ptr().cast(), 0);
    // SAFETY: the same contract.
    let (bytes, length) = unsafe {
        get(handle, none, |handle| match bytes(handle) {
            [] => none,
            bytes => (bytes.as_ptr().cast(), bytes.len()),
        })
    };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    bytes
}

/// # Safety
///
/// `len` is NULL or valid for a write.
pub(super) unsafe fn put_length(len: *mut usize, length: usize) {
    if let Some(len) = NonNull::new(len) {
        // SAFETY: not NULL, and valid by this function's contract.
        unsafe { len.write(length) };
    }
}
