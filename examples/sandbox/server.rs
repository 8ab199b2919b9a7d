//! A server on loopback that stands in for the Atlas API: it serves the documented call,
//! `POST {prefix}/updateWebhookURL.do`, checks what the specification requires of the request, and
//! answers as the real one does, or in any other way it is told to.
//!
//! ```text
//! Sandbox ── accepts ──► Connection ── read ──► Recorded ── judge ──► Verdict ── render ──► bytes
//!                        one thread             what came             what it     as Answer
//!                        each                                         deserves    tells it
//! ```
//!
//! It is no general HTTP server: requests are framed by `Content-Length`, and it never leaves this
//! machine. `main.rs` beside this file makes a program of it; tests start it in their own process.

// Each program that includes this file uses its own part of it.
#![allow(dead_code, unreachable_pub)]

#[path = "deliver.rs"]
pub mod deliver;

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use deliver::{Destination, TICKETED};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// The documented path of the call, below the prefix.
const PATH: &str = "/updateWebhookURL.do";

/// The longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The longest body of a request, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// How a [`Sandbox`] listens, what it requires, and how it answers.
#[derive(Clone, Debug)]
pub struct Options {
    /// The loopback address to listen on; 127.0.0.1 unless set.
    pub bind: IpAddr,
    /// The port to listen on; 0, the default, takes a free one.
    pub port: u16,
    /// What stands in the path before that of the call, without a slash at its end; empty unless set.
    pub prefix: String,
    /// Client id and secret that a request must bear. Any, and none, will do unless set.
    pub credentials: Option<(String, String)>,
    /// Whether a request without `cid` is refused. The specification requires it, the real sandbox
    /// does not; so neither does this one unless told.
    pub require_cid: bool,
    /// The n-th request gets the n-th answer, and those after the last one get the last. The
    /// [default](Answer::default) when empty.
    pub answers: Vec<Answer>,
    /// The events to post, one after the other, to an http URL of a loopback address that was registered.
    /// Default: one `order.ticketed`.
    pub events: Vec<Vec<u8>>,
    /// Takes the log, entry by entry, with secrets masked. None unless set.
    pub log: Option<fn(&str)>,
}

impl Options {
    /// The default options with one answer for all requests.
    pub fn answering(answer: Answer) -> Self {
        Self { answers: vec![answer], ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            prefix: String::new(),
            credentials: None,
            require_cid: false,
            answers: Vec::new(),
            events: vec![TICKETED.to_vec()],
            log: None,
        }
    }
}

/// How a request is answered. The default is what the real server does.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What the body says.
    pub say: Say,
    /// The HTTP status, in place of the one that the request deserves.
    pub http_status: Option<u16>,
    /// The API's id of the request.
    pub request_id: Option<String>,
    /// Further header fields, such as `Retry-After`.
    pub headers: Vec<(String, String)>,
    /// Compresses the body where the request accepts gzip.
    pub gzip: bool,
    /// How the end of the body is told.
    pub framing: Framing,
    /// Answers in HTTP/1.0, and closes the connection.
    pub http10: bool,
    /// How many interim answers (1xx) precede the final one.
    pub interim: usize,
    /// How long to wait before answering.
    pub delay: Duration,
    /// Sends byte by byte, with this pause before each.
    pub trickle: Option<Duration>,
    /// Closes the connection after this many bytes of the answer, interim answers included.
    pub cut: Option<usize>,
}

/// What the body of an answer says.
#[derive(Clone, Debug, Default)]
pub enum Say {
    /// What the request deserves: success, or what is wrong with it.
    #[default]
    Verdict,
    /// This status of the API and its `msg`, whatever is wrong with the parameters.
    Status(i64, String),
    /// The API's rate-limit body, with the seconds to wait.
    RateLimit(u64),
    /// Exactly this.
    Body(Vec<u8>),
    /// Exactly these bytes are the whole answer, its head included; then the connection is closed.
    Raw(Vec<u8>),
}

/// How the end of a body is told (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// By `Content-Length`.
    #[default]
    Length,
    /// By the chunked transfer coding, in chunks of at most 16 bytes.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The number of the connection that it came on, from 1.
    pub connection: usize,
    /// The method of the request line.
    pub method: String,
    /// The target of the request line.
    pub target: String,
    /// The header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The value of the header field of that name, in any case; none when it is there twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|field| field.0.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|field| field.0.eq_ignore_ascii_case(name))
    }

    fn lists(&self, name: &str, token: &str) -> bool {
        let values = self.headers.iter().filter(|field| field.0.eq_ignore_ascii_case(name));
        values.flat_map(|(_, value)| value.split(',')).any(|listed| {
            listed.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(token)
        })
    }
}

