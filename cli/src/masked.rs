//! What can be shown of a request without a secret.

use serde_json::{Value, json};

use crate::verdict::{PATH, REQUESTS};

/// The value of a header field as it can be shown: `***` for all but the usual fields.
pub fn masked_header<'a>(name: &str, value: &'a str) -> &'a str {
    const SHOWN: [&str; 7] = [
        "Host",
        "Content-Type",
        "Content-Length",
        "Accept",
        "Accept-Encoding",
        "User-Agent",
        "Connection",
    ];
    if SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(name)) { value } else { "***" }
}

/// The body of the documented call as it can be shown: its `url` masked, unknown parameters `***`.
pub fn masked_body(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut parameters)) => {
            for (name, value) in &mut parameters {
                match (name.as_str(), value.as_str()) {
                    ("cid", _) => {}
                    ("url", Some(url)) => *value = json!(masked_url(url)),
                    _ => *value = json!("***"),
                }
            }
            printable(Value::Object(parameters).to_string().as_bytes())
        }
        _ => format!("{} bytes that are not a JSON object", body.len()),
    }
}

/// The path of a request as it can be shown. A path that the sandbox does not serve is masked: a webhook URL may have the
/// port of the sandbox by mistake.
pub(crate) fn masked_path(path: &str) -> &str {
    if path.ends_with(PATH) || path.ends_with(REQUESTS) { path } else { "/***" }
}

/// A webhook URL as it can be shown: scheme, host and port. Integrators put a token into the path or the query.
pub fn masked_url(url: &str) -> String {
    let Some((scheme, rest)) = split_scheme(url) else {
        return "***".to_owned();
    };
    let (authority, secret) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = if authority.contains('@') { "***" } else { authority };
    format!("{scheme}://{host}{}", if secret.len() > 1 { "/***" } else { secret })
}

/// The scheme of an absolute http or https URL, in any case, and what follows `://`.
pub(crate) fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let is_http = |scheme: &str| {
        ["http", "https"].iter().any(|accepted| scheme.eq_ignore_ascii_case(accepted))
    };
    url.split_once("://").filter(|(scheme, _)| is_http(scheme))
}

/// One line, escaped.
pub(crate) fn printable(bytes: &[u8]) -> String {
    escaped(String::from_utf8_lossy(bytes).trim_end())
}

/// A text of a peer as one line for a terminal. It escapes every character that would move the cursor, end the line,
/// reorder it or not be visible.
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut line, c| {
        if is_escaped(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
        line
    })
}

/// What `Debug` of a text escapes, but for quotes and backslashes: control and format characters, separators, and marks
/// without a character of their own. The fillers of Hangul are letters, and not visible.
fn is_escaped(c: char) -> bool {
    match c {
        '"' | '\'' | '\\' => false,
        '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' => true,
        _ => c.escape_debug().count() > 1,
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_a_terminal_would_not_show_in_place_is_escaped() {
        for c in [
            '\0',
            '\n',
            '\u{1B}',
            '\u{85}',
            '\u{AD}',
            '\u{34F}',
            '\u{61C}',
            '\u{115F}',
            '\u{1160}',
            '\u{17B4}',
            '\u{180E}',
            '\u{200B}',
            '\u{200F}',
            '\u{2028}',
            '\u{202E}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFA0}',
            '\u{FFF9}',
            '\u{E0041}',
        ] {
            assert_eq!(escaped(&format!("a{c}b")), format!("a{}b", c.escape_default()));
        }
        let text = r#"order.void "x" 'y' \ é 中 €"#;
        assert_eq!(escaped(text), text);
    }
}
