//! Finds a secret of the request in the API's text, in any of several encodings.
//!
//! A text may repeat a secret in whole or in part, in the encoding of a log, page or document.
//! Therefore text and secrets are decoded in rounds, and every form of the text is searched for
//! every piece of every form of a secret.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

use crate::http1::work::count;

/// The bytes of a text that are searched. Only the start of a text is ever shown, and a piece of a
/// secret that begins there ends within these bytes, even if each of its bytes was encoded three
/// times.
const SEARCHED: usize = 4096;

/// Rounds of decoding.
const ROUNDS: usize = 3;

/// The length of a piece that counts as repeating a secret.
const PIECE: usize = 8;

/// A shorter value is not a secret: it occurs in any text.
const SHORTEST: usize = 4;

/// Whether the start of `text`, the only part that may be shown, contains [`PIECE`] consecutive
/// bytes of a secret, or the whole of a shorter secret.
pub(crate) fn repeats_secret<'a>(text: &str, secrets: impl Iterator<Item = &'a str>) -> bool {
    let texts = forms(text.as_bytes().get(..SEARCHED).unwrap_or(text.as_bytes()));
    // A heap sorts with less code than a slice.
    let pieces: BinaryHeap<u64> = texts.iter().flat_map(|text| pieces_of(text)).collect();
    let pieces = pieces.into_sorted_vec();
    secrets.flat_map(|secret| forms(secret.as_bytes())).any(|secret| {
        if secret.len() < PIECE {
            secret.len() >= SHORTEST
                && texts.iter().any(|text| text.windows(secret.len()).any(|part| part == secret))
        } else {
            pieces_of(&secret).any(|piece| pieces.binary_search(&piece).is_ok())
        }
    })
}

/// All consecutive pieces, each as one number.
fn pieces_of(form: &[u8]) -> impl Iterator<Item = u64> {
    count(form.len());
    form.windows(PIECE).filter_map(|piece| piece.try_into().ok()).map(u64::from_ne_bytes)
}

/// The forms of `bytes` before and after each round of decoding, in lower case.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    let mut bytes = Vec::from(bytes);
    for _ in 0..ROUNDS {
        let decoded = decoded(&bytes);
        let is_last = decoded == bytes;
        forms.push(folded(bytes));
        if is_last {
            return forms;
        }
        bytes = decoded;
    }
    forms.push(folded(bytes));
    forms
}

/// In lower case. In a form (`application/x-www-form-urlencoded`) a plus sign stands for a space.
fn folded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.make_ascii_lowercase();
    for b in bytes.iter_mut().filter(|b| **b == b'+') {
        *b = b' ';
    }
    bytes
}

/// One round: replaces every escape by its character.
fn decoded(mut bytes: &[u8]) -> Vec<u8> {
    count(bytes.len());
    let mut decoded = Vec::with_capacity(bytes.len());
    while let Some((&first, rest)) = bytes.split_first() {
        let escape = match first {
            b'%' => percent(rest),
            b'&' => character_reference(rest),
            b'\\' => backslash(rest),
            _ => None,
        };
        bytes = match escape {
            Some((character, rest)) => {
                character.write(&mut decoded);
                rest
            }
            None => {
                decoded.push(first);
                rest
            }
        };
    }
    decoded
}

/// The character of an escape.
enum Character {
    Byte(u8),
    Scalar(char),
}

impl Character {
    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Byte(b) => out.push(b),
            Self::Scalar(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// The character of an escape, and the rest of the text.
type Escape<'a> = Option<(Character, &'a [u8])>;

/// `%2F` (RFC 3986 section 2.1), after the percent sign.
fn percent(rest: &[u8]) -> Escape<'_> {
    let (digits, rest) = rest.split_at_checked(2)?;
    let byte = u8::try_from(number(digits, 16)?).ok()?;
    Some((Character::Byte(byte), rest))
}

/// `&amp;`, `&#47;` or `&#x2F;` of HTML, after the ampersand. The semicolon may be missing, as
/// browsers allow for the oldest names and for numbers.
fn character_reference(rest: &[u8]) -> Escape<'_> {
    let (character, rest) = match rest.strip_prefix(b"#") {
        Some(rest) => {
            let (radix, rest) = match rest.split_first() {
                Some((b'x' | b'X', rest)) => (16, rest),
                _ => (10, rest),
            };
            let (digits, rest) = split_while(rest, |b| char::from(b).is_digit(radix));
            (char::from_u32(number(digits, radix)?)?, rest)
        }
        None => NAMES.iter().find_map(|(name, character)| {
            let name = name.split(|&b| b == 0).next()?;
            let (start, rest) = rest.split_at_checked(name.len())?;
            start.eq_ignore_ascii_case(name).then_some((*character, rest))
        })?,
    };
    Some((Character::Scalar(character), rest.strip_prefix(b";").unwrap_or(rest)))
}

