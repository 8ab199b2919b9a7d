//! Receives deliveries over [`ServerConnection`], a thread for each connection.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{Error, Event, Receiver, ServerConnection, ServerState};

use crate::failure::Failure;

/// Connections at once; others wait.
const CONNECTIONS: usize = 64;
/// How long a connection without a request is kept.
const IDLE: Duration = Duration::from_secs(75);
/// How long a request may take, and its response.
const REQUEST: Duration = Duration::from_secs(10);
/// How long a peer that still sends is read before the connection is closed.
const LINGER: Duration = Duration::from_secs(2);
/// How often a connection that waits checks whether the last delivery was accepted.
const TICK: Duration = Duration::from_millis(100);
/// How long a key without an id marks duplicates.
const KEY_WITHOUT_ID: Duration = Duration::from_secs(60 * 60);

/// What came, and what it is.
pub(crate) enum Arrival<'a> {
    New(&'a Event),
    Duplicate(&'a Event),
    Rejected(&'a Error),
}

/// Called with what came, before an event gets its response. Fails if the event is not stored.
pub(crate) type Store = dyn Fn(&Arrival<'_>) -> Result<(), Failure> + Send + Sync;

/// How many deliveries of a connection were accepted. Fails if `store` failed.
type Outcome = Result<usize, Failure>;

struct Server {
    receiver: Receiver,
    store: Box<Store>,
    /// Its lock is held while a delivery is stored.
    seen: Mutex<HashMap<String, Instant>>,
    /// How many more deliveries are accepted. Changes only under the lock of `seen`.
    left: AtomicUsize,
    closed: Sender<Outcome>,
}

/// Serves in threads of its own, and accepts at most `count` deliveries. When a connection is closed,
/// the channel gets its outcome.
pub(crate) fn start(
    listener: TcpListener,
    receiver: Receiver,
    store: Box<Store>,
    count: usize,
) -> io::Result<mpsc::Receiver<Outcome>> {
    let (closed, outcomes) = mpsc::channel();
    let left = AtomicUsize::new(count);
    let server = Arc::new(Server { receiver, store, seen: Mutex::default(), left, closed });
    thread::Builder::new().spawn(move || {
        loop {
            // One share is this thread's own.
            if Arc::strong_count(&server) > CONNECTIONS {
                thread::sleep(Duration::from_millis(10));
                continue;
            }
            match listener.accept() {
                Ok((socket, _)) => {
                    let server = Arc::clone(&server);
                    let serve = move || server.serve(&socket);
                    // Without a thread the connection is closed.
                    drop(thread::Builder::new().spawn(serve));
                }
                // Out of descriptors, mostly, which the end of other connections cures.
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    })?;
    Ok(outcomes)
}

impl Server {
    fn serve(&self, socket: &TcpStream) {
        let mut outcome = Ok(0);
        // A peer that goes away is not a fault of the server. Its deliveries count.
        let _ = self.serve_deliveries(socket, &mut outcome);
        let _ = self.closed.send(outcome);
    }

    fn serve_deliveries(&self, mut socket: &TcpStream, outcome: &mut Outcome) -> io::Result<()> {
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(REQUEST))?;
        let mut connection = ServerConnection::new(&self.receiver);
        let mut buffer = vec![0; 16 * 1024];
        let (mut was_idle, mut deadline) = (true, Instant::now() + IDLE);
        loop {
            if connection.idle() != was_idle {
                was_idle = !was_idle;
                deadline = Instant::now() + if was_idle { IDLE } else { REQUEST };
            }
            let tick = deadline.min(Instant::now() + TICK);
            match connection.state() {
                ServerState::WantReceive => match read_until(socket, tick, &mut buffer)? {
                    None if tick == deadline => drop(connection.timed_out()),
                    None if self.is_full() => drop(connection.close()),
                    None => {}
                    Some(0) => drop(connection.received_eof().map_err(io::Error::other)?),
                    Some(n) => drop(connection.received(&buffer[..n]).map_err(io::Error::other)?),
                },
                ServerState::WantResponse => {
                    let (status, accepted) = match connection.take_event() {
                        Ok(event) => match self.store(&event) {
                            Ok(true) => (200, Ok(1)),
                            Ok(false) => (503, Ok(0)),
                            Err(failure) => (503, Err(failure)),
                        },
                        Err(error) => (error.response_status(), self.reject(&error)),
                    };
                    add(outcome, accepted);
                    if outcome.is_err() || self.is_full() {
                        connection.close();
                    }
                    connection.respond(status).map_err(io::Error::other)?;
                }
                ServerState::WantSend => match socket.write(connection.to_send()) {
                    Ok(n) => drop(connection.sent(n).map_err(io::Error::other)?),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                },
                ServerState::WantClose => break,
            }
        }
        if let Some(rejection) = connection.rejection() {
            add(outcome, self.reject(rejection));
        }
        linger(socket, &mut buffer)
    }

    /// Whether no further delivery is accepted.
    fn is_full(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a rejection, unless the last delivery was accepted.
    fn reject(&self, rejection: &Error) -> Outcome {
        let _seen = self.lock();
        if self.is_full() {
            return Ok(0);
        }
        (self.store)(&Arrival::Rejected(rejection)).map(|()| 0)
    }

    /// Stores an event, as new or as a duplicate. Returns false if no further delivery is accepted.
    fn store(&self, event: &Event) -> Result<bool, Failure> {
        let key = event.dedupe_key();
        let without_id = key.starts_with("sha256:");
        let mut seen = self.lock();
        if self.is_full() {
            return Ok(false);
        }
        let is_duplicate =
            seen.get(&key).is_some_and(|at| !without_id || at.elapsed() < KEY_WITHOUT_ID);
        let arrival = if is_duplicate { Arrival::Duplicate(event) } else { Arrival::New(event) };
        (self.store)(&arrival)?;
        self.left.fetch_sub(1, Ordering::Relaxed);
        if !is_duplicate {
            seen.insert(key, Instant::now());
        }
        Ok(true)
    }
}

/// Adds to the outcome of a connection. Its first failure stays.
fn add(outcome: &mut Outcome, accepted: Outcome) {
    if let Ok(count) = outcome {
        match accepted {
            Ok(more) => *count += more,
            Err(failure) => *outcome = Err(failure),
        }
    }
}

/// None if the deadline passes.
fn read_until(
    mut socket: &TcpStream,
    deadline: Instant,
    buffer: &mut [u8],
) -> io::Result<Option<usize>> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        match socket.read(buffer) {
            Ok(n) => return Ok(Some(n)),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Ok(None),
                // The process was stopped and continues, for one.
                io::ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
        }
    }
}

/// RFC 9112 section 9.6: closed at once, a peer that is still sending would lose the response.
fn linger(socket: &TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    socket.shutdown(Shutdown::Write)?;
    let deadline = Instant::now() + LINGER;
    while read_until(socket, deadline, buffer)?.is_some_and(|n| n > 0) {}
    Ok(())
}
