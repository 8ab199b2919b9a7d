//! Deliveries: acceptance, the error of each rejection, and the event.

use std::fmt::Debug;
use std::io::Write as _;

use atlas_webhook::{
    Delivery, Details, Error, ErrorKind, Event, EventKind, Incident, Limits, Receiver, ValueType,
};
use flate2::Compression;
use flate2::write::GzEncoder;

const NO_HEADERS: [(&str, &str); 0] = [];

/// The delivery that the vendor's sandbox was seen to send, with placeholders.
const CAPTURED: &str = r#"{"cid":"ABC12345_api_1","data":{"orderNo":"TESTA20260815180326173","orderStatus":2,"paxTicketInfos":[{"airlinePNRs":["S00002"],"ancillaries":[],"birthday":"19900101","cardExpired":"20301231","cardIssuePlace":"","cardNum":"DOC000005","cardType":"PP","gender":"M","name":"LASTD/FIRST","nationality":"ID","passengerType":0,"ticketNos":["S00002"]}]},"status":-1,"type":"order.ticketed"}"#;
const CAPTURED_KEY: &str =
    "sha256:74805a24d8537745546c3f0fa169a1f461bc9534d4b1f5df55ffe224c79da5df";

fn receiver() -> Receiver {
    Receiver::new("https://example.com/atlas/8f3c?x=1").expect("a valid URL")
}

fn read_at(target: impl AsRef<[u8]>) -> Result<Event, Error> {
    receiver().read(&Delivery::new("POST", &target, NO_HEADERS, "{}"))
}

fn read(body: impl AsRef<[u8]>) -> Result<Event, Error> {
    receiver().read(&Delivery::new("POST", "/atlas/8f3c?x=1", NO_HEADERS, &body))
}

fn event(json: &str) -> Event {
    Event::parse(json).unwrap_or_else(|error| panic!("{error:?}: {json}"))
}

fn key(json: &str) -> String {
    event(json).dedupe_key()
}

fn rejected<T: Debug>(outcome: Result<T, Error>) -> (ErrorKind, u16) {
    let error = outcome.expect_err("it is to be rejected");
    (error.kind(), error.response_status())
}

fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_target_is_path_and_query_of_the_registered_url_byte_for_byte() {
    for target in [
        "/atlas/8f3c?x=1",
        "http://other.example:81/atlas/8f3c?x=1",
        "HTTPS://[::1]/atlas/8f3c?x=1",
        "a+b-c.1://other.example/atlas/8f3c?x=1",
    ] {
        assert!(read_at(target).is_ok(), "{target}");
    }
    for target in [
        "",
        "/",
        "*",
        "/atlas/8f3c",
        "/atlas/8f3c?x=1&y=2",
        "/atlas/8f3c/?x=1",
        "//atlas/8f3c?x=1",
        "/atlas/8F3c?x=1",
        "/Atlas/8f3c?x=1",
        "/atlas/8f3%63?x=1",
        "/atlas/8f3c?x=1#",
        "/atlas/8f3c?x=2",
        "atlas/8f3c?x=1",
        "/x/../atlas/8f3c?x=1",
        "https:/atlas/8f3c?x=1",
        "https//example.com/atlas/8f3c?x=1",
        "://example.com/atlas/8f3c?x=1",
        "a_b://example.com/atlas/8f3c?x=1",
        "example.com:443",
        "https://example.com",
    ] {
        assert_eq!(rejected(read_at(target)), (ErrorKind::Untrusted, 404), "{target}");
    }
    for target in [&b"/atlas/8f3c?x=1\0evil"[..], b"/atlas/8f3c?x=1\xFF", b"\xFF\xFE", b"\0"] {
        assert_eq!(rejected(read_at(target)), (ErrorKind::Untrusted, 404), "{target:?}");
    }
}

#[test]
fn an_empty_path_is_the_root() {
    for (url, targets) in [
        ("https://host.example", &["/", "https://host.example", "http://x/"][..]),
        ("https://host.example?x=1", &["/?x=1", "?x=1", "https://host.example?x=1"]),
        ("/", &["/"]),
        ("/?x=1", &["/?x=1", "http://h?x=1"]),
    ] {
        let receiver = Receiver::new(url).unwrap();
        for target in targets {
            let delivery = Delivery::new("POST", target, NO_HEADERS, "{}");
            assert!(receiver.read(&delivery).is_ok(), "{url} {target}");
        }
        let delivery = Delivery::new("POST", "/x", NO_HEADERS, "{}");
        assert_eq!(rejected(receiver.read(&delivery)), (ErrorKind::Untrusted, 404));
    }
}

#[test]
fn a_receiver_rejects_a_url_that_cannot_be_registered() {
    for (url, at) in [
        ("", 0),
        ("atlas/8f3c", 0),
        ("ftp://example.com/x", 0),
        ("https://example.com/a b", 21),
        ("https://user@example.com/", 12),
        ("/a#b", 2),
        ("/a b", 2),
        ("/a%2", 2),
        ("/ä", 1),
    ] {
        let error = Receiver::new(url).expect_err(url);
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Argument, Some(at)), "{url}");
        assert_eq!(error.response_status(), 500, "it did not come from receiving");
        assert!(error.message().contains("receiver's URL"), "{error}");
    }
}

#[test]
fn a_receiver_has_at_most_eight_urls_and_each_of_them_counts() {
    let mut receiver = Receiver::new("/0").unwrap();
    for n in 1..8 {
        receiver.add_url(&format!("https://example.com/{n}")).unwrap();
    }
    assert_eq!(rejected(receiver.add_url("/8")).0, ErrorKind::Argument);
    // A URL that it has is not counted again, in any spelling.
    for known in ["/0", "/3", "http://another.host/7", "https://example.com/7"] {
        receiver.add_url(known).unwrap();
    }
    for n in 0..9 {
        let target = format!("/{n}");
        let outcome = receiver.read(&Delivery::new("POST", &target, NO_HEADERS, "{}"));
        assert_eq!(outcome.is_ok(), n < 8, "{target}");
    }
    assert!(receiver.add_url("x").is_err());
}

#[test]
fn setters_of_a_receiver_return_it_so_that_they_chain() {
    let mut limits = Limits::default();
    limits.body = 2;
    let mut receiver: Receiver = "/old".parse().unwrap();
    receiver
        .add_url("/new")
        .and_then(|receiver| receiver.add_url("/old"))
        .unwrap()
        .set_limits(limits);
    for target in ["/old", "/new"] {
        assert!(receiver.read(&Delivery::new("POST", target, NO_HEADERS, "{}")).is_ok());
        let outcome = receiver.read(&Delivery::new("POST", target, NO_HEADERS, "{ }"));
        assert_eq!(rejected(outcome), (ErrorKind::Limit, 413));
    }
    let error = "https://user@example.com/".parse::<Receiver>().unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Argument, Some(12)));
}

