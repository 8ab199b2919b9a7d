//! Field lines (RFC 9112 section 5): their grammar, obsolete folds, and reading them.

use alloc::vec;
use alloc::vec::Vec;
use core::{iter, str};

use super::{Refusal, work};

/// Field lines as they came, each ended by CRLF, checked and without folds.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    /// Name and value of each field, in order; the value without the white space around it.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let mut rest = self;
        iter::from_fn(move || rest.take()).filter_map(|line| {
            let (name, value) = line.split_at_checked(line.iter().position(|&b| b == b':')?)?;
            Some((str::from_utf8(name).ok()?, value.get(1..)?.trim_ascii()))
        })
    }

    /// The values of the fields of one name (case-insensitive, RFC 9110 section 5.1).
    pub(crate) fn named(self, wanted: &str) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self;
        iter::from_fn(move || rest.next_named(wanted.as_bytes()))
    }

    /// Takes the first line, without its line feed.
    fn take(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|&b| b == b'\n')?;
        let (line, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..)?;
        Some(line)
    }

    /// Takes lines up to the first of that name, and gives its value. All searches are made of
    /// this one walk, which is not copied into each of them.
    #[inline(never)]
    fn next_named(&mut self, wanted: &[u8]) -> Option<&'a [u8]> {
        while let Some(line) = self.take() {
            // The name ends at the first colon, so one that holds a colon is none.
            match line.split_at_checked(wanted.len()) {
                Some((name, [b':', value @ ..]))
                    if name.eq_ignore_ascii_case(wanted) && !name.contains(&b':') =>
                {
                    return Some(value.trim_ascii());
                }
                _ => {}
            }
        }
        None
    }

    /// The members of a comma-separated list (RFC 9110 section 5.6.1), over all fields of that name,
    /// without empty ones. For lists whose members hold no quoted commas.
    pub(crate) fn list(self, wanted: &str) -> impl Iterator<Item = &'a [u8]> {
        self.named(wanted)
            .flat_map(|value| value.split(|&b| b == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty())
    }
}

/// Replaces each obsolete fold by one space, as a user agent must (RFC 9112 section 5.2).
///
/// `section` holds whole lines, the first of which does not start with white space.
pub(super) fn unfold(section: &[u8]) -> Vec<u8> {
    // Not what ASCII calls white space: a form feed is a control character, and stays to be refused.
    let is_ows = |b: &u8| matches!(b, b' ' | b'\t');
    work::count(section.len());
    let mut unfolded = Vec::with_capacity(section.len());
    for line in section.split_inclusive(|&b| b == b'\n') {
        let text = line.iter().position(|b| !is_ows(b)).and_then(|at| line.get(at..));
        let text = text.unwrap_or_default();
        if line.first().is_some_and(is_ows) {
            let before = unfolded.strip_suffix(b"\r\n").unwrap_or(&unfolded);
            let end =
                before.iter().rposition(|b| !is_ows(b)).map_or(0, |last| last.saturating_add(1));
            unfolded.truncate(end);
            unfolded.push(b' ');
            unfolded.extend_from_slice(text);
        } else {
            unfolded.extend_from_slice(line);
        }
    }
    unfolded
}

/// Checks a section of `lines` field lines that ends with its empty line.
pub(super) fn check(section: &[u8], lines: usize) -> Result<(), Refusal> {
    work::count(section.len());
    // Room for what servers send, without an allocation.
    let mut few = [httparse::EMPTY_HEADER; 32];
    let mut many;
    let room = match few.get_mut(..lines) {
        Some(room) => room,
        None => {
            many = vec![httparse::EMPTY_HEADER; lines];
            &mut many
        }
    };
    match httparse::parse_headers(section, room) {
        Ok(httparse::Status::Complete((used, _))) if used == section.len() => Ok(()),
        Err(httparse::Error::HeaderName) => {
            Err(Refusal::protocol("a field name that is not a token, or a line without a colon"))
        }
        Err(httparse::Error::HeaderValue) => {
            Err(Refusal::protocol("a control character in a field value"))
        }
        _ => Err(Refusal::protocol("a header section that is not made of field lines")),
    }
}
