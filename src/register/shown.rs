//! The API's text as an error shows it: escaped and truncated, or withheld.

use alloc::string::String;
use core::fmt;

use crate::register::echo::repeats_secret;

/// The maximum length of a shown text, in bytes.
const SHOWN: usize = 200;

/// The API's text behind the message of an error.
#[derive(Clone)]
pub(crate) enum Shown {
    /// Escaped and truncated.
    Text(String),
    /// It repeats a secret.
    Withheld,
}

impl Shown {
    pub(crate) fn new<'a>(text: &str, secrets: impl Iterator<Item = &'a str>) -> Self {
        if repeats_secret(text, secrets) { Self::Withheld } else { Self::Text(printable(text)) }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, ": \"{text}\""),
            Self::Withheld => f.write_str(" (the API's text repeats a secret and is withheld)"),
        }
    }
}

/// The text for a log line: escaped, then truncated.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let before = shown.len();
        if is_escaped(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        if shown.len() > SHOWN {
            shown.truncate(before);
            shown.push('…');
            break;
        }
    }
    shown
}

/// Characters that would move a terminal's cursor, end a line, reorder it or not be visible, and the
/// two that would end or forge the quotes around the text. Those above ASCII are the line
/// separators, `Default_Ignorable_Code_Point` of Unicode (DerivedCoreProperties.txt), which contains
/// `Bidi_Control`, and the marks of interlinear annotations.
fn is_escaped(c: char) -> bool {
    c.is_control()
        || matches!(c, '"' | '\\')
        || matches!(
            u32::from(c),
            0xAD | 0x34F
                | 0x61C
                | 0x115F..=0x1160
                | 0x17B4..=0x17B5
                | 0x180B..=0x180F
                | 0x200B..=0x200F
                | 0x2028..=0x202E
                | 0x2060..=0x206F
                | 0x3164
                | 0xFE00..=0xFE0F
                | 0xFEFF
                | 0xFFA0
                | 0xFFF0..=0xFFFB
                | 0x1BCA0..=0x1BCA3
                | 0x1D173..=0x1D17A
                | 0xE0000..=0xE0FFF
        )
}
