//! Content codings (RFC 9110 section 8.4).

use super::fields::members;

/// The coding of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ContentCoding {
    #[default]
    Identity,
    Gzip,
    /// An unsupported coding, or several codings.
    Other,
}

/// Words in the field that change no byte of the body. In a request only `identity`, which is
/// reserved for this (RFC 9110 section 8.4.1).
pub(crate) const NO_CODINGS_OF_REQUESTS: &[&[u8]] = &[b"identity"];

/// In a response also words that are not content codings: none, a charset, or a transfer encoding
/// of MIME (RFC 2045 section 6.1).
pub(super) const NO_CODINGS_OF_RESPONSES: &[&[u8]] = &[
    b"identity",
    b"none",
    b"utf-8",
    b"utf8",
    b"us-ascii",
    b"ascii",
    b"iso-8859-1",
    b"7bit",
    b"8bit",
    b"binary",
];

impl ContentCoding {
    /// Adds the codings of another field. The words in `no_codings` are ignored.
    pub(crate) fn and(self, value: &[u8], no_codings: &[&[u8]]) -> Self {
        members(value).fold(self, |before, coding| match before {
            _ if no_codings.iter().any(|name| coding.eq_ignore_ascii_case(name)) => before,
            // RFC 9110 section 8.4.1.3: x-gzip is the same.
            Self::Identity
                if coding.eq_ignore_ascii_case(b"gzip")
                    || coding.eq_ignore_ascii_case(b"x-gzip") =>
            {
                Self::Gzip
            }
            _ => Self::Other,
        })
    }
}
