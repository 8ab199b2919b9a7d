//! Runs this library against conformance cases in files, one JSON object a line.
//!
//! ```text
//! main.rs   the files, the kinds of case, the report
//! events.rs a delivery's body   ─► Receiver          ─► the event: envelope, fields, key
//! http.rs   bytes of an answer  ─► Exchange          ─► status, headers, body, what is left over
//! json.rs   body of an answer   ─► Reply             ─► status and msg
//! nginx.rs  bytes of requests   ─► nginx ─► ServerConnection ─► no more deliveries than nginx logged requests
//! server.rs bytes of requests   ─► ServerConnection  ─► deliveries and rejections
//! transport.rs  the answers and bodies over a socket ─► Transport ─► what an Exchange says
//! url.rs    text                ─► Registration      ─► accepted or not
//! ```

mod events;
mod http;
mod json;
mod nginx;
mod server;
#[cfg(feature = "transport")]
mod transport;
mod url;

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, de};

const HELP: &str = "\
Usage: conformance DIR
       conformance --print DIR
       conformance --transport DIR
       conformance --nginx DIR

Runs the cases in every *.jsonl file in DIR, and prints for each file how many passed. With --print it
prints the event of each delivery instead, one JSON object a line.

kind             case
http-response    bytes_b64 is the response to a POST. It is read whole, byte by byte, and split in two at
                 every position; the results must be equal. HEAD is skipped, because the library never
                 sends it.
json-status-msg  bytes_b64 is the body of the response to a registration.
json-text        as json-status-msg.
url              bytes_b64 is the URL to register. If it is accepted, the request must contain it
                 unchanged.

A line with expect.outcome and without a kind is a delivery. Its body is the text of body in the line, or
raw_b64. Within a file, deliveries of the same dedupe.group must have equal keys, and those of different
groups different keys.

A line with expect.server and without a kind is input for a server connection: bytes_b64, or the text bytes.
It is split as responses are, alone and followed by another request. If the case is not about the method,
the method is replaced by POST. The targets are registered. Accepted messages whose target is not a path are
skipped.

With --nginx each of these lines is sent over sockets, to a server connection and through nginx in front of
it, with several configurations. The deliveries must be those of the server connection without a socket.
Behind nginx there are never more deliveries than requests in nginx's log, each with the same target and
body. A request that follows on the connection which nginx keeps is delivered as it was sent. Other lines are
skipped.

With --transport each response, and each body as a response of its own, is sent over a loopback socket to the
bundled transport, whole and byte by byte, and then the connection is closed. Reply or error must equal those
of the exchange at the end of the input, including offset and text. Other lines are skipped.

A line that states a rule without a case is counted as a rule. A line that is not understood has failed.

Messages above 16 KiB are split at every position too, but not one split at a time, which would need
length x length steps. Each of 1024 runs splits every 1024 bytes, each run starting one byte later.

Exit code: 0 if no case failed, 1 if a case failed, 2 if DIR cannot be read.";

/// How a case came out.
enum Outcome {
    Held,
    /// The case is of no concern to this library.
    Skipped,
    /// The case wants something else, on purpose.
    Policy(&'static Policy),
    Failed {
        expected: String,
        ours: String,
    },
}

/// A rule of this library that some cases contradict.
struct Policy {
    name: &'static str,
    paragraph: &'static str,
    reason: &'static str,
}

const POLICIES: [&Policy; 2] = [&http::EARLY_REFUSAL, &url::FRAGMENT];

#[derive(Default)]
struct Tally {
    cases: usize,
    held: usize,
    skipped: usize,
    policy: usize,
    failed: usize,
    /// Cut by the comb; see [`HELP`].
    combed: usize,
    rules: usize,
}

/// What every line has in common.
#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    kind: Option<String>,
    rule: Option<String>,
    expect: Option<Expect>,
}

/// What makes a line a delivery, or requests.
#[derive(Deserialize)]
struct Expect {
    outcome: Option<serde::de::IgnoredAny>,
    server: Option<serde::de::IgnoredAny>,
}

impl Line {
    fn is_delivery(&self) -> bool {
        self.kind.is_none() && self.expect.as_ref().is_some_and(|expect| expect.outcome.is_some())
    }

    fn is_requests(&self) -> bool {
        self.kind.is_none() && self.expect.as_ref().is_some_and(|expect| expect.server.is_some())
    }
}

/// Bytes that stand in a case as base64.
#[derive(PartialEq)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(de::Error::custom)
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (first, more) = (arguments.next(), arguments.next());
    match (first, more) {
        (Some(flag), None) if flag == "--help" || flag == "-h" => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        (Some(flag), Some(dir)) if flag == "--print" => {
            exit_code(&dir, print(Path::new(&dir)).map(|()| true))
        }
        (Some(flag), Some(dir)) if flag == "--nginx" => {
            exit_code(&dir, nginx::run(Path::new(&dir)))
        }
        #[cfg(feature = "transport")]
        (Some(flag), Some(dir)) if flag == "--transport" => {
            let judge = |server: transport::Server| {
                run(Path::new(&dir), |line, _, _, _| server.judge(line))
            };
            exit_code(&dir, transport::Server::start().and_then(judge))
        }
        (Some(dir), None) => exit_code(&dir, run(Path::new(&dir), judge)),
        _ => {
            eprintln!("{HELP}");
            ExitCode::from(2)
        }
    }
}

