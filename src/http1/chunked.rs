//! The chunked transfer coding (RFC 9112 section 7.1), without the trailer section.

use super::chars;
use super::fault::Refusal;

/// The next step of the coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A byte of a chunk line or of the line end after chunk data: pass it to [`Chunked::line`].
    Line,
    /// This many bytes of data: consume them, then call [`Chunked::data`].
    Data(usize),
    /// The last chunk was read; the trailer section follows.
    Trailers,
}

/// The position in a chunk line.
///
/// ```text
/// chunk-size [ BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ]* CRLF
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    FirstDigit,
    Digits,
    /// White space that must lead to a `;`.
    BeforeSemicolon,
    BeforeName,
    Name,
    /// White space that must lead to a `=` or a `;`.
    AfterName,
    BeforeValue,
    Token,
    Quoted,
    QuotedPair,
    AfterQuoted,
    LineFeed,
    Data,
    DataCarriageReturn,
    DataLineFeed,
    Trailers,
}

#[derive(Clone, Debug)]
pub(super) struct Chunked {
    at: At,
    /// Of the current chunk: its size while the line is read, then the rest of its data.
    size: usize,
    /// Bytes that the body may still have.
    room: usize,
    /// Bytes that the coding itself may still use.
    overhead: usize,
}

impl Chunked {
    pub(super) fn new(body_limit: usize, overhead_limit: usize) -> Self {
        Self { at: At::FirstDigit, size: 0, room: body_limit, overhead: overhead_limit }
    }

    pub(super) fn next(&self) -> Step {
        match self.at {
            At::Data => Step::Data(self.size),
            At::Trailers => Step::Trailers,
            _ => Step::Line,
        }
    }

    /// Records that `taken` bytes of the data of [`Step::Data`] were consumed.
    pub(super) fn data(&mut self, taken: usize) {
        self.size = self.size.saturating_sub(taken);
        self.room = self.room.saturating_sub(taken);
        if self.size == 0 {
            self.at = At::DataCarriageReturn;
        }
    }

    pub(super) fn line(&mut self, byte: u8) -> Result<(), Refusal> {
        self.overhead = self.overhead.checked_sub(1).ok_or(Refusal::ChunkedLimit)?;
        self.at = match (self.at, byte) {
            (At::FirstDigit | At::Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                self.add_digit(byte)?;
                At::Digits
            }
            (At::FirstDigit, _) => {
                return Err(Refusal::ChunkSize);
            }

            (At::Digits | At::BeforeSemicolon, b' ' | b'\t') => At::BeforeSemicolon,
            (
                At::Digits
                | At::BeforeSemicolon
                | At::Name
                | At::AfterName
                | At::Token
                | At::AfterQuoted,
                b';',
            ) => At::BeforeName,
            (At::Digits | At::Name | At::Token | At::AfterQuoted, b'\r') => At::LineFeed,

            (At::BeforeName, b' ' | b'\t') => At::BeforeName,
            (At::BeforeName | At::Name, b) if chars::is(b, chars::TOKEN) => At::Name,
            (At::Name | At::AfterName, b' ' | b'\t') => At::AfterName,
            (At::Name | At::AfterName, b'=') => At::BeforeValue,

            (At::BeforeValue, b' ' | b'\t') => At::BeforeValue,
            (At::BeforeValue, b'"') => At::Quoted,
            (At::BeforeValue | At::Token, b) if chars::is(b, chars::TOKEN) => At::Token,
            (At::Token | At::AfterQuoted, b' ' | b'\t') => At::BeforeSemicolon,

            (At::Quoted, b'"') => At::AfterQuoted,
            (At::Quoted, b'\\') => At::QuotedPair,
            (At::Quoted | At::QuotedPair, b'\t' | b' '..=b'~' | 0x80..) => At::Quoted,

            (At::LineFeed, b'\n') if self.size == 0 => At::Trailers,
            (At::LineFeed, b'\n') => At::Data,
            (At::DataCarriageReturn, b'\r') => At::DataLineFeed,
            (At::DataLineFeed, b'\n') => At::FirstDigit,
            (At::DataCarriageReturn | At::DataLineFeed, _) => {
                return Err(Refusal::ChunkDataEnd);
            }
            _ => return Err(Refusal::ChunkLine),
        };
        Ok(())
    }

    /// Rejects the size as soon as it exceeds the rest of the limit of the body, so it cannot
    /// overflow.
    fn add_digit(&mut self, digit: u8) -> Result<(), Refusal> {
        let value = char::from(digit).to_digit(16).and_then(|value| usize::try_from(value).ok());
        self.size = self
            .size
            .checked_mul(16)
            .zip(value)
            .and_then(|(size, value)| size.checked_add(value))
            .filter(|&size| size <= self.room)
            .ok_or(Refusal::BodyLimit)?;
        Ok(())
    }
}