/// A running server. Dropping it closes every connection and waits for its threads to end.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    requests: Mutex<Vec<Recorded>>,
    stopped: Mutex<bool>,
    stopping: Condvar,
}

impl Sandbox {
    /// Starts a server with its own threads.
    ///
    /// # Errors
    ///
    /// When it cannot listen there, or the address is not a loopback address: a server that takes
    /// any credentials is for this machine alone.
    pub fn start(options: Options) -> io::Result<Self> {
        if !options.bind.is_loopback() {
            let what = format!("{} is not a loopback address", options.bind);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let listener = TcpListener::bind((options.bind, options.port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            options,
            requests: Mutex::default(),
            stopped: Mutex::default(),
            stopping: Condvar::new(),
        });
        let listening = thread::spawn({
            let shared = Arc::clone(&shared);
            move || listen(&listener, &shared)
        });
        Ok(Self { address, shared, listening: Some(listening) })
    }

    /// The base URL to give to an endpoint, prefix included.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.shared.options.prefix)
    }

    /// The requests that came in whole, in order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.requests).clone()
    }

    /// Blocks for as long as it serves.
    pub fn serve(mut self) {
        if let Some(listening) = self.listening.take() {
            // It ends by a panic or not at all, and a panic has told about itself.
            let _ = listening.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        *lock(&self.shared.stopped) = true;
        self.shared.stopping.notify_all();
        // The listening thread sleeps in accept: a connection wakes it.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

impl Shared {
    /// Sleeps; fails as soon as the server stops.
    fn sleep(&self, duration: Duration) -> io::Result<()> {
        let running = lock(&self.stopped);
        let waited = self.stopping.wait_timeout_while(running, duration, |stopped| !*stopped);
        let (stopped, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *stopped { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    fn is_stopped(&self) -> bool {
        *lock(&self.stopped)
    }

    /// Keeps the request, and says how to answer it.
    fn record(&self, request: &Recorded) -> Answer {
        let mut requests = lock(&self.requests);
        let answers = &self.options.answers;
        let answer = answers.get(requests.len()).or(answers.last()).cloned().unwrap_or_default();
        requests.push(request.clone());
        answer
    }

    fn log(&self, entry: &str) {
        if let Some(log) = self.options.log {
            log(entry);
        }
    }
}

/// A thread that panicked has told about itself; the others go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections: Vec<(JoinHandle<()>, Weak<TcpStream>)> = Vec::new();
    for number in 1.. {
        let accepted = listener.accept();
        if shared.is_stopped() {
            break;
        }
        connections.retain(|(thread, _)| !thread.is_finished());
        match accepted {
            Ok((socket, _)) => {
                let socket = Arc::new(socket);
                let weak = Arc::downgrade(&socket);
                let shared = Arc::clone(shared);
                let thread = thread::spawn(move || {
                    // A client that goes away is none of the server's business.
                    let _ = Connection { number, socket, input: Vec::new(), shared }.serve();
                });
                connections.push((thread, weak));
            }
            // Out of descriptors, mostly, which the end of other connections cures.
            Err(_) => drop(shared.sleep(Duration::from_millis(10))),
        }
    }
    for (thread, socket) in connections {
        if let Some(socket) = socket.upgrade() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        let _ = thread.join();
    }
}

/// What a request deserves.
struct Verdict {
    http_status: u16,
    says: Says,
}

enum Says {
    /// By the API, in JSON.
    Api(i64, String),
    /// By HTTP, in plain text.
    Http(&'static str),
}

impl Verdict {
    fn api(status: i64, msg: impl Into<String>) -> Self {
        Self { http_status: 200, says: Says::Api(status, msg.into()) }
    }

    fn http(http_status: u16, what: &'static str) -> Self {
        Self { http_status, says: Says::Http(what) }
    }
}

/// What can be told from the head of a request.
struct Head {
    request: Recorded,
    body_length: usize,
    /// Bytes of the head itself.
    length: usize,
    keep_alive: bool,
}

struct Connection {
    number: usize,
    socket: Arc<TcpStream>,
    /// Bytes that were read and not yet used.
    input: Vec<u8>,
    shared: Arc<Shared>,
}

impl Connection {
    fn serve(mut self) -> io::Result<()> {
        self.socket.set_nodelay(true)?;
        while let Some(head) = self.read_head()? {
            let next = match head {
                Ok(head) => match self.read_body(head)? {
                    Some((request, keep_alive)) => self.answer(&request, keep_alive)?,
                    None => break,
                },
                Err(verdict) => {
                    self.shared.log(&format!("#{} what came is no usable request", self.number));
                    self.send(&Answer::default(), &verdict, false, false)?
                }
            };
            if next.is_break() {
                return self.linger();
            }
        }
        Ok(())
    }

    /// None when the peer closed instead.
    fn read_head(&mut self) -> io::Result<Option<Result<Head, Verdict>>> {
        loop {
            if let Some(head) = parse(&self.input, self.number) {
                return Ok(Some(head));
            }
            if self.read_more()? == 0 {
                return Ok(None);
            }
        }
    }

    /// None when the peer closed before the body was whole.
    fn read_body(&mut self, head: Head) -> io::Result<Option<(Recorded, bool)>> {
        let Head { mut request, body_length, length, keep_alive } = head;
        while self.input.len() < length + body_length {
            if self.read_more()? == 0 {
                return Ok(None);
            }
        }
        request.body = self.input.drain(..length + body_length).skip(length).collect();
        Ok(Some((request, keep_alive)))
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let n = (&*self.socket).read(&mut buffer)?;
        self.input.extend_from_slice(&buffer[..n]);
        Ok(n)
    }

    /// Continues while another request may follow.
    fn answer(&self, request: &Recorded, keep_alive: bool) -> io::Result<ControlFlow<()>> {
        let answer = self.shared.record(request);
        self.shared.log(&log_entry(request));
        let verdict = judge(request, &self.shared.options);
        self.shared.sleep(answer.delay)?;
        let accepts_gzip = request.lists("Accept-Encoding", "gzip");
        let next = self.send(&answer, &verdict, accepts_gzip, keep_alive)?;
        if let (Says::Api(0, _), Say::Verdict) = (&verdict.says, &answer.say) {
            self.deliver(request);
        }
        Ok(next)
    }

    /// Posts the events to the URL that was registered, if it leads to this machine.
    fn deliver(&self, registration: &Recorded) {
        let parameters: Value = serde_json::from_slice(&registration.body).unwrap_or_default();
        let url = parameters.get("url").and_then(Value::as_str).unwrap_or_default();
        let Some(destination) = Destination::of(url) else { return };
        for event in &self.shared.options.events {
            let outcome = match destination.post(event) {
                Ok(status) => format!("HTTP {status}"),
                Err(error) => error.to_string(),
            };
            let (number, length) = (self.number, event.len());
            self.shared.log(&format!("#{number} posted an event of {length} bytes: {outcome}"));
        }
    }

    /// Sends what `answer` makes of `verdict`.
    fn send(
        &self,
        answer: &Answer,
        verdict: &Verdict,
        accepts_gzip: bool,
        keep_alive: bool,
    ) -> io::Result<ControlFlow<()>> {
        let stays = keep_alive
            && !answer.http10
            && answer.framing != Framing::UntilClose
            && !matches!(answer.say, Say::Raw(_));
        let rendered = render(answer, verdict, accepts_gzip, stays);
        self.shared.log(&format!("#{} answered {}", self.number, rendered.summary));
        let whole = &rendered.bytes[..];
        let bytes = answer.cut.and_then(|n| whole.get(..n)).unwrap_or(whole);
        match answer.trickle {
            None => (&*self.socket).write_all(bytes)?,
            Some(pause) => {
                for byte in bytes.chunks(1) {
                    self.shared.sleep(pause)?;
                    (&*self.socket).write_all(byte)?;
                }
            }
        }
        Ok(if stays && answer.cut.is_none() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    }

    /// Closes in stages: bytes of the peer that nobody reads would reset the connection and take
    /// the end of the answer with them (RFC 9112 section 9.6).
    fn linger(mut self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)?;
        self.socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        while self.input.len() < MAX_HEAD + MAX_BODY && self.read_more()? > 0 {}
        Ok(())
    }
}

/// The head at the start of `input`; none while it is not whole.
fn parse(input: &[u8], connection: usize) -> Option<Result<Head, Verdict>> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut fields);
    let length = match parsed.parse(input) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD => length,
        Ok(httparse::Status::Partial) if input.len() <= MAX_HEAD => return None,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => {
            return Some(Err(Verdict::http(431, "the head is too large")));
        }
        Err(httparse::Error::Version) => {
            return Some(Err(Verdict::http(505, "this is not HTTP/1.0 or 1.1")));
        }
        Err(_) => return Some(Err(Verdict::http(400, "this is not an HTTP request"))),
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let request = Recorded {
        connection,
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed.headers.iter().map(|f| (f.name.to_owned(), text(f.value))).collect(),
        body: Vec::new(),
    };
    let is_http11 = parsed.version == Some(1);
    Some(frame(&request, is_http11).map(|body_length| Head {
        keep_alive: is_http11 && !request.lists("Connection", "close"),
        request,
        body_length,
        length,
    }))
}

/// The length of the body, or why it cannot be told.
fn frame(request: &Recorded, is_http11: bool) -> Result<usize, Verdict> {
    if request.header("Host").is_none() && (is_http11 || request.has("Host")) {
        return Err(Verdict::http(400, "a request must have one Host"));
    }
    if request.has("Transfer-Encoding") {
        return Err(Verdict::http(411, "send the body with Content-Length, not chunked"));
    }
    if !request.has("Content-Length") {
        // Without a length there is no body; where the call needs one, the judge will say so.
        return Ok(0);
    }
    match request.header("Content-Length") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => digits
            .parse()
            .ok()
            .filter(|&length| length <= MAX_BODY)
            .ok_or_else(|| Verdict::http(413, "the body is too large")),
        _ => Err(Verdict::http(400, "a request must have one Content-Length, a number")),
    }
}

/// What the documented call makes of a request that is sound HTTP.
fn judge(request: &Recorded, options: &Options) -> Verdict {
    let path = request.target.split('?').next().unwrap_or_default();
    if path.strip_prefix(options.prefix.as_str()) != Some(PATH) {
        return Verdict::http(404, "there is no such call; try /updateWebhookURL.do");
    }
    if request.method != "POST" {
        return Verdict::http(405, "the method of this call is POST");
    }
    if !request.has("Content-Length") {
        return Verdict::http(411, "send a body, with Content-Length");
    }
    let media_type = request.header("Content-Type").unwrap_or_default().split(';').next();
    if !media_type.unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Verdict::http(415, "the Content-Type of this call is application/json");
    }
    if let Some((id, secret)) = &options.credentials {
        let given = (request.header("x-atlas-client-id"), request.header("x-atlas-client-secret"));
        if given != (Some(id), Some(secret)) {
            return Verdict::api(900, "the client id or the client secret is wrong");
        }
    }
    let Ok(Value::Object(parameters)) = serde_json::from_slice(&request.body) else {
        return Verdict::api(901, "the body is not a JSON object");
    };
    for (name, required) in [("cid", options.require_cid), ("url", true)] {
        match parameters.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {}
            None | Some(Value::Null | Value::String(_)) if required => {
                return Verdict::api(100, format!("the mandatory parameter {name} is missing"));
            }
            None | Some(Value::Null | Value::String(_)) => {}
            Some(_) => return Verdict::api(901, format!("{name} is not a string")),
        }
    }
    let url = parameters.get("url").and_then(Value::as_str).unwrap_or_default();
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Verdict::api(901, "url is not an absolute http or https URL");
    }
    Verdict::api(0, "success")
}