#[test]
fn a_clone_of_a_receiver_does_not_change_with_it() {
    let mut receiver = receiver();
    let before = receiver.clone();
    receiver.add_url("/new").unwrap();
    let delivery = Delivery::new("POST", "/new", NO_HEADERS, "{}");
    assert!(receiver.read(&delivery).is_ok());
    assert_eq!(rejected(before.read(&delivery)).0, ErrorKind::Untrusted);
}

#[test]
fn only_post_is_a_delivery_and_the_method_is_judged_before_the_target() {
    for method in [&b"GET"[..], b"post", b"POST ", b"", b"CONNECT", b"\xFF"] {
        for target in ["/atlas/8f3c?x=1", "/wrong"] {
            let delivery = Delivery::new(method, target, NO_HEADERS, "{}");
            let expected = (ErrorKind::MalformedDelivery, 405);
            assert_eq!(rejected(receiver().read(&delivery)), expected, "{method:?}");
        }
    }
}

#[test]
fn a_stranger_learns_nothing_of_limits_and_bodies() {
    let large = "x".repeat(2 << 20);
    for body in ["{}", "no JSON", &large] {
        let delivery = Delivery::new("POST", "/wrong", [("Content-Encoding", "br")], body);
        let error = receiver().read(&delivery).unwrap_err();
        assert_eq!((error.kind(), error.response_status()), (ErrorKind::Untrusted, 404));
        assert_eq!(error.message(), read_at("/").unwrap_err().message());
    }
}

#[test]
fn a_body_over_its_limit_is_413_coded_or_decoded() {
    let mut receiver = receiver();
    let mut limits = Limits::default();
    limits.body = 100;
    receiver.set_limits(limits);
    let body = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    let read =
        |body: &[u8]| receiver.read(&Delivery::new("POST", "/atlas/8f3c?x=1", NO_HEADERS, body));
    assert!(read(body(100).as_bytes()).is_ok());
    assert_eq!(rejected(read(body(101).as_bytes())), (ErrorKind::Limit, 413));
    if cfg!(feature = "gzip") {
        assert!(read(&gzip(body(100))).is_ok());
        assert_eq!(rejected(read(&gzip(body(101)))), (ErrorKind::Limit, 413));
    }
    let noise: String = (0..90_u32).map(|i| char::from(33 + (i * 7919 % 90) as u8)).collect();
    assert!(gzip(&noise).len() > 100);
    assert_eq!(rejected(read(&gzip(&noise))), (ErrorKind::Limit, 413));
}

#[test]
fn the_body_itself_decides_about_its_coding() {
    let coded = gzip(CAPTURED);
    let mut damaged = coded.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let read = |coding: Option<&str>, body: &[u8]| {
        let headers = coding.map(|coding| ("content-Encoding", coding));
        receiver().read(&Delivery::new("POST", "/atlas/8f3c?x=1", headers, body))
    };
    for coding in
        [None, Some("gzip"), Some("x-gzip"), Some("identity"), Some("br"), Some("br, gzip")]
    {
        for body in [CAPTURED.as_bytes(), &coded] {
            let outcome = read(coding, body);
            if cfg!(feature = "gzip") || body == CAPTURED.as_bytes() {
                let event = outcome.unwrap_or_else(|error| panic!("{error:?} {coding:?}"));
                assert_eq!(event.json(), CAPTURED, "{coding:?}");
            } else {
                assert_eq!(rejected(outcome), (ErrorKind::Encoding, 415), "{coding:?}");
            }
        }
    }
    let damaged_status = if cfg!(feature = "gzip") { 400 } else { 415 };
    for coding in [None, Some("gzip"), Some("identity")] {
        let expected = (ErrorKind::Encoding, damaged_status);
        assert_eq!(rejected(read(coding, &damaged)), expected, "{coding:?}");
        let expected = (ErrorKind::MalformedDelivery, 400);
        assert_eq!(rejected(read(coding, b"\x0B\x02\x80")), expected, "{coding:?}");
    }
    for coding in [
        Some("br"),
        Some("zstd"),
        Some("gzip, br"),
        Some("none"),
        Some("UTF-8"),
        Some("identity, binary"),
    ] {
        assert_eq!(
            rejected(read(coding, b"\x0B\x02\x80")),
            (ErrorKind::Encoding, 415),
            "{coding:?}"
        );
        // It is JSON, so the coding was removed.
        let expected = (ErrorKind::MalformedDelivery, 400);
        assert_eq!(rejected(read(coding, b"[]")), expected, "{coding:?}");
        assert_eq!(rejected(read(coding, b"{\"a\":1,\"a\":1}")), expected, "{coding:?}");
    }
}

#[test]
fn field_lines_are_read_as_headers_are() {
    let read = |lines: &str, body: &[u8]| {
        let target = "/atlas/8f3c?x=1";
        receiver().read(&Delivery::from_field_lines("POST", target, lines, body))
    };
    for lines in [
        "Content-Encoding: br\r\n",
        "A: b\nCONTENT-ENCODING:br\nB: c\n",
        "Content-Encoding: identity,\r\n br\r\n",
        "Content-Encoding:\n \tbr",
        "Content-Encoding:\r\n \r\n\tbr\r\nA: b\r\n",
    ] {
        assert_eq!(rejected(read(lines, b"?")), (ErrorKind::Encoding, 415), "{lines:?}");
    }
    for lines in [
        "",
        "A: b\r\n Content-Encoding: br\r\n",
        "no colon\r\n",
        "no colon\r\n Content-Encoding: br\r\n",
        " Content-Encoding: br\r\n",
        "Content-Encoding: identity\r\n\r\n br\r\n",
        "Content-Encoding: identity\r\nA: b,\r\n br\r\n",
    ] {
        assert_eq!(rejected(read(lines, b"?")).1, 400, "{lines:?}");
        assert!(read(lines, b"{}").is_ok());
    }
}

