//! `atlas-webhook sandbox`, run as a user runs it.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use atlas_webhook::{Endpoint, Error, ErrorKind, Registration, Reply, Request, Transport, samples};
use atlas_webhook_cli::{Delivery, Destination};
use serde_json::Value;
use support::{CID, CLIENT_ID, CLIENT_SECRET, Serving, TOKEN, WEBHOOK, command, run};

fn sandbox(arguments: &[&str]) -> Command {
    let mut command = command(&["sandbox"]);
    command.args(arguments);
    command
}

fn request(endpoint: &str) -> Request {
    let mut endpoint = Endpoint::new(endpoint).unwrap();
    endpoint.set_credentials(CLIENT_ID, CLIENT_SECRET).unwrap();
    let mut registration = Registration::new(WEBHOOK).unwrap();
    registration.set_cid(CID).unwrap();
    Request::registration(&endpoint, &registration).unwrap()
}

fn register(endpoint: &str) -> Result<Reply, Error> {
    Transport::new().unwrap().send(&request(endpoint))
}

fn get(base_url: &str, target: &str) -> String {
    response(base_url, "GET", target)
}

/// The whole response to a request without a body.
fn response(base_url: &str, method: &str, target: &str) -> String {
    let authority = base_url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(authority).unwrap();
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn its_first_line_is_the_address_and_its_log_has_no_secret() {
    let mut command = sandbox(&["--prefix", "/atlas/", "--require-credentials", "--require-cid"]);
    command.args(["--gzip", "--request-id", "r-1", "--header", "X-Test: 1"]);
    command.env("ATLAS_CLIENT_ID", CLIENT_ID).env("ATLAS_CLIENT_SECRET", CLIENT_SECRET);
    let sandbox = Serving::start(&mut command);
    assert_eq!(register(&sandbox.first_line).unwrap().request_id(), Some("r-1"));
    let log = sandbox.stop();
    for part in [
        "#1 POST /atlas/updateWebhookURL.do (Host: 127.0.0.1:",
        "x-atlas-client-id: ***",
        r#"{"cid":"XXXXXXXX","url":"https://example.com/***"}"#,
        "#1 responded HTTP 200, ",
    ] {
        assert!(log.contains(part), "{part} is not in: {log}");
    }
}

#[test]
fn its_log_masks_a_path_that_it_does_not_serve() {
    for (format, path) in [("text", "#1 POST /*** ("), ("json", r#""path":"/***""#)] {
        let sandbox = Serving::start(&mut sandbox(&["--log", format]));
        // A webhook URL that has the port of the sandbox by mistake.
        let url = format!("{}/{TOKEN}", sandbox.first_line);
        let delivery = Delivery::new(samples::TICKETED);
        assert_eq!(Destination::new(&url).unwrap().post(&delivery).unwrap().status, 404);
        let log = sandbox.stop();
        assert!(log.contains(path), "{log}");
    }
}

#[test]
fn it_rejects_arguments_that_it_cannot_follow() {
    let cases: [(&[&str], i32); 11] = [
        (&["--nonsense"], 2),
        (&["surplus"], 2),
        (&["--port", "99999"], 2),
        (&["--prefix", "atlas"], 2),
        (&["--msg", "alone"], 2),
        (&["--msg", "alone", "--then"], 2),
        (&["--http-status", "100"], 2),
        (&["--header", "no colon"], 2),
        (&["--require-credentials"], 2),
        (&["--log", "xml"], 2),
        (&["--bind", "192.0.2.1", "--allow-remote"], 1),
    ];
    for (arguments, code) in cases {
        let ran = run(&mut sandbox(arguments));
        assert_eq!(ran.code, Some(code), "{arguments:?}");
        assert!(ran.stderr.starts_with("atlas-webhook sandbox: "), "{}", ran.stderr);
    }
}

#[test]
fn it_names_the_options_that_are_missing_or_exclude_each_other() {
    let cases: [(&[&str], &str); 7] = [
        (&["--bind", "0.0.0.0"], "--bind: other machines can reach 0.0.0.0: --allow-remote"),
        (&["--msg", "alone"], "--msg requires --status"),
        (&["--status", "1", "--body", "x"], "--status and --body exclude each other"),
        (&["--body", "x", "--rate-limit", "3"], "--rate-limit and --body exclude each other"),
        (&["--status", "1", "--rate-limit", "3", "--then"], "--status and --rate-limit exclude"),
        (&["--until-close", "--chunked"], "--chunked and --until-close exclude each other"),
        (&["--no-event", "--event", "Cargo.toml"], "--event and --no-event exclude each other"),
    ];
    for (arguments, said) in cases {
        let ran = run(&mut sandbox(arguments));
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{said} is not in: {}", ran.stderr);
    }
    // Each response has options of its own.
    let arguments = ["--status", "2", "--then", "--body", "x", "--then", "--chunked"];
    let sandbox = Serving::start(&mut sandbox(&arguments));
    assert_eq!(register(&sandbox.first_line).unwrap_err().api_status(), Some(2));
    assert_eq!(register(&sandbox.first_line).unwrap_err().kind(), ErrorKind::MalformedReply);
    assert!(register(&sandbox.first_line).is_ok());
}

#[test]
fn it_responds_in_a_sequence_whose_last_response_stays() {
    let arguments =
        ["--http-status", "503", "--header", "Retry-After: 1", "--then", "--status", "2", "--then"];
    let sandbox = Serving::start(&mut sandbox(&arguments));
    let url = &sandbox.first_line;
    let busy = register(url).unwrap_err();
    assert_eq!((busy.kind(), busy.http_status()), (ErrorKind::ServerError, Some(503)));
    assert_eq!(busy.retry_after().unwrap().as_secs(), 1);
    assert_eq!(register(url).unwrap_err().api_status(), Some(2));
    assert!(register(url).is_ok());
    assert!(register(url).is_ok());
    let log = sandbox.stop();
    assert!(log.contains("responded HTTP 503, 503 Service Unavailable\n"), "{log}");
}

#[test]
fn it_serves_https_to_those_who_trust_the_certificate_that_it_writes() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox-ca.pem");
    // Without a length the end of the body is that of the connection, which TLS marks.
    for options in [&[][..], &["--until-close"], &["--chunked", "--gzip"]] {
        let mut command = sandbox(&["--tls"]);
        let sandbox = Serving::start(command.arg(&file).args(options));
        let url = &sandbox.first_line;
        assert!(url.starts_with("https://127.0.0.1:"), "{url}");
        assert_eq!(register(url).unwrap_err().kind(), ErrorKind::Tls);
        let mut transport = Transport::new().unwrap();
        transport.set_ca_file(&file).unwrap();
        assert!(transport.send(&request(url)).is_ok(), "{options:?}");
        assert!(transport.send(&request(&url.replace("127.0.0.1", "localhost"))).is_ok());
    }
    fs::remove_file(file).unwrap();
}

#[test]
fn it_lists_the_requests_as_they_came() {
    let sandbox = Serving::start(&mut sandbox(&["--prefix", "/atlas", "--status", "100"]));
    let url = &sandbox.first_line;
    assert!(register(url).is_err());
    let base = url.strip_suffix("/atlas").unwrap();
    for _ in 0..2 {
        let response = get(base, "/atlas/requests");
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let list: Value = serde_json::from_str(body).unwrap();
        assert_eq!(list.as_array().unwrap().len(), 1);
        assert_eq!(list[0]["method"], "POST");
        assert_eq!(list[0]["target"], "/atlas/updateWebhookURL.do");
        assert_eq!(list[0]["body"], format!(r#"{{"cid":"{CID}","url":"{WEBHOOK}"}}"#));
        let headers = list[0]["headers"].as_array().unwrap();
        assert!(headers.contains(&serde_json::json!(["x-atlas-client-secret", CLIENT_SECRET])));
    }
    assert!(get(base, "/requests").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_response_to_head_has_no_body() {
    let sandbox = Serving::start(&mut sandbox(&[]));
    let response = |method| response(&sandbox.first_line, method, "/updateWebhookURL.do");
    let (head, body) = (response("HEAD"), response("GET"));
    assert!(head.starts_with("HTTP/1.1 405 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(body.starts_with(&head) && body.len() > head.len(), "{body}");
}

/// Registers at a sandbox with these options, and waits for the event that it posts.
fn register_and_wait(options: &[&str]) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/atlas", listener.local_addr().unwrap());
    let sandbox = Serving::start(&mut sandbox(options));
    let endpoint = Endpoint::new(&sandbox.first_line).unwrap();
    let request = Request::registration(&endpoint, &Registration::new(&url).unwrap()).unwrap();
    Transport::new().unwrap().send(&request).unwrap();
    listener.accept().unwrap();
}

#[test]
fn it_posts_an_event_if_the_registration_succeeds_in_whatever_words() {
    register_and_wait(&[]);
    register_and_wait(&["--status", "0", "--msg", "Operation succeeded"]);
}

#[test]
fn its_log_in_json_has_one_object_a_line() {
    let sandbox = Serving::start(&mut sandbox(&["--log", "json", "--http-status", "201"]));
    register(&sandbox.first_line).unwrap();
    let log = sandbox.stop();
    let entries: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), 2, "{log}");
    assert_eq!(entries[0]["entry"], "request");
    assert_eq!(entries[0]["path"], "/updateWebhookURL.do");
    assert_eq!(entries[0]["body"]["url"], "https://example.com/***");
    assert_eq!(entries[1]["entry"], "response");
    assert_eq!(entries[1]["http_status"], 201);
}

#[cfg(unix)]
#[test]
fn it_responds_also_if_nobody_reads_its_log() {
    for log in ["text", "json"] {
        let sandbox = Serving::start_with(&mut sandbox(&["--log", log]), support::unread());
        assert!(register(&sandbox.first_line).is_ok(), "{log}");
        assert!(register(&sandbox.first_line).is_ok(), "{log}");
    }
}

#[test]
fn it_listens_on_an_address_for_others_if_that_is_allowed() {
    let sandbox = Serving::start(&mut sandbox(&["--bind", "0.0.0.0", "--allow-remote"]));
    let url = sandbox.first_line.replace("0.0.0.0", "127.0.0.1");
    assert!(register(&url).is_ok());
}
