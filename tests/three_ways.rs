//! A response has the same result over an own socket, through an own HTTP stack and through the
//! bundled transport. The first and the last are equal in everything. Where the HTTP parser of a
//! stack differs, the table in `docs/stacks.md` says so, and this test reads it.
#![cfg(all(feature = "transport", feature = "gzip"))]

mod support;

use std::collections::BTreeMap;
use std::io::{Read, Write};

use atlas_webhook::{Error, Reply, Request, Response, Transport};
use atlas_webhook_cli::{Content, Options, Sandbox};
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Outcome, request, send_over_socket};

const TABLE: &str = include_str!("../docs/stacks.md");
const OK: &str = r#"{"status":0,"msg":"success"}"#;

/// Responses by name. The connection is closed after each.
fn answers() -> Vec<(&'static str, Vec<u8>)> {
    let length = OK.len();
    let with = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    let plain = |fields: &str| with(&format!("{fields}Content-Length: {length}\r\n")) + OK;
    let chunked = |body: &str| with("Transfer-Encoding: chunked\r\n") + body;
    let whole = format!("{length:x}\r\n{OK}\r\n");
    let json = |body: &str| with(&format!("Content-Length: {}\r\n", body.len())) + body;
    let status = |line: &str| format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n");
    let mut answers: Vec<(&'static str, Vec<u8>)> = [
        ("success", plain("")),
        ("success in chunks", chunked(&format!("{whole}0\r\n\r\n"))),
        ("success up to the close", with("Connection: close\r\n") + OK),
        ("success in HTTP/1.0", plain("").replace("HTTP/1.1", "HTTP/1.0")),
        ("refusal", json(r#"{"status":901,"msg":"no","requestId":"r"}"#)),
        ("rate limit", json(r#"{"code":429,"message":"slow","retryAfter":3}"#)),
        ("not JSON", json("<html>")),
        ("an array", json("[0]")),
        ("no body", status("200 OK")),
        ("204", "HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
        ("302", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n".to_owned()),
        ("304", "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned()),
        ("401", status("401 Unauthorized")),
        ("404", status("404 Not Found")),
        ("429", status("429 Too Many Requests")),
        ("503", status("503 Busy")),
        ("599", status("599 x")),
        ("600", status("600 x")),
        ("099", status("099 x")),
        ("100 in front", format!("HTTP/1.1 100 Continue\r\n\r\n{}", plain(""))),
        ("100 with a field in front", format!("HTTP/1.1 100 Go on\r\nA: b\r\n\r\n{}", plain(""))),
        ("103 in front", format!("HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n{}", plain(""))),
        ("101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_owned()),
        ("nothing", String::new()),
        ("half a head", "HTTP/1.1 200 OK\r\nContent-Le".to_owned()),
        ("a short body", with(&format!("Content-Length: {}\r\n", length + 1)) + OK),
        ("bytes behind", plain("") + "HTTP/1.1 500 Next\r\n\r\n"),
        ("no reason", plain("").replace(" OK", "")),
        ("HTTP/1.2", plain("").replace("HTTP/1.1", "HTTP/1.2")),
        ("HTTP/2.0", plain("").replace("HTTP/1.1", "HTTP/2.0")),
        ("garbage", "220 mail.example ESMTP\r\n\r\n".to_owned()),
        ("empty lines in front", format!("\r\n\r\n{}", plain(""))),
        ("bare LF", plain("").replace("\r\n", "\n")),
        ("bare CR in a value", plain("A: b\rc\r\n")),
        ("NUL in a value", plain("A: b\0c\r\n")),
        ("space before the colon", plain("A : b\r\n")),
        ("a fold", plain("A: b\r\n c\r\n")),
        ("a field without a colon", plain("A\r\n")),
        ("100 fields", plain(&"A: b\r\n".repeat(99))),
        ("101 fields", plain(&"A: b\r\n".repeat(100))),
        ("a head of 17 KiB", plain(&format!("A: {}\r\n", "x".repeat(17 * 1024)))),
        ("two lengths alike", plain(&format!("Content-Length: {length}\r\n"))),
        ("two lengths that differ", plain("Content-Length: 5\r\n")),
        ("a signed length", plain("").replace("Length: ", "Length: +")),
        (
            "length and chunked",
            plain("").replace(OK, "").replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n")
                + &whole
                + "0\r\n\r\n",
        ),
        (
            "chunked, gzip",
            chunked(&format!("{whole}0\r\n\r\n")).replace("chunked", "chunked, gzip"),
        ),
        (
            "gzip, chunked",
            chunked(&format!("{whole}0\r\n\r\n")).replace("chunked", "gzip, chunked"),
        ),
        (
            "chunked in HTTP/1.0",
            chunked(&format!("{whole}0\r\n\r\n")).replace("HTTP/1.1", "HTTP/1.0"),
        ),
        (
            "chunked twice",
            chunked(&format!("{whole}0\r\n\r\n")).replace("chunked", "chunked, chunked"),
        ),
        ("a chunk size with a plus sign", chunked(&format!("+{whole}0\r\n\r\n"))),
        ("a chunk size with 0x", chunked(&format!("0x{whole}0\r\n\r\n"))),
        ("an empty chunk size", chunked(&format!("{whole}\r\n\r\n"))),
        ("a chunk extension", chunked(&format!("{length:x};a=\"b;c\"\r\n{OK}\r\n0\r\n\r\n"))),
        (
            "a long chunk extension",
            chunked(&format!("{length:x};a={}\r\n{OK}\r\n0\r\n\r\n", "x".repeat(2000))),
        ),
        ("bare LF in a chunk line", chunked(&format!("{length:x}\n{OK}\r\n0\r\n\r\n"))),
        ("data longer than its chunk", chunked(&format!("2\r\n{OK}\r\n0\r\n\r\n"))),
        ("trailers", chunked(&format!("{whole}0\r\nA: b\r\n\r\n"))),
        ("a broken trailer", chunked(&format!("{whole}0\r\nA b\r\n\r\n"))),
        ("closed behind the last chunk", chunked(&format!("{whole}0\r\n"))),
        ("closed within a chunk", chunked(&whole[..12])),
        ("closed between chunks", chunked(&whole)),
        ("a charset for a coding", plain("Content-Encoding: UTF-8\r\n")),
        ("none for a coding", plain("Content-Encoding: none\r\n")),
        ("binary for a coding", plain("Content-Encoding: binary\r\n")),
        ("deflate", plain("Content-Encoding: deflate\r\n")),
        ("plain that says gzip", plain("Content-Encoding: gzip\r\n")),
    ]
    .into_iter()
    .map(|(name, answer)| (name, answer.into_bytes()))
    .collect();

    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(OK.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let coded = |body: &[u8]| {
        let fields = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", body.len());
        [with(&fields).as_bytes(), body].concat()
    };
    answers.push(("gzip", coded(&gzip)));
    answers.push(("damaged gzip", coded(&gzip[..gzip.len() - 1])));
    answers.push(("a body of 1 MiB and a byte", json(&" ".repeat(1024 * 1024 + 1)).into_bytes()));
    answers
}

/// `Reply`, or the kind of error.
fn meaning(result: Result<Reply, Error>) -> String {
    match result {
        Ok(reply) if reply.message() == "success" => "Reply".to_owned(),
        Ok(reply) => format!("Reply {:?}", reply.message()),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// All details of a result, without the number of attempts.
fn everything(result: &Result<Reply, Error>) -> (Outcome, Option<u64>, String) {
    let offset = result.as_ref().err().and_then(Error::offset);
    let text = result.as_ref().err().map_or(String::new(), Error::to_string);
    (Outcome::from(result.clone()), offset, text)
}

/// Through attohttpc. An error of attohttpc never becomes an error of this library.
fn over_stack(request: &Request) -> String {
    let mut outgoing = attohttpc::post(request.url()).follow_redirects(false).bytes(request.body());
    for (name, value) in request.headers() {
        outgoing = outgoing.header(name.parse::<attohttpc::header::HeaderName>().unwrap(), value);
    }
    let read = || {
        let (status, headers, body) = outgoing.send().ok()?.split();
        let mut bytes = Vec::new();
        body.take(request_limit() + 1).read_to_end(&mut bytes).ok()?;
        Some((status, headers, bytes))
    };
    let Some((status, headers, body)) = read() else { return "its own error".to_owned() };
    let response = Response::new(status.as_u16(), &headers, body);
    meaning(response.and_then(|response| request.reply(&response)))
}

fn request_limit() -> u64 {
    atlas_webhook::Limits::default().body as u64
}

/// The rows of the table: the results of an own socket and a stack, by the name of the response.
fn table() -> BTreeMap<&'static str, [&'static str; 2]> {
    TABLE
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let &["", name, socket, stack, _, ""] = &cells[..] else { return None };
            Some((name, [socket, stack].map(|cell| cell.trim_matches('`'))))
        })
        .filter(|(name, _)| *name != "Response" && !name.starts_with("---"))
        .collect()
}

#[test]
fn every_way_to_send_has_the_same_result_except_in_the_rows_of_the_table() {
    let mut table = table();
    let mut wrong = Vec::new();
    for (name, bytes) in answers() {
        let content = Content::Raw(bytes);
        let answer = atlas_webhook_cli::Response { content, ..Default::default() };
        let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
        let request = request(&sandbox.url());
        let ours = send_over_socket(&request);
        let transport = Transport::new().unwrap().send(&request);
        assert_eq!(everything(&transport), everything(&ours), "{name}");
        let ours = meaning(ours);
        let found = [ours.clone(), over_stack(&request)];
        let row = table.remove(name);
        let expected = row.unwrap_or([ours.as_str(); 2]);
        // A row with equal results states no difference.
        if found != expected || row.is_some_and(|[socket, stack]| socket == stack) {
            let [socket, stack] = found;
            wrong.push(format!("| {name} | `{socket}` | `{stack}` | |"));
        }
    }
    assert!(wrong.is_empty(), "not as docs/stacks.md says:\n{}", wrong.join("\n"));
    assert!(table.is_empty(), "no such answers: {:?}", table.keys());
}
