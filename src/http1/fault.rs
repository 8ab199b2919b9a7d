//! Every reason to reject a message, and its text.

use alloc::borrow::Cow;

/// The reason why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) what: Cow<'static, str>,
    /// Bytes of the message before the offending one.
    pub(crate) offset: u64,
    /// The status of a server's response to it.
    pub(crate) response_status: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Protocol,
    Limit,
    ClosedEarly,
}

/// The reason why a byte is invalid, without its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    // Of the head.
    NoStatusLine,
    NoSpaceAfterStatus,
    ControlInReason,
    Method,
    TargetCharacter,
    Version,
    MajorVersion,
    TargetForm,
    HostMissing,
    HostRepeated,
    Host,
    RequestLineLimit,
    BareLineFeed,
    BareCarriageReturn,
    WhiteSpaceBeforeFields,
    Fold,
    NulInField,
    FieldName,
    FieldValue,
    FieldLines,
    HeadLimit,
    LinesLimit,
    SwitchingProtocols,
    InterimLimit,

    // Of the fields about the body.
    TransferEncodingInHttp10,
    TransferEncoding,
    TransferEncodingNotChunkedLast,
    TransferEncodingUnsupported,
    TransferEncodingAndLength,
    ContentLength,
    ContentLengthsDiffer,
    ContentLengthRepeated,
    ContentLengthLimit,

    // Of the body.
    BodyLimit,
    ChunkSize,
    ChunkLine,
    ChunkDataEnd,
    ChunkedLimit,
    TrailersLimit,
    TrailerLinesLimit,
}

impl Refusal {
    fn kind(self) -> FaultKind {
        match self {
            Self::RequestLineLimit
            | Self::HeadLimit
            | Self::LinesLimit
            | Self::InterimLimit
            | Self::ContentLengthLimit
            | Self::BodyLimit
            | Self::ChunkedLimit
            | Self::TrailersLimit
            | Self::TrailerLinesLimit => FaultKind::Limit,
            _ => FaultKind::Protocol,
        }
    }

    fn response_status(self) -> u16 {
        match self {
            Self::ContentLengthLimit | Self::BodyLimit => 413,
            Self::RequestLineLimit => 414,
            Self::HeadLimit | Self::LinesLimit => 431,
            Self::TransferEncodingUnsupported => 501,
            Self::MajorVersion => 505,
            _ => 400,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::NoStatusLine => "not an HTTP/1.x status line",
            Self::NoSpaceAfterStatus => "no space after the status code",
            Self::ControlInReason => "a control character in the reason",
            Self::Method => "no method of a request",
            Self::TargetCharacter => "a byte that no request target contains",
            Self::Version => "not an HTTP/1.x request line",
            Self::MajorVersion => "an HTTP version other than 1.x",
            Self::TargetForm => "a request target of a form that its method does not have",
            Self::HostMissing => "no Host",
            Self::HostRepeated => "more than one Host",
            Self::Host => "a Host that is not a host and port",
            Self::RequestLineLimit => "the request line is over the limit of the header section",
            Self::BareLineFeed => "a line feed without carriage return",
            Self::BareCarriageReturn => "a carriage return without line feed",
            Self::WhiteSpaceBeforeFields => "white space before the first field",
            Self::Fold => "a folded field line in a request",
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
            Self::TransferEncodingNotChunkedLast => {
                "a Transfer-Encoding that does not end with chunked, once"
            }
            Self::TransferEncodingUnsupported => "a transfer coding other than chunked",
            Self::TransferEncodingAndLength => "Transfer-Encoding and Content-Length",
            Self::ContentLength => "a Content-Length that is not a number",
            Self::ContentLengthsDiffer => "Content-Lengths that differ",
            Self::ContentLengthRepeated => "more than one Content-Length",
            Self::ContentLengthLimit => "a Content-Length over the body's limit",
            Self::BodyLimit => "the body is over its limit",
            Self::ChunkSize => "a chunk size is not hexadecimal",
            Self::ChunkLine => "a chunk line is malformed",
            Self::ChunkDataEnd => "chunk data is not followed by CRLF",
            Self::ChunkedLimit => "the chunked coding costs more than its limit",
            Self::TrailersLimit => "the trailer section is over its limit",
            Self::TrailerLinesLimit => "more trailer lines than the limit allows",
        }
    }

    /// Adds the number of bytes before the offending one.
    #[cold]
    pub(super) fn at(self, offset: u64) -> Fault {
        Fault {
            kind: self.kind(),
            what: Cow::Borrowed(self.what()),
            offset,
            response_status: self.response_status(),
        }
    }
}
