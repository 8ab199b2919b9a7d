//! Receives deliveries over [`ServerConnection`], a thread for each connection.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
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

/// Whether a delivery was accepted. Fails if `store` failed.
type Outcome = Result<bool, Failure>;

struct Server {
    receiver: Receiver,
    store: Box<Store>,
    seen: Mutex<HashMap<String, Instant>>,
    responded: Sender<Outcome>,
}

/// Serves in threads of its own. After each response, the channel gets the outcome of the delivery.
pub(crate) fn start(
    listener: TcpListener,
    receiver: Receiver,
    store: Box<Store>,
) -> mpsc::Receiver<Outcome> {
    let (responded, responses) = mpsc::channel();
    let server = Arc::new(Server { receiver, store, seen: Mutex::default(), responded });
    thread::spawn(move || {
        loop {
            // One share is this thread's own.
            if Arc::strong_count(&server) > CONNECTIONS {
                thread::sleep(Duration::from_millis(10));
                continue;
            }
            match listener.accept() {
                Ok((socket, _)) => {
                    let server = Arc::clone(&server);
                    // A peer that goes away is not a fault of the server.
                    let serve = move || drop(server.serve(&socket));
                    // Without a thread the connection is closed.
                    drop(thread::Builder::new().spawn(serve));
                }
                // Out of descriptors, mostly, which the end of other connections cures.
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    });
    responses
}

impl Server {
    fn serve(&self, socket: &TcpStream) -> io::Result<()> {
        let mut outcome = None;
        let served = self.serve_deliveries(socket, &mut outcome);
        // The response may be lost with the connection, but the delivery came.
        self.report(&mut outcome);
        served
    }

    /// Puts the outcome into the channel, once.
    fn report(&self, outcome: &mut Option<Outcome>) {
        if let Some(outcome) = outcome.take() {
            let _ = self.responded.send(outcome);
        }
    }

    /// `outcome` is that of a delivery whose response is on its way.
    fn serve_deliveries(
        &self,
        mut socket: &TcpStream,
        outcome: &mut Option<Outcome>,
    ) -> io::Result<()> {
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
            let state = connection.state();
            if !matches!(state, ServerState::WantSend | ServerState::WantClose) {
                self.report(outcome);
            }
            match state {
                ServerState::WantReceive => match read_until(socket, deadline, &mut buffer)? {
                    None => drop(connection.timed_out()),
                    Some(0) => drop(connection.received_eof().map_err(io::Error::other)?),
                    Some(n) => drop(connection.received(&buffer[..n]).map_err(io::Error::other)?),
                },
                ServerState::WantResponse => {
                    let (status, of_delivery) = match connection.take_event() {
                        Ok(event) => match self.store(&event) {
                            Ok(()) => (200, Ok(true)),
                            Err(failure) => (503, Err(failure)),
                        },
                        Err(error) => (error.response_status(), self.reject(&error)),
                    };
                    *outcome = Some(of_delivery);
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
            self.report(outcome);
            *outcome = Some(self.reject(rejection));
        }
        linger(socket, &mut buffer)
    }

    fn reject(&self, rejection: &Error) -> Outcome {
        (self.store)(&Arrival::Rejected(rejection)).map(|()| false)
    }

    /// Stores an event, as new or as a duplicate.
    fn store(&self, event: &Event) -> Result<(), Failure> {
        let key = event.dedupe_key();
        let without_id = key.starts_with("sha256:");
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_duplicate =
            seen.get(&key).is_some_and(|at| !without_id || at.elapsed() < KEY_WITHOUT_ID);
        let arrival = if is_duplicate { Arrival::Duplicate(event) } else { Arrival::New(event) };
        (self.store)(&arrival)?;
        if !is_duplicate {
            seen.insert(key, Instant::now());
        }
        Ok(())
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
