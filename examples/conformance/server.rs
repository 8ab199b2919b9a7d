//! Lines with `expect.server`: bytes that a peer sends, through a [`ServerConnection`], cut in every way.

use std::fmt;
use std::iter;

use atlas_webhook::{Error, ErrorKind, Limits, Receiver, ServerConnection, ServerState};
use serde::Deserialize;

use crate::{Bytes, Outcome, Tally};

/// Up to this length each cut is made alone.
const CUT_ALONE: usize = 16 * 1024;

/// Above it, so far apart are the cuts of one run.
const COMB: usize = 1024;

/// What comes behind: a delivery of its own.
const BEHIND: &[u8] = b"POST /behind HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]";

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    rules: Vec<String>,
    #[serde(flatten)]
    bytes: Given,
    expect: Expect,
}

/// What the peer sends.
#[derive(Deserialize)]
enum Given {
    #[serde(rename = "bytes")]
    Text(String),
    #[serde(rename = "bytes_b64")]
    Coded(Bytes),
}

impl Given {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Coded(Bytes(bytes)) => bytes,
        }
    }
}

#[derive(Deserialize)]
struct Expect {
    server: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    #[serde(flatten)]
    verdict: Verdict,
    /// Rejecting it earlier is fine.
    or: Option<Rejected>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rejected {
    Reject,
}

#[derive(Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
enum Verdict {
    Accept {
        target: String,
        #[serde(rename = "body_b64")]
        body: Bytes,
        keep_alive: bool,
        /// All that is left, unless it says otherwise.
        consumed: Option<usize>,
    },
    Reject {
        answer: u16,
        rule: Option<String>,
    },
    Incomplete,
    Ignored,
}

/// What the library made of one message.
#[derive(Clone, PartialEq)]
pub(super) enum Message {
    Delivery {
        target: Vec<u8>,
        body: Vec<u8>,
        keep_alive: bool,
        /// The response status of its error, unless it is an event.
        error: Option<u16>,
    },
    Rejected {
        kind: ErrorKind,
        status: u16,
        offset: Option<u64>,
    },
    /// The library broke a promise of its own.
    Broken(String),
}

/// The messages, and what the connection waits for behind them.
#[derive(Clone, PartialEq)]
struct Reading {
    messages: Vec<Message>,
    state: ServerState,
    idle: bool,
}

pub(crate) fn run(line: &str, tally: &mut Tally) -> Result<Outcome, String> {
    let case = Case::of(line)?;
    let keeps_method = case.keeps_method();
    let Some((bytes, receiver)) = case.prepare(keeps_method)? else { return Ok(Outcome::Skipped) };

    let whole = read(&receiver, iter::once(&bytes[..]));
    tally.combed += usize::from(bytes.len() > CUT_ALONE);
    if let Some((cut, other)) = first_difference(&receiver, &bytes, &whole) {
        return Ok(Outcome::Failed {
            expected: format!("the same for every cut; whole it is {whole}"),
            ours: format!("{cut} it is {other}"),
        });
    }
    if let Err(expected) = case.holds(&whole, keeps_method) {
        return Ok(Outcome::Failed { expected, ours: whole.to_string() });
    }
    if let Err(ours) = case.holds_with_more_behind(&receiver, &bytes, &whole) {
        return Ok(Outcome::Failed {
            expected: format!("the same with a request behind, and that request: {whole}"),
            ours,
        });
    }
    Ok(Outcome::Held)
}

/// What a line has a peer send, and a receiver of what it accepts, which also accepts `/behind`. None if an
/// accepted target is not a path.
pub(super) fn requests(line: &str) -> Result<Option<(Vec<u8>, Receiver)>, String> {
    let case = Case::of(line)?;
    case.prepare(case.keeps_method())
}

impl Case {
    fn of(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| error.to_string())
    }

    fn keeps_method(&self) -> bool {
        self.rules.iter().any(|rule| rule == "method-not-allowed")
    }

    /// The bytes with POST as the method of each message, but where that is what the case is about,
    /// and a receiver of their targets. None if an accepted target is not a path.
    fn prepare(&self, keeps_method: bool) -> Result<Option<(Vec<u8>, Receiver)>, String> {
        let given = self.bytes.bytes();
        let mut limits = Limits::default();
        limits.values = usize::MAX;
        let mut receiver = Receiver::new("/behind").map_err(|error| error.to_string())?;
        receiver.set_limits(limits);
        let (mut bytes, mut rest) = (Vec::new(), given);
        for expected in &self.expect.server {
            let (message, behind) = match expected.verdict {
                Verdict::Accept { consumed: Some(consumed), .. } => {
                    rest.split_at_checked(consumed).ok_or("consumed is more than there is")?
                }
                _ => (rest, &b""[..]),
            };
            rest = behind;
            let Some(line) = RequestLine::of(message) else {
                bytes.extend_from_slice(message);
                continue;
            };
            let kept = keeps_method || line.method == b"CONNECT";
            bytes.extend_from_slice(line.before);
            bytes.extend_from_slice(if kept { line.method } else { b"POST" });
            bytes.extend_from_slice(line.behind_method);
            match line.path().map(|path| receiver.add_url(&path)) {
                Some(Err(error)) if matches!(expected.verdict, Verdict::Accept { .. }) && !kept => {
                    return Err(format!("no receiver of this target: {error}"));
                }
                None if matches!(expected.verdict, Verdict::Accept { .. }) && !kept => {
                    return Ok(None);
                }
                _ => {}
            }
        }
        bytes.extend_from_slice(rest);
        Ok(Some((bytes, receiver)))
    }

