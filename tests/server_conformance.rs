//! The rules of RFC 9110 and RFC 9112 for a server.
//!
//! [`cases`] is the table: bytes and their result. Each case is read whole, one byte at a time, and
//! split in two at every position; alone, and followed by another request. The result must always
//! be the same. `docs/conformance.md` lists the same rules and cases; a test compares the two.

use std::iter;

use atlas_webhook::{ErrorKind, Limits, Receiver, ServerConnection, ServerState};

const RULES: [&str; 74] = [
    "request-line",
    "method-token",
    "method-not-allowed",
    "method-unknown",
    "target-chars",
    "target-form",
    "target-length",
    "absolute-form-host",
    "major-version",
    "minor-version",
    "version-case",
    "http09",
    "leading-empty-lines",
    "early-refusal",
    "ws-before-first-field",
    "ws-before-colon",
    "obs-fold",
    "field-name-token",
    "field-line",
    "nul-ctl",
    "obs-text",
    "bare-cr",
    "bare-lf",
    "field-ows",
    "head-limit",
    "field-count",
    "slow-head",
    "host",
    "no-length-no-body",
    "length-required",
    "cl-invalid",
    "cl-conflict",
    "cl-repeated",
    "cl-overflow",
    "body-limit",
    "te-http10",
    "te-not-chunked-last",
    "te-unsupported",
    "te-chunked-twice",
    "te-and-cl",
    "te-name-case",
    "chunk-size-syntax",
    "chunk-size-overflow",
    "chunk-ext",
    "chunk-overhead",
    "chunk-crlf",
    "chunk-bare-lf",
    "chunk-bare-cr",
    "trailers",
    "truncated",
    "content-encoding",
    "content-type",
    "expect-continue",
    "expect-http10",
    "expect-no-body",
    "expect-unknown",
    "persistence",
    "close-after-error",
    "close-announced",
    "pipelining",
    "early-answer",
    "lingering-close",
    "upgrade",
    "te-field",
    "answer-status-line",
    "answer-length",
    "answer-date",
    "answer-head",
    "answer-allow",
    "answer-injection",
    "refusal-order",
    "bytes-behind-refusal",
    "half-close",
    "close-on-purpose",
];

/// Separate tests in `server_connection.rs`, for rules that a case cannot show.
const TESTS: [(&str, &str); 19] = [
    ("leading-empty-lines", "empty_lines_in_front_of_a_request_do_not_start_it"),
    ("slow-head", "a_timeout_closes_an_idle_connection_and_sends_408_within_a_request"),
    ("body-limit", "a_length_over_the_limit_is_rejected_before_100_continue"),
    ("truncated", "a_close_within_a_request_is_a_rejection_without_a_response"),
    ("content-encoding", "a_gzip_body_is_decoded_and_a_damaged_one_waits_for_the_program"),
    ("expect-continue", "a_100_continue_that_was_begun_is_finished_and_another_dropped"),
    ("close-announced", "the_last_response_says_close"),
    ("pipelining", "pipelined_deliveries_are_responded_to_in_order"),
    ("lingering-close", "input_after_a_rejection_is_discarded"),
    ("answer-status-line", "every_response_is_a_status_line_and_a_length_of_0"),
    ("answer-length", "every_response_is_a_status_line_and_a_length_of_0"),
    ("answer-date", "every_response_is_a_status_line_and_a_length_of_0"),
    ("answer-allow", "a_405_and_a_415_say_what_is_accepted"),
    ("answer-injection", "a_response_contains_nothing_of_the_request"),
    ("bytes-behind-refusal", "input_after_a_rejection_is_discarded"),
    ("half-close", "a_delivery_in_front_of_a_half_close_is_responded_to"),
    (
        "half-close",
        "the_last_response_in_front_of_a_half_close_says_close_whatever_else_was_received",
    ),
    ("half-close", "a_rejection_in_front_of_a_half_close_is_the_last_response"),
    ("close-on-purpose", "close_ends_an_idle_connection_at_once_and_another_behind_its_response"),
];

const TARGET: &str = "/atlas?token=s3cret";

/// Small, so that a case shows a limit in a few bytes.
fn receiver() -> Receiver {
    let mut limits = Limits::default();
    limits.head = 300;
    limits.fields = 8;
    limits.body = 100;
    limits.chunk_overhead = 120;
    let mut receiver = Receiver::new("https://example.com/atlas?token=s3cret").expect("a URL");
    receiver.set_limits(limits);
    receiver
}

struct Case {
    rule: &'static str,
    name: &'static str,
    /// The bytes. If a request is rejected, the part before the offending byte.
    good: Vec<u8>,
    /// What follows.
    rest: Vec<u8>,
    means: Means,
}

