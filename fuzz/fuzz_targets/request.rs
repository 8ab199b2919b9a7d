//! Any endpoint and any registration: whatever is accepted gives a request that other parsers read back
//! exactly, and what is refused leaves no trace in it.
//!
//! The input is text: the base URL and the webhook URL, a line each, then any number of lines. `\n`, `\r`
//! and `\0` stand for these characters.
//!
//! ```text
//! Name: value          a header
//! @id|secret           credentials
//! ?cid
//! !                    plaintext is allowed
//! ```

#![no_main]

use std::net::{Ipv4Addr, Ipv6Addr};

use atlas_webhook::{Endpoint, Error, ErrorKind, Registration, Request};
use iri_string::types::UriStr;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// What the library says by itself, or what would change how the message is framed or carried.
const ITS_OWN: [&str; 15] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-atlas-client-id",
    "x-atlas-client-secret",
];

const PATH: &str = "/updateWebhookURL.do";

fuzz_target!(|input: &str| {
    let lines: Vec<String> = input.lines().take(64).map(unescape).collect();
    let [base_url, webhook_url, more @ ..] = &lines[..] else { return };
    // The rest is tested even if the base URL is invalid.
    let (base_url, mut endpoint) = match Endpoint::new(base_url) {
        Ok(endpoint) => (base_url.as_str(), endpoint),
        Err(error) => {
            refused(&error, base_url);
            (atlas_webhook::SANDBOX, Endpoint::sandbox())
        }
    };
    let server = Url::parse(base_url);
    assert_eq!(server.query, None);
    assert_ne!(server.port, Some(0));

    let mut headers = Headers::new();
    let mut cid = None;
    let mut plaintext_allowed = false;
    for line in more {
        if let Some(credentials) = line.strip_prefix('@') {
            let (id, secret) = credentials.split_once('|').unwrap_or((credentials, ""));
            let good = [id, secret].iter().all(|value| !value.is_empty() && is_value(value));
            accepted(good, endpoint.set_credentials(id, secret).map(|_| ()));
            if good {
                headers.set("x-atlas-client-id", id);
                headers.set("x-atlas-client-secret", secret);
            }
        } else if let Some(text) = line.strip_prefix('?') {
            cid = Some(text);
        } else if line == "!" {
            endpoint.set_plaintext_allowed(true);
            plaintext_allowed = true;
        } else {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            let good = is_token(name)
                && is_value(value)
                && !ITS_OWN.iter().any(|own| own.eq_ignore_ascii_case(name));
            accepted(good, endpoint.set_header(name, value).map(|_| ()));
            if good {
                headers.set(name, value);
            }
        }
    }

    let mut registration = match Registration::new(webhook_url) {
        Ok(registration) => registration,
        Err(error) => return refused(&error, webhook_url),
    };
    Url::parse(webhook_url);
    if let Some(cid) = cid {
        assert_eq!(registration.set_cid(cid).is_err(), cid.is_empty());
    }
    let safe = server.is_tls || server.is_loopback() || plaintext_allowed;
    let request = Request::registration(&endpoint, &registration);
    accepted(safe, request.as_ref().map(drop).map_err(Clone::clone));
    let Ok(request) = request else { return };

    // Where it goes.
    assert_eq!(request.is_tls(), server.is_tls);
    assert_eq!(request.host(), server.host.trim_matches(['[', ']']));
    assert_eq!(request.port(), server.effective_port());
    let path = format!("{}{PATH}", server.path.trim_end_matches('/'));
    let url = request.url();
    assert_eq!(Url::parse(&url), Url { path: &path, ..server });

    // Its head, read by another parser.
    let mut fields = vec![httparse::EMPTY_HEADER; headers.0.len() + 2];
    let mut parsed = httparse::Request::new(&mut fields);
    let head = parsed.parse(request.bytes()).expect("the request is HTTP").unwrap();
    let (_, body) = request.bytes().split_at(head);
    assert_eq!(body, request.body());
    assert_eq!((parsed.method, request.method()), (Some("POST"), "POST"));
    assert_eq!((parsed.path, parsed.version), (Some(&*path), Some(1)));
    let default = if server.is_tls { 443 } else { 80 };
    let host = match request.port() {
        port if port == default => server.host.to_owned(),
        port => format!("{}:{port}", server.host),
    };
    let mut expected = vec![("host".to_owned(), host)];
    expected.extend(headers.0.iter().cloned());
    expected.push(("content-length".to_owned(), body.len().to_string()));
    let found = parsed.headers.iter().map(|field| {
        let value = std::str::from_utf8(field.value).expect("headers are ASCII");
        (field.name.to_ascii_lowercase(), value.to_owned())
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let told = request.headers().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    assert_eq!(told.collect::<Vec<_>>(), headers.0);

    // Its body, which has these keys, each once.
    let json: Value = serde_json::from_slice(body).expect("the body is JSON");
    let mut expected = serde_json::Map::new();
    expected.insert("url".to_owned(), webhook_url.as_str().into());
    if let Some(cid) = cid.filter(|cid| !cid.is_empty()) {
        expected.insert("cid".to_owned(), cid.into());
    }
    assert_eq!(json, Value::Object(expected));
    assert_eq!(serde_json::to_vec(&json).expect("it was JSON").len(), body.len());
});

fn unescape(line: &str) -> String {
    line.replace(r"\n", "\n").replace(r"\r", "\r").replace(r"\0", "\0")
}

/// The headers of a request by the calls that set them, names in small letters.
struct Headers(Vec<(String, String)>);

impl Headers {
    fn new() -> Self {
        let sandbox = Endpoint::sandbox();
        let registration = Registration::new("https://example.com/").expect("a valid URL");
        let request = Request::registration(&sandbox, &registration).expect("it holds no secret");
        let headers = request.headers();
        Self(headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect())
    }

    fn set(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name, value.to_owned())),
        }
    }
}

