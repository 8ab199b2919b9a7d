//! Reads escapes in JSON strings (RFC 8259 section 7), and writes only the required ones.

use alloc::borrow::Cow;
use alloc::string::String;

/// The character of an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Char(char),
    /// Half of a surrogate pair without its other half. It is neither a character nor valid UTF-8.
    Lone(u16),
}

impl Unit {
    /// The character in decoded text.
    pub(crate) fn character(self) -> char {
        match self {
            Self::Char(c) => c,
            Self::Lone(_) => char::REPLACEMENT_CHARACTER,
        }
    }
}

/// Reads the escape at the start of `text`. Returns it and its length in bytes.
pub(crate) fn read(text: &[u8]) -> Option<(Unit, usize)> {
    match text.get(1)? {
        b'u' => read_hex(text),
        &c => Some((Unit::Char(char::from(short(c))), 2)),
    }
}

/// The character of an escape of two characters, by the second of them.
pub(crate) fn short(c: u8) -> u8 {
    match c {
        b'b' => b'\x08',
        b'f' => b'\x0C',
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        // The quote, the backslash and the solidus.
        c => c,
    }
}

fn read_hex(text: &[u8]) -> Option<(Unit, usize)> {
    let high = code_unit(text)?;
    if let 0xD800..=0xDBFF = high {
        let low = text.get(6..).and_then(code_unit);
        if let Some(low @ 0xDC00..=0xDFFF) = low {
            let pair = char::decode_utf16([high, low]).next()?.ok()?;
            return Some((Unit::Char(pair), 12));
        }
    }
    Some((char::from_u32(u32::from(high)).map_or(Unit::Lone(high), Unit::Char), 6))
}

/// `\uXXXX`.
fn code_unit(text: &[u8]) -> Option<u16> {
    let [b'\\', b'u', digits @ ..] = text else { return None };
    let digits = digits.first_chunk::<4>()?;
    digits.iter().try_fold(0_u16, |unit, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some((unit << 4) | u16::try_from(digit).ok()?)
    })
}

/// Appends the string at the start of `text`, which ends with a quote, with only the escapes that
/// JSON requires.
pub(crate) fn write_canonical(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) {
        let (plain, behind) = rest.split_at_checked(at).unwrap_or_default();
        out.push_str(plain);
        if behind.starts_with('"') {
            break;
        }
        let Some((unit, length)) = read(behind.as_bytes()) else { break };
        write_unit(unit, out);
        rest = behind.get(length..).unwrap_or_default();
    }
    out.push('"');
}

/// Appends a decoded text as a string.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    write_content(text, out);
    out.push('"');
}

/// A decoded text as the content of a string; mostly it is the same.
pub(crate) fn content(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    write_content(text, &mut out);
    Cow::Owned(out)
}

fn write_content(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_escaped) {
        let (plain, behind) = rest.split_at_checked(at).unwrap_or_default();
        out.push_str(plain);
        let mut chars = behind.chars();
        chars.next().into_iter().for_each(|c| write_unit(Unit::Char(c), out));
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Whether a byte stands in no string as it is.
fn is_escaped(b: u8) -> bool {
    b < b' ' || b == b'"' || b == b'\\'
}

fn write_unit(unit: Unit, out: &mut String) {
    let code = match unit {
        Unit::Char('"') => return out.push_str("\\\""),
        Unit::Char('\\') => return out.push_str("\\\\"),
        Unit::Char('\u{8}') => return out.push_str("\\b"),
        Unit::Char('\t') => return out.push_str("\\t"),
        Unit::Char('\n') => return out.push_str("\\n"),
        Unit::Char('\u{C}') => return out.push_str("\\f"),
        Unit::Char('\r') => return out.push_str("\\r"),
        // RFC 8259 section 7: control characters are escaped.
        Unit::Char(c @ '\0'..='\u{1F}') => u32::from(c),
        Unit::Char(c) => return out.push(c),
        Unit::Lone(code) => u32::from(code),
    };
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit((code >> shift) & 0xF, 16).unwrap_or('0'));
    }
}

/// The lone surrogates of a string, and each U+FFFD in it, in order. They distinguish two strings
/// that decode to the same text.
pub(crate) fn replaced(text: &str) -> impl Iterator<Item = u32> {
    let mut rest = text;
    core::iter::from_fn(move || {
        loop {
            let c = rest.chars().next().filter(|&c| c != '"')?;
            let (unit, length) = match c {
                '\\' => read(rest.as_bytes())?,
                c => (Unit::Char(c), c.len_utf8()),
            };
            rest = rest.get(length..)?;
            match unit {
                Unit::Lone(code) => return Some(u32::from(code)),
                Unit::Char(char::REPLACEMENT_CHARACTER) => return Some(0xFFFD),
                Unit::Char(_) => {}
            }
        }
    })
}
