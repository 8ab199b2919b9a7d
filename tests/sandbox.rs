//! The sandbox checks a request by the specification. Every way to send has the same result for
//! every response of the sandbox.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::thread;
use std::time::Duration;

use atlas_webhook::{
    Delivery, Endpoint, ErrorKind, Event, EventKind, Exchange, Receiver, Registration, Request,
    State,
};
use atlas_webhook_cli::{
    Content, Destination, Framing, Options, Response, Sandbox, masked_body, masked_header,
    masked_url,
};
use support::{
    CID, CLIENT_ID, CLIENT_SECRET, Outcome, connect, drive, raw_answer, request, response,
    send_over_socket,
};

/// One of the ways to send a request.
struct Way {
    name: &'static str,
    send: Box<dyn Fn(&Request) -> Outcome>,
}

fn ways() -> Vec<Way> {
    vec![
        Way {
            name: "own socket",
            send: Box::new(|request| Outcome::from(send_over_socket(request))),
        },
        #[cfg(feature = "transport")]
        Way {
            name: "bundled transport",
            send: {
                let transport = atlas_webhook::Transport::new().unwrap();
                Box::new(move |request| Outcome::from(transport.send(request)))
            },
        },
    ]
}

#[test]
fn the_request_that_arrives_is_the_documented_one() {
    for Way { name, send } in ways() {
        let options = Options {
            prefix: "/atlas".to_owned(),
            credentials: Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())),
            require_cid: true,
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).unwrap();
        assert_eq!(send(&request(&sandbox.url())).kind(), None, "{name}");

        let recorded = sandbox.requests();
        let [recorded] = &recorded[..] else { panic!("{name}: {} requests", recorded.len()) };
        assert_eq!(recorded.method, "POST", "{name}");
        assert_eq!(recorded.target, "/atlas/updateWebhookURL.do", "{name}");
        assert_eq!(
            String::from_utf8_lossy(&recorded.body),
            r#"{"cid":"XXXXXXXX","url":"https://example.com/atlas/webhook?token=token-7733aa"}"#,
            "{name}"
        );
        let host = sandbox.url().replace("http://", "").replace("/atlas", "");
        let mut expected = vec![
            ("accept", "application/json"),
            ("accept-encoding", if cfg!(feature = "gzip") { "gzip" } else { "identity" }),
            ("content-length", "79"),
            ("content-type", "application/json"),
            ("host", &host),
            ("user-agent", concat!("atlas-webhook/", env!("CARGO_PKG_VERSION"))),
            ("x-atlas-client-id", CLIENT_ID),
            ("x-atlas-client-secret", CLIENT_SECRET),
        ];
        let mut fields: Vec<_> = recorded
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
            .collect();
        fields.sort_unstable();
        expected.sort_unstable();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(fields, expected, "{name}");
    }
}

#[test]
fn a_registration_without_cid_leaves_the_key_out() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let registration = Registration::new("https://example.com/").unwrap();
    let endpoint = Endpoint::new(&sandbox.url()).unwrap();
    let request = Request::registration(&endpoint, &registration).unwrap();
    assert!(send_over_socket(&request).is_ok());
    assert_eq!(sandbox.requests()[0].body, br#"{"url":"https://example.com/"}"#);
}

