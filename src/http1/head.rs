//! Finds the end of a head or of a trailer section, and checks each byte.
//!
//! The scan never reads a byte twice and rejects the first invalid byte. A peer that does not use
//! HTTP/1.x is therefore found at once and not when the timeout expires.

use super::fault::Refusal;
use super::{chars, request_line, status_line, work};

/// The limits of one head or one trailer section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) lines: usize,
}

/// The position of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// In a status line, up to its code.
    StatusLine,
    Reason,
    /// Before a request line, after empty lines only, which are ignored (RFC 9112 section 2.2).
    BeforeRequest,
    /// Behind the CR of such a line.
    LeadingLineEnd,
    Method,
    TargetStart,
    Target,
    Version,
    /// At the first byte of a line.
    LineStart,
    /// In a field line. httparse checks the grammar of a field.
    Line,
    /// Behind the CR that ends a line.
    LineEnd,
    /// Behind the CR of the empty line.
    EmptyLine,
    /// Behind the empty line.
    End,
}

/// The progress of a scan.
pub(super) enum Scanned {
    SoFar,
    /// The empty line was seen.
    ToTheEnd,
    Refused(Refusal),
}

/// A scan that remembers where it stopped.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    at: At,
    /// The number of received bytes of a status line, or of the version in a request line.
    matched: u8,
    /// The rest of the limits.
    left: Bounds,
    lines: usize,
    folded: bool,
    /// A client unfolds, a server rejects (RFC 9112 section 5.2).
    may_fold: bool,
    is_trailers: bool,
}

impl Scan {
    /// Of a head that starts so.
    pub(super) fn head(start: At, bounds: Bounds) -> Self {
        let may_fold = start == At::StatusLine;
        Self {
            at: start,
            matched: 0,
            left: bounds,
            lines: 0,
            folded: false,
            may_fold,
            is_trailers: false,
        }
    }

    /// Of the trailers of a message whose head starts so.
    pub(super) fn trailers(start: At, bounds: Bounds) -> Self {
        Self { at: At::LineStart, is_trailers: true, ..Self::head(start, bounds) }
    }