struct Rendered {
    bytes: Vec<u8>,
    /// For the log.
    summary: String,
}

/// The bytes of an answer.
fn render(answer: &Answer, verdict: &Verdict, accepts_gzip: bool, stays: bool) -> Rendered {
    if let Say::Raw(bytes) = &answer.say {
        return Rendered { bytes: bytes.clone(), summary: "with a script".to_owned() };
    }
    let http_status = answer.http_status.unwrap_or(verdict.http_status);
    let (media_type, mut body) = body(answer, verdict);
    let summary = format!("HTTP {http_status}, {}", printable(&body));

    let mut fields = vec![("Content-Type".to_owned(), media_type.to_owned())];
    if http_status == 405 {
        // RFC 9110 section 15.5.6.
        fields.push(("Allow".to_owned(), "POST".to_owned()));
    }
    if answer.gzip && accepts_gzip {
        body = gzip(&body);
        fields.push(("Content-Encoding".to_owned(), "gzip".to_owned()));
    }
    // RFC 9110 section 8.6: these two have neither a body nor its length.
    if matches!(http_status, 204 | 304) {
        body.clear();
    } else {
        match answer.framing {
            Framing::Length => {
                fields.push(("Content-Length".to_owned(), body.len().to_string()));
            }
            Framing::Chunked => {
                body = chunked(&body);
                fields.push(("Transfer-Encoding".to_owned(), "chunked".to_owned()));
            }
            Framing::UntilClose => {}
        }
    }
    if !stays {
        fields.push(("Connection".to_owned(), "close".to_owned()));
    }
    fields.extend(answer.headers.iter().cloned());

    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preconnect\r\n\r\n";
    let mut head = interim.repeat(answer.interim);
    let version = if answer.http10 { "HTTP/1.0" } else { "HTTP/1.1" };
    head.push_str(&format!("{version} {http_status} {}\r\n", reason(http_status)));
    for (name, value) in fields {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    Rendered { bytes: [head.into_bytes(), body].concat(), summary }
}

/// The media type and the content of an answer.
fn body(answer: &Answer, verdict: &Verdict) -> (&'static str, Vec<u8>) {
    let mut value = match (&answer.say, &verdict.says) {
        (Say::Body(bytes), _) | (Say::Raw(bytes), _) => return ("application/json", bytes.clone()),
        // What is not even the call is not for the API to answer.
        (_, Says::Http(what)) => return ("text/plain", format!("{what}\n").into_bytes()),
        (Say::Verdict, Says::Api(status, msg)) | (Say::Status(status, msg), _) => {
            json!({ "status": status, "msg": msg })
        }
        (Say::RateLimit(seconds), _) => json!({
            "code": 429,
            "message": "too many requests",
            "limitType": "minute",
            "limit": 60,
            "retryAfter": seconds,
        }),
    };
    if let Some(id) = &answer.request_id {
        value["requestId"] = json!(id);
    }
    ("application/json", value.to_string().into_bytes())
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.expect("writing to a Vec does not fail")
}

/// RFC 9112 section 7.1.
fn chunked(plain: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    for chunk in plain.chunks(16) {
        coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        coded.extend_from_slice(chunk);
        coded.extend_from_slice(b"\r\n");
    }
    coded.extend_from_slice(b"0\r\n\r\n");
    coded
}

/// For people; nothing reads it (RFC 9112 section 4).
fn reason(http_status: u16) -> &'static str {
    match http_status {
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

/// A request in two lines, without a secret.
fn log_entry(request: &Recorded) -> String {
    let target = request.target.split('?').next().unwrap_or_default();
    let head = format!("#{} {} {target}", request.connection, request.method);
    let fields = request.headers.iter();
    let fields: Vec<_> =
        fields.map(|(name, value)| format!("{name}: {}", masked_header(name, value))).collect();
    let fields = printable(fields.join(", ").as_bytes());
    format!("{head} ({fields})\n   {}", masked_body(&request.body))
}

/// The value of a header field fit to be shown: anything but the usual fields may be a secret.
pub fn masked_header<'a>(name: &str, value: &'a str) -> &'a str {
    const SHOWN: [&str; 7] = [
        "Host",
        "Content-Type",
        "Content-Length",
        "Accept",
        "Accept-Encoding",
        "User-Agent",
        "Connection",
    ];
    if SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(name)) { value } else { "***" }
}

/// The body of the documented call fit to be shown: its `url` masked, whatever it does not know
/// left out.
pub fn masked_body(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut parameters)) => {
            for (name, value) in &mut parameters {
                match (name.as_str(), value.as_str()) {
                    ("cid", _) => {}
                    ("url", Some(url)) => *value = json!(masked_url(url)),
                    _ => *value = json!("***"),
                }
            }
            printable(Value::Object(parameters).to_string().as_bytes())
        }
        _ => format!("{} bytes that are not a JSON object", body.len()),
    }
}

/// A webhook URL fit to be shown: where it leads, without the path and the query, in which
/// integrators put a token.
pub fn masked_url(url: &str) -> String {
    let Some((scheme @ ("http" | "https"), rest)) = url.split_once("://") else {
        return "***".to_owned();
    };
    let (authority, secret) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = if authority.contains('@') { "***" } else { authority };
    format!("{scheme}://{host}{}", if secret.len() > 1 { "/***" } else { secret })
}

/// One line, with control characters escaped.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end().chars().fold(String::new(), |mut line, c| {
        if c.is_control() {
            line.extend(c.escape_default())
        } else {
            line.push(c)
        }
        line
    })
}
