//! Removes the content coding of a body, in both halves.

use alloc::format;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::http1::ContentCoding;

/// The coding of a body from another HTTP stack. Most stacks decode the body and keep
/// `Content-Encoding`, so the body itself decides: no JSON text starts with the magic of gzip (RFC
/// 1952 section 2.3.1).
pub(crate) fn coding_by_magic(body: &[u8]) -> ContentCoding {
    if body.starts_with(b"\x1F\x8B") { ContentCoding::Gzip } else { ContentCoding::Identity }
}

/// A body over this limit.
pub(crate) fn too_large(limit: usize) -> Error {
    Error::new(ErrorKind::Limit, format!("the body is larger than its limit of {limit} bytes"))
}

#[cfg(feature = "gzip")]
pub(crate) fn gunzip(coded: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    crate::gzip::decode(coded, limit).map_err(|fault| match fault {
        crate::gzip::Fault::Damaged(what) => Error::new(ErrorKind::Encoding, what),
        crate::gzip::Fault::OverLimit => {
            let message = format!("the decoded body is larger than its limit of {limit} bytes");
            Error::new(ErrorKind::Limit, message)
        }
    })
}

#[cfg(not(feature = "gzip"))]
pub(crate) fn gunzip(_: &[u8], _: usize) -> Result<Vec<u8>, Error> {
    Err(Error::new(
        ErrorKind::Encoding,
        "the body is gzip, which this build of the library cannot decode",
    ))
}
