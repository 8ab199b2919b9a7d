//! The strict check of an absolute `http` or `https` URL (RFC 3986).
//!
//! It never repairs a URL: an accepted URL is kept byte for byte. It rejects hosts about which RFC
//! 3986 and URL parsers disagree, so that a registered URL means the same to everyone who reads it.

use alloc::format;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::Error;
use crate::http1::chars;

/// The parts of an accepted URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    pub(crate) scheme: Scheme,
    /// As written, brackets of an IPv6 address included.
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
    /// Path and query as written; may be empty.
    pub(crate) path_and_query: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The reason why a URL was rejected, and the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    what: &'static str,
    at: usize,
}

impl Refusal {
    /// The text is not a URL with a scheme that the API can post to.
    pub(crate) const NOT_ABSOLUTE: Self =
        Self { what: "is not absolute: it must start with http:// or https://", at: 0 };

    fn at_start(what: &'static str) -> Self {
        Self { what, at: 0 }
    }

    /// The error about an argument, which `url` names. No part of the URL is in the message, since it
    /// may be a secret.
    pub(crate) fn error(self, url: &str) -> Error {
        let Self { what, at } = self;
        let message = match at {
            0 => format!("{url} {what}"),
            at => format!("{url} {what} (at byte {at})"),
        };
        Error::argument(message).at(u64::try_from(at).unwrap_or(u64::MAX))
    }
}

impl<'a> Url<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Refusal> {
        // Common mistakes have their own messages.
        Self::split(text).map_err(|refusal| usual_mistake(text).unwrap_or(refusal))
    }

    fn split(text: &'a str) -> Result<Self, Refusal> {
        let refuse = |what, at| Err(Refusal { what, at });
        if text.is_empty() {
            return refuse("is empty", 0);
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return Err(Refusal::NOT_ABSOLUTE);
        };
        let offset_of = |part: &str| text.len().saturating_sub(part.len());
        let authority_at = offset_of(rest);

        // Mostly the authority is a name and nothing else.
        let name = rest.bytes().position(|b| !is_name(b)).unwrap_or(rest.len());
        let end = match rest.as_bytes().get(name) {
            Some(b'/' | b'?') | None => name,
            Some(_) => memchr::memchr2(b'/', b'?', rest.as_bytes()).unwrap_or(rest.len()),
        };
        let Some((authority, path_and_query)) = rest.split_at_checked(end) else {
            return refuse("cannot be split", authority_at);
        };
        let parts = if end == name {
            check_name(authority).map(|()| (authority, None)).map_err(Refusal::at_start)
        } else {
            split_authority(authority)
        };
        let (host, port) = parts.map_err(|Refusal { what, at }| Refusal {
            what,
            at: authority_at.saturating_add(at),
        })?;
        if let Some(at) = first_bad_path_byte(path_and_query) {
            return refuse(
                misplaced(path_and_query, at),
                offset_of(path_and_query).saturating_add(at),
            );
        }
        Ok(Self { scheme, host, port, path_and_query })
    }

    /// The offset of the port in the text, if the text has one.
    pub(crate) fn port_at(&self) -> usize {
        let scheme = match self.scheme {
            Scheme::Http => "http://",
            Scheme::Https => "https://",
        };
        scheme.len().saturating_add(self.host.len()).saturating_add(":".len())
    }

    /// The port to connect to.
    pub(crate) fn effective_port(&self) -> u16 {
        self.port.unwrap_or(self.scheme.default_port())
    }
}

/// The same check of a path and query alone, without scheme and authority.
pub(crate) fn check_path_and_query(text: &str) -> Result<(), Refusal> {
    let Some(at) = first_bad_path_byte(text) else { return Ok(()) };
    Err(usual_mistake(text).unwrap_or(Refusal { what: misplaced(text, at), at }))
}

/// What is wrong with the byte at `at`, which no path or query may contain there.
fn misplaced(path_and_query: &str, at: usize) -> &'static str {
    match path_and_query.as_bytes().get(at) {
        Some(b'%') => "contains a % without two hexadecimal digits behind it; write it as %25",
        _ => "contains a character that must be percent-encoded",
    }
}

