//! The host of a request: the field `Host`, and the authority of a target (RFC 3986 section 3.2).

use core::net::Ipv6Addr;
use core::str;

use super::chars;

/// `uri-host [ ":" port ]` (RFC 9110 section 7.2), which may be empty.
pub(super) fn is_host(value: &[u8]) -> bool {
    let port = match value {
        [b'[', literal @ ..] => {
            let Some(end) = literal.iter().position(|&b| b == b']') else { return false };
            let (literal, port) = literal.split_at_checked(end).unwrap_or_default();
            if !is_ip_literal(literal) {
                return false;
            }
            port.get(1..).unwrap_or_default()
        }
        _ => {
            let end = value.iter().position(|&b| b == b':').unwrap_or(value.len());
            let (name, port) = value.split_at_checked(end).unwrap_or_default();
            if !is_reg_name(name) {
                return false;
            }
            port
        }
    };
    match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// What precedes the `@` of an authority (RFC 3986 section 3.2.1).
pub(super) fn is_userinfo(value: &[u8]) -> bool {
    value.split(|&b| b == b':').all(is_reg_name)
}

fn is_ip_literal(literal: &[u8]) -> bool {
    match literal {
        // IPvFuture (RFC 3986 section 3.2.2).
        [b'v' | b'V', rest @ ..] => {
            let Some(dot) = rest.iter().position(|&b| b == b'.') else { return false };
            let (version, address) = rest.split_at_checked(dot).unwrap_or_default();
            let address = address.get(1..).unwrap_or_default();
            !version.is_empty()
                && version.iter().all(u8::is_ascii_hexdigit)
                && !address.is_empty()
                && address.iter().all(|&b| b == b':' || chars::is(b, chars::NAME))
        }
        _ => str::from_utf8(literal).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok()),
    }
}

/// `*( unreserved / pct-encoded / sub-delims )` (RFC 3986 section 3.2.2).
fn is_reg_name(mut name: &[u8]) -> bool {
    loop {
        name = match name {
            [] => return true,
            [b'%', a, b, rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest,
            [b, rest @ ..] if chars::is(*b, chars::NAME) => rest,
            _ => return false,
        }
    }
}
