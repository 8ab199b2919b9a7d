//! A reader of one response as RFC 9110 and RFC 9112 have it, for a whole input. It shares nothing with
//! the library: httparse takes the head apart, what httparse lets through is looked for in the bytes,
//! framing and chunked coding are read straight down the grammar.
//!
//! It also says why it refuses, and what it met that other readers stumble over.

use std::str;

use atlas_webhook::{ErrorKind, Limits};

use super::Answer;

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The input ends before the response does.
    CutShort,
    /// The same, behind the last chunk.
    CutShortInTrailers,
    EmptyLineInFront,
    StatusLine,
    ControlInReason,
    SwitchingProtocols,
    TooManyInterim,
    Head(Section),
    CodingInHttp10,
    /// `chunked` is there, and is not the only coding.
    ChunkedNotAlone,
    /// No coding is `chunked`, and there is no length.
    NotChunked,
    /// No coding is `chunked`, and there is a length.
    NotChunkedButLength,
    Length,
    LengthsDiffer,
    BodyTooLong,
    ChunkSize,
    /// A sign before a chunk size.
    ChunkSizeSign,
    /// White space, or what some take for it, around a chunk size.
    ChunkSizeSpace,
    ChunkExtension,
    /// CR in a chunk line, and no LF behind it.
    ChunkLineEnd,
    /// No CRLF behind chunk data.
    ChunkDataEnd,
    TooMuchChunking,
    Trailers(Section),
}

/// Why field lines are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    BareLf,
    BareCr,
    Nul,
    FoldInFront,
    NotAField,
    TooLong,
    TooMany,
}

impl Why {
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::CutShort | Self::CutShortInTrailers => ErrorKind::ClosedEarly,
            Self::TooManyInterim
            | Self::BodyTooLong
            | Self::TooMuchChunking
            | Self::Head(Section::TooLong | Section::TooMany)
            | Self::Trailers(Section::TooLong | Section::TooMany) => ErrorKind::Limit,
            _ => ErrorKind::Protocol,
        }
    }
}

/// Something sound, or made sound by the RFC, that is read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// HTTP/1.2 to 1.9.
    MinorVersion,
    StatusBelow100,
    Fold,
    /// A field in a `100`.
    FieldIn100,
    /// A broken Content-Length in a 1xx, a 204 or a 304, or one beyond 64 bits.
    LengthWithoutBody,
    /// The same beside `chunked`.
    LengthBesideChunked,
    /// More than 20 bytes before the line end.
    LongChunkLine,
    FoldInTrailers,
}

/// How the head is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heads {
    Strict,
    /// As httparse reads them by default, with nothing around it.
    Httparse,
}

pub(crate) struct Reference<'a> {
    input: &'a [u8],
    limits: Limits,
    heads: Heads,
    at: usize,
    /// In the order in which they stand in the input.
    pub(crate) features: Vec<Feature>,
}

struct Head {
    minor: u8,
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| &**value).collect()
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn trim(value: &[u8]) -> &[u8] {
    let is_ows = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(start) = value.iter().position(|byte| !is_ows(byte)) else { return &[] };
    let end = value.iter().rposition(|byte| !is_ows(byte)).unwrap_or(start);
    &value[start..=end]
}

impl<'a> Reference<'a> {
    pub(crate) fn new(input: &'a [u8], limits: Limits, heads: Heads) -> Self {
        Self { input, limits, heads, at: 0, features: Vec::new() }
    }

