//! `http-response`: bytes of a response through an [`Exchange`], cut in every way.

use std::fmt;
use std::iter;
use std::sync::LazyLock;

use atlas_webhook::{
    Endpoint, Error, ErrorKind, Exchange, Limits, Registration, Request, Response, SANDBOX, State,
};
use serde::Deserialize;

use crate::{Bytes, Outcome, Policy, Tally};

pub(crate) static EARLY_REFUSAL: Policy = Policy {
    name: "early-refusal",
    paragraph: "RFC 9112 section 4, RFC 9110 section 2.5",
    reason: "Bytes that no HTTP/1.x status line starts with are refused at once, not at the end of \
             the line: a peer that speaks something else is found out before time runs out.",
};

/// Up to this length each cut is made alone.
const CUT_ALONE: usize = 16 * 1024;

/// Above it, so far apart are the cuts of one run.
const COMB: usize = 1024;

#[derive(Deserialize)]
struct Case {
    method: String,
    #[serde(rename = "bytes_b64")]
    bytes: Bytes,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    rfc9112: Stages,
}

#[derive(Deserialize)]
struct Stages {
    before_eof: Stage,
    at_eof: Verdict,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stage {
    SameAs { same_as: AtEof },
    Own(Verdict),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AtEof {
    AtEof,
}

#[derive(Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
enum Verdict {
    Accept(Answer),
    May(Answer),
    Reject,
    Incomplete(Waiting),
    Open(Waiting),
}

/// A whole response: expected, or ours.
#[derive(Deserialize, PartialEq)]
struct Answer {
    status: u16,
    /// As Latin-1.
    headers: Vec<(String, String)>,
    #[serde(rename = "body_b64")]
    body: Bytes,
    keep_alive: bool,
    consumed: usize,
    leftover: usize,
}

/// More is to come.
#[derive(Deserialize)]
struct Waiting {
    /// Of the final response, where its head is complete.
    status: Option<u16>,
    #[serde(default)]
    may_reject_already: bool,
    #[serde(default, rename = "where")]
    place: String,
}

/// What the library says at one moment.
#[derive(PartialEq)]
enum Reading {
    Complete(Answer),
    Waiting {
        status: Option<u16>,
    },
    Refused {
        kind: ErrorKind,
        offset: Option<u64>,
        status: Option<u16>,
        message: String,
    },
    /// The library broke a promise of its own.
    Broken(String),
}

#[derive(PartialEq)]
enum Readings {
    /// Complete while the connection was open; closing it changed nothing.
    Done(Reading),
    Both {
        before_eof: Reading,
        at_eof: Reading,
    },
}

static REQUEST: LazyLock<Request> = LazyLock::new(|| request_to(SANDBOX));

/// A request whose responses may be of any size: cases are about grammar and framing.
pub(crate) fn request_to(base_url: &str) -> Request {
    let mut limits = Limits::default();
    limits.head = usize::MAX;
    limits.fields = usize::MAX;
    limits.interim = usize::MAX;
    limits.body = usize::MAX;
    limits.chunk_overhead = usize::MAX;
    let mut endpoint = Endpoint::new(base_url).expect("a valid base URL");
    endpoint.set_limits(limits);
    let registration = Registration::new("https://example.com/").expect("a valid URL");
    Request::registration(&endpoint, &registration).expect("a valid request")
}

pub(crate) fn run(line: &str, tally: &mut Tally) -> Result<Outcome, String> {
    let case: Case = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if case.method == "HEAD" {
        return Ok(Outcome::Skipped);
    }
    let Bytes(bytes) = &case.bytes;
    let whole = read(iter::once(&bytes[..]));
    tally.combed += usize::from(bytes.len() > CUT_ALONE);
    if let Some((cut, other)) = first_difference(bytes, &whole) {
        return Ok(Outcome::Failed {
            expected: format!("the same for every cut; whole it is {whole}"),
            ours: format!("{cut} it is {other}"),
        });
    }
    let Stages { before_eof, at_eof } = &case.expect.rfc9112;
    let before_eof = match before_eof {
        Stage::SameAs { same_as: AtEof::AtEof } => at_eof,
        Stage::Own(verdict) => verdict,
    };
    let stages =
        [("before EOF", before_eof, whole.before_eof()), ("at EOF", at_eof, whole.at_eof())];
    for (when, verdict, reading) in stages {
        if verdict.is_status_line() && matches!(at_eof, Verdict::Reject) && reading.is_protocol() {
            return Ok(Outcome::Policy(&EARLY_REFUSAL));
        }
        if !verdict.allows(reading) {
            return Ok(Outcome::Failed {
                expected: format!("{when} {verdict}"),
                ours: format!("{when} {reading}"),
            });
        }
    }
    Ok(Outcome::Held)
}

impl Verdict {
    fn allows(&self, reading: &Reading) -> bool {
        match (self, reading) {
            (Self::Accept(answer) | Self::May(answer), Reading::Complete(ours)) => answer == ours,
            (Self::May(_) | Self::Reject, Reading::Refused { .. }) => true,
            (Self::Incomplete(expected) | Self::Open(expected), Reading::Waiting { status }) => {
                expected.status.is_none() || expected.status == *status
            }
            (Self::Incomplete(expected) | Self::Open(expected), Reading::Refused { .. }) => {
                expected.may_reject_already
            }
            _ => false,
        }
    }

    /// Whether more of the status line is awaited, and nothing speaks against what there is of it.
    fn is_status_line(&self) -> bool {
        matches!(self, Self::Incomplete(Waiting { place, may_reject_already: false, .. })
            if place == "status-line")
    }
}

/// The first way of cutting that means something else.
fn first_difference(bytes: &[u8], whole: &Readings) -> Option<(String, Readings)> {
    let differs = |readings: Readings| Some(readings).filter(|readings| readings != whole);
    if let Some(other) = differs(read(bytes.chunks(1))) {
        return Some(("byte by byte".to_owned(), other));
    }
    if bytes.len() <= CUT_ALONE {
        (0..=bytes.len()).find_map(|at| {
            let (first, second) = bytes.split_at(at);
            let other = differs(read([first, second].into_iter()))?;
            Some((format!("cut at {at}"), other))
        })
    } else {
        (0..COMB).find_map(|from| {
            let (first, rest) = bytes.split_at(from);
            let pieces = iter::once(first).chain(rest.chunks(COMB));
            let other = differs(read(pieces))?;
            Some((format!("cut every {COMB} from {from}"), other))
        })
    }
}

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Readings {
    let mut exchange = Exchange::new(&REQUEST);
    let request = exchange.to_send().len();
    if let Err(error) = exchange.sent(request) {
        return Readings::Done(Reading::Broken(format!("sent: {error}")));
    }
    let (mut given, mut consumed) = (0, 0);
    for piece in pieces {
        given += piece.len();
        match exchange.received(piece) {
            Ok(used) => {
                consumed += used;
                if used < piece.len() && exchange.state() != State::Done {
                    let broken = format!("{used} of {} bytes were taken", piece.len());
                    return Readings::Done(Reading::Broken(broken));
                }
            }
            Err(error) => {
                let at_eof = match exchange.received_eof() {
                    Err(after) => Reading::refused(&after),
                    Ok(state) => Reading::Broken(format!("{state:?} after a failure")),
                };
                return Readings::Both { before_eof: Reading::refused(&error), at_eof };
            }
        }
    }
    let state = exchange.state();
    let before_eof = Reading::Waiting { status: exchange.http_status() };
    let reusable = exchange.reusable();
    let at_eof = match exchange.received_eof().and_then(|_| exchange.take_response()) {
        Ok(response) => Reading::Complete(Answer::of(
            &response,
            exchange.reusable(),
            consumed,
            given - consumed,
        )),
        Err(error) => Reading::refused(&error),
    };
    if reusable != exchange.reusable() {
        return Readings::Done(Reading::Broken("the end of input changed reusable()".to_owned()));
    }
    match state {
        State::Done => Readings::Done(at_eof),
        _ => Readings::Both { before_eof, at_eof },
    }
}

impl Readings {
    fn before_eof(&self) -> &Reading {
        match self {
            Self::Done(reading) | Self::Both { before_eof: reading, .. } => reading,
        }
    }

    fn at_eof(&self) -> &Reading {
        match self {
            Self::Done(reading) | Self::Both { at_eof: reading, .. } => reading,
        }
    }
}

impl Reading {
    fn is_protocol(&self) -> bool {
        matches!(self, Self::Refused { kind: ErrorKind::Protocol, .. })
    }

    fn refused(error: &Error) -> Self {
        Self::Refused {
            kind: error.kind(),
            offset: error.offset(),
            status: error.http_status(),
            message: error.message().to_owned(),
        }
    }
}

impl Answer {
    fn of(response: &Response, keep_alive: bool, consumed: usize, leftover: usize) -> Self {
        let latin1 = |bytes: &[u8]| bytes.iter().map(|&b| char::from(b)).collect();
        Self {
            status: response.status(),
            headers: response
                .headers()
                .map(|(name, value)| (name.to_owned(), latin1(value)))
                .collect(),
            body: Bytes(response.coded_body().to_vec()),
            keep_alive,
            consumed,
            leftover,
        }
    }
}

impl fmt::Display for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "before EOF {}; at EOF {}", self.before_eof(), self.at_eof())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept(answer) => answer.fmt(f),
            Self::May(answer) => write!(f, "an error, or {answer}"),
            Self::Reject => f.write_str("an error"),
            Self::Incomplete(Waiting { status, .. }) => write!(f, "incomplete, status {status:?}"),
            Self::Open(Waiting { status, .. }) => write!(f, "open, status {status:?}"),
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete(answer) => answer.fmt(f),
            Self::Waiting { status } => write!(f, "waiting for more, status {status:?}"),
            Self::Refused { kind, offset: Some(offset), message, .. } => {
                write!(f, "{kind:?} at byte {offset}: {message}")
            }
            Self::Refused { kind, message, .. } => write!(f, "{kind:?}: {message}"),
            Self::Broken(how) => write!(f, "a broken promise: {how}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 100;
        let Self { status, headers, body: Bytes(body), keep_alive, consumed, leftover } = self;
        let start = &body[..body.len().min(SHOWN)];
        write!(
            f,
            "status {status}, keep-alive {keep_alive}, {consumed} bytes and {leftover} left over, \
             headers {headers:?}, body of {}: {:?}",
            body.len(),
            start.escape_ascii().to_string(),
        )
    }
}
