//! Finding the end of a head, or of a trailer section, while checking what each byte may be.
//!
//! The scan never looks back, and refuses at the first byte that cannot be right: a peer that does
//! not speak HTTP/1.x is found out at once and not when time runs out.

use super::{Refusal, work};

/// The status line up to the status code (RFC 9112 section 4); `#` stands for a digit. Any minor
/// version is read (RFC 9110 section 2.5); another major version is another protocol.
const STATUS_LINE: &[u8; 12] = b"HTTP/1.# ###";

const NUL: Refusal = Refusal::protocol("NUL in a field line");

/// What one head, or one trailer section, may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) lines: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// So many bytes into [`STATUS_LINE`].
    StatusLine(usize),
    /// Behind the status code.
    AfterStatus,
    Reason,
    /// At the first byte of a line.
    LineStart,
    /// In a field line. The grammar of a field is httparse's business.
    Line,
    /// Behind the CR that ends a line.
    LineEnd,
    /// Behind the CR of the empty line.
    EmptyLine,
}

/// A scan that remembers where it stopped.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    at: At,
    bounds: Bounds,
    length: usize,
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
        Self { at, bounds, length: 0, lines: 0, folded: false }
    }

    /// Scans on. `Ok(Some(n))`: the section ends after `n` bytes of `input`. An error comes with
    /// how many bytes of `input` stand before the offending one.
    pub(super) fn scan(&mut self, input: &[u8]) -> Result<Option<usize>, (Refusal, usize)> {
        let room = self.bounds.bytes.saturating_sub(self.length);
        let allowed = input.get(..room).unwrap_or(input);
        let mut rest = allowed;
        while let Some((&byte, behind)) = rest.split_first() {
            let used = allowed.len().saturating_sub(behind.len());
            work::count(1);
            if self.step(byte).map_err(|refusal| (refusal, used.saturating_sub(1)))? {
                return Ok(Some(used));
            }
            rest = match self.at {
                At::Line if !behind.is_empty() => self.line(behind),
                _ => behind,
            };
        }
        self.length = self.length.saturating_add(allowed.len());
        if allowed.len() < input.len() {
            return Err((Refusal::limit("the header section is over its limit"), allowed.len()));
        }
        Ok(None)
    }

    /// Goes on to what means something within a line, and over a line end that is all there.
    fn line<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let plain = memchr::memchr3(b'\r', b'\n', b'\0', input).unwrap_or(input.len());
        work::count(plain);
        let rest = input.get(plain..).unwrap_or_default();
        let Some(next) = rest.strip_prefix(b"\r\n") else { return rest };
        work::count(2);
        self.at = At::LineStart;
        next
    }

    /// Whether some line was continued by an obsolete fold.
    pub(super) fn folded(&self) -> bool {
        self.folded
    }

    /// Field lines seen.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    fn step(&mut self, byte: u8) -> Result<bool, Refusal> {
        self.at = match (self.at, byte) {
            (At::Line, b) if !matches!(b, b'\r' | b'\n' | b'\0') => At::Line,
            (At::StatusLine(n), _) => {
                let good = match STATUS_LINE.get(n) {
                    Some(b'#') => byte.is_ascii_digit(),
                    Some(&expected) => byte == expected,
                    None => false,
                };
                if !good {
                    return Err(Refusal::protocol("not an HTTP/1.x status line"));
                }
                let next = n.saturating_add(1);
                if next == STATUS_LINE.len() { At::AfterStatus } else { At::StatusLine(next) }
            }
            // The space before an empty reason is required and often forgotten (RFC 9112 section 4
            // lets a client split at white space).
            (At::AfterStatus, b' ') => At::Reason,
            (At::AfterStatus | At::Reason | At::Line, b'\r') => At::LineEnd,
            (At::AfterStatus, _) => {
                return Err(Refusal::protocol("no space after the status code"));
            }
            (At::LineEnd, b'\n') => At::LineStart,
            (At::LineStart, b'\r') => At::EmptyLine,
            (At::EmptyLine, b'\n') => return Ok(true),
            // RFC 9112 section 2.2 lets a client take a bare LF for a line end; the stricter way
            // leaves no room for two readers to disagree.
            (_, b'\n') => return Err(Refusal::protocol("a line feed without carriage return")),
            (At::LineEnd | At::EmptyLine, _) => {
                return Err(Refusal::protocol("a carriage return without line feed"));
            }
            // RFC 9112 section 5.2; in front of the first field there is nothing to fold (2.2).
            (At::LineStart, b' ' | b'\t') => {
                if self.lines == 0 {
                    return Err(Refusal::protocol("white space before the first field"));
                }
                self.folded = true;
                At::Line
            }
            (At::LineStart, _) => {
                if self.lines >= self.bounds.lines {
                    return Err(Refusal::limit("more field lines than the limit allows"));
                }
                if byte == b'\0' {
                    return Err(NUL);
                }
                self.lines = self.lines.saturating_add(1);
                At::Line
            }
            (At::Reason, b'\t' | b' '..=b'~' | 0x80..) => At::Reason,
            (At::Reason, _) => return Err(Refusal::protocol("a control character in the reason")),
            (At::Line, _) => return Err(NUL),
        };
        Ok(false)
    }
}

/// The minor version and the status code of a head that [`Scan`] has accepted.
pub(super) fn status_line(head: &[u8]) -> Option<(u8, u16)> {
    let [.., minor_version, _, hundreds, tens, ones] =
        *head.first_chunk::<{ STATUS_LINE.len() }>()?;
    let digit = |b: u8| b.wrapping_sub(b'0');
    let status = [hundreds, tens, ones]
        .into_iter()
        .fold(0_u16, |status, b| status.saturating_mul(10).saturating_add(u16::from(digit(b))));
    Some((digit(minor_version), status))
}
