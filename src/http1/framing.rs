//! Which body follows a head (RFC 9112 section 6.3), and whether the connection persists (9.3).

use super::fields::members;
use super::{Fields, Refusal};

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
    /// For the final answer to a POST, by its status line and fields.
    pub(super) fn of(
        minor_version: u8,
        status: u16,
        fields: Fields<'_>,
        body_limit: usize,
    ) -> Result<Self, Refusal> {
        let said = Said::by(fields);
        let persistent = !said.close && (minor_version >= 1 || said.keep_alive);
        // Rule 1, which beats whatever the fields say. (HEAD and CONNECT are never sent.)
        if matches!(status, 204 | 304) {
            return Ok(Self { framing: Framing::None, persistent });
        }
        match (said.coding, said.length) {
            // Rules 3 and 4. Transfer-Encoding overrides Content-Length, and such a connection is
            // done. In HTTP/1.0 the framing is faulty by definition (section 6.1).
            (Coding::Chunked | Coding::Other, _) if minor_version == 0 => {
                Err(Refusal::protocol("a Transfer-Encoding in HTTP/1.0"))
            }
            (Coding::Other, _) => Err(Refusal::protocol("a Transfer-Encoding other than chunked")),
            (Coding::Chunked, length) => {
                let alone = matches!(length, Ok(None));
                Ok(Self { framing: Framing::Chunked, persistent: persistent && alone })
            }
            // Rules 5, 6 and 8.
            (Coding::None, Err(refusal)) => Err(refusal),
            (Coding::None, Ok(Some(length))) if length > body_limit => {
                Err(Refusal::limit("a Content-Length over the body's limit"))
            }
            (Coding::None, Ok(Some(length))) => {
                Ok(Self { framing: Framing::Length(length), persistent })
            }
            (Coding::None, Ok(None)) => {
                Ok(Self { framing: Framing::UntilClose, persistent: false })
            }
        }
    }
}

/// What the fields say about the body and the connection, gathered in one walk.
struct Said {
    length: Result<Option<usize>, Refusal>,
    coding: Coding,
    close: bool,
    keep_alive: bool,
}

#[derive(Clone, Copy)]
enum Coding {
    /// There is no Transfer-Encoding.
    None,
    /// Exactly one `chunked`, without parameters: nothing else was offered by `TE`, so nothing else
    /// can be decoded.
    Chunked,
    /// Any other, and an empty list.
    Other,
}

impl Said {
    fn by(fields: Fields<'_>) -> Self {
        let mut said =
            Self { length: Ok(None), coding: Coding::None, close: false, keep_alive: false };
        let mut codings = 0_usize;
        for (name, value) in fields.pairs() {
            if name.eq_ignore_ascii_case(b"content-length") {
                said.length = said.length.and_then(|length| content_length(length, value));
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                said.coding = if codings == 0 { Coding::Other } else { said.coding };
                for coding in members(value) {
                    codings = codings.saturating_add(1);
                    let only_chunked = codings == 1 && coding.eq_ignore_ascii_case(b"chunked");
                    said.coding = if only_chunked { Coding::Chunked } else { Coding::Other };
                }
            } else if name.eq_ignore_ascii_case(b"connection") {
                for option in members(value) {
                    said.close |= option.eq_ignore_ascii_case(b"close");
                    said.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
        }
        said
    }
}

/// `1*DIGIT`, or a list of them. The same number repeated is used once (RFC 9110 section 8.6); one too
/// large for the machine is as good as over the limit.
fn content_length(known: Option<usize>, value: &[u8]) -> Result<Option<usize>, Refusal> {
    let mut length = known;
    for value in value.split(|&b| b == b',') {
        let value = value.trim_ascii();
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::protocol("a Content-Length that is not a number"));
        }
        let number = value.iter().fold(0_usize, |number, &digit| {
            number.saturating_mul(10).saturating_add(usize::from(digit.wrapping_sub(b'0')))
        });
        if length.is_some_and(|length| length != number) {
            return Err(Refusal::protocol("Content-Lengths that differ"));
        }
        length = Some(number);
    }
    Ok(length)
}
