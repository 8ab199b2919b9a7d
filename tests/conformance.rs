//! The rules of RFC 9110 and RFC 9112 for a client.
//!
//! [`cases`] is the table: bytes and their result. Each case is read whole, one byte at a time, and
//! split in two at every position; alone, and followed by another message. The result must always
//! be the same. `docs/conformance.md` lists the same rules and cases; a test compares the two.

use std::fmt::Debug;
use std::iter;

use atlas_webhook::{
    Endpoint, Error, ErrorKind, Exchange, Limits, Registration, Request, Response, State,
};

/// The rules for every client of HTTP/1.1.
const RULES: [&str; 48] = [
    "interim-skip",
    "switching-protocols",
    "no-body-204",
    "no-body-304",
    "205-has-framing",
    "head-response",
    "chunked-decode",
    "te-name-case",
    "chunk-ext",
    "chunk-size-syntax",
    "chunk-size-overflow",
    "chunk-crlf",
    "chunk-bare-lf",
    "chunk-bare-cr",
    "trailers",
    "truncated-chunked",
    "truncated-length",
    "extra-bytes",
    "close-delimited",
    "te-and-cl",
    "te-not-chunked-last",
    "te-unsupported-then-chunked",
    "te-chunked-twice",
    "te-chunked-params",
    "te-http10",
    "cl-invalid",
    "cl-conflict",
    "cl-repeated",
    "cl-overflow",
    "field-ows",
    "field-name-case",
    "ws-before-colon",
    "obs-fold",
    "fold-before-first",
    "bare-cr",
    "bare-lf",
    "nul-ctl",
    "obs-text",
    "field-name-token",
    "status-line",
    "minor-version",
    "major-version",
    "status-range",
    "leading-empty-lines",
    "early-eof-head",
    "persistence",
    "header-limits",
    "content-encoding",
];

/// Separate tests, for rules that a case cannot show.
const TESTS: [(&str, &str); 4] = [
    ("head-response", "only_post_is_sent_so_a_response_to_head_is_never_read"),
    ("status-range", "a_status_outside_of_the_known_classes_is_a_server_error"),
    ("early-eof-head", "a_close_before_any_byte_is_told_apart_from_one_within_the_head"),
    ("content-encoding", "an_unknown_content_coding_fails_as_a_coding_and_not_as_json"),
];

/// Small, so that a case shows a limit in a few bytes.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.head = 300;
    limits.fields = 8;
    limits.interim = 2;
    limits.body = 100;
    limits.chunk_overhead = 120;
    limits
}

struct Case {
    rule: &'static str,
    name: String,
    /// The response. If it is rejected, the part before the offending byte.
    good: Vec<u8>,
    /// What follows.
    rest: Vec<u8>,
    means: Means,
}

enum Means {
    /// Complete after `good`, whether or not the connection is closed then.
    Complete(Answer),
    /// Complete when the connection is closed, and only then.
    AtClose(Answer),
    /// Never complete: the connection is closed too early. With the status, if it is known.
    CutShort(Option<u16>),
    /// Rejected at the first byte of `rest`, or at the last byte of `good` if `rest` is empty.
    Refused(ErrorKind),
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Answer {
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    reusable: bool,
}

/// The final response of a case. By default the connection is reusable.
fn answer(status: u16) -> Answer {
    Answer { status, reusable: true, ..Answer::default() }
}

impl Answer {
    fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    fn body(self, body: impl AsRef<[u8]>) -> Self {
        Self { body: body.as_ref().to_vec(), ..self }
    }

    fn not_reusable(self) -> Self {
        Self { reusable: false, ..self }
    }
}

/// Collects the cases of one rule after the other.
#[derive(Default)]
struct Table {
    rule: &'static str,
    cases: Vec<Case>,
}

impl Table {
    fn rule(&mut self, rule: &'static str) -> &mut Self {
        self.rule = rule;
        self
    }

    fn add(&mut self, name: &str, good: &[u8], rest: &[u8], means: Means) -> &mut Self {
        let (name, good, rest) = (name.to_owned(), good.to_vec(), rest.to_vec());
        self.cases.push(Case { rule: self.rule, name, good, rest, means });
        self
    }

    fn complete(&mut self, name: &str, good: impl AsRef<[u8]>, answer: Answer) -> &mut Self {
        self.add(name, good.as_ref(), b"", Means::Complete(answer))
    }

    fn at_close(&mut self, name: &str, good: impl AsRef<[u8]>, answer: Answer) -> &mut Self {
        self.add(name, good.as_ref(), b"", Means::AtClose(answer.not_reusable()))
    }

    fn cut_short(&mut self, name: &str, good: impl AsRef<[u8]>, status: Option<u16>) -> &mut Self {
        self.add(name, good.as_ref(), b"", Means::CutShort(status))
    }

    /// Rejected at the first byte of `bad`.
    fn refused(&mut self, name: &str, good: impl AsRef<[u8]>, bad: impl AsRef<[u8]>) -> &mut Self {
        self.add(name, good.as_ref(), bad.as_ref(), Means::Refused(ErrorKind::Protocol))
    }

    fn limited(&mut self, name: &str, good: impl AsRef<[u8]>, bad: impl AsRef<[u8]>) -> &mut Self {
        self.add(name, good.as_ref(), bad.as_ref(), Means::Refused(ErrorKind::Limit))
    }

