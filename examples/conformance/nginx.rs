//! Lines with `expect.server` through nginx: whether a peer can make a server connection see requests that
//! nginx did not send.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::iter;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{Receiver, ServerConnection, ServerState};

use crate::server::{Message, requests, serve};
use crate::{Line, case_files};

/// How nginx passes requests on.
const MODES: [Mode; 3] = [
    Mode { name: "its defaults", settings: "", logs_bodies: true },
    Mode {
        name: "connections that are kept",
        settings: r#"proxy_http_version 1.1; proxy_set_header Connection "";"#,
        logs_bodies: true,
    },
    Mode {
        name: "bodies that are not buffered, any field",
        settings: r#"proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_request_buffering off; ignore_invalid_headers off; underscores_in_headers on;"#,
        logs_bodies: false,
    },
];

/// So many lines are tried at once, each through a port of its own.
const LANES: usize = 8;

/// For what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What comes behind, on a connection of its own to nginx, which passes it on over the one that it kept.
const BEHIND: &[u8] =
    b"POST /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\nbehind";

struct Mode {
    name: &'static str,
    settings: &'static str,
    /// nginx has a body to log only if it buffers it.
    logs_bodies: bool,
}

/// Whether nothing failed.
pub(crate) fn run(dir: &Path) -> io::Result<bool> {
    let mut lines = Vec::new();
    for path in case_files(dir)? {
        for line in fs::read_to_string(path)?.lines() {
            match serde_json::from_str::<Line>(line) {
                Ok(case) if case.is_requests() => {
                    lines.push((case.id.unwrap_or_default(), line.to_owned()));
                }
                _ => {}
            }
        }
    }
    let mut held = !lines.is_empty();
    for mode in &MODES {
        held &= run_mode(mode, &lines)?;
    }
    Ok(held)
}

fn run_mode(mode: &Mode, lines: &[(String, String)]) -> io::Result<bool> {
    let backends = (0..LANES).map(|_| Backend::start()).collect::<io::Result<Vec<_>>>()?;
    let nginx = Nginx::start(mode, &backends)?;
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let (requests, deliveries) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for (backend, lane) in iter::zip(&backends, &nginx.lanes) {
            let (next, failed) = (&next, &failed);
            let (requests, deliveries) = (&requests, &deliveries);
            scope.spawn(move || {
                let mut logged = 0;
                while let Some((id, line)) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = try_line(line, mode, backend, lane, &mut logged);
                    match outcome {
                        Ok(counts) => {
                            requests.fetch_add(counts.requests, Ordering::Relaxed);
                            deliveries.fetch_add(counts.deliveries, Ordering::Relaxed);
                        }
                        Err(why) => lock(failed).push(format!("FAILED {id}\n        {why}")),
                    }
                }
            });
        }
    });
    let error_log = nginx.stop()?;
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    for backend in backends {
        let late = backend.stop();
        if !late.is_empty() {
            failed.push(format!("FAILED at the end\n        came late: {}", shown(&late)));
        }
    }
    println!(
        "nginx with {}: {} cases, {} failed, {} requests passed on, {} delivered",
        mode.name,
        lines.len(),
        failed.len(),
        requests.load(Ordering::Relaxed),
        deliveries.load(Ordering::Relaxed),
    );
    if deliveries.load(Ordering::Relaxed) == 0 {
        failed.push("nothing was delivered".to_owned());
    }
    for failure in &failed {
        println!("    {failure}");
    }
    if !failed.is_empty() {
        println!("{error_log}");
    }
    Ok(failed.is_empty())
}

/// What came of one line.
#[derive(Default)]
struct Counts {
    /// Requests that nginx logged as passed on.
    requests: usize,
    deliveries: usize,
}

fn try_line(
    line: &str,
    mode: &Mode,
    backend: &Backend,
    lane: &Lane,
    logged: &mut usize,
) -> Result<Counts, String> {
    let Some((bytes, receiver)) = requests(line)? else { return Ok(Counts::default()) };
    let failed = |error: io::Error| error.to_string();

    let mut without_socket = Vec::new();
    let mut connection = ServerConnection::new(&receiver);
    connection.received(&bytes).map_err(|error| error.to_string())?;
    serve(&mut connection, &mut without_socket, |_| ()).map_err(|error| error.to_string())?;

    backend.expect(receiver);
    exchange(backend.address, &bytes, true).map_err(failed)?;
    let direct = backend.take();
    if direct != without_socket {
        return Err(format!(
            "over a socket: {}; without: {}",
            shown(&direct),
            shown(&without_socket)
        ));
    }

    // nginx takes the end of what its client sends for the client's end, so it has to find the end by itself.
    exchange(lane.address, &bytes, false).map_err(failed)?;
    let response = exchange(lane.address, BEHIND, false).map_err(failed)?;
    let behind = || format!("the response to the next request is {}", response.escape_ascii());
    let passed_on =
        lane.requests_until_behind(logged).map_err(|error| format!("{error}; {}", behind()))?;
    let mut came = backend.take();
    let is_behind = |message: &Message| matches!(message, Message::Delivery { target, body, .. } if target == b"/behind" && body == b"behind");
    if !response.starts_with(b"HTTP/1.1 200 ") || !came.last().is_some_and(is_behind) {
        return Err(format!("{}; what came: {}", behind(), shown(&came)));
    }
    came.pop();
    holds(&came, &passed_on, &direct, mode)?;
    let deliveries =
        came.iter().filter(|message| matches!(message, Message::Delivery { .. })).count();
    Ok(Counts { requests: passed_on.len(), deliveries })
}

