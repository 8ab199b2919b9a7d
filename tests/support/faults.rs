//! A server that produces network faults. Each fault has its own base URL and the expected error.
//! `docs/transport.md` lists them for users.
//!
//! ```text
//! Faults ── list ──► name, kind of error, base URL, CA file ──► the client under test
//!        └─ listeners: one for all faults within HTTP, told apart by the path; one for each below it
//! ```
//!
//! `faults_main.rs` beside this file makes a program of it, for tests in other languages.

#![allow(dead_code)]

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};
use socket2::{Domain, SockRef, Socket, Type};

#[path = "tls.rs"]
pub(crate) mod tls;

use tls::{Authority, VALID, Validity};

/// The pause between the bytes of the slow faults. A client under test should give up sooner than
/// their whole response takes, which is more than ten seconds.
const SLOW: Duration = Duration::from_millis(200);

const BODY: &str = r#"{"status":0,"msg":"success"}"#;

/// One fault, or a success with the kind `OK`.
pub(crate) struct Fault {
    pub(crate) name: String,
    /// The kind of error as the C ABI calls it, without the prefix.
    pub(crate) kind: &'static str,
    /// The base URL for an endpoint.
    pub(crate) url: String,
    /// The file with the CA to trust. If there is a shortage, `SSL_CERT_FILE` names it.
    pub(crate) ca: Option<PathBuf>,
    pub(crate) shortage: Shortage,
}

/// The resource that the client lacks. With all resources it sends again and succeeds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortage {
    None,
    /// So many descriptors are left.
    Descriptors(u8),
    /// No thread can be started.
    Threads,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("-"),
            Self::Descriptors(left) => write!(f, "descriptors-{left}"),
            Self::Threads => f.write_str("threads"),
        }
    }
}

impl Fault {
    /// Its row in the table of `docs/transport.md`. Faults that differ only in a number share one.
    pub(crate) fn row(&self) -> &str {
        match self.name.rsplit_once('-') {
            Some((row, number)) if number.bytes().all(|b| b.is_ascii_digit()) => row,
            _ => &self.name,
        }
    }
}

/// The running servers, which serve until the process ends.
pub(crate) struct Faults {
    list: Vec<Fault>,
    strangers: Arc<AtomicUsize>,
    /// Reserves its port without listening on it.
    _refusing: Socket,
}

