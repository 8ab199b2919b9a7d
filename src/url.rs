//! The strict check of an absolute `http` or `https` URL (RFC 3986).
//!
//! It decides and never repairs: what it accepts is carried byte for byte. Where RFC 3986 and the
//! URL parsers of the field disagree about a host, it refuses, so that a URL that was registered
//! means the same to everyone who reads it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The parts of a URL that passed.
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

/// Why a URL was refused, and at which of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) what: &'static str,
    pub(crate) at: usize,
}

impl<'a> Url<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Refusal> {
        let refuse = |what, at| Err(Refusal { what, at });
        if text.is_empty() {
            return refuse("is empty", 0);
        }
        // First what no part may hold: these are the usual mistakes and deserve their own words.
        for (at, c) in text.char_indices() {
            match c {
                ' ' => return refuse("holds a space; write it as %20", at),
                '\0'..='\x1F' | '\x7F' => return refuse("holds a control character", at),
                '\\' => return refuse("holds a backslash", at),
                '#' => return refuse("has a fragment, which is never sent to a server", at),
                _ if !c.is_ascii() => {
                    return refuse(
                        "is not ASCII; write an international host name in punycode (xn--…) and \
                         percent-encode the rest",
                        at,
                    );
                }
                _ => {}
            }
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return refuse("is not absolute: it must start with http:// or https://", 0);
        };
        let offset_of = |part: &str| text.len().saturating_sub(part.len());
        let authority_at = offset_of(rest);

        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let Some((authority, path_and_query)) = rest.split_at_checked(end) else {
            return refuse("cannot be split", authority_at);
        };
        if authority.contains('@') {
            return refuse("holds user information, which would leak into logs", authority_at);
        }
        let (host, port) = match split_port(authority) {
            Ok(parts) => parts,
            Err(what) => return refuse(what, authority_at),
        };
        if let Err(what) = check_host(host) {
            return refuse(what, authority_at);
        }
        if let Some(at) = first_bad_path_byte(path_and_query) {
            let at = offset_of(path_and_query).saturating_add(at);
            return refuse("holds a character that must be percent-encoded", at);
        }
        Ok(Self { scheme, host, port, path_and_query })
    }

    /// The port to connect to.
    pub(crate) fn effective_port(&self) -> u16 {
        self.port.unwrap_or(self.scheme.default_port())
    }
}

/// Whether a host, without brackets, is this machine whatever a name server says.
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

/// RFC 3986 section 3.1: the scheme is case-insensitive.
fn split_scheme(text: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    if scheme.eq_ignore_ascii_case("https") {
        Some((Scheme::Https, rest))
    } else if scheme.eq_ignore_ascii_case("http") {
        Some((Scheme::Http, rest))
    } else {
        None
    }
}

/// `host [ ":" port ]`; the colons of an IPv6 address stand inside its brackets.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let bracketed = authority.starts_with('[');
    let end = if bracketed {
        authority.find(']').map(|bracket| bracket.saturating_add(1))
    } else {
        authority.find(':')
    };
    let Some((host, port)) = end.and_then(|end| authority.split_at_checked(end)) else {
        return Ok((authority, None));
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    let Some(digits) = port.strip_prefix(':') else {
        return Err("has something behind the brackets of its host");
    };
    if digits.is_empty() {
        // RFC 3986 section 3.2.3 lets it be empty; it means the scheme's own.
        return Ok((host, None));
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("has a port that is not a number");
    }
    match digits.parse() {
        Ok(port) => Ok((host, Some(port))),
        Err(_) => Err("has a port above 65535"),
    }
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        // RFC 9110 sections 4.2.1 and 4.2.2.
        return Err("has no host");
    }
    if host.contains(['[', ']']) {
        return match ipv6_literal(host) {
            Some(_) => Ok(()),
            None => Err("has brackets around something that is not an IPv6 address"),
        };
    }
    if host.contains('%') {
        return Err("has a percent sign in its host");
    }
    if !host.bytes().all(|b| is_unreserved(b) || is_sub_delim(b)) {
        return Err("has a character in its host that no host name may hold");
    }
    if last_label_is_number(host) && host.parse::<Ipv4Addr>().is_err() {
        return Err("has a host that looks like an IPv4 address and is none");
    }
    Ok(())
}

/// URL parsers take such a host for an IPv4 address, in octal, hexadecimal or with parts left out.
fn last_label_is_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    let hexadecimal = last.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"))
        && last.bytes().skip(2).all(|b| b.is_ascii_hexdigit());
    !last.is_empty() && (last.bytes().all(|b| b.is_ascii_digit()) || hexadecimal)
}

/// RFC 3986 sections 3.3 and 3.4: `*( "/" / "?" / pchar )`.
fn first_bad_path_byte(path_and_query: &str) -> Option<usize> {
    let mut bytes = path_and_query.bytes().enumerate();
    while let Some((at, b)) = bytes.next() {
        let good = match b {
            b'%' => {
                let mut hex = || bytes.next().is_some_and(|(_, b)| b.is_ascii_hexdigit());
                hex() && hex()
            }
            b'/' | b'?' | b':' | b'@' => true,
            _ => is_unreserved(b) || is_sub_delim(b),
        };
        if !good {
            return Some(at);
        }
    }
    None
}

fn is_unreserved(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')
}

fn is_sub_delim(b: u8) -> bool {
    matches!(b, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}
