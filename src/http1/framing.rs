//! The body after a head (RFC 9112 section 6.3), and whether the connection persists (9.3).

use super::chars;
use super::coding::ContentCoding;
use super::fault::Refusal;
use super::fields::{is, members, number};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Framing {
    #[default]
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
    /// For the final response to a POST, by its status line and its fields.
    pub(super) fn of_response(
        minor_version: u8,
        status: u16,
        said: &Said<'_>,
        body_limit: usize,
    ) -> Result<Self, Refusal> {
        let persistent = !said.ends(minor_version) && (minor_version >= 1 || said.keep_alive);
        // Rule 1 takes precedence over the fields. (HEAD and CONNECT are never sent.)
        if matches!(status, 204 | 304) {
            return Ok(Self { framing: Framing::None, persistent });
        }
        match (said.transfer_coding, said.length) {
            // Rules 3 and 4. Transfer-Encoding overrides Content-Length.
            (coding, _) if coding != TransferCoding::None && minor_version == 0 => {
                Err(Refusal::TransferEncodingInHttp10)
            }
            (TransferCoding::Chunked, _) => Ok(Self { framing: Framing::Chunked, persistent }),
            // Rules 5, 6 and 8.
            (TransferCoding::None, Err(refusal)) => Err(refusal),
            (TransferCoding::None, Ok(Some(digits))) => match length(digits) {
                length if length > body_limit => Err(Refusal::ContentLengthLimit),
                length => Ok(Self { framing: Framing::Length(length), persistent }),
            },
            (TransferCoding::None, Ok(None)) => {
                Ok(Self { framing: Framing::UntilClose, persistent: false })
            }
            _ => Err(Refusal::TransferEncoding),
        }
    }

    /// For a request. If the RFC leaves a choice, the request is rejected, because a proxy in front
    /// may have chosen differently (RFC 9112 section 11.2). The length is not compared with a limit
    /// here.
    pub(super) fn of_request(minor_version: u8, said: &Said<'_>) -> Result<Self, Refusal> {
        let framing = match (said.transfer_coding, said.length) {
            (coding, _) if coding != TransferCoding::None && minor_version == 0 => {
                return Err(Refusal::TransferEncodingInHttp10);
            }
            (TransferCoding::OthersAndChunked, _) => {
                return Err(Refusal::TransferEncodingUnsupported);
            }
            (TransferCoding::Malformed, _) => return Err(Refusal::TransferEncodingMalformed),
            (TransferCoding::Chunked, Ok(None)) => Framing::Chunked,
            (TransferCoding::Chunked, _) => return Err(Refusal::TransferEncodingAndLength),
            (TransferCoding::None, Err(refusal)) => return Err(refusal),
            (TransferCoding::None, _) if said.repeated => {
                return Err(Refusal::ContentLengthRepeated);
            }
            (TransferCoding::None, Ok(Some(digits))) => Framing::Length(length(digits)),
            // Section 6.3 rule 7.
            (TransferCoding::None, Ok(None)) => Framing::None,
            _ => return Err(Refusal::TransferEncodingNotChunkedLast),
        };
        // Section 9.3. HTTP/1.0 persists only if both sides request it, which this server does not.
        Ok(Self { framing, persistent: !said.close && minor_version >= 1 })
    }
}

/// The fields about the body and the connection.
pub(super) struct Said<'a> {
    /// The digits of the Content-Length, without leading zeros.
    length: Result<Option<&'a [u8]>, Refusal>,
    /// Content-Length occurred more than once, in one field or several.
    repeated: bool,
    transfer_coding: TransferCoding,
    pub(super) content_coding: ContentCoding,
    no_codings: &'static [&'static [u8]],
    close: bool,
    keep_alive: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TransferCoding {
    /// There is no Transfer-Encoding.
    None,
    /// There is an empty one.
    Empty,
    /// Exactly one `chunked`, without parameters: no other coding was offered by `TE`.
    Chunked,
    /// Others, and no `chunked`.
    Others,
    /// Others, then one `chunked`.
    OthersAndChunked,
    /// `chunked` is not the last one.
    ChunkedNotLast,
    /// Others, and a field that is not a list of codings.
    Malformed,
}

