//! The state machine: its states, guarantees and limits. `tests/conformance.rs` tests the HTTP that
//! it reads.

use atlas_webhook::{Endpoint, Error, ErrorKind, Exchange, Limits, Registration, Request, State};

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}";

fn request(limits: Limits) -> Request {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_limits(limits);
    let registration = Registration::new("https://me.example/hook?token=s3cret").unwrap();
    Request::registration(&endpoint, &registration).unwrap()
}

fn exchange() -> Exchange {
    Exchange::new(&request(Limits::default()))
}

/// An exchange whose request was sent.
fn waiting(limits: Limits) -> Exchange {
    let mut exchange = Exchange::new(&request(limits));
    exchange.sent(exchange.to_send().len()).unwrap();
    exchange
}

#[test]
fn the_states_follow_what_was_sent_and_received() {
    let mut exchange = exchange();
    let all = exchange.to_send().to_vec();
    assert_eq!(exchange.state(), State::WantSend);
    for sent in 0..all.len() {
        assert_eq!(exchange.to_send(), &all[sent..]);
        let expected = if sent + 1 < all.len() { State::WantSend } else { State::WantReceive };
        assert_eq!(exchange.sent(1).unwrap(), expected);
    }
    assert!(exchange.to_send().is_empty());
    for &byte in OK {
        assert_eq!(exchange.state(), State::WantReceive);
        assert_eq!(exchange.received(&[byte]).unwrap(), 1);
    }
    assert_eq!(exchange.state(), State::Done);
    assert_eq!(exchange.http_status(), Some(200));
    assert!(exchange.reusable());
    let reply = exchange.take_reply().unwrap();
    assert_eq!((reply.message(), reply.attempts()), ("success", 0));
}