/// No more messages than nginx logged requests, and each delivery one of them.
fn holds(
    came: &[Message],
    passed_on: &[Logged],
    direct: &[Message],
    mode: &Mode,
) -> Result<(), String> {
    let whole = || {
        format!("{} of {}", shown(came), passed_on.iter().map(Logged::shown).collect::<String>())
    };
    if came.len() > passed_on.len() {
        return Err(format!("more than nginx passed on: {}", whole()));
    }
    let mut left = passed_on.iter();
    for message in came {
        let Message::Delivery { target, body, .. } = message else { continue };
        let is_it = |request: &Logged| {
            request.method == b"POST"
                && path(&request.target) == *target
                && (!mode.logs_bodies || &request.body == body)
        };
        if !left.any(is_it) {
            return Err(format!("not as nginx logged it: {}", whole()));
        }
        let is_direct = |message: &Message| match message {
            Message::Delivery { target: t, body: b, .. } => path(t) == *target && b == body,
            _ => false,
        };
        // Directly a server connection may reject what nginx repairs.
        if direct.iter().any(|message| matches!(message, Message::Delivery { .. }))
            && !direct.iter().any(is_direct)
        {
            return Err(format!(
                "not as it came directly: {}; directly {}",
                whole(),
                shown(direct)
            ));
        }
    }
    Ok(())
}

/// Path and query of a target, as nginx passes them on.
fn path(target: &[u8]) -> Vec<u8> {
    let authority =
        target.windows(3).position(|three| three == b"://").filter(|_| target[0] != b'/');
    let behind = authority.map_or(target, |at| {
        let authority = &target[at + 3..];
        let end = authority.iter().position(|b| matches!(b, b'/' | b'?'));
        &authority[end.unwrap_or(authority.len())..]
    });
    if behind.starts_with(b"/") { behind.to_vec() } else { [b"/", behind].concat() }
}

fn shown(messages: &[Message]) -> String {
    let shown = messages.iter().map(|message| match message {
        Message::Delivery { target, body, .. } => {
            format!("[{} {}]", target.escape_ascii(), body.escape_ascii())
        }
        Message::Rejected { status, .. } => format!("[{status}]"),
        Message::Broken(how) => format!("[{how}]"),
    });
    shown.collect()
}

/// Sends the bytes, and returns all that comes back.
fn exchange(to: SocketAddr, bytes: &[u8], ends: bool) -> io::Result<Vec<u8>> {
    let mut socket = TcpStream::connect(to)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    // A server that has rejected what came may no longer read.
    let sent = socket.write_all(bytes);
    if ends && sent.is_ok() {
        let _ = socket.shutdown(Shutdown::Write);
    }
    let mut response = Vec::new();
    match socket.read_to_end(&mut response) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(response),
    }
}

/// A server that serves server connections and keeps what comes.
struct Backend {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: thread::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    receiver: Mutex<Option<Receiver>>,
    messages: Mutex<Vec<Message>>,
    stopping: AtomicBool,
}

impl Backend {
    fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accepting = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                thread::scope(|scope| {
                    for socket in listener.incoming().flatten() {
                        if shared.stopping.load(Ordering::Relaxed) {
                            break;
                        }
                        // A peer may close its socket at any time.
                        scope.spawn(|| drop(shared.serve(socket)));
                    }
                });
            })
        };
        Ok(Self { address, shared, accepting })
    }

    fn expect(&self, receiver: Receiver) {
        *lock(&self.shared.receiver) = Some(receiver);
    }

    fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *lock(&self.shared.messages))
    }

    /// What came since, once all connections have ended.
    fn stop(self) -> Vec<Message> {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.join();
        std::mem::take(&mut *lock(&self.shared.messages))
    }
}