/// A response, and its result.
fn meanings() -> Vec<(&'static str, Response, Outcome)> {
    let error = |kind, http_status| Outcome::Error {
        kind,
        http_status: Some(http_status),
        api_status: None,
        api_message: None,
        request_id: None,
        retry_after: None,
        retryable: matches!(kind, ErrorKind::RateLimited | ErrorKind::ServerError),
    };
    let says = |content| Response { content, ..Response::default() };
    let status = |http_status| Response {
        http_status: Some(http_status),
        ..says(Content::Body(b"<html>".to_vec()))
    };
    let reply = |message: &str, request_id: Option<&str>, http_status| Outcome::Reply {
        message: message.to_owned(),
        request_id: request_id.map(str::to_owned),
        http_status,
    };
    let refused = |api_status: i64, message: &str, retryable| Outcome::Error {
        kind: if api_status == 900 { ErrorKind::Unauthorized } else { ErrorKind::Refused },
        http_status: Some(200),
        api_status: Some(api_status),
        api_message: Some(message.to_owned()),
        request_id: None,
        retry_after: None,
        retryable,
    };
    let refusal = |status, message: &str| says(Content::Status(status, message.to_owned()));
    let waiting = |outcome, wait, text: Option<&str>| match outcome {
        Outcome::Error { kind, http_status, api_status, request_id, retryable, .. } => {
            Outcome::Error {
                kind,
                http_status,
                api_status,
                api_message: text.map(str::to_owned),
                request_id,
                retry_after: Some(Duration::from_secs(wait)),
                retryable,
            }
        }
        reply => reply,
    };
    let retry_after =
        |answer| Response { headers: vec![("Retry-After".to_owned(), "30".to_owned())], ..answer };
    vec![
        ("success", Response::default(), reply("success", None, 200)),
        (
            "success with a request id",
            Response { request_id: Some("r-1".to_owned()), ..Response::default() },
            reply("success", Some("r-1"), 200),
        ),
        (
            "success with HTTP 201",
            Response { http_status: Some(201), ..Response::default() },
            reply("success", None, 201),
        ),
        (
            "success without msg",
            says(Content::Body(br#"{"status":0}"#.to_vec())),
            reply("", None, 200),
        ),
        ("general failure", refusal(-1, "no"), refused(-1, "no", true)),
        ("system error", refusal(2, "busy"), refused(2, "busy", true)),
        ("missing parameter", refusal(100, "url"), refused(100, "url", false)),
        ("bad credentials", refusal(900, "who"), refused(900, "who", false)),
        ("unexpected error", refusal(9999, "oh"), refused(9999, "oh", true)),
        (
            "a status of its own",
            refusal(i64::MIN + 1, "\u{1F6EB} \"\n"),
            refused(i64::MIN + 1, "\u{1F6EB} \"\n", false),
        ),
        (
            "rate limit by the API",
            says(Content::RateLimit(7)),
            waiting(error(ErrorKind::RateLimited, 200), 7, Some("too many requests")),
        ),
        (
            "rate limit with a longer Retry-After",
            retry_after(says(Content::RateLimit(7))),
            waiting(error(ErrorKind::RateLimited, 200), 30, Some("too many requests")),
        ),
        (
            "rate limit by HTTP",
            retry_after(status(429)),
            waiting(error(ErrorKind::RateLimited, 429), 30, None),
        ),
        (
            "unavailable",
            retry_after(status(503)),
            waiting(error(ErrorKind::ServerError, 503), 30, None),
        ),
        ("redirect", status(302), error(ErrorKind::Redirect, 302)),
        ("bad request", status(400), error(ErrorKind::ClientError, 400)),
        ("unauthorized", status(401), error(ErrorKind::Unauthorized, 401)),
        ("not found", status(404), error(ErrorKind::ClientError, 404)),
        ("bad gateway", status(502), error(ErrorKind::ServerError, 502)),
        ("no HTTP status of any class", status(699), error(ErrorKind::ServerError, 699)),
        ("no content", status(204), error(ErrorKind::MalformedReply, 204)),
        ("not modified", status(304), error(ErrorKind::Redirect, 304)),
        ("no JSON", says(Content::Body(b"OK".to_vec())), error(ErrorKind::MalformedReply, 200)),
        ("no object", says(Content::Body(b"[0]".to_vec())), error(ErrorKind::MalformedReply, 200)),
        (
            "a status that is text",
            says(Content::Body(br#"{"status":"0"}"#.to_vec())),
            error(ErrorKind::MalformedReply, 200),
        ),
        ("no body", says(Content::Body(Vec::new())), error(ErrorKind::MalformedReply, 200)),
    ]
}

#[test]
fn a_response_has_the_same_result_in_every_form_and_way_to_send() {
    type Shape = fn(Response) -> Response;
    let shapes: [(&str, Shape); 9] = [
        ("plain", |answer| answer),
        ("gzip", |answer| Response { gzip: true, ..answer }),
        ("chunked", |answer| Response { framing: Framing::Chunked, ..answer }),
        ("until close", |answer| Response { framing: Framing::UntilClose, ..answer }),
        ("HTTP/1.0", |answer| Response { http10: true, ..answer }),
        ("one interim answer", |answer| Response { interim: 1, ..answer }),
        ("eight interim answers", |answer| Response { interim: 8, ..answer }),
        ("byte by byte", |answer| Response { trickle: Some(Duration::ZERO), ..answer }),
        ("everything", |answer| Response {
            gzip: true,
            framing: Framing::Chunked,
            interim: 2,
            trickle: Some(Duration::ZERO),
            ..answer
        }),
    ];
    let ways = ways();
    for (what, answer, expected) in meanings() {
        for (shape, shaped) in shapes {
            let sandbox = Sandbox::start(Options::responding(shaped(answer.clone()))).unwrap();
            let request = request(&sandbox.url());
            for Way { name, send } in &ways {
                assert_eq!(send(&request), expected, "{what}, {shape}, {name}");
            }
        }
    }
}

#[test]
fn a_truncated_response_is_never_complete() {
    let shapes = [
        ("plain", Response::default()),
        ("chunked", Response { framing: Framing::Chunked, ..Response::default() }),
        ("gzip", Response { gzip: true, ..Response::default() }),
        ("interim", Response { interim: 1, ..Response::default() }),
    ];
    for (shape, answer) in shapes {
        let whole = whole_length(answer.clone());
        for Way { name, send } in ways() {
            let responses =
                (0..=whole).map(|n| Response { cut: Some(n), ..answer.clone() }).collect();
            let sandbox = Sandbox::start(Options { responses, ..Options::default() }).unwrap();
            let request = request(&sandbox.url());
            for n in 0..=whole {
                let expected = (n < whole).then_some(ErrorKind::ClosedEarly);
                assert_eq!(send(&request).kind(), expected, "{shape}, {name}, after {n}");
            }
        }
    }
}

/// How many bytes a response has.
fn whole_length(answer: Response) -> usize {
    let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
    raw_answer(&sandbox.url(), request(&sandbox.url()).bytes()).len()
}

#[test]
fn a_truncated_response_without_a_length_is_malformed() {
    let answer = Response { framing: Framing::UntilClose, ..Response::default() };
    let whole = whole_length(answer.clone());
    let body = whole - r#"{"msg":"success","status":0}"#.len();
    for Way { name, send } in ways() {
        let responses = (0..=whole).map(|n| Response { cut: Some(n), ..answer.clone() }).collect();
        let sandbox = Sandbox::start(Options { responses, ..Options::default() }).unwrap();
        let request = request(&sandbox.url());
        for n in 0..=whole {
            let expected = match n {
                n if n < body => Some(ErrorKind::ClosedEarly),
                n if n < whole => Some(ErrorKind::MalformedReply),
                _ => None,
            };
            assert_eq!(send(&request).kind(), expected, "{name}, after {n} bytes");
        }
    }
}

#[test]
fn one_socket_serves_one_exchange_after_another_even_after_a_refusal() {
    let refusal = Response { content: Content::Status(2, String::new()), ..Response::default() };
    let options = Options { responses: vec![refusal, Response::default()], ..Options::default() };
    let sandbox = Sandbox::start(options).unwrap();
    let request = request(&sandbox.url());
    let mut socket = connect(&request);
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let mut exchange = Exchange::new(&request);
        drive(&mut exchange, &mut socket);
        assert_eq!(exchange.state(), State::Done);
        assert!(exchange.reusable());
        kinds.push(exchange.take_reply().err().map(|error| error.kind()));
    }
    assert_eq!(kinds, [Some(ErrorKind::Refused), None, None]);
    let connections: Vec<_> = sandbox.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [1, 1, 1]);
}

#[test]
fn a_connection_that_ends_with_the_response_is_not_reusable() {
    let endings = [
        Response { framing: Framing::UntilClose, ..Response::default() },
        Response { http10: true, ..Response::default() },
        Response {
            headers: vec![("Connection".to_owned(), "close".to_owned())],
            ..Response::default()
        },
        Response { cut: Some(20), ..Response::default() },
    ];
    for answer in endings {
        let what = format!("{answer:?}");
        let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
        let request = request(&sandbox.url());
        let mut exchange = Exchange::new(&request);
        drive(&mut exchange, &mut connect(&request));
        assert!(!exchange.reusable(), "{what}");
    }
}

#[cfg(feature = "transport")]
#[test]
fn the_transport_keeps_its_connection() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let request = request(&sandbox.url());
    let transport = atlas_webhook::Transport::new().unwrap();
    for _ in 0..3 {
        assert_eq!(transport.send(&request).unwrap().message(), "success");
    }
    let connections: Vec<_> = sandbox.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [1, 1, 1]);
}

