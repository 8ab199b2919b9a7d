//! The status line of a response (RFC 9112 section 4).

use super::chars;
use super::fault::Refusal;
use super::head::At;

/// The status line up to the status code. `#` is a digit. Any minor version is read (RFC 9110
/// section 2.5); another major version is another protocol.
const PATTERN: &[u8; 12] = b"HTTP/1.# ###";

/// The position after a byte, which follows this many bytes of the line.
pub(super) fn step(matched: &mut u8, byte: u8) -> Result<At, Refusal> {
    let expected = PATTERN.get(usize::from(*matched));
    *matched = matched.saturating_add(1);
    match (expected, byte) {
        (Some(b'#'), b'0'..=b'9') => Ok(At::StatusLine),
        (Some(&expected), _) if expected == byte && expected != b'#' => Ok(At::StatusLine),
        (Some(_), _) => Err(Refusal::NoStatusLine),
        // The space before an empty reason is required and often missing (RFC 9112 section 4
        // permits a client to split at white space).
        (None, b' ') => Ok(At::Reason),
        (None, b'\r') => Ok(At::LineEnd),
        (None, _) => Err(Refusal::NoSpaceAfterStatus),
    }
}

/// The input after a complete status line.
pub(super) fn behind(input: &[u8]) -> Option<&[u8]> {
    let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9', b' ', rest @ ..] = input else {
        return None;
    };
    let [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] = rest else { return None };
    let reason = rest.iter().take_while(|&&b| chars::is(b, chars::REASON)).count();
    rest.get(reason..)?.strip_prefix(b"\r\n")
}

/// The minor version and the status code of an accepted line.
pub(super) fn read(line: &[u8]) -> Option<(u8, u16)> {
    let [.., minor_version, _, hundreds, tens, ones] = *line.first_chunk::<{ PATTERN.len() }>()?;
    let digit = |b: u8| b.wrapping_sub(b'0');
    // Three digits cannot overflow it.
    let with = |status: u16, b| status.wrapping_mul(10).wrapping_add(u16::from(digit(b)));
    let status = with(with(with(0, hundreds), tens), ones);
    Some((digit(minor_version), status))
}
