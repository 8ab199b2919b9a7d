//! The server connection: its output, its states and its end.

use atlas_webhook::ServerState::*;
use atlas_webhook::{ErrorKind, EventKind, Receiver, ServerConnection, ServerState};

const TARGET: &str = "/atlas/8f3c?token=s3cret";
const EVENT: &str = r#"{"type":"order.void","orderNo":"TEST1"}"#;
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const OK_CLOSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn receiver() -> Receiver {
    Receiver::new(&format!("https://example.com{TARGET}")).unwrap()
}

fn connection() -> ServerConnection {
    ServerConnection::new(&receiver())
}

fn request(fields: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {TARGET} HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: {length}\r\n\r\n{body}")
}

/// The bytes to send until the state changes.
fn send_all(connection: &mut ServerConnection) -> Vec<u8> {
    let mut sent = Vec::new();
    while connection.state() == WantSend {
        sent.extend_from_slice(connection.to_send());
        connection.sent(connection.to_send().len()).unwrap();
    }
    sent
}

/// The response to these bytes, which are rejected.
fn rejected(bytes: &[u8]) -> (Vec<u8>, ServerConnection) {
    let mut connection = connection();
    assert_eq!(connection.received(bytes).unwrap(), WantSend);
    let response = send_all(&mut connection);
    (response, connection)
}

#[test]
fn a_delivery_is_received_read_and_responded_to() {
    let mut connection = connection();
    assert_eq!(connection.state(), WantReceive);
    let request = request("", EVENT);
    let (head, body) = request.split_at(70);
    assert_eq!(connection.received(head.as_bytes()).unwrap(), WantReceive);
    assert_eq!(connection.received(body.as_bytes()).unwrap(), WantResponse);
    let delivery = connection.delivery().unwrap();
    assert_eq!(delivery.method(), b"POST");
    assert_eq!(delivery.target(), TARGET.as_bytes());
    assert_eq!(delivery.body(), EVENT.as_bytes());
    let event = connection.take_event().unwrap();
    assert_eq!(event.kind(), EventKind::Void);
    assert_eq!(connection.respond(200).unwrap(), WantSend);
    assert_eq!(connection.to_send(), OK);
    assert_eq!(connection.sent(10).unwrap(), WantSend);
    assert_eq!(connection.to_send(), &OK[10..]);
    assert_eq!(connection.sent(OK.len() - 10).unwrap(), WantReceive);
    assert!(connection.rejection().is_none());
    assert!(connection.delivery().is_none());
}

#[test]
fn an_event_is_the_one_that_the_receiver_reads() {
    let mut connection = connection();
    connection.received(request("", EVENT).as_bytes()).unwrap();
    let event = connection.take_event().unwrap();
    let same = receiver().read(&connection.delivery().unwrap()).unwrap();
    assert_eq!(event.dedupe_key(), same.dedupe_key());
    assert_eq!(event.json(), EVENT);
}

#[test]
fn the_event_can_be_taken_once_and_its_delivery_seen_until_the_response() {
    let mut connection = connection();
    assert_eq!(connection.take_event().unwrap_err().kind(), ErrorKind::State);
    assert_eq!(connection.respond(200).unwrap_err().kind(), ErrorKind::State);
    connection.received(request("", EVENT).as_bytes()).unwrap();
    connection.take_event().unwrap();
    let again = connection.take_event().unwrap_err();
    assert_eq!((again.kind(), again.message()), (ErrorKind::State, "the event was taken before"));
    assert_eq!(connection.delivery().unwrap().body(), EVENT.as_bytes());
    connection.respond(200).unwrap();
    assert!(connection.delivery().is_none());
    assert_eq!(connection.take_event().unwrap_err().kind(), ErrorKind::State);
    assert_eq!(connection.respond(200).unwrap_err().kind(), ErrorKind::State);
}

#[test]
fn received_fails_only_while_a_response_is_pending() {
    let mut connection = connection();
    connection.received(request("", EVENT).as_bytes()).unwrap();
    assert_eq!(connection.received(b"x").unwrap_err().kind(), ErrorKind::State);
    assert_eq!(connection.state(), WantResponse);
    connection.respond(503).unwrap();
    assert_eq!(connection.received(b"x").unwrap_err().kind(), ErrorKind::State);
    assert!(send_all(&mut connection).starts_with(b"HTTP/1.1 503 "));
    // No byte was used.
    assert_eq!(connection.received(request("", EVENT).as_bytes()).unwrap(), WantResponse);
}

