//! Bytes of a peer, split into pieces, for a server connection. The result is the same regardless of how
//! they are split into reads, responses follow deliveries in order, and the work is proportional.
//!
//! The input is a script and the bytes. The script is what stands before the first 0x00 byte: each of its
//! bytes is the length of one piece, and it is used round and round. Without one there are no cuts.

#![no_main]

use std::iter;
use std::sync::LazyLock;

use atlas_webhook::{ErrorKind, Limits, Receiver, ServerConnection, ServerState, take_work};
use libfuzzer_sys::fuzz_target;

/// How often a byte may be looked at or moved by the reader.
const LOOKS: usize = 5;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const OK_CLOSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

static RECEIVER: LazyLock<Receiver> = LazyLock::new(|| {
    // Small, so that inputs of a fuzzer reach them.
    let mut limits = Limits::default();
    limits.head = 256;
    limits.fields = 8;
    limits.body = 128;
    limits.chunk_overhead = 64;
    let mut receiver = Receiver::new("https://example.com/a?b").expect("a valid URL");
    receiver.set_limits(limits);
    receiver
});

/// Everything that a connection tells.
#[derive(Debug, PartialEq)]
struct Meaning {
    deliveries: Vec<Delivery>,
    rejection: Option<(ErrorKind, Option<u64>, u16)>,
    state: ServerState,
    idle: bool,
    at_eof: Option<(ErrorKind, Option<u64>, u16)>,
}

#[derive(Debug, PartialEq)]
struct Delivery {
    target: Vec<u8>,
    body: Vec<u8>,
    event: Result<String, (ErrorKind, u16)>,
    closes: bool,
}

fuzz_target!(|input: &[u8]| {
    let (script, bytes) = match input.iter().position(|&b| b == 0) {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (&[][..], input),
    };
    let whole = read(iter::once(bytes), bytes.len());
    assert_eq!(whole, read(bytes.chunks(1), bytes.len()), "byte by byte");
    if !script.is_empty() {
        let pieces = Pieces { lengths: script.iter().cycle(), rest: bytes };
        assert_eq!(whole, read(pieces, bytes.len()), "as cut");
    }
    check(&whole);
    half_close(bytes, &whole);
});

fn check(meaning: &Meaning) {
    for delivery in &meaning.deliveries {
        assert!(delivery.body.len() <= 128);
        assert!(delivery.target.ends_with(b"/a?b"));
    }
    let last = meaning.deliveries.last();
    let closed = last.is_some_and(|last| last.closes) || meaning.rejection.is_some();
    assert_eq!(closed, meaning.state == ServerState::WantClose);
    if let Some((_, _, status)) = meaning.rejection {
        assert!(matches!(status, 400 | 404 | 405 | 413 | 414 | 415 | 417 | 431 | 501 | 505));
        assert_eq!(meaning.at_eof, meaning.rejection);
    } else if closed || meaning.idle {
        assert_eq!(meaning.at_eof, None);
    } else {
        assert!(matches!(meaning.at_eof, Some((ErrorKind::ClosedEarly, Some(_), 400))));
    }
}

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>, length: usize) -> Meaning {
    take_work();
    let mut connection = ServerConnection::new(&RECEIVER);
    let mut deliveries = Vec::new();
    for piece in pieces {
        let state = connection.received(piece).expect("nothing is pending");
        assert_eq!(state, connection.state());
        respond(&mut connection, &mut deliveries);
    }
    // Each delivery may be inflated, within the limit of the body.
    let most = length * LOOKS + deliveries.len() * 128;
    assert!(take_work() <= most, "work for {length} bytes");
    let (state, idle) = (connection.state(), connection.idle());
    let rejection = told(&connection);
    assert_eq!(connection.received_eof().expect("never an error"), ServerState::WantClose);
    assert!(connection.to_send().is_empty());
    Meaning { deliveries, rejection, state, idle, at_eof: told(&connection) }
}

/// The peer closes its side before the first response: the deliveries are the same, and the last
/// response says close.
fn half_close(bytes: &[u8], whole: &Meaning) {
    take_work();
    let mut connection = ServerConnection::new(&RECEIVER);
    if connection.received(bytes).expect("nothing is pending") != ServerState::WantResponse {
        return;
    }
    assert_eq!(connection.received_eof().expect("never an error"), ServerState::WantResponse);
    let mut deliveries = Vec::new();
    respond(&mut connection, &mut deliveries);
    // What follows the first delivery is read twice.
    assert!(take_work() <= bytes.len() * LOOKS * 2, "work for {} bytes", bytes.len());
    assert_eq!(connection.state(), ServerState::WantClose);
    assert_eq!(told(&connection), whole.at_eof);
    assert_eq!(deliveries.len(), whole.deliveries.len());
    let last = deliveries.len() - 1;
    for (n, (delivery, same)) in deliveries.iter().zip(&whole.deliveries).enumerate() {
        let closes = n == last && whole.rejection.is_none();
        assert_eq!((&delivery.body, delivery.closes), (&same.body, closes));
    }
}

fn told(connection: &ServerConnection) -> Option<(ErrorKind, Option<u64>, u16)> {
    let told = connection.rejection()?;
    Some((told.kind(), told.offset(), told.response_status()))
}

fn respond(connection: &mut ServerConnection, deliveries: &mut Vec<Delivery>) {
    loop {
        match connection.state() {
            ServerState::WantReceive | ServerState::WantClose => return,
            ServerState::WantResponse => {
                assert!(connection.received(b"x").is_err());
                let delivery = connection.delivery().expect("it is complete");
                let (target, body) = (delivery.target().to_vec(), delivery.body().to_vec());
                let event = connection
                    .take_event()
                    .map(|event| event.json().to_owned())
                    .map_err(|error| (error.kind(), error.response_status()));
                connection.respond(200).expect("a delivery waits");
                let closes = connection.to_send() == OK_CLOSE;
                assert!(closes || connection.to_send() == OK);
                deliveries.push(Delivery { target, body, event, closes });
            }
            ServerState::WantSend => {
                let to_send = connection.to_send();
                if let Some((_, _, status)) = told(connection) {
                    assert!(to_send.starts_with(format!("HTTP/1.1 {status} ").as_bytes()));
                    assert!(to_send.ends_with(b"\r\nConnection: close\r\n\r\n"));
                } else {
                    assert!([OK, OK_CLOSE, CONTINUE].contains(&to_send));
                }
                let (half, all) = (to_send.len() / 2, to_send.len());
                connection.sent(half).expect("that much was to send");
                connection.sent(all - half).expect("that much was to send");
            }
        }
    }
}

/// `rest` in pieces of these lengths.
struct Pieces<'a, L> {
    lengths: L,
    rest: &'a [u8],
}

impl<'a, 'l, L: Iterator<Item = &'l u8>> Iterator for Pieces<'a, L> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let length = usize::from(*self.lengths.next()?).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(piece)
    }
}