/// `\/` or `\u002F` of JSON, or `\x2F` of C, after the backslash.
fn backslash(rest: &[u8]) -> Escape<'_> {
    let (&kind, rest) = rest.split_first()?;
    let digits = match kind {
        b'u' | b'U' => 4,
        b'x' | b'X' => 2,
        b'/' | b'"' | b'\'' | b'\\' => return Some((Character::Byte(kind), rest)),
        b'n' => return Some((Character::Byte(b'\n'), rest)),
        b'r' => return Some((Character::Byte(b'\r'), rest)),
        b't' => return Some((Character::Byte(b'\t'), rest)),
        _ => return None,
    };
    let (digits, rest) = rest.split_at_checked(digits)?;
    let number = number(digits, 16)?;
    // `\x` is a byte, `\u` a character.
    let character = match u8::try_from(number) {
        Ok(byte) if digits.len() == 2 => Character::Byte(byte),
        _ => Character::Scalar(char::from_u32(number)?),
    };
    Some((character, rest))
}

fn split_while(bytes: &[u8], holds: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|&b| !holds(b)).unwrap_or(bytes.len());
    count(end);
    bytes.split_at_checked(end).unwrap_or((bytes, &[]))
}

/// Digits only: no sign, and at least one.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let mut number = None;
    for &b in digits {
        let digit = char::from(b).to_digit(radix)?;
        number = Some(number.unwrap_or(0_u32).checked_mul(radix)?.checked_add(digit)?);
    }
    number
}

/// The names that HTML has for characters of a URL or a header value (WHATWG HTML section 13.5), in
/// lower case. Of two names with the same start, the longer one is first.
const NAMES: [([u8; 8], char); 40] = [
    named("amp", '&'),
    named("apos", '\''),
    named("ast", '*'),
    named("bsol", '\\'),
    named("colon", ':'),
    named("commat", '@'),
    named("comma", ','),
    named("dollar", '$'),
    named("equals", '='),
    named("excl", '!'),
    named("grave", '`'),
    named("gt", '>'),
    named("hat", '^'),
    named("lbrace", '{'),
    named("lbrack", '['),
    named("lcub", '{'),
    named("lowbar", '_'),
    named("lpar", '('),
    named("lsqb", '['),
    named("lt", '<'),
    named("midast", '*'),
    named("nbsp", ' '),
    named("newline", '\n'),
    named("num", '#'),
    named("percnt", '%'),
    named("period", '.'),
    named("plus", '+'),
    named("quest", '?'),
    named("quot", '"'),
    named("rbrace", '}'),
    named("rbrack", ']'),
    named("rcub", '}'),
    named("rpar", ')'),
    named("rsqb", ']'),
    named("semi", ';'),
    named("sol", '/'),
    named("tab", '\t'),
    named("underbar", '_'),
    named("verbar", '|'),
    named("vert", '|'),
];

/// The name is padded with zeros: without pointers the table needs no relocations.
#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
#[expect(clippy::arithmetic_side_effects, reason = "the compiler evaluates it")]
const fn named(name: &str, character: char) -> ([u8; 8], char) {
    let mut padded = [0; 8];
    let mut i = 0;
    while i < name.len() {
        padded[i] = name.as_bytes()[i];
        i += 1;
    }
    (padded, character)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use core::iter;

    use super::repeats_secret;
    use crate::http1::work;

    const PIECES: [&str; 9] = [
        "%25",
        "%26#38;amp",
        "&#0000000000000000000000038;",
        "\\\\u005c",
        "&",
        "%",
        "\\u",
        "&#x",
        "&#0",
    ];

    /// Each of three rounds decodes each byte, and reads digits of references once more. Each of
    /// four forms is searched.
    const LOOKS: usize = 3 * 2 + 4;

    fn filled(piece: &str, length: usize) -> String {
        piece.chars().cycle().take(length).collect()
    }

    #[test]
    fn a_hostile_text_and_long_secrets_cost_a_few_looks_at_each_byte() {
        for (text, secret) in PIECES.iter().flat_map(|text| iter::repeat(text).zip(PIECES)) {
            for length in [500, 1_000, 2_000, 4_000] {
                let (text, secret) = (filled(text, length), filled(secret, length));
                work::take();
                repeats_secret(&text, iter::once(&*secret));
                let (work, most) = (work::take(), LOOKS * (text.len() + secret.len()));
                assert!(work <= most, "{work}, at most {most}");
            }
        }
    }

    #[test]
    fn the_rest_of_a_long_text_costs_nothing() {
        work::take();
        repeats_secret(&filled("&#0", 1_000_000), iter::once("secret"));
        assert!(work::take() <= LOOKS * 4200);
    }
}