    pub(crate) fn read(&mut self) -> Result<Answer, Why> {
        let mut interim = 0;
        let head = loop {
            let head = self.head()?;
            match head.status {
                101 => return Err(Why::SwitchingProtocols),
                100..200 if interim == self.limits.interim => return Err(Why::TooManyInterim),
                100..200 => {
                    interim += 1;
                    if head.status == 100 && !head.fields.is_empty() {
                        self.features.push(Feature::FieldIn100);
                    }
                    self.unused_length(&head, Feature::LengthWithoutBody);
                }
                _ => break head,
            }
        };
        let mut at_close = false;
        let codings = head.values("transfer-encoding");
        let body = if matches!(head.status, 204 | 304) {
            self.unused_length(&head, Feature::LengthWithoutBody);
            Vec::new()
        } else if !codings.is_empty() {
            coding(&codings, &head)?;
            self.unused_length(&head, Feature::LengthBesideChunked);
            self.chunked()?
        } else if let Some(length) = length(&head.values("content-length"))? {
            self.sized(length)?
        } else {
            at_close = true;
            let body = &self.input[self.at..];
            if body.len() > self.limits.body {
                return Err(Why::BodyTooLong);
            }
            self.at = self.input.len();
            body.to_vec()
        };
        let Head { status, fields, .. } = head;
        Ok(Answer { status, fields, body, consumed: self.at, at_close })
    }

    /// The next request: its target and its body. Its head is read as httparse reads it.
    pub(crate) fn request(&mut self) -> Result<(Vec<u8>, Vec<u8>), Why> {
        let mut room = vec![httparse::EMPTY_HEADER; self.limits.fields];
        let mut request = httparse::Request::new(&mut room);
        let used = match request.parse(&self.input[self.at..]) {
            Ok(httparse::Status::Complete(used)) => used,
            Ok(httparse::Status::Partial) => return Err(Why::CutShort),
            Err(httparse::Error::TooManyHeaders) => return Err(Why::Head(Section::TooMany)),
            Err(_) => return Err(Why::Head(Section::NotAField)),
        };
        self.at += used;
        let target = request.path.unwrap().as_bytes().to_vec();
        let fields = request.headers.iter().map(|h| (h.name.to_owned(), h.value.to_vec()));
        let head = Head { minor: request.version.unwrap(), status: 0, fields: fields.collect() };
        let codings = head.values("transfer-encoding");
        let body = if codings.is_empty() {
            self.sized(length(&head.values("content-length"))?.unwrap_or(0))?
        } else {
            coding(&codings, &head)?;
            self.chunked()?
        };
        Ok((target, body))
    }