#[test]
fn no_more_can_be_sent_than_there_is() {
    let mut connection = connection();
    assert_eq!(connection.sent(0).unwrap(), WantReceive);
    assert_eq!(connection.sent(1).unwrap_err().kind(), ErrorKind::Argument);
    connection.received(request("", EVENT).as_bytes()).unwrap();
    connection.respond(200).unwrap();
    for (n, signed) in [(OK.len() + 1, ""), (usize::MAX, " (as a signed number -1)")] {
        let error = connection.sent(n).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        let left = OK.len();
        assert_eq!(
            error.message(),
            format!("{n} bytes{signed} cannot have been sent: only {left} were left to send")
        );
    }
    assert_eq!(connection.sent(OK.len()).unwrap(), WantReceive);
}

#[test]
fn a_body_that_is_not_an_event_waits_for_the_program() {
    for body in ["", "[]", "{\"a\":1,\"a\":2}", "\u{feff}{", "no JSON"] {
        let mut connection = connection();
        connection.received(request("", body).as_bytes()).unwrap();
        assert_eq!(connection.state(), WantResponse);
        let error = connection.take_event().unwrap_err();
        assert_eq!(error.response_status(), 400, "{body}");
        assert_eq!(connection.delivery().unwrap().body(), body.as_bytes());
        connection.respond(error.response_status()).unwrap();
        // The connection stays open: its framing was valid.
        let response = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(send_all(&mut connection), response);
        assert_eq!(connection.state(), WantReceive);
        assert!(connection.rejection().is_none());
    }
}

#[cfg(feature = "gzip")]
fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[cfg(feature = "gzip")]
#[test]
fn a_gzip_body_is_decoded_and_a_damaged_one_waits_for_the_program() {
    let coded = gzip(EVENT.as_bytes());
    let head = |length| {
        format!(
            "POST {TARGET} HTTP/1.1\r\nHost: a\r\nContent-Encoding: x-gzip\r\n\
             Content-Length: {length}\r\n\r\n"
        )
    };
    let mut connection = connection();
    connection.received(head(coded.len()).as_bytes()).unwrap();
    connection.received(&coded).unwrap();
    assert_eq!(connection.delivery().unwrap().body(), coded);
    assert_eq!(connection.take_event().unwrap().json(), EVENT);
    connection.respond(200).unwrap();
    send_all(&mut connection);

    connection.received(head(2).as_bytes()).unwrap();
    assert_eq!(connection.received(b"{}").unwrap(), WantResponse);
    let error = connection.take_event().unwrap_err();
    assert_eq!((error.kind(), error.response_status()), (ErrorKind::Encoding, 400));
    assert_eq!(connection.delivery().unwrap().body(), b"{}");
}

#[cfg(feature = "gzip")]
#[test]
fn a_body_over_the_limit_once_decoded_waits_for_the_program_with_413() {
    let mut limits = atlas_webhook::Limits::default();
    limits.body = 1_000;
    let mut receiver = receiver();
    receiver.set_limits(limits);
    let coded = gzip(&[b' '; 100_000]);
    let mut connection = ServerConnection::new(&receiver);
    let head = format!(
        "POST {TARGET} HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        coded.len()
    );
    connection.received(head.as_bytes()).unwrap();
    assert_eq!(connection.received(&coded).unwrap(), WantResponse);
    assert_eq!(connection.take_event().unwrap_err().response_status(), 413);
}

#[test]
fn pipelined_deliveries_are_responded_to_in_order() {
    const COUNT: usize = 10_000;
    let all: String = (0..COUNT)
        .map(|n| request("", &format!("{{\"type\":\"order.void\",\"n\":{n}}}")))
        .collect();
    for piece in [all.len(), 1_000, 7] {
        let mut connection = connection();
        let mut seen = 0;
        for piece in all.as_bytes().chunks(piece) {
            let mut state = connection.received(piece).unwrap();
            while state == WantResponse {
                let end = format!("\"n\":{seen}}}");
                assert!(connection.delivery().unwrap().body().ends_with(end.as_bytes()));
                seen += 1;
                connection.respond(200).unwrap();
                assert_eq!(connection.to_send(), OK);
                state = connection.sent(OK.len()).unwrap();
            }
        }
        assert_eq!(seen, COUNT);
        assert!(connection.idle());
    }
}

