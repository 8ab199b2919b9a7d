//! The request line (RFC 9112 section 3).

use super::chars;
use super::fault::Refusal;
use super::head::At;
use super::host::{is_host, is_userinfo};

/// The part after the target. Any minor version is read as the highest one known (RFC 9110 section
/// 2.5).
const VERSION: &[u8; 8] = b"HTTP/1.#";
/// The position of the major version in it.
const MAJOR: usize = 5;

/// The position after a byte other than LF. A separate function, so that a client does not pay for
/// it.
#[inline(never)]
pub(super) fn step(at: At, matched: &mut u8, byte: u8) -> Result<At, Refusal> {
    Ok(match (at, byte) {
        (At::BeforeRequest, b'\r') => At::LeadingLineEnd,
        (At::BeforeRequest | At::Method, b) if chars::is(b, chars::TOKEN) => At::Method,
        (At::Method, b' ') => At::TargetStart,
        (At::BeforeRequest | At::Method, _) => return Err(Refusal::Method),
        (At::TargetStart | At::Target, b) if chars::is(b, chars::TARGET) => At::Target,
        (At::Target, b' ') => At::Version,
        // The line of HTTP/0.9 ends here.
        (At::Target, b'\r') => return Err(Refusal::Version),
        (At::TargetStart | At::Target, _) => return Err(Refusal::TargetCharacter),
        // Only LF may follow.
        (At::LeadingLineEnd, _) => return Err(Refusal::BareCarriageReturn),
        _ => return in_version(matched, byte),
    })
}

fn in_version(matched: &mut u8, byte: u8) -> Result<At, Refusal> {
    let n = usize::from(*matched);
    *matched = matched.saturating_add(1);
    match (VERSION.get(n), byte) {
        (Some(b'#'), b'0'..=b'9') => Ok(At::Version),
        (Some(&expected), _) if expected == byte && expected != b'#' => Ok(At::Version),
        (Some(_), b'0'..=b'9') if n == MAJOR => Err(Refusal::MajorVersion),
        (None, b'\r') => Ok(At::LineEnd),
        _ => Err(Refusal::Version),
    }
}

/// The input after a complete request line.
pub(super) fn behind(input: &[u8]) -> Option<&[u8]> {
    let rest = behind_some(input, chars::TOKEN)?;
    let rest = behind_some(rest, chars::TARGET)?;
    match rest {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9', b'\r', b'\n', rest @ ..] => {
            Some(rest)
        }
        _ => None,
    }
}

/// The input after at least one byte of the class and a space.
fn behind_some(input: &[u8], class: u8) -> Option<&[u8]> {
    let length = input.iter().position(|&b| !chars::is(b, class)).filter(|&length| length > 0)?;
    input.get(length..)?.strip_prefix(b" ")
}

/// The lengths of method and target, and the minor version, of an accepted line.
pub(super) fn read(line: &[u8]) -> Option<(usize, usize, u8)> {
    let method = memchr::memchr(b' ', line)?;
    let (front, &[minor_version, _, _]) = line.split_last_chunk::<3>()?;
    // Beside method and target there are two spaces and the rest of the version.
    let target = front.len().checked_sub(method)?.checked_sub(VERSION.len().saturating_add(1))?;
    Some((method, target, minor_version.wrapping_sub(b'0')))
}

/// Whether the target has a form that the method may have (RFC 9112 section 3.2).
pub(super) fn is_form_of(method: &[u8], target: &[u8]) -> bool {
    match target {
        [b'/', ..] => true,
        b"*" => method == b"OPTIONS",
        _ => is_absolute(target) || method == b"CONNECT",
    }
}

/// `scheme "://" authority …` with a host (RFC 9110 section 4.2.1: an empty one is invalid). The
/// scan has checked the path and the query.
fn is_absolute(target: &[u8]) -> bool {
    let scheme =
        target.iter().take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)).count();
    let Some((scheme, rest)) = target.split_at_checked(scheme) else { return false };
    let Some(rest) = rest.strip_prefix(b"://") else { return false };
    let authority = rest.split(|b| matches!(b, b'/' | b'?')).next().unwrap_or_default();
    let at = authority.iter().position(|&b| b == b'@');
    let (user, host) = match at.and_then(|at| authority.split_at_checked(at)) {
        Some((user, host)) => (user, host.get(1..).unwrap_or_default()),
        None => (&[][..], authority),
    };
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && is_userinfo(user)
        && !matches!(host, [] | [b':', ..])
        && is_host(host)
}
