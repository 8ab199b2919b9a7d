//! What is measured: the request, the responses, and how the responses come in.

use std::env;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

pub const BASE_URL: &str = "https://sandbox.atriptech.com";
pub const PATH: &str = "/updateWebhookURL.do";
pub const HOST: &str = "sandbox.atriptech.com";
pub const CLIENT_ID: &str = "my-client";
pub const CLIENT_SECRET: &str = "my-secret-93ac0e";
pub const CID: &str = "XXXXXXXX";
pub const WEBHOOK: &str = "https://example.com/atlas/webhook?token=pb7xq2mz41";

/// One kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// The bytes of a request out of an endpoint that is there.
    Build,
    /// 64 responses in rotation, each in one piece, to an owned reply; the request is there.
    ParseLength,
    ParseChunked,
    /// A request, then its response: the whole registration but for the socket.
    BothLength,
    BothChunked,
    /// The same with one short response again and again.
    BothPlain,
    /// A response of 292 bytes, byte by byte.
    Bytes,
    /// Responses of which the head has so many KiB, in one piece and byte by byte.
    Head16,
    Head1Bytes,
    Head2Bytes,
    Head4Bytes,
    Head8Bytes,
    Head16Bytes,
    /// A body of 1 MiB, in one piece and in reads of 16 KiB, until it is complete; nobody reads it as
    /// JSON.
    Body,
    BodyReads,
}

impl Case {
    pub const ALL: [Self; 15] = [
        Self::Build,
        Self::ParseLength,
        Self::ParseChunked,
        Self::BothLength,
        Self::BothChunked,
        Self::BothPlain,
        Self::Bytes,
        Self::Head16,
        Self::Head1Bytes,
        Self::Head2Bytes,
        Self::Head4Bytes,
        Self::Head8Bytes,
        Self::Head16Bytes,
        Self::Body,
        Self::BodyReads,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::ParseLength => "parse-length",
            Self::ParseChunked => "parse-chunked",
            Self::BothLength => "both-length",
            Self::BothChunked => "both-chunked",
            Self::BothPlain => "both-plain",
            Self::Bytes => "bytes-292",
            Self::Head16 => "head-16k",
            Self::Head1Bytes => "head-1k-bytes",
            Self::Head2Bytes => "head-2k-bytes",
            Self::Head4Bytes => "head-4k-bytes",
            Self::Head8Bytes => "head-8k-bytes",
            Self::Head16Bytes => "head-16k-bytes",
            Self::Body => "body-1m",
            Self::BodyReads => "body-1m-reads",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// The responses, and how many bytes of them are given at a time.
    #[must_use]
    pub fn answers(self) -> (Vec<Vec<u8>>, usize) {
        let whole = usize::MAX;
        match self {
            Self::Build => (Vec::new(), whole),
            Self::ParseLength | Self::BothLength => (rotation(false), whole),
            Self::ParseChunked | Self::BothChunked => (rotation(true), whole),
            Self::BothPlain => (vec![plain()], whole),
            Self::Bytes => (vec![short()], 1),
            Self::Head16 => (vec![long_head(16)], whole),
            Self::Head1Bytes => (vec![long_head(1)], 1),
            Self::Head2Bytes => (vec![long_head(2)], 1),
            Self::Head4Bytes => (vec![long_head(4)], 1),
            Self::Head8Bytes => (vec![long_head(8)], 1),
            Self::Head16Bytes => (vec![long_head(16)], 1),
            Self::Body => (vec![long_body()], whole),
            Self::BodyReads => (vec![long_body()], 16 * 1024),
        }
    }

    /// Whether a request is built in it.
    #[must_use]
    pub fn builds(self) -> bool {
        matches!(self, Self::Build | Self::BothLength | Self::BothChunked | Self::BothPlain)
    }

    /// Whether the body is what the API says.
    #[must_use]
    pub fn is_json(self) -> bool {
        !matches!(self, Self::Body | Self::BodyReads)
    }

    /// Does `work` for `n` of the responses, and says how long that took.
    pub fn run(self, n: u64, mut work: impl FnMut(&[u8], usize)) -> Duration {
        let (answers, step) = self.answers();
        let started = Instant::now();
        let mut rotation = answers.iter().cycle();
        for _ in 0..n {
            let answer = rotation.next().map_or(&[][..], Vec::as_slice);
            work(black_box(answer), step);
        }
        started.elapsed()
    }
}

/// A program that does `work`: with the arguments `CASE N` once, for whoever counts instructions; without,
/// for each such line of its standard input. It prints the nanoseconds that took, and `-` for a case
/// that it does not do.
pub fn serve(arguments: &[String], work: impl Fn(Case, u64) -> Option<Duration>) {
    let answer = |case: &str, n: &str| {
        let case = Case::named(case).expect("a case");
        let took = work(case, n.parse().expect("a number"));
        println!("{}", took.map_or("-".to_owned(), |took| took.as_nanos().to_string()));
        io::stdout().flush().expect("somebody reads it");
    };
    if let [case, n] = arguments {
        return answer(case, n);
    }
    for line in io::stdin().lines() {
        let line = line.expect("text");
        let (case, n) = line.split_once(' ').expect("CASE N");
        answer(case, n);
    }
}

/// What comes after the name of the program.
#[must_use]
pub fn arguments() -> Vec<String> {
    env::args().skip(1).collect()
}

/// What the response says, for those who have no type of their own for it.
pub const JSON: &str = r#"{"status":0,"msg":"success","requestId":"5f0c8e1a2b7d4c93"}"#;

/// 64 responses with the fields that servers and what stands before them send.
fn rotation(chunked: bool) -> Vec<Vec<u8>> {
    // Numerical Recipes' generator: the same responses in every run.
    let mut state = 0x2545_f491_u32;
    let mut below = move |bound: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % bound
    };
    (0..64).map(|i| answer(i, chunked, &mut below)).collect()
}

