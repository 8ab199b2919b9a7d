//! One table of the bytes that each element may contain.

/// tchar (RFC 9110 section 5.6.2).
pub(crate) const TOKEN: u8 = 1;
/// In a request target: VCHAR without the characters that no URI contains (RFC 3986 appendix A).
/// Brackets and lone percent signs are accepted.
pub(super) const TARGET: u8 = 2;
/// In a reason phrase (RFC 9112 section 4).
pub(super) const REASON: u8 = 4;
/// In a reg-name but for percent signs: unreserved and sub-delims (RFC 3986 section 3.2.2).
pub(crate) const NAME: u8 = 8;
/// In a path and a query but for percent signs: `/`, `?` and pchar (RFC 3986 sections 3.3 and 3.4).
pub(crate) const PATH: u8 = 16;

static CLASSES: [u8; 256] = classes();

/// Whether `byte` belongs to the class.
#[inline(always)]
pub(crate) fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler"
)]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class_of(byte as u8);
        byte += 1;
    }
    classes
}

const fn class_of(byte: u8) -> u8 {
    let mut class = 0;
    if byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
    {
        class |= TOKEN;
    }
    if byte.is_ascii_graphic()
        && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    {
        class |= TARGET;
    }
    if matches!(byte, b'\t' | b' '..=b'~' | 0x80..) {
        class |= REASON;
    }
    if byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'..=b',' | b';' | b'=')
    {
        class |= NAME | PATH;
    }
    if matches!(byte, b'/' | b'?' | b':' | b'@') {
        class |= PATH;
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn the_classes_are_those_of_the_grammar() {
        let of = |class| (0..=127).filter(|&b| is(b, class)).map(char::from).collect::<String>();
        let letters = |marks: &str| {
            let mut all: alloc::vec::Vec<char> =
                ('0'..='9').chain('A'..='Z').chain('a'..='z').chain(marks.chars()).collect();
            all.sort_unstable();
            all.into_iter().collect::<String>()
        };
        assert_eq!(of(TOKEN), letters("!#$%&'*+-.^_`|~"));
        assert_eq!(of(TARGET), letters("!$%&'()*+,-./:;=?@[]_~"));
        assert_eq!(of(NAME), letters("-._~!$&'()*+,;="));
        assert_eq!(of(PATH), letters("-._~!$&'()*+,;=/?:@"));
        assert!((0..=255).all(|b| is(b, REASON) == (b == 9 || (32..127).contains(&b) || b > 127)));
        assert!((128..=255).all(|b| !is(b, TOKEN | TARGET | NAME | PATH)));
    }
}
