//! Any endpoint and any registration: whatever is accepted gives a request that other parsers read
//! back exactly, and no URL is accepted that RFC 3986 does not know.

#![no_main]

use atlas_webhook::{Endpoint, Registration, Request};
use iri_string::types::UriStr;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

type Input<'a> = (&'a str, &'a str, Option<&'a str>, (&'a str, &'a str), (&'a str, &'a str));

fuzz_target!(|input: Input<'_>| {
    let (base_url, url, cid, credentials, header) = input;
    let endpoint = Endpoint::new(base_url);
    if endpoint.is_ok() {
        UriStr::new(base_url).expect("an accepted base URL is a URI");
    }
    // A base URL that is none is no reason to leave the rest untried.
    let mut endpoint = endpoint.unwrap_or_else(|_| Endpoint::sandbox());
    endpoint.set_plaintext_allowed(true);
    let has_credentials = endpoint.set_credentials(credentials.0, credentials.1).is_ok();
    let has_header = endpoint.set_header(header.0, header.1).is_ok();

    let Ok(mut registration) = Registration::new(url) else { return };
    UriStr::new(url).expect("an accepted webhook URL is a URI");
    let has_cid = match cid.map(|cid| registration.with_cid(cid)) {
        Some(Ok(with_cid)) => {
            registration = with_cid;
            true
        }
        Some(Err(_)) => {
            assert_eq!(cid, Some(""));
            false
        }
        None => false,
    };
    let request = Request::registration(&endpoint, &registration).expect("plaintext is allowed");

    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut parsed = httparse::Request::new(&mut fields);
    let head = parsed.parse(request.bytes()).expect("the request is HTTP").unwrap();
    let (_, body) = request.bytes().split_at(head);
    assert_eq!(body, request.body());
    assert_eq!(parsed.method, Some("POST"));
    assert_eq!(parsed.version, Some(1));
    assert!(parsed.path.is_some_and(|path| path.ends_with("/updateWebhookURL.do")));
    let value = |name: &str| {
        let mut found = parsed.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        let field = found.next().map(|field| std::str::from_utf8(field.value).unwrap());
        assert!(found.next().is_none(), "{name} stands there twice");
        field
    };
    assert_eq!(value("Content-Length"), Some(&*body.len().to_string()));
    assert!(value("Host").is_some_and(|host| host.contains(request.host())));
    assert_eq!(value("x-atlas-client-id"), has_credentials.then_some(credentials.0));
    assert_eq!(value("x-atlas-client-secret"), has_credentials.then_some(credentials.1));
    if has_header {
        assert_eq!(value(header.0), Some(header.1));
    }

    let json: Value = serde_json::from_slice(body).expect("the body is JSON");
    assert_eq!(json["url"], url);
    assert_eq!(json.get("cid").and_then(Value::as_str), cid.filter(|_| has_cid));
});
