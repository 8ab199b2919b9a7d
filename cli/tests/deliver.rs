//! `atlas-webhook deliver`, run as a user runs it.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fs, iter};

use atlas_webhook::{Delivery, Event, EventKind, Receiver, samples};
use atlas_webhook_cli::{Options, Sandbox};
use serde_json::Value;
use support::{Ran, TOKEN, command, run};

/// What a server received, and with which status it responded.
struct Arrived {
    target: String,
    fields: String,
    body: Vec<u8>,
    event: Result<Event, u16>,
}

/// A receiver of the URL that serves so many deliveries, each on a connection of its own.
struct Server {
    url: String,
    serving: JoinHandle<Vec<Arrived>>,
}

impl Server {
    fn start(deliveries: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/atlas/{TOKEN}", listener.local_addr().unwrap());
        let receiver = Receiver::new(&url).unwrap();
        let serving =
            thread::spawn(move || (0..deliveries).map(|_| serve(&listener, &receiver)).collect());
        Self { url, serving }
    }

    fn arrived(self) -> Vec<Arrived> {
        self.serving.join().unwrap()
    }
}

fn serve(listener: &TcpListener, receiver: &Receiver) -> Arrived {
    let (mut socket, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    let (mut head, mut line) = (String::new(), String::new());
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        head.push_str(&line);
    }
    let (request_line, fields) = head.split_once("\r\n").unwrap();
    let target = request_line.strip_prefix("POST ").unwrap().strip_suffix(" HTTP/1.1").unwrap();
    let mut body = Vec::new();
    if fields.contains("Transfer-Encoding: chunked\r\n") {
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            let length = u64::from_str_radix(line.trim_end(), 16).unwrap();
            reader.by_ref().take(length).read_to_end(&mut body).unwrap();
            line.clear();
            reader.read_line(&mut line).unwrap();
            if length == 0 {
                break;
            }
        }
    } else {
        let length = fields.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        let length = length.parse().unwrap();
        reader.take(length).read_to_end(&mut body).unwrap();
    }
    let delivery = Delivery::from_field_lines("POST", target, fields, &body);
    let event = receiver.read(&delivery).map_err(|error| error.response_status());
    let status = event.as_ref().err().unwrap_or(&200);
    write!(socket, "HTTP/1.1 {status} \r\nContent-Length: 0\r\n\r\n").unwrap();
    Arrived { target: target.to_owned(), fields: fields.to_owned(), body, event }
}

fn deliver(url: &str, arguments: &[&str]) -> Ran {
    let mut command: Command = command(&["deliver", "--to", url]);
    run(command.args(arguments))
}

