//! The response of an HTTP stack as a value, with its fields in any form of a stack.

use std::time::Duration;

use atlas_webhook::{
    Endpoint, Error, ErrorKind, Exchange, Limits, Registration, Request, Response,
};

fn request() -> Request {
    let registration = Registration::new("https://me.example/hook/abcd?key=efgh").unwrap();
    Request::registration(&Endpoint::sandbox(), &registration).unwrap()
}

/// The error of a response that is not a success.
fn error(response: &Response) -> Error {
    request().reply(response).unwrap_err()
}

fn fields(response: &Response) -> Vec<(&str, &str)> {
    response.headers().map(|(name, value)| (name, std::str::from_utf8(value).unwrap())).collect()
}

#[test]
fn raw_field_lines_give_the_same_response_as_pairs() {
    let raw = "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After:  7 \r\n\
               Date: x\n\r\nno colon\r\n";
    let lines = Response::from_field_lines(503, raw, "").unwrap();
    let pairs = Response::new(503, [("Retry-After", "7"), ("Date", "x")], "").unwrap();
    assert!(lines.headers().eq(pairs.headers()));
    assert_eq!(lines.headers().count(), 2);
    assert_eq!(lines.header("RETRY-AFTER"), Some(&b"7"[..]));
}

#[test]
fn a_value_from_a_stack_cannot_become_two_fields() {
    let response = Response::new(200, [("A", "b\r\nC: d"), ("E\n", "\0f")], "").unwrap();
    let fields: Vec<_> = response.headers().collect();
    assert_eq!(fields, [("A", &b"b C: d"[..]), ("E", b"f")]);
}

type Field = (&'static str, &'static str);

/// Field lines, their fields, and their wait.
const FOLDS: [(&str, &[Field], Option<u64>); 12] = [
    ("Retry-After:\r\n 120\r\n", &[("Retry-After", "120")], Some(120)),
    ("Retry-After: \t\n\t 120 \n", &[("Retry-After", "120")], Some(120)),
    ("X-Note: see\r\n Retry-After: 86400\r\n", &[("X-Note", "see Retry-After: 86400")], None),
    ("X-Note: see\n\tRetry-After: 86400\n", &[("X-Note", "see Retry-After: 86400")], None),
    ("A: b \t\r\n \t c\r\n", &[("A", "b c")], None),
    ("A:\r\n b\r\n\tc\r\n d\r\n", &[("A", "b c d")], None),
    ("A: b\r\n \r\n\t\r\nC: d\r\n", &[("A", "b"), ("C", "d")], None),
    (" Retry-After: 5\r\n\tB: c\r\nA: b\r\n", &[("A", "b")], None),
    ("HTTP/1.1 503 Busy\r\n Retry-After: 5\r\nA: b\r\n", &[("A", "b")], None),
    ("A: b\r\nHTTP/1.1 503 Busy\r\n Retry-After: 5\r\n", &[], None),
    ("A: b\r\nno colon\r\n Retry-After: 5\r\n", &[("A", "b")], None),
    ("A: b\r\n\r\n Retry-After: 5\r\n", &[("A", "b")], None),
];

#[test]
fn a_fold_continues_the_field_line_directly_before_it_and_is_never_a_field() {
    for (lines, expected, wait) in FOLDS {
        let response = Response::from_field_lines(503, lines, "").unwrap();
        assert_eq!(fields(&response), expected, "{lines:?}");
        assert_eq!(error(&response).retry_after(), wait.map(Duration::from_secs), "{lines:?}");
    }
}

#[test]
fn a_fold_within_a_value_or_in_front_of_a_name_is_never_a_field() {
    for (name, value, expected) in [
        ("A", "b\r\n c", "b c"),
        ("A", "b \n\t\n  c\n", "b c"),
        ("A", "\r\n 120", "120"),
        ("A", "see\r\nRetry-After: 5", "see Retry-After: 5"),
        ("A", "see\rRetry-After: 5", "see Retry-After: 5"),
        (" Retry-After", "5", "5"),
        ("\r\nRetry-After", "5", "5"),
    ] {
        let response = Response::new(503, [(name, value)], "").unwrap();
        assert_eq!(response.headers().count(), 1);
        assert_eq!(response.headers().next().unwrap().1, expected.as_bytes());
        assert_eq!(error(&response).retry_after(), None, "{name:?}: {value:?}");
    }
    let response = Response::new(503, [("Retry-After", "\r\n 120")], "").unwrap();
    assert_eq!(error(&response).retry_after(), Some(Duration::from_secs(120)));
}

#[test]
fn folds_read_the_same_from_a_stack_and_from_the_wire() {
    for value in ["b\r\n c", "\r\n b", "b \t\r\n \r\n\tc\r\n ", "see\r\n Retry-After: 5"] {
        let mut exchange = atlas_webhook::Exchange::new(&request());
        let head = format!("HTTP/1.1 503 Busy\r\nA: {value}\r\nContent-Length: 0\r\n\r\n");
        exchange.received(head.as_bytes()).unwrap();
        let wire = exchange.take_response().unwrap();
        let lines = Response::from_field_lines(503, &head, "").unwrap();
        let pairs = Response::new(503, [("A", value), ("Content-Length", "0")], "").unwrap();
        assert_eq!(fields(&lines), fields(&wire), "{value:?}");
        assert_eq!(fields(&pairs), fields(&wire), "{value:?}");
    }
}