#[cfg(feature = "transport")]
#[test]
fn a_response_that_is_too_late_is_a_timeout() {
    const NEVER: Duration = Duration::from_secs(3600);
    let slow = [
        ("delay", Response { delay: NEVER, ..Response::default() }),
        ("trickle", Response { trickle: Some(NEVER), ..Response::default() }),
    ];
    for (what, answer) in slow {
        let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
        let mut transport = atlas_webhook::Transport::new().unwrap();
        transport.set_timeout(Duration::from_millis(50)).unwrap();
        let error = transport.send(&request(&sandbox.url())).unwrap_err();
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Timeout, true), "{what}");
    }
}

#[test]
fn a_scripted_response_is_sent_byte_for_byte() {
    let script = b"HTTP/1.1 200 fine\r\nx: \xFF\r\n\r\n{\"status\":0,\"msg\":null}".to_vec();
    let answer = Response { content: Content::Raw(script.clone()), ..Response::default() };
    let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
    let request = request(&sandbox.url());
    assert_eq!(raw_answer(&sandbox.url(), request.bytes()), script);
    for Way { name, send } in ways() {
        assert_eq!(send(&request).kind(), None, "{name}");
    }
}

#[test]
fn responses_are_sent_in_order_and_the_last_one_is_repeated() {
    let statuses = [2, 9999, 100];
    let responses = statuses.map(|status| Response {
        content: Content::Status(status, String::new()),
        ..Response::default()
    });
    let options = Options { responses: responses.into(), ..Options::default() };
    let sandbox = Sandbox::start(options).unwrap();
    let request = request(&sandbox.url());
    let got: Vec<_> =
        (0..4).map(|_| send_over_socket(&request).unwrap_err().api_status().unwrap()).collect();
    assert_eq!(got, [2, 9999, 100, 100]);
}

