//! `atlas-webhook listen` and `atlas-webhook demo`, run as a user runs them.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};

use atlas_webhook::{Event, samples};
use atlas_webhook_cli::{Delivery, Destination};
use serde_json::Value;
use support::{Ran, TOKEN, command, ran, run};

/// `listen`, which has a port.
struct Listening {
    process: Child,
    address: String,
}

impl Listening {
    fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, Stdio::piped())
    }

    fn start_with(arguments: &[&str], stdout: Stdio) -> Self {
        let mut command: Command = command(&["listen", "--port", "0"]);
        command.args(arguments).stdout(stdout).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("Listening on http://").unwrap().to_owned();
        Self { process, address }
    }

    /// Waits for so many lines on standard output.
    fn lines(&mut self, count: usize) -> Vec<String> {
        let stdout = BufReader::new(self.process.stdout.as_mut().unwrap());
        stdout.lines().take(count).map(Result::unwrap).collect()
    }

    fn post(&self, delivery: &Delivery) -> u16 {
        let url = format!("http://{}/atlas/{TOKEN}", self.address);
        Destination::new(&url).unwrap().post(delivery).unwrap().status
    }

    /// Waits for its end.
    fn ran(self) -> Ran {
        ran(self.process.wait_with_output().unwrap())
    }
}

fn url() -> String {
    format!("https://example.com/atlas/{TOKEN}")
}

#[test]
fn each_delivery_is_a_line_with_its_type_its_order_and_its_state() {
    let mut listening = Listening::start(&["--url", &url(), "--count", "3"]);
    let ticketed = Delivery::new(samples::TICKETED);
    assert_eq!(listening.post(&ticketed), 200);
    assert_eq!(listening.post(&Delivery { chunked: true, gzip: true, ..ticketed.clone() }), 200);
    assert_eq!(listening.post(&Delivery { forged: true, ..ticketed }), 404);
    assert_eq!(listening.post(&Delivery::new("{")), 400);
    // The line of a rejection is printed after its response.
    let mut lines = listening.lines(4);
    assert_eq!(listening.post(&Delivery::new("{\"type\":\"\\u001b[31m\\u202e\u{200b}\"}")), 200);
    let ran = listening.ran();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    lines[2..].sort();
    lines.extend(ran.stdout.lines().map(str::to_owned));
    let lines: Vec<Vec<_>> = lines.iter().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["order.ticketed", "TESTA20260815180326173", "new"]);
    assert_eq!(lines[1], ["order.ticketed", "TESTA20260815180326173", "duplicate"]);
    assert_eq!(lines[2][..5], ["-", "-", "rejected,", "HTTP", "400:"]);
    assert_eq!(lines[3][..5], ["-", "-", "rejected,", "HTTP", "404:"]);
    assert_eq!(lines[4], [r"\u{1b}[31m\u{202e}\u{200b}", "-", "new"]);
}

#[test]
fn for_programs_each_delivery_is_an_object_with_the_event_as_received() {
    let body = "{\n \"type\": \"order.void\",\r\n \"amount\": 1.50, \"data\":{\"orderNo\":\"A\"}}";
    let mut listening = Listening::start(&["--url", &url(), "--json", "--count", "1"]);
    assert_eq!(listening.post(&Delivery { forged: true, ..Delivery::new(body) }), 404);
    let rejection: Value = serde_json::from_str(&listening.lines(1)[0]).unwrap();
    assert_eq!(listening.post(&Delivery::new(body)), 200);
    let ran = listening.ran();
    let event: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&event["state"], &event["type"]), (&"new".into(), &"order.void".into()));
    assert_eq!(event["order_no"], "A");
    assert_eq!(event["dedupe_key"], Event::parse(body).unwrap().dedupe_key());
    assert_eq!(event["event"]["data"]["orderNo"], "A");
    assert!(ran.stdout.contains("1.50"), "{}", ran.stdout);
    assert_eq!(
        (&rejection["state"], &rejection["response_status"], &rejection["kind"]),
        (&"rejected".into(), &404.into(), &"Untrusted".into())
    );
}