    /// The line with which the next message starts, without empty ones in front.
    pub(crate) fn line(&self) -> &'a [u8] {
        let rest = &self.input[self.at..];
        let empty = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        rest[empty..].split(|&b| b == b'\n').next().unwrap_or_default()
    }

    /// A body of this length.
    fn sized(&mut self, length: u128) -> Result<Vec<u8>, Why> {
        if length > self.limits.body as u128 {
            return Err(Why::BodyTooLong);
        }
        let length = length as usize;
        let body = self.input[self.at..].get(..length).ok_or(Why::CutShort)?;
        self.at += length;
        Ok(body.to_vec())
    }

    fn unused_length(&mut self, head: &Head, feature: Feature) {
        let read = length(&head.values("content-length"));
        if !read.is_ok_and(|length| length <= Some(u64::MAX.into())) {
            self.features.push(feature);
        }
    }

    fn head(&mut self) -> Result<Head, Why> {
        let rest = &self.input[self.at..];
        let head = match self.heads {
            Heads::Strict => self.strict_head(rest)?,
            Heads::Httparse => rest.to_vec(),
        };
        let minor = head.get(7).copied().unwrap_or_default();
        let (minor, readable) = if self.heads == Heads::Strict && minor > b'1' {
            self.features.push(Feature::MinorVersion);
            (minor, [b"HTTP/1.1", &head[8..]].concat())
        } else {
            (minor, head)
        };
        let mut room = vec![httparse::EMPTY_HEADER; self.limits.fields];
        let mut response = httparse::Response::new(&mut room);
        let strict = self.heads == Heads::Strict;
        let mut config = httparse::ParserConfig::default();
        config.allow_obsolete_multiline_headers_in_responses(strict);
        let used = match config.parse_response(&mut response, &readable) {
            Ok(httparse::Status::Complete(used)) => used,
            Ok(httparse::Status::Partial) => return Err(Why::CutShort),
            Err(httparse::Error::TooManyHeaders) => return Err(Why::Head(Section::TooMany)),
            Err(_) => return Err(Why::Head(Section::NotAField)),
        };
        let minor = if strict { minor - b'0' } else { response.version.unwrap() };
        let status = response.code.unwrap();
        let fields =
            response.headers.iter().map(|h| (h.name.to_owned(), unfold(h.value))).collect();
        if status < 100 {
            self.features.push(Feature::StatusBelow100);
        }
        if strict && find(&readable, b"\r\n ").or(find(&readable, b"\r\n\t")).is_some() {
            self.features.push(Feature::Fold);
        }
        self.at += used;
        Ok(Head { minor, status, fields })
    }

    /// The bytes of the head at the start of `rest`. All errors but invalid field lines are found
    /// here, because the first error in the bytes counts.
    fn strict_head(&self, rest: &[u8]) -> Result<Vec<u8>, Why> {
        const PATTERN: &[u8] = b"HTTP/1.0 000";
        let matches = |(byte, pattern): (&u8, &u8)| match pattern {
            b'0' => byte.is_ascii_digit(),
            _ => byte == pattern,
        };
        if matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..]) {
            return Err(Why::EmptyLineInFront);
        }
        if !rest.iter().zip(PATTERN).all(matches) {
            return Err(Why::StatusLine);
        }
        let Some(line) = rest.get(PATTERN.len()..) else { return Err(Why::CutShort) };
        let reason_end = line.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(line.len());
        let bad_in_reason = line[..reason_end].iter().enumerate().position(|(at, byte)| match at {
            0 => *byte != b' ',
            _ => byte.is_ascii_control() && *byte != b'\t',
        });
        let reason = bad_in_reason.map(|at| {
            (PATTERN.len() + at, if at == 0 { Why::StatusLine } else { Why::ControlInReason })
        });
        let from = PATTERN.len() + reason_end;
        let section = section(&rest[from..], from, self.limits)
            .map_err(|(at, section)| (at, Why::Head(section)));
        match (reason, section) {
            (Some((at, _)), Err((first, why))) if first <= at => Err(why),
            (Some((_, why)), _) | (None, Err((_, why))) => Err(why),
            (None, Ok(Some(end))) => Ok(rest[..from + end].to_vec()),
            (None, Ok(None)) => Err(Why::CutShort),
        }
    }

    fn chunked(&mut self) -> Result<Vec<u8>, Why> {
        let mut body = Vec::new();
        let mut overhead = self.limits.chunk_overhead;
        loop {
            let size = self.chunk_line(&mut overhead, self.limits.body - body.len())?;
            if size == 0 {
                break;
            }
            let data = self.input[self.at..].get(..size).ok_or(Why::CutShort)?;
            body.extend_from_slice(data);
            self.at += size;
            for expected in b"\r\n" {
                if self.byte(&mut overhead)? != *expected {
                    return Err(Why::ChunkDataEnd);
                }
            }
        }
        self.trailers()?;
        Ok(body)
    }

    fn byte(&mut self, overhead: &mut usize) -> Result<u8, Why> {
        let byte = *self.input.get(self.at).ok_or(Why::CutShort)?;
        *overhead = overhead.checked_sub(1).ok_or(Why::TooMuchChunking)?;
        self.at += 1;
        Ok(byte)
    }

    /// RFC 9112 sections 7.1 and 7.1.1.
    fn chunk_line(&mut self, overhead: &mut usize, room: usize) -> Result<usize, Why> {
        let start = self.at;
        let mut size = None;
        let mut byte = loop {
            let byte = self.byte(overhead)?;
            let Some(digit) = char::from(byte).to_digit(16) else { break byte };
            let larger = size.unwrap_or(0_usize) * 16 + digit as usize;
            if larger > room {
                return Err(Why::BodyTooLong);
            }
            size = Some(larger);
        };
        let Some(size) = size else {
            return Err(match byte {
                b'+' | b'-' => Why::ChunkSizeSign,
                b' ' | b'\t' | b'\n' | 0x0B | 0x0C => Why::ChunkSizeSpace,
                _ => Why::ChunkSize,
            });
        };
        let mut in_extension = false;
        loop {
            let mut spaces = 0;
            while matches!(byte, b' ' | b'\t') {
                spaces += 1;
                byte = self.byte(overhead)?;
            }
            match byte {
                b'\r' if spaces == 0 => break,
                b';' => {}
                _ if in_extension => return Err(Why::ChunkExtension),
                b'\r' | b'\n' | 0x0B | 0x0C => return Err(Why::ChunkSizeSpace),
                _ => return Err(Why::ChunkSize),
            }
            in_extension = true;
            byte = self.extension(overhead)?;
        }
        if self.byte(overhead)? != b'\n' {
            return Err(if in_extension { Why::ChunkExtension } else { Why::ChunkLineEnd });
        }
        if self.at - start > 22 {
            self.features.push(Feature::LongChunkLine);
        }
        Ok(size)
    }

    /// An extension behind its semicolon; gives the byte behind it.
    fn extension(&mut self, overhead: &mut usize) -> Result<u8, Why> {
        let mut byte = self.behind_spaces(overhead)?;
        if !is_tchar(byte) {
            return Err(Why::ChunkExtension);
        }
        while is_tchar(byte) {
            byte = self.byte(overhead)?;
        }
        let mut spaces = false;
        while matches!(byte, b' ' | b'\t') {
            spaces = true;
            byte = self.byte(overhead)?;
        }
        match byte {
            b'=' => {}
            // White space belongs before a semicolon or an equals sign.
            b'\r' if spaces => return Err(Why::ChunkExtension),
            _ => return Ok(byte),
        }
        byte = self.behind_spaces(overhead)?;
        if byte == b'"' {
            loop {
                let text = match self.byte(overhead)? {
                    b'"' => return self.byte(overhead),
                    b'\\' => self.byte(overhead)?,
                    text => text,
                };
                if text.is_ascii_control() && text != b'\t' {
                    return Err(Why::ChunkExtension);
                }
            }
        }
        if !is_tchar(byte) {
            return Err(Why::ChunkExtension);
        }
        while is_tchar(byte) {
            byte = self.byte(overhead)?;
        }
        Ok(byte)
    }

    fn behind_spaces(&mut self, overhead: &mut usize) -> Result<u8, Why> {
        loop {
            match self.byte(overhead)? {
                b' ' | b'\t' => {}
                byte => return Ok(byte),
            }
        }
    }

    /// Read as the fields of a head without status line.
    fn trailers(&mut self) -> Result<(), Why> {
        let rest = &self.input[self.at..];
        let mut room = vec![httparse::EMPTY_HEADER; self.limits.fields];
        if self.heads == Heads::Httparse {
            return match httparse::parse_headers(rest, &mut room) {
                Ok(httparse::Status::Complete((used, _))) => {
                    self.at += used;
                    Ok(())
                }
                Ok(httparse::Status::Partial) => Err(Why::CutShortInTrailers),
                Err(_) => Err(Why::Trailers(Section::NotAField)),
            };
        }
        let with_line_end = [b"\r\n", rest].concat();
        // The line end that was put in front does not count.
        let mut limits = self.limits;
        limits.head += 2;
        let end = match section(&with_line_end, 0, limits) {
            Ok(Some(end)) => end,
            Ok(None) => return Err(Why::CutShortInTrailers),
            Err((_, section)) => return Err(Why::Trailers(section)),
        };
        let lines = [b"HTTP/1.1 200", &with_line_end[..end]].concat();
        let mut config = httparse::ParserConfig::default();
        config.allow_obsolete_multiline_headers_in_responses(true);
        let mut response = httparse::Response::new(&mut room);
        if config.parse_response(&mut response, &lines).is_err() {
            return Err(Why::Trailers(Section::NotAField));
        }
        if find(&lines, b"\r\n ").or(find(&lines, b"\r\n\t")).is_some() {
            self.features.push(Feature::FoldInTrailers);
        }
        self.at += end - 2;
        Ok(())
    }
}