#[test]
fn a_sample_arrives_as_atlas_sends_it_and_the_response_is_printed() {
    let server = Server::start(1);
    let ran = deliver(&server.url, &["order.ticketed"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let printed = ran.stdout.strip_prefix("order.ticketed ").unwrap().trim();
    assert!(printed.starts_with("HTTP 200 in ") && printed.ends_with(" ms"), "{printed}");
    let [arrived] = &server.arrived()[..] else { panic!() };
    assert_eq!(arrived.body, samples::TICKETED.as_bytes());
    assert!(arrived.fields.contains("Content-Type: application/json;charset=UTF-8\r\n"));
    assert!(arrived.fields.contains(" Hutool\r\n"), "{}", arrived.fields);
    assert_eq!(arrived.event.as_ref().unwrap().kind(), EventKind::Ticketed);
}

#[test]
fn every_kind_is_delivered_in_its_newest_and_in_its_older_forms() {
    for (older, count) in [(&[][..], samples::NEWEST.len()), (&["--old"], samples::OLDER.len())] {
        let server = Server::start(count);
        let ran = deliver(&server.url, &[&["all"], older].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), count);
        let expected: Vec<_> = if older.is_empty() {
            samples::NEWEST.map(|(_, body)| body.as_bytes().to_vec()).into()
        } else {
            samples::OLDER.map(|(_, body)| body.as_bytes().to_vec()).into()
        };
        let bodies: Vec<_> = server.arrived().into_iter().map(|arrived| arrived.body).collect();
        assert_eq!(bodies, expected);
    }
}

#[test]
fn fields_are_set_and_the_codings_change_nothing_of_the_event() {
    let forms: [&[&str]; 4] = [&[], &["--chunked"], &["--gzip"], &["--chunked", "--gzip"]];
    for form in forms {
        let server = Server::start(2);
        let arguments = ["ticketed", "--times", "2", "--set", "data.orderNo=X1"];
        let status = ["--set", "status=1", "--slow", "0.01"];
        let ran = deliver(&server.url, &[&arguments[..], &status, form].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        for arrived in server.arrived() {
            let event = arrived.event.unwrap();
            assert_eq!(event.order_no(), Some("X1"), "{form:?}");
            assert_eq!(event.root().get("status").json(), "1");
            let gzip = arrived.fields.contains("Content-Encoding: gzip\r\n");
            assert_eq!(gzip, form.contains(&"--gzip"));
        }
    }
}

#[test]
fn a_forged_delivery_goes_to_another_target_and_must_be_rejected() {
    let server = Server::start(1);
    let url = server.url.clone();
    let ran = deliver(&url, &["void", "--forge"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains(" forged HTTP 404 in "), "{}", ran.stdout);
    let arrived = server.arrived();
    assert!(!url.ends_with(&arrived[0].target), "{}", arrived[0].target);
}

#[test]
fn a_file_is_posted_as_it_is_and_its_rejection_is_exit_code_4() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("raw.json");
    fs::write(&file, b"{\xFF").unwrap();
    let server = Server::start(1);
    let ran = deliver(&server.url, &["--raw", file.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&printed["http_status"], &printed["as_expected"]), (&400.into(), &false.into()));
    assert_eq!(server.arrived()[0].body, b"{\xFF");
    fs::remove_file(file).unwrap();
}

#[test]
fn a_type_that_a_terminal_would_reorder_is_printed_escaped() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bidi.json");
    fs::write(&file, "{\"type\":\"a\u{202e}\u{ad}\"}").unwrap();
    let server = Server::start(1);
    let ran = deliver(&server.url, &["--raw", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.starts_with(r"a\u{202e}\u{ad} "), "{}", ran.stdout);
    fs::remove_file(file).unwrap();
}

#[test]
fn no_response_is_exit_code_5() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}/{TOKEN}");
    // The connection waits in the backlog, and nobody responds.
    let ran = deliver(&url, &["ticketed", "--timeout", "0.05"]);
    assert_eq!(ran.code, Some(5));
    assert!(ran.stdout.ends_with(" timed out\n"), "{}", ran.stdout);
    drop(listener);
    assert_eq!(deliver(&url, &["ticketed"]).code, Some(5));
}

/// The exit code of `deliver` with a server that sends the pieces, one after the other, and keeps the
/// connection open.
fn code_for<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<i32> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/atlas/{TOKEN}", listener.local_addr().unwrap());
    let mut command = command(&["deliver", "ticketed", "--timeout", "0.3", "--to", &url]);
    let mut process = command.stdout(Stdio::null()).spawn().unwrap();
    let (mut socket, _) = listener.accept().unwrap();
    for piece in pieces {
        // The command may have ended.
        let _ = socket.write_all(piece);
    }
    process.wait().unwrap().code()
}

#[test]
fn the_status_decides_whatever_becomes_of_the_body() {
    const INTERIM: &str = "HTTP/1.1 103 Early Hints\r\n\r\n";
    const FINAL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (response, code) in [
        (FINAL.to_owned(), 0),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_owned(), 0),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n".to_owned(), 0),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n".to_owned(), 4),
        (INTERIM.repeat(8) + FINAL, 0),
        (INTERIM.repeat(9) + FINAL, 4),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n".to_owned() + FINAL, 4),
    ] {
        assert_eq!(code_for([response.as_bytes()]), Some(code), "{response}");
    }
}