/// Whether a host, without brackets, is this machine regardless of name servers.
pub(crate) fn is_loopback(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        // RFC 6761 section 6.3.
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

/// The address in `[…]`.
fn ipv6_literal(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The first byte that no part of a URL may contain.
fn usual_mistake(text: &str) -> Option<Refusal> {
    let (at, c) =
        text.char_indices().find(|(_, c)| !c.is_ascii_graphic() || matches!(c, '#' | '\\'))?;
    let what = match c {
        ' ' => "contains a space; write it as %20",
        '\\' => "contains a backslash; write / or %5C",
        '#' => "contains a fragment (#), which is never sent to a server; remove it",
        _ if c.is_ascii() => "contains a control character; percent-encode it",
        _ => {
            "contains a character that is not ASCII; write a host name in punycode (xn--…) and \
             percent-encode the rest"
        }
    };
    Some(Refusal { what, at })
}

/// RFC 3986 section 3.1: the scheme is case-insensitive.
fn split_scheme(text: &str) -> Option<(Scheme, &str)> {
    let (scheme, end) = match text.as_bytes() {
        [b'h' | b'H', b't' | b'T', b't' | b'T', b'p' | b'P', b's' | b'S', b':', b'/', b'/', ..] => {
            (Scheme::Https, 8)
        }
        [b'h' | b'H', b't' | b'T', b't' | b'T', b'p' | b'P', b':', b'/', b'/', ..] => {
            (Scheme::Http, 7)
        }
        _ => return None,
    };
    Some((scheme, text.get(end..)?))
}

/// Host and port of an authority. The offset of a refusal is that in the authority.
fn split_authority(authority: &str) -> Result<(&str, Option<u16>), Refusal> {
    if let Some(at) = authority.find('@') {
        let what = "contains user information (user@), which would leak into logs; remove it";
        return Err(Refusal { what, at });
    }
    let (host, port) = split_port(authority)?;
    check_host(host)?;
    Ok((host, port))
}

/// `host [ ":" port ]`; the colons of an IPv6 address stand inside its brackets.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), Refusal> {
    let bracketed = authority.starts_with('[');
    let end = if bracketed {
        authority.bytes().position(|b| b == b']').map(|bracket| bracket.saturating_add(1))
    } else {
        authority.bytes().position(|b| b == b':')
    };
    let Some((host, port)) = end.and_then(|end| authority.split_at_checked(end)) else {
        return Ok((authority, None));
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    let Some(digits) = port.strip_prefix(':') else {
        let what = "contains text between the brackets of its host and the port";
        return Err(Refusal { what, at: host.len() });
    };
    if digits.is_empty() {
        // RFC 3986 section 3.2.3 lets it be empty; it means the scheme's own.
        return Ok((host, None));
    }
    let start = host.len().saturating_add(1);
    if let Some(at) = digits.bytes().position(|b| !b.is_ascii_digit()) {
        return Err(Refusal {
            what: "has a port that is not a number",
            at: start.saturating_add(at),
        });
    }
    match digits.parse() {
        Ok(port) => Ok((host, Some(port))),
        Err(_) => Err(Refusal { what: "has a port above 65535", at: start }),
    }
}

fn check_host(host: &str) -> Result<(), Refusal> {
    if host.bytes().all(is_name) {
        check_name(host).map_err(Refusal::at_start)
    } else {
        check_odd_host(host)
    }
}

fn check_name(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        // RFC 9110 sections 4.2.1 and 4.2.2.
        return Err("has no host");
    }
    if last_label_is_number(host) && host.parse::<Ipv4Addr>().is_err() {
        return Err("has a host that looks like an IPv4 address but is not a valid one");
    }
    Ok(())
}

/// A host that does not consist of the characters of a name.
fn check_odd_host(host: &str) -> Result<(), Refusal> {
    let offset = |odd: fn(u8) -> bool| host.bytes().position(odd).unwrap_or_default();
    if ipv6_literal(host).is_some() {
        Ok(())
    } else if host.contains(['[', ']']) {
        let what = "has brackets around a host that is not an IPv6 address";
        Err(Refusal { what, at: offset(|b| matches!(b, b'[' | b']')) })
    } else if host.contains('%') {
        let what = "has a percent sign in its host; write the host name itself";
        Err(Refusal { what, at: offset(|b| b == b'%') })
    } else {
        let what = "has a character in its host that host names cannot contain";
        Err(Refusal { what, at: offset(|b| !is_name(b)) })
    }
}

/// URL parsers read such a host as an IPv4 address, in octal, hexadecimal or with missing parts.
fn last_label_is_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).as_bytes();
    match host.rsplit(|&b| b == b'.').next().unwrap_or_default() {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        label => !label.is_empty() && label.iter().all(u8::is_ascii_digit),
    }
}

/// RFC 3986 sections 3.3 and 3.4: `*( "/" / "?" / pchar )`.
fn first_bad_path_byte(path_and_query: &str) -> Option<usize> {
    let mut rest = path_and_query.as_bytes();
    loop {
        let odd = rest.iter().position(|&b| !is_path(b))?;
        match rest.get(odd..) {
            Some([b'%', high, low, behind @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest = behind;
            }
            odd => {
                let left = odd.map_or(0, <[u8]>::len);
                return Some(path_and_query.len().saturating_sub(left));
            }
        }
    }
}

/// Characters that need no encoding in a host.
fn is_name(b: u8) -> bool {
    chars::is(b, chars::NAME)
}

/// Characters that need no encoding in a path and a query, without the percent sign.
fn is_path(b: u8) -> bool {
    chars::is(b, chars::PATH)
}