/// One space for a fold, or for several without anything between them (RFC 9112 section 5.2).
fn unfold(value: &[u8]) -> Vec<u8> {
    if !value.contains(&b'\n') {
        return value.to_vec();
    }
    let lines = value.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| trim(line.strip_suffix(b"\r").unwrap_or(line)));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(&b' ')
}

/// RFC 9112 section 6.3 rules 3 and 4, for a reader that can remove `chunked` and nothing else.
fn coding(values: &[&[u8]], head: &Head) -> Result<(), Why> {
    if head.minor == 0 {
        return Err(Why::CodingInHttp10);
    }
    let members = values.iter().flat_map(|value| value.split(|&byte| byte == b','));
    let members: Vec<&[u8]> = members.map(trim).filter(|member| !member.is_empty()).collect();
    let is_chunked = |member: &&[u8]| member.eq_ignore_ascii_case(b"chunked");
    match &members[..] {
        [only] if is_chunked(only) => Ok(()),
        _ if members.iter().any(is_chunked) => Err(Why::ChunkedNotAlone),
        _ if head.values("content-length").is_empty() => Err(Why::NotChunked),
        _ => Err(Why::NotChunkedButLength),
    }
}

/// RFC 9112 section 6.3 rule 5.
fn length(values: &[&[u8]]) -> Result<Option<u128>, Why> {
    let mut length = None;
    for value in values.iter().flat_map(|value| value.split(|&byte| byte == b',')) {
        let digits = str::from_utf8(trim(value)).map_err(|_| Why::Length)?;
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Why::Length);
        }
        let number = digits.parse().unwrap_or(u128::MAX);
        if length.is_some_and(|length| length != number) {
            return Err(Why::LengthsDiffer);
        }
        length = Some(number);
    }
    Ok(length)
}

