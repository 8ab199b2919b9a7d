//! The response of an HTTP stack as a value: its fields, whatever form the stack gives them in.

use std::time::Duration;

use atlas_webhook::{Endpoint, Error, Registration, Request, Response};

fn request() -> Request {
    let registration = Registration::new("https://me.example/hook/abcd?key=efgh").unwrap();
    Request::registration(&Endpoint::sandbox(), &registration).unwrap()
}

/// The error that a response which is no success means.
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

/// Field lines, the fields that they are, and the wait that they tell.
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