    /// A status line and these field lines, rejected at the end of the section.
    fn fields_refused(&mut self, name: &str, fields: impl AsRef<[u8]>) -> &mut Self {
        self.refused(name, ok(fields, ""), "hello")
    }
}

/// `200 OK` with these field lines and this body.
fn ok(fields: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\n", fields.as_ref(), b"\r\n", body.as_ref()].concat()
}

/// A chunked `200 OK`.
fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    ok("Transfer-Encoding: chunked\r\n", body)
}

/// The result of a response of [`chunked`].
fn chunked_answer(body: &str) -> Answer {
    answer(200).field("Transfer-Encoding", "chunked").body(body)
}

/// The result of `200 OK` with a `Content-Length` and this body.
fn length_answer(body: &str) -> Answer {
    answer(200).field("Content-Length", body.len().to_string()).body(body)
}

fn cases() -> Vec<Case> {
    let mut table = Table::default();
    interim_and_bodyless(&mut table);
    chunked_coding(&mut table);
    framing(&mut table);
    fields(&mut table);
    status_lines(&mut table);
    connections_and_limits(&mut table);
    table.cases
}

fn interim_and_bodyless(table: &mut Table) {
    const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
    const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n";
    let last = ok("Content-Length: 2\r\n", "{}");

    table
        .rule("interim-skip")
        .complete(
            "interim responses are skipped with their fields",
            [CONTINUE.as_bytes(), HINTS.as_bytes(), &last].concat(),
            length_answer("{}"),
        )
        .cut_short("an interim response is not the response", CONTINUE, None)
        .limited("one interim response too many", CONTINUE.repeat(3), &last);

    table.rule("switching-protocols").refused(
        "101 was not asked for",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        "PRI * HTTP/2.0\r\n",
    );

    table
        .rule("no-body-204")
        .complete(
            "204 has no body for its Content-Length",
            "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
            answer(204).field("Content-Length", "5"),
        )
        .complete(
            "204 has no body for its Transfer-Encoding",
            "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
            answer(204).field("Transfer-Encoding", "chunked"),
        )
        .complete("204 needs no close", "HTTP/1.1 204 \r\n\r\n", answer(204));

    table
        .rule("no-body-304")
        .complete(
            "304 has no body for its Content-Length",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
            answer(304).field("Content-Length", "5"),
        )
        .complete(
            "304 has no body for any field",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: many\r\n\r\n",
            answer(304).field("Content-Length", "many"),
        );

    table
        .rule("205-has-framing")
        .complete(
            "205 has the body that it announces",
            "HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\n{}",
            answer(205).field("Content-Length", "2").body("{}"),
        )
        .at_close("205 runs to the close", "HTTP/1.1 205 Reset Content\r\n\r\n", answer(205));
}

