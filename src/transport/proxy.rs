//! Selects the HTTP proxy: proxy URLs and the environment.

extern crate std;

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use std::env;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::pool::Peer;
use crate::error::{Error, ErrorKind};
use crate::register::request::Request;
use crate::url::{Scheme, Url, is_loopback};

/// The variables for `https` endpoints and for `http` endpoints, the first of them first, as curl reads
/// them. `HTTP_PROXY` is not among them: in a CGI program a client sets it.
const FOR_HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const FOR_HTTP: [&str; 3] = ["http_proxy", "all_proxy", "ALL_PROXY"];
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// An HTTP proxy.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) peer: Peer,
    /// The text after `Basic`.
    pub(super) credentials: Option<String>,
}

/// The meaning of a proxy URL.
#[derive(Clone)]
enum Named {
    Http(Proxy),
    /// Not supported.
    Socks,
}

/// Which proxy a transport uses.
#[derive(Clone, Default)]
pub(super) enum Proxies {
    #[default]
    None,
    /// For every endpoint.
    One(Box<Proxy>),
    /// As the environment defines.
    Environment(Box<Environment>),
}

#[derive(Clone)]
pub(super) struct Environment {
    https: Option<Named>,
    http: Option<Named>,
    exceptions: String,
}

impl Proxies {
    pub(super) fn one(url: &str) -> Result<Self, Error> {
        let refuse = || {
            Error::argument("the proxy is not a URL of the form http://[user:password@]host[:port]")
        };
        if !url.contains("://") {
            return Err(refuse());
        }
        match Named::parse(url).ok_or_else(refuse)? {
            Named::Http(proxy) => Ok(Self::One(Box::new(proxy))),
            Named::Socks => Err(unsupported()),
        }
    }

    /// Reads the environment of the process.
    pub(super) fn environment() -> Result<Self, Error> {
        let exceptions =
            variable(&EXCEPTIONS).map_or_else(|| Ok(String::new()), |(_, value)| value);
        Ok(Self::Environment(Box::new(Environment {
            https: named_by(&FOR_HTTPS)?,
            http: named_by(&FOR_HTTP)?,
            // A list that is not UTF-8 names no host.
            exceptions: exceptions.unwrap_or_default(),
        })))
    }

    /// The proxy to the endpoint of `request`.
    pub(super) fn for_request(&self, request: &Request) -> Result<Option<&Proxy>, Error> {
        let proxy = match self {
            Self::None => return Ok(None),
            Self::One(proxy) => proxy,
            Self::Environment(environment) => match environment.for_request(request) {
                Some(Named::Http(proxy)) => proxy,
                Some(Named::Socks) => return Err(unsupported()),
                None => return Ok(None),
            },
        };
        proxy.check_plaintext(request)?;
        Ok(Some(proxy))
    }
}

impl Environment {
    fn for_request(&self, request: &Request) -> Option<&Named> {
        let named = if request.is_tls() { &self.https } else { &self.http };
        named.as_ref().filter(|_| !is_excepted(request.host(), &self.exceptions))
    }
}

impl Proxy {
    /// A proxy can read what is sent to an `http` endpoint: the credentials, the headers and the
    /// webhook URL.
    fn check_plaintext(&self, request: &Request) -> Result<(), Error> {
        if request.is_tls() || request.is_plaintext_allowed() || is_loopback(&self.peer.host) {
            return Ok(());
        }
        Err(Error::argument(
            "secrets would be sent in plaintext to the proxy: use https, or allow plaintext for this endpoint",
        ))
    }
}

