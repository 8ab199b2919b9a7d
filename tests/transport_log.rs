//! No secret comes into a log. A logger belongs to the process, so this test has one of its own.
#![cfg(all(feature = "transport", feature = "gzip"))]

#[path = "support/faults.rs"]
mod faults;
#[path = "../examples/sandbox/server.rs"]
mod sandbox;
mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use atlas_webhook::{ErrorKind, Transport};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use faults::{Faults, listen, read_request};
use log::{Level, LevelFilter, Log, Metadata, Record};
use sandbox::{Answer, Options, Sandbox, Say};
use support::{CLIENT_ID, CLIENT_SECRET, TOKEN, WEBHOOK, request};

static LOGGER: Logger =
    Logger { takes_dump: AtomicBool::new(false), taken: Mutex::new(String::new()) };

/// Takes everything, the dump of what goes over the wire only when told to.
struct Logger {
    takes_dump: AtomicBool,
    taken: Mutex<String>,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        let is_dump = metadata.level() == Level::Trace && metadata.target() == "ureq_proto::util";
        !is_dump || self.takes_dump.load(Ordering::SeqCst)
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            let mut taken = self.taken.lock().unwrap();
            writeln!(taken, "{} {}", record.target(), record.args()).unwrap();
        }
    }

    fn flush(&self) {}
}

#[test]
fn no_log_holds_a_secret() {
    log::set_logger(&LOGGER).unwrap();
    log::set_max_level(LevelFilter::Trace);
    what_is_logged_holds_none();
    a_logger_that_would_take_the_bytes_gets_none();
}

fn what_is_logged_holds_none() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(std::process::id().to_string());
    std::fs::create_dir_all(&folder).unwrap();
    let faults = Faults::start(&folder).unwrap();
    let echo = Answer { say: Say::Status(1, format!("no: {WEBHOOK}")), ..Answer::default() };
    let sandbox = Options { answers: vec![echo, Answer::default()], ..Options::default() };
    let sandbox = Sandbox::start(sandbox).unwrap();
    let refusing = listen(Ipv4Addr::LOCALHOST.into(), |mut socket| {
        read_request(&mut socket)?;
        socket.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    });

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
    for name in ["tls-1.2", "tls-1.3"] {
        transport.send(&request(&faults.named(name).url)).unwrap();
    }
    transport.set_proxy(&format!("http://proxy-user:pr0xy-pass@{}", refusing.unwrap())).unwrap();
    let error = transport.send(&request(&sandbox.url())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Proxy);

    let taken = LOGGER.taken.lock().unwrap().clone();
    assert!(taken.contains("ureq"), "nothing was logged: {taken}");
    let encoded = BASE64_STANDARD.encode("proxy-user:pr0xy-pass");
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [CLIENT_ID, CLIENT_SECRET, TOKEN, "pr0xy-pass", "proxy-user", &encoded] {
        assert!(!taken.contains(secret), "{secret} in {taken}");
        // However it may be cut into rows, its beginning would be there.
        let beginning = hex(&secret[..4]);
        assert!(!taken.replace(' ', "").contains(&beginning), "{secret} in hex in {taken}");
    }
}

/// What would hold every byte is not written, because nothing is sent.
fn a_logger_that_would_take_the_bytes_gets_none() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let transport = Transport::new().unwrap();
    let send = || transport.send(&request(&sandbox.url()));

    LOGGER.takes_dump.store(true, Ordering::SeqCst);
    let error = send().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::State, 0));
    assert!(error.to_string().contains("ureq_proto"), "{error}");
    assert!(sandbox.requests().is_empty());

    log::set_max_level(LevelFilter::Debug);
    send().unwrap();
}