fn exit_code(dir: &OsStr, held: io::Result<bool>) -> ExitCode {
    match held {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("conformance: {}: {error}", Path::new(dir).display());
            ExitCode::from(2)
        }
    }
}

/// Whether nothing failed.
fn run(dir: &Path, judge: impl Judge) -> io::Result<bool> {
    let files = case_files(dir)?;
    if files.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "no *.jsonl file there"));
    }
    println!("{Heading}");
    let mut total = Tally::default();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (tally, notes) = run_file(&fs::read_to_string(&path)?, &judge);
        println!("{}", Row(&name, &tally));
        for note in notes {
            println!("    {note}");
        }
        total.add(&tally);
    }
    println!("{}", Row("total", &total));
    if total.combed > 0 {
        println!(
            "\n{} messages above 16 KiB were cut at every position, 1 KiB apart.",
            total.combed
        );
    }
    for policy in POLICIES {
        println!("\npolicy {}: {}\n    {}", policy.name, policy.paragraph, policy.reason);
    }
    Ok(total.failed == 0)
}

/// Prints what was read of each delivery.
fn print(dir: &Path) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for path in case_files(dir)? {
        for line in fs::read_to_string(&path)?.lines() {
            if serde_json::from_str::<Line>(line).is_ok_and(|case| case.is_delivery()) {
                let printed = events::print(line).map_err(io::Error::other)?;
                writeln!(out, "{printed}")?;
            }
        }
    }
    Ok(())
}

fn case_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// How a line that states a case comes out.
trait Judge: Fn(&str, &Line, &mut Tally, &mut events::Keys) -> Result<Outcome, String> {}

impl<F: Fn(&str, &Line, &mut Tally, &mut events::Keys) -> Result<Outcome, String>> Judge for F {}

fn judge(
    line: &str,
    case: &Line,
    tally: &mut Tally,
    keys: &mut events::Keys,
) -> Result<Outcome, String> {
    match case.kind.as_deref() {
        None if case.is_delivery() => events::run(line, keys),
        None if case.is_requests() => server::run(line, tally),
        Some("http-response") => http::run(line, tally),
        Some("json-status-msg" | "json-text") => json::run(line),
        Some("url") => url::run(line),
        Some(kind) => Err(format!("kind {kind:?}")),
        None => Err("neither kind nor rule".to_owned()),
    }
}

/// The tally, and what is to be said about single cases.
fn run_file(text: &str, judge: &impl Judge) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let mut notes = Vec::new();
    let mut keys = events::Keys::default();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let case = serde_json::from_str::<Line>(line);
        if let Ok(Line { rule: Some(_), kind: None, .. }) = case {
            tally.rules += 1;
            continue;
        }
        let id = case.as_ref().ok().and_then(|case| case.id.clone());
        let id = id.unwrap_or_else(|| format!("line {}", number + 1));
        let outcome = case
            .map_err(|error| error.to_string())
            .and_then(|case| judge(line, &case, &mut tally, &mut keys));
        tally.cases += 1;
        match outcome {
            Ok(Outcome::Held) => tally.held += 1,
            Ok(Outcome::Skipped) => tally.skipped += 1,
            Ok(Outcome::Policy(policy)) => {
                tally.policy += 1;
                notes.push(format!("policy {}: {id}", policy.name));
            }
            Ok(Outcome::Failed { expected, ours }) => {
                tally.failed += 1;
                notes.push(format!(
                    "FAILED {id}\n        expected {expected}\n        ours     {ours}"
                ));
            }
            Err(why) => {
                tally.failed += 1;
                notes.push(format!("FAILED {id}\n        not understood: {why}"));
            }
        }
    }
    (tally, notes)
}

impl Tally {
    fn add(&mut self, other: &Self) {
        let Self { cases, held, skipped, policy, failed, combed, rules } = other;
        self.cases += cases;
        self.held += held;
        self.skipped += skipped;
        self.policy += policy;
        self.failed += failed;
        self.combed += combed;
        self.rules += rules;
    }
}

struct Heading;

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<32}{:>7}{:>7}{:>7}{:>8}{:>8}",
            "", "cases", "held", "failed", "policy", "skipped"
        )
    }
}

struct Row<'a>(&'a str, &'a Tally);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name, Tally { cases, held, failed, policy, skipped, rules, .. }) = *self;
        write!(f, "{name:<32}{cases:>7}{held:>7}{failed:>7}{policy:>8}{skipped:>8}")?;
        if *rules > 0 {
            write!(f, "   {rules} rules, which are no cases")?;
        }
        Ok(())
    }
}
