//! Receives deliveries over sockets of your own, a thread for each connection:
//! `cargo run --example serve -- ADDRESS URL FOLDER`.
//!
//! ADDRESS is where a proxy that terminates TLS sends them, `127.0.0.1:8080`, say. URL is the one that was
//! registered. Each event becomes a file in FOLDER before 200 is sent. A body that is not an event is kept there
//! too. SIGTERM ends the program in order.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{Event, Receiver, ServerConnection, ServerState};

/// Connections at once; more wait until one ends.
const CONNECTIONS: usize = 64;
/// How long a connection without a request is kept.
const IDLE: Duration = Duration::from_secs(75);
/// How long a request may take, and its response.
const REQUEST: Duration = Duration::from_secs(10);
/// How long a peer that is still sending is read before the connection is closed.
const LINGER: Duration = Duration::from_secs(2);
/// How often a wait looks whether the program stops.
const SLICE: Duration = Duration::from_millis(200);

struct Shared {
    receiver: Receiver,
    folder: PathBuf,
    stopping: AtomicBool,
    free: Mutex<usize>,
    freed: Condvar,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, url, folder] = &arguments[..] else {
        return Err("usage: serve ADDRESS URL FOLDER".into());
    };
    let shared = Arc::new(Shared {
        receiver: Receiver::new(url)?,
        folder: folder.into(),
        stopping: AtomicBool::new(false),
        free: Mutex::new(CONNECTIONS),
        freed: Condvar::new(),
    });
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let stopper = Arc::clone(&shared);
    on_sigterm(move || {
        stopper.stopping.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(address);
    })?;
    println!("listening on {address}");
    while !shared.stopping.load(Ordering::Relaxed) {
        shared.wait_for_free(1);
        match listener.accept() {
            Ok(_) if shared.stopping.load(Ordering::Relaxed) => break,
            Ok((stream, _)) => start(stream, &shared),
            // No descriptor is free, or the peer is gone already.
            Err(_) => thread::sleep(SLICE),
        }
    }
    drop(listener);
    shared.wait_for_free(CONNECTIONS);
    println!("stopped");
    Ok(())
}

#[cfg(unix)]
fn on_sigterm(stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM])?;
    thread::spawn(move || {
        signals.forever().next();
        stop();
    });
    Ok(())
}

/// There is no such signal.
#[cfg(not(unix))]
fn on_sigterm(_: impl FnOnce() + Send + 'static) -> io::Result<()> {
    Ok(())
}

impl Shared {
    fn wait_for_free(&self, wanted: usize) {
        let mut free = self.free.lock().unwrap();
        while *free < wanted {
            free = self.freed.wait(free).unwrap();
        }
    }
}

/// A place of the bounded number of connections.
struct Place(Arc<Shared>);

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap() += 1;
        self.0.freed.notify_all();
    }
}

fn start(stream: TcpStream, shared: &Arc<Shared>) {
    *shared.free.lock().unwrap() -= 1;
    let place = Place(Arc::clone(shared));
    let serving = thread::Builder::new().spawn(move || {
        if let Err(error) = serve(&stream, &place.0) {
            eprintln!("connection lost: {error}");
        }
    });
    if let Err(error) = serving {
        eprintln!("no thread for a connection: {error}");
    }
}

fn serve(mut stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SLICE))?;
    stream.set_write_timeout(Some(REQUEST))?;
    let mut connection = ServerConnection::new(&shared.receiver);
    let mut buffer = vec![0; 16 * 1024];
    let (mut was_idle, mut deadline) = (true, Instant::now() + IDLE);
    loop {
        if shared.stopping.load(Ordering::Relaxed) {
            connection.close();
        }
        if connection.idle() != was_idle {
            was_idle = !was_idle;
            deadline = Instant::now() + if was_idle { IDLE } else { REQUEST };
        }
        match connection.state() {
            ServerState::WantReceive => match stream.read(&mut buffer) {
                Ok(0) => drop(connection.received_eof().map_err(io::Error::other)?),
                Ok(n) => drop(connection.received(&buffer[..n]).map_err(io::Error::other)?),
                Err(error) if is_slice(&error) => {}
                Err(error) => return Err(error),
            },
            ServerState::WantResponse => {
                let status = receive(&mut connection, &shared.folder);
                connection.respond(status).map_err(io::Error::other)?;
                deadline = Instant::now() + REQUEST;
            }
            ServerState::WantSend => match stream.write(connection.to_send()) {
                Ok(n) => drop(connection.sent(n).map_err(io::Error::other)?),
                Err(error) if is_slice(&error) => drop(connection.timed_out()),
                Err(error) => return Err(error),
            },
            ServerState::WantClose => break,
        }
        if Instant::now() >= deadline && connection.state() == ServerState::WantReceive {
            connection.timed_out();
            deadline = Instant::now() + REQUEST;
        }
    }
    if let Some(rejection) = connection.rejection() {
        eprintln!("{}: {rejection}", rejection.response_status());
    }
    linger(stream, &mut buffer)
}

/// The time of one wait is over; the connection is intact.
fn is_slice(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// RFC 9112 section 9.6: closed at once, a peer that is still sending would lose the response.
fn linger(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let end = Instant::now() + LINGER;
    while Instant::now() < end {
        match stream.read(buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if is_slice(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The status to respond with, once the event or the body is stored; 503 if it cannot be.
fn receive(connection: &mut ServerConnection, folder: &Path) -> u16 {
    let (stored, status) = match connection.take_event() {
        Ok(event) => (store(folder, &event), 200),
        Err(error) => {
            eprintln!("no event: {error}");
            // It came to the registered URL, so it is kept although it cannot be read.
            let body = connection.delivery().map(|delivery| delivery.body()).unwrap_or_default();
            (keep(folder, body), error.response_status())
        }
    };
    match stored {
        Ok(()) => status,
        Err(error) => {
            eprintln!("not stored: {error}");
            503
        }
    }
}

/// Stores an event under its deduplication key.
fn store(folder: &Path, event: &Event) -> io::Result<()> {
    let name: String = event
        .dedupe_key()
        .bytes()
        .map(|b| match b {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect();
    write(folder, &(name + ".json"), event.json().as_bytes())
}

/// Stores a body that is not an event, as it was sent, under its hash.
fn keep(folder: &Path, body: &[u8]) -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    write(folder, &format!("{:016x}.body", hasher.finish()), body)
}

/// Returns once the file is on the disk, also if it was there already.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    if !path.exists() {
        let part = folder.join(format!("{:?}.part", thread::current().id()));
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(part, path)?;
    }
    // Without this a crash can lose the name of the file.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}