#[derive(Clone)]
enum Means {
    /// Deliveries with these bodies. After the last one the connection continues or closes.
    Deliveries(Vec<Vec<u8>>, bool),
    /// Rejected at the first byte of `rest`, or at the last byte of `good` if `rest` is empty.
    Rejected(ErrorKind, u16),
    /// More bytes are required.
    Incomplete,
}

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

    fn add(
        &mut self,
        name: &'static str,
        good: impl AsRef<[u8]>,
        rest: impl AsRef<[u8]>,
        means: Means,
    ) -> &mut Self {
        let (good, rest) = (good.as_ref().to_vec(), rest.as_ref().to_vec());
        self.cases.push(Case { rule: self.rule, name, good, rest, means });
        self
    }

    /// One delivery, after which the connection continues.
    fn read(&mut self, name: &'static str, bytes: impl AsRef<[u8]>, body: &str) -> &mut Self {
        self.add(name, bytes, "", Means::Deliveries(vec![body.into()], true))
    }

    /// One delivery, after which it closes.
    fn last(&mut self, name: &'static str, bytes: impl AsRef<[u8]>, body: &str) -> &mut Self {
        self.add(name, bytes, "", Means::Deliveries(vec![body.into()], false))
    }

    /// 400 for the first byte of `bad`.
    fn bad(
        &mut self,
        name: &'static str,
        good: impl AsRef<[u8]>,
        bad: impl AsRef<[u8]>,
    ) -> &mut Self {
        self.add(name, good, bad, Means::Rejected(ErrorKind::Protocol, 400))
    }

    /// 400 for these field lines, at the end of the head.
    fn bad_fields(&mut self, name: &'static str, fields: impl AsRef<[u8]>) -> &mut Self {
        self.bad(name, post(fields, ""), "{}")
    }

    fn rejected(
        &mut self,
        name: &'static str,
        (kind, status): (ErrorKind, u16),
        good: impl AsRef<[u8]>,
        bad: impl AsRef<[u8]>,
    ) -> &mut Self {
        self.add(name, good, bad, Means::Rejected(kind, status))
    }

    fn incomplete(&mut self, name: &'static str, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.add(name, bytes, "", Means::Incomplete)
    }
}

/// A POST in HTTP/1.1 with a Host, these field lines and this body.
fn post(fields: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Vec<u8> {
    let start = format!("POST {TARGET} HTTP/1.1\r\nHost: a\r\n");
    [start.as_bytes(), fields.as_ref(), b"\r\n", body.as_ref()].concat()
}

/// With a length.
fn sized(body: &str) -> Vec<u8> {
    post(format!("Content-Length: {}\r\n", body.len()), body)
}

fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    post("Transfer-Encoding: chunked\r\n", body)
}

/// The request line with these three parts, and a valid head.
fn line(line: &str) -> String {
    format!("{line}\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}")
}

const PROTOCOL: ErrorKind = ErrorKind::Protocol;
const LIMIT: ErrorKind = ErrorKind::Limit;
const METHOD: (ErrorKind, u16) = (ErrorKind::MalformedDelivery, 405);

fn cases() -> Vec<Case> {
    let mut table = Table::default();
    start_lines(&mut table);
    fields(&mut table);
    framing(&mut table);
    chunks(&mut table);
    meaning(&mut table);
    table.cases
}