#[test]
fn a_bare_cr_behind_a_request_is_rejected_as_such() {
    let mut connection = connection();
    let bytes = format!("{}\rHTTP/2", request("", EVENT));
    assert_eq!(connection.received(bytes.as_bytes()).unwrap(), WantResponse);
    connection.respond(200).unwrap();
    let bad = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(send_all(&mut connection), [OK, bad].concat());
    assert_eq!(connection.rejection().unwrap().offset(), Some(1));
}

#[test]
fn a_100_continue_is_sent_in_front_of_the_body() {
    let mut connection = connection();
    let request = request("Expect: 100-continue\r\n", EVENT);
    let (head, body) = request.split_at(request.len() - EVENT.len());
    assert_eq!(connection.received(head.as_bytes()).unwrap(), WantSend);
    assert!(!connection.idle());
    assert_eq!(connection.to_send(), CONTINUE);
    assert_eq!(connection.sent(CONTINUE.len()).unwrap(), WantReceive);
    assert_eq!(connection.received(body.as_bytes()).unwrap(), WantResponse);
    connection.respond(200).unwrap();
    assert_eq!(send_all(&mut connection), OK);
}

#[test]
fn a_100_continue_that_was_begun_is_finished_and_another_dropped() {
    let request = request("Expect: 100-continue\r\n", EVENT);
    let (head, body) = request.split_at(request.len() - EVENT.len());
    for (sent, expected) in
        [(0, OK.to_vec()), (5, [&CONTINUE[5..], OK].concat()), (CONTINUE.len(), OK.to_vec())]
    {
        let mut connection = connection();
        connection.received(head.as_bytes()).unwrap();
        connection.sent(sent).unwrap();
        assert_eq!(connection.received(body.as_bytes()).unwrap(), WantResponse, "{sent}");
        connection.respond(200).unwrap();
        assert_eq!(send_all(&mut connection), expected, "{sent}");
        assert_eq!(connection.state(), WantReceive);
    }
    // The body arrives with the head: the client does not wait.
    let mut connection = connection();
    assert_eq!(connection.received(&request.as_bytes()[..request.len() - 1]).unwrap(), WantReceive);
    // A started one is also completed before a rejection.
    let mut begun = self::connection();
    begun.received(head.as_bytes()).unwrap();
    begun.sent(1).unwrap();
    begun.timed_out();
    assert!(send_all(&mut begun).starts_with(&[&CONTINUE[1..], b"HTTP/1.1 408 "].concat()));
}

#[test]
fn a_length_over_the_limit_is_rejected_before_100_continue() {
    let head = format!(
        "POST {TARGET} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n"
    );
    let (response, connection) = rejected(head.as_bytes());
    assert!(response.starts_with(b"HTTP/1.1 413 "));
    let rejection = connection.rejection().unwrap();
    assert_eq!((rejection.kind(), rejection.response_status()), (ErrorKind::Limit, 413));
    assert_eq!(rejection.offset(), u64::try_from(head.len()).ok());
}

#[test]
fn every_response_is_a_status_line_and_a_length_of_0() {
    for status in (200..600).filter(|status| !matches!(status, 204 | 205 | 304)) {
        for close in [false, true] {
            let mut connection = connection();
            let fields = if close { "Connection: close\r\n" } else { "" };
            connection.received(request(fields, EVENT).as_bytes()).unwrap();
            assert_eq!(connection.respond(status).unwrap(), WantSend);
            let response = String::from_utf8(send_all(&mut connection)).unwrap();
            let (line, fields) = response.split_once("\r\n").unwrap();
            assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{line}");
            assert!(line[13..].bytes().all(|b| b == b' ' || b.is_ascii_alphabetic()), "{line}");
            assert_eq!(fields.matches("Content-Length: 0\r\n").count(), 1);
            assert_eq!(fields.contains("Connection: close\r\n"), close);
            assert!(fields.ends_with("\r\n\r\n") && !fields.contains("Date:"));
            assert_eq!(connection.state(), if close { WantClose } else { WantReceive });
        }
    }
}

#[test]
fn a_status_that_no_delivery_gets_is_an_argument_error() {
    let mut connection = connection();
    connection.received(request("", EVENT).as_bytes()).unwrap();
    for status in [0, 100, 101, 199, 204, 205, 304, 600, 999, u16::MAX] {
        assert_eq!(connection.respond(status).unwrap_err().kind(), ErrorKind::Argument, "{status}");
        assert_eq!(connection.state(), WantResponse);
    }
}