impl Faults {
    /// Starts them. Certificates of CAs are written into `dir`.
    pub(crate) fn start(dir: &Path) -> io::Result<Self> {
        let mut list = Vec::new();
        let mut add = |name: &str, kind, url: &str, ca: Option<&Path>| {
            let (name, url) = (name.to_owned(), url.to_owned());
            let shortage = match name.as_str() {
                "no-descriptor" | "no-descriptor-for-the-name" => Shortage::Descriptors(0),
                "no-descriptor-for-the-store" => Shortage::Descriptors(1),
                "no-thread-for-the-name" => Shortage::Threads,
                _ => Shortage::None,
            };
            list.push(Fault { name, kind, url, ca: ca.map(Path::to_owned), shortage });
        };

        let refusing = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        refusing.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let port = refusing.local_addr()?.as_socket().map_or(0, |address| address.port());
        add("refuse", "CONNECT", &format!("http://127.0.0.1:{port}"), None);
        // A label of more than 63 bytes: no resolver asks a server for it.
        add("resolve", "RESOLVE", &format!("https://{}.invalid", "x".repeat(64)), None);

        let strangers = Arc::new(AtomicUsize::new(0));
        let stranger = listen(Ipv4Addr::LOCALHOST.into(), {
            let strangers = Arc::clone(&strangers);
            move |_| {
                strangers.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        })?;
        // By another name, so that it is another host and not only another port.
        let elsewhere = format!("http://localhost:{}/updateWebhookURL.do", stranger.port());
        let http = listen(Ipv4Addr::LOCALHOST.into(), move |mut socket| {
            loop {
                let target = read_request(&mut socket)?;
                match target.split('/').nth(1).unwrap_or_default() {
                    "" => return Ok(()),
                    // The connection may be kept for the next request.
                    "fine" => socket.write_all(&whole_answer("length"))?,
                    name => return misbehave(socket, name, &elsewhere),
                }
            }
        })?;
        for (name, kind) in WITHIN_HTTP {
            add(name, kind, &format!("http://{http}/{name}"), None);
        }
        add("no-descriptor", "IO", &format!("http://{http}/fine"), None);
        for name in ["no-descriptor-for-the-name", "no-thread-for-the-name"] {
            add(name, "IO", &format!("http://localhost:{}/fine", http.port()), None);
        }
        for (framing, head_kind, body_kind) in CUTS {
            let whole = whole_answer(framing);
            let head = whole.len() - body_of(&whole).len();
            for cut in 0..whole.len() {
                let (part, kind) =
                    if cut < head { ("head", head_kind) } else { ("body", body_kind) };
                let name = format!("cut-{framing}-{part}-{cut}");
                add(&name, kind, &format!("http://{http}/{name}"), None);
            }
        }

        let ours = Authority::new("Trusted test CA");
        let ca = ours.write(dir, "ca.pem")?;
        let theirs = Authority::new("Another test CA");
        let ipv4 = "127.0.0.1";
        let expired: Validity = (2000, 2001);
        let future: Validity = (2900, 2999);
        for (name, kind, authority, called, validity) in [
            ("tls-wrong-name", "TLS", &ours, "atlas.example", VALID),
            ("tls-expired", "TLS", &ours, ipv4, expired),
            ("tls-not-yet-valid", "TLS", &ours, ipv4, future),
            ("tls-unknown-ca", "TLS", &theirs, ipv4, VALID),
        ] {
            let config = authority.server(called, validity, &[&TLS12, &TLS13]);
            let address = listen(Ipv4Addr::LOCALHOST.into(), move |socket| serve(socket, &config))?;
            add(name, kind, &format!("https://{address}"), Some(&ca));
        }
        let config = ours.client_only(ipv4);
        let address = listen(Ipv4Addr::LOCALHOST.into(), move |socket| serve(socket, &config))?;
        add("tls-client-only", "TLS", &format!("https://{address}"), Some(&ca));
        let (own_ca, config) = tls::own_ca(ipv4, dir, "own-ca.pem")?;
        let address = listen(Ipv4Addr::LOCALHOST.into(), move |socket| serve(socket, &config))?;
        add("tls-own-ca", "TLS", &format!("https://{address}"), Some(&own_ca));
        for (name, versions, ip) in [
            ("tls-1.2", &[&TLS12], SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            ("tls-1.3", &[&TLS13], SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            ("tls-ipv6", &[&TLS13], SocketAddr::from((Ipv6Addr::LOCALHOST, 0))),
        ] {
            let config = ours.server(&ip.ip().to_string(), VALID, versions);
            let address = listen(ip.ip(), move |socket| serve(socket, &config))?;
            add(name, "OK", &format!("https://{address}"), Some(&ca));
            if name == "tls-1.3" {
                let name = "no-descriptor-for-the-store";
                add(name, "IO", &format!("https://{address}"), Some(&ca));
            }
        }
        let config = ours.server("localhost", VALID, &[&TLS12, &TLS13]);
        let named = listen(Ipv4Addr::LOCALHOST.into(), move |socket| serve(socket, &config))?;
        add("tls-name", "OK", &format!("https://localhost:{}", named.port()), Some(&ca));

        let config = ours.server(ipv4, VALID, &[&TLS12, &TLS13]);
        let cut = listen(Ipv4Addr::LOCALHOST.into(), move |socket| {
            let mut stream = tls::accept(socket, &config);
            read_request(&mut stream)?;
            // Dropped without close_notify, as by an attacker who truncates a response.
            let whole = whole_answer("length");
            stream.write_all(&whole[..whole.len() - 1])?;
            stream.flush()
        })?;
        add("tls-cut", "CLOSED_EARLY", &format!("https://{cut}"), Some(&ca));
        let plain = listen(Ipv4Addr::LOCALHOST.into(), |mut socket| {
            // Through a proxy, a server that sends first would look like the proxy.
            socket.read(&mut [0; 4096]).map(drop)?;
            socket.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")?;
            wait_for_close(&mut socket)
        })?;
        add("tls-plaintext", "TLS", &format!("https://{plain}"), Some(&ca));
        let silent = listen(Ipv4Addr::LOCALHOST.into(), |mut s| wait_for_close(&mut s))?;
        add("tls-silent", "TIMEOUT", &format!("https://{silent}"), Some(&ca));
        let closing =
            listen(Ipv4Addr::LOCALHOST.into(), |mut socket| socket.read(&mut [0; 4096]).map(drop))?;
        add("tls-close", "CLOSED_EARLY", &format!("https://{closing}"), Some(&ca));

        Ok(Self { list, strangers, _refusing: refusing })
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.list
    }

    pub(crate) fn named(&self, name: &str) -> &Fault {
        self.list.iter().find(|fault| fault.name == name).unwrap()
    }

    /// The number of connections to the target of the redirect.
    pub(crate) fn strangers(&self) -> usize {
        self.strangers.load(Ordering::SeqCst)
    }
}

/// What the server does with a request, by its path.
const WITHIN_HTTP: [(&str, &str); 22] = [
    ("fine", "OK"),
    ("silent", "TIMEOUT"),
    ("close", "CLOSED_EARLY"),
    ("slow", "TIMEOUT"),
    ("slow-body", "TIMEOUT"),
    ("reset", "IO"),
    ("reset-in-body", "CLOSED_EARLY"),
    ("garbage", "PROTOCOL"),
    ("endless-garbage", "PROTOCOL"),
    ("endless-status-line", "LIMIT"),
    ("endless-field", "LIMIT"),
    ("endless-fields", "LIMIT"),
    ("endless-interim", "LIMIT"),
    ("endless-body", "LIMIT"),
    ("endless-chunks", "LIMIT"),
    ("endless-chunk-size", "LIMIT"),
    ("endless-trailers", "LIMIT"),
    ("gzip-bomb", "LIMIT"),
    ("gzip-damaged", "ENCODING"),
    ("unknown-coding", "ENCODING"),
    ("redirect", "REDIRECT"),
    ("switch-protocols", "PROTOCOL"),
];

/// Framings whose response is truncated after every byte, with the kinds of error in the head and
/// in the body.
const CUTS: [(&str, &str, &str); 3] = [
    ("length", "CLOSED_EARLY", "CLOSED_EARLY"),
    ("chunked", "CLOSED_EARLY", "CLOSED_EARLY"),
    ("until-close", "CLOSED_EARLY", "MALFORMED_REPLY"),
];

fn misbehave(mut socket: TcpStream, name: &str, elsewhere: &str) -> io::Result<()> {
    const OK: &str = "HTTP/1.1 200 OK\r\n";
    let head = |fields: &str| format!("{OK}{fields}\r\n").into_bytes();
    if let Some((part, cut)) = name.strip_prefix("cut-").and_then(|cut| cut.rsplit_once('-')) {
        let whole = whole_answer(part.trim_end_matches("-head").trim_end_matches("-body"));
        let cut = cut.parse().unwrap_or(0).min(whole.len());
        return socket.write_all(&whole[..cut]);
    }
    match name {
        "silent" => {}
        "close" => return Ok(()),
        "slow" => trickle(&mut socket, &whole_answer("length"))?,
        "slow-body" => {
            socket.write_all(&head(&format!("Content-Length: {}\r\n", BODY.len() + 100)))?;
            trickle(&mut socket, &[b" ".repeat(100), BODY.into()].concat())?;
        }
        "reset" => return reset(socket),
        "reset-in-body" => {
            socket.write_all(&whole_answer("length")[..60])?;
            // Time for the client to read the start, which a reset would discard.
            thread::sleep(Duration::from_millis(500));
            return reset(socket);
        }
        "garbage" => socket.write_all(b"220 mail.example ESMTP\r\n\r\n")?,
        "endless-garbage" => endless(&mut socket, b"", b"\xFF\0\x1B[2J")?,
        "endless-status-line" => endless(&mut socket, b"HTTP/1.1 200 ", b"very ")?,
        "endless-field" => endless(&mut socket, OK.as_bytes(), b"A: b")?,
        "endless-fields" => endless(&mut socket, OK.as_bytes(), b"A: b\r\n")?,
        "endless-interim" => endless(&mut socket, b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")?,
        "endless-body" => endless(&mut socket, &head("Connection: close\r\n"), b"          ")?,
        "endless-chunks" => {
            endless(&mut socket, &head("Transfer-Encoding: chunked\r\n"), b"a\r\n          \r\n")?;
        }
        "endless-chunk-size" => {
            endless(&mut socket, &head("Transfer-Encoding: chunked\r\n"), b"0000000")?;
        }
        "endless-trailers" => {
            let start = [head("Transfer-Encoding: chunked\r\n"), b"0\r\n".into()].concat();
            endless(&mut socket, &start, b"A: b\r\n")?;
        }
        "gzip-bomb" => coded(&mut socket, "gzip", &gzip(&vec![b' '; 4 * 1024 * 1024]))?,
        "gzip-damaged" => {
            let gzip = gzip(BODY.as_bytes());
            coded(&mut socket, "gzip", &gzip[..gzip.len() - 1])?;
        }
        "unknown-coding" => coded(&mut socket, "br", BODY.as_bytes())?,
        "redirect" => {
            let fields = format!("Location: {elsewhere}\r\nContent-Length: 0\r\n");
            write!(socket, "HTTP/1.1 307 Temporary Redirect\r\n{fields}\r\n")?;
        }
        "switch-protocols" => {
            socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")?;
        }
        _ => socket.write_all(&whole_answer("length"))?,
    }
    wait_for_close(&mut socket)
}

/// The complete response of the truncated ones.
fn whole_answer(framing: &str) -> Vec<u8> {
    let (field, body) = match framing {
        "chunked" => {
            let (one, two) = BODY.split_at(10);
            let body = format!("{:x}\r\n{one}\r\n{:x};a=b\r\n{two}\r\n0\r\n\r\n", 10, two.len());
            ("Transfer-Encoding: chunked".to_owned(), body)
        }
        "until-close" => ("Connection: close".to_owned(), BODY.to_owned()),
        _ => (format!("Content-Length: {}", BODY.len()), BODY.to_owned()),
    };
    format!("HTTP/1.1 200 OK\r\n{field}\r\n\r\n{body}").into_bytes()
}

fn body_of(whole: &[u8]) -> &[u8] {
    let end = whole.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    &whole[end + 4..]
}

fn coded(socket: &mut TcpStream, coding: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let fields = format!("Content-Encoding: {coding}\r\nContent-Length: {length}\r\n");
    write!(socket, "HTTP/1.1 200 OK\r\n{fields}\r\n")?;
    socket.write_all(body)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn trickle(socket: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    socket.set_nodelay(true)?;
    for byte in bytes.chunks(1) {
        thread::sleep(SLOW);
        socket.write_all(byte)?;
    }
    Ok(())
}

/// Until the client closes.
fn endless(socket: &mut TcpStream, start: &[u8], again: &[u8]) -> io::Result<()> {
    socket.write_all(start)?;
    let block = again.repeat(64 * 1024 / again.len());
    loop {
        socket.write_all(&block)?;
    }
}

/// Closes with a reset, which a linger time of zero brings about.
fn reset(socket: TcpStream) -> io::Result<()> {
    SockRef::from(&socket).set_linger(Some(Duration::ZERO))
}

fn wait_for_close(socket: &mut TcpStream) -> io::Result<()> {
    io::copy(socket, &mut io::sink()).map(drop)
}

/// A valid response over TLS. The client may reject it.
fn serve(socket: TcpStream, config: &Arc<ServerConfig>) -> io::Result<()> {
    let mut stream = tls::accept(socket, config);
    while !read_request(&mut stream)?.is_empty() {
        stream.write_all(&whole_answer("length"))?;
        stream.flush()?;
    }
    Ok(())
}

/// Accepts on a free port, each connection in a thread of its own, for as long as the process lives.
pub(crate) fn listen(
    ip: std::net::IpAddr,
    serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((ip, 0))?;
    let address = listener.local_addr()?;
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            // A client may close its connection at any time.
            thread::spawn(move || drop(serve(socket)));
        }
    });
    Ok(address)
}

/// Reads one whole request and returns its target, if there is a request.
pub(crate) fn read_request(stream: &mut impl Read) -> io::Result<String> {
    let mut input = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Ok(String::new());
        }
        input.extend_from_slice(&buffer[..n]);
        let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&input[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        if input.len() >= end + 4 + length.unwrap_or(0) {
            return Ok(head.split(' ').nth(1).unwrap_or_default().to_owned());
        }
    }
}
