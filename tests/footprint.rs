//! The cost of the core: allocations, crates, and no std.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
#[cfg(feature = "gzip")]
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use atlas_webhook::{
    Delivery, Details, Endpoint, Exchange, Receiver, Registration, Request, Response,
    ServerConnection, ServerState,
};
#[cfg(feature = "gzip")]
use flate2::{Compression, write::GzEncoder};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
}

/// Counts the allocations of each thread.
struct Counting;

fn count(bytes: usize) {
    // Neither allocates; both are gone while a thread ends, when nobody asks any more.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
    let _ = ALLOCATED.try_with(|count| count.set(count.get() + bytes));
}

/// The current and the maximum number of allocated bytes.
fn hold(change: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _ = MOST_HELD.try_with(|most| most.set(most.get().max(held.get())));
    });
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        hold(signed(layout.size()));
        // SAFETY: by the contract of the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        hold(signed(layout.size()));
        // SAFETY: by the contract of the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // Old and new may be there at once.
        hold(signed(size));
        hold(-signed(layout.size()));
        // SAFETY: by the contract of the caller.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        hold(-signed(layout.size()));
        // SAFETY: as promised to us.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations, and bytes allocated, of one piece of work.
fn cost<T>(work: impl FnOnce() -> T) -> (usize, usize) {
    let before = (ALLOCATIONS.get(), ALLOCATED.get());
    let result = work();
    let after = (ALLOCATIONS.get(), ALLOCATED.get());
    drop(result);
    (after.0 - before.0, after.1 - before.1)
}

fn endpoint() -> Endpoint {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_credentials("my-client", "s3cret").unwrap();
    endpoint
}

fn build(endpoint: &Endpoint) -> Request {
    let mut registration = Registration::new("https://xxx.com/xxxx").unwrap();
    Request::registration(endpoint, registration.set_cid("XXXXXXXX").unwrap()).unwrap()
}

const FIELDS: &str = "Date: Mon, 31 Aug 2009 20:25:50 GMT\r\nServer: nginx\r\n\
                      Content-Type: application/json;charset=UTF-8\r\nConnection: keep-alive\r\n";
const BODY: &str = r#"{"status":0,"msg":"success"}"#;

#[test]
fn building_and_parsing_allocates_three_times() {
    let endpoint = endpoint();
    let length = BODY.len();
    let by_length = format!("HTTP/1.1 200 OK\r\n{FIELDS}Content-Length: {length}\r\n\r\n{BODY}");
    let chunked = format!(
        "HTTP/1.1 200 OK\r\n{FIELDS}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{BODY}\r\n0\r\n\r\n"
    );
    for answer in [by_length, chunked] {
        let (allocations, _) = cost(|| {
            let request = build(&endpoint);
            let mut exchange = Exchange::new(&request);
            exchange.sent(exchange.to_send().len()).unwrap();
            exchange.received(answer.as_bytes()).unwrap();
            exchange.take_reply().unwrap()
        });
        assert_eq!(allocations, 3, "message, answer, text");
    }
}

#[test]
fn building_alone_and_judging_a_response_alone_allocate_once_each() {
    let endpoint = endpoint();
    assert_eq!(cost(|| build(&endpoint)).0, 1, "the message");
    let response = Response::new(200, [("Content-Type", "application/json")], BODY).unwrap();
    let request = build(&endpoint);
    assert_eq!(cost(|| request.reply(&response).unwrap()).0, 1, "the text");
}

#[test]
fn a_head_fed_byte_by_byte_allocates_in_proportion_to_its_length() {
    let request = build(&endpoint());
    let bytes_for = |length: usize| {
        let head = format!("HTTP/1.1 204 No Content\r\nA: {}\r\n\r\n", "x".repeat(length));
        cost(|| {
            let mut exchange = Exchange::new(&request);
            for byte in head.as_bytes() {
                exchange.received(std::slice::from_ref(byte)).unwrap();
            }
            assert_eq!(exchange.http_status(), Some(204));
        })
        .1
    };
    for length in [1_000, 2_000, 4_000, 8_000, 16_000] {
        // Doubling a buffer allocates at most four times what ends up in it.
        assert!(bytes_for(length) <= 4 * (length + 100), "{length}");
    }
}

