//! Finding the end of a head, or of a trailer section, while checking what each byte may be.
//!
//! The scan never looks back, and refuses at the first byte that cannot be right: a peer that does
//! not speak HTTP/1.x is found out at once and not when time runs out.

use core::str;

use super::{Refusal, work};

/// The status line up to the status code (RFC 9112 section 4); `#` stands for a digit. Any minor
/// version is read (RFC 9110 section 2.5); another major version is another protocol.
const STATUS_LINE: &[u8; 12] = b"HTTP/1.# ###";

/// Where the minor version and the status code stand in it.
const MINOR_VERSION: usize = 7;
const STATUS: core::ops::Range<usize> = 9..12;

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
        let mut used = 0_usize;
        while let Some(&byte) = allowed.get(used) {
            work::count(1);
            let ended = self.step(byte).map_err(|refusal| (refusal, used))?;
            used = used.saturating_add(1);
            if ended {
                return Ok(Some(used));
            }
            if self.at == At::Line {
                let plain = plain(allowed.get(used..).unwrap_or_default());
                work::count(plain);
                used = used.saturating_add(plain);
            }
        }
        self.length = self.length.saturating_add(used);
        if used < input.len() {
            return Err((Refusal::limit("the header section is over its limit"), used));
        }
        Ok(None)
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
                self.lines = self.lines.saturating_add(1);
                At::Line
            }
            (At::Reason, b'\t' | b' '..=b'~' | 0x80..) => At::Reason,
            (At::Reason, _) => return Err(Refusal::protocol("a control character in the reason")),
            (At::Line, b'\0') => return Err(Refusal::protocol("NUL in a field line")),
            (At::Line, _) => At::Line,
        };
        Ok(false)
    }
}

/// How many bytes there are in front of the first that means something within a line.
fn plain(line: &[u8]) -> usize {
    line.iter().position(|b| matches!(b, b'\r' | b'\n' | b'\0')).unwrap_or(line.len())
}

/// The minor version and the status code of a head that [`Scan`] has accepted.
pub(super) fn status_line(head: &[u8]) -> Option<(u8, u16)> {
    let minor = head.get(MINOR_VERSION)?.checked_sub(b'0')?;
    let status = str::from_utf8(head.get(STATUS)?).ok()?.parse().ok()?;
    Some((minor, status))
}