/// Where the lines end that start with the line end at the start of `lines`, or at which byte
/// they are refused; before them stand `before` bytes that count for the limit.
fn section(lines: &[u8], before: usize, limits: Limits) -> Result<Option<usize>, (usize, Section)> {
    let end = find(lines, b"\r\n\r\n").map(|at| at + 4);
    let within = &lines[..end.unwrap_or(lines.len())];
    let bytes = || within.iter().copied().enumerate();
    let bare_lf = bytes().find(|&(at, byte)| byte == b'\n' && (at == 0 || within[at - 1] != b'\r'));
    let bare_cr = bytes().find(|&(at, byte)| at > 0 && byte != b'\n' && within[at - 1] == b'\r');
    let nul = bytes().find(|&(_, byte)| byte == 0);
    let starts = || bytes().skip(2).filter(|&(at, _)| within[..at].ends_with(b"\r\n"));
    let fold_in_front = starts().take(1).find(|&(_, byte)| matches!(byte, b' ' | b'\t'));
    let one_too_many = starts()
        .filter(|(_, byte)| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .nth(limits.fields);
    let too_long = before + within.len() > limits.head;
    let found = [
        (one_too_many, Section::TooMany),
        (bare_lf, Section::BareLf),
        (bare_cr, Section::BareCr),
        (fold_in_front, Section::FoldInFront),
        (nul, Section::Nul),
    ];
    let found = found.into_iter().filter_map(|(at, what)| Some((before + at?.0, what)));
    // At one and the same byte, a limit is noticed before anything else.
    let too_long = too_long.then_some((limits.head, Section::TooLong));
    too_long.into_iter().chain(found).min_by_key(|&(at, _)| at).map_or(Ok(end), Err)
}
