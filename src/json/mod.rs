//! Reads JSON (RFC 8259) for both halves. serde_json checks the grammar. The other functions here
//! read text that was checked.

pub(crate) mod escape;

use alloc::format;
use alloc::string::String;
use core::iter;

use serde_core::de::IgnoredAny;

/// Whether `text` is JSON. A lone surrogate is valid in the grammar.
pub(crate) fn is_valid(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Checks that a text is JSON. The error is the offset of the offending byte, or the length of a text that
/// ends too early.
pub(crate) fn check(json: &str) -> Result<(), usize> {
    let Err(error) = serde_json::from_str::<IgnoredAny>(json) else { return Ok(()) };
    let stopped = start_of_line(json, error.line()).saturating_add(error.column());
    let (before, behind) = json.as_bytes().split_at_checked(stopped).unwrap_or_default();
    if let Some(at) = wrong_digit(before) {
        return Err(at);
    }
    // serde_json stops after the offending byte, but before a control character in a string. A number
    // that is cut is complete with one more digit.
    let is_before = match behind.first() {
        None => error.is_eof() || is_start(&format!("{json}0")),
        Some(b) => b.is_ascii_control() && json.get(..stopped).is_some_and(is_start),
    };
    Err(if is_before { stopped } else { stopped.saturating_sub(1) })
}

/// Whether a text is JSON or the start of it.
fn is_start(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).map_or_else(|error| error.is_eof(), |_| true)
}

/// The offset of the first byte that is not a hexadecimal digit in an escape `\u` at the end of `read`.
/// serde_json reads the four digits in one piece.
fn wrong_digit(read: &[u8]) -> Option<usize> {
    (1..=4).rev().find_map(|count| {
        let (before, digits) = read.split_at_checked(read.len().wrapping_sub(count))?;
        let slashes = before.strip_suffix(b"u")?.iter().rev().take_while(|&&b| b == b'\\').count();
        let wrong = digits.iter().position(|b| !b.is_ascii_hexdigit())?;
        (slashes % 2 == 1).then(|| before.len().saturating_add(wrong))
    })
}

/// The start of a line. Lines are counted from 1.
fn start_of_line(json: &str, line: usize) -> usize {
    let mut lines = json.split_inclusive('\n').map(str::len);
    (1..line).filter_map(|_| lines.next()).fold(0, usize::saturating_add)
}

/// Whether [valid](is_valid) JSON is an object.
pub(crate) fn is_object(text: &str) -> bool {
    behind_brace(text).is_some()
}

fn behind_brace(text: &str) -> Option<&str> {
    let start = text.bytes().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n'))?;
    text.get(start..)?.strip_prefix('{')
}

/// The members of an object, in order: the name as written between its quotes, and the value as
/// written. Empty if `text` is not an object. `text` must be [valid](is_valid) before a member is
/// read.
pub(crate) fn members(text: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
    let mut rest = behind_brace(text)?;
    Some(iter::from_fn(move || Some((content(element(&mut rest)?)?, element(&mut rest)?))))
}

/// The text between the quotes of a string. `None` for another value.
fn content(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

/// The decoded text of a string. `None` for another value.
pub(crate) fn text(value: &str) -> Option<String> {
    content(value).map(unescaped)
}

/// Decodes the content of a string. Each lone surrogate becomes U+FFFD.
pub(crate) fn unescaped(content: &str) -> String {
    let next_escape = |text: &str| memchr::memchr(b'\\', text.as_bytes());
    if next_escape(content).is_none() {
        return String::from(content);
    }
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(escape) = next_escape(rest) {
        let (plain, behind) = rest.split_at_checked(escape).unwrap_or_default();
        let Some((unit, length)) = escape::read(behind.as_bytes()) else { break };
        text.push_str(plain);
        text.push(unit.character());
        rest = behind.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Returns and removes the next name or value. `None` at the end of the object.
fn element<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let start = rest.bytes().position(|b| !is_between(b))?;
    let (_, from) = rest.split_at_checked(start)?;
    let json = from.as_bytes();
    let end = match json.first()? {
        b'}' => return None,
        b'"' => behind_string(json, 1),
        b'{' | b'[' => behind_container(json),
        _ => json.iter().position(|&b| is_between(b) || b == b'}')?,
    };
    let (element, behind) = from.split_at_checked(end)?;
    *rest = behind;
    Some(element)
}

/// The end, after its quote, of the string in whose content `at` is. Byte by byte, since most strings are
/// short.
pub(crate) fn behind_string(json: &[u8], mut at: usize) -> usize {
    while let Some(&b) = json.get(at) {
        at = at.wrapping_add(if b == b'\\' { 2 } else { 1 });
        if b == b'"' {
            break;
        }
    }
    at
}

/// The end of the object or array at the start of `json`.
fn behind_container(json: &[u8]) -> usize {
    let (mut at, mut depth) = (0_usize, 0_usize);
    while let Some(&b) = json.get(at) {
        at = at.wrapping_add(1);
        match b {
            b'"' => at = behind_string(json, at),
            b'{' | b'[' => depth = depth.wrapping_add(1),
            b'}' | b']' => depth = depth.wrapping_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// White space, and the separators of names and values.
fn is_between(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':')
}
