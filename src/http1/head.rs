//! Finding the end of a head, or of a trailer section, while checking what each byte may be.
//!
//! The scan never looks back, and refuses at the first byte that cannot be right: a peer that does
//! not speak HTTP/1.x is found out at once and not when time runs out.

use super::fault::Refusal;
use super::work;

/// The status line up to the status code (RFC 9112 section 4); `#` stands for a digit. Any minor
/// version is read (RFC 9110 section 2.5); another major version is another protocol.
const STATUS_LINE: &[u8; 12] = b"HTTP/1.# ###";

/// What one head, or one trailer section, may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) lines: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// So many bytes into [`STATUS_LINE`], or behind all of it.
    StatusLine(u8),
    Reason,
    /// At the first byte of a line.
    LineStart,
    /// In a field line. The grammar of a field is httparse's business.
    Line,
    /// Behind the CR that ends a line.
    LineEnd,
    /// Behind the CR of the empty line.
    EmptyLine,
    /// Behind the empty line.
    End,
}

/// How far a scan came.
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
    /// What the section may still cost.
    left: Bounds,
    lines: usize,
    folded: bool,
}

impl Scan {
    pub(super) fn head(bounds: Bounds) -> Self {
        Self::new(At::StatusLine(0), bounds)
    }

    pub(super) fn trailers(bounds: Bounds) -> Self {
        Self::new(At::LineStart, bounds)
    }

    fn new(at: At, bounds: Bounds) -> Self {
        Self { at, left: bounds, lines: 0, folded: false }
    }

    /// Scans on, and says how many bytes of `input` stand: all, unless the section ended within or the
    /// next byte is refused.
    pub(super) fn scan(&mut self, input: &[u8]) -> (usize, Scanned) {
        match input {
            [byte] => match self.step(*byte) {
                Scanned::Refused(refusal) => (0, Scanned::Refused(refusal)),
                scanned => (1, scanned),
            },
            _ => self.scan_piece(input),
        }
    }

    /// Apart, so that a byte that comes alone does not pay for it.
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

    /// Where a byte leads.
    fn decide(&mut self, byte: u8) -> Result<At, Refusal> {
        if self.left.bytes == 0 {
            return Err(Refusal::HeadLimit);
        }
        Ok(match (self.at, byte) {
            (At::Line, b) if !matches!(b, b'\r' | b'\n' | b'\0') => At::Line,
            (At::StatusLine(n), _) => in_status_line(n, byte)?,
            (At::Reason | At::Line, b'\r') => At::LineEnd,
            (At::LineEnd, b'\n') => At::LineStart,
            (At::LineStart, b'\r') => At::EmptyLine,
            (At::EmptyLine, b'\n') => At::End,
            // RFC 9112 section 2.2 lets a client take a bare LF for a line end; the stricter way
            // leaves no room for two readers to disagree.
            (_, b'\n') => return Err(Refusal::BareLineFeed),
            (At::LineEnd | At::EmptyLine, _) => return Err(Refusal::BareCarriageReturn),
            // RFC 9112 section 5.2; in front of the first field there is nothing to fold (2.2).
            (At::LineStart, b' ' | b'\t') => {
                if self.lines == 0 {
                    return Err(Refusal::WhiteSpaceBeforeFields);
                }
                self.folded = true;
                At::Line
            }
            (At::LineStart, _) => {
                self.left.lines = self.left.lines.checked_sub(1).ok_or(Refusal::LinesLimit)?;
                if byte == b'\0' {
                    return Err(Refusal::NulInField);
                }
                self.lines = self.lines.saturating_add(1);
                At::Line
            }
            (At::Reason, b) if in_reason(b) => At::Reason,
            (At::Reason, _) => return Err(Refusal::ControlInReason),
            (At::Line, _) => return Err(Refusal::NulInField),
            (At::End, _) => At::End,
        })
    }

    /// Goes on over as many bytes as need no decision: whole lines, and what means nothing within one.
    /// Apart, so that a single byte does not pay for it.
    #[inline(never)]
    fn run<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let allowed = input.get(..self.left.bytes).unwrap_or(input);
        let mut rest = allowed;
        loop {
            match (self.at, rest) {
                (At::StatusLine(0), _) => {
                    let Some(behind) = behind_status_line(rest) else { break };
                    rest = behind;
                    self.at = At::LineStart;
                    continue;
                }
                (At::LineStart, [first, ..]) if !matches!(first, b'\r' | b'\n' | b' ' | b'\t') => {
                    let Some(left) = self.left.lines.checked_sub(1) else { break };
                    self.left.lines = left;
                    self.lines = self.lines.saturating_add(1);
                }
                (At::Line, [_, ..]) => {}
                _ => break,
            }
            self.at = At::Line;
            let plain = memchr::memchr3(b'\r', b'\n', b'\0', rest).unwrap_or(rest.len());
            rest = rest.get(plain..).unwrap_or_default();
            let Some(behind) = rest.strip_prefix(b"\r\n") else { break };
            rest = behind;
            self.at = At::LineStart;
        }
        let taken = allowed.len().saturating_sub(rest.len());
        work::count(taken);
        self.left.bytes = self.left.bytes.saturating_sub(taken);
        input.get(taken..).unwrap_or_default()
    }
}

/// Where a byte leads that stands so far into the status line.
fn in_status_line(n: u8, byte: u8) -> Result<At, Refusal> {
    let next = At::StatusLine(n.saturating_add(1));
    match (STATUS_LINE.get(usize::from(n)), byte) {
        (Some(b'#'), b'0'..=b'9') => Ok(next),
        (Some(&expected), _) if expected == byte && expected != b'#' => Ok(next),
        (Some(_), _) => Err(Refusal::NoStatusLine),
        // The space before an empty reason is required and often forgotten (RFC 9112 section 4 lets a
        // client split at white space).
        (None, b' ') => Ok(At::Reason),
        (None, b'\r') => Ok(At::LineEnd),
        (None, _) => Err(Refusal::NoSpaceAfterStatus),
    }
}

/// What comes behind a status line that is all there.
fn behind_status_line(input: &[u8]) -> Option<&[u8]> {
    let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9', b' ', rest @ ..] = input else {
        return None;
    };
    let [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] = rest else { return None };
    let reason = rest.iter().take_while(|&&b| in_reason(b)).count();
    rest.get(reason..)?.strip_prefix(b"\r\n")
}

/// RFC 9112 section 4.
fn in_reason(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

/// The minor version and the status code of a head that [`Scan`] has accepted.
pub(super) fn status_line(head: &[u8]) -> Option<(u8, u16)> {
    let [.., minor_version, _, hundreds, tens, ones] =
        *head.first_chunk::<{ STATUS_LINE.len() }>()?;
    let digit = |b: u8| b.wrapping_sub(b'0');
    // Three digits cannot overflow it.
    let status = [hundreds, tens, ones]
        .into_iter()
        .fold(0_u16, |status, b| status.wrapping_mul(10).wrapping_add(u16::from(digit(b))));
    Some((digit(minor_version), status))
}