/// The call did as it should, and a refusal is one of the argument.
fn accepted(good: bool, outcome: Result<(), Error>) {
    assert_eq!(good, outcome.is_ok(), "{outcome:?}");
    if let Err(error) = outcome {
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
}

/// A refusal says where in the text.
fn refused(error: &Error, text: &str) {
    assert_eq!(error.kind(), ErrorKind::Argument);
    let offset = error.offset().expect("a URL is refused somewhere");
    assert!(text.is_char_boundary(usize::try_from(offset).expect("it is an offset in a text")));
}

/// RFC 9110 section 5.6.2.
fn is_token(name: &str) -> bool {
    const SPECIAL: &str = "!#$%&'*+-.^_`|~";
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || SPECIAL.contains(c))
}

/// RFC 9110 section 5.5, in ASCII.
fn is_value(value: &str) -> bool {
    value.chars().all(|c| c == '\t' || c == ' ' || c.is_ascii_graphic())
        && value == value.trim_matches([' ', '\t'])
}

/// The parts of a URL, as iri-string finds them.
#[derive(Debug, PartialEq)]
struct Url<'a> {
    is_tls: bool,
    /// With the brackets of an IPv6 address.
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Url<'a> {
    fn parse(text: &'a str) -> Self {
        let url = UriStr::new(text).expect("an accepted URL is a URI");
        let authority = url.authority_components().expect("it has an authority");
        assert_eq!((authority.userinfo(), url.fragment()), (None, None));
        assert!(!authority.host().is_empty());
        let is_tls = url.scheme_str().eq_ignore_ascii_case("https");
        assert!(is_tls || url.scheme_str().eq_ignore_ascii_case("http"));
        let port = authority.port().filter(|port| !port.is_empty());
        Self {
            is_tls,
            host: authority.host(),
            port: port.map(|port| port.parse().expect("a port of TCP")),
            path: url.path_str(),
            query: url.query().map(|query| query.as_str()),
        }
    }

    fn effective_port(&self) -> u16 {
        self.port.unwrap_or(if self.is_tls { 443 } else { 80 })
    }

    fn is_loopback(&self) -> bool {
        let ipv6 = self.host.trim_matches(['[', ']']).parse::<Ipv6Addr>();
        let ipv4 = self.host.parse::<Ipv4Addr>();
        self.host.eq_ignore_ascii_case("localhost")
            || ipv6.is_ok_and(|address| address == Ipv6Addr::LOCALHOST)
            || ipv4.is_ok_and(|address| address.octets()[0] == 127)
    }
}