fn answer(i: u32, chunked: bool, below: &mut impl FnMut(u32) -> u32) -> Vec<u8> {
    let id = format!("{:08x}{:08x}", below(u32::MAX), below(u32::MAX));
    let msg = ["success", "Operation succeeded", "ok", "success: webhook updated"];
    let msg = msg[below(4) as usize];
    let body = match below(4) {
        0 => format!(r#"{{"status":0,"msg":"{msg}"}}"#),
        1 => format!(r#"{{"status":0,"msg":null,"requestId":"{id}"}}"#),
        2 => format!(r#"{{"requestId":"{id}","msg":"{msg}","status":0}}"#),
        _ => format!(
            r#"{{"status": 0, "msg": "{msg}", "requestId": "{id}", "clientRequestId": null}}"#
        ),
    };
    let mut fields = vec![
        format!("Date: Mon, {:02} Aug 2026 20:{:02}:{:02} GMT", i % 28 + 1, below(60), below(60)),
        "Content-Type: application/json;charset=UTF-8".to_owned(),
        if chunked {
            "Transfer-Encoding: chunked".to_owned()
        } else {
            format!("Content-Length: {}", body.len())
        },
        "Connection: keep-alive".to_owned(),
    ];
    for field in [
        "Server: nginx",
        "Vary: Accept-Encoding",
        "Cache-Control: no-cache, no-store, max-age=0, must-revalidate",
        "X-Content-Type-Options: nosniff",
        "Strict-Transport-Security: max-age=31536000; includeSubDomains",
    ] {
        if below(2) == 0 {
            let at = below(u32::try_from(fields.len()).unwrap_or(1)) as usize;
            fields.insert(at, field.to_owned());
        }
    }
    fields.push(format!("X-Request-Id: {id}"));
    let mut head = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", fields.join("\r\n"));
    if below(3) == 0 {
        head.make_ascii_lowercase();
        head.replace_range(..15, "HTTP/1.1 200 OK");
    }
    let mut answer = head.into_bytes();
    if chunked {
        // One chunk is what most servers send, two what a proxy makes of it.
        let cut = if below(4) == 0 { body.len() / 2 } else { body.len() };
        for piece in [&body[..cut], &body[cut..]] {
            if !piece.is_empty() {
                answer.extend_from_slice(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes());
            }
        }
        answer.extend_from_slice(b"0\r\n\r\n");
    } else {
        answer.extend_from_slice(body.as_bytes());
    }
    answer
}

fn plain() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nDate: Mon, 31 Aug 2026 20:25:50 GMT\r\nServer: nginx\r\n\
      Content-Type: application/json;charset=UTF-8\r\nConnection: keep-alive\r\n\
      Content-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}"
        .to_vec()
}

fn short() -> Vec<u8> {
    let answer = format!(
        "HTTP/1.1 200 OK\r\nDate: Mon, 31 Aug 2026 20:25:50 GMT\r\nServer: nginx\r\n\
         Content-Type: application/json;charset=UTF-8\r\nContent-Length: {}\r\n\
         Connection: keep-alive\r\nVary: Accept-Encoding\r\nX-Request-Id: 5f0c8e1a2b7d4c93\r\n\
         X-Trace: 9c17e4\r\n\r\n{JSON}",
        JSON.len()
    )
    .into_bytes();
    assert_eq!(answer.len(), 292);
    answer
}

/// A response of which the head has exactly so many KiB, in fields of about 250 bytes.
fn long_head(kib: usize) -> Vec<u8> {
    let length = kib * 1024;
    let mut head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", JSON.len());
    let mut i = 0;
    while head.len() + 2 < length {
        let name = format!("X-Field-{i:02}: ");
        let room = length - 2 - head.len() - name.len() - 2;
        // What is left must be a field again.
        let value = if room < 300 { room } else { 234 };
        head += &format!("{name}{}\r\n", "v".repeat(value));
        i += 1;
    }
    head += "\r\n";
    assert_eq!(head.len(), length);
    (head + JSON).into_bytes()
}

fn long_body() -> Vec<u8> {
    let length = 1024 * 1024;
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    answer.resize(answer.len() + length, b'x');
    answer
}

/// Registers once, then `n` times over the connection that is kept, and prints the nanoseconds that those
/// took and the most memory that was resident, in KiB.
pub fn register(n: &str, mut once: impl FnMut()) {
    once();
    let n: u64 = n.parse().expect("a number");
    let started = Instant::now();
    for _ in 0..n {
        once();
    }
    let elapsed = started.elapsed();
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let resident = resident.expect("Linux tells").trim().trim_end_matches(" kB");
    println!("{} {resident}", elapsed.as_nanos());
}