#[test]
fn a_body_that_is_not_a_json_object_in_utf8_is_malformed() {
    for (body, at) in [
        (&b""[..], Some(0)),
        (b" ", Some(1)),
        (b"[]", None),
        (b"[{}]", None),
        (b"null", None),
        (b"\"{}\"", None),
        (b"1", None),
        (b"{\"a\":1", Some(6)),
        (b"{\"a\":-", Some(6)),
        (b"{\"a\":1.", Some(7)),
        (b"{\"a\":1.5e", Some(9)),
        (b"{\"a\":\n1e+", Some(9)),
        (b"-", Some(1)),
        (b"{\"a\":--", Some(6)),
        (b"{\"a\":1-", Some(6)),
        (b"{\"a\":1.e", Some(7)),
        (b"{\"a\":.", Some(5)),
        (b"{\"a\"-", Some(4)),
        (b"{\"a\":01", Some(6)),
        (b"{\"a\":tru", Some(8)),
        (b"{\"a\":\"x", Some(7)),
        (b"{\"a\":\n1 2}", Some(8)),
        (b"{\"a\":\n1,\n\n}", Some(10)),
        (b"{}x", Some(2)),
        (b"{}\n\nx", Some(4)),
        (b"{'a':1}", Some(1)),
        (b"{\"a\":01}", Some(6)),
        (b"{\"a\":-x}", Some(6)),
        (b"{\"a\":1.}", Some(7)),
        (b"{\"a\":1e+}", Some(8)),
        (b"{\"a\":NaN}", Some(5)),
        (b"{\"a\":trux}", Some(8)),
        (b"{\"a\":tru\n}", Some(8)),
        (b"{\"a\" 1}", Some(5)),
        (b"{\"a\":[1,]}", Some(8)),
        (b"{\"a\":[1}", Some(7)),
        (b"{\"a\":\"\x01\"}", Some(6)),
        (b"{\"a\":\"\0\"}", Some(6)),
        (b"{\"a\":\"\n\"}", Some(6)),
        (b"{\"a\":x\n}", Some(5)),
        (b"{\"a\":\"\\q\"}", Some(7)),
        (b"{\"a\":\"\xFF\"}", Some(6)),
        (b"{\"a\":\"\xED\xA0\x80\"}", Some(6)),
        (b"\xEF\xBB\xBF\xEF\xBB\xBF{}", Some(0)),
        ("{\"\u{e9}\":\u{e9}}".as_bytes(), Some(6)),
        (b"{\"a\":\"\\ud80\"}", Some(11)),
        (b"{\"a\":\"\\ugfff\"}", Some(8)),
        (b"{\"a\":\"\\u1g34\"}", Some(9)),
        (b"{\"a\":\"\\u\\u12\"}", Some(8)),
        (b"{\"a\":\"\\u12\n4\"}", Some(10)),
        ("{\"a\":\"\\u1\u{e9}4\"}".as_bytes(), Some(9)),
        (b"{\"a\":\"\\\\\\ug234\"}", Some(10)),
        (b"{\"a\":\"\\\\ug\\q\"}", Some(11)),
        (b"{\"a\":\"\\u1g", Some(9)),
        (b"{\"a\":\"\\u\\u1", Some(8)),
        (b"{\"a\":\"\\u", Some(8)),
        (b"{\"a\":\"\x7f\n\"}", Some(7)),
        (b"{\"a\":\"\\u12", Some(10)),
        (b"<html>", Some(0)),
    ] {
        let error = read(body).expect_err("it is to be rejected");
        let shown = body.escape_ascii();
        let found = (error.kind(), error.response_status());
        assert_eq!(found, (ErrorKind::MalformedDelivery, 400), "{shown}");
        assert_eq!(error.offset(), at, "{shown}: {error}");
        let is_json = error.message() == "the body is JSON but not an object";
        assert_eq!(is_json, at.is_none(), "{shown}: {error}");
        // They come from an operating system.
        assert_eq!(error.os_error(), None);
    }
}