fn chunked_coding(table: &mut Table) {
    table
        .rule("chunked-decode")
        .complete(
            "sizes in either case and with zeros in front",
            chunked("a\r\n0123456789\r\n00B\r\n0123456789a\r\n000\r\n\r\n"),
            chunked_answer("01234567890123456789a"),
        )
        .complete("no chunk but the last", chunked("0\r\n\r\n"), chunked_answer(""))
        .complete(
            "chunk data that looks like a chunk",
            chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
            chunked_answer("0\r\n\r\n"),
        );

    table
        .rule("te-name-case")
        .complete(
            "any case, white space and empty members",
            ok("tRANSFER-eNCODING:\t, ChunKed ,\r\n", "2\r\n{}\r\n0\r\n\r\n"),
            answer(200).field("tRANSFER-eNCODING", ", ChunKed ,").body("{}"),
        )
        .complete(
            "an empty field line beside chunked",
            ok("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            answer(200).field("Transfer-Encoding", "").field("Transfer-Encoding", "chunked"),
        );

    table
        .rule("chunk-ext")
        .complete(
            "extensions are skipped",
            chunked("2;a;b=c\t; d = \"x;\\\"é\\\\y\"\r\n{}\r\n0;last=1\r\n\r\n"),
            chunked_answer("{}"),
        )
        .limited("extensions over the limit", chunked(["1;", &"a".repeat(118)].concat()), "a")
        .refused("an extension without name", chunked("2;"), "=b\r\n{}\r\n")
        .refused("an extension without value", chunked("2;a="), "\r\n{}\r\n")
        .refused("two semicolons", chunked("2;"), ";a\r\n{}\r\n")
        .refused("a quoted value with a control character", chunked("2;a=\"b"), "\x07\"\r\n{}\r\n")
        .refused("text behind a quoted value", chunked("2;a=\"b\""), "c\r\n{}\r\n");

    table
        .rule("chunk-size-syntax")
        .refused("a plus sign", chunked(""), "+2\r\n{}\r\n0\r\n\r\n")
        .refused("a minus sign", chunked(""), "-2\r\n{}\r\n0\r\n\r\n")
        .refused("a space in front", chunked(""), " 2\r\n{}\r\n0\r\n\r\n")
        .refused("a space behind", chunked("2 "), "\r\n{}\r\n0\r\n\r\n")
        .refused("0x in front", chunked("0"), "x2\r\n{}\r\n0\r\n\r\n")
        .refused("an underscore", chunked("0"), "_2\r\n{}\r\n0\r\n\r\n")
        .refused("NUL behind", chunked("2"), "\0\r\n{}\r\n0\r\n\r\n")
        .refused("no size", chunked(""), "\r\n{}\r\n0\r\n\r\n")
        .refused("no size but an extension", chunked(""), ";a\r\n{}\r\n0\r\n\r\n");

    let nearly_full = chunked(["5f\r\n", &"x".repeat(95), "\r\n"].concat());
    table
        .rule("chunk-size-overflow")
        .limited("2^32 + 2 is not 2", chunked("10"), "0000002\r\n{}\r\n0\r\n\r\n")
        .limited("2^64 + 2 is not 2", chunked("10"), "000000000000002\r\n{}\r\n0\r\n\r\n")
        .limited("all chunks together", nearly_full, "6\r\n");

    table
        .rule("chunk-crlf")
        .refused("data longer than its size", chunked("2\r\n{}"), "}\r\n0\r\n\r\n")
        .refused("data shorter than its size", chunked("4\r\n{}\r\n"), "0\r\n\r\n")
        .refused("CR alone behind data", chunked("2\r\n{}\r"), "0\r\n\r\n");

    table
        .rule("chunk-bare-lf")
        .refused("LF alone behind a size", chunked("2"), "\n{}\r\n0\r\n\r\n")
        .refused("LF alone behind an extension", chunked("2;a"), "\n{}\r\n0\r\n\r\n")
        .refused("LF alone behind data", chunked("2\r\n{}"), "\n0\r\n\r\n")
        .refused("LF alone behind the last size", chunked("2\r\n{}\r\n0"), "\n\r\n")
        .refused("LF alone as the end", chunked("2\r\n{}\r\n0\r\n"), "\n");

    table
        .rule("chunk-bare-cr")
        .refused("CR alone behind a size", chunked("2\r"), "{}\r\n0\r\n\r\n")
        .refused("CR alone in an extension", chunked("2;a\r"), "b\r\n{}\r\n0\r\n\r\n")
        .refused("CR alone in a quoted value", chunked("2;a=\""), "\r\"\r\n{}\r\n0\r\n\r\n")
        .refused("two CR", chunked("2\r"), "\r\n{}\r\n0\r\n\r\n");

    table
        .rule("trailers")
        .complete(
            "trailers are read and not merged",
            chunked("2\r\n{}\r\n0\r\nContent-Length: 7\r\nConnection: close\r\nA: b\r\n c\r\n\r\n"),
            chunked_answer("{}"),
        )
        .refused("a trailer that is not a field", chunked("0\r\nno colon\r\n\r\n"), "")
        .refused("no field behind a fold", chunked("0\r\nA: b\r\n c\r\nno colon\r\n\r\n"), "")
        .refused("a trailer section that starts with a fold", chunked("0\r\n"), " a: b\r\n\r\n")
        .limited("trailers over the limit", chunked(["0\r\nA:", &"b".repeat(298)].concat()), "b")
        .limited(
            "one trailer too many",
            chunked(["0\r\n", &"A:\r\n".repeat(8)].concat()),
            "A:\r\n",
        );

    table
        .rule("truncated-chunked")
        .cut_short("closed within a size", chunked("1"), Some(200))
        .cut_short("closed within data", chunked("5\r\nhel"), Some(200))
        .cut_short("closed behind a chunk", chunked("2\r\n{}\r\n"), Some(200))
        .cut_short("closed behind the last size", chunked("2\r\n{}\r\n0\r\n"), Some(200))
        .cut_short("closed within the trailers", chunked("2\r\n{}\r\n0\r\nA: b\r\n"), Some(200));
}

fn framing(table: &mut Table) {
    table
        .rule("truncated-length")
        .cut_short("fewer bytes than announced", ok("Content-Length: 5\r\n", "hell"), Some(200))
        .cut_short("no byte of a body", ok("Content-Length: 5\r\n", ""), Some(200));

    table
        .rule("extra-bytes")
        .add(
            "bytes behind a length",
            &ok("Content-Length: 2\r\n", "{}"),
            b"\r\n",
            Means::Complete(length_answer("{}")),
        )
        .add(
            "bytes behind the last chunk",
            &chunked("2\r\n{}\r\n0\r\n\r\n"),
            b"0\r\n\r\n",
            Means::Complete(chunked_answer("{}")),
        )
        .add(
            "bytes behind a response without body",
            &ok("Content-Length: 0\r\n", ""),
            b"{}",
            Means::Complete(length_answer("")),
        );

    table
        .rule("close-delimited")
        .at_close("the body runs to the close", ok("", "{}"), answer(200).body("{}"))
        .at_close("and may be empty", ok("", ""), answer(200))
        .limited("a body without end", ok("", "x".repeat(100)), "x");

    table.rule("te-and-cl").complete(
        "Transfer-Encoding wins, and the connection is done",
        ok("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        answer(200)
            .field("Content-Length", "1")
            .field("Transfer-Encoding", "chunked")
            .body("{}")
            .not_reusable(),
    );
    for (name, status, fields) in [
        ("both on 204", 204, [("Transfer-Encoding", "chunked"), ("Content-Length", "5")]),
        ("both on 304", 304, [("Content-Length", "5"), ("Transfer-Encoding", "gzip")]),
        ("a faulty length on 304", 304, [("Content-Length", "x"), ("Transfer-Encoding", "")]),
    ] {
        let [(first, second), (third, fourth)] = fields;
        table.complete(
            name,
            format!("HTTP/1.1 {status} \r\n{first}: {second}\r\n{third}: {fourth}\r\n\r\n"),
            answer(status).field(first, second).field(third, fourth).not_reusable(),
        );
    }
    table.complete(
        "both on an interim response",
        [
            b"HTTP/1.1 103 \r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n".as_slice(),
            &ok("Content-Length: 2\r\n", "{}"),
        ]
        .concat(),
        length_answer("{}").not_reusable(),
    );

    table
        .rule("te-not-chunked-last")
        .fields_refused("chunked, gzip", "Transfer-Encoding: chunked, gzip\r\n")
        .fields_refused("gzip alone", "Transfer-Encoding: gzip\r\n")
        .fields_refused("identity", "Transfer-Encoding: identity\r\n")
        .fields_refused("an empty list", "Transfer-Encoding: ,\r\n")
        .fields_refused("with a length beside", "Transfer-Encoding: x\r\nContent-Length: 5\r\n");
    table
        .rule("te-unsupported-then-chunked")
        .fields_refused("gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n")
        .fields_refused(
            "gzip and chunked in two lines",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        );
    table
        .rule("te-chunked-twice")
        .fields_refused("chunked, chunked", "Transfer-Encoding: chunked, chunked\r\n")
        .fields_refused("chunked in two lines", "Transfer-Encoding: chunked\r\n".repeat(2));
    table
        .rule("te-chunked-params")
        .fields_refused("chunked with a parameter", "Transfer-Encoding: chunked;a=b\r\n")
        .fields_refused("chunked with a semicolon", "Transfer-Encoding: chunked;\r\n");
    table.rule("te-http10").refused(
        "Transfer-Encoding in HTTP/1.0",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "0\r\n\r\n",
    );
    for status in ["204", "304"] {
        table.complete(
            &format!("{status} with Transfer-Encoding in HTTP/1.0"),
            format!(
                "HTTP/1.0 {status} \r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
            ),
            answer(status.parse().expect("a number"))
                .field("Connection", "keep-alive")
                .field("Transfer-Encoding", "chunked")
                .not_reusable(),
        );
    }
    table.complete(
        "an interim response with Transfer-Encoding in HTTP/1.0",
        [
            b"HTTP/1.0 103 \r\nTransfer-Encoding: chunked\r\n\r\n".as_slice(),
            &ok("Content-Length: 2\r\n", "{}"),
        ]
        .concat(),
        length_answer("{}").not_reusable(),
    );

    table.rule("cl-invalid");
    for (name, value) in [
        ("empty", ""),
        ("a plus sign", "+5"),
        ("a minus sign", "-5"),
        ("a fraction", "5.0"),
        ("hexadecimal", "0x5"),
        ("a space within", "5 5"),
        ("a word", "five"),
        ("an empty member behind", "5,"),
        ("an empty member in front", ",5"),
        ("a semicolon", "5;5"),
        ("quoted", "\"5\""),
        ("a digit that is not ASCII", "\u{665}"),
    ] {
        table.fields_refused(name, format!("Content-Length: {value}\r\n"));
    }
    table.fields_refused("one of two invalid", "Content-Length: 5\r\nContent-Length:\r\n");

    table
        .rule("cl-conflict")
        .fields_refused("5 and 6 in two lines", "Content-Length: 5\r\nContent-Length: 6\r\n")
        .fields_refused("5 and 6 in a list", "Content-Length: 5, 6\r\n")
        .fields_refused(
            "2^64 and 2^64 + 1 in two lines",
            "Content-Length: 18446744073709551616\r\nContent-Length: 18446744073709551617\r\n",
        )
        .fields_refused(
            "2^64 and 2^64 + 1 in a list",
            "Content-Length: 18446744073709551616, 18446744073709551617\r\n",
        );
    table
        .rule("cl-repeated")
        .complete(
            "2 in two lines",
            ok("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
            answer(200).field("Content-Length", "2").field("Content-Length", "2").body("{}"),
        )
        .complete(
            "2 twice in a list",
            ok("Content-Length: 2, 2\r\n", "{}"),
            answer(200).field("Content-Length", "2, 2").body("{}"),
        )
        .complete(
            "2 and 02 are the same number",
            ok("Content-Length: 2, 02\r\n", "{}"),
            answer(200).field("Content-Length", "2, 02").body("{}"),
        );
    table
        .rule("cl-overflow")
        .complete(
            "as long as the limit",
            ok("Content-Length: 100\r\n", "x".repeat(100)),
            length_answer(&"x".repeat(100)),
        )
        .limited("one more than the limit", ok("Content-Length: 101\r\n", ""), "x")
        .limited("2^32 + 2", ok("Content-Length: 4294967298\r\n", ""), "{}")
        .limited("2^64 + 2", ok("Content-Length: 18446744073709551618\r\n", ""), "{}")
        .limited(
            "2^64 + 2 twice",
            ok("Content-Length: 18446744073709551618, 018446744073709551618\r\n", ""),
            "{}",
        );
}

fn fields(table: &mut Table) {
    const END: &str = "Content-Length: 0\r\n";
    let with = |lines: &[u8]| ok([lines, END.as_bytes()].concat(), "");
    let read_as = |value: &[u8]| answer(200).field("A", value).field("Content-Length", "0");

    table
        .rule("field-ows")
        .complete("white space around a value", with(b"A: \t b  c \t \r\n"), read_as(b"b  c"))
        .complete("no white space", with(b"A:b\r\n"), read_as(b"b"))
        .complete("an empty value", with(b"A:\r\n"), read_as(b""))
        .complete("nothing but white space", with(b"A: \t \r\n"), read_as(b""))
        .complete("a colon in a value", with(b"A: :b:\r\n"), read_as(b":b:"));

    table.rule("field-name-case").complete(
        "names in any case",
        ok("CONTENT-length: 2\r\ncOnNeCtIoN: close\r\n", "{}"),
        answer(200)
            .field("CONTENT-length", "2")
            .field("cOnNeCtIoN", "close")
            .body("{}")
            .not_reusable(),
    );

    table
        .rule("ws-before-colon")
        .fields_refused("a space before the colon", "Content-Length : 5\r\n")
        .fields_refused("a tab before the colon", "Content-Length\t: 5\r\n");

    table
        .rule("obs-fold")
        .complete("a fold is a space", with(b"A: b \t\r\n \t c\r\n"), read_as(b"b c"))
        .complete("folds of a fold", with(b"A:\r\n b\r\n\tc\r\n d\r\n"), read_as(b"b c d"))
        .complete("a fold of nothing", with(b"A: b\r\n \r\n\t\r\n"), read_as(b"b"))
        .complete("a colon behind a fold", with(b"A: b\r\n C: d\r\n"), read_as(b"b C: d"))
        .complete("a folded length", ok("Content-Length:\r\n 2\r\n", "{}"), length_answer("{}"))
        .fields_refused("a length in two halves", "Content-Length: 1\r\n 2\r\n")
        .fields_refused("a control character before a fold", "A: b\x0C\r\n c\r\n")
        .fields_refused("a control character behind a fold", "A: b\r\n \x0Cc\r\n")
        .fields_refused("a fold within a name", "A\r\n : b\r\n")
        .refused("a fold behind LF alone", "HTTP/1.1 200 OK\r\nA: b", "\n c\r\n\r\n");

    table
        .rule("fold-before-first")
        .refused("a space in front of the first field", "HTTP/1.1 200 OK\r\n", " A: b\r\n\r\n")
        .refused("a tab in front of the first field", "HTTP/1.1 200 OK\r\n", "\tA: b\r\n\r\n")
        .refused("a space in front of the empty line", "HTTP/1.1 200 OK\r\n", " \r\n\r\n");

    table
        .rule("bare-cr")
        .refused("in the reason", "HTTP/1.1 200 OK\r", "OK\r\n\r\n")
        .refused("in a value", "HTTP/1.1 200 OK\r\nA: b\r", "c\r\n\r\n")
        .refused("in a name", "HTTP/1.1 200 OK\r\nA\r", "B: c\r\n\r\n")
        .refused("twice at a line's end", "HTTP/1.1 200 OK\r\nA: b\r", "\r\n\r\n")
        .refused("as the empty line", "HTTP/1.1 200 OK\r\n\r", "{}");

    table
        .rule("bare-lf")
        .refused("behind the status line", "HTTP/1.1 200 OK", "\nA: b\r\n\r\n")
        .refused("behind the status code", "HTTP/1.1 200", "\nA: b\r\n\r\n")
        .refused("behind a field", "HTTP/1.1 200 OK\r\nA: b", "\nC: d\r\n\r\n")
        .refused("as the empty line", "HTTP/1.1 200 OK\r\nA: b\r\n", "\n{}");

    table
        .rule("nul-ctl")
        .refused("NUL in the reason", "HTTP/1.1 200 O", "\0K\r\n\r\n")
        .refused("BEL in the reason", "HTTP/1.1 200 O", "\x07K\r\n\r\n")
        .refused("DEL in the reason", "HTTP/1.1 200 O", "\x7FK\r\n\r\n")
        .refused("NUL in a value", "HTTP/1.1 200 OK\r\nA: b", "\0c\r\n\r\n")
        .refused("NUL in a name", "HTTP/1.1 200 OK\r\nA", "\0: b\r\n\r\n")
        .refused("NUL in front of a name", "HTTP/1.1 200 OK\r\n", "\0: b\r\n\r\n")
        .refused(
            "NUL in front of a trailer",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            "\0: b\r\n\r\n",
        )
        .fields_refused("BEL in a value", "A: b\x07\r\n")
        .fields_refused("a form feed in a value", "A: \x0Cb\r\n")
        .fields_refused("DEL in a value", "A: b\x7F\r\n");

    table
        .rule("obs-text")
        .complete(
            "not UTF-8, in a value",
            with(b"A: \xE9\xFF\x80 \xF0\r\n"),
            read_as(b"\xE9\xFF\x80 \xF0"),
        )
        .complete(
            "not UTF-8, in the reason",
            b"HTTP/1.1 200 \xE9\xFF\r\nContent-Length: 0\r\n\r\n",
            length_answer(""),
        );

    table
        .rule("field-name-token")
        .fields_refused("a space in a name", "A B: c\r\n")
        .fields_refused("a parenthesis in a name", "A(B): c\r\n")
        .fields_refused("a quote in a name", "\"A\": b\r\n")
        .refused("not ASCII in a name", ok(b"\xC4: b\r\n", ""), "")
        .fields_refused("no name", ": b\r\n")
        .fields_refused("no colon", "A\r\n")
        .complete(
            "every character of a token",
            ok("!#$%&'*+-.^_`|~09AZaz: b\r\nContent-Length: 0\r\n", ""),
            answer(200).field("!#$%&'*+-.^_`|~09AZaz", "b").field("Content-Length", "0"),
        );
}

fn status_lines(table: &mut Table) {
    const END: &str = "\r\nContent-Length: 0\r\n\r\n";
    let line = |line: &str| [line, END].concat();

    table
        .rule("status-line")
        .complete("a reason that means nothing", line("HTTP/1.1 200 404 \t?"), length_answer(""))
        .complete("an empty reason", line("HTTP/1.1 200 "), length_answer(""))
        .complete("no space behind the code", line("HTTP/1.1 200"), length_answer(""))
        .refused("a name in lower case", "", line("http/1.1 200 OK"))
        .refused("another name", "HTTP", line("S/1.1 200 OK"))
        .refused("two spaces", "HTTP/1.1 ", line(" 200 OK"))
        .refused("a tab", "HTTP/1.1", line("\t200 OK"))
        .refused("a code of two digits", "HTTP/1.1 20", line(" OK"))
        .refused("a code of four digits", "HTTP/1.1 200", line("0 OK"))
        .refused("a code with a sign", "HTTP/1.1 ", line("+20 OK"))
        .refused("a code with a letter", "HTTP/1.1 2", line("o0 OK"))
        .refused("a code with a number sign", "HTTP/1.1 2", line("#0 OK"))
        .refused("a tab behind the code", "HTTP/1.1 200", line("\tOK"))
        .refused("no HTTP at all", "", "<!DOCTYPE html>\n");

    table
        .rule("minor-version")
        .complete("1.9 is read as 1.1", line("HTTP/1.9 200 OK"), length_answer(""))
        .complete(
            "1.0 does not persist by itself",
            line("HTTP/1.0 200 OK"),
            length_answer("").not_reusable(),
        )
        .refused("a minor version of two digits", "HTTP/1.1", line("0 200 OK"))
        .refused("a number sign for a minor version", "HTTP/1.", line("# 200 OK"))
        .refused("no minor version", "HTTP/1", line(" 200 OK"));

    table
        .rule("major-version")
        .refused("HTTP/2.0", "HTTP/", line("2.0 200 OK"))
        .refused("HTTP/0.9", "HTTP/", line("0.9 200 OK"))
        .refused("a major version of two digits", "HTTP/1", line("1.1 200 OK"));

    let unknown = |status| Answer { status, ..length_answer("") };
    table
        .rule("status-range")
        .complete("000", line("HTTP/1.1 000 ?"), unknown(0))
        .complete("099", line("HTTP/1.1 099 ?"), unknown(99))
        .complete("299", line("HTTP/1.1 299 ?"), unknown(299))
        .complete("600", line("HTTP/1.1 600 ?"), unknown(600))
        .complete("999", line("HTTP/1.1 999 ?"), unknown(999));

    table
        .rule("leading-empty-lines")
        .refused("CRLF in front", "", line("\r\nHTTP/1.1 200 OK"))
        .refused("LF in front", "", line("\nHTTP/1.1 200 OK"))
        .refused("a space in front", "", line(" HTTP/1.1 200 OK"));
}

fn connections_and_limits(table: &mut Table) {
    table
        .rule("early-eof-head")
        .cut_short("closed before any byte", "", None)
        .cut_short("closed within the version", "HTTP/1", None)
        .cut_short("closed within the reason", "HTTP/1.1 200 O", None)
        .cut_short("closed within a field", "HTTP/1.1 200 OK\r\nA: ", None)
        .cut_short("closed before the empty line", "HTTP/1.1 200 OK\r\nA: b\r\n", None)
        .cut_short("closed within the empty line", "HTTP/1.1 200 OK\r\nA: b\r\n\r", None);

    table.rule("persistence");
    for (name, version, value, reusable) in [
        ("persistent by itself", "1.1", "x", true),
        ("close", "1.1", "close", false),
        ("close in any case", "1.1", "cLoSe", false),
        ("close in a list", "1.1", "x ,\tclose, y", false),
        ("close in a second field", "1.1", "x\r\nConnection: close", false),
        ("close beats keep-alive", "1.1", "keep-alive, close", false),
        ("a word that contains close", "1.1", "x-close", true),
        ("1.0 with keep-alive", "1.0", "Keep-Alive", true),
        ("1.0 without", "1.0", "x", false),
        ("1.0 with both", "1.0", "keep-alive\r\nConnection: close", false),
    ] {
        let head = format!("HTTP/{version} 200 OK\r\nContent-Length: 2\r\nConnection: {value}\r\n");
        let mut expected = length_answer("{}");
        for value in value.split("\r\nConnection: ") {
            expected = expected.field("Connection", value);
        }
        table.complete(name, head + "\r\n{}", Answer { reusable, ..expected });
    }
    for (name, interim, reusable) in [
        ("close in 100", "100 Continue\r\nConnection: close", false),
        ("close in 103", "103 Early Hints\r\nconnection: x ,CLOSE", false),
        ("close in the first of two", "103 \r\nConnection: close\r\n\r\nHTTP/1.1 100 ", false),
        ("1.0 without keep-alive in 100", "100 Continue\r\nConnection: x", true),
    ] {
        let version = if reusable { "1.0" } else { "1.1" };
        let interim = format!("HTTP/{version} {interim}\r\n\r\n");
        let last = ok("Connection: keep-alive\r\nContent-Length: 0\r\n", "");
        let expected = answer(200).field("Connection", "keep-alive").field("Content-Length", "0");
        table.complete(name, [interim.as_bytes(), &last].concat(), Answer { reusable, ..expected });
    }
    table.at_close(
        "keep-alive cannot save a body that runs to the close",
        ok("Connection: keep-alive\r\n", "{}"),
        answer(200).field("Connection", "keep-alive").body("{}"),
    );

    let long = |start: &str| [start, &"x".repeat(300 - start.len())].concat();
    let many = ["HTTP/1.1 200 OK\r\n", &"A:\r\n".repeat(8)].concat();
    table
        .rule("header-limits")
        .limited("a status line without end", long("HTTP/1.1 200 "), "x")
        .limited("a field line without end", long("HTTP/1.1 200 OK\r\nA: "), "x")
        .limited("a section that ends behind the limit", long("HTTP/1.1 200 OK\r\nA:"), "\r\n\r\n")
        .limited("one field too many", &many, "A:\r\n\r\n")
        .at_close(
            "as many fields as the limit",
            [&many, "\r\n"].concat(),
            (0..8).fold(answer(200), |answer, _| answer.field("A", "")),
        );

    table.rule("content-encoding").complete(
        "HTTP leaves the coding alone",
        ok("Content-Encoding: br\r\nContent-Length: 2\r\n", "{}"),
        answer(200).field("Content-Encoding", "br").field("Content-Length", "2").body("{}"),
    );
}

/// The library's result for some bytes.
#[derive(Clone, Debug, PartialEq)]
struct Reading {
    before_eof: Moment,
    at_eof: Moment,
}

#[derive(Clone, Debug, PartialEq)]
enum Moment {
    Complete { answer: Answer, consumed: usize },
    Waiting { status: Option<u16> },
    Failed { kind: ErrorKind, offset: Option<u64>, status: Option<u16>, message: String },
}

/// Reads the pieces as the response to a request that was sent.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Reading {
    let mut exchange = Exchange::new(&request());
    exchange.sent(exchange.to_send().len()).expect("that much was to send");
    let mut consumed = 0;
    for piece in pieces {
        match exchange.received(piece) {
            Ok(used) => {
                assert!(used == piece.len() || exchange.state() == State::Done, "swallowed");
                consumed += used;
            }
            Err(error) => {
                assert_eq!(exchange.state(), State::Failed);
                assert!(!exchange.reusable());
                let after = exchange.received_eof().expect_err("a failure stays");
                return Reading { before_eof: failed(&error), at_eof: failed(&after) };
            }
        }
    }
    let done = exchange.state() == State::Done;
    let (status, reusable) = (exchange.http_status(), exchange.reusable());
    let at_eof = match exchange.received_eof() {
        Ok(state) => {
            assert_eq!(state, State::Done);
            assert_eq!(exchange.reusable(), reusable, "closing changes nothing about it");
            let response = exchange.take_response().expect("it is done");
            Moment::Complete { answer: read_out(&response, reusable), consumed }
        }
        Err(error) => failed(&error),
    };
    let before_eof = if done { at_eof.clone() } else { Moment::Waiting { status } };
    Reading { before_eof, at_eof }
}

fn read_out(response: &Response, reusable: bool) -> Answer {
    let own = |(name, value): (&str, &[u8])| (name.to_owned(), value.to_vec());
    Answer {
        status: response.status(),
        fields: response.headers().map(own).collect(),
        body: response.coded_body().to_vec(),
        reusable,
    }
}

fn failed(error: &Error) -> Moment {
    Moment::Failed {
        kind: error.kind(),
        offset: error.offset(),
        status: error.http_status(),
        message: error.message().to_owned(),
    }
}

fn request() -> Request {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_limits(limits());
    let registration = Registration::new("https://example.com/").expect("a valid URL");
    Request::registration(&endpoint, &registration).expect("a valid request")
}

/// Reads `bytes` with every split. The results must be equal.
fn read_in_every_way(bytes: &[u8], case: &Case) -> Reading {
    let whole = read(iter::once(bytes));
    let single = read(bytes.chunks(1));
    assert_eq!(single, whole, "byte by byte: {}", case.title());
    for at in 0..=bytes.len() {
        let (first, second) = bytes.split_at(at);
        let cut = read([first, second].into_iter());
        assert_eq!(cut, whole, "cut at {at}: {}", case.title());
    }
    whole
}

impl Case {
    fn title(&self) -> String {
        format!("{}: {}", self.rule, self.name)
    }

    fn check(&self, reading: &Reading) {
        let Reading { before_eof, at_eof } = reading;
        let good = self.good.len();
        match &self.means {
            Means::Complete(answer) => {
                let complete = Moment::Complete { answer: answer.clone(), consumed: good };
                self.same(before_eof, &complete);
                self.same(at_eof, &complete);
            }
            Means::AtClose(answer) => {
                self.same(before_eof, &Moment::Waiting { status: Some(answer.status) });
                self.same(at_eof, &Moment::Complete { answer: answer.clone(), consumed: good });
            }
            Means::CutShort(status) => {
                self.same(before_eof, &Moment::Waiting { status: *status });
                self.check_failure(at_eof, ErrorKind::ClosedEarly);
            }
            Means::Refused(kind) => {
                self.check_failure(before_eof, *kind);
                self.same(at_eof, before_eof);
            }
        }
    }

    fn check_failure(&self, moment: &Moment, expected: ErrorKind) {
        let Moment::Failed { kind, offset, .. } = moment else {
            panic!("{}: {expected:?} was expected, not {moment:?}", self.title());
        };
        let expected = (expected, u64::try_from(self.good.len()).ok());
        self.same(&(*kind, *offset), &expected);
    }

    fn same<T: Debug + PartialEq>(&self, ours: &T, expected: &T) {
        assert_eq!(ours, expected, "{}", self.title());
    }
}

#[test]
fn every_case_has_the_result_of_the_table_regardless_of_how_it_is_split() {
    for case in cases() {
        let bytes = [&*case.good, &case.rest].concat();
        case.check(&read_in_every_way(&bytes, &case));
    }
}

#[test]
fn a_next_message_behind_changes_nothing_unless_it_belongs_to_the_body() {
    const NEXT: &[u8] = b"HTTP/1.1 500 Next\r\nContent-Length: 4\r\n\r\nnext";
    for case in cases() {
        let bytes = [&*case.good, &case.rest, NEXT].concat();
        let reading = read_in_every_way(&bytes, &case);
        match &case.means {
            Means::Complete(_) | Means::Refused(_) => case.check(&reading),
            // All bytes up to the close are the body.
            Means::AtClose(answer) => {
                let answer = Answer { body: [&*answer.body, NEXT].concat(), ..answer.clone() };
                case.same(&reading.at_eof, &Moment::Complete { answer, consumed: bytes.len() });
            }
            // The next message is read as the missing part, which cannot be detected. Only the
            // splits must not matter.
            Means::CutShort(_) => {}
        }
    }
}

#[test]
fn each_of_the_48_rules_has_a_case_and_each_case_a_rule() {
    let cases = cases();
    for rule in RULES {
        let by_case = cases.iter().any(|case| case.rule == rule);
        let by_test = TESTS.iter().any(|(shown, _)| *shown == rule);
        assert!(by_case || by_test, "{rule} is not shown");
    }
    for (n, case) in cases.iter().enumerate() {
        assert!(RULES.contains(&case.rule), "{} is not a rule", case.rule);
        let title = case.title();
        assert!(cases[..n].iter().all(|other| other.title() != title), "{title} stands twice");
    }
    for (_, test) in TESTS {
        let test = format!("\n#[test]\nfn {test}() {{");
        assert!(include_str!("conformance.rs").contains(&test), "no such test: {test}");
    }
}

#[test]
fn the_docs_list_each_rule_with_its_cases() {
    let page = include_str!("../docs/conformance.md");
    let (page, _) = page.split_once("\n## Requests\n").expect("the server's rules");
    let cases = cases();
    let rows = page.lines().filter_map(|line| {
        let (rule, row) = line.strip_prefix("| `")?.split_once("` |")?;
        Some((rule, row.trim_end_matches('|').rsplit('|').next()?.trim()))
    });
    let rows: Vec<(&str, &str)> = rows.collect();
    assert_eq!(rows.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), RULES);
    for (rule, shown_by) in rows {
        let names = cases.iter().filter(|case| case.rule == rule).map(|case| case.name.as_str());
        let tests = TESTS.iter().filter(|(shown, _)| *shown == rule);
        let all: Vec<&str> = names.chain(tests.map(|(_, test)| *test)).collect();
        assert_eq!(shown_by, all.join(" · "), "the cases of {rule}");
    }
}

#[test]
fn only_post_is_sent_so_a_response_to_head_is_never_read() {
    let request = request();
    assert_eq!(request.method(), "POST");
    assert!(request.bytes().starts_with(b"POST "));
}

#[test]
fn a_close_before_any_byte_is_told_apart_from_one_within_the_head() {
    let message = |bytes: &[u8]| match read(iter::once(bytes)).at_eof {
        Moment::Failed { kind: ErrorKind::ClosedEarly, offset, message, .. } => (offset, message),
        other => panic!("{other:?}"),
    };
    let (nothing, head) = (message(b""), message(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!((nothing.0, head.0), (Some(0), Some(17)));
    assert_ne!(nothing.1, head.1);
}

#[test]
fn a_status_outside_of_the_known_classes_is_a_server_error() {
    for status in ["000", "099", "600", "999"] {
        let answer = format!("HTTP/1.1 {status} ?\r\nContent-Length: 12\r\n\r\n{{\"status\":0}}");
        let mut exchange = Exchange::new(&request());
        exchange.received(answer.as_bytes()).expect("it is HTTP");
        let error = exchange.take_reply().expect_err("it is no success");
        assert_eq!(error.kind(), ErrorKind::ServerError, "{status}");
    }
}

#[test]
fn a_word_that_is_not_a_content_coding_is_ignored() {
    for word in
        ["none", "utf-8", "UTF8", "us-ascii", "ascii", "iso-8859-1", "7bit", "8bit", "binary"]
    {
        let mut exchange = Exchange::new(&request());
        let fields = format!("Content-Encoding: identity, {word}\r\nContent-Length: 12\r\n");
        exchange.received(&ok(fields, "{\"status\":0}")).expect("it is HTTP");
        exchange.take_reply().unwrap_or_else(|error| panic!("{word}: {error}"));
    }
}

#[test]
fn an_unknown_content_coding_fails_as_a_coding_and_not_as_json() {
    let mut exchange = Exchange::new(&request());
    let answer = ok("Content-Encoding: br\r\nContent-Length: 12\r\n", "{\"status\":0}");
    exchange.received(&answer).expect("it is HTTP");
    let error = exchange.take_reply().expect_err("it cannot be decoded");
    assert_eq!(error.kind(), ErrorKind::Encoding);
}
