//! Compares the exchange with other readers, on generated responses: a strict reader that is
//! written from the RFCs alone, httparse, and ureq-proto. With the strict reader it must agree to
//! the byte and the kind of error. Where the others differ, a row of `docs/differences.md` says so;
//! this test fails on a difference without a row, and on a row without a difference. The requests
//! of a server connection are compared in `requests.rs`.

mod generator;
mod peers;
mod reference;
mod requests;

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use atlas_webhook::{Endpoint, ErrorKind, Exchange, Limits, Registration, Request, State};
use generator::{Random, limits};
use reference::Feature::*;
use reference::Why::*;
use reference::{Feature, Heads, Reference, Section, Why};

const PAGE: &str = include_str!("../../docs/differences.md");
const SEED: u64 = 6;
/// The number of responses, if the environment variable `ANSWERS` is unset.
const ANSWERS: usize = 40_000;

/// A response that was read to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    /// Bytes of the input that belong to it.
    consumed: usize,
    /// Whether the end of the input was needed to end it.
    at_close: bool,
}

impl Answer {
    /// As a map of fields has it: names in lower case and sorted, the values of one name in order.
    fn into_map(mut self) -> Self {
        for (name, _) in &mut self.fields {
            name.make_ascii_lowercase();
        }
        self.fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        self
    }
}

/// The criterion of a row.
enum Sign {
    /// The strict reader rejects the response for one of these reasons, and the peer continues.
    Refused(&'static [Why]),
    /// The strict reader continues, and this is the first feature that the peer rejects.
    Met(Feature),
}

/// Another reader, and the rows of its table.
struct Peer {
    /// The heading of its table.
    name: &'static str,
    read: fn(&[u8], Limits) -> Option<Answer>,
    rows: &'static [(&'static str, Sign)],
}

const PEERS: [Peer; 2] = [
    Peer {
        name: "httparse",
        read: peers::httparse,
        rows: &[
            ("empty lines in front", Sign::Refused(&[EmptyLineInFront])),
            ("bare LF in a head", Sign::Refused(&[Head(Section::BareLf)])),
            ("bare LF in trailers", Sign::Refused(&[Trailers(Section::BareLf)])),
            (
                "a section over its limit",
                Sign::Refused(&[Head(Section::TooLong), Trailers(Section::TooLong)]),
            ),
            ("HTTP/1.2 to 1.9", Sign::Met(MinorVersion)),
            ("a fold in a head", Sign::Met(Fold)),
            ("a fold in trailers", Sign::Met(FoldInTrailers)),
        ],
    },
    Peer {
        name: "ureq-proto",
        read: peers::ureq_proto,
        rows: &[
            ("empty lines in front", Sign::Refused(&[EmptyLineInFront])),
            ("bare LF in a head", Sign::Refused(&[Head(Section::BareLf)])),
            ("101", Sign::Refused(&[SwitchingProtocols])),
            ("interim responses over their limit", Sign::Refused(&[TooManyInterim])),
            (
                "a head over its limits",
                Sign::Refused(&[Head(Section::TooLong), Head(Section::TooMany)]),
            ),
            ("a body over its limit", Sign::Refused(&[BodyTooLong])),
            ("chunk lines over their limit", Sign::Refused(&[TooMuchChunking])),
            ("a coding in HTTP/1.0", Sign::Refused(&[CodingInHttp10])),
            ("chunked beside another coding", Sign::Refused(&[ChunkedNotAlone])),
            ("a coding other than chunked", Sign::Refused(&[NotChunked])),
            ("such a coding beside a length", Sign::Refused(&[NotChunkedButLength])),
            ("a sign before a chunk size", Sign::Refused(&[ChunkSizeSign])),
            ("white space around a chunk size", Sign::Refused(&[ChunkSizeSpace])),
            ("a malformed chunk extension", Sign::Refused(&[ChunkExtension])),
            (
                "malformed trailers",
                Sign::Refused(&[
                    Trailers(Section::BareLf),
                    Trailers(Section::BareCr),
                    Trailers(Section::Nul),
                    Trailers(Section::FoldInFront),
                    Trailers(Section::NotAField),
                ]),
            ),
            (
                "trailers over their limits",
                Sign::Refused(&[Trailers(Section::TooLong), Trailers(Section::TooMany)]),
            ),
            ("a close within the trailer section", Sign::Refused(&[CutShortInTrailers])),
            ("HTTP/1.2 to 1.9", Sign::Met(MinorVersion)),
            ("a status below 100", Sign::Met(StatusBelow100)),
            ("a fold in a head", Sign::Met(Fold)),
            ("a 100 with a field", Sign::Met(FieldIn100)),
            ("a broken length without a body", Sign::Met(LengthWithoutBody)),
            ("a broken length beside chunked", Sign::Met(LengthBesideChunked)),
            ("a chunk line of more than 20 bytes", Sign::Met(LongChunkLine)),
        ],
    },
];

