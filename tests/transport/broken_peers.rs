//! Every fault has the error in the table of `docs/transport.md`, in time.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{Error, ErrorKind, Reply, Transport};

use crate::faults::{Fault, Shortage, listen, read_request};
use crate::proxies::{Does, Proxy};
use crate::support::{CLIENT_ID, CLIENT_SECRET, TOKEN, request};
use crate::{FAULTS, LONG, SOON, patient, soon};

const TABLE: &str = include_str!("../../docs/transport.md");

/// The timeout for faults that end only by the timeout.
const SHORT: Duration = Duration::from_secs(1);

/// A timeout within which a loaded machine too connects, sends and reads the head of a response.
const TIME_TO_READ_THE_HEAD: Duration = Duration::from_secs(3);

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    kind: String,
    http_status: Option<u16>,
    retryable: bool,
}

impl Row {
    pub(crate) fn of(result: &Result<Reply, Error>) -> Self {
        match result {
            Ok(_) => Self { kind: "Reply".to_owned(), http_status: Some(200), retryable: false },
            Err(error) => Self {
                kind: format!("{:?}", error.kind()),
                http_status: error.http_status(),
                retryable: error.retryable(),
            },
        }
    }
}

pub(crate) fn table() -> BTreeMap<&'static str, Row> {
    TABLE
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let &["", name, _, kind, http_status, again, ""] = &cells[..] else { return None };
            let kind = kind.strip_prefix('`')?.strip_suffix('`')?.to_owned();
            let http_status = http_status.parse().ok();
            Some((name, Row { kind, http_status, retryable: again == "yes" }))
        })
        .collect()
}

/// The name of a kind in the C header, without the prefix.
fn macro_name(kind: ErrorKind) -> String {
    format!("{kind:?}").chars().fold(String::new(), |mut name, c| {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
        name
    })
}

/// The way of a request to a fault.
#[derive(Clone, Copy, Debug)]
struct Way {
    is_kept: bool,
    is_proxied: bool,
}

impl Way {
    const ALL: [Self; 4] = [
        Self { is_kept: false, is_proxied: false },
        Self { is_kept: true, is_proxied: false },
        Self { is_kept: false, is_proxied: true },
        Self { is_kept: true, is_proxied: true },
    ];

    /// Whether the fault can be met so: only the server of the faults within HTTP keeps a connection
    /// for them, and a proxy meets some faults in the client's place.
    fn leads_to(self, fault: &Fault) -> bool {
        let fine = &FAULTS.named("fine").url;
        let origin = fine.trim_end_matches("fine");
        (!self.is_kept || fault.url.starts_with(origin))
            && (!self.is_proxied || !matches!(fault.row(), "refuse" | "resolve" | "reset"))
    }
}

fn send(fault: &Fault, way: Way) -> (Result<Reply, Error>, Duration) {
    static PROXY: LazyLock<Proxy> = LazyLock::new(|| Proxy::new(Does::Tunnel));
    let mut transport = Transport::new().unwrap();
    let timeout = match (fault.row(), fault.kind) {
        ("slow-body", _) => TIME_TO_READ_THE_HEAD,
        (_, "TIMEOUT") => SHORT,
        _ => LONG,
    };
    transport.set_timeout(timeout).unwrap();
    if let Some(ca) = &fault.ca {
        transport.set_ca_file(ca).unwrap();
    }
    if way.is_proxied {
        transport.set_proxy(&PROXY.url()).unwrap();
    }
    if way.is_kept {
        transport.send(&request(&FAULTS.named("fine").url)).unwrap();
    }
    let request = request(&fault.url);
    let start = Instant::now();
    let result = transport.send(&request);
    (result, start.elapsed())
}

/// The differences of a result from the row of `fault`.
fn judge(fault: &Fault, way: Way, row: Option<&Row>) -> Option<String> {
    let (result, took) = send(fault, way);
    let found = Row::of(&result);
    let code = result.as_ref().err().map_or("OK".to_owned(), |error| macro_name(error.kind()));
    if Some(&found) != row || code != fault.kind {
        let Fault { name, kind, .. } = fault;
        return Some(format!("{name}, {way:?}: {found:?} and not {row:?} {kind}"));
    }
    if took > SOON {
        return Some(format!("{}: took {took:?}", fault.name));
    }
    let error = result.err()?;
    if error.attempts() != 1 {
        return Some(format!("{}: {} attempts", fault.name, error.attempts()));
    }
    let shown = format!("{error} {error:?}");
    let secrets = [CLIENT_ID, CLIENT_SECRET, TOKEN, "webhook?"];
    let secret = secrets.into_iter().find(|secret| shown.contains(secret))?;
    Some(format!("{}: {secret} in {shown}", fault.name))
}