impl<'a> Said<'a> {
    /// Before the first field. The words in `no_codings` are not content codings.
    pub(super) fn nothing(no_codings: &'static [&'static [u8]]) -> Self {
        Self {
            length: Ok(None),
            repeated: false,
            transfer_coding: TransferCoding::None,
            content_coding: ContentCoding::Identity,
            no_codings,
            close: false,
            keep_alive: false,
        }
    }

    /// Reads one field. Inlined, because a field costs little else.
    #[inline(always)]
    pub(super) fn hear(&mut self, name: &[u8], value: &'a [u8]) {
        if is(name, "content-length") {
            self.hear_length(value);
        } else if is(name, "transfer-encoding") {
            self.transfer_coding = self.transfer_coding.and(value);
        } else if is(name, "content-encoding") {
            self.content_coding = self.content_coding.and(value, self.no_codings);
        } else if is(name, "connection") {
            for option in members(value) {
                self.close |= is(option, "close");
                self.keep_alive |= is(option, "keep-alive");
            }
        }
    }

    /// Whether the connection ends with the final response, for the fields of any response of the
    /// exchange, including interim ones: by `close` (section 9.6), or because the framing is
    /// faulty. It is faulty with Transfer-Encoding in HTTP/1.0 (section 6.1) and with
    /// Transfer-Encoding and Content-Length together (section 6.3 rule 3), even if no body follows
    /// because of the status.
    pub(super) fn ends(&self, minor_version: u8) -> bool {
        let coded = self.transfer_coding != TransferCoding::None;
        let faulty = coded && (minor_version == 0 || self.length != Ok(None));
        self.close || faulty
    }

    /// `1*DIGIT`, or a list of them. A client uses the same number repeated once (RFC 9110 section 8.6).
    /// Numbers are compared as digits, because the grammar has no upper limit.
    fn hear_length(&mut self, value: &'a [u8]) {
        for value in value.split(|&b| b == b',') {
            let Ok(known) = self.length else { return };
            let value = value.trim_ascii();
            let digits = without_leading_zeros(value);
            self.repeated |= known.is_some();
            self.length = if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
                Err(Refusal::ContentLength)
            } else if known.is_some_and(|known| known != digits) {
                Err(Refusal::ContentLengthsDiffer)
            } else {
                Ok(Some(digits))
            };
        }
    }
}

impl TransferCoding {
    /// Adds the codings of another field.
    fn and(self, value: &[u8]) -> Self {
        let before = if matches!(self, Self::None) { Self::Empty } else { self };
        let all =
            members(value).fold(before, |before, coding| match (before, is(coding, "chunked")) {
                (Self::None | Self::Empty, true) => Self::Chunked,
                (Self::None | Self::Empty | Self::Others, false) => Self::Others,
                (Self::Others, true) => Self::OthersAndChunked,
                (Self::Chunked | Self::OthersAndChunked | Self::ChunkedNotLast, _) => {
                    Self::ChunkedNotLast
                }
                (Self::Malformed, _) => Self::Malformed,
            });
        match all {
            Self::Others | Self::OthersAndChunked if !is_list_of_codings(value) => Self::Malformed,
            all => all,
        }
    }
}

/// Whether a value is `#transfer-coding` (RFC 9112 section 7, RFC 9110 section 5.6.1.2).
fn is_list_of_codings(value: &[u8]) -> bool {
    let mut rest = value.trim_ascii_start();
    while !rest.is_empty() {
        if !rest.starts_with(b",") {
            let Some(behind) = behind_coding(rest) else { return false };
            rest = behind.trim_ascii_start();
        }
        rest = match rest {
            [] => rest,
            [b',', behind @ ..] => behind.trim_ascii_start(),
            _ => return false,
        };
    }
    true
}

/// The input after `token *( OWS ";" OWS token BWS "=" BWS ( token / quoted-string ) )`.
fn behind_coding(input: &[u8]) -> Option<&[u8]> {
    let mut rest = behind_token(input)?;
    while let [b';', parameter @ ..] = rest.trim_ascii_start() {
        let behind_name = behind_token(parameter.trim_ascii_start())?.trim_ascii_start();
        rest = match behind_name.strip_prefix(b"=")?.trim_ascii_start() {
            [b'"', quoted @ ..] => behind_quoted(quoted)?,
            token => behind_token(token)?,
        };
    }
    Some(rest)
}

fn behind_token(input: &[u8]) -> Option<&[u8]> {
    let length = input.iter().take_while(|&&b| chars::is(b, chars::TOKEN)).count();
    input.get(length..).filter(|_| length > 0)
}

/// The input after the closing quote of a quoted-string (RFC 9110 section 5.6.4).
fn behind_quoted(mut input: &[u8]) -> Option<&[u8]> {
    loop {
        input = match input {
            [b'"', behind @ ..] => return Some(behind),
            [b'\\', _, behind @ ..] | [_, behind @ ..] => behind,
            [] => return None,
        };
    }
}

/// One zero remains if there is no other digit.
fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let first = digits.iter().position(|&digit| digit != b'0');
    let first = first.unwrap_or(digits.len().saturating_sub(1));
    digits.get(first..).unwrap_or_default()
}

/// A number that is too large for the machine counts as over the limit.
fn length(digits: &[u8]) -> usize {
    number(digits).and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX)
}
