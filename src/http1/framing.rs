//! Which body follows a head (RFC 9112 section 6.3), and whether the connection persists (9.3).

use super::coding::ContentCoding;
use super::fault::Refusal;
use super::fields::{is, members, number};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) framing: Framing,
    pub(super) persistent: bool,
}

impl Decision {
    /// For the final answer to a POST, by its status line and what its fields said.
    pub(super) fn of(
        minor_version: u8,
        status: u16,
        said: &Said<'_>,
        body_limit: usize,
    ) -> Result<Self, Refusal> {
        let persistent = !said.ends(minor_version) && (minor_version >= 1 || said.keep_alive);
        // Rule 1, which beats whatever the fields say. (HEAD and CONNECT are never sent.)
        if matches!(status, 204 | 304) {
            return Ok(Self { framing: Framing::None, persistent });
        }
        match (said.transfer_coding, said.length) {
            // Rules 3 and 4. Transfer-Encoding overrides Content-Length.
            (TransferCoding::Empty | TransferCoding::Chunked | TransferCoding::Other, _)
                if minor_version == 0 =>
            {
                Err(Refusal::TransferEncodingInHttp10)
            }
            (TransferCoding::Empty | TransferCoding::Other, _) => Err(Refusal::TransferEncoding),
            (TransferCoding::Chunked, _) => Ok(Self { framing: Framing::Chunked, persistent }),
            // Rules 5, 6 and 8.
            (TransferCoding::None, Err(refusal)) => Err(refusal),
            (TransferCoding::None, Ok(Some(digits))) => {
                let length = number(digits).and_then(|length| usize::try_from(length).ok());
                let length = length.unwrap_or(usize::MAX);
                if length > body_limit {
                    return Err(Refusal::ContentLengthLimit);
                }
                Ok(Self { framing: Framing::Length(length), persistent })
            }
            (TransferCoding::None, Ok(None)) => {
                Ok(Self { framing: Framing::UntilClose, persistent: false })
            }
        }
    }
}

/// What the fields say about the body and the connection.
pub(super) struct Said<'a> {
    /// The digits of the Content-Length, without leading zeros.
    length: Result<Option<&'a [u8]>, Refusal>,
    transfer_coding: TransferCoding,
    pub(super) content_coding: ContentCoding,
    close: bool,
    keep_alive: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TransferCoding {
    /// There is no Transfer-Encoding.
    None,
    /// There is one that lists nothing.
    Empty,
    /// Exactly one `chunked`, without parameters: nothing else was offered by `TE`, so nothing else
    /// can be decoded.
    Chunked,
    Other,
}

impl<'a> Said<'a> {
    pub(super) fn nothing() -> Self {
        Self {
            length: Ok(None),
            transfer_coding: TransferCoding::None,
            content_coding: ContentCoding::Identity,
            close: false,
            keep_alive: false,
        }
    }

    /// One field more.
    pub(super) fn hear(&mut self, name: &[u8], value: &'a [u8]) {
        if is(name, "content-length") {
            self.length = self.length.and_then(|length| content_length(length, value));
        } else if is(name, "transfer-encoding") {
            self.transfer_coding = self.transfer_coding.and(value);
        } else if is(name, "content-encoding") {
            self.content_coding = self.content_coding.and(value);
        } else if is(name, "connection") {
            for option in members(value) {
                self.close |= is(option, "close");
                self.keep_alive |= is(option, "keep-alive");
            }
        }
    }

    /// Whether the connection ends with the final response, whichever response of the exchange
    /// these fields belong to, an interim one included: by `close` (section 9.6), or because the
    /// framing is faulty. It is with Transfer-Encoding in HTTP/1.0 (section 6.1) and beside
    /// Content-Length (section 6.3 rule 3), also where the status alone means that no body follows.
    pub(super) fn ends(&self, minor_version: u8) -> bool {
        let coded = self.transfer_coding != TransferCoding::None;
        let faulty = coded && (minor_version == 0 || self.length != Ok(None));
        self.close || faulty
    }
}

impl TransferCoding {
    /// With what one field more lists.
    fn and(self, value: &[u8]) -> Self {
        let before = if matches!(self, Self::None) { Self::Empty } else { self };
        members(value).fold(before, |before, coding| match before {
            Self::Empty if is(coding, "chunked") => Self::Chunked,
            _ => Self::Other,
        })
    }
}

/// `1*DIGIT`, or a list of them. The same number repeated is used once (RFC 9110 section 8.6). Numbers
/// are compared as digits, since a grammar without an upper bound fits no integer type.
fn content_length<'a>(
    known: Option<&'a [u8]>,
    value: &'a [u8],
) -> Result<Option<&'a [u8]>, Refusal> {
    let mut length = known;
    for value in value.split(|&b| b == b',') {
        let value = value.trim_ascii();
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::ContentLength);
        }
        let digits = without_leading_zeros(value);
        if length.is_some_and(|length| length != digits) {
            return Err(Refusal::ContentLengthsDiffer);
        }
        length = Some(digits);
    }
    Ok(length)
}

/// One zero stays, if there is nothing else.
fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let first = digits.iter().position(|&digit| digit != b'0');
    let first = first.unwrap_or(digits.len().saturating_sub(1));
    digits.get(first..).unwrap_or_default()
}
