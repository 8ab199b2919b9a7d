//! Ends waits: by the deadline of the send, or by a cancel from another thread.

extern crate std;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::thread::{self, Thread};
use std::time::Instant;

use super::drop_guard::DropGuard;
use super::failure::Failure;
use super::waiting::lock;

/// Ends sends from another thread. It must not be used in a signal handler.
///
/// Clones are the same cancel: pass one to the send and keep one. Several sends may share it. It
/// cannot be reset: a send that starts with a used cancel fails at once.
///
/// A send ends at once in every phase: name resolution, connecting, proxy, TLS, sending, waiting,
/// reading, and the wait before a retry. The exception is reading the certificate store for the
/// first TLS connection of a transport, which lasts some milliseconds.
///
/// ```no_run
/// use atlas_webhook::{Cancel, Endpoint, Registration, Request, Transport};
///
/// let registration = Registration::new("https://example.com/atlas")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let (transport, cancel) = (Transport::new()?, Cancel::new());
/// let sending = std::thread::spawn({
///     let cancel = cancel.clone();
///     move || transport.send_cancellable(&request, &cancel)
/// });
/// cancel.cancel();
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    watched: Mutex<Watchlist>,
}

#[derive(Default)]
struct Watchlist {
    /// The sleepers to wake, each with the number of its entry.
    entries: Vec<(u64, Sleeper)>,
    last: u64,
}

/// The way to wake a waiting thread.
pub(super) enum Sleeper {
    /// It polls this socket.
    Socket(Arc<TcpStream>),
    /// It is parked.
    Thread(Thread),
}

impl Cancel {
    /// Makes a cancel.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every send that was started with it. A second call does nothing.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        let entries = core::mem::take(&mut lock(&self.0.watched).entries);
        for (_, sleeper) in entries {
            match sleeper {
                // Fails only for a socket that is not connected any more.
                Sleeper::Socket(socket) => drop(socket.shutdown(Shutdown::Both)),
                Sleeper::Thread(thread) => thread.unpark(),
            }
        }
    }

    /// Whether it was used.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// A guard that cancels when it is dropped, for a program that may abandon the send.
    pub fn drop_guard(self) -> DropGuard {
        DropGuard::new(self)
    }

    /// Wakes `sleeper` when it is used, until the entry is dropped.
    fn watch(&self, sleeper: Sleeper) -> Result<Watched<'_>, Failure> {
        let mut list = lock(&self.0.watched);
        // `cancel` sets the flag before it takes the list, so no entry is missed.
        if self.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        list.last = list.last.wrapping_add(1);
        let number = list.last;
        list.entries.push((number, sleeper));
        Ok(Watched { shared: &self.0, number })
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("is_cancelled", &self.is_cancelled()).finish()
    }
}

/// An entry in the list of a cancel.
pub(super) struct Watched<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        lock(&self.shared.watched).entries.retain(|(number, _)| *number != self.number);
    }
}

/// Until when a call may wait.
#[derive(Clone, Copy)]
pub(super) struct Until<'a> {
    /// `None`: it may not wait at all.
    deadline: Option<Instant>,
    cancel: Option<&'a Cancel>,
}

impl<'a> Until<'a> {
    pub(super) fn new(timeout: Duration, cancel: Option<&'a Cancel>) -> Self {
        let now = Instant::now();
        // A timeout is at most a day.
        Self { deadline: Some(now.checked_add(timeout).unwrap_or(now)), cancel }
    }

    /// For a look at what is there already.
    pub(super) fn at_once() -> Self {
        Self { deadline: None, cancel: None }
    }

    /// At most `timeout` from now.
    pub(super) fn within(self, timeout: Duration) -> Self {
        let sooner = Self::new(timeout, self.cancel);
        Self { deadline: self.deadline.min(sooner.deadline), ..self }
    }

    /// How long the call may wait. Fails when it may not go on.
    pub(super) fn left(&self) -> Result<Duration, Failure> {
        if self.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let Some(deadline) = self.deadline else { return Ok(Duration::ZERO) };
        match deadline.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(Failure::TimedOut),
        }
    }

    pub(super) fn waits(&self) -> bool {
        self.deadline.is_some()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(Cancel::is_cancelled)
    }

    pub(super) fn can_be_cancelled(&self) -> bool {
        self.cancel.is_some()
    }

    /// Lets the cancel shut `socket` down for as long as the entry lives.
    pub(super) fn watch(&self, socket: &Arc<TcpStream>) -> Result<Option<Watched<'a>>, Failure> {
        self.cancel.map(|cancel| cancel.watch(Sleeper::Socket(Arc::clone(socket)))).transpose()
    }

    /// Waits until `ready` returns a value. The thread that makes it ready unparks this thread.
    pub(super) fn wait_for<T>(&self, mut ready: impl FnMut() -> Option<T>) -> Result<T, Failure> {
        let _watched = self
            .cancel
            .map(|cancel| cancel.watch(Sleeper::Thread(thread::current())))
            .transpose()?;
        loop {
            if let Some(ready) = ready() {
                return Ok(ready);
            }
            thread::park_timeout(self.left()?);
        }
    }

    /// Waits for so long.
    pub(super) fn pause(&self, pause: Duration) -> Result<(), Failure> {
        let over = self.within(pause);
        match over.wait_for(|| None::<()>) {
            Err(Failure::TimedOut) | Ok(()) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    pub(super) fn to_owned(self) -> OwnedUntil {
        OwnedUntil { deadline: self.deadline, cancel: self.cancel.cloned() }
    }
}

/// An [`Until`] for layers that cannot borrow.
pub(super) struct OwnedUntil {
    deadline: Option<Instant>,
    cancel: Option<Cancel>,
}

impl OwnedUntil {
    pub(super) fn borrow(&self) -> Until<'_> {
        Until { deadline: self.deadline, cancel: self.cancel.as_ref() }
    }
}