/// As the vendor's sandbox sent it.
const CAPTURED: &str = r#"{"cid":"ABC12345_api_1","data":{"orderNo":"TESTA20260815180326173","orderStatus":2,"paxTicketInfos":[{"airlinePNRs":["S00002"],"ancillaries":[],"birthday":"19900101","cardExpired":"20301231","cardIssuePlace":"","cardNum":"DOC000005","cardType":"PP","gender":"M","name":"LASTD/FIRST","nationality":"ID","passengerType":0,"ticketNos":["S00002"]}]},"status":-1,"type":"order.ticketed"}"#;

#[test]
fn reading_a_delivery_allocates_four_times_and_its_fields_never() {
    let receiver = Receiver::new("https://example.com/atlas/8f3c").unwrap();
    let read = || {
        let headers = [("Content-Type", "application/json;charset=UTF-8")];
        receiver.read(&Delivery::new("POST", "/atlas/8f3c", headers, CAPTURED)).unwrap()
    };
    assert_eq!(cost(read).0, 4, "what serde_json needs, the JSON, the scalars, the nodes");
    let event = read();
    let fields = || {
        let Details::Ticketed(ticketed) = event.details() else { panic!("its kind") };
        let passenger = ticketed.passengers().next().unwrap();
        let known = (event.order_no(), event.cid(), event.type_name());
        (known, passenger.name(), passenger.ticket_nos().next(), event.get("no").text())
    };
    assert_eq!(cost(fields).0, 0);
    assert_eq!(cost(|| event.dedupe_key()).0, 3, "the canonical form, its sorted keys, the key");
}

#[test]
fn reading_a_delivery_takes_at_most_three_times_its_size_and_80_bytes_a_value() {
    let receiver = Receiver::new("/").unwrap();
    let list = |item: &str, n: usize| format!("{{\"a\":[{}]}}", vec![item; n].join(","));
    let object = |n: usize| {
        let members: Vec<String> = (0..n).map(|i| format!("\"{i}\":{i}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let text = |text: &str, n: usize| format!("{{\"a\":\"{}\"}}", text.repeat(n));
    for (name, values, body) in [
        ("no value", 1, "{}".to_owned()),
        ("captured", 23, CAPTURED.to_owned()),
        ("a text of 1 MiB", 2, text("x", (1 << 20) - 8)),
        ("commas in a text", 2, text(",", 1000)),
        ("brackets in a text of 1 MiB", 2, text("[", (1 << 20) - 8)),
        ("escapes", 2, text(r"\n", 1 << 18)),
        ("20,000 small values", 20_000, list("1", 19_998)),
        (
            "20,000 large values",
            20_000,
            list("\"A text of some length, as mails have it\"", 19_998),
        ),
        ("20,000 keys", 20_000, object(19_999)),
        ("17 keys", 18, object(17)),
        ("empty lists", 1002, list("[]", 1000)),
        ("100 values", 102, list("100", 100)),
    ] {
        let before = HELD.get();
        MOST_HELD.set(before);
        let event = receiver.read(&Delivery::new("POST", "/", [("A", "b")], &body)).unwrap();
        let most = usize::try_from(MOST_HELD.get() - before).unwrap();
        drop(event);
        let bound = 3 * body.len() + 80 * values;
        assert!(most <= bound, "{name}: {most} bytes of {bound}, for a body of {}", body.len());
    }
}

#[cfg(feature = "gzip")]
#[test]
fn decoding_gzip_takes_at_most_twice_the_limit_of_the_body() {
    let gzip = |length: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b'x'; length]).unwrap();
        encoder.finish().unwrap()
    };
    let limit = atlas_webhook::Limits::default().body;
    for length in [0, 1, 1000, limit / 2, limit / 2 + 1, limit - 1, limit, 2 * limit] {
        for body in [gzip(length), [gzip(length / 2), gzip(length - length / 2)].concat()] {
            let response = Response::new(200, [("A", "b")], &body).unwrap();
            let before = HELD.get();
            MOST_HELD.set(before);
            assert_eq!(response.body().is_ok(), length <= limit);
            let most = usize::try_from(MOST_HELD.get() - before).unwrap();
            assert!(most <= 2 * limit + 16 * 1024, "{length}: {most} bytes");
        }
    }
}

#[cfg(feature = "gzip")]
#[test]
fn reading_a_delivery_in_gzip_takes_what_decoding_takes_and_what_the_event_takes() {
    let receiver = Receiver::new("/").unwrap();
    let limit = atlas_webhook::Limits::default().body;
    for length in [2, 1000, limit / 2, limit / 2 + 1, limit - 1, limit, limit + 1, 2 * limit] {
        let spaces = " ".repeat(length - 2);
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(length.saturating_sub(8)));
        for (json, values, is_object) in
            [(format!("{{{spaces}}}"), 1, true), (text, 2, true), (format!("{spaces}xx"), 0, false)]
        {
            for level in [Compression::none(), Compression::best()] {
                let mut encoder = GzEncoder::new(Vec::new(), level);
                encoder.write_all(json.as_bytes()).unwrap();
                let body = encoder.finish().unwrap();
                let before = HELD.get();
                MOST_HELD.set(before);
                let read = receiver.read(&Delivery::new("POST", "/", [("A", "b")], &body));
                let most = usize::try_from(MOST_HELD.get() - before).unwrap();
                let is_read = is_object && json.len().max(body.len()) <= limit;
                assert_eq!(read.is_ok(), is_read, "{length}");
                let event = if read.is_ok() { 3 * json.len() + 80 * values } else { 0 };
                let bound = 2 * limit + 16 * 1024 + event;
                assert!(most <= bound, "{length}: {most} bytes of {bound}");
            }
        }
    }
}

