//! Bytes that a server sends over a loopback socket to the bundled transport, and then closes: the transport
//! returns what an exchange returns for them. The same bytes as a proxy's response to CONNECT give an error.
//!
//! The input is a script and the response, as in `exchange.rs`. The script is the lengths of the first
//! writes of the server. If its length is odd, the server closes each connection. Otherwise it keeps a connection
//! that HTTP permits to keep, for one more request.

#![no_main]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use atlas_webhook::{
    Endpoint, Error, ErrorKind, Exchange, Limits, Registration, Reply, Request, State, Transport,
};
use libfuzzer_sys::fuzz_target;

/// Nothing takes so long: the server always closes.
const LONG: Duration = Duration::from_secs(20);

/// The writes of one response, at most. The last one is the rest.
const MOST_PIECES: usize = 16;

/// No more descriptors are open at any time.
const DESCRIPTORS: i32 = 64;

/// The CA that the endpoint behind the proxy would need. No server has its key.
const CA: &[u8] = include_bytes!("../ca.pem");

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

static PEERS: LazyLock<Peers> = LazyLock::new(Peers::start);

/// The transports, and the server to which they connect. They are kept for all inputs.
struct Peers {
    job: Arc<Mutex<Job>>,
    served: Mutex<Receiver<Served>>,
    direct: (Transport, Request),
    proxied: (Transport, Request),
}

/// What the server does on each connection.
#[derive(Default)]
struct Job {
    response: Vec<u8>,
    script: Vec<u8>,
    is_proxy: bool,
    is_kept: bool,
}

/// How many requests came over a connection.
#[derive(Debug, PartialEq)]
struct Served(usize);

/// Everything that the result of a send contains.
#[derive(Debug, PartialEq)]
enum Meaning {
    Reply {
        status: u16,
        message: String,
        request_id: Option<String>,
    },
    Error {
        kind: ErrorKind,
        offset: Option<u64>,
        http_status: Option<u16>,
        api_status: Option<i64>,
        api_message: Option<String>,
        request_id: Option<String>,
        retry_after: Option<Duration>,
        response: Option<(u16, Vec<u8>)>,
        retryable: bool,
        text: String,
    },
}

/// What the bytes are as the response of a proxy to CONNECT.
#[derive(Debug)]
enum Tunnel {
    /// The text of the error.
    Refused(String),
    /// Whether bytes follow the response.
    Opened { more: bool },
}

fuzz_target!(|input: &[u8]| {
    let (script, response) = match input.iter().position(|&b| b == 0) {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (&[][..], input),
    };
    directly(script, response);
    by_proxy(script, response);
});

fn directly(script: &[u8], response: &[u8]) {
    let (transport, request) = &PEERS.direct;
    let (expected, is_reusable) = by_exchange(request, response);
    let is_kept = is_reusable && script.len() % 2 == 0;
    PEERS.serve(script, response, |job| job.is_kept = is_kept);

    assert_eq!(meaning(transport.send(request), 1), expected);
    if is_kept {
        assert_eq!(meaning(transport.send(request), 1), expected, "on the kept connection");
        assert_eq!(PEERS.served(), Served(2), "requests on one connection");
    } else {
        assert_eq!(PEERS.served(), Served(1), "each request is sent once");
        if is_reusable {
            assert_eq!(meaning(transport.send(request), 1), expected, "instead of the closed one");
            assert_eq!(PEERS.served(), Served(1), "each request is sent once");
        }
    }
    transport.close_idle();
}

fn by_proxy(script: &[u8], response: &[u8]) {
    let (transport, request) = &PEERS.proxied;
    let expected = tunnel(request, response);
    PEERS.serve(script, response, |job| job.is_proxy = true);
    let error = transport.send(request).expect_err("there is no server behind the proxy");
    assert_eq!(PEERS.served(), Served(1), "CONNECT is sent once");

    assert_eq!((error.attempts(), error.http_status(), error.offset()), (1, None, None));
    match (expected, error.kind()) {
        (Tunnel::Refused(text), ErrorKind::Proxy) => assert_eq!(error.message(), text),
        // If they do not arrive with the response, they belong to TLS.
        (Tunnel::Opened { more: true }, ErrorKind::Proxy) => {
            assert_eq!(error.message(), "the proxy sent bytes after its response to CONNECT");
        }
        (Tunnel::Opened { more: true }, ErrorKind::Tls | ErrorKind::ClosedEarly)
            if !script.is_empty() => {}
        (Tunnel::Opened { more: false }, ErrorKind::ClosedEarly) => {}
        (expected, _) => panic!("{expected:?}, and the error is {error}"),
    }
}

/// The result of an exchange at the end of the input, and whether the connection can be kept.
fn by_exchange(request: &Request, response: &[u8]) -> (Meaning, bool) {
    let mut exchange = Exchange::new(request);
    exchange.sent(request.bytes().len()).expect("that much was to send");
    let consumed = exchange.received(response);
    let is_reusable = exchange.reusable() && consumed.is_ok_and(|n| n == response.len());
    // A failure stays.
    drop(exchange.received_eof());
    (meaning(exchange.take_reply(), 0), is_reusable)
}