    /// Whether a request line has started. Empty lines before it do not count.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.at, At::BeforeRequest | At::LeadingLineEnd)
    }

    /// Continues the scan. Returns how many bytes of `input` are valid: all, unless the section
    /// ends within them or the next byte is rejected.
    pub(super) fn scan(&mut self, input: &[u8]) -> (usize, Scanned) {
        match input {
            [byte] => match self.step(*byte) {
                Scanned::Refused(refusal) => (0, Scanned::Refused(refusal)),
                scanned => (1, scanned),
            },
            _ => self.scan_piece(input),
        }
    }

    /// A separate function, so that a single byte does not cost its setup.
    #[inline(never)]
    fn scan_piece(&mut self, input: &[u8]) -> (usize, Scanned) {
        let before = |rest: &[u8]| input.len().saturating_sub(rest.len());
        let mut rest = input;
        loop {
            rest = self.run(rest);
            let Some((&byte, behind)) = rest.split_first() else {
                return (input.len(), Scanned::SoFar);
            };
            match self.step(byte) {
                Scanned::SoFar => rest = behind,
                Scanned::ToTheEnd => return (before(behind), Scanned::ToTheEnd),
                refused => return (before(rest), refused),
            }
        }
    }

    /// Whether some line was continued by an obsolete fold.
    pub(super) fn folded(&self) -> bool {
        self.folded
    }

    /// Field lines seen.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    #[inline(never)]
    fn step(&mut self, byte: u8) -> Scanned {
        match self.decide(byte) {
            Ok(at) => {
                work::count(1);
                self.left.bytes = self.left.bytes.saturating_sub(1);
                self.at = at;
                if at == At::End { Scanned::ToTheEnd } else { Scanned::SoFar }
            }
            Err(refusal) => Scanned::Refused(refusal),
        }
    }

    /// The position after a byte.
    fn decide(&mut self, byte: u8) -> Result<At, Refusal> {
        if self.left.bytes == 0 {
            return Err(self.over_limit());
        }
        Ok(match (self.at, byte) {
            (At::Line, b) if !matches!(b, b'\r' | b'\n' | b'\0') => At::Line,
            (At::StatusLine, _) => status_line::step(&mut self.matched, byte)?,
            (At::Reason | At::Line, b'\r') => At::LineEnd,
            (At::LineEnd, b'\n') => At::LineStart,
            (At::LeadingLineEnd, b'\n') => At::BeforeRequest,
            (At::LineStart, b'\r') => At::EmptyLine,
            (At::EmptyLine, b'\n') => At::End,
            // RFC 9112 section 2.2 permits reading a bare LF as a line end. It is rejected, so that
            // two readers cannot disagree.
            (_, b'\n') => return Err(Refusal::BareLineFeed),
            (At::LineEnd | At::EmptyLine, _) => {
                return Err(Refusal::BareCarriageReturn);
            }
            // RFC 9112 section 5.2; before the first field there is nothing to fold (2.2).
            (At::LineStart, b' ' | b'\t') => {
                if self.lines == 0 {
                    return Err(Refusal::WhiteSpaceBeforeFields);
                }
                if !self.may_fold {
                    return Err(Refusal::Fold);
                }
                self.folded = true;
                At::Line
            }
            (At::LineStart, _) => {
                self.left.lines = self.left.lines.checked_sub(1).ok_or(self.too_many_lines())?;
                if byte == b'\0' {
                    return Err(Refusal::NulInField);
                }
                self.lines = self.lines.saturating_add(1);
                At::Line
            }
            (At::Reason, b) if chars::is(b, chars::REASON) => At::Reason,
            (At::Reason, _) => return Err(Refusal::ControlInReason),
            (At::Line, _) => return Err(Refusal::NulInField),
            (At::End, _) => At::End,
            (at, _) => request_line::step(at, &mut self.matched, byte)?,
        })
    }

    #[cold]
    fn over_limit(&self) -> Refusal {
        match self.at {
            _ if self.is_trailers => Refusal::TrailersLimit,
            At::BeforeRequest
            | At::LeadingLineEnd
            | At::Method
            | At::TargetStart
            | At::Target
            | At::Version => Refusal::RequestLineLimit,
            _ => Refusal::HeadLimit,
        }
    }

    fn too_many_lines(&self) -> Refusal {
        if self.is_trailers { Refusal::TrailerLinesLimit } else { Refusal::LinesLimit }
    }

    /// Skips bytes in bulk: complete lines, and bytes within a line that need no decision. A
    /// separate function, so that a single byte does not cost its setup.
    #[inline(never)]
    fn run<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let allowed = input.get(..self.left.bytes).unwrap_or(input);
        let (mut at, mut rest, mut lines) = (self.at, allowed, 0_usize);
        loop {
            match (at, rest) {
                (At::StatusLine, _) if self.matched == 0 => {
                    let Some(behind) = status_line::behind(rest) else { break };
                    rest = behind;
                    at = At::LineStart;
                    continue;
                }
                (At::BeforeRequest, _) => {
                    let Some(behind) = request_line::behind(rest) else { break };
                    rest = behind;
                    at = At::LineStart;
                    continue;
                }
                (At::LineStart, [first, ..]) if !matches!(first, b'\r' | b'\n' | b' ' | b'\t') => {
                    if lines == self.left.lines {
                        break;
                    }
                    lines = lines.saturating_add(1);
                }
                (At::Line, [_, ..]) => {}
                _ => break,
            }
            at = At::Line;
            let plain = memchr::memchr3(b'\r', b'\n', b'\0', rest).unwrap_or(rest.len());
            rest = rest.get(plain..).unwrap_or_default();
            let Some(behind) = rest.strip_prefix(b"\r\n") else { break };
            rest = behind;
            at = At::LineStart;
        }
        let taken = allowed.len().saturating_sub(rest.len());
        work::count(taken);
        self.at = at;
        self.left.bytes = self.left.bytes.saturating_sub(taken);
        self.left.lines = self.left.lines.saturating_sub(lines);
        self.lines = self.lines.saturating_add(lines);
        input.get(taken..).unwrap_or_default()
    }
}