#[test]
fn every_fault_gives_its_error_in_time() {
    let table = table();
    let faults: BTreeSet<&str> = FAULTS.list().iter().map(Fault::row).collect();
    assert_eq!(faults, table.keys().copied().collect(), "the faults and the table's rows");

    // The shortages of this machine are tested in separate processes.
    let here = || FAULTS.list().iter().filter(|fault| fault.shortage == Shortage::None);
    let met: Vec<(&Fault, Way)> =
        here().flat_map(|fault| Way::ALL.map(|way| (fault, way))).collect();
    let met = met.into_iter().filter(|(fault, way)| way.leads_to(fault));
    let judge_all = |met: Vec<(&Fault, Way)>| -> Vec<String> {
        met.into_iter()
            .filter_map(|(fault, way)| judge(fault, way, table.get(fault.row())))
            .collect()
    };
    let (slow, fast): (Vec<_>, Vec<_>) =
        met.partition(|(fault, _)| matches!(fault.kind, "TIMEOUT" | "RESOLVE"));
    let wrong: Vec<String> = thread::scope(|scope| {
        let slow: Vec<_> =
            slow.into_iter().map(|met| scope.spawn(move || judge_all(vec![met]))).collect();
        let mut wrong = judge_all(fast);
        wrong.extend(slow.into_iter().flat_map(|slow| slow.join().unwrap()));
        wrong
    });
    assert!(wrong.is_empty(), "not as docs/transport.md says:\n{}", wrong.join("\n"));
    assert_eq!(FAULTS.strangers(), 0, "a redirect was followed");
}

#[test]
fn a_call_is_not_given_up_before_its_time() {
    let (result, took) = send(FAULTS.named("silent"), Way::ALL[0]);
    assert_eq!(crate::kind(&result), Some(ErrorKind::Timeout));
    assert!(took >= SHORT, "{took:?}");
}

/// The messages may change, but each must distinguish the fault from the others of its kind.
#[test]
fn a_tls_error_says_which_check_failed() {
    for (name, says) in [
        ("tls-wrong-name", "another name"),
        ("tls-expired", "expired"),
        ("tls-not-yet-valid", "not valid yet"),
        ("tls-unknown-ca", "trusted CA"),
        ("tls-plaintext", "does not speak TLS"),
    ] {
        let (result, _) = send(FAULTS.named(name), Way::ALL[0]);
        let message = result.unwrap_err().to_string();
        assert!(message.contains(says), "{name}: {message}");
    }
}

/// The URL of a server that responds with this, and then does `end` with the connection.
fn cut_short(response: &'static str, end: fn(TcpStream) -> io::Result<()>) -> String {
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |mut socket| {
        read_request(&mut socket)?;
        socket.write_all(response.as_bytes())?;
        end(socket)
    });
    format!("http://{}", address.unwrap())
}

fn never(mut socket: TcpStream) -> io::Result<()> {
    io::copy(&mut socket, &mut io::sink()).map(drop)
}

/// A reset may discard what the client has not read.
fn reset(socket: TcpStream) -> io::Result<()> {
    socket2::SockRef::from(&socket).set_linger(Some(Duration::ZERO))
}

const HALF: &str = "HTTP/1.1 200 OK\r\nVia: test\r\nContent-Length: 12\r\n\r\n{\"stat";
const HALF_UNTIL_CLOSE: &str = "HTTP/1.1 200 OK\r\nVia: test\r\n\r\n{\"stat";

/// The tests in `src/transport/drive.rs` cover a reset.
#[test]
fn an_error_within_the_body_has_the_part_of_the_response_that_was_received() {
    for (url, kind) in [
        (cut_short(HALF, never), ErrorKind::Timeout),
        (cut_short(HALF_UNTIL_CLOSE, never), ErrorKind::Timeout),
        (cut_short(HALF, |_| Ok(())), ErrorKind::ClosedEarly),
    ] {
        let mut transport = patient();
        if kind == ErrorKind::Timeout {
            transport.set_timeout(TIME_TO_READ_THE_HEAD).unwrap();
        }
        let error = soon(|| transport.send(&request(&url))).unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (kind, Some(200)), "{error}");
        let response = error.response().expect("the head was received");
        assert_eq!(response.status(), 200, "{error}");
        assert_eq!(response.header("via"), Some(&b"test"[..]), "{error}");
        assert_eq!(response.coded_body(), b"{\"stat", "{error}");
        // The system reports no error: the time is over, or the peer closed in order.
        assert!(error.os_error().is_none() && error.source().is_none(), "{error:?}");
    }
}

#[test]
fn an_error_before_the_end_of_the_head_has_no_response() {
    for end in [never, reset] {
        let mut transport = patient();
        transport.set_timeout(SHORT).unwrap();
        let url = cut_short("HTTP/1.1 200 OK\r\nVia: test\r\n", end);
        let error = soon(|| transport.send(&request(&url))).unwrap_err();
        assert_eq!(error.http_status(), None, "{error}");
        assert!(error.response().is_none(), "{error}");
    }
}

/// The client reads the response before the reset, or the reset alone.
#[test]
fn a_reset_has_the_error_of_the_operating_system() {
    for response in [HALF, HALF_UNTIL_CLOSE] {
        let url = cut_short(response, reset);
        let error = soon(|| patient().send(&request(&url))).unwrap_err();
        let outcome = (error.kind(), error.http_status());
        let possible = [(ErrorKind::ClosedEarly, Some(200)), (ErrorKind::Io, None)];
        assert!(possible.contains(&outcome), "{error:?}");
        let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let source = source.expect("the reset is the source");
        assert_eq!(source.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(error.os_error(), source.raw_os_error());
    }
}