#[test]
fn a_head_that_does_not_end_is_no_response() {
    let endless = iter::repeat_with(|| {
        thread::sleep(Duration::from_millis(10));
        &b"x"[..]
    });
    let head = [&b"HTTP/1.1 200 OK\r\nX: "[..]];
    assert_eq!(code_for(head.into_iter().chain(endless.take(100))), Some(5));
}

#[test]
fn a_short_body_is_spread_over_the_whole_time_too() {
    let server = Server::start(1);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("short-body");
    fs::write(&file, "{ }").unwrap();
    let begun = Instant::now();
    deliver(&server.url, &["--raw", file.to_str().unwrap(), "--slow", "0.3"]);
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
    assert_eq!(server.arrived()[0].body, b"{ }");
    fs::remove_file(file).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_was_stopped_still_gets_the_response() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/atlas/{TOKEN}", listener.local_addr().unwrap());
    let mut command = command(&["deliver", "ticketed", "--to", &url]);
    let mut process = command.stdout(Stdio::null()).spawn().unwrap();
    let (mut socket, _) = listener.accept().unwrap();
    support::stop_and_continue(&process);
    socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(0));
}

#[test]
fn an_error_of_tls_is_that_of_the_library() {
    for (tls, said) in [
        (false, "the server does not speak TLS"),
        (true, "the server's certificate is not from a trusted CA; a CA file can name others"),
    ] {
        let sandbox = Sandbox::start(Options { tls, ..Options::default() }).unwrap();
        let url = format!("{}/{TOKEN}", sandbox.url().replace("http://", "https://"));
        let ran = deliver(&url, &["ticketed"]);
        assert_eq!(ran.code, Some(5));
        assert!(ran.stdout.ends_with(&format!(" {said}\n")), "{}", ran.stdout);
    }
}

#[test]
fn arguments_that_cannot_be_followed_are_exit_code_2() {
    let url = format!("http://127.0.0.1:1/{TOKEN}");
    let cases: [&[&str]; 13] = [
        &[],
        &["nonsense"],
        &["unknown", "--old"],
        &["ticketed", "surplus"],
        &["ticketed", "--nonsense"],
        &["ticketed", "--set", "data"],
        &["ticketed", "--set", "type.x=1"],
        &["ticketed", "--times", "-1"],
        &["ticketed", "--timeout", "0"],
        &["ticketed", "--ca-file", "no/such/file"],
        &["ticketed", "--raw", "Cargo.toml"],
        &["--raw", "no/such/file"],
        &["--raw", "Cargo.toml", "--old"],
    ];
    for arguments in cases {
        let ran = deliver(&url, arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("atlas-webhook deliver: "), "{}", ran.stderr);
    }
    for url in ["nonsense", "http://192.0.2.1/atlas", "https://example.com/#x"] {
        assert_eq!(deliver(url, &["ticketed"]).code, Some(2), "{url}");
    }
    let mut without_url = command(&["deliver", "ticketed"]);
    assert_eq!(run(&mut without_url).code, Some(2));
    let ran = run(without_url.env("ATLAS_WEBHOOK_URL", ""));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("variable ATLAS_WEBHOOK_URL is empty; "), "{}", ran.stderr);
}

#[test]
fn the_url_comes_from_the_environment_too_and_the_list_names_every_sample() {
    let server = Server::start(1);
    let mut with_variable = command(&["deliver", "ticketed"]);
    assert_eq!(run(with_variable.env("ATLAS_WEBHOOK_URL", &server.url)).code, Some(0));
    assert_eq!(server.arrived().len(), 1);
    let list = run(&mut command(&["deliver", "--list"])).stdout;
    for (file, _) in samples::NEWEST.iter().chain(&samples::OLDER) {
        let name = file.trim_end_matches(".json");
        assert!(list.lines().any(|line| line.split_whitespace().next() == Some(name)), "{name}");
    }
}
