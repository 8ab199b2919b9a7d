//! No secret comes into a log. A logger belongs to the process, so this test has one of its own.
#![cfg(all(feature = "transport", feature = "gzip"))]

#[path = "support/faults.rs"]
mod faults;
mod support;

use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use atlas_webhook::{ErrorKind, Transport};
use atlas_webhook_cli::{Content, Options, Response, Sandbox};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use faults::{Faults, listen, read_request};
use log::{Level, LevelFilter, Log, Metadata, Record};
use support::{CLIENT_ID, CLIENT_SECRET, TOKEN, WEBHOOK, request};

static LOGGER: Logger = Logger { records: Mutex::new(Vec::new()) };

/// Keeps every record, with its level.
struct Logger {
    records: Mutex<Vec<(Level, String)>>,
}

impl Log for Logger {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        let mut text = String::new();
        write!(text, "{} {}", record.target(), record.args()).unwrap();
        self.records.lock().unwrap().push((record.level(), text));
    }

    fn flush(&self) {}
}

#[test]
fn a_logger_at_trace_gets_no_secret_of_a_send_over_http_tls_or_a_proxy() {
    log::set_logger(&LOGGER).unwrap();
    log::set_max_level(LevelFilter::Trace);

    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(std::process::id().to_string());
    std::fs::create_dir_all(&folder).unwrap();
    let faults = Faults::start(&folder).unwrap();
    let echo =
        Response { content: Content::Status(1, format!("no: {WEBHOOK}")), ..Response::default() };
    let sandbox = Options { responses: vec![echo, Response::default()], ..Options::default() };
    let sandbox = Sandbox::start(sandbox).unwrap();
    let refusing = listen(Ipv4Addr::LOCALHOST.into(), |mut socket| {
        read_request(&mut socket)?;
        socket.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    });
    let tunnelling = listen(Ipv4Addr::LOCALHOST.into(), tunnel);

    let mut transport = Transport::new().unwrap();
    for url in [
        &sandbox.url(),
        &sandbox.url(),
        &faults.named("close").url,
        &faults.named("garbage").url,
        &faults.named("redirect").url,
        &faults.named("tls-expired").url,
    ] {
        let _ = transport.send(&request(url));
    }
    transport.set_ca_file(folder.join("ca.pem")).unwrap();
    let over_tls = ["tls-1.2", "tls-1.3"];
    for name in over_tls {
        transport.send(&request(&faults.named(name).url)).unwrap();
    }
    let _ = transport.send(&request(&faults.named("tls-expired").url));
    transport.set_proxy(&format!("http://proxy-user:pr0xy-pass@{}", refusing.unwrap())).unwrap();
    let error = transport.send(&request(&sandbox.url())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Proxy);
    transport.set_proxy(&format!("http://proxy-user:pr0xy-pass@{}", tunnelling.unwrap())).unwrap();
    for url in [&sandbox.url(), &faults.named("tls-1.3").url] {
        transport.send(&request(url)).unwrap();
    }

    let records = LOGGER.records.lock().unwrap().clone();
    // Otherwise the test could not fail.
    assert!(
        records.iter().any(|(level, _)| *level == Level::Trace),
        "nothing at trace: {records:?}"
    );
    let taken: String = records.into_iter().map(|(_, text)| text + "\n").collect();
    let encoded = BASE64_STANDARD.encode("proxy-user:pr0xy-pass");
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [CLIENT_ID, CLIENT_SECRET, TOKEN, "pr0xy-pass", "proxy-user", &encoded] {
        assert!(!taken.contains(secret), "{secret} in {taken}");
        // However it may be cut into rows, its beginning would be there.
        let beginning = hex(&secret[..4]);
        assert!(!taken.replace(' ', "").contains(&beginning), "{secret} in hex in {taken}");
    }
}

/// A proxy that opens every tunnel.
fn tunnel(mut client: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head);
    let mut server = TcpStream::connect(head.split(' ').nth(1).unwrap_or_default())?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to));
    io::copy(&mut client, &mut server).map(drop)
}