#[test]
fn an_idle_server_connection_holds_at_most_512_bytes() {
    let receiver = Receiver::new("https://example.com/atlas").unwrap();
    let body = r#"{"type":"order.void"}"#;
    let length = body.len();
    let delivery =
        format!("POST /atlas HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
    let before = HELD.get();
    let mut connection = Box::new(ServerConnection::new(&receiver));
    assert!(HELD.get() - before <= 512, "new: {}", HELD.get() - before);
    for _ in 0..2 {
        // Two at once: the memory of early bytes is freed too.
        connection.received(delivery.repeat(2).as_bytes()).unwrap();
        while connection.state() == ServerState::WantResponse {
            drop(connection.take_event().unwrap());
            connection.respond(200).unwrap();
            connection.sent(connection.to_send().len()).unwrap();
        }
        assert!(connection.idle());
        assert!(HELD.get() - before <= 512, "idle: {}", HELD.get() - before);
    }
}

#[test]
fn a_server_connection_frees_a_request_that_it_rejects() {
    let receiver = Receiver::new("https://example.com/atlas").unwrap();
    let head = format!("POST /wrong HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n", "x".repeat(16_000));
    let before = HELD.get();
    let mut connection = ServerConnection::new(&receiver);
    assert_eq!(connection.received(head.as_bytes()).unwrap(), ServerState::WantSend);
    assert!(HELD.get() - before <= 1024, "{}", HELD.get() - before);
}

#[test]
fn a_request_fed_byte_by_byte_allocates_in_proportion_to_its_length() {
    let receiver = Receiver::new("https://example.com/atlas").unwrap();
    for length in [1_000, 2_000, 4_000, 8_000, 16_000] {
        let head = format!("POST /atlas HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n", "x".repeat(length));
        let (_, bytes) = cost(|| {
            let mut connection = ServerConnection::new(&receiver);
            for byte in head.as_bytes() {
                connection.received(std::slice::from_ref(byte)).unwrap();
            }
            assert_eq!(connection.state(), ServerState::WantResponse);
        });
        assert!(bytes <= 4 * (length + 100), "{bytes} for {length}");
    }
}

/// A cargo of the same toolchain, at this package, with its own target folder.
fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.arg(command).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("CARGO_TARGET_DIR");
    cargo
}

#[test]
fn the_core_alone_pulls_in_few_crates_and_none_that_does_io() {
    const KNOWN: [&str; 9] = [
        "atlas-webhook",
        "hmac-sha256",
        "httparse",
        "itoa",
        "memchr",
        "serde_core",
        "serde_json",
        "subtle",
        "zmij",
    ];
    let tree = cargo("tree")
        .args(["-p", "atlas-webhook", "--no-default-features", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}", "--locked"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let mut names: Vec<&str> = str::from_utf8(&tree.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, KNOWN);
}

#[test]
fn a_program_without_std_registers_and_receives_with_the_core() {
    let target: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_std");
    let build = cargo("build")
        .args(["-p", "no-std-program", "--profile", "no-std", "--locked", "--quiet"])
        .arg("--target-dir")
        .arg(&target)
        .output()
        .unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    let program = Command::new(target.join("no-std/no-std-program")).status().unwrap();
    assert!(program.success(), "{program}");
}