const PAGE: &str = "<html>Log in to the Wi-Fi of the hotel</html>";

fn carried(error: &Error) -> (u16, Vec<(&str, &str)>, String) {
    let response = error.response().expect("it came from a response");
    let body = String::from_utf8(response.body().unwrap().into_owned()).unwrap();
    (response.status(), fields(response), body)
}

#[test]
fn an_error_carries_the_response_that_it_came_from() {
    for status in [200, 302, 401, 404, 429, 503, 999] {
        let response =
            Response::new(status, [("Server", "portal"), ("X", "s3cret")], PAGE).unwrap();
        let error = error(&response);
        let expected = vec![("Server", "portal"), ("X", "s3cret")];
        assert_eq!(carried(&error), (status, expected, PAGE.to_owned()));
        for shown in [error.to_string(), format!("{error:?}"), error.message().to_owned()] {
            assert!(!shown.contains("Wi-Fi") && !shown.contains("s3cret"), "{shown}");
            assert!(!shown.contains("portal"), "{shown}");
        }
    }
    assert!(Response::new(100, [("A", "b")], "").unwrap_err().response().is_none());
}

#[test]
fn an_error_carries_at_most_4_kib_of_the_body() {
    for (length, expected) in [(4095, 4095), (4096, 4096), (4097, 4096), (2_000_000, 4096)] {
        let response = Response::new(200, [("A", "b")], "x".repeat(length)).unwrap();
        assert_eq!(carried(&error(&response)).2, "x".repeat(expected));
    }
}

#[cfg(feature = "gzip")]
#[test]
fn an_error_carries_the_body_decoded_if_it_can_be() {
    use std::io::Write;

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(PAGE.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let error_of = |body: &[u8]| error(&Response::new(200, [("A", "b")], body).unwrap());
    assert_eq!(carried(&error_of(&gzip)).2, PAGE);
    let mut exchange = Exchange::new(&request());
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
    let size = format!("{:x}\r\n", gzip.len());
    for part in [head.as_bytes(), size.as_bytes(), &gzip, b"\r\n0\r\nA: b"] {
        exchange.received(part).unwrap();
    }
    assert_eq!(carried(&exchange.received_eof().unwrap_err()).2, PAGE);
    let damaged = &gzip[..gzip.len() - 1];
    let error = error_of(damaged);
    assert_eq!(error.kind(), ErrorKind::Encoding);
    assert_eq!(error.response().unwrap().body().unwrap(), damaged);
}

#[test]
fn a_failure_of_the_exchange_behind_the_head_carries_what_was_received() {
    for (wire, kind, expected) in [
        ("Content-Length: 5\r\n\r\nab", ErrorKind::ClosedEarly, Some("ab")),
        ("Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nx", ErrorKind::Protocol, Some("ab")),
        ("Transfer-Encoding: gzip\r\n\r\n", ErrorKind::Protocol, Some("")),
        ("Content-Length: 99999999\r\n\r\n", ErrorKind::Limit, Some("")),
        ("A: b\r\n", ErrorKind::ClosedEarly, None),
        ("A : b\r\n\r\n", ErrorKind::Protocol, None),
    ] {
        let mut exchange = Exchange::new(&request());
        let wire = format!("HTTP/1.1 503 Busy\r\n{wire}");
        let failed = exchange.received(wire.as_bytes()).err();
        let error = failed.unwrap_or_else(|| exchange.received_eof().unwrap_err());
        assert_eq!(error.kind(), kind, "{wire}");
        let later = exchange.take_reply().unwrap_err();
        for error in [error, later] {
            let body = error.response().map(|response| response.body().unwrap().into_owned());
            assert_eq!(body.as_deref(), expected.map(str::as_bytes), "{wire}");
            if let Some(response) = error.response() {
                assert_eq!((response.status(), response.headers().count()), (503, 1), "{wire}");
            }
        }
    }
}

#[test]
fn trailers_are_no_part_of_the_body_in_an_error() {
    let too_many = "A: b\r\n".repeat(Limits::default().fields + 1);
    let too_long = format!("A: {}", "b".repeat(Limits::default().head));
    for (trailers, kind) in [
        ("A: b", ErrorKind::ClosedEarly),
        ("A: b\r\n\r", ErrorKind::ClosedEarly),
        ("A: b\n", ErrorKind::Protocol),
        ("A : b\r\n\r\n", ErrorKind::Protocol),
        (&too_many, ErrorKind::Limit),
        (&too_long, ErrorKind::Limit),
    ] {
        let mut exchange = Exchange::new(&request());
        let wire = format!(
            "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n{trailers}"
        );
        let failed = exchange.received(wire.as_bytes()).err();
        let error = failed.unwrap_or_else(|| exchange.received_eof().unwrap_err());
        assert_eq!(error.kind(), kind, "{trailers:.20}");
        assert_eq!(carried(&error).2, "ab", "{trailers:.20}");
    }
}
