//! Field lines (RFC 9112 section 5): their grammar, obsolete folds, and reading them.

use alloc::vec;
use alloc::vec::Vec;
use core::{iter, str};

use super::fault::Refusal;
use super::work;

/// Field lines as received, each ended by CRLF, checked and without folds.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    /// Name and value of each field, in order; the value without the white space around it.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.lines().filter_map(|line| {
            let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
            Some((str::from_utf8(name).ok()?, value.get(1..)?.trim_ascii()))
        })
    }

    /// The values of the fields of one name (case-insensitive, RFC 9110 section 5.1).
    pub(crate) fn named(self, wanted: &str) -> impl Iterator<Item = &'a [u8]> {
        self.lines().filter_map(move |line| {
            let (name, value) = line.split_at_checked(wanted.len())?;
            let value = value.strip_prefix(b":")?;
            name.eq_ignore_ascii_case(wanted.as_bytes()).then(|| value.trim_ascii())
        })
    }

    fn lines(self) -> impl Iterator<Item = &'a [u8]> {
        let Self(mut rest) = self;
        iter::from_fn(move || {
            let (line, behind) = rest.split_at_checked(memchr::memchr(b'\n', rest)?)?;
            rest = behind.get(1..)?;
            Some(line)
        })
    }
}

/// Name and value of a field line from another parser. They are not checked.
pub(crate) fn loose_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
    Some((name, value.get(1..)?))
}

/// Whether a token equals `name`, which is in lower case. The bit converts capital letters to small
/// ones. No other character that the grammar permits becomes a letter or a hyphen.
pub(super) fn is(token: &[u8], lower: &str) -> bool {
    token.len() == lower.len()
        && token.iter().zip(lower.bytes()).fold(0, |odd, (b, l)| odd | ((b | 0x20) ^ l)) == 0
}

/// The members of a comma-separated list (RFC 9110 section 5.6.1) without empty ones. For lists
/// whose members contain no quoted commas.
pub(super) fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}

/// `1*DIGIT`. The maximum if it is too large.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = digit.is_ascii_digit().then(|| digit.wrapping_sub(b'0'))?;
        Some(number.saturating_mul(10).saturating_add(u64::from(digit)))
    })
}

/// Replaces each obsolete fold by one space, as a user agent must (RFC 9112 section 5.2).
///
/// `section` contains complete lines. The first does not start with white space.
pub(super) fn unfold(section: &[u8]) -> Vec<u8> {
    work::count(section.len());
    let mut unfolded = Vec::with_capacity(section.len());
    for line in section.split_inclusive(|&b| b == b'\n') {
        if is_fold(line) {
            reopen_line(&mut unfolded);
            let text = line.iter().position(|b| !is_ows(b)).and_then(|at| line.get(at..));
            unfolded.extend_from_slice(text.unwrap_or_default());
        } else {
            unfolded.extend_from_slice(line);
        }
    }
    unfolded
}

/// Whether a line continues the field line before it.
pub(crate) fn is_fold(line: &[u8]) -> bool {
    line.first().is_some_and(is_ows)
}

/// Opens the last of `lines` for the text of a fold: one space replaces its line end and the white
/// space before it.
pub(crate) fn reopen_line(lines: &mut Vec<u8>) {
    let line = lines.strip_suffix(b"\r\n").unwrap_or(lines);
    let end = line.iter().rposition(|b| !is_ows(b)).map_or(0, |last| last.saturating_add(1));
    lines.truncate(end);
    lines.push(b' ');
}

/// RFC 9110 section 5.6.3. ASCII white space also includes the form feed, which is a control
/// character here and rejected.
fn is_ows(b: &u8) -> bool {
    matches!(b, b' ' | b'\t')
}

/// Checks a section of `lines` field lines that ends with its empty line, and passes name and value
/// of each to `field`.
pub(super) fn read<'a>(
    section: &'a [u8],
    lines: usize,
    mut field: impl FnMut(&'a [u8], &'a [u8]),
) -> Result<(), Refusal> {
    work::count(section.len());
    // Capacity for usual responses, without an allocation.
    let mut few = [httparse::EMPTY_HEADER; 16];
    let mut many;
    let room = match few.get_mut(..lines) {
        Some(room) => room,
        None => {
            many = vec![httparse::EMPTY_HEADER; lines];
            &mut many
        }
    };
    match httparse::parse_headers(section, room) {
        Ok(httparse::Status::Complete((used, fields))) if used == section.len() => {
            fields.iter().for_each(|read| field(read.name.as_bytes(), read.value));
            Ok(())
        }
        Err(httparse::Error::HeaderName) => Err(Refusal::FieldName),
        Err(httparse::Error::HeaderValue) => Err(Refusal::FieldValue),
        _ => Err(Refusal::FieldLines),
    }
}