impl Shared {
    fn serve(&self, mut socket: TcpStream) -> io::Result<()> {
        let Some(mut connection) = lock(&self.receiver).as_ref().map(ServerConnection::new) else {
            return Ok(());
        };
        let mut buffer = [0; 16 * 1024];
        while connection.state() != ServerState::WantClose {
            match socket.read(&mut buffer)? {
                0 => connection.received_eof(),
                n => connection.received(&buffer[..n]),
            }
            .map_err(io::Error::other)?;
            // The next line has another receiver, so none of its requests may come over this connection.
            if connection.delivery().is_some_and(|delivery| delivery.target() == b"/behind") {
                connection.close();
            }
            let mut messages = lock(&self.messages);
            let send = |bytes: &[u8]| drop(socket.write_all(bytes));
            serve(&mut connection, &mut messages, send).map_err(io::Error::other)?;
        }
        socket.shutdown(Shutdown::Write)?;
        while socket.read(&mut buffer)? > 0 {}
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where nginx listens for one backend, and its log of what comes there.
struct Lane {
    address: SocketAddr,
    log: PathBuf,
}

/// A request that nginx passed on.
struct Logged {
    method: Vec<u8>,
    target: Vec<u8>,
    body: Vec<u8>,
}

impl Lane {
    /// The requests that nginx passed on since `logged` lines, before the one that comes behind.
    fn requests_until_behind(&self, logged: &mut usize) -> Result<Vec<Logged>, String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = fs::read(&self.log).map_err(|error| error.to_string())?;
            let whole = log.iter().rposition(|&b| b == b'\n').map_or(&b""[..], |end| &log[..end]);
            let lines: Vec<&[u8]> = whole.split(|&b| b == b'\n').collect();
            let new = lines.get(*logged..).unwrap_or_default();
            if let Some(at) = new.iter().position(|line| line.starts_with(b"POST /behind ")) {
                *logged += at + 1;
                return Ok(new[..at].iter().filter_map(|line| Logged::of(line)).collect());
            }
            if Instant::now() >= end {
                return Err("nginx has not logged the next request".to_owned());
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Logged {
    /// `METHOD TARGET UPSTREAM-STATUS BODY`; None if nginx responded by itself.
    fn of(line: &[u8]) -> Option<Self> {
        let mut words = line.splitn(4, |&b| b == b' ');
        let (method, target) = (words.next()?, words.next()?);
        let (upstream, body) = (words.next()?, words.next()?);
        let body = if body == b"-" { Vec::new() } else { unescaped(body) };
        (upstream != b"-").then(|| Self {
            method: unescaped(method),
            target: unescaped(target),
            body,
        })
    }

    fn shown(&self) -> String {
        format!(
            "[{} {} {}]",
            self.method.escape_ascii(),
            self.target.escape_ascii(),
            self.body.escape_ascii()
        )
    }
}

/// nginx writes `"`, `\` and what is not printable as `\xXX`.
fn unescaped(mut text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        text = match text {
            [] => return bytes,
            [b'\\', b'x', a, b, rest @ ..] => {
                let digit =
                    |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                bytes.push(digit(*a).unwrap_or(0) << 4 | digit(*b).unwrap_or(0));
                rest
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        }
    }
}

struct Nginx {
    process: Child,
    folder: PathBuf,
    lanes: Vec<Lane>,
}

impl Nginx {
    fn start(mode: &Mode, backends: &[Backend]) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("conformance-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let path = folder.display();
        // Ports that are free now: nginx does not say which it took.
        let free = backends
            .iter()
            .map(|_| TcpListener::bind("127.0.0.1:0"))
            .collect::<io::Result<Vec<_>>>()?;
        let addresses = free.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
        drop(free);
        let lane = |n: usize| folder.join(format!("log-{n}"));
        let mut servers = String::new();
        for (n, (backend, address)) in iter::zip(backends, &addresses).enumerate() {
            File::create(lane(n))?;
            servers += &format!(
                "upstream backend{n} {{ server {}; keepalive 1; }}\n\
                 server {{ listen {address}; access_log {path}/log-{n} seen; \
                 location / {{ proxy_pass http://backend{n}; }} }}\n",
                backend.address
            );
        }
        let settings = mode.settings;
        let configuration = format!(
            "daemon off; master_process off; pid {path}/pid; error_log {path}/errors crit;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n\
             log_format seen '$request_method $request_uri $upstream_status $request_body';\n\
             client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;\n\
             fastcgi_temp_path {path}/fastcgi; scgi_temp_path {path}/scgi; uwsgi_temp_path {path}/uwsgi;\n\
             client_body_buffer_size 4m; client_max_body_size 0;\n\
             # So soon nginx ends a connection on which nothing more comes.\n\
             client_header_timeout 200ms; client_body_timeout 200ms; keepalive_timeout 100ms; lingering_close off;\n\
             {settings}\n{servers}}}\n"
        );
        fs::write(folder.join("conf"), configuration)?;
        let process = Command::new("nginx")
            .args(["-p", &path.to_string(), "-e", "errors", "-c", "conf"])
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("nginx: {error}")))?;
        let lanes = addresses.into_iter().enumerate();
        let lanes: Vec<Lane> = lanes.map(|(n, address)| Lane { address, log: lane(n) }).collect();
        let mut nginx = Self { process, folder, lanes };
        let end = Instant::now() + PATIENCE;
        // It begins to listen at one address after the other.
        while nginx.lanes.iter().any(|lane| TcpStream::connect(lane.address).is_err()) {
            if nginx.process.try_wait()?.is_some() || Instant::now() >= end {
                return Err(io::Error::other(format!("nginx does not listen: {}", nginx.stop()?)));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    /// Returns its log of errors.
    fn stop(mut self) -> io::Result<String> {
        let _ = self.process.kill();
        self.process.wait()?;
        let errors = fs::read(self.folder.join("errors")).unwrap_or_default();
        fs::remove_dir_all(&self.folder)?;
        Ok(String::from_utf8_lossy(&errors).into_owned())
    }
}