    fn holds(&self, reading: &Reading, keeps_method: bool) -> Result<(), String> {
        let given = self.bytes.bytes();
        let (mut at, mut messages) = (0, reading.messages.iter());
        let mut last_is_open = false;
        for expected in &self.expect.server {
            let connects = RequestLine::of(given.get(at..).unwrap_or_default())
                .is_some_and(|line| line.method == b"CONNECT");
            if (keeps_method || connects) && !expected.is_other_rejection() {
                return match messages.next() {
                    Some(Message::Rejected { status: 405, .. }) => Ok(()),
                    _ => Err("405".to_owned()),
                };
            }
            match &expected.verdict {
                Verdict::Incomplete => {
                    last_is_open = true;
                    if expected.or.is_some() && reading.state == ServerState::WantClose {
                        return Ok(());
                    }
                }
                Verdict::Ignored if reading.state == ServerState::WantClose => {}
                Verdict::Ignored => return Err("bytes that are ignored".to_owned()),
                Verdict::Accept { .. } | Verdict::Reject { .. } => match messages.next() {
                    Some(message) if expected.allows(message) => {}
                    _ => return Err(expected.verdict.to_string()),
                },
            }
            if let Verdict::Accept { consumed, .. } = expected.verdict {
                at = consumed.map_or(given.len(), |consumed| at + consumed);
            }
        }
        if messages.next().is_some() {
            return Err("no further message".to_owned());
        }
        let closes = matches!(
            self.expect.server.last().map(|last| &last.verdict),
            Some(
                Verdict::Reject { .. }
                    | Verdict::Ignored
                    | Verdict::Accept { keep_alive: false, .. }
            )
        );
        let state = if closes && !reading.ends_with_bad_body() {
            reading.state == ServerState::WantClose
        } else {
            // The end of a whole message leaves nothing behind.
            reading.state == ServerState::WantReceive && (last_is_open || reading.idle)
        };
        let accepted_or_rejected = self.expect.server.iter().any(|expected| expected.or.is_some());
        if state || accepted_or_rejected {
            Ok(())
        } else {
            Err(format!("the connection closed: {closes}"))
        }
    }

    /// A next request changes nothing about those before it, and is read if the connection goes on.
    fn holds_with_more_behind(
        &self,
        receiver: &Receiver,
        bytes: &[u8],
        whole: &Reading,
    ) -> Result<(), String> {
        if matches!(self.expect.server.last(), Some(Expected { verdict: Verdict::Incomplete, .. }))
        {
            return Ok(());
        }
        let all = [bytes, BEHIND].concat();
        let mut expected = whole.clone();
        if whole.state == ServerState::WantReceive {
            expected.messages.push(Message::Delivery {
                target: b"/behind".to_vec(),
                body: b"[]".to_vec(),
                keep_alive: true,
                error: Some(400),
            });
        }
        let one = read(receiver, iter::once(&all[..]));
        if one != expected {
            return Err(one.to_string());
        }
        match first_difference(receiver, &all, &expected) {
            Some((cut, other)) => Err(format!("{cut} it is {other}")),
            None => Ok(()),
        }
    }
}

/// The request line of a message that has a whole one.
struct RequestLine<'a> {
    before: &'a [u8],
    method: &'a [u8],
    target: &'a [u8],
    behind_method: &'a [u8],
}

impl<'a> RequestLine<'a> {
    fn of(message: &'a [u8]) -> Option<Self> {
        let empty = message.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let (before, rest) = message.split_at(empty);
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let mut words = rest[..end].split(|&b| b == b' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let is_version = matches!(version, [b'H', b'T', b'T', b'P', b'/', a, b'.', b]
            if a.is_ascii_digit() && b.is_ascii_digit());
        let is_method = !method.is_empty()
            && method.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b));
        let is_line = is_version && is_method && !target.is_empty() && words.next().is_none();
        is_line.then(|| Self { before, method, target, behind_method: &rest[method.len()..] })
    }

    /// Path and query, as they are registered.
    fn path(&self) -> Option<String> {
        let target = std::str::from_utf8(self.target).ok()?;
        if target.starts_with('/') {
            return Some(target.to_owned());
        }
        let (_, authority) = target.split_once("://")?;
        let path = &authority[authority.find(['/', '?']).unwrap_or(authority.len())..];
        Some(if path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
    }
}

impl Expected {
    /// A rejection for another reason than the method.
    fn is_other_rejection(&self) -> bool {
        matches!(self.verdict, Verdict::Reject { answer, .. } if answer != 405)
            || matches!(self.verdict, Verdict::Incomplete | Verdict::Ignored)
    }

