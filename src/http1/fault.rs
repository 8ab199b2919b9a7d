//! Why reading an answer fails: every refusal of what it holds, and the words for it.

use alloc::borrow::Cow;

/// Why an answer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) what: Cow<'static, str>,
    /// Bytes of the answer before the offending one.
    pub(crate) offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Protocol,
    Limit,
    ClosedEarly,
}

/// Why a byte cannot stand where it stands. It does not know where in the answer that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    // Of the head.
    NoStatusLine,
    NoSpaceAfterStatus,
    ControlInReason,
    BareLineFeed,
    BareCarriageReturn,
    WhiteSpaceBeforeFields,
    NulInField,
    FieldName,
    FieldValue,
    FieldLines,
    HeadLimit,
    LinesLimit,
    SwitchingProtocols,
    InterimLimit,

    // Of what the head says about the body.
    TransferEncodingInHttp10,
    TransferEncoding,
    ContentLength,
    ContentLengthsDiffer,
    ContentLengthLimit,

    // Of the body.
    BodyLimit,
    ChunkSize,
    ChunkLine,
    ChunkDataEnd,
    ChunkedLimit,
}

impl Refusal {
    fn kind(self) -> FaultKind {
        match self {
            Self::HeadLimit
            | Self::LinesLimit
            | Self::InterimLimit
            | Self::ContentLengthLimit
            | Self::BodyLimit
            | Self::ChunkedLimit => FaultKind::Limit,
            _ => FaultKind::Protocol,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::NoStatusLine => "not an HTTP/1.x status line",
            Self::NoSpaceAfterStatus => "no space after the status code",
            Self::ControlInReason => "a control character in the reason",
            Self::BareLineFeed => "a line feed without carriage return",
            Self::BareCarriageReturn => "a carriage return without line feed",
            Self::WhiteSpaceBeforeFields => "white space before the first field",
            Self::NulInField => "NUL in a field line",
            Self::FieldName => "a field name that is not a token, or a line without a colon",
            Self::FieldValue => "a control character in a field value",
            Self::FieldLines => "a header section that is not made of field lines",
            Self::HeadLimit => "the header section is over its limit",
            Self::LinesLimit => "more field lines than the limit allows",
            Self::SwitchingProtocols => "101 Switching Protocols was not asked for",
            Self::InterimLimit => "more interim answers than the limit allows",
            Self::TransferEncodingInHttp10 => "a Transfer-Encoding in HTTP/1.0",
            Self::TransferEncoding => "a Transfer-Encoding other than chunked",
            Self::ContentLength => "a Content-Length that is not a number",
            Self::ContentLengthsDiffer => "Content-Lengths that differ",
            Self::ContentLengthLimit => "a Content-Length over the body's limit",
            Self::BodyLimit => "the body is over its limit",
            Self::ChunkSize => "a chunk size is not hexadecimal",
            Self::ChunkLine => "a chunk line is malformed",
            Self::ChunkDataEnd => "chunk data is not followed by CRLF",
            Self::ChunkedLimit => "the chunked coding costs more than its limit",
        }
    }

    /// With so many bytes of the answer before the offending one.
    #[cold]
    pub(super) fn at(self, offset: u64) -> Fault {
        Fault { kind: self.kind(), what: Cow::Borrowed(self.what()), offset }
    }
}