/// By an exchange that reads the heads: the body and its framing do not matter.
fn tunnel(request: &Request, response: &[u8]) -> Tunnel {
    let mut exchange = Exchange::new(request);
    for (at, byte) in response.chunks(1).enumerate() {
        let failure = exchange.received(byte).err();
        let refused = |what: &str| Tunnel::Refused(format!("the proxy {what}"));
        match (exchange.http_status(), failure) {
            (None, None) => {}
            (None | Some(101), Some(error)) => {
                let text = error.message().replace("the response is", "its response is");
                return refused(&format!("failed: {text}"));
            }
            (Some(200..=299), _) => return Tunnel::Opened { more: at + 1 < response.len() },
            (Some(407), _) => {
                return refused("requires a user and a password, or rejected them (HTTP 407)");
            }
            (Some(status), _) => return refused(&format!("refused the tunnel (HTTP {status})")),
        }
    }
    assert_ne!(exchange.state(), State::Done);
    Tunnel::Refused("the proxy closed the connection instead of opening a tunnel".to_owned())
}

fn meaning(result: Result<Reply, Error>, attempts: u32) -> Meaning {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    match result {
        Ok(reply) => {
            assert!(attempts == 0 || reply.attempts() == attempts);
            Meaning::Reply {
                status: reply.http_status(),
                message: reply.message().to_owned(),
                request_id: owned(reply.request_id()),
            }
        }
        Err(error) => {
            assert_eq!(error.attempts(), attempts);
            let response = error.response();
            Meaning::Error {
                kind: error.kind(),
                offset: error.offset(),
                http_status: error.http_status(),
                api_status: error.api_status(),
                api_message: owned(error.api_message()),
                request_id: owned(error.request_id()),
                retry_after: error.retry_after(),
                response: response
                    .map(|response| (response.status(), response.coded_body().to_vec())),
                retryable: error.retryable(),
                text: error.to_string(),
            }
        }
    }
}

impl Peers {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let direct = request(&format!("http://{address}"));
        let (job, bytes) = (Arc::<Mutex<Job>>::default(), direct.bytes().to_vec());
        let (done, served) = sync_channel(1);
        thread::spawn({
            let job = Arc::clone(&job);
            move || serve(&listener, &job, &bytes, &done)
        });
        Self {
            job,
            served: Mutex::new(served),
            direct: (transport(None), direct),
            proxied: (transport(Some(address)), request("https://example.com")),
        }
    }

    /// What the server does from now on. The fields that `set` does not set are false.
    fn serve(&self, script: &[u8], response: &[u8], set: impl FnOnce(&mut Job)) {
        let mut job = self.job.lock().expect("the server does not panic");
        (job.is_proxy, job.is_kept) = (false, false);
        // The vectors keep their memory, so that the fuzzer does not search for a leak.
        job.script.clear();
        job.script.extend_from_slice(script);
        job.response.clear();
        job.response.extend_from_slice(response);
        set(&mut job);
    }

    /// Waits for the end of a connection.
    fn served(&self) -> Served {
        let served = self.served.lock().expect("nothing panics");
        served.recv_timeout(LONG).expect("the server closes every connection")
    }
}

fn request(base_url: &str) -> Request {
    let mut endpoint = Endpoint::new(base_url).expect("a valid URL");
    endpoint.set_limits(*LIMITS);
    let registration = Registration::new("https://example.com/").expect("a valid URL");
    Request::registration(&endpoint, &registration).expect("a valid request")
}

fn transport(proxy: Option<SocketAddr>) -> Transport {
    let mut transport = Transport::new().expect("nothing is required");
    transport.set_timeout(LONG).expect("in range").set_retries(0);
    transport.set_connect_timeout(LONG).expect("in range");
    transport.set_ca_pem(CA).expect("a valid certificate");
    if let Some(proxy) = proxy {
        transport.set_proxy(&format!("http://{proxy}")).expect("a valid URL");
    }
    transport
}

fn serve(listener: &TcpListener, job: &Mutex<Job>, request: &[u8], done: &SyncSender<Served>) {
    let mut read = vec![0; request.len()];
    loop {
        let (mut socket, _) = listener.accept().expect("a descriptor is free");
        assert!(socket.as_raw_fd() < DESCRIPTORS, "descriptors are left open");
        let mut requests = 0;
        let job = job.lock().expect("the fuzzer does not panic");
        // The client closes the connection as soon as it has enough, which is an error here.
        drop(job.run(&mut socket, request, &mut read, &mut requests));
        drop((job, socket));
        if done.send(Served(requests)).is_err() {
            return;
        }
    }
}

impl Job {
    fn run(
        &self,
        socket: &mut TcpStream,
        request: &[u8],
        read: &mut [u8],
        requests: &mut usize,
    ) -> io::Result<()> {
        socket.set_nodelay(true)?;
        if self.is_proxy {
            read_connect(socket)?;
            *requests += 1;
            self.respond(socket)?;
            socket.shutdown(Shutdown::Write)?;
            // Unread bytes would reset the connection.
            while socket.read(read)? > 0 {}
            return Ok(());
        }
        for _ in 0..=usize::from(self.is_kept) {
            socket.read_exact(read)?;
            assert!(read == request, "the request is sent as it is");
            *requests += 1;
            self.respond(socket)?;
        }
        Ok(())
    }

    fn respond(&self, socket: &mut TcpStream) -> io::Result<()> {
        let mut rest = &self.response[..];
        for &length in self.script.iter().take(MOST_PIECES) {
            let (piece, behind) = rest.split_at(usize::from(length).min(rest.len()));
            socket.write_all(piece)?;
            rest = behind;
        }
        socket.write_all(rest)
    }
}

/// Up to the empty line. Nothing follows it before the response.
fn read_connect(socket: &mut TcpStream) -> io::Result<()> {
    let mut request = [0; 512];
    let mut length = 0;
    while !request[..length].ends_with(b"\r\n\r\n") {
        match socket.read(&mut request[length..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => length += n,
        }
    }
    assert!(request.starts_with(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n"));
    Ok(())
}