#[cfg(unix)]
#[test]
fn an_event_that_cannot_be_printed_gets_503_and_ends_the_command() {
    let url = url();
    for count in [&[][..], &["--count", "5"]] {
        let arguments = [&["--url", &url], count].concat();
        let listening = Listening::start_with(&arguments, support::unread());
        assert_eq!(listening.post(&Delivery::new(samples::TICKETED)), 503);
        let ran = listening.ran();
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("cannot write to standard output: "), "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_rejection_that_cannot_be_printed_ends_the_command_too() {
    let listening = Listening::start_with(&["--url", &url()], support::unread());
    let forged = Delivery { forged: true, ..Delivery::new(samples::TICKETED) };
    assert_eq!(listening.post(&forged), 404);
    let ran = listening.ran();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("cannot write to standard output: "), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let listening = Listening::start_with(&["--url", &url()], full.into());
    assert_eq!(listening.post(&Delivery::new(samples::TICKETED)), 503);
    let ran = listening.ran();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("cannot write to standard output: No space"), "{}", ran.stderr);
}

#[test]
fn what_is_rejected_does_not_count() {
    let mut listening = Listening::start(&["--url", &url(), "--count", "1"]);
    for request in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-a\r\n\r\n"] {
        let mut socket = TcpStream::connect(&listening.address).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        socket.read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 40"), "{response}");
    }
    let forged = Delivery { forged: true, ..Delivery::new(samples::TICKETED) };
    assert_eq!(listening.post(&forged), 404);
    assert_eq!(listening.post(&Delivery::new("{")), 400);
    for line in listening.lines(4) {
        assert!(line.contains(" rejected, HTTP 4"), "{line}");
    }
    assert_eq!(listening.post(&Delivery::new(samples::TICKETED)), 200);
    let ran = listening.ran();
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 1), "{}", ran.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn it_listens_also_if_its_address_cannot_be_printed() {
    // An address that no other process uses.
    let [.., a, b, c] = std::process::id().to_be_bytes();
    let (address, port) = (format!("127.{}.{b}.{c}", a | 0x80), "8091");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(&["listen", "--count", "1", "--bind", &address, "--port", port]);
    let mut process =
        command.args(["--url", &url()]).stdout(Stdio::null()).stderr(full).spawn().unwrap();
    let destination = Destination::new(&format!("http://{address}:{port}/atlas/{TOKEN}")).unwrap();
    let status = loop {
        match destination.post(&Delivery::new(samples::TICKETED)) {
            Ok(outcome) => break outcome.status,
            Err(_) if process.try_wait().unwrap().is_none() => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!((status, process.wait().unwrap().code()), (200, Some(0)));
}

#[test]
fn several_urls_are_known_and_one_may_come_from_the_environment() {
    let listening = Listening::start(&["--url", "/other", "--url", &url(), "--count", "1"]);
    assert_eq!(listening.post(&Delivery::new(samples::VOID)), 200);
    assert_eq!(listening.ran().code, Some(0));
    let ran =
        run(command(&["listen", "--port", "0", "--bind", "192.0.2.1"])
            .env("ATLAS_WEBHOOK_URL", url()));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--allow-remote"), "{}", ran.stderr);
}

/// The bytes of a delivery of an event without fields.
fn request() -> String {
    format!("POST /atlas/{TOKEN} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}")
}

#[test]
fn a_connection_serves_several_deliveries() {
    let listening = Listening::start(&["--url", &url(), "--count", "2"]);
    let mut socket = TcpStream::connect(&listening.address).unwrap();
    socket.write_all(request().repeat(2).as_bytes()).unwrap();
    socket.shutdown(Shutdown::Write).unwrap();
    let mut responses = String::new();
    socket.read_to_string(&mut responses).unwrap();
    assert_eq!(responses.matches("HTTP/1.1 200 ").count(), 2, "{responses}");
    assert_eq!(listening.ran().stdout.lines().count(), 2);
}

#[test]
fn of_deliveries_at_once_so_many_are_accepted_as_are_counted() {
    let listening = Listening::start(&["--url", &url(), "--count", "1"]);
    let connect = |_| TcpStream::connect(&listening.address).unwrap();
    let mut sockets: Vec<_> = (0..12).map(connect).collect();
    let request = request();
    let (most, last) = request.as_bytes().split_at(request.len() - 1);
    for mut socket in &sockets {
        socket.write_all(most).unwrap();
    }
    for mut socket in &sockets {
        // Its process may have ended.
        let _ = socket.write_all(last);
    }
    let status = |socket: &mut TcpStream| {
        let mut status = [0; 13];
        socket.read_exact(&mut status).is_ok().then_some(status)
    };
    let statuses: Vec<_> = sockets.iter_mut().filter_map(status).collect();
    drop(sockets);
    let count = |line: &[u8; 13]| statuses.iter().filter(|status| *status == line).count();
    assert_eq!(count(b"HTTP/1.1 200 "), 1);
    assert_eq!(count(b"HTTP/1.1 503 "), statuses.len() - 1);
    let ran = listening.ran();
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 1), "{}", ran.stdout);
}

