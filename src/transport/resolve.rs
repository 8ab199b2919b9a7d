//! Name resolution by the system, in a thread of its own so that timeout and cancel hold.
//!
//! The system's resolver cannot be interrupted, so the thread may outlive the call. At most one runs
//! for each name: later calls wait for the one that runs.

extern crate std;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use socket2::{Domain, Socket, Type};

use super::cancel::Until;
use super::failure::{self, Failure};
use crate::error::{Error, ErrorKind};

type Addresses = Vec<SocketAddr>;

/// The resolutions in progress.
#[derive(Default)]
pub(super) struct Resolver(Arc<Mutex<Vec<Arc<Resolution>>>>);

/// One name that is being resolved.
struct Resolution {
    host: String,
    progress: Mutex<Progress>,
}

enum Progress {
    /// Threads that wait for the outcome.
    Running(Vec<Thread>),
    Done(Result<Addresses, Error>),
}

impl Resolver {
    /// The addresses of `host`, each with `port`. An address needs no resolution.
    pub(super) fn resolve(
        &self,
        host: &str,
        port: u16,
        until: Until<'_>,
    ) -> Result<Addresses, Error> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(Vec::from([SocketAddr::new(address, port)]));
        }
        let resolution = self.join_or_start(host)?;
        let resolved = until.wait_for(|| resolution.outcome()).map_err(|failure| match failure {
            Failure::TimedOut => Error::new(
                ErrorKind::Timeout,
                format!("{host} could not be resolved within the timeout"),
            ),
            other => other.in_exchange(&host),
        });
        let mut addresses = resolved??;
        for address in &mut addresses {
            address.set_port(port);
        }
        Ok(addresses)
    }

    fn join_or_start(&self, host: &str) -> Result<Arc<Resolution>, Error> {
        let mut running = lock(&self.0);
        if let Some(resolution) = running.iter().find(|resolution| resolution.host == host) {
            return Ok(Arc::clone(resolution));
        }
        let resolution = Arc::new(Resolution {
            host: String::from(host),
            progress: Mutex::new(Progress::Running(Vec::new())),
        });
        let (table, work) = (Arc::clone(&self.0), Arc::clone(&resolution));
        let run = move || {
            let outcome = look_up(&work.host);
            // Whoever comes from now on starts a resolution of its own.
            lock(&table).retain(|other| !Arc::ptr_eq(other, &work));
            work.finish(outcome);
        };
        match thread::Builder::new().name(String::from("atlas-webhook-dns")).spawn(run) {
            Ok(_) => {
                running.push(Arc::clone(&resolution));
                Ok(resolution)
            }
            Err(error) => {
                let what = format!("no thread to resolve {host}");
                Err(failure::of_system(ErrorKind::Io, what, error))
            }
        }
    }
}

impl Resolution {
    /// The outcome; without one, the calling thread is unparked when there is.
    fn outcome(&self) -> Option<Result<Addresses, Error>> {
        match &mut *lock(&self.progress) {
            Progress::Done(outcome) => Some(outcome.clone()),
            Progress::Running(waiting) => {
                let caller = thread::current();
                if waiting.iter().all(|thread| thread.id() != caller.id()) {
                    waiting.push(caller);
                }
                None
            }
        }
    }

    fn finish(&self, outcome: Result<Addresses, Error>) {
        let before = core::mem::replace(&mut *lock(&self.progress), Progress::Done(outcome));
        if let Progress::Running(waiting) = before {
            waiting.iter().for_each(Thread::unpark);
        }
    }
}

fn look_up(host: &str) -> Result<Addresses, Error> {
    let error = match (host, 0).to_socket_addrs() {
        Ok(addresses) => {
            let addresses: Addresses = addresses.collect();
            if !addresses.is_empty() {
                return Ok(addresses);
            }
            return Err(Error::new(ErrorKind::Resolve, format!("{host} has no address")));
        }
        Err(error) => error,
    };
    let what = format!("{host} could not be resolved");
    match shortage_behind(error) {
        Ok(shortage) => Err(failure::of_system(ErrorKind::Io, what, shortage)),
        Err(error) => Err(failure::of_system(ErrorKind::Resolve, what, error)),
    }
}

/// glibc says "no such name" when it cannot open a socket, so a socket is opened to see.
fn shortage_behind(error: io::Error) -> Result<io::Error, io::Error> {
    if failure::is_shortage(&error) {
        return Ok(error);
    }
    match Socket::new(Domain::IPV4, Type::DGRAM, None) {
        Err(shortage) if failure::is_shortage(&shortage) => Ok(shortage),
        _ => Err(error),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
