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
        said: &Said,
        body_limit: usize,
    ) -> Result<Self, Refusal> {
        let persistent = !said.close && (minor_version >= 1 || said.keep_alive);
        // Rule 1, which beats whatever the fields say. (HEAD and CONNECT are never sent.)
        if matches!(status, 204 | 304) {
            return Ok(Self { framing: Framing::None, persistent });
        }
        match (said.transfer_coding, said.length) {
            // Rules 3 and 4. Transfer-Encoding overrides Content-Length, and such a connection is
            // done. In HTTP/1.0 the framing is faulty by definition (section 6.1).
            (TransferCoding::Empty | TransferCoding::Chunked | TransferCoding::Other, _)
                if minor_version == 0 =>
            {
                Err(Refusal::TransferEncodingInHttp10)
            }
            (TransferCoding::Empty | TransferCoding::Other, _) => Err(Refusal::TransferEncoding),
            (TransferCoding::Chunked, length) => {
                let alone = matches!(length, Ok(None));
                Ok(Self { framing: Framing::Chunked, persistent: persistent && alone })
            }
            // Rules 5, 6 and 8.
            (TransferCoding::None, Err(refusal)) => Err(refusal),
            (TransferCoding::None, Ok(Some(length))) if length > body_limit => {
                Err(Refusal::ContentLengthLimit)
            }
            (TransferCoding::None, Ok(Some(length))) => {
                Ok(Self { framing: Framing::Length(length), persistent })
            }
            (TransferCoding::None, Ok(None)) => {
                Ok(Self { framing: Framing::UntilClose, persistent: false })
            }
        }
    }
}

/// What the fields say about the body and the connection.
pub(super) struct Said {
    length: Result<Option<usize>, Refusal>,
    transfer_coding: TransferCoding,
    pub(super) content_coding: ContentCoding,
    close: bool,
    keep_alive: bool,
}

#[derive(Clone, Copy)]
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

impl Said {
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
    pub(super) fn hear(&mut self, name: &[u8], value: &[u8]) {
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

/// `1*DIGIT`, or a list of them. The same number repeated is used once (RFC 9110 section 8.6); one too
/// large for the machine is as good as over the limit.
fn content_length(known: Option<usize>, value: &[u8]) -> Result<Option<usize>, Refusal> {
    let mut length = known;
    for value in value.split(|&b| b == b',') {
        let value = value.trim_ascii();
        let number = number(value).ok_or(Refusal::ContentLength)?;
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        if length.is_some_and(|length| length != number) {
            return Err(Refusal::ContentLengthsDiffer);
        }
        length = Some(number);
    }
    Ok(length)
}
