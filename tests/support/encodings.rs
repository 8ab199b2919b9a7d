//! Ways in which a text may repeat a secret.

/// A name, and what becomes of the secret.
pub(crate) type Encoding = (&'static str, fn(&str) -> String);

pub(crate) const ENCODINGS: [Encoding; 15] = [
    ("as it is", str::to_owned),
    ("in upper case", str::to_ascii_uppercase),
    ("truncated", |text| text[..text.len() - text.len().min(12) / 4].to_owned()),
    ("its end", |text| text[text.len().min(12) / 4..].to_owned()),
    ("percent-encoded where a URL needs it", |text| {
        each(text, is_reserved, |b| format!("%{b:02X}"))
    }),
    ("all percent-encoded", |text| each(text, |_| true, |b| format!("%{b:02x}"))),
    ("percent-encoded twice", |text| each(text, is_reserved, |b| format!("%25{b:02X}"))),
    ("as HTML escapes it", |text| each(text, is_markup, named)),
    ("in decimal references", |text| each(text, |_| true, |b| format!("&#{b};"))),
    ("in hexadecimal references", |text| each(text, is_reserved, |b| format!("&#x{b:X};"))),
    ("as JSON escapes it", |text| each(text, is_reserved, |b| format!("\\u{b:04x}"))),
    ("as C escapes its bytes", |text| each(text, is_reserved, |b| format!("\\x{b:02x}"))),
    ("with escaped slashes", |text| text.replace('/', "\\/")),
    ("HTML within JSON", |text| each(text, is_markup, |b| format!("\\u0026#{b};"))),
    ("JSON within HTML within a URL", |text| {
        each(text, is_reserved, |b| format!("%26bsol%3Bu00{b:02x}"))
    }),
];

fn each(text: &str, which: fn(u8) -> bool, escape: fn(u8) -> String) -> String {
    let escaped = |b| if which(b) { escape(b) } else { char::from(b).to_string() };
    text.bytes().map(escaped).collect()
}

fn is_reserved(b: u8) -> bool {
    !b.is_ascii_alphanumeric()
}

fn is_markup(b: u8) -> bool {
    b"&<>\"'".contains(&b)
}

fn named(b: u8) -> String {
    let name = match b {
        b'&' => "amp",
        b'<' => "lt",
        b'>' => "gt",
        b'"' => "quot",
        _ => "#39",
    };
    format!("&{name};")
}
