//! Ending a send from another thread.

extern crate std;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use ureq::Agent;

use crate::error::{Error, ErrorKind};

/// Ends sends from another thread, or from a signal handler's thread: not from the handler itself.
///
/// Clones are the same: give one to the send and keep one. It may watch over several sends. Once it
/// was used it stays so, and a send that starts with it fails at once.
///
/// A send is ended at once while it waits for the server, for TLS, for a proxy or between retries.
/// While a name is resolved or a connection is made it cannot be interrupted; then it ends when that
/// is done, which the timeouts bound.
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
    state: Mutex<State>,
    used: Condvar,
}

#[derive(Default)]
struct State {
    cancelled: bool,
    /// The agents of the calls in flight, each with the number of its call.
    agents: Vec<(u64, Agent)>,
    calls: u64,
}

impl Cancel {
    /// One that was not used yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every send that it watches over. Does nothing the second time.
    pub fn cancel(&self) {
        let agents = {
            let mut state = self.0.lock();
            state.cancelled = true;
            core::mem::take(&mut state.agents)
        };
        self.0.used.notify_all();
        for (_, agent) in agents {
            agent.shutdown();
        }
    }

    /// Whether it was used.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.lock().cancelled
    }

    /// Watches over one call on `agent`.
    pub(super) fn watch(&self, agent: &Agent) -> Result<Watched<'_>, Error> {
        let mut state = self.0.lock();
        if state.cancelled {
            return Err(cancelled());
        }
        state.calls = state.calls.wrapping_add(1);
        let call = state.calls;
        state.agents.push((call, agent.clone()));
        Ok(Watched { shared: &self.0, call })
    }
}

/// A call that is watched over.
pub(super) struct Watched<'a> {
    shared: &'a Shared,
    call: u64,
}

impl Watched<'_> {
    /// The call is over. Fails when it was cancelled meanwhile.
    pub(super) fn end(self) -> Result<(), Error> {
        let mut state = self.shared.lock();
        state.agents.retain(|(call, _)| *call != self.call);
        if state.cancelled { Err(cancelled()) } else { Ok(()) }
    }
}

impl Shared {
    /// Waits for so long, or until it was used.
    fn wait(&self, how_long: Duration) -> MutexGuard<'_, State> {
        let waited = self.used.wait_timeout_while(self.lock(), how_long, |state| !state.cancelled);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fails when the call was cancelled.
pub(super) fn check(cancel: Option<&Cancel>) -> Result<(), Error> {
    if cancel.is_some_and(Cancel::is_cancelled) { Err(cancelled()) } else { Ok(()) }
}

/// Waits, but not on when cancelled.
pub(super) fn pause(cancel: Option<&Cancel>, wait: Duration) {
    match cancel {
        Some(cancel) => drop(cancel.0.wait(wait)),
        None => thread::sleep(wait),
    }
}

/// Ends one call when its time is up, from a thread of its own.
pub(super) struct Alarm(Cancel);

impl Alarm {
    pub(super) fn set(agent: &Agent, left: Duration) -> Result<Self, Error> {
        let cancel = Cancel::new();
        cancel.0.lock().agents.push((0, agent.clone()));
        let alarm = Self(cancel.clone());
        let ring = move || {
            if !cancel.0.wait(left).cancelled {
                cancel.cancel();
            }
        };
        match thread::Builder::new().spawn(ring) {
            Ok(_) => Ok(alarm),
            Err(_) => Err(Error::new(ErrorKind::Io, "no thread to watch over the timeout")),
        }
    }

    /// Fails when it rang.
    pub(super) fn stop(self) -> Result<(), Error> {
        let mut state = self.0.0.lock();
        let rang = core::mem::replace(&mut state.cancelled, true);
        state.agents.clear();
        drop(state);
        self.0.0.used.notify_all();
        if rang { Err(super::failure::timeout()) } else { Ok(()) }
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled")
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("is_cancelled", &self.is_cancelled()).finish()
    }
}