#[test]
fn the_api_names_the_fault_of_the_parameters() {
    let lenient = Options::default();
    let strict = Options { require_cid: true, ..Options::default() };
    let cases: [(&Options, &str, i64); 15] = [
        (&lenient, r#"{"cid":"X","url":"https://example.com/"}"#, 0),
        (&lenient, r#"{"url":"http://example.com"}"#, 0),
        (&lenient, r#"{"cid":null,"url":"https://example.com/"}"#, 0),
        (&lenient, r#"{"more":1,"url":"https://example.com/"}"#, 0),
        (&strict, r#"{"cid":"X","url":"https://example.com/"}"#, 0),
        (&strict, r#"{"url":"https://example.com/"}"#, 100),
        (&strict, r#"{"cid":"","url":"https://example.com/"}"#, 100),
        (&lenient, r#"{"cid":"X"}"#, 100),
        (&lenient, r#"{"cid":"X","url":null}"#, 100),
        (&lenient, r#"{"cid":"X","url":""}"#, 100),
        (&lenient, r#"{"cid":"X","url":7}"#, 901),
        (&lenient, r#"{"cid":7,"url":"https://example.com/"}"#, 901),
        (&lenient, r#"{"cid":"X","url":"example.com"}"#, 901),
        (&lenient, r#"["X","https://example.com/"]"#, 901),
        (&lenient, "cid=X", 901),
    ];
    for (options, body, expected) in cases {
        let sandbox = Sandbox::start(options.clone()).unwrap();
        let head =
            "POST /updateWebhookURL.do HTTP/1.1\r\nHost: a\r\nContent-Type: application/json";
        let bytes = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let answer = raw_answer(&sandbox.url(), bytes.as_bytes());
        let status = match request(&sandbox.url()).reply(&response(&sandbox.url(), &answer)) {
            Ok(_) => 0,
            Err(error) => error.api_status().unwrap(),
        };
        assert_eq!(status, expected, "{body}");
    }
}

#[test]
fn other_credentials_than_the_required_ones_are_refused() {
    let required = |id: &str, secret: &str| Options {
        credentials: Some((id.to_owned(), secret.to_owned())),
        ..Options::default()
    };
    let cases = [
        (required(CLIENT_ID, CLIENT_SECRET), None),
        (required(CLIENT_ID, "another"), Some(900)),
        (required("another", CLIENT_SECRET), Some(900)),
        (Options::default(), None),
    ];
    for (options, expected) in cases {
        let sandbox = Sandbox::start(options).unwrap();
        let answered = send_over_socket(&request(&sandbox.url()));
        assert_eq!(answered.err().and_then(|error| error.api_status()), expected);
    }
}

#[test]
fn credentials_that_are_given_twice_are_refused() {
    let options = Options {
        credentials: Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).unwrap();
    let body = r#"{"url":"https://example.com/"}"#;
    let id = format!("x-atlas-client-id: {CLIENT_ID}\r\n");
    let secret = format!("x-atlas-client-secret: {CLIENT_SECRET}\r\n");
    for (fields, expected) in [
        (format!("{id}{secret}"), None),
        (format!("{id}{id}{secret}"), Some(900)),
        (format!("{id}{secret}{secret}"), Some(900)),
        (format!("{id}x-atlas-client-id: another\r\n{secret}"), Some(900)),
        (secret.clone(), Some(900)),
        (id.clone(), Some(900)),
    ] {
        let bytes = format!(
            "POST /updateWebhookURL.do HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
             {fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = raw_answer(&sandbox.url(), bytes.as_bytes());
        let reply = request(&sandbox.url()).reply(&response(&sandbox.url(), &answer));
        assert_eq!(reply.err().and_then(|error| error.api_status()), expected, "{fields}");
    }
}

#[test]
fn any_other_call_is_rejected_with_an_http_status() {
    let json = "Host: a\r\nContent-Type: application/json\r\n";
    let typed = |media_type: &str| {
        let head = "POST /updateWebhookURL.do HTTP/1.1\r\nHost: a\r\nContent-Length: 0";
        format!("{head}\r\n{media_type}\r\n\r\n")
    };
    let cases = [
        (format!("GET /updateWebhookURL.do HTTP/1.1\r\n{json}\r\n"), 405),
        (format!("POST /updateWebhookURL HTTP/1.1\r\n{json}Content-Length: 0\r\n\r\n"), 404),
        (format!("POST /x/updateWebhookURL.do HTTP/1.1\r\n{json}Content-Length: 0\r\n\r\n"), 404),
        (format!("POST /updateWebhookURL.do HTTP/1.1\r\n{json}\r\n"), 411),
        (
            format!(
                "POST /updateWebhookURL.do HTTP/1.1\r\n{json}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            411,
        ),
        (
            "POST /updateWebhookURL.do HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".to_owned(),
            415,
        ),
        (typed("Content-Type: text/plain"), 415),
        (typed("Content-Type: application/x-www-form-urlencoded"), 415),
        (typed("Content-Type: application/jsonp"), 415),
        (typed("Content-Type: application/json\r\nContent-Type: application/json"), 415),
        (typed("content-type: Application/JSON ; charset=utf-8"), 200),
        ("POST /updateWebhookURL.do HTTP/1.1\r\nContent-Length: 0\r\n\r\n".to_owned(), 400),
        (format!("POST /updateWebhookURL.do HTTP/1.1\r\nHost: b\r\n{json}\r\n"), 400),
        (format!("POST /updateWebhookURL.do HTTP/1.1\r\n{json}Content-Length: +1\r\n\r\n1"), 400),
        (
            format!("POST /updateWebhookURL.do HTTP/1.1\r\n{json}Content-Length: 99999999\r\n\r\n"),
            413,
        ),
        (format!("POST /updateWebhookURL.do HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(20_000)), 431),
        ("POST /updateWebhookURL.do HTTP/2.0\r\n\r\n".to_owned(), 505),
        ("\u{16}\u{3}\u{1}\r\n\r\n".to_owned(), 400),
    ];
    let sandbox = Sandbox::start(Options::default()).unwrap();
    for (bytes, expected) in cases {
        let answer = raw_answer(&sandbox.url(), bytes.as_bytes());
        let response = response(&sandbox.url(), &answer);
        assert_eq!(response.status(), expected, "{}", &bytes[..bytes.len().min(200)]);
        assert_eq!(response.header("Allow").is_some(), expected == 405);
    }
}

#[test]
fn dropping_the_sandbox_ends_every_connection() {
    let answer = Response { delay: Duration::from_secs(3600), ..Response::default() };
    let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
    let request = request(&sandbox.url());
    let (mut waiting, mut idle) = (connect(&request), connect(&request));
    waiting.write_all(request.bytes()).unwrap();
    while sandbox.requests().is_empty() {
        thread::yield_now();
    }
    drop(sandbox);
    for socket in [&mut waiting, &mut idle] {
        assert_eq!(socket.read(&mut [0]).unwrap_or(0), 0);
    }
}

#[test]
fn the_sandbox_is_for_this_machine_alone() {
    let options = Options { bind: Ipv4Addr::UNSPECIFIED.into(), ..Options::default() };
    assert!(Sandbox::start(options).is_err());
}

#[test]
fn an_ipv6_address_is_served_and_named_with_brackets() {
    let options = Options { bind: Ipv6Addr::LOCALHOST.into(), ..Options::default() };
    let sandbox = Sandbox::start(options).unwrap();
    assert!(sandbox.url().starts_with("http://[::1]:"));
    for Way { name, send } in ways() {
        assert_eq!(send(&request(&sandbox.url())).kind(), None, "{name}");
    }
    let host = sandbox.url().replace("http://", "");
    assert!(sandbox.requests().iter().all(|request| request.header("Host") == Some(&host)));
}

#[test]
fn debug_of_a_request_contains_no_secret() {
    let urls = [
        ("https://example.com/atlas?token=x", "https://example.com/***"),
        ("https://example.com?token=x", "https://example.com/***"),
        ("http://example.com:8080/", "http://example.com:8080/"),
        ("https://example.com", "https://example.com"),
        ("https://user:secret@example.com/", "https://***/"),
        ("secret", "***"),
    ];
    for (url, shown) in urls {
        assert_eq!(masked_url(url), shown);
    }
    let body = format!(r#"{{"cid":"{CID}","url":"https://example.com/secret","key":"secret"}}"#);
    assert_eq!(
        masked_body(body.as_bytes()),
        r#"{"cid":"XXXXXXXX","key":"***","url":"https://example.com/***"}"#
    );
    assert_eq!(masked_body(b"secret"), "6 bytes that are not a JSON object");
    assert_eq!(masked_header("Authorization", "secret"), "***");
    assert_eq!(masked_header("content-type", "text/plain"), "text/plain");
}

/// Accepts one delivery, checks its head, and responds to it as the receiver of `url` says.
fn receive(listener: &TcpListener, url: &str) -> Result<Event, u16> {
    let (mut socket, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    let (mut head, mut line) = (String::new(), String::new());
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        head.push_str(&line);
    }
    let (request_line, fields) = head.split_once("\r\n").unwrap();
    let (method, rest) = request_line.split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    assert!(fields.contains("Content-Type: application/json;charset=UTF-8\r\n"), "{fields}");
    assert!(fields.contains(" Hutool\r\n"), "{fields}");
    let length = fields.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();

    let delivery = Delivery::from_field_lines(method, target, fields, &body);
    let event = Receiver::new(url).unwrap().read(&delivery).map_err(|e| e.response_status());
    let status = event.as_ref().err().unwrap_or(&200);
    write!(socket, "HTTP/1.1 {status} \r\nContent-Length: 0\r\n\r\n").unwrap();
    event
}

fn register(url: &str, options: Options) -> Sandbox {
    let sandbox = Sandbox::start(options).unwrap();
    let endpoint = Endpoint::new(&sandbox.url()).unwrap();
    let request = Request::registration(&endpoint, &Registration::new(url).unwrap()).unwrap();
    send_over_socket(&request).unwrap();
    sandbox
}

#[test]
fn a_loopback_url_that_is_registered_gets_an_event() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    for path in ["/atlas/8f3c?token=t0ken", "", "?x=1"] {
        let url = format!("http://127.0.0.1:{port}{path}");
        let _sandbox = register(&url, Options::default());
        let event = receive(&listener, &url).unwrap();
        assert_eq!(event.kind(), EventKind::Ticketed);
        assert_eq!(event.order_no(), Some("TESTA20260815180326173"));
    }
}

#[test]
fn the_events_of_the_sandbox_can_be_chosen() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://localhost:{}/atlas", listener.local_addr().unwrap().port());
    let events = ["{}", r#"{"type":"order.void"}"#, "[]"];
    let deliveries = events.map(atlas_webhook_cli::Delivery::new).into();
    let _sandbox = register(&url, Options { deliveries, ..Options::default() });
    assert_eq!(receive(&listener, &url).unwrap().kind(), EventKind::Unknown);
    assert_eq!(receive(&listener, &url).unwrap().kind(), EventKind::Void);
    assert_eq!(receive(&listener, &url).unwrap_err(), 400);
}

#[test]
fn nothing_is_delivered_to_another_machine() {
    let delivered = |url: &str| {
        let destination = Destination::new(url).unwrap();
        destination.is_loopback() && !destination.is_tls()
    };
    for url in [
        "https://127.0.0.1/",
        "http://example.com/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
    ] {
        assert!(!delivered(url), "{url}");
    }
    for url in ["http://localhost:1/a", "http://127.0.0.1:1", "http://127.8.8.8?x"] {
        assert!(delivered(url), "{url}");
    }
}