#[cfg(feature = "gzip")]
#[test]
fn a_gzip_body_is_checked_as_a_plain_one_is() {
    for body in [
        &b"{\"a\":\"\xFF\"}"[..],
        b"\xEF\xBB\xBF{\"a\":\"\xFF\"}",
        b"\xEF\xBB\xBF\xEF\xBB\xBF{}",
        b"\xEF\xBB{}",
        b"\xEF\xBB\xBF[]",
        b"\xEF\xBB\xBF{\"a\":tru}",
        b"",
    ] {
        let seen = |body: &[u8]| {
            let error = read(body).expect_err("it is to be rejected");
            (error.kind(), error.response_status(), error.message().to_owned(), error.offset())
        };
        assert_eq!(seen(&gzip(body)), seen(body), "{}", body.escape_ascii());
    }
    let event = read(gzip("\u{FEFF}{\"type\":\"order.void\"}")).unwrap();
    assert_eq!((event.kind(), event.json()), (EventKind::Void, r#"{"type":"order.void"}"#));
}

#[test]
fn a_key_given_twice_in_one_object_is_malformed_however_it_is_written() {
    let many = |last: &str| {
        let members: Vec<String> = (0..40).map(|n| format!("\"k{n}\":{n}")).collect();
        format!("{{\"o\":{{{},\"{last}\":0}}}}", members.join(","))
    };
    for body in [
        r#"{"a":1,"a":1}"#.to_owned(),
        r#"{"a":1,"\u0061":1}"#.to_owned(),
        r#"{"x":[{"é":1,"b":2,"\u00e9":1}]}"#.to_owned(),
        r#"{"":1,"":1}"#.to_owned(),
        r#"{"\ud800":1,"\uD800":1}"#.to_owned(),
        r#"{"😀":1,"\ud83d\ude00":1}"#.to_owned(),
        many("k17"),
        many(r"\u006b17"),
        many("k0"),
    ] {
        let error = read(&body).expect_err(&body);
        assert_eq!(error.kind(), ErrorKind::MalformedDelivery, "{body}");
        let at = usize::try_from(error.offset().expect("it has a place")).unwrap();
        assert_eq!(body.as_bytes()[at - 1], b'"', "the name's quote stands before it: {body}");
    }
    for body in [
        r#"{"a":{"a":{"a":1}},"b":{"a":1}}"#.to_owned(),
        r#"{"a":1,"A":1,"a ":1}"#.to_owned(),
        // Three names that decode to the same text.
        r#"{"\ud800":1,"\ud801":1,"\ufffd":1}"#.to_owned(),
        "{\"\\ud800\":1,\"\u{FFFD}\":1}".to_owned(),
        many("k40"),
        many(""),
        // Two names with the same first eight letters.
        many("k\":0,\"letters A\":0,\"letters B"),
    ] {
        assert!(read(&body).is_ok(), "{body}");
    }
}

#[test]
fn the_offset_of_a_duplicate_key_is_that_of_the_first_in_the_text() {
    for count in [0, 3, 14, 15, 20, 100] {
        let others: String = (0..count).map(|n| format!("\"k{n}\":0,")).collect();
        for (duplicates, first) in [
            (r#""b":1,"b":2,"a":3,"a":4"#, r#""b":2"#),
            (r#""a":1,"b":2,"b":3,"a":4"#, r#""b":3"#),
            (r#""a":1,"a":2,"a":3,"a":4,"a":5"#, r#""a":2"#),
            (r#""a":1,"\u0061":2,"a":3"#, r#""\u0061":2"#),
            (r#""letters b":1,"letters b":2,"letters a":3,"letters a":4"#, r#""letters b":2"#),
        ] {
            for body in
                [format!("{{{others}{duplicates}}}"), format!("{{{duplicates},{others}\"z\":0}}")]
            {
                let at = body.find(first).unwrap() + 1;
                assert_eq!(read(&body).unwrap_err().offset(), Some(at as u64), "{body}");
            }
        }
    }
}

#[test]
fn values_and_depth_have_limits() {
    let flat = |values: usize| format!("{{\"a\":[{}]}}", vec!["1"; values - 2].join(","));
    let deep =
        |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(read(flat(20_000)).is_ok());
    assert_eq!(rejected(read(flat(20_001))), (ErrorKind::Limit, 413));
    assert!(read(deep(128)).is_ok());
    assert_eq!(rejected(read(deep(129))), (ErrorKind::Limit, 413));
    assert_eq!(rejected(read(deep(400_000))), (ErrorKind::Limit, 413));
    // Commas and brackets in strings are not values.
    assert!(read(format!("{{\"a\":\"{}\"}}", ",[{]}".repeat(50_000))).is_ok());
    assert!(read(format!("{{\"a\":\"{}\"}}", r#"\",[\\"#.repeat(50_000))).is_ok());

    let mut limits = Limits::default();
    for (values, json) in
        [(1, "{}"), (2, r#"{"a":",,[["}"#), (3, r#"{"a":[1]}"#), (4, r#"{"a":[[],{}]}"#)]
    {
        limits.values = values;
        assert!(Event::parse_within(json, limits).is_ok(), "{json}");
        limits.values = values - 1;
        assert_eq!(rejected(Event::parse_within(json, limits)), (ErrorKind::Limit, 413), "{json}");
    }
    // Many values are counted before they are read.
    for (values, part) in
        [(100, "1"), (200, "[0]"), (100, "[ \t\r\n]"), (100, "{\n}"), (200, "[{}]")]
    {
        let json = format!("{{\"a\":[{}]}}", [part; 100].join(","));
        limits.values = values + 2;
        assert!(Event::parse_within(&json, limits).is_ok(), "{json}");
        limits.values = values + 1;
        assert_eq!(rejected(Event::parse_within(&json, limits)), (ErrorKind::Limit, 413), "{json}");
    }
    limits = Limits::default();
    limits.body = 9;
    assert_eq!(rejected(Event::parse_within(r#"{"a":100}"#.to_owned() + " ", limits)).1, 413);
}

#[test]
fn events_are_equal_exactly_if_their_json_is() {
    let first = event(r#"{"a":1,"b":2}"#);
    assert_eq!(first, event(r#"{"a":1,"b":2}"#));
    for other in [r#"{"a":1,"b":3}"#, r#"{"b":2,"a":1}"#, r#"{"a": 1,"b":2}"#, "{}"] {
        assert_ne!(first, event(other), "{other}");
    }
}

#[test]
fn an_event_is_read_wherever_its_commas_and_brackets_are() {
    for spaces in 0..20 {
        let body = format!("{}{{\"type\":\"order.void\"}}", " ".repeat(spaces));
        let event = event(&format!("{body} "));
        assert_eq!(event.type_name(), "order.void", "{spaces}");
        assert_eq!(event.root().json(), body.trim_start(), "{spaces}");
    }
    for length in [0, 2_000, 2_040, 3_000, 5_000] {
        let body = format!("{{\"a\":\"{}\",\"b\":[1,2,[3,4]],\"c\":5}}", "x".repeat(length));
        let event = event(&body);
        assert_eq!(event.get("b").at(2).at(1).number(), Some(4), "{length}");
        assert_eq!(event.get("c").number(), Some(5), "{length}");
    }
}

#[test]
fn each_value_has_its_type() {
    let event = event(r#"{"a":[null,true,false,1,"",[],{}]}"#);
    let list = event.get("a");
    let types = [
        ValueType::Null,
        ValueType::Boolean,
        ValueType::Boolean,
        ValueType::Number,
        ValueType::String,
        ValueType::Array,
        ValueType::Object,
    ];
    assert_eq!(list.count(), types.len());
    for (value, expected) in list.iter().zip(types) {
        assert_eq!(value.value_type(), expected);
        assert!(!value.is_absent());
    }
    assert_eq!(list.at(7).value_type(), ValueType::Absent);
    assert!(list.at(7).is_absent());
    let mut children = list.into_iter();
    assert_eq!(format!("{children:?}"), "Values { len: 7, .. }");
    for (index, value) in list.into_iter().enumerate() {
        assert_eq!(value.json(), list.at(index).json());
        assert_eq!(children.len(), types.len() - index);
        assert_eq!(children.next().map(|value| value.json()), Some(value.json()));
    }
    assert!(children.next().is_none() && children.next().is_none());
    assert_eq!(event.get("b").into_iter().count(), 0);
    assert!(event.get("b").is_absent());
}

#[test]
fn a_debug_text_shows_types_and_sizes() {
    let event = event(r#"{"type":"order.void"}"#);
    let delivery = Delivery::new("POST", "/", NO_HEADERS, "{}");
    for (shown, expected) in [
        (format!("{event:?}"), "Event { kind: Void, json_len: 21, value_count: 2, .. }"),
        (format!("{:?}", event.root()), "Value { type: Object, count: 1, .. }"),
        (format!("{delivery:?}"), "Delivery { body_len: 2, .. }"),
        (format!("{:?}", receiver()), "Receiver { url_count: 1, limits: Limits {"),
    ] {
        assert!(shown.starts_with(expected), "{shown}");
    }
}

#[test]
fn a_stored_body_reads_to_the_same_event_with_the_same_key() {
    for body in [CAPTURED.to_owned(), format!("\u{FEFF}{CAPTURED}"), format!(" \n{CAPTURED}\t")] {
        let received = read(&body).unwrap();
        let stored = event(received.json());
        assert_eq!(stored, received);
        assert_eq!(stored.json(), body.trim_start_matches('\u{FEFF}'));
        assert_eq!(received.dedupe_key(), CAPTURED_KEY);
        assert_eq!(stored.dedupe_key(), CAPTURED_KEY);
        assert_eq!(stored.details_json(), received.details_json());
    }
}

#[test]
fn an_older_name_is_found_only_where_it_is_not_the_name_of_another_field() {
    let find = |kind: &str| {
        let event = event(&format!(r#"{{"type":"{kind}","data":{{"orderNo":"A1"}}}}"#));
        let by_event = event.get("addonOrderNo").text().map(str::to_owned);
        assert_eq!(event.data().get("addonOrderNo").text(), by_event.as_deref(), "{kind}");
        by_event
    };
    assert_eq!(find("order.addonCompleted").as_deref(), Some("A1"));
    for other in ["order.ticketed", "order.void", "order.cancelled", "order.baggage"] {
        assert_eq!(find(other), None, "{other}");
    }
}

#[test]
fn the_type_is_compared_without_case_and_surrounding_white_space() {
    for (name, kind) in [
        ("order.ticketed", EventKind::Ticketed),
        (" ORDER.TICKETED\\n", EventKind::Ticketed),
        ("order.scheduleChange", EventKind::ScheduleChange),
        ("order.schedulechange", EventKind::ScheduleChange),
        ("email.schedulechange", EventKind::EmailScheduleChange),
        ("abnormal.cancelled", EventKind::AbnormalCancelled),
        ("airline.status", EventKind::AirlineStatus),
        ("email.all", EventKind::Email),
        ("order.void", EventKind::Void),
        ("order.addonComplete", EventKind::AddonComplete),
        ("order.addonCompleted", EventKind::AddonComplete),
        ("order.refundComplete", EventKind::RefundComplete),
        ("order.cancelled", EventKind::Cancelled),
        ("order.cancel", EventKind::Cancelled),
        ("order.baggage", EventKind::Unknown),
        ("order .ticketed", EventKind::Unknown),
        ("order.ticketed\\u0000", EventKind::Unknown),
    ] {
        let event = event(&format!(r#"{{"type":"{name}"}}"#));
        assert_eq!(event.kind(), kind, "{name}");
        assert_eq!(event.type_name(), event.root().get("type").text().unwrap(), "as sent");
        assert_eq!(matches!(event.details(), Details::Unknown), kind == EventKind::Unknown);
    }
}

#[test]
fn the_envelope_is_the_first_spelling_that_is_not_null() {
    for (json, name, kind) in [
        (r#"{"eventType":"order.void"}"#, "order.void", EventKind::Void),
        (r#"{"notificationType":"order.void"}"#, "order.void", EventKind::Void),
        (r#"{"type":null,"eventType":"order.void"}"#, "order.void", EventKind::Void),
        (r#"{"type":"","eventType":"order.void"}"#, "", EventKind::Unknown),
        (
            r#"{"type":"order.cancel","eventType":"order.void"}"#,
            "order.cancel",
            EventKind::Cancelled,
        ),
        (r#"{"type":7}"#, "7", EventKind::Unknown),
        (r#"{"type":{"a":1}}"#, "", EventKind::Unknown),
        (r#"{"refundStatus":1}"#, "", EventKind::RefundComplete),
        (r#"{"type":"","refundStatus":1}"#, "", EventKind::RefundComplete),
        (r#"{"type":"x","refundStatus":1}"#, "x", EventKind::Unknown),
        (r#"{"refundStatus":null}"#, "", EventKind::Unknown),
        (r#"{"data":{"refundStatus":1}}"#, "", EventKind::Unknown),
        ("{}", "", EventKind::Unknown),
    ] {
        let event = event(json);
        assert_eq!((event.type_name(), event.kind()), (name, kind), "{json}");
    }
    let event = event(r#"{"eventId":12345,"eventStatus":"1","notificationId":null,"cid":7}"#);
    assert_eq!(event.notification_id(), Some("12345"));
    assert_eq!(event.status(), Some(1));
    assert_eq!(event.cid(), Some("7"));
}

#[test]
fn only_the_three_incident_types_are_confirmed_or_not() {
    for (name, is_incident) in [
        ("order.schedulechange", true),
        ("email.schedulechange", true),
        ("abnormal.cancelled", true),
        ("order.void", false),
        ("email.all", false),
    ] {
        for (status, incident) in [
            ("0", Incident::Unconfirmed),
            ("\"0\"", Incident::Unconfirmed),
            ("1", Incident::Confirmed),
            ("-1", Incident::None),
            ("true", Incident::None),
            ("null", Incident::None),
        ] {
            let event = event(&format!(r#"{{"type":"{name}","status":{status}}}"#));
            let expected = if is_incident { incident } else { Incident::None };
            assert_eq!(event.incident(), expected, "{name} {status}");
        }
    }
}

#[test]
fn the_order_number_is_the_first_that_is_text() {
    for (json, order) in [
        (
            r#"{"data":{"ticketNotification":{"orderNo":"A"},"orderNo":"B"},"orderNo":"C"}"#,
            Some("A"),
        ),
        (r#"{"data":{"ticketNotification":{},"orderNo":"B"},"orderNo":"C"}"#, Some("B")),
        (r#"{"data":{"orderNo":""},"orderNo":"C"}"#, Some("C")),
        (r#"{"data":{"orderNo":["B"]},"orderNo":5}"#, Some("5")),
        (r#"{"data":{"addonOrderNo":"D"},"orderNo":"C"}"#, Some("C")),
        (r#"{"data":{"addonOrderNo":"D"},"addonOrderNo":"E"}"#, Some("D")),
        (r#"{"data":{"ticketNotification":{"addonOrderNo":"D"}},"addonOrderNo":"E"}"#, Some("E")),
        (r#"{"data":[{"orderNo":"B"}]}"#, None),
        (r#"{"data":"{\"orderNo\":\"B\"}"}"#, None),
        ("{}", None),
    ] {
        assert_eq!(event(json).order_no(), order, "{json}");
    }
}

#[test]
fn a_field_is_found_in_the_payload_or_beside_it_under_any_of_its_names() {
    let event = event(
        r#"{"type":"order.schedulechange","vendorRefundInformation":"outside","a":null,"c":"root","e":"",
            "data":{"scheduleChangeType":"2","b":null,"c":"","e":"","previousSeg":[{"departureTerminal":"T1"}],
                    "ticketNotification":{"a":1,"revisedSegs":null,"revisedSeg":[{"depTerminal":"","departureTerminal":"T2"}]}}}"#,
    );
    assert_eq!(event.data().name(0), Some("a"), "the innermost object");
    assert_eq!(event.get("scheduleChangeType").number(), Some(2));
    assert_eq!(event.get("vendorRefundInformation").text(), Some("outside"));
    assert_eq!(event.get("a").number(), Some(1));
    assert_eq!(event.get("b").value_type(), ValueType::Absent, "null counts as absent");
    assert_eq!(event.get("c").text(), Some("root"), "and so does the empty string");
    assert_eq!(event.get("e").value_type(), ValueType::String, "unless every one is empty");
    assert_eq!(event.get("e").text(), None);
    assert_eq!(event.get("previousSegs").at(0).get("depTerminal").text(), Some("T1"));
    assert_eq!(event.get("previousSeg").count(), 1, "an old name is a name too");
    let Details::ScheduleChange(change) = event.details() else { panic!("its kind") };
    assert_eq!(change.previous_segs().next().unwrap().dep_terminal(), Some("T1"));
    assert_eq!(change.revised_segs().next().unwrap().dep_terminal(), Some("T2"));
    assert_eq!(change.original_segs().count(), 0);
}

#[test]
fn values_are_read_as_text_number_boolean_and_lists() {
    let event = event(
        r#"{"t":"x","e":"","n":-12.50,"i":"-0","max":9223372036854775807,"min":-9223372036854775807,
            "over":"9223372036854775808","under":"-9223372036854775808","zeros":"0000000000000000000000007",
            "plus":"+1","space":" 1","b":true,"bt":"false","one":1,"zero":"0","other":2,"null":null,
            "a":[1,"x",null,[],{}],"o":{"k":"v","\u006c":2},"s":"\ud83d\ude00\ud800\u0000\"\\\/\b\f\n\r\té"}"#,
    );
    let get = |name| event.root().get(name);
    assert_eq!(get("t").text(), Some("x"));
    assert_eq!((get("e").text(), get("e").value_type()), (None, ValueType::String));
    assert_eq!((get("n").text(), get("n").number()), (Some("-12.50"), None));
    assert_eq!(get("i").number(), Some(0));
    assert_eq!(get("max").number(), Some(i64::MAX));
    assert_eq!(get("min").number(), Some(-i64::MAX));
    assert_eq!((get("over").number(), get("under").number()), (None, None));
    assert_eq!(get("zeros").number(), Some(7));
    assert_eq!((get("plus").number(), get("space").number()), (None, None));
    assert_eq!((get("b").text(), get("b").number()), (Some("true"), None));
    let booleans = ["b", "bt", "one", "zero", "other", "t"].map(|name| get(name).boolean());
    assert_eq!(booleans, [Some(true), Some(false), Some(true), Some(false), None, None]);
    assert_eq!(get("null").value_type(), ValueType::Absent);
    let root = event.root();
    assert_eq!(root.iter().len(), root.count());
    assert_eq!(get("a").count(), 5);
    assert_eq!(get("a").at(2).value_type(), ValueType::Null);
    assert_eq!(get("a").at(3).value_type(), ValueType::Array);
    assert!(get("a").at(5).is_absent() && get("t").at(0).is_absent());
    assert!(get("a").at(usize::MAX).at(0).get("x").is_absent());
    assert_eq!((get("o").name(1), get("o").at(1).number()), (Some("l"), Some(2)));
    assert_eq!((get("o").name(2), get("a").name(0), get("no").name(0)), (None, None, None));
    assert_eq!(get("o").json(), r#"{"k":"v","\u006c":2}"#);
    assert_eq!(get("no").json(), "");
    assert_eq!(get("s").text(), Some("😀\u{FFFD}\0\"\\/\u{8}\u{C}\n\r\té"));
    assert!(get("s").json().contains(r"\ud800"), "the JSON keeps its escapes");
}

#[test]
fn typed_lists_skip_what_is_of_a_wrong_type() {
    let event = event(
        r#"{"type":"order.ticketed","data":{"orderStatus":[2],"paxTicketInfos":[null,1,"x",[],true,
            {"name":7,"ticketNos":["A",null,1,"",[],true],"airlinePNRs":"B",
             "ancillaries":[{"segmentIndex":"1","auxBaggageElement":{"piece":2,"isAllWeight":0},"auxSeatElement":[]}]}]}}"#,
    );
    let Details::Ticketed(ticketed) = event.details() else { panic!("its kind") };
    assert_eq!(ticketed.order_status(), None);
    assert_eq!(ticketed.passengers().count(), 1);
    let passenger = ticketed.passengers().next().unwrap();
    assert_eq!(passenger.name(), Some("7"));
    assert_eq!(passenger.ticket_nos().collect::<Vec<_>>(), ["A", "1", "true"]);
    assert_eq!(passenger.airline_pnrs().count(), 0);
    let ancillary = passenger.ancillaries().next().unwrap();
    assert_eq!(ancillary.segment_index(), Some(1));
    let baggage = ancillary.aux_baggage_element().unwrap();
    assert_eq!((baggage.piece(), baggage.is_all_weight()), (Some(2), Some(false)));
    assert!(ancillary.aux_seat_element().is_none());
}

#[test]
fn a_value_of_a_wrong_type_hides_no_value_under_another_name_or_further_out() {
    let details = |kind: &str, members: &str| {
        let event = event(&format!(r#"{{"type":"{kind}",{members}}}"#));
        event.details_json().split_once(r#""details":"#).unwrap().1.to_owned()
    };
    for (kind, members, expected) in [
        ("order.void", r#""voidStatus":5,"data":{"voidStatus":{}}"#, r#""void_status":5"#),
        ("order.void", r#""voidStatus":5,"data":{"voidStatus":[]}"#, r#""void_status":5"#),
        ("order.void", r#""voidStatus":5,"data":{"voidStatus":true}"#, r#""void_status":5"#),
        ("order.void", r#""voidStatus":5,"data":{"voidStatus":"x"}"#, r#""void_status":5"#),
        ("order.void", r#""voidStatus":5,"data":{"voidStatus":1.5}"#, r#""void_status":5"#),
        ("order.void", r#""voidStatus":5,"data":{"voidStatus":"2"}"#, r#""void_status":2"#),
        ("order.void", r#""voidStatus":{},"data":{"voidStatus":[]}"#, r#""void_status":null"#),
        ("order.void", r#""message":"m","data":{"message":{}}"#, r#""message":"m""#),
        ("order.void", r#""message":"m","data":{"message":0}"#, r#""message":"0""#),
        ("order.void", r#""message":"m","data":{"message":true}"#, r#""message":"true""#),
        (
            "order.schedulechange",
            r#""data":{"previousSegs":[{"codeShare":"true"}]}"#,
            r#""code_share":true"#,
        ),
        (
            "order.schedulechange",
            r#""data":{"previousSegs":[{"codeShare":0}]}"#,
            r#""code_share":false"#,
        ),
        (
            "order.schedulechange",
            r#""data":{"previousSegs":[{"codeShare":2}]}"#,
            r#""code_share":null"#,
        ),
        (
            "order.schedulechange",
            r#""data":{"previousSegs":{},"previousSeg":[{"carrier":"A"}]}"#,
            r#""previous_segs":[{"carrier":"A""#,
        ),
        (
            "order.schedulechange",
            r#""data":{"previousSegs":"x","previousSeg":[{"carrier":"A"}]}"#,
            r#""previous_segs":[{"carrier":"A""#,
        ),
        (
            "order.schedulechange",
            r#""previousSegs":[{"carrier":"A"}],"data":{"previousSegs":{}}"#,
            r#""previous_segs":[{"carrier":"A""#,
        ),
        (
            "order.schedulechange",
            r#""previousSegs":[{"carrier":"A"}],"data":{"previousSegs":[]}"#,
            r#""previous_segs":[],"#,
        ),
        (
            "order.schedulechange",
            r#""previousSegs":[{"carrier":"A"}],"data":{"previousSegs":["x"]}"#,
            r#""previous_segs":[],"#,
        ),
        (
            "order.schedulechange",
            r#""data":{"previousSegs":[{"depTerminal":[],"departureTerminal":"T1"}]}"#,
            r#""dep_terminal":"T1""#,
        ),
        (
            "order.cancelled",
            r#""data":{"errorCode":{},"ticketErrorCode":"E"}"#,
            r#""error_code":"E""#,
        ),
        ("order.cancelled", r#""errorCode":"R","data":{"errorCode":[]}"#, r#""error_code":"R""#),
        (
            "order.ticketed",
            r#""orderStatus":2,"data":{"ticketNotification":{"orderStatus":[]},"orderStatus":1}"#,
            r#""order_status":1"#,
        ),
        (
            "order.ticketed",
            r#""orderStatus":2,"data":{"ticketNotification":{"orderStatus":[]},"orderStatus":"x"}"#,
            r#""order_status":2"#,
        ),
        (
            "order.addonComplete",
            r#""data":{"addonOrderNo":[],"orderNo":"O"}"#,
            r#""addon_order_no":"O""#,
        ),
        (
            "airline.status",
            r#""airline":["VJ"],"data":{"airline":"AK","airlineStatus":2}"#,
            r#"{"airlines":["VJ"],"airline_status":"2"}"#,
        ),
    ] {
        let printed = details(kind, members);
        assert!(printed.contains(expected), "{members}: {printed}");
    }
}

#[test]
fn the_typed_views_read_what_the_details_as_json_do() {
    let void = event(r#"{"type":"order.void","voidStatus":5,"data":{"voidStatus":"x"}}"#);
    assert_eq!(void.get("voidStatus").text(), Some("x"), "a value without a wanted type");
    let Details::Void(void) = void.details() else { panic!("its kind") };
    assert_eq!(void.void_status(), Some(5));

    let change = event(
        r#"{"type":"order.schedulechange","originalSegs":[{}],"data":{"originalSegs":1,"previousSegs":{},
            "previousSeg":[{"depTerminal":[],"departureTerminal":"T1"}]}}"#,
    );
    let Details::ScheduleChange(change) = change.details() else { panic!("its kind") };
    assert_eq!(change.previous_segs().next().unwrap().dep_terminal(), Some("T1"));
    assert_eq!(change.original_segs().count(), 1);

    let status = event(r#"{"type":"airline.status","airline":["VJ"],"data":{"airline":{}}}"#);
    let Details::AirlineStatus(status) = status.details() else { panic!("its kind") };
    assert_eq!(status.airlines().collect::<Vec<_>>(), ["VJ"]);
}

#[test]
fn a_refund_is_recognised_by_a_status_of_any_type_but_null() {
    for (json, kind) in [
        (r#"{"refundStatus":1}"#, EventKind::RefundComplete),
        (r#"{"refundStatus":""}"#, EventKind::RefundComplete),
        (r#"{"refundStatus":{}}"#, EventKind::RefundComplete),
        (r#"{"type":{},"refundStatus":[]}"#, EventKind::RefundComplete),
        (r#"{"refundStatus":null}"#, EventKind::Unknown),
        (r#"{"data":{"refundStatus":1}}"#, EventKind::Unknown),
        (r#"{"type":"x","refundStatus":1}"#, EventKind::Unknown),
    ] {
        assert_eq!(event(json).kind(), kind, "{json}");
    }
}

#[test]
fn an_id_of_plain_letters_is_the_key_together_with_the_status() {
    let long = "a".repeat(65);
    for (json, expected) in [
        (
            r#"{"notificationId":"20230917143240511TATVO","status":0}"#,
            "id:20230917143240511TATVO:0",
        ),
        (r#"{"notificationId":"A","status":"confirmed"}"#, "id:A:confirmed"),
        (r#"{"notificationId":"A.b_C-9"}"#, "id:A.b_C-9:"),
        (r#"{"notificationId":"A","status":null}"#, "id:A:"),
        (r#"{"eventId":12,"eventStatus":0.5}"#, "id:12:0.5"),
        (r#"{"notificationId":"A","status":true}"#, "id:A:true"),
    ] {
        assert_eq!(key(json), expected, "{json}");
    }
    let json = format!(r#"{{"notificationId":"{}","status":1}}"#, &long[1..]);
    assert!(key(&json).starts_with("id:"));
    for json in [
        r#"{"notificationId":"","status":0}"#,
        r#"{"notificationId":"a:b","status":0}"#,
        r#"{"notificationId":"a\u0000","status":0}"#,
        r#"{"notificationId":"é"}"#,
        r#"{"notificationId":["a"]}"#,
        r#"{"notificationId":"a","status":{"code":0}}"#,
        r#"{"notificationId":"a","status":"not plain"}"#,
        r#"{"status":0}"#,
        &format!(r#"{{"notificationId":"{long}"}}"#),
        &format!(r#"{{"notificationId":"a","status":"{long}"}}"#),
    ] {
        let key = key(json);
        assert_eq!((&key[..7], key.len()), ("sha256:", 71), "{json}");
    }
}

#[test]
fn the_key_depends_on_the_content_and_not_on_how_it_is_written() {
    assert_eq!(key(CAPTURED), CAPTURED_KEY);
    let same = [
        CAPTURED.replace(',', " ,\r\n\t").replace(':', " : "),
        CAPTURED.replace("LASTD/FIRST", r"\u004cAST\u0044\/FIRST"),
        CAPTURED.replace("\"cid\"", r#""\u0063id""#),
        reordered(CAPTURED),
    ];
    for json in same {
        assert_eq!(key(&json), CAPTURED_KEY, "{json}");
    }
    let different = [
        CAPTURED.replace("-1", "-1.0"),
        CAPTURED.replace("-1", "\"-1\""),
        CAPTURED.replace("LASTD/FIRST", r"LASTD\u0000/FIRST"),
        CAPTURED.replace("LASTD/FIRST", r"LASTD\ud800/FIRST"),
        CAPTURED.replace("LASTD/FIRST", r"LASTD\ud801/FIRST"),
        CAPTURED.replace("LASTD/FIRST", r"LASTD\ufffd/FIRST"),
        CAPTURED.replace("[]", "null"),
        CAPTURED.replace("order.ticketed", "Order.Ticketed"),
    ];
    let mut keys: Vec<String> = different.iter().map(|json| key(json)).collect();
    keys.push(CAPTURED_KEY.to_owned());
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 9);
}

/// The members of all objects the other way round; for JSON without escapes.
fn reordered(json: &str) -> String {
    fn value(event: atlas_webhook::Value<'_>) -> String {
        match event.value_type() {
            ValueType::Object => {
                let members = (0..event.count()).rev();
                let members = members
                    .map(|i| format!("\"{}\":{}", event.name(i).unwrap(), value(event.at(i))));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            ValueType::Array => {
                format!("[{}]", event.iter().map(value).collect::<Vec<_>>().join(","))
            }
            _ => event.json().to_owned(),
        }
    }
    value(event(json).root())
}

#[test]
fn many_keys_are_sorted_as_their_bytes_are() {
    // More than are compared each with each, equal in their first letters, some a start of others.
    let mut names: Vec<String> =
        (0..200_u32).map(|n| format!("prefix-{}", n * 7919 % 1000)).collect();
    names.extend(
        ["prefix-", "prefix-1234567", "prefix-12345678", "prefix-\u{80}", "prefix-\u{1F600}"]
            .map(str::to_owned),
    );
    let object = |names: &[String]| {
        let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":1")).collect();
        format!("{{{}}}", members.join(","))
    };
    let one = key(&object(&names));
    names.sort();
    let canonical = object(&names);
    assert_eq!(key(&canonical), one);
    names.reverse();
    assert_eq!(key(&object(&names)), one);
}

#[test]
fn nothing_of_a_delivery_is_in_a_debug_text_or_a_message() {
    let secrets = ["8f3c", "LASTD", "DOC000005", "ABC12345", "TESTA2026"];
    let event = event(CAPTURED);
    let Details::Ticketed(ticketed) = event.details() else { panic!("its kind") };
    let delivery = Delivery::new("POST", "/atlas/8f3c?x=1", [("A", "8f3c")], CAPTURED);
    let mut shown = format!(
        "{event:?} {:?} {:?} {delivery:?} {:?} {:?}",
        event.details(),
        event.data(),
        receiver(),
        ticketed.passengers().next(),
    );
    for body in [CAPTURED.replace("cid", "type"), CAPTURED.replace('}', "")] {
        let error = read(&body).expect_err("it is malformed");
        shown += &format!("{error} {error:?}");
    }
    let error = Receiver::new("https://example.com/8f3c LASTD").unwrap_err();
    shown += &format!("{error} {error:?}");
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(shown.contains("Ticketed") && shown.contains("382"), "{shown}");
}

#[test]
fn details_as_json_have_every_field_of_the_kind() {
    let all = event(CAPTURED).details_json();
    assert_eq!(
        all,
        r#"{"kind":"ticketed","type_name":"order.ticketed","order_no":"TESTA20260815180326173","cid":"ABC12345_api_1","notification_id":null,"status":-1,"incident":null,"details":{"order_status":2,"passengers":[{"name":"LASTD/FIRST","passenger_type":0,"birthday":"19900101","gender":"M","card_num":"DOC000005","card_type":"PP","card_issue_place":null,"card_expired":"20301231","nationality":"ID","ticket_nos":["S00002"],"airline_pnrs":["S00002"],"ancillaries":[]}]}}"#
    );
    let odd = event(
        r#"{"type":"order.void","cid":"\u0001\"\\\ud800é","status":"1","data":{"message":"a\nb"}}"#,
    );
    assert_eq!(
        odd.details_json(),
        "{\"kind\":\"void\",\"type_name\":\"order.void\",\"order_no\":null,\"cid\":\"\\u0001\\\"\\\\\u{FFFD}é\",\
         \"notification_id\":null,\"status\":1,\"incident\":null,\"details\":{\"void_code\":null,\
         \"void_status\":null,\"message\":\"a\\nb\"}}"
    );
    for name in ["order.schedulechange", "airline.status", "order.refundComplete", "x"] {
        let printed = event(&format!(r#"{{"type":"{name}"}}"#)).details_json();
        assert!(serde_json::from_str::<serde_json::Value>(&printed).is_ok(), "{printed}");
    }
}

#[test]
fn events_and_receivers_are_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Event>();
    shared::<Receiver>();
    shared::<Delivery<'static>>();
    shared::<atlas_webhook::Value<'static>>();
}

#[cfg(feature = "http")]
#[test]
fn a_request_of_the_crate_http_is_a_delivery() {
    for uri in ["/atlas/8f3c?x=1", "https://example.com/atlas/8f3c?x=1"] {
        let request = http::Request::post(uri)
            .header("Content-Encoding", "gzip")
            .body(gzip(CAPTURED))
            .unwrap();
        let event = receiver().read(&Delivery::from(&request)).unwrap();
        assert_eq!(event.json(), CAPTURED);
    }
    let receiver = Receiver::new("https://example.com?x=1").unwrap();
    for uri in ["/?x=1", "https://example.com?x=1"] {
        let request = http::Request::post(uri).body("{}").unwrap();
        assert!(receiver.read(&Delivery::from(&request)).is_ok(), "{uri}");
    }
    let request = http::Request::get("/?x=1").body("{}").unwrap();
    assert_eq!(rejected(receiver.read(&Delivery::from(&request))).1, 405);
}

/// The vectors are computed by `tests/data/dedupe.py`, without this library.
#[test]
fn the_deduplication_keys_are_those_of_the_test_vectors() {
    let vectors: Vec<&str> = include_str!("data/dedupe.jsonl").lines().collect();
    assert!(vectors.len() >= 20, "{} vectors", vectors.len());
    for line in vectors {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap();
        let (name, body, expected) = (text("name"), text("body"), text("key"));
        assert_eq!(Event::parse(body).unwrap().dedupe_key(), expected, "{name}");
        assert_eq!(read(body).unwrap().dedupe_key(), expected, "{name}, as a delivery");
    }
}
