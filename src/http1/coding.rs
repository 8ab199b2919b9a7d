//! Content codings (RFC 9110 section 8.4).

use super::fields::members;

/// How a body is coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ContentCoding {
    #[default]
    Identity,
    Gzip,
    /// One that is not known here, or several one upon the other.
    Other,
}

impl ContentCoding {
    /// With what one field more lists.
    pub(crate) fn and(self, value: &[u8]) -> Self {
        members(value).fold(self, |before, coding| match before {
            _ if coding.eq_ignore_ascii_case(b"identity") => before,
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