#[test]
fn a_call_that_does_not_fit_changes_nothing() {
    let mut exchange = exchange();
    let all = exchange.to_send().len();
    // The last two are what -1 and the smallest number of C become.
    for (n, signed) in [
        (all + 1, String::new()),
        (usize::MAX, " (as a signed number -1)".into()),
        (usize::MAX / 2 + 1, format!(" (as a signed number {})", isize::MIN)),
    ] {
        let error = exchange.sent(n).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert_eq!(
            error.message(),
            format!("{n} bytes{signed} cannot have been sent: only {all} were left to send")
        );
    }
    assert_eq!(exchange.take_reply().unwrap_err().kind(), ErrorKind::State);
    assert_eq!(exchange.sent(0).unwrap(), State::WantSend);
    assert_eq!(exchange.received(b"").unwrap(), 0);
    assert_eq!((exchange.state(), exchange.to_send().len()), (State::WantSend, all));

    exchange.sent(all).unwrap();
    assert_eq!(exchange.sent(1).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(exchange.received(&OK[..30]).unwrap(), 30);
    assert_eq!(exchange.take_response().unwrap_err().kind(), ErrorKind::State);
    assert_eq!(exchange.received(&OK[30..]).unwrap(), OK.len() - 30);
    assert!(exchange.take_reply().is_ok());
}

#[test]
fn once_done_no_byte_belongs_to_the_response() {
    let mut exchange = waiting(Limits::default());
    let with_more = [OK, b"HTTP/1.1 500 Next\r\n\r\n"].concat();
    assert_eq!(exchange.received(&with_more).unwrap(), OK.len());
    assert_eq!(exchange.received(b"more").unwrap(), 0);
    assert_eq!(exchange.received_eof().unwrap(), State::Done);
    assert!(exchange.take_reply().is_ok());
    assert_eq!(exchange.take_reply().unwrap_err().kind(), ErrorKind::State, "only once");
    assert_eq!(exchange.state(), State::Done);
    assert_eq!(exchange.http_status(), Some(200));
}

#[test]
fn an_early_response_ends_the_exchange_and_the_connection_is_not_reusable() {
    let mut exchange = exchange();
    exchange.sent(10).unwrap();
    assert_eq!(exchange.received(&OK[..20]).unwrap(), 20);
    assert_eq!(exchange.state(), State::WantSend, "still legal to go on sending");
    exchange.received(&OK[20..]).unwrap();
    assert_eq!(exchange.state(), State::Done);
    assert!(!exchange.reusable());
    assert!(exchange.take_reply().is_ok());
}

#[test]
fn after_a_failure_every_call_returns_it_again() {
    let mut exchange = waiting(Limits::default());
    let first = exchange.received(b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n").unwrap_err();
    let facts = |error: &Error| (error.kind(), error.offset(), error.message().to_owned());
    assert_eq!((first.kind(), first.offset()), (ErrorKind::Protocol, Some(15)));
    assert_eq!(exchange.state(), State::Failed);
    for again in [
        exchange.received(OK).unwrap_err(),
        exchange.received_eof().unwrap_err(),
        exchange.sent(0).unwrap_err(),
        exchange.take_response().unwrap_err(),
        exchange.take_reply().unwrap_err(),
        exchange.take_reply().unwrap_err(),
    ] {
        assert_eq!(facts(&again), facts(&first));
    }
    assert!(!exchange.reusable());
}

#[test]
fn a_refusal_leaves_the_exchange_done_and_the_connection_reusable() {
    for (status, body, kind) in [
        ("200 OK", r#"{"status":901,"msg":"no"}"#, ErrorKind::Refused),
        ("200 OK", "not JSON", ErrorKind::MalformedReply),
        ("401 Unauthorized", "", ErrorKind::Unauthorized),
        ("503 Busy", "<html>", ErrorKind::ServerError),
        ("302 Found", "", ErrorKind::Redirect),
    ] {
        let mut exchange = waiting(Limits::default());
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        assert_eq!(exchange.received(answer.as_bytes()).unwrap(), answer.len());
        assert_eq!(exchange.state(), State::Done);
        assert!(exchange.reusable());
        assert_eq!(exchange.take_reply().unwrap_err().kind(), kind);
        assert!(exchange.reusable());
    }
}

#[test]
fn the_end_of_the_input_completes_or_says_what_is_missing() {
    for (input, says) in [
        ("", "before the first byte"),
        ("H", "within the header section"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "within the header section"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 34\r\n\r\n123456789012", "12 of 34 bytes of the body"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", "before the last chunk"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "trailer section"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", "trailer section"),
    ] {
        let mut exchange = waiting(Limits::default());
        exchange.received(input.as_bytes()).unwrap();
        let error = exchange.received_eof().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ClosedEarly);
        assert_eq!(error.offset(), Some(input.len() as u64));
        assert!(error.message().contains(says), "{error}");
        assert!(error.retryable());
        assert_eq!(exchange.state(), State::Failed);
    }
    let mut exchange = waiting(Limits::default());
    exchange.received(b"HTTP/1.1 200 OK\r\n\r\n{\"status\":").unwrap();
    exchange.received(b"0}").unwrap();
    assert_eq!(exchange.state(), State::WantReceive);
    assert_eq!(exchange.received_eof().unwrap(), State::Done);
    assert!(!exchange.reusable());
    assert!(exchange.take_reply().is_ok());
}

#[test]
fn the_error_names_the_fault_of_a_response() {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    let chunked = |body: &str| format!("{CHUNKED}{body}");
    let limits = limits(|limits| {
        limits.head = 64;
        limits.fields = 2;
        limits.interim = 0;
        limits.body = 3;
        limits.chunk_overhead = 16;
    });
    for (answer, what) in [
        (String::from("<html>"), "it does not start with a status line"),
        (String::from("HTTP/1.1 200-OK"), "there is no space after the status code"),
        (String::from("HTTP/1.1 200 O\0"), "there is a control character in the reason phrase"),
        (String::from("HTTP/1.1 200 OK\n"), "there is a line feed without carriage return"),
        (String::from("HTTP/1.1 200 OK\rA"), "there is a carriage return without line feed"),
        (String::from("HTTP/1.1 101 Changed\r\n\r\n"), "101 Switching Protocols was not requested"),
        (
            String::from("HTTP/1.1 100 Go\r\n\r\n"),
            "there are more interim responses (1xx) than the limit allows (interim: 0)",
        ),
        (head(" A: b\r\n"), "there is white space before the first field"),
        (head("A: \0\r\n"), "a field line contains NUL"),
        (head("A: \x01\r\n"), "a field value contains a control character"),
        (head("A\r\n"), "a field name is not a token, or a field line has no colon"),
        (
            head("A: b\r\nA: b\r\nA: b\r\n"),
            "there are more field lines than the limit allows (fields: 2)",
        ),
        (
            head(&format!("A: {}\r\n", "b".repeat(64))),
            "the header section is larger than its limit (head: 64)",
        ),
        (head("Content-Length: x\r\n"), "its Content-Length is not a number"),
        (head("Content-Length: 1, 2\r\n"), "it has different Content-Lengths"),
        (
            head("Content-Length: 4\r\n"),
            "the Content-Length is larger than the limit of the body (body: 3)",
        ),
        (head("Transfer-Encoding: gzip\r\n"), "its Transfer-Encoding is not chunked"),
        (CHUNKED.replace("1.1", "1.0"), "it has a Transfer-Encoding in HTTP/1.0"),
        (head("") + "abcd", "the body is larger than its limit (body: 3)"),
        (chunked("4"), "the body is larger than its limit (body: 3)"),
        (chunked("x"), "a chunk size is not hexadecimal"),
        (chunked("1x"), "a chunk line is malformed"),
        (chunked("1\r\nxy"), "chunk data is not followed by CRLF"),
        (
            chunked("0;a=bcdefghijklmno"),
            "the chunked coding adds more bytes than its limit (chunk_overhead: 16)",
        ),
    ] {
        let error = waiting(limits).received(answer.as_bytes()).unwrap_err();
        let invalid = match error.kind() {
            ErrorKind::Protocol => "the response is not valid HTTP/1.x: ",
            _ => "",
        };
        assert_eq!(error.message(), format!("{invalid}{what}"), "{answer:?}");
    }
}

#[test]
fn a_failure_behind_the_head_tells_the_http_status() {
    let mut exchange = waiting(Limits::default());
    exchange.received(b"HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n").unwrap();
    assert_eq!(exchange.received_eof().unwrap_err().http_status(), Some(503));
}

/// Whether `answer` is accepted under `limits`, whole and byte by byte; otherwise the offset.
fn under(limits: Limits, answer: &str) -> Result<(), u64> {
    let verdict = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let mut exchange = waiting(limits);
        for piece in pieces {
            match exchange.received(piece) {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
                    return Err(error.offset().unwrap());
                }
            }
        }
        exchange.received_eof().unwrap();
        Ok(())
    };
    let whole = verdict(&mut std::iter::once(answer.as_bytes()));
    assert_eq!(whole, verdict(&mut answer.as_bytes().chunks(1)), "{answer:?}");
    whole
}

fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

#[test]
fn a_head_may_fill_its_limit_and_not_one_byte_more() {
    const REST: &str = "HTTP/1.1 200 OK\r\nA: \r\n\r\n";
    for head in [100, 16 * 1024] {
        let limits = limits(|limits| limits.head = head);
        let exact = REST.replace("A: ", &format!("A: {}", "x".repeat(head - REST.len())));
        assert_eq!(under(limits, &exact), Ok(()));
        assert_eq!(under(limits, &exact.replace("A: ", "A: x")), Err(head as u64));
        let endless = format!("HTTP/1.1 200 {}", "O".repeat(2 * head));
        assert_eq!(under(limits, &endless), Err(head as u64));
    }
}

#[test]
fn fields_interim_responses_bodies_and_chunk_lines_are_bounded() {
    let fields = limits(|limits| limits.fields = 3);
    assert_eq!(under(fields, "HTTP/1.1 200 OK\r\nA:\r\nB:\r\nC:\r\n fold\r\n\r\n"), Ok(()));
    assert_eq!(under(fields, "HTTP/1.1 200 OK\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n"), Err(29));
    let many = "A: b\r\n".repeat(101);
    assert_eq!(under(Limits::default(), &format!("HTTP/1.1 204 x\r\n{}\r\n", &many[6..])), Ok(()));
    assert_eq!(under(Limits::default(), &format!("HTTP/1.1 204 x\r\n{many}\r\n")), Err(616));
    assert_eq!(under(limits(|limits| limits.fields = 0), "HTTP/1.1 200 OK\r\n\r\n"), Ok(()));

    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    let last = "HTTP/1.1 204 No Content\r\n\r\n";
    let default = Limits::default();
    assert_eq!(under(default, &(interim.repeat(8) + last)), Ok(()));
    assert_eq!(under(default, &(interim.repeat(9) + last)), Err(9 * interim.len() as u64));
    let none = limits(|limits| limits.interim = 0);
    assert_eq!(under(none, &(interim.to_owned() + last)), Err(interim.len() as u64));

    let body = limits(|limits| limits.body = 5);
    assert_eq!(under(body, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"), Ok(()));
    assert_eq!(under(body, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"), Err(38));
    let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", "9".repeat(99));
    assert_eq!(under(body, &huge), Err(huge.len() as u64));
    assert_eq!(under(body, "HTTP/1.1 200 OK\r\n\r\n12345"), Ok(()));
    assert_eq!(under(body, "HTTP/1.1 200 OK\r\n\r\n123456"), Err(24));

    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let start = chunked.len() as u64;
    assert_eq!(under(body, &format!("{chunked}2\r\n12\r\n003\r\n345\r\n0\r\n\r\n")), Ok(()));
    assert_eq!(under(body, &format!("{chunked}2\r\n12\r\n4\r\n")), Err(start + 7));
    assert_eq!(under(body, &format!("{chunked}{}", "f".repeat(99))), Err(start));
    let overhead = limits(|limits| limits.chunk_overhead = 11);
    assert_eq!(under(overhead, &format!("{chunked}1;a=b\r\nx\r\n0\r\n\r\n")), Err(start + 12));
    assert_eq!(under(overhead, &format!("{chunked}1;a\r\nx\r\n0\r\n\r\n")), Ok(()));
    assert_eq!(under(overhead, &format!("{chunked}{}", "0".repeat(12))), Err(start + 11));
    let fields = format!("{chunked}0\r\n{}\r\n", "A: b\r\n".repeat(101));
    assert_eq!(under(Limits::default(), &fields), Err(start + 3 + 600));
    let endless = format!("{chunked}0\r\nA: {}", "x".repeat(20_000));
    assert_eq!(under(Limits::default(), &endless), Err(start + 3 + 16 * 1024));
}

#[test]
fn the_exchange_outlives_its_request_and_may_move_to_another_thread() {
    fn is_send_and_static<T: Send + 'static>(_: &T) {}
    let mut exchange = exchange();
    is_send_and_static(&exchange);
    let reply = std::thread::spawn(move || {
        exchange.received(OK).unwrap();
        exchange.take_reply()
    });
    assert_eq!(reply.join().unwrap().unwrap().message(), "success");
}

#[test]
fn endpoint_and_request_may_be_shared_between_threads() {
    fn is_shareable<T: Send + Sync>(_: &T) {}
    let request = request(Limits::default());
    is_shareable(&request);
    is_shareable(&Endpoint::sandbox());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut exchange = Exchange::new(&request);
                exchange.received(OK).unwrap();
                exchange.take_reply().unwrap();
            });
        }
    });
}

#[test]
fn errors_of_an_exchange_show_the_api_text_unless_it_repeats_the_token() {
    for (said, shown) in [
        ("bad url", ": \"bad url\""),
        ("bad token=s3cret", " (the API's text repeats a secret and is withheld)"),
    ] {
        let body = format!(r#"{{"status":901,"msg":"{said}"}}"#);
        let mut exchange = waiting(Limits::default());
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        exchange.received(answer.as_bytes()).unwrap();
        let error = exchange.take_reply().unwrap_err();
        assert!(error.to_string().ends_with(shown), "{error}");
    }
}

#[test]
fn debug_of_an_exchange_shows_neither_the_request_nor_the_response() {
    let mut exchange = exchange();
    exchange.received(OK).unwrap();
    let shown = format!("{exchange:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("success"), "{shown}");
    assert!(shown.contains("Done") && shown.contains("200"), "{shown}");
}