impl Peer {
    /// The row of a difference, by the reason of the strict reader or the first feature that the
    /// peer rejects.
    fn row(&self, strict: &Result<Answer, Why>, features: &[Feature]) -> Option<&'static str> {
        let matching = |found: &dyn Fn(&Sign) -> bool| {
            let mut rows = self.rows.iter().filter(|(_, sign)| found(sign));
            let row = rows.next()?.0;
            assert!(rows.next().is_none(), "{}: two rows for one sign", self.name);
            Some(row)
        };
        match strict {
            Err(why) => {
                matching(&|sign| matches!(sign, Sign::Refused(reasons) if reasons.contains(why)))
            }
            Ok(_) => features.iter().find_map(|feature| {
                matching(&|sign| matches!(sign, Sign::Met(met) if met == feature))
            }),
        }
    }
}

/// The table under a heading: the two results by the name of a difference.
fn table(name: &str) -> BTreeMap<&'static str, [&'static str; 2]> {
    let mut sections = PAGE.split("\n## ");
    let section = sections.find(|section| section.lines().next() == Some(name));
    let lines = section.unwrap_or_else(|| panic!("{name} has no section")).lines();
    let rows = lines.filter(|line| line.starts_with('|')).skip(2).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &["", row, here, there, "here" | "both", _, ""] = &cells[..] else {
            panic!("{name}: not a row: {line}");
        };
        (row, [here, there])
    });
    rows.collect()
}

fn request() -> Request {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_limits(limits());
    let registration = Registration::new("https://example.com/").unwrap();
    Request::registration(&endpoint, &registration).unwrap()
}

/// The result of the exchange for the input in pieces of this size, and its end.
fn read(request: &Request, input: &[u8], size: usize) -> Result<Answer, ErrorKind> {
    let mut exchange = Exchange::new(request);
    let mut consumed = 0;
    for piece in input.chunks(size) {
        consumed += exchange.received(piece).map_err(|error| error.kind())?;
    }
    let at_close = exchange.state() != State::Done;
    exchange.received_eof().map_err(|error| error.kind())?;
    let response = exchange.take_response().unwrap();
    let fields = response.headers();
    Ok(Answer {
        status: response.status(),
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_vec())).collect(),
        body: response.coded_body().to_vec(),
        consumed,
        at_close,
    })
}

/// `read` or `refused` each; `read otherwise` where both read, and not the same.
fn verdict(here: &Result<Answer, Why>, there: &Option<Answer>) -> [&'static str; 2] {
    match (here, there) {
        (Ok(_), Some(_)) => ["read", "read otherwise"],
        (Ok(_), None) => ["read", "refused"],
        (Err(_), Some(_)) => ["refused", "read"],
        (Err(_), None) => ["refused", "refused"],
    }
}

#[test]
fn the_exchange_reads_as_the_strict_reader_does_and_each_difference_to_a_peer_is_a_row() {
    let request = request();
    let mut random = Random(SEED);
    let mut accepted = 0;
    let mut seen: [BTreeSet<&str>; 2] = Default::default();
    let mut wrong = BTreeMap::new();
    let tables = PEERS.map(|peer| table(peer.name));
    let answers = env::var("ANSWERS").map_or(ANSWERS, |number| number.parse().unwrap());
    for _ in 0..answers {
        let input = generator::answer(&mut random);
        let mut reference = Reference::new(&input, limits(), Heads::Strict);
        let strict = reference.read();
        let size = [1, 2, 7, usize::MAX][random.below(4)];
        let ours = read(&request, &input, size);
        let shown = || input.escape_ascii();
        assert_eq!(ours, strict.clone().map_err(Why::kind), "{strict:?} of {}", shown());
        accepted += usize::from(strict.is_ok());

        for ((peer, table), seen) in PEERS.iter().zip(&tables).zip(&mut seen) {
            let theirs = (peer.read)(&input, limits());
            if theirs.clone().map(Answer::into_map) == strict.clone().ok().map(Answer::into_map) {
                continue;
            }
            let row = peer.row(&strict, &reference.features);
            let found = verdict(&strict, &theirs);
            if row.is_some_and(|row| table.get(row) == Some(&found)) {
                seen.extend(row);
            } else {
                let what =
                    row.map_or_else(|| format!("{:?}", strict.as_ref().err()), str::to_owned);
                let difference = format!("{}: {what}: {}", peer.name, found.join(", "));
                wrong.entry(difference).or_insert_with(|| shown().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "not as docs/differences.md says: {wrong:#?}");
    for ((peer, table), seen) in PEERS.iter().zip(&tables).zip(&seen) {
        let rows: BTreeSet<&str> = table.keys().copied().collect();
        assert_eq!(*seen, rows, "rows of {} that were seen, and that are written", peer.name);
    }
    // A generator of only invalid or only valid responses would show little.
    assert!((answers / 4..answers * 3 / 4).contains(&accepted), "{accepted} of {answers} accepted");
}
