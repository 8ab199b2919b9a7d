//! Bytes, cut at will, as the response to a request: they mean the same regardless of how they are split into reads, and cost
//! work and memory in proportion to their number.
//!
//! The input is a script and the response. The script is what stands before the first 0x00 byte: each
//! of its bytes is the length of one piece, and it is used round and round. Without one there are no
//! cuts, so a plain response is a valid input too.

#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::iter;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use atlas_webhook::{
    Endpoint, ErrorKind, Exchange, Limits, Registration, Request, State, take_work,
};
use libfuzzer_sys::fuzz_target;

/// How often a byte may be looked at or moved: scanned, kept, unfolded, checked, and moved once more.
const LOOKS: usize = 5;

/// The bytes of memory that a response may cost beside its own: an error has its words, and a gzip body
/// that came before it is inflated for it, by a state of 10 KiB.
const BESIDE: usize = 16 * 1024;

/// Counts the bytes asked for: where a buffer grows by a fixed amount it is copied again and again, and
/// then they are many more than were given.
struct Counting;

static ASKED_FOR: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED_FOR.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) };
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED_FOR.fetch_add(size, Ordering::Relaxed);
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Small, so that inputs of a fuzzer reach them.
static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
    let mut limits = Limits::default();
    limits.head = 256;
    limits.fields = 8;
    limits.interim = 2;
    limits.body = 128;
    limits.chunk_overhead = 64;
    limits
});

static REQUEST: LazyLock<Request> = LazyLock::new(|| {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_limits(*LIMITS);
    let registration = Registration::new("https://example.com/").expect("a valid URL");
    Request::registration(&endpoint, &registration).expect("a valid request")
});

/// Everything that the exchange tells about a response.
#[derive(Debug, PartialEq)]
struct Meaning {
    state_before_eof: State,
    status_before_eof: Option<u16>,
    reusable: bool,
    consumed: usize,
    end: Result<Answer, Failure>,
}

#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
    coded_body: Vec<u8>,
    reply: Result<String, ErrorKind>,
}

#[derive(Debug, PartialEq)]
struct Failure {
    kind: ErrorKind,
    offset: Option<u64>,
    status: Option<u16>,
    message: String,
}

impl From<atlas_webhook::Error> for Failure {
    fn from(error: atlas_webhook::Error) -> Self {
        Self {
            kind: error.kind(),
            offset: error.offset(),
            status: error.http_status(),
            message: error.message().to_owned(),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let (script, answer) = match input.iter().position(|&b| b == 0) {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (&[][..], input),
    };
    let whole = read(sent(), iter::once(answer));
    check(&whole, answer.len());
    assert_eq!(whole, read(sent(), answer.chunks(1)), "byte by byte");
    if !script.is_empty() {
        let pieces = Pieces { lengths: script.iter().cycle(), rest: answer };
        assert_eq!(whole, read(sent(), pieces), "as cut");
    }
    // Nothing was sent yet: all the same, but no further request is due on the connection.
    let early = read(Exchange::new(&REQUEST), iter::once(answer));
    assert_eq!((early.consumed, early.end, early.reusable), (whole.consumed, whole.end, false));
});

fn sent() -> Exchange {
    let mut exchange = Exchange::new(&REQUEST);
    exchange.sent(exchange.to_send().len()).expect("that much was to send");
    exchange
}

/// Pieces of the lengths that the fuzzer chose.
struct Pieces<'a, L> {
    lengths: L,
    rest: &'a [u8],
}

impl<'a, L: Iterator<Item = &'a u8>> Iterator for Pieces<'a, L> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let length = usize::from(*self.lengths.next()?);
        let (piece, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        Some(piece)
    }
}

fn read<'a>(mut exchange: Exchange, pieces: impl Iterator<Item = &'a [u8]>) -> Meaning {
    let mut consumed = 0;
    let mut given = 0;
    take_work();
    let asked_for = ASKED_FOR.load(Ordering::Relaxed);
    for piece in pieces {
        assert_eq!(exchange.received(b"").ok(), Some(0), "no bytes change nothing");
        given += piece.len();
        match exchange.received(piece) {
            Ok(used) => {
                assert!(used <= piece.len(), "more was taken than given");
                assert!(used == piece.len() || exchange.state() == State::Done, "bytes were lost");
                consumed += used;
            }
            Err(error) => {
                assert_eq!(exchange.state(), State::Failed);
                let stays = exchange.received(b"HTTP/1.1 200 OK\r\n\r\n").expect_err("it failed");
                assert_eq!(Failure::from(stays), Failure::from(error));
                break;
            }
        }
    }
    let work = take_work();
    // A gzip body is inflated for an error that comes after it.
    let most = LOOKS * given + LIMITS.body;
    assert!(work <= most, "{given} bytes cost {work} looks");
    let asked_for = ASKED_FOR.load(Ordering::Relaxed) - asked_for;
    assert!(asked_for <= 8 * given + BESIDE, "{given} bytes cost {asked_for} bytes of memory");
    let state_before_eof = exchange.state();
    let status_before_eof = exchange.http_status();
    let reusable = exchange.reusable();
    let end = exchange.received_eof().map_err(Failure::from).map(|state| {
        assert_eq!(state, State::Done);
        let response = exchange.take_response().expect("it is done");
        Answer {
            status: response.status(),
            fields: response
                .headers()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect(),
            coded_body: response.coded_body().to_vec(),
            reply: REQUEST
                .reply(&response)
                .map(|reply| reply.message().to_owned())
                .map_err(|error| error.kind()),
        }
    });
    assert_eq!(exchange.reusable(), reusable, "the end of input is no news to a whole answer");
    // A failure says by its offset how far it came; what single calls took depends on the cuts.
    let consumed = if end.is_ok() { consumed } else { 0 };
    Meaning { state_before_eof, status_before_eof, reusable, consumed, end }
}

/// What holds for every response.
fn check(meaning: &Meaning, given: usize) {
    match &meaning.end {
        Ok(answer) => {
            let fields = answer.fields.iter().map(|(name, value)| name.len() + value.len());
            assert!(fields.sum::<usize>() <= LIMITS.head);
            assert!(answer.fields.len() <= LIMITS.fields);
            assert!(answer.coded_body.len() <= LIMITS.body);
            assert!(answer.fields.iter().all(|(name, value)| {
                !name.is_empty() && !value.iter().any(|b| matches!(b, b'\r' | b'\n' | b'\0'))
            }));
            assert!(meaning.consumed <= given);
            if meaning.state_before_eof != State::Done {
                assert_eq!(meaning.consumed, given, "what runs to the close leaves nothing over");
                assert!(!meaning.reusable);
            }
        }
        Err(failure) => {
            assert!(!meaning.reusable);
            let offset = failure.offset.expect("a failure of HTTP has its place");
            assert!(offset <= given as u64);
            match failure.kind {
                ErrorKind::Protocol | ErrorKind::Limit => {
                    assert_eq!(meaning.state_before_eof, State::Failed);
                }
                ErrorKind::ClosedEarly => assert_eq!(offset, given as u64),
                other => panic!("{other:?} is no failure of HTTP"),
            }
        }
    }
}