fn start_lines(table: &mut Table) {
    let head = "\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
    let absolute =
        |authority| format!("POST http://{authority}{TARGET} HTTP/1.1\r\nHost: a\r\n\r\n");
    table
        .rule("request-line")
        .read("method, target, version", line(&format!("POST {TARGET} HTTP/1.1")), "{}")
        .bad("two spaces behind the method", "POST ", format!(" {TARGET} HTTP/1.1{head}"))
        .bad("two spaces behind the target", format!("POST {TARGET} "), " HTTP/1.1\r\n")
        .bad("a space behind the version", format!("POST {TARGET} HTTP/1.1"), " \r\n")
        .bad("a tab behind the method", "POST", format!("\t{TARGET} HTTP/1.1{head}"))
        .bad("another protocol", "POST /a ", "RTSP/1.0\r\n")
        .bad("no minor version", "POST /a HTTP/1.", "\r\n")
        .bad("a minor version of two digits", "POST /a HTTP/1.1", "0\r\n")
        .bad("a major version of two digits", "POST /a HTTP/1", "1.1\r\n");
    table
        .rule("method-token")
        .bad("no method", "", " /a HTTP/1.1\r\n")
        .bad("neither method nor target", "", "  HTTP/1.1\r\n")
        .bad("a parenthesis in the method", "PO", "(T /a HTTP/1.1\r\n")
        .bad("not ASCII in the method", "P", "\u{d6}ST /a HTTP/1.1\r\n");
    table
        .rule("method-not-allowed")
        .rejected("GET", METHOD, "GET /atlas?token=s3cret HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .rejected("post in lower case", METHOD, "post /a HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .rejected("OPTIONS *", METHOD, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .rejected("CONNECT", METHOD, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "x");
    table.rule("method-unknown").rejected(
        "BREW",
        METHOD,
        "BREW /a HTTP/1.1\r\nHost: a\r\n\r\n",
        "",
    );
    table
        .rule("target-chars")
        .bad("a control character", "POST /a", "\x01 HTTP/1.1\r\n")
        .bad("DEL", "POST /a", "\x7f HTTP/1.1\r\n")
        .bad("not ASCII", "POST /", "\u{e9} HTTP/1.1\r\n")
        .bad("a quote", "POST /", "\" HTTP/1.1\r\n")
        .bad("a backslash", "POST /", "\\ HTTP/1.1\r\n")
        .bad("a brace", "POST /", "{ HTTP/1.1\r\n")
        .bad("a fragment", "POST /a", "#b HTTP/1.1\r\n")
        .rejected(
            "brackets and a lone percent sign",
            (ErrorKind::Untrusted, 404),
            "POST /[%] HTTP/1.1\r\nHost: a\r\n\r\n",
            "",
        );
    table
        .rule("target-form")
        .read("absolute-form", line(&format!("POST http://b:80{TARGET} HTTP/1.1")), "{}")
        .read(
            "absolute-form with user",
            line(&format!("POST HTTPS://u:p@b{TARGET} HTTP/1.1")),
            "{}",
        )
        .bad("* without OPTIONS", "POST * HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .bad("authority-form without CONNECT", "POST a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .bad("a relative path", "POST ../atlas HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .bad("a scheme without authority", "POST http:/atlas HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .bad("an empty host", "POST http:///atlas HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .bad("a port without host", "POST http://:80/atlas HTTP/1.1\r\nHost: a\r\n\r\n", "")
        .bad(
            "a scheme that starts with a digit",
            "POST 1://a/atlas HTTP/1.1\r\nHost: a\r\n\r\n",
            "",
        )
        .read(
            "every character of a user",
            line(&format!("POST http://aZ09-._~!$&'()*+,;=:%4a:@b{TARGET} HTTP/1.1")),
            "{}",
        )
        .read("an empty user", line(&format!("POST http://@b{TARGET} HTTP/1.1")), "{}")
        .read("an address", line(&format!("POST http://u@[::1]:{TARGET} HTTP/1.1")), "{}")
        .read("a percent sign in a host", line(&format!("POST http://%41{TARGET} HTTP/1.1")), "{}")
        .bad("an at sign in a user", absolute("a@b@c"), "")
        .bad("a bracket in a user", absolute("[@c"), "")
        .bad("a broken percent sign in a user", absolute("a%zz@c"), "")
        .bad("a percent sign at the end of a user", absolute("a%4@c"), "")
        .bad("a user without host", absolute("a@"), "")
        .bad("a user and a port without host", absolute("a@:80"), "")
        .bad("a broken percent sign in a host", absolute("a%zz"), "")
        .bad("a bracket in a host", absolute("a[b"), "")
        .bad("two ports", absolute("a:80:81"), "")
        .bad("a port that is not a number in a target", absolute("a:8x"), "")
        .bad("no address in brackets", absolute("[a]"), "")
        .bad("an address with a zone", absolute("[fe80::1%25a]"), "")
        .bad("text behind an address in a target", absolute("[::1]a"), "");
    let long = format!("POST /{}", "x".repeat(294));
    table
        .rule("target-length")
        .rejected("a target without end", (LIMIT, 414), &long, "x")
        .rejected("a method without end", (LIMIT, 414), "X".repeat(300), "X");
    table.rule("absolute-form-host").read(
        "another host than Host",
        line(&format!("POST http://b{TARGET} HTTP/1.1")),
        "{}",
    );
    table
        .rule("major-version")
        .rejected("HTTP/2.0", (PROTOCOL, 505), "POST /a HTTP/", "2.0\r\n\r\n")
        .rejected("HTTP/0.9", (PROTOCOL, 505), "POST /a HTTP/", "0.9\r\n\r\n")
        .rejected("the preface of HTTP/2", (PROTOCOL, 505), "PRI * HTTP/", "2.0\r\n\r\nSM\r\n\r\n")
        .rejected("HTTP/20.0", (PROTOCOL, 505), "POST /a HTTP/", "20.0\r\n\r\n")
        .rejected("HTTP/01.1", (PROTOCOL, 505), "POST /a HTTP/", "01.1\r\n\r\n")
        .rejected("HTTP/2", (PROTOCOL, 505), "POST /a HTTP/", "2\r\n\r\n");
    table.rule("minor-version").read(
        "1.9 is read as 1.1",
        line(&format!("POST {TARGET} HTTP/1.9")),
        "{}",
    );
    table.rule("version-case").bad(
        "http in lower case",
        format!("POST {TARGET} "),
        format!("http/1.1{head}"),
    );
    table.rule("http09").bad("no version", "POST /a", "\r\n").bad(
        "a space and no version",
        "POST /a ",
        "\r\n",
    );
    table
        .rule("leading-empty-lines")
        .read("empty lines are skipped", [b"\r\n\r\n", &*sized("{}")].concat(), "{}")
        .incomplete("nothing but an empty line", "\r\n")
        .bad("LF alone", "", "\nPOST")
        .bad("CR alone", "\r", "POST")
        .rejected("empty lines without end", (LIMIT, 414), "\r\n".repeat(150), "\r");
    table
        .rule("early-refusal")
        .bad("TLS", "", "\x16\x03\x01\x00\u{a5}")
        .bad("SSH", "SSH-2.0-OpenSSH_9.0", "\r\n")
        .bad("NUL", "", "\0");
}

fn fields(table: &mut Table) {
    let start = format!("POST {TARGET} HTTP/1.1\r\n");
    table
        .rule("ws-before-first-field")
        .bad("a space", &start, " Host: a\r\n\r\n")
        .bad("a tab", &start, "\tHost: a\r\n\r\n")
        .bad("in front of the empty line", &start, " \r\n\r\n");
    table
        .rule("ws-before-colon")
        .bad_fields("a space before the colon", "Content-Length : 2\r\n")
        .bad_fields("a tab before the colon", "Content-Length\t: 2\r\n");
    let open = format!("{start}Host: a\r\n");
    table
        .rule("obs-fold")
        .bad("a fold", format!("{open}X: y\r\n"), " z\r\n\r\n")
        .bad("a folded length", format!("{open}Content-Length:\r\n"), "\t2\r\n\r\n{}")
        .bad("a fold in a trailer", chunked("0\r\nX: y\r\n"), " z\r\n\r\n");
    table
        .rule("field-name-token")
        .bad_fields("a space in a name", "Transfer Encoding: chunked\r\n")
        .bad_fields("an at sign in a name", "Fo@: x\r\n")
        .bad_fields("not ASCII in a name", "\u{a0}X: y\r\n")
        .bad_fields("no name", ": x\r\n")
        .read("every character of a token", post("!#$%&'*+-.^_`|~: x\r\n", ""), "");
    table.rule("field-line").bad_fields("no colon", "Content-Length\r\n");
    table
        .rule("nul-ctl")
        .bad("NUL in a value", format!("{open}X: "), "\0\r\n\r\n")
        .bad("NUL in a name", format!("{open}X"), "\0: y\r\n\r\n")
        .bad_fields("BEL in a value", "X: \x07\r\n")
        .bad_fields("a form feed in a value", "X: \x0c\r\n")
        .bad_fields("DEL in a value", "X: \x7f\r\n");
    table.rule("obs-text").read(
        "not UTF-8",
        post(b"X: \xe6\xff\r\nContent-Length: 2\r\n", "{}"),
        "{}",
    );
    table
        .rule("bare-cr")
        .bad("in a value", format!("{open}X: y\r"), "Z: a\r\n\r\n")
        .bad("in a name", format!("{open}X\r"), "Y: a\r\n\r\n")
        .bad("twice at a line's end", format!("{open}X: y\r"), "\r\n\r\n")
        .bad("as the empty line", format!("{open}\r"), "Zx")
        .bad("in front of a version", "\r", "H")
        .bad("in front of another version", "\r", "HTTP/2")
        .bad("in front of a head without a request line", "\r", "HTTP/1.1\r\nHost: a\r\n\r\n")
        .bad("behind an empty line", "\r\n\r", "HTTP/1.1\r\n")
        .bad("twice in front of a request line", "\r", "\r\n");
    table
        .rule("bare-lf")
        .bad("behind the request line", "POST /a HTTP/1.1", "\nHost: a\n\n")
        .bad("within the request line", "POST /a", "\n")
        .bad("behind a field", format!("{open}X: y"), "\n\r\n")
        .bad("as the empty line", &open, "\n{}");
    table
        .rule("field-ows")
        .read("white space around values", post("Content-Length:\t 2 \t\r\nX:\r\n", "{}"), "{}")
        .read("no white space", post("Content-Length:2\r\n", "{}"), "{}");
    let long = format!("{open}X: ");
    let fill = "y".repeat(300 - long.len());
    table.rule("head-limit").rejected(
        "a field line without end",
        (LIMIT, 431),
        format!("{long}{fill}"),
        "y",
    );
    table
        .rule("field-count")
        .rejected(
            "one field too many",
            (LIMIT, 431),
            format!("{open}{}", "X:\r\n".repeat(7)),
            "X:\r\n",
        )
        .read("as many as the limit", post("X:\r\n".repeat(7), ""), "");
    table.rule("slow-head");
    let host =
        |fields: &str| format!("POST {TARGET} HTTP/1.1\r\n{fields}Content-Length: 2\r\n\r\n");
    table
        .rule("host")
        .bad("none in 1.1", host(""), "{}")
        .bad("two", host("Host: a\r\nhost: a\r\n"), "{}")
        .bad("two in 1.0", host("Host: a\r\nHost: b\r\n").replace("HTTP/1.1", "HTTP/1.0"), "{}")
        .bad("an invalid one and a valid one", host("Host: a b\r\nHost: a\r\n"), "{}")
        .bad("a user", host("Host: u@a\r\n"), "{}")
        .bad("a path", host("Host: a/b\r\n"), "{}")
        .bad("a space within", host("Host: a b\r\n"), "{}")
        .bad("a port that is not a number", host("Host: a:8x\r\n"), "{}")
        .bad("a broken percent sign", host("Host: %6\r\n"), "{}")
        .bad("a percent sign with one digit", host("Host: %6g\r\n"), "{}")
        .bad("an address without bracket", host("Host: [::1\r\n"), "{}")
        .bad("text behind an address", host("Host: [::1]a\r\n"), "{}")
        .bad("brackets without address", host("Host: [a]\r\n"), "{}")
        .bad("a future address without version", host("Host: [v.a]\r\n"), "{}")
        .bad("a future address without address", host("Host: [v1]\r\n"), "{}")
        .read("an empty value", host("Host:\r\n") + "{}", "{}")
        .read("a name and a port", host("Host: a-b_c.d%41!:\r\n") + "{}", "{}")
        .read("an address and a port", host("Host: [2001:db8::1]:8080\r\n") + "{}", "{}")
        .read("an address of the future", host("Host: [v1f.a:b]\r\n") + "{}", "{}")
        .read("other names of its length", post("Inst: b c\r\nDate: d e\r\n", ""), "")
        .last("none in 1.0", (host("") + "{}").replace("HTTP/1.1", "HTTP/1.0"), "{}");
}

fn framing(table: &mut Table) {
    let length = |value: &str| format!("Content-Length: {value}\r\n");
    table.rule("no-length-no-body").read("no body", post("", ""), "");
    table.rule("length-required").read("an empty body waits for the program", post("", ""), "");
    table.rule("cl-invalid");
    for (name, value) in [
        ("empty", ""),
        ("a plus sign", "+2"),
        ("a minus sign", "-2"),
        ("a fraction", "2.0"),
        ("hexadecimal", "0x2"),
        ("an underscore", "1_2"),
        ("a space within", "1 2"),
        ("an empty member", "2,"),
    ] {
        table.bad_fields(name, length(value));
    }
    table
        .rule("cl-conflict")
        .bad_fields("2 and 3 in two lines", length("2") + &length("3"))
        .bad_fields("2 and 3 in a list", length("2, 3"));
    table
        .rule("cl-repeated")
        .bad_fields("2 in two lines", length("2") + &length("2"))
        .bad_fields("2 twice in a list", length("2, 2"));
    table
        .rule("cl-overflow")
        .rejected("2^64 + 2", (LIMIT, 413), post(length("18446744073709551618"), ""), "{}")
        .rejected("40 digits", (LIMIT, 413), post(length(&"9".repeat(40)), ""), "{}");
    table
        .rule("body-limit")
        .rejected("one more than the limit", (LIMIT, 413), post(length("101"), ""), "{}")
        .rejected("chunks", (LIMIT, 413), chunked("6"), "5\r\n")
        .read("as long as the limit", sized(&"x".repeat(100)), &"x".repeat(100));
    let coding = |value: &str| format!("Transfer-Encoding: {value}\r\n");
    table.rule("te-http10").bad(
        "chunked in 1.0",
        replaced(&chunked(""), "HTTP/1.1", "HTTP/1.0"),
        "0\r\n\r\n",
    );
    table.rule("te-not-chunked-last");
    for (name, value) in [
        ("chunked, gzip", "chunked, gzip"),
        ("identity", "identity"),
        ("an empty list", ""),
        ("a parameter", "chunked;q=1"),
        ("quotes", "\"chunked\""),
        ("no comma", "chunked gzip"),
        ("an open quotation mark", "\"a, chunked"),
        ("quotes before it", "\"chunked\", chunked"),
        ("an open value", "x;a=\"b, chunked"),
        ("an escaped quotation mark", "x;a=\"b\\\", chunked"),
        ("a parameter without value", "x;a, chunked"),
        ("a parameter with an empty value", "x;a=, chunked"),
        ("a parameter without name", "x;=a, chunked"),
        ("no parameter", "x;, chunked"),
        ("text behind a coding", "x y, chunked"),
    ] {
        table.bad_fields(name, coding(value));
    }
    table.bad_fields("an open quotation mark in a line before", coding("\"a") + &coding("chunked"));
    table
        .rule("te-unsupported")
        .rejected("gzip, chunked", (PROTOCOL, 501), post(coding("gzip, chunked"), ""), "0\r\n\r\n")
        .rejected(
            "in two lines, with a length",
            (PROTOCOL, 501),
            post(coding("cow") + &coding("chunked") + &length("5"), ""),
            "0\r\n\r\n",
        )
        .rejected(
            "with parameters",
            (PROTOCOL, 501),
            post(coding(", x ; a = b;c=\"d,\\\"e\" ,, y\t,chunked,"), ""),
            "0\r\n\r\n",
        );
    table
        .rule("te-chunked-twice")
        .bad_fields("in a list", coding("chunked, chunked"))
        .bad_fields("in two lines", coding("chunked") + &coding("chunked"))
        .bad_fields("with another between", coding("chunked, gzip, chunked"));
    table
        .rule("te-and-cl")
        .bad_fields("both", coding("chunked") + &length("2"))
        .bad_fields("a broken length", length("x") + &coding("chunked"));
    table.rule("te-name-case").read(
        "any case, empty members",
        post(coding(" ,ChUnKeD, "), "2\r\n{}\r\n0\r\n\r\n"),
        "{}",
    );
}

fn chunks(table: &mut Table) {
    table
        .rule("chunk-size-syntax")
        .read(
            "zeros in front, either case",
            chunked("00a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
            "01234567890123456789",
        )
        .bad("empty", chunked(""), "\r\n{}\r\n0\r\n\r\n")
        .bad("a plus sign", chunked(""), "+2\r\n")
        .bad("0x in front", chunked("0"), "x2\r\n")
        .bad("an underscore", chunked("1"), "_0\r\n")
        .bad("a space behind", chunked("2 "), "\r\n{}");
    table.rule("chunk-size-overflow").rejected(
        "2^64 + 2",
        (LIMIT, 413),
        chunked("10"),
        "000000000000002\r\n",
    );
    table
        .rule("chunk-ext")
        .read(
            "extensions are skipped",
            chunked("2;a;b=c ; d=\"e;\\\"f\"\r\n{}\r\n0;x\r\n\r\n"),
            "{}",
        )
        .bad("an extension without name", chunked("2;"), "\r\n{}")
        .bad("NUL in an extension", chunked("2;a"), "\0\r\n");
    let ext = format!("2;{}", "x".repeat(118));
    table.rule("chunk-overhead").rejected(
        "extensions over the limit",
        (LIMIT, 400),
        chunked(ext),
        "x",
    );
    table.rule("chunk-crlf").bad("data longer than its size", chunked("2\r\n{}"), "}\r\n").bad(
        "data shorter than its size",
        chunked("4\r\n{}\r\n"),
        "0\r\n\r\n",
    );
    table
        .rule("chunk-bare-lf")
        .bad("behind a size", chunked("2"), "\n{}\r\n")
        .bad("behind data", chunked("2\r\n{}"), "\n0\r\n\r\n")
        .bad("as the end", chunked("2\r\n{}\r\n0\r\n"), "\n");
    table.rule("chunk-bare-cr").bad("behind a size", chunked("2\r"), ";a\r\n").bad(
        "in an extension",
        chunked("2;a\r"),
        "b\r\n",
    );
    table
        .rule("trailers")
        .read(
            "trailers are dropped",
            chunked("2\r\n{}\r\n0\r\nHost: b\r\nContent-Length: 9\r\n\r\n"),
            "{}",
        )
        .bad("a trailer that is not a field", chunked("0\r\nX y\r\n\r\n"), "")
        .rejected(
            "trailers over the limit",
            (LIMIT, 400),
            chunked(format!("0\r\nX: {}", "y".repeat(297))),
            "y",
        )
        .rejected(
            "one trailer too many",
            (LIMIT, 400),
            chunked(format!("0\r\n{}", "X:\r\n".repeat(8))),
            "X:\r\n",
        );
    table
        .rule("truncated")
        .incomplete("within the request line", "POST /a HT")
        .incomplete("within a field", "POST /a HTTP/1.1\r\nHost")
        .incomplete("within a length", &sized("{}")[..sized("{}").len() - 1])
        .incomplete("within a chunk", chunked("5\r\n{}"))
        .incomplete("within the trailers", chunked("2\r\n{}\r\n0\r\n"));
}

fn meaning(table: &mut Table) {
    let with = |fields: &str| post(format!("{fields}Content-Length: 2\r\n"), "{}");
    let unknown = (ErrorKind::Encoding, 415);
    let head_only = |fields: &str| post(format!("{fields}Content-Length: 2\r\n"), "");
    table
        .rule("content-encoding")
        .rejected("br", unknown, head_only("Content-Encoding: br\r\n"), "{}")
        .rejected("gzip twice", unknown, head_only("Content-Encoding: gzip, gzip\r\n"), "{}")
        .rejected("no coding", unknown, head_only("Content-Encoding: none\r\n"), "{}")
        .rejected("a charset", unknown, head_only("Content-Encoding: utf-8\r\n"), "{}")
        .rejected("another charset", unknown, head_only("Content-Encoding: UTF8\r\n"), "{}")
        .rejected("ASCII", unknown, head_only("Content-Encoding: us-ascii\r\n"), "{}")
        .rejected("ASCII in short", unknown, head_only("Content-Encoding: ascii\r\n"), "{}")
        .rejected("Latin-1", unknown, head_only("Content-Encoding: iso-8859-1\r\n"), "{}")
        .rejected("7bit of MIME", unknown, head_only("Content-Encoding: 7bit\r\n"), "{}")
        .rejected("8bit of MIME", unknown, head_only("Content-Encoding: 8bit\r\n"), "{}")
        .rejected("binary of MIME", unknown, head_only("Content-Encoding: binary\r\n"), "{}")
        .rejected(
            "a charset beside identity",
            unknown,
            head_only("Content-Encoding: identity, utf-8\r\n"),
            "{}",
        )
        .read("identity", with("Content-Encoding: identity\r\n"), "{}")
        .read("an empty list", with("Content-Encoding: ,\r\n"), "{}");
    let (name, gzip) = ("damaged gzip waits for the program", "Content-Encoding: gzip\r\n");
    if cfg!(feature = "gzip") {
        table.read(name, with(gzip), "{}");
    } else {
        table.rejected(name, unknown, head_only(gzip), "{}");
    }
    table.rule("content-type").read("text", with("Content-Type: text/html\r\n"), "{}").read(
        "none",
        with(""),
        "{}",
    );
    table
        .rule("expect-continue")
        .read("in any case", with("Expect: 100-Continue\r\n"), "{}")
        .read("listed twice", with("Expect: 100-continue, 100-continue\r\n"), "{}")
        .incomplete("no body yet", head_only("Expect: 100-continue\r\n"));
    table.rule("expect-http10").last(
        "ignored",
        replaced(&with("Expect: x\r\n"), "HTTP/1.1", "HTTP/1.0"),
        "{}",
    );
    table.rule("expect-no-body").read("no length", post("Expect: 100-continue\r\n", ""), "").read(
        "length 0",
        post("Expect: 100-continue\r\nContent-Length: 0\r\n", ""),
        "",
    );
    table
        .rule("expect-unknown")
        .rejected("200-ok", (PROTOCOL, 417), head_only("Expect: 200-ok\r\n"), "{}")
        .rejected(
            "beside a known one",
            (PROTOCOL, 417),
            head_only("Expect: x, 100-continue\r\n"),
            "{}",
        )
        .rejected("without a body", (PROTOCOL, 417), post("Expect: x\r\n", ""), "");
    table
        .rule("persistence")
        .read("1.1 persists", with(""), "{}")
        .read("keep-alive", with("Connection: keep-alive\r\n"), "{}")
        .last("close", with("Connection: close\r\n"), "{}")
        .last("close in a list, in any case", with("Connection: x ,CLOSE\r\n"), "{}")
        .last("1.0 closes", replaced(&with(""), "HTTP/1.1", "HTTP/1.0"), "{}")
        .last(
            "1.0 closes in spite of keep-alive",
            replaced(&with("Connection: keep-alive\r\n"), "HTTP/1.1", "HTTP/1.0"),
            "{}",
        );
    table
        .rule("close-after-error")
        .bad_fields("a length that is not a number", "Content-Length: x\r\n");
    table.rule("close-announced");
    table.rule("pipelining").add(
        "three deliveries",
        [sized("[1]"), sized("[2]"), chunked("3\r\n[3]\r\n0\r\n\r\n")].concat(),
        "",
        Means::Deliveries(vec!["[1]".into(), "[2]".into(), "[3]".into()], true),
    );
    table.rule("early-answer").rejected(
        "another target is rejected before its body",
        (ErrorKind::Untrusted, 404),
        "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n",
        "{}",
    );
    table.rule("upgrade").read(
        "h2c",
        with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"),
        "{}",
    );
    table.rule("te-field").read(
        "TE",
        with("TE: trailers, deflate;q=0.5\r\nConnection: TE\r\n"),
        "{}",
    );
    table.rule("answer-head").rejected(
        "HEAD",
        METHOD,
        format!("HEAD {TARGET} HTTP/1.1\r\nHost: a\r\n\r\n"),
        "",
    );
    let all = "Content-Encoding: br\r\nExpect: x\r\nContent-Length: 101\r\n";
    let request = |line: &str, fields: &str| format!("{line} HTTP/1.1\r\n{fields}\r\n");
    let host = format!("Host: a\r\n{all}");
    let here = format!("POST {TARGET}");
    table
        .rule("refusal-order")
        .bad("400 before 405", request("GET /b", all), "")
        .rejected("405 before 404", METHOD, request("GET /b", &host), "")
        .rejected("404 before 413", (ErrorKind::Untrusted, 404), request("POST /b", &host), "")
        .rejected("413 before 415", (LIMIT, 413), request(&here, &host), "")
        .rejected("415 before 417", unknown, request(&here, &host.replace("101", "2")), "");
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8(bytes.to_vec()).expect("a text").replace(from, to).into_bytes()
}

/// The result for some bytes.
#[derive(Clone, Debug, PartialEq)]
struct Reading {
    /// Target and body of each delivery, and whether its response left the connection open.
    deliveries: Vec<(Vec<u8>, Vec<u8>, bool)>,
    rejection: Option<(ErrorKind, u16, Option<u64>)>,
    state: ServerState,
}

/// Responds with 200 to each delivery at once.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Reading {
    let mut connection = ServerConnection::new(&receiver());
    let mut deliveries = Vec::new();
    for piece in pieces {
        connection.received(piece).expect("nothing is pending");
        loop {
            match connection.state() {
                ServerState::WantReceive | ServerState::WantClose => break,
                ServerState::WantResponse => {
                    let delivery = connection.delivery().expect("it is complete");
                    let (target, body) = (delivery.target().to_vec(), delivery.body().to_vec());
                    connection.respond(200).expect("a delivery waits");
                    let open = !connection.to_send().ends_with(b"\r\nConnection: close\r\n\r\n");
                    deliveries.push((target, body, open));
                }
                ServerState::WantSend => {
                    connection.sent(connection.to_send().len()).expect("that much was to send");
                }
            }
        }
    }
    let rejection =
        connection.rejection().map(|error| (error.kind(), error.response_status(), error.offset()));
    Reading { deliveries, rejection, state: connection.state() }
}

/// Reads `bytes` with every split. The results must be equal.
fn read_in_every_way(bytes: &[u8], title: &str) -> Reading {
    let whole = read(iter::once(bytes));
    assert_eq!(read(bytes.chunks(1)), whole, "byte by byte: {title}");
    for at in 0..=bytes.len() {
        let (first, second) = bytes.split_at(at);
        assert_eq!(read([first, second].into_iter()), whole, "cut at {at}: {title}");
    }
    whole
}

impl Case {
    fn title(&self) -> String {
        format!("{}: {}", self.rule, self.name)
    }

    /// Followed by `next` more deliveries.
    fn check(&self, reading: &Reading, next: &[&str]) {
        let title = self.title();
        let bodies: Vec<&[u8]> = reading.deliveries.iter().map(|(_, body, _)| &**body).collect();
        match &self.means {
            Means::Deliveries(expected, open) => {
                let mut expected: Vec<&[u8]> = expected.iter().map(|body| &**body).collect();
                if *open {
                    expected.extend(next.iter().map(|body| body.as_bytes()));
                }
                assert_eq!(bodies, expected, "{title}");
                let last = reading.deliveries.last().expect("there is one");
                assert_eq!(last.2, *open, "{title}");
                assert_eq!(reading.rejection, None, "{title}");
                let state = if *open { ServerState::WantReceive } else { ServerState::WantClose };
                assert_eq!(reading.state, state, "{title}");
            }
            Means::Rejected(kind, status) => {
                let offset = u64::try_from(self.good.len()).ok();
                assert_eq!(reading.rejection, Some((*kind, *status, offset)), "{title}");
                assert_eq!(bodies, [b""; 0], "{title}");
                assert_eq!(reading.state, ServerState::WantClose, "{title}");
            }
            Means::Incomplete => {
                assert_eq!((bodies.len(), &reading.rejection), (0, &None), "{title}");
                assert_eq!(reading.state, ServerState::WantReceive, "{title}");
            }
        }
    }
}

#[test]
fn every_case_has_the_result_of_the_table_regardless_of_how_it_is_split() {
    for case in cases() {
        let bytes = [&*case.good, &case.rest].concat();
        case.check(&read_in_every_way(&bytes, &case.title()), &[]);
    }
}

#[test]
fn a_next_request_behind_changes_nothing_and_is_read_if_the_connection_goes_on() {
    for case in cases().iter().filter(|case| !matches!(case.means, Means::Incomplete)) {
        let bytes = [&*case.good, &case.rest, &sized("[next]")].concat();
        case.check(&read_in_every_way(&bytes, &case.title()), &["[next]"]);
    }
}

#[test]
fn every_incomplete_request_requires_more_bytes() {
    for case in cases() {
        let Means::Deliveries(bodies, _) = &case.means else { continue };
        if bodies.len() == 1 {
            for end in 0..case.good.len() {
                let reading = read(iter::once(&case.good[..end]));
                assert!(reading.deliveries.is_empty(), "{end}: {}", case.title());
                assert_eq!(reading.state, ServerState::WantReceive, "{end}: {}", case.title());
            }
        }
    }
}

#[test]
fn each_of_the_74_rules_has_a_case_or_a_test_and_each_case_a_rule() {
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
        assert!(include_str!("server_connection.rs").contains(&test), "no such test: {test}");
    }
}

#[test]
fn the_docs_list_each_rule_with_its_cases() {
    let page = include_str!("../docs/conformance.md");
    let (_, page) = page.split_once("\n## Requests\n").expect("the server's rules");
    let cases = cases();
    let rows = page.lines().filter_map(|line| {
        let (rule, row) = line.strip_prefix("| `")?.split_once("` |")?;
        Some((rule, row.trim_end_matches('|').rsplit('|').next()?.trim()))
    });
    let rows: Vec<(&str, &str)> = rows.collect();
    let shown_by = |rule: &str| {
        let names = cases.iter().filter(|case| case.rule == rule).map(|case| case.name);
        let tests = TESTS.iter().filter(|(shown, _)| *shown == rule).map(|(_, test)| *test);
        names.chain(tests).collect::<Vec<&str>>().join(" · ")
    };
    for rule in RULES {
        let row = rows.iter().find(|(name, _)| *name == rule).map(|(_, shown)| *shown);
        assert_eq!(row, Some(&*shown_by(rule)), "the cases of {rule}");
    }
    assert_eq!(rows.len(), RULES.len());
}
