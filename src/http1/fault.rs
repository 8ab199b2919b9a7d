//! Every reason to reject a message, and its text.

use alloc::borrow::Cow;
use alloc::format;

use crate::limits::Limits;

/// The reason why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    what: Cow<'static, str>,
    /// None if the connection was closed.
    refusal: Option<Refusal>,
    /// Bytes of the message before the offending one.
    pub(crate) offset: u64,
    /// The status of a server's response to it.
    pub(crate) response_status: u16,
}

impl Fault {
    /// The peer closed the connection before a message was complete.
    pub(super) fn closed_early(what: Cow<'static, str>, offset: u64) -> Self {
        Self { kind: FaultKind::ClosedEarly, what, refusal: None, offset, response_status: 400 }
    }

    /// What is wrong, in one line. `message` is what was read: the response, or the request.
    #[cold]
    pub(crate) fn text(self, message: &str, limits: &Limits) -> Cow<'static, str> {
        let what = self.what;
        match self.refusal.map(|refusal| refusal.limit(limits)) {
            None => what,
            Some(None) => Cow::Owned(format!("{message} is not valid HTTP/1.x: {what}")),
            Some(Some((name, limit))) => Cow::Owned(format!("{what} ({name}: {limit})")),
        }
    }
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
    TransferEncodingMalformed,
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
        match self.limit(&Limits::default()) {
            Some(_) => FaultKind::Limit,
            None => FaultKind::Protocol,
        }
    }

    /// The limit that was passed: its name and its value.
    fn limit(self, limits: &Limits) -> Option<(&'static str, usize)> {
        match self {
            Self::RequestLineLimit | Self::HeadLimit | Self::TrailersLimit => {
                Some(("head", limits.head))
            }
            Self::LinesLimit | Self::TrailerLinesLimit => Some(("fields", limits.fields)),
            Self::InterimLimit => Some(("interim", limits.interim)),
            Self::ContentLengthLimit | Self::BodyLimit => Some(("body", limits.body)),
            Self::ChunkedLimit => Some(("chunk_overhead", limits.chunk_overhead)),
            _ => None,
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
            Self::NoStatusLine => "it does not start with a status line",
            Self::NoSpaceAfterStatus => "there is no space after the status code",
            Self::ControlInReason => "there is a control character in the reason phrase",
            Self::Method => "the method is not a token",
            Self::TargetCharacter => "the request target contains a byte that it cannot contain",
            Self::Version => "the request line does not end with an HTTP version",
            Self::MajorVersion => "its major version is not 1",
            Self::TargetForm => "the form of the request target is not allowed for its method",
            Self::HostMissing => "it has no Host",
            Self::HostRepeated => "it has more than one Host",
            Self::Host => "Host is not a host and port",
            Self::RequestLineLimit => {
                "the request line is longer than the limit of the header section"
            }
            Self::BareLineFeed => "there is a line feed without carriage return",
            Self::BareCarriageReturn => "there is a carriage return without line feed",
            Self::WhiteSpaceBeforeFields => "there is white space before the first field",
            Self::Fold => "a field line of a request is folded",
            Self::NulInField => "a field line contains NUL",
            Self::FieldName => "a field name is not a token, or a field line has no colon",
            Self::FieldValue => "a field value contains a control character",
            Self::FieldLines => "the header section does not consist of field lines",
            Self::HeadLimit => "the header section is larger than its limit",
            Self::LinesLimit => "there are more field lines than the limit allows",
            Self::SwitchingProtocols => "101 Switching Protocols was not requested",
            Self::InterimLimit => "there are more interim responses (1xx) than the limit allows",
            Self::TransferEncodingInHttp10 => "it has a Transfer-Encoding in HTTP/1.0",
            Self::TransferEncoding => "its Transfer-Encoding is not chunked",
            Self::TransferEncodingMalformed => {
                "its Transfer-Encoding is not a list of transfer codings"
            }
            Self::TransferEncodingNotChunkedLast => {
                "its Transfer-Encoding does not end with chunked, or has it twice"
            }
            Self::TransferEncodingUnsupported => "its transfer coding is not chunked",
            Self::TransferEncodingAndLength => "it has both Transfer-Encoding and Content-Length",
            Self::ContentLength => "its Content-Length is not a number",
            Self::ContentLengthsDiffer => "it has different Content-Lengths",
            Self::ContentLengthRepeated => "it has more than one Content-Length",
            Self::ContentLengthLimit => "the Content-Length is larger than the limit of the body",
            Self::BodyLimit => "the body is larger than its limit",
            Self::ChunkSize => "a chunk size is not hexadecimal",
            Self::ChunkLine => "a chunk line is malformed",
            Self::ChunkDataEnd => "chunk data is not followed by CRLF",
            Self::ChunkedLimit => "the chunked coding adds more bytes than its limit",
            Self::TrailersLimit => "the trailer section is larger than its limit",
            Self::TrailerLinesLimit => "there are more trailer lines than the limit allows",
        }
    }

    /// Adds the number of bytes before the offending one.
    #[cold]
    pub(super) fn at(self, offset: u64) -> Fault {
        Fault {
            kind: self.kind(),
            what: Cow::Borrowed(self.what()),
            refusal: Some(self),
            offset,
            response_status: self.response_status(),
        }
    }
}