impl Named {
    /// `[scheme://][user[:password]@]host[:port][/]`.
    fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let is = |name: &str| scheme.eq_ignore_ascii_case(name);
        if ["socks", "socks4", "socks4a", "socks5", "socks5h"].into_iter().any(is) {
            return Some(Self::Socks);
        }
        if !is("http") && !is("https") {
            return None;
        }
        let (user_info, authority) = match rest.rsplit_once('@') {
            Some((user_info, authority)) => (Some(user_info), authority),
            None => (None, rest),
        };
        let absolute = format!("{scheme}://{authority}");
        let url = Url::parse(&absolute).ok()?;
        if !matches!(url.path_and_query, "" | "/") || url.port == Some(0) {
            return None;
        }
        let credentials = match user_info {
            Some(user_info) => Some(credentials(user_info)?),
            None => None,
        };
        let peer = Peer {
            is_tls: url.scheme == Scheme::Https,
            host: url.host.trim_matches(['[', ']']).to_owned(),
            port: url.effective_port(),
        };
        Some(Self::Http(Proxy { peer, credentials }))
    }
}

/// RFC 7617: `user:password` in base64, each of them percent-encoded in the URL.
fn credentials(user_info: &str) -> Option<String> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let (user, password) = (percent_decode(user)?, percent_decode(password)?);
    (!user.contains(':')).then(|| BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// UTF-8 without control characters (RFC 7617 section 2).
fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        let byte = match (*first, behind) {
            (b'%', [high, low, behind @ ..]) => {
                rest = behind;
                let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
                digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?
            }
            (b'%', _) | (0..=b' ', _) => return None,
            (byte, _) => byte,
        };
        decoded.push(byte);
    }
    let decoded = String::from_utf8(decoded).ok()?;
    (!decoded.chars().any(char::is_control)).then_some(decoded)
}

/// The first of these variables that is set and not empty, with its name.
fn variable(names: &[&'static str]) -> Option<(&'static str, Result<String, Error>)> {
    names.iter().find_map(|name| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        let refuse = |_| {
            Error::argument(format!(
                "{name} is not the URL of a proxy, http://[user:password@]host[:port]"
            ))
        };
        Some((*name, value.into_string().map_err(refuse)))
    })
}

/// The proxy in the first of these variables that is set.
fn named_by(names: &[&'static str]) -> Result<Option<Named>, Error> {
    let Some((name, value)) = variable(names) else { return Ok(None) };
    let named = Named::parse(&value?);
    named.map(Some).ok_or_else(|| {
        Error::argument(format!(
            "{name} is not the URL of a proxy, http://[user:password@]host[:port]"
        ))
    })
}

/// Whether a list of hosts without a proxy names `host`, as curl reads it: names stand for themselves
/// and all names below them, addresses may have a prefix length.
fn is_excepted(host: &str, list: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut entries = list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
    if list.trim() == "*" {
        return true;
    }
    match host.parse::<IpAddr>() {
        Ok(address) => entries.any(|entry| is_in_network(address, entry)),
        Err(_) => entries.any(|entry| is_in_domain(host, entry)),
    }
}

fn is_in_domain(host: &str, entry: &str) -> bool {
    let domain = entry.strip_suffix('.').unwrap_or(entry);
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let Some((below, tail)) =
        host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at))
    else {
        return false;
    };
    !domain.is_empty()
        && tail.eq_ignore_ascii_case(domain)
        && (below.is_empty() || below.ends_with('.'))
}

/// `address[/prefix length]`, an IPv6 address with or without brackets.
fn is_in_network(address: IpAddr, entry: &str) -> bool {
    let (network, prefix) = match entry.split_once('/') {
        Some((network, prefix)) => (network, Some(prefix)),
        None => (entry, None),
    };
    let Ok(network) = network.trim_matches(['[', ']']).parse::<IpAddr>() else { return false };
    let (address, network, length) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(address.to_bits()), u128::from(network.to_bits()), 32_u32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let prefix = match prefix.map(str::parse::<u32>) {
        None => length,
        Some(Ok(prefix)) if prefix <= length => prefix,
        Some(_) => return false,
    };
    let ignored = length.saturating_sub(prefix);
    // A shift by all bits leaves nothing to compare.
    address.checked_shr(ignored) == network.checked_shr(ignored)
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "SOCKS proxies are not supported; use an HTTP proxy")
}

/// Shows whether there is a proxy, and nothing of its URL, which may contain a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::One(_) => "One",
            Self::Environment(_) => "Environment",
        })
    }
}
