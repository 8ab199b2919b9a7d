//! What can be shown of a request without a secret.

use serde_json::{Value, json};

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

/// A webhook URL as it can be shown: scheme, host and port. Integrators put a token into the path or the query.
pub fn masked_url(url: &str) -> String {
    let Some((scheme @ ("http" | "https"), rest)) = url.split_once("://") else {
        return "***".to_owned();
    };
    let (authority, secret) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = if authority.contains('@') { "***" } else { authority };
    format!("{scheme}://{host}{}", if secret.len() > 1 { "/***" } else { secret })
}

/// One line, with control characters escaped.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end().chars().fold(String::new(), |mut line, c| {
        if c.is_control() {
            line.extend(c.escape_default())
        } else {
            line.push(c)
        }
        line
    })
}