/// Reads to the end: the first delivery of the connection, and it alone, was accepted.
fn only_the_first_was_accepted(mut socket: TcpStream) {
    let mut responses = String::new();
    socket.read_to_string(&mut responses).unwrap();
    assert!(responses.starts_with("HTTP/1.1 200 "), "{responses}");
    assert_eq!(responses.matches("HTTP/1.1 200 ").count(), 1, "{responses}");
}

#[test]
fn pipelined_deliveries_after_the_last_that_counts_do_not_reset_the_connection() {
    for deliveries in [11, 1000] {
        let listening = Listening::start(&["--url", &url(), "--count", "1"]);
        let mut socket = TcpStream::connect(&listening.address).unwrap();
        socket.write_all(request().repeat(deliveries).as_bytes()).unwrap();
        only_the_first_was_accepted(socket);
        let ran = listening.ran();
        assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 1), "{}", ran.stdout);
    }
}

#[test]
fn after_the_last_that_counts_other_connections_end_in_order_too() {
    let listening = Listening::start(&["--url", &url(), "--count", "2"]);
    let mut socket = TcpStream::connect(&listening.address).unwrap();
    socket.write_all(request().as_bytes()).unwrap();
    socket.peek(&mut [0]).unwrap();
    assert_eq!(listening.post(&Delivery::new("{}")), 200);
    socket.write_all(request().as_bytes()).unwrap();
    only_the_first_was_accepted(socket);
    let ran = listening.ran();
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 2), "{}", ran.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_was_stopped_keeps_its_connections() {
    let listening = Listening::start(&["--url", &url(), "--count", "1"]);
    let mut socket = TcpStream::connect(&listening.address).unwrap();
    support::stop_and_continue(&listening.process);
    socket.write_all(request().as_bytes()).unwrap();
    let mut status = [0; 13];
    socket.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 ");
    drop(socket);
    assert_eq!(listening.ran().code, Some(0));
}

#[test]
fn what_cannot_be_listened_to_is_exit_code_1_or_2() {
    let listening = Listening::start(&["--url", &url(), "--count", "1"]);
    let (_, port) = listening.address.rsplit_once(':').unwrap();
    let url = url();
    let cases: [(&[&str], i32); 7] = [
        (&["--url", &url], 2),
        (&["--port", "0"], 2),
        (&["--port", "0", "--url", "nonsense"], 2),
        (&["--port", "0", "--url", &url, "surplus"], 2),
        (&["--port", "0", "--url", &url, "--count", "x"], 2),
        (&["--port", "0", "--url", &url, "--bind", "0.0.0.0"], 2),
        (&["--port", port, "--url", &url], 1),
    ];
    for (arguments, code) in cases {
        let ran = run(command(&["listen"]).args(arguments));
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(listening.post(&Delivery::new("{}")), 200);
    assert_eq!(listening.ran().code, Some(0));
}

#[test]
fn the_demo_prints_a_line_for_each_delivery() {
    let ran = run(&mut command(&["demo"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let lines: Vec<Vec<_>> =
        ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let begin = lines.iter().position(Vec::is_empty).unwrap() + 1;
    let (ticketed, change) = ("TESTA20260815180326173", "EXMPA20261101083000001");
    assert_eq!(lines[begin], ["order.ticketed", ticketed, "new"]);
    assert_eq!(lines[begin + 1], ["order.schedulechange", change, "new"]);
    assert_eq!(lines[begin + 2], ["order.schedulechange", change, "duplicate"]);
    assert_eq!(lines[begin + 3][..5], ["-", "-", "rejected,", "HTTP", "404:"]);
    assert_eq!(lines[begin + 4].len(), 0);
    assert!(ran.stdout.contains("/***"), "{}", ran.stdout);
}
