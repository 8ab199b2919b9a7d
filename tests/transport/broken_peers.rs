//! Every fault gives the error that the table in `docs/transport.md` names, in time.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{Error, ErrorKind, Reply, Transport};

use crate::faults::Fault;
use crate::support::{CLIENT_ID, CLIENT_SECRET, TOKEN, request};
use crate::{FAULTS, LONG, SOON};

const TABLE: &str = include_str!("../../docs/transport.md");

/// How long a fault lasts that ends by the timeout alone.
const SHORT: Duration = Duration::from_secs(1);

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    kind: String,
    http_status: Option<u16>,
    retryable: bool,
}

fn table() -> BTreeMap<&'static str, Row> {
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

fn send(fault: &Fault) -> (Result<Reply, Error>, Duration) {
    let mut transport = Transport::new().unwrap();
    transport.set_timeout(if fault.kind == "TIMEOUT" { SHORT } else { LONG }).unwrap();
    if let Some(ca) = &fault.ca {
        transport.set_ca_file(ca).unwrap();
    }
    let request = request(&fault.url);
    let start = Instant::now();
    let result = transport.send(&request);
    (result, start.elapsed())
}

/// What is wrong with what came of `fault`.
fn judge(fault: &Fault, row: Option<&Row>) -> Option<String> {
    let (result, took) = send(fault);
    let found = match &result {
        Ok(_) => Row { kind: "Reply".to_owned(), http_status: Some(200), retryable: false },
        Err(error) => Row {
            kind: format!("{:?}", error.kind()),
            http_status: error.http_status(),
            retryable: error.retryable(),
        },
    };
    let code = result.as_ref().err().map_or("OK".to_owned(), |error| macro_name(error.kind()));
    // Where there is no DNS at all, it may be that nobody says so in time.
    let unanswered = fault.name == "resolve" && code == "TIMEOUT";
    if !unanswered && (Some(&found) != row || code != fault.kind) {
        return Some(format!("{}: {found:?} and not {row:?} {}", fault.name, fault.kind));
    }
    if !unanswered && took > SOON {
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

    let judge_all = |faults: Vec<&Fault>| -> Vec<String> {
        faults.into_iter().filter_map(|fault| judge(fault, table.get(fault.row()))).collect()
    };
    let (slow, fast): (Vec<_>, Vec<_>) =
        FAULTS.list().iter().partition(|fault| matches!(fault.kind, "TIMEOUT" | "RESOLVE"));
    let wrong: Vec<String> = thread::scope(|scope| {
        let slow: Vec<_> =
            slow.into_iter().map(|fault| scope.spawn(move || judge_all(vec![fault]))).collect();
        let mut wrong = judge_all(fast);
        wrong.extend(slow.into_iter().flat_map(|slow| slow.join().unwrap()));
        wrong
    });
    assert!(wrong.is_empty(), "not as docs/transport.md says:\n{}", wrong.join("\n"));
    assert_eq!(FAULTS.strangers(), 0, "a redirect was followed");
}

#[test]
fn a_call_is_not_given_up_before_its_time() {
    let (result, took) = send(FAULTS.named("silent"));
    assert_eq!(crate::kind(&result), Some(ErrorKind::Timeout));
    assert!(took >= SHORT, "{took:?}");
}

/// The messages are no promise, but each must tell the fault from the others of its kind.
#[test]
fn a_tls_error_says_which_check_failed() {
    for (name, says) in [
        ("tls-wrong-name", "another name"),
        ("tls-expired", "expired"),
        ("tls-not-yet-valid", "not valid yet"),
        ("tls-unknown-ca", "trusted CA"),
        ("tls-plaintext", "does not speak TLS"),
    ] {
        let (result, _) = send(FAULTS.named(name));
        let message = result.unwrap_err().to_string();
        assert!(message.contains(says), "{name}: {message}");
    }
}
