//! Which body follows a head (RFC 9112 section 6.3), and whether the connection persists (9.3).

use super::{Fields, Refusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) framing: Framing,
    pub(super) persistent: bool,
}

impl Decision {
    /// For the final answer to a POST, by its status line and fields.
    pub(super) fn of(
        minor_version: u8,
        status: u16,
        fields: Fields<'_>,
        body_limit: usize,
    ) -> Result<Self, Refusal> {
        let persistent = is_persistent(minor_version, fields);
        // Rule 1, which beats whatever the fields say. (HEAD and CONNECT are never sent.)
        if matches!(status, 204 | 304) {
            return Ok(Self { framing: Framing::None, persistent });
        }
        // Rules 3 and 4. Transfer-Encoding overrides Content-Length, and such a connection is done.
        if fields.named("transfer-encoding").next().is_some() {
            check_transfer_coding(minor_version, fields)?;
            let alone = fields.named("content-length").next().is_none();
            return Ok(Self { framing: Framing::Chunked, persistent: persistent && alone });
        }
        // Rules 5, 6 and 8.
        match content_length(fields)? {
            Some(length) if length > body_limit => {
                Err(Refusal::limit("a Content-Length over the body's limit"))
            }
            Some(length) => Ok(Self { framing: Framing::Length(length), persistent }),
            None => Ok(Self { framing: Framing::UntilClose, persistent: false }),
        }
    }
}

/// Exactly one `chunked`, without parameters: nothing else was offered by `TE`, so nothing else can
/// be decoded. In HTTP/1.0 the framing is faulty by definition (RFC 9112 section 6.1).
fn check_transfer_coding(minor_version: u8, fields: Fields<'_>) -> Result<(), Refusal> {
    if minor_version == 0 {
        return Err(Refusal::protocol("a Transfer-Encoding in HTTP/1.0"));
    }
    let mut codings = fields.list("transfer-encoding");
    match (codings.next(), codings.next()) {
        (Some(only), None) if only.eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(Refusal::protocol("a Transfer-Encoding other than chunked")),
    }
}

/// `1*DIGIT`. The same number repeated is used once (RFC 9110 section 8.6); one too large for the
/// machine is as good as over the limit.
fn content_length(fields: Fields<'_>) -> Result<Option<usize>, Refusal> {
    let mut length = None;
    for value in fields.named("content-length").flat_map(|value| value.split(|&b| b == b',')) {
        let value = value.trim_ascii();
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::protocol("a Content-Length that is not a number"));
        }
        let number = value.iter().fold(0_usize, |number, &digit| {
            number.saturating_mul(10).saturating_add(usize::from(digit.wrapping_sub(b'0')))
        });
        if length.is_some_and(|length| length != number) {
            return Err(Refusal::protocol("Content-Lengths that differ"));
        }
        length = Some(number);
    }
    Ok(length)
}

fn is_persistent(minor_version: u8, fields: Fields<'_>) -> bool {
    let option =
        |wanted: &[u8]| fields.list("connection").any(|option| option.eq_ignore_ascii_case(wanted));
    !option(b"close") && (minor_version >= 1 || option(b"keep-alive"))
}