#[test]
fn a_405_and_a_415_say_what_is_accepted() {
    let (response, _) = rejected(b"PUT /a HTTP/1.1\r\nHost: a\r\n\r\n");
    let expected = "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Length: 0\r\n\
                    Connection: close\r\n\r\n";
    assert_eq!(response, expected.as_bytes());
    let (response, _) = rejected(request("Content-Encoding: br\r\n", "{}").as_bytes());
    let accepted = if cfg!(feature = "gzip") { "gzip, identity" } else { "identity" };
    let expected = format!(
        "HTTP/1.1 415 Unsupported Media Type\r\nAccept-Encoding: {accepted}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(response, expected.as_bytes());
}

#[test]
fn the_message_of_a_rejection_names_the_part_that_is_wrong() {
    let head = "POST /atlas/8f3c?token=s3cret HTTP/1.1\r\n";
    for (line, what) in [
        ("(", "the method is not a token"),
        (" ", "the method is not a token"),
        ("POST(", "the method is not a token"),
        ("POST  ", "the request target contains a byte that it cannot contain"),
        ("POST /\"", "the request target contains a byte that it cannot contain"),
        ("POST /a\r\n\r\n", "the request line does not end with an HTTP version"),
        ("POST /a http", "the request line does not end with an HTTP version"),
        ("POST /a HTTP/1.1 ", "the request line does not end with an HTTP version"),
        ("POST /a HTTP/2", "its major version is not 1"),
        ("\rP", "there is a carriage return without line feed"),
        ("\rH", "there is a carriage return without line feed"),
        ("\r\n\r\r", "there is a carriage return without line feed"),
        ("POST a HTTP/1.1\r\nHost: a\r\n\r\n", "the form of the request target is not allowed"),
        ("POST /a HTTP/1.1\r\n\r\n", "it has no Host"),
    ] {
        let (_, connection) = rejected(line.as_bytes());
        let message = connection.rejection().unwrap().message();
        assert!(message.contains(what), "{line}: {message}");
    }
    for (fields, what) in [
        ("Host: a b\r\n\r\n", "Host is not a host and port"),
        ("Host: a\r\nHost: a\r\n\r\n", "it has more than one Host"),
        ("Host: a\n", "there is a line feed without carriage return"),
        ("Host: a\r ", "there is a carriage return without line feed"),
        (" Host: a\r\n\r\n", "there is white space before the first field"),
        ("Host: a\r\n b\r\n\r\n", "a field line of a request is folded"),
        ("Host: a\0", "a field line contains NUL"),
        ("Host : a\r\n\r\n", "a field name is not a token"),
        ("Host: a\x01\r\n\r\n", "a field value contains a control character"),
        ("Host: a\r\nContent-Length: x\r\n\r\n", "its Content-Length is not a number"),
        (
            "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "it has different Content-Lengths",
        ),
        (
            "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "it has more than one Content-Length",
        ),
        (
            "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "it has both Transfer-Encoding and Content-Length",
        ),
        ("Host: a\r\nTransfer-Encoding: chunked, x\r\n\r\n", "does not end with chunked"),
        ("Host: a\r\nTransfer-Encoding: x, chunked\r\n\r\n", "its transfer coding is not chunked"),
        (
            "Host: a\r\nTransfer-Encoding: \"a, chunked\r\n\r\n",
            "its Transfer-Encoding is not a list of transfer codings",
        ),
    ] {
        let (_, connection) = rejected(format!("{head}{fields}").as_bytes());
        let message = connection.rejection().unwrap().message();
        assert!(message.contains(what), "{fields}: {message}");
    }
}

#[test]
fn a_response_contains_nothing_of_the_request() {
    let all = [
        "POST /echo-echo HTTP/1.1\r\nHost: echo-echo\r\n\r\n",
        "echo-echo /a HTTP/1.1\r\nHost: echo-echo\r\n\r\n",
        "POST /echo-echo HTTP/1.1\r\necho-echo: echo-echo\r\n\r\n",
        "POST /echo-echo HTTP/3.1 echo-echo",
    ];
    for bytes in all {
        let (response, connection) = rejected(bytes.as_bytes());
        let shown = format!("{connection:?} {:?}", connection.rejection().unwrap());
        assert!(!String::from_utf8(response).unwrap().contains("echo"), "{bytes}");
        assert!(!shown.contains("echo"), "{shown}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let mut connection = connection();
    let idle = "ServerConnection { state: WantReceive, idle: true, to_send_len: 0, .. }";
    assert_eq!(format!("{connection:?}"), idle);
    connection.received(request("X: y\r\n", EVENT).as_bytes()).unwrap();
    let shown = format!("{connection:?} {:?}", connection.delivery());
    for secret in ["8f3c", "s3cret", "TEST1"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_last_response_says_close() {
    let mut connection = connection();
    connection.received(request("Connection: close\r\n", EVENT).as_bytes()).unwrap();
    connection.respond(200).unwrap();
    assert_eq!(send_all(&mut connection), OK_CLOSE);
    assert_eq!(connection.state(), WantClose);
    for bytes in [&b"\0"[..], b"POST /b HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/2.0"] {
        let (response, connection) = rejected(bytes);
        assert!(response.ends_with(b"\r\nConnection: close\r\n\r\n"));
        assert_eq!(connection.state(), WantClose);
    }
}

#[test]
fn a_rejection_is_sent_in_pieces_too() {
    let mut connection = connection();
    connection.received(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let whole = connection.to_send().to_vec();
    for sent in 0..whole.len() {
        assert_eq!(connection.state(), WantSend);
        assert_eq!(connection.to_send(), &whole[sent..]);
        connection.sent(1).unwrap();
    }
    assert_eq!(connection.state(), WantClose);
}

#[test]
fn input_after_a_rejection_is_discarded() {
    let mut connection = connection();
    connection.received(b"POST /wrong HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n").unwrap();
    let delivery = request("", EVENT);
    assert_eq!(connection.received(delivery.as_bytes()).unwrap(), WantSend);
    assert!(send_all(&mut connection).starts_with(b"HTTP/1.1 404 Not Found\r\n"));
    assert_eq!(connection.received(delivery.as_bytes()).unwrap(), WantClose);
    assert!(connection.delivery().is_none());
    assert!(connection.to_send().is_empty());
    assert_eq!(connection.received_eof().unwrap(), WantClose);
    let rejection = connection.rejection().unwrap();
    assert_eq!((rejection.kind(), rejection.response_status()), (ErrorKind::Untrusted, 404));
}

#[test]
fn empty_lines_in_front_of_a_request_do_not_start_it() {
    for empty in ["\r", "\r\n", "\r\n\r\n\r"] {
        let mut timed = connection();
        assert_eq!(timed.received(empty.as_bytes()).unwrap(), WantReceive);
        assert!(timed.idle());
        assert_eq!(timed.timed_out(), WantClose);
        assert!(timed.to_send().is_empty() && timed.rejection().is_none());
        let mut closed = connection();
        closed.received(empty.as_bytes()).unwrap();
        assert_eq!(closed.received_eof().unwrap(), WantClose);
        assert!(closed.rejection().is_none());
    }
    let mut connection = connection();
    connection.received(b"\r\nP").unwrap();
    assert!(!connection.idle());
}

#[test]
fn a_timeout_closes_an_idle_connection_and_sends_408_within_a_request() {
    let request = request("", EVENT);
    let mut idle = connection();
    assert_eq!(idle.timed_out(), WantClose);
    assert!(idle.to_send().is_empty() && idle.rejection().is_none());
    for length in [1, 60, request.len() - 1] {
        let mut connection = connection();
        connection.received(&request.as_bytes()[..length]).unwrap();
        assert!(!connection.idle());
        assert_eq!(connection.timed_out(), WantSend);
        let response =
            b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        assert_eq!(send_all(&mut connection), response);
        assert_eq!(connection.state(), WantClose);
        let rejection = connection.rejection().unwrap();
        assert_eq!((rejection.kind(), rejection.response_status()), (ErrorKind::Timeout, 408));
    }
    // After a response it is idle again.
    let mut kept = connection();
    kept.received(request.as_bytes()).unwrap();
    kept.respond(200).unwrap();
    send_all(&mut kept);
    assert!(kept.idle());
    assert_eq!(kept.timed_out(), WantClose);
    assert!(kept.rejection().is_none());
}

#[test]
fn a_timeout_of_the_program_sends_503_and_one_of_the_peer_gives_up() {
    let mut connection = connection();
    connection.received(request("", EVENT).as_bytes()).unwrap();
    assert_eq!(connection.timed_out(), WantSend);
    assert!(connection.delivery().is_none());
    let rejection = connection.rejection().unwrap();
    assert_eq!((rejection.kind(), rejection.response_status()), (ErrorKind::Timeout, 503));
    assert!(connection.to_send().starts_with(b"HTTP/1.1 503 Service Unavailable\r\n"));
    // The peer reads nothing.
    assert_eq!(connection.timed_out(), WantClose);
    assert!(connection.to_send().is_empty());
    assert_eq!(connection.rejection().unwrap().response_status(), 503);
    assert_eq!(connection.timed_out(), WantClose);

    let mut unread = self::connection();
    unread.received(request("", EVENT).as_bytes()).unwrap();
    unread.respond(200).unwrap();
    assert_eq!(unread.timed_out(), WantClose);
    assert_eq!(unread.rejection().unwrap().kind(), ErrorKind::Timeout);
}

#[test]
fn a_close_within_a_request_is_a_rejection_without_a_response() {
    let request = request("", EVENT);
    for length in 1..request.len() {
        let mut connection = connection();
        connection.received(&request.as_bytes()[..length]).unwrap();
        assert_eq!(connection.received_eof().unwrap(), WantClose);
        assert!(connection.to_send().is_empty());
        let rejection = connection.rejection().unwrap();
        assert_eq!((rejection.kind(), rejection.response_status()), (ErrorKind::ClosedEarly, 400));
        assert_eq!(rejection.offset(), u64::try_from(length).ok());
    }
    let mut idle = connection();
    assert_eq!(idle.received_eof().unwrap(), WantClose);
    assert!(idle.rejection().is_none());
}

#[test]
fn a_delivery_in_front_of_a_half_close_is_responded_to() {
    let mut connection = connection();
    let two = request("", EVENT).repeat(2);
    assert_eq!(connection.received(two.as_bytes()).unwrap(), WantResponse);
    assert_eq!(connection.received_eof().unwrap(), WantResponse);
    connection.respond(200).unwrap();
    assert_eq!(connection.to_send(), OK);
    assert_eq!(connection.sent(OK.len()).unwrap(), WantResponse);
    connection.respond(200).unwrap();
    assert_eq!(send_all(&mut connection), OK_CLOSE);
    assert_eq!(connection.state(), WantClose);
    assert!(connection.rejection().is_none());

    // Half a request after it ends early.
    let mut cut = self::connection();
    cut.received(&two.as_bytes()[..two.len() - 1]).unwrap();
    cut.received_eof().unwrap();
    cut.respond(200).unwrap();
    assert_eq!(send_all(&mut cut), OK_CLOSE);
    assert_eq!(cut.state(), WantClose);
    assert_eq!(cut.rejection().unwrap().kind(), ErrorKind::ClosedEarly);

    // While the response is being sent, it comes too late for its field.
    let mut late = self::connection();
    late.received(request("", EVENT).as_bytes()).unwrap();
    late.respond(200).unwrap();
    assert_eq!(late.received_eof().unwrap(), WantSend);
    assert_eq!(send_all(&mut late), OK);
    assert_eq!(late.state(), WantClose);
    assert!(late.rejection().is_none());
}

/// The responses to `count` deliveries and the bytes behind them, if the peer closes its side before
/// the first response. The input is split in two at `cut`, within the first delivery.
fn half_closed(count: usize, tail: &[u8], cut: usize) -> (Vec<u8>, ServerConnection) {
    let mut connection = connection();
    let all = [request("", EVENT).repeat(count).as_bytes(), tail].concat();
    connection.received(&all[..cut]).unwrap();
    connection.received(&all[cut..]).unwrap();
    assert_eq!(connection.received_eof().unwrap(), WantResponse);
    let mut sent = Vec::new();
    while connection.state() != WantClose {
        connection.respond(200).unwrap();
        sent.extend(send_all(&mut connection));
    }
    (sent, connection)
}

#[test]
fn the_last_response_in_front_of_a_half_close_says_close_whatever_else_was_received() {
    let one = request("", EVENT);
    let head = &one[..one.len() - EVENT.len()];
    let expecting = request("Expect: 100-continue\r\n", EVENT);
    let chunks =
        format!("POST {TARGET} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}");
    // No request, and parts of one.
    let idle = ["", "\r", "\r\n", "\r\n\r\n\r"];
    let begun = [
        "P",
        "POST /a",
        "\r\nPOST /a",
        "POST /a HTTP/1.1\r\nHost",
        head,
        &one[..one.len() - 1],
        &expecting[..expecting.len() - EVENT.len()],
        &chunks,
    ];
    for count in 1..4 {
        let expected = [&OK.repeat(count - 1), OK_CLOSE].concat();
        for cut in 0..one.len() {
            for tail in idle {
                let (sent, connection) = half_closed(count, tail.as_bytes(), cut);
                assert_eq!(sent, expected, "{count} {tail:?} {cut}");
                assert!(connection.rejection().is_none(), "{count} {tail:?} {cut}");
            }
            for tail in begun {
                let (sent, connection) = half_closed(count, tail.as_bytes(), cut);
                assert_eq!(sent, expected, "{count} {tail:?} {cut}");
                let rejection = connection.rejection().unwrap();
                assert_eq!(rejection.kind(), ErrorKind::ClosedEarly, "{count} {tail:?} {cut}");
                let length = u64::try_from(tail.len()).ok();
                assert_eq!(rejection.offset(), length, "{count} {tail:?} {cut}");
            }
        }
    }
}

#[test]
fn a_rejection_in_front_of_a_half_close_is_the_last_response() {
    let post = format!("POST {TARGET} HTTP/1.1\r\n");
    for (tail, status) in [
        ("\0".into(), "400"),
        ("\rP".into(), "400"),
        ("\r\n\n".into(), "400"),
        ("POST /a HTTP/2".into(), "505"),
        (format!("{post}\r\n"), "400"),
        ("POST /b HTTP/1.1\r\nHost: a\r\n\r\n".into(), "404"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".into(), "405"),
        (format!("{post}Host: a\r\nContent-Length: 99999999\r\n\r\n"), "413"),
        (format!("{post}Host: a\r\nTransfer-Encoding: chunked\r\n\r\nx"), "400"),
    ] {
        for cut in 0..request("", EVENT).len() {
            let (sent, connection) = half_closed(2, tail.as_bytes(), cut);
            let rejection = sent.strip_prefix(&*OK.repeat(2)).expect("the responses before it");
            assert!(rejection.starts_with(format!("HTTP/1.1 {status} ").as_bytes()), "{tail:?}");
            assert!(rejection.ends_with(b"\r\nConnection: close\r\n\r\n"), "{tail:?}");
            let stored = connection.rejection().unwrap().response_status();
            assert_eq!(stored.to_string(), status, "{tail:?}");
        }
    }
}

#[test]
fn close_ends_an_idle_connection_at_once_and_another_behind_its_response() {
    let mut idle = connection();
    assert_eq!(idle.close(), WantClose);
    assert!(idle.to_send().is_empty() && idle.rejection().is_none());

    let request = request("", EVENT);
    let mut begun = connection();
    begun.received(&request.as_bytes()[..9]).unwrap();
    assert_eq!(begun.close(), WantReceive);
    begun.received(&request.as_bytes()[9..]).unwrap();
    begun.respond(200).unwrap();
    assert_eq!(send_all(&mut begun), OK_CLOSE);
    assert_eq!(begun.state(), WantClose);

    let mut waiting = connection();
    waiting.received(request.as_bytes()).unwrap();
    assert_eq!(waiting.close(), WantResponse);
    waiting.respond(200).unwrap();
    assert_eq!(send_all(&mut waiting), OK_CLOSE);
    assert_eq!(waiting.state(), WantClose);

    let mut sending = connection();
    sending.received(request.as_bytes()).unwrap();
    sending.respond(200).unwrap();
    assert_eq!(sending.close(), WantSend);
    assert_eq!(send_all(&mut sending), OK);
    assert_eq!(sending.state(), WantClose);
    assert!(sending.rejection().is_none());
}

#[test]
fn every_registered_url_is_served() {
    let mut receiver = receiver();
    receiver.add_url("https://example.com").unwrap();
    let mut connection = ServerConnection::new(&receiver);
    drop(receiver);
    for target in [TARGET, "/", "http://other?", "http://other/"] {
        let head = format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}");
        let expected = if target.ends_with('?') { WantSend } else { WantResponse };
        assert_eq!(connection.received(head.as_bytes()).unwrap(), expected, "{target}");
        if expected == WantSend {
            break;
        }
        connection.respond(200).unwrap();
        send_all(&mut connection);
    }
}

#[test]
fn a_connection_may_move_between_threads() {
    fn sends<T: Send>() {}
    sends::<ServerConnection>();
    sends::<ServerState>();
}