    fn allows(&self, message: &Message) -> bool {
        match (&self.verdict, message) {
            (
                Verdict::Accept { target, body: Bytes(body), keep_alive, .. },
                Message::Delivery { target: ours, body: our_body, keep_alive: keeps, .. },
            ) => target.as_bytes() == ours && body == our_body && keep_alive == keeps,
            (Verdict::Reject { answer, rule }, Message::Delivery { error, .. }) => {
                rule.as_deref() == Some("content-encoding")
                    && matches!(answer, 400 | 413)
                    && *error == Some(*answer)
            }
            (Verdict::Reject { answer, .. }, Message::Rejected { status, .. }) => answer == status,
            (_, Message::Rejected { .. }) => self.or.is_some(),
            _ => false,
        }
    }
}

/// The first way of cutting that means something else.
fn first_difference(
    receiver: &Receiver,
    bytes: &[u8],
    whole: &Reading,
) -> Option<(String, Reading)> {
    let differs = |reading: Reading| Some(reading).filter(|reading| reading != whole);
    if let Some(other) = differs(read(receiver, bytes.chunks(1))) {
        return Some(("byte by byte".to_owned(), other));
    }
    if bytes.len() <= CUT_ALONE {
        (0..=bytes.len()).find_map(|at| {
            let (first, second) = bytes.split_at(at);
            let other = differs(read(receiver, [first, second].into_iter()))?;
            Some((format!("cut at {at}"), other))
        })
    } else {
        (0..COMB).find_map(|from| {
            let (first, rest) = bytes.split_at(from);
            let pieces = iter::once(first).chain(rest.chunks(COMB));
            let other = differs(read(receiver, pieces))?;
            Some((format!("cut every {COMB} from {from}"), other))
        })
    }
}

fn read<'a>(receiver: &Receiver, pieces: impl Iterator<Item = &'a [u8]>) -> Reading {
    let mut connection = ServerConnection::new(receiver);
    let mut messages = Vec::new();
    for piece in pieces {
        let broken = match connection.received(piece) {
            Ok(_) => serve(&mut connection, &mut messages, |_| ()).err(),
            Err(error) => Some(error),
        };
        if let Some(error) = broken {
            messages.push(Message::Broken(error.to_string()));
            break;
        }
    }
    Reading { messages, state: connection.state(), idle: connection.idle() }
}

/// Responds until more is wanted.
pub(super) fn serve(
    connection: &mut ServerConnection,
    messages: &mut Vec<Message>,
    mut send: impl FnMut(&[u8]),
) -> Result<(), Error> {
    loop {
        match connection.state() {
            ServerState::WantReceive | ServerState::WantClose => return Ok(()),
            ServerState::WantResponse => {
                let Some(delivery) = connection.delivery() else {
                    messages.push(Message::Broken("no delivery".to_owned()));
                    return Ok(());
                };
                let (target, body) = (delivery.target().to_vec(), delivery.body().to_vec());
                let error = connection.take_event().err().map(|error| error.response_status());
                connection.respond(200)?;
                let keep_alive = !closes(connection.to_send());
                messages.push(Message::Delivery { target, body, keep_alive, error });
            }
            ServerState::WantSend => {
                let to_send = connection.to_send();
                if let Some(rejection) = connection.rejection() {
                    let (kind, status) = (rejection.kind(), rejection.response_status());
                    let starts = to_send.starts_with(format!("HTTP/1.1 {status} ").as_bytes());
                    messages.push(if starts && closes(to_send) {
                        Message::Rejected { kind, status, offset: rejection.offset() }
                    } else {
                        Message::Broken(format!("{}", to_send.escape_ascii()))
                    });
                }
                send(to_send);
                let length = to_send.len();
                connection.sent(length)?;
            }
        }
    }
}

fn closes(response: &[u8]) -> bool {
    let close = b"\r\nConnection: close\r\n";
    response.windows(close.len()).any(|line| line == close)
}

impl Reading {
    /// Whether the last delivery is not an event, which leaves the connection open.
    fn ends_with_bad_body(&self) -> bool {
        matches!(self.messages.last(), Some(Message::Delivery { keep_alive: true, .. }))
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for message in &self.messages {
            match message {
                Message::Delivery { target, body, keep_alive, error } => write!(
                    f,
                    "a delivery to {}, {} bytes, keep-alive {keep_alive}, error {error:?}; ",
                    target.escape_ascii(),
                    body.len()
                )?,
                Message::Rejected { kind, status, offset } => {
                    write!(f, "{status} for {kind:?} at {offset:?}; ")?;
                }
                Message::Broken(how) => write!(f, "a broken promise: {how}; ")?,
            }
        }
        write!(f, "then {:?}, idle {}", self.state, self.idle)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept { target, body: Bytes(body), keep_alive, .. } => {
                write!(f, "a delivery to {target}, {} bytes, keep-alive {keep_alive}", body.len())
            }
            Self::Reject { answer, rule } => write!(f, "{answer} for {rule:?}"),
            Self::Incomplete => f.write_str("incomplete"),
            Self::Ignored => f.write_str("ignored"),
        }
    }
}
