//! What the server connection makes of generated requests, beside httparse with a framing straight from
//! RFC 9112. A row of `docs/differences.md` stands for each difference, as for responses.

use std::collections::{BTreeMap, BTreeSet};

use atlas_webhook::{ErrorKind, Receiver, ServerConnection, ServerState};

use super::generator::{self, Random, limits};
use super::reference::{Heads, Reference, Why};
use super::table;

const REQUESTS: usize = 40_000;
const SEED: u64 = 19;

/// The row of what the server connection refuses and httparse reads, by the words for it.
const REFUSED: [(&str, &[&str]); 9] = [
    ("a bare LF", &["line feed without carriage return"]),
    ("a character that is not for targets", &["a byte that it cannot contain"]),
    ("a target that is not for POST", &["the form of the request target"]),
    ("no Host", &["it has no Host"]),
    ("more than one Host", &["more than one Host"]),
    ("a malformed Host", &["Host is not a host and port"]),
    ("a length beside a coding", &["Transfer-Encoding and Content-Length"]),
    ("a length twice", &["more than one Content-Length"]),
    (
        "a head over its limit",
        &[
            "the header section is larger than its limit",
            "the request line is longer than the limit",
        ],
    ),
];

/// One message of a connection.
enum Message {
    Delivery { target: Vec<u8>, body: Vec<u8> },
    Refused { kind: ErrorKind, what: String },
}

/// The messages, and whether the connection waits for more.
fn read(receiver: &Receiver, input: &[u8], size: usize) -> (Vec<Message>, bool) {
    let mut connection = ServerConnection::new(receiver);
    let mut messages = Vec::new();
    for piece in input.chunks(size) {
        connection.received(piece).unwrap();
        loop {
            match connection.state() {
                ServerState::WantResponse => {
                    let delivery = connection.delivery().unwrap();
                    let (target, body) = (delivery.target().to_vec(), delivery.body().to_vec());
                    messages.push(Message::Delivery { target, body });
                    connection.respond(200).unwrap();
                }
                ServerState::WantSend => {
                    connection.sent(connection.to_send().len()).unwrap();
                }
                ServerState::WantReceive | ServerState::WantClose => break,
            }
        }
    }
    if let Some(error) = connection.rejection() {
        messages.push(Message::Refused { kind: error.kind(), what: error.to_string() });
    }
    (messages, connection.state() == ServerState::WantReceive)
}

/// The row of a difference, and what is done here and there.
fn difference(
    ours: Option<&Message>,
    theirs: &Result<(Vec<u8>, Vec<u8>), Why>,
    line: &[u8],
) -> Option<(String, [&'static str; 2])> {
    match (ours, theirs) {
        (Some(Message::Delivery { target, body }), Ok((their_target, their_body))) => {
            let same = target == their_target && body == their_body;
            (!same).then(|| ("a message".to_owned(), ["read", "read otherwise"]))
        }
        (Some(Message::Delivery { .. }), Err(_)) => {
            let minor = line.windows(8).any(|w| w.starts_with(b"HTTP/1.") && w[7] > b'1');
            let row = if minor { "HTTP/1.2 to 1.9" } else { "a request" };
            Some((row.to_owned(), ["read", "refused"]))
        }
        (Some(Message::Refused { what, .. }), Ok(_)) => {
            let row =
                REFUSED.iter().find(|(_, words)| words.iter().any(|word| what.contains(word)));
            Some((row.map_or(what.clone(), |(row, _)| (*row).to_owned()), ["refused", "read"]))
        }
        (None, Ok(_)) => Some(("the end".to_owned(), ["refused", "read"])),
        (Some(Message::Refused { .. }) | None, Err(_)) => None,
    }
}

#[test]
fn each_difference_in_reading_requests_is_a_row() {
    let mut receiver = Receiver::new("/a").unwrap();
    receiver.add_url("/").unwrap();
    receiver.add_url("/a?b=c").unwrap();
    receiver.set_limits(limits());
    let table = table("httparse, for requests");
    let mut random = Random(SEED);
    let (mut seen, mut wrong) = (BTreeSet::new(), BTreeMap::new());
    let (mut deliveries, mut refused) = (0, 0);
    for _ in 0..REQUESTS {
        let input = generator::requests(&mut random);
        let size = [1, 2, 7, usize::MAX][random.below(4)];
        let (messages, waits) = read(&receiver, &input, size);
        let mut reference = Reference::new(&input, limits(), Heads::Httparse);
        let mut messages = messages.iter();
        loop {
            let ours = messages.next();
            match ours {
                Some(Message::Delivery { .. }) => deliveries += 1,
                // They are not about HTTP.
                Some(Message::Refused {
                    kind: ErrorKind::Untrusted | ErrorKind::MalformedDelivery,
                    ..
                }) => break,
                Some(Message::Refused { .. }) => refused += 1,
                // A request behind the last one of a connection is not read.
                None if !waits => break,
                None => {}
            }
            let line = reference.line();
            let theirs = reference.request();
            if let Some((row, found)) = difference(ours, &theirs, line) {
                if table.get(&*row) == Some(&found) {
                    seen.insert(row);
                } else {
                    let difference = format!("{row}: {}", found.join(", "));
                    wrong.entry(difference).or_insert_with(|| input.escape_ascii().to_string());
                }
                break;
            }
            if !matches!(ours, Some(Message::Delivery { .. })) {
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "not as docs/differences.md says: {wrong:#?}");
    let rows: BTreeSet<String> = table.keys().map(|&row| row.to_owned()).collect();
    assert_eq!(seen, rows, "rows that were seen, and that are written");
    assert!(deliveries > REQUESTS / 4 && refused > REQUESTS / 8, "{deliveries}, {refused}");
}
