//! The feature `http`: requests and responses as values of the crate `http`.
#![cfg(feature = "http")]

use atlas_webhook::{Delivery, Endpoint, ErrorKind, Receiver, Registration, Request, Response};

const URL: &str = "https://example.com/hook";

fn request() -> Request {
    let mut endpoint = Endpoint::new("http://127.0.0.1:8080/v2").unwrap();
    endpoint.set_credentials("my-client", "s3cret").unwrap();
    Request::registration(&endpoint, &Registration::new(URL).unwrap()).unwrap()
}

#[test]
fn a_request_has_the_same_method_url_headers_and_body() {
    let request = request();
    let converted = http::Request::<Vec<u8>>::try_from(&request).unwrap();
    assert_eq!(converted.method(), request.method());
    assert_eq!(converted.uri(), &*request.url());
    assert_eq!(converted.body(), request.body());
    for (name, value) in request.headers() {
        assert_eq!(converted.headers().get_all(name).iter().collect::<Vec<_>>(), [value]);
    }
    assert_eq!(converted.headers().len(), request.headers().count());
}

#[test]
fn debug_shows_no_header_value_of_a_converted_request() {
    let converted = http::Request::<Vec<u8>>::try_from(&request()).unwrap();
    let shown = format!("{:?}", converted.map(drop));
    assert!(shown.contains("x-atlas-client-secret"), "{shown}");
    assert!(!shown.contains("my-client") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_response_keeps_status_every_header_field_and_body() {
    let response = http::Response::builder()
        .status(429)
        .header("Retry-After", "7")
        .header("Set-Cookie", "a=1")
        .header("Set-Cookie", http::HeaderValue::from_bytes(b"b=\xFF").unwrap())
        .body(r#"{"status":1}"#)
        .unwrap();
    let converted = Response::try_from(&response).unwrap();
    assert_eq!(converted.status(), 429);
    assert_eq!(converted.coded_body(), br#"{"status":1}"#);
    let headers: Vec<_> = converted.headers().collect();
    assert_eq!(
        headers,
        [("retry-after", &b"7"[..]), ("set-cookie", b"a=1"), ("set-cookie", b"b=\xFF")]
    );
    let error = request().reply(&converted).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}

#[test]
fn a_url_that_is_too_long_for_the_http_crate_is_an_argument_error() {
    for (length, fits) in [(65_000, true), (66_000, false)] {
        let endpoint = Endpoint::new(&format!("http://127.0.0.1/{}", "x".repeat(length))).unwrap();
        let request = Request::registration(&endpoint, &Registration::new(URL).unwrap()).unwrap();
        match http::Request::<Vec<u8>>::try_from(&request) {
            Ok(converted) => assert!(fits && converted.uri() == &*request.url()),
            Err(error) => assert!(!fits && error.kind() == ErrorKind::Argument, "{error}"),
        }
    }
}

#[test]
fn an_interim_response_is_rejected() {
    let response = http::Response::builder().status(103).body("").unwrap();
    let error = Response::try_from(&response).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

/// As docs/rust.md describes, without the conversions of the feature.
#[test]
fn a_header_map_is_accepted_as_header_fields() {
    let mut headers = http::HeaderMap::new();
    headers.insert("Content-Encoding", http::HeaderValue::from_static("br"));
    let response = Response::new(200, &headers, "").unwrap();
    assert_eq!(response.header("content-encoding"), Some(&b"br"[..]));
    let delivery = Delivery::new("POST", "/hook", &headers, "no JSON");
    let error = Receiver::new(URL).unwrap().read(&delivery).unwrap_err();
    assert_eq!((error.kind(), error.response_status()), (ErrorKind::Encoding, 415));
}
