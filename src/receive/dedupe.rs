//! The deduplication key.

use alloc::format;
use alloc::string::String;

use hmac_sha256::Hash;

use crate::receive::canonical;
use crate::receive::tree::Tree;

/// The maximum length of an id and a status in a key.
const LONGEST: usize = 64;

/// `id:<id>:<status>`, if both are plain words. The status may be absent.
pub(super) fn by_id(id: &str, status: Option<&str>) -> Option<String> {
    let status = match status {
        Some(status) if !is_word(status) => return None,
        Some(status) => status,
        None => "",
    };
    is_word(id).then(|| format!("id:{id}:{status}"))
}

fn is_word(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain)
}

/// `sha256:<hex>` of the canonical form.
pub(super) fn by_content(tree: &Tree) -> String {
    let digest = Hash::hash(canonical::of(tree).as_bytes());
    let mut key = String::with_capacity(71);
    key.push_str("sha256:");
    for b in digest {
        for nibble in [b >> 4, b & 0xF] {
            key.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    key
}
