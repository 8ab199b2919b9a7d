//! Name resolution by the system, in a thread of its own, so that timeout and cancel work.
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
use std::sync::Mutex;
use std::thread;

use socket2::{Domain, Socket, Type};

use super::cancel::Until;
use super::failure::{self, Failure};
use super::waiting::{Waiting, lock};
use crate::error::{Error, ErrorKind};

type Addresses = Vec<SocketAddr>;

/// Resolves names. It keeps only the resolutions in progress.
pub(super) struct Resolver {
    running: Arc<Mutex<Vec<Arc<Resolution>>>>,
    resolve_name: fn(&str) -> Result<Addresses, Error>,
}

impl Default for Resolver {
    fn default() -> Self {
        Self { running: Arc::default(), resolve_name }
    }
}

/// One name that is being resolved.
struct Resolution {
    host: String,
    progress: Mutex<Progress>,
}

enum Progress {
    Running(Waiting),
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
        let mut running = lock(&self.running);
        if let Some(resolution) = running.iter().find(|resolution| resolution.host == host) {
            return Ok(Arc::clone(resolution));
        }
        let resolution = Arc::new(Resolution {
            host: String::from(host),
            progress: Mutex::new(Progress::Running(Waiting::default())),
        });
        let (table, work) = (Arc::clone(&self.running), Arc::clone(&resolution));
        let resolve_name = self.resolve_name;
        let run = move || {
            let outcome = resolve_name(&work.host);
            // Later calls start a new resolution.
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
                waiting.join();
                None
            }
        }
    }

    fn finish(&self, outcome: Result<Addresses, Error>) {
        let before = core::mem::replace(&mut *lock(&self.progress), Progress::Done(outcome));
        if let Progress::Running(waiting) = before {
            waiting.wake();
        }
    }
}

fn resolve_name(host: &str) -> Result<Addresses, Error> {
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

/// glibc reports "no such name" if it cannot open a socket, so a socket is opened to check.
fn shortage_behind(error: io::Error) -> Result<io::Error, io::Error> {
    if failure::is_shortage(&error) {
        return Ok(error);
    }
    match Socket::new(Domain::IPV4, Type::DGRAM, None) {
        Err(shortage) if failure::is_shortage(&shortage) => Ok(shortage),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use core::time::Duration;
    use std::time::Instant;

    use super::*;
    use crate::transport::cancel::Cancel;

    const LONG: Duration = Duration::from_secs(30);
    const SLOW: Duration = Duration::from_millis(500);
    const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    /// As a name server that takes its time.
    fn slow(_: &str) -> Result<Addresses, Error> {
        thread::sleep(SLOW);
        Ok(Vec::from([ADDRESS]))
    }

    fn resolver(resolve_name: fn(&str) -> Result<Addresses, Error>) -> Resolver {
        Resolver { resolve_name, ..Resolver::default() }
    }

    #[test]
    fn a_cancel_ends_the_wait_for_a_name() {
        let (resolver, cancel) = (resolver(slow), Cancel::new());
        let until = Until::new(LONG, Some(&cancel));
        let (error, took) = thread::scope(|scope| {
            let waiting = scope.spawn(|| (resolver.resolve("name", 1, until), Instant::now()));
            thread::sleep(Duration::from_millis(50));
            let start = Instant::now();
            cancel.cancel();
            let (result, end) = waiting.join().unwrap_or_else(|_| (Ok(Vec::new()), start));
            (result.err(), end.saturating_duration_since(start))
        });
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Cancelled));
        assert!(took < Duration::from_millis(250), "{took:?}");
    }

    #[test]
    fn a_timeout_ends_the_wait_for_a_name() {
        let until = Until::new(Duration::from_millis(50), None);
        let error = resolver(slow).resolve("name", 1, until).err();
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Timeout));
    }

    #[test]
    fn calls_for_one_name_share_a_resolution() {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let resolver = resolver(|host| {
            STARTED.fetch_add(1, Ordering::SeqCst);
            slow(host)
        });
        // Threads that stopped waiting leave the outcome to the others.
        for _ in 0..3 {
            let until = Until::new(Duration::from_millis(5), None);
            assert!(resolver.resolve("name", 1, until).is_err());
        }
        let start = Instant::now();
        thread::scope(|scope| {
            for port in 1..4 {
                let resolver = &resolver;
                scope.spawn(move || {
                    let addresses = resolver.resolve("name", port, Until::new(LONG, None)).ok();
                    let mut expected = ADDRESS;
                    expected.set_port(port);
                    assert_eq!(addresses, Some(Vec::from([expected])));
                });
            }
        });
        assert!(start.elapsed() < LONG / 2, "a thread was not woken");
        assert_eq!(STARTED.load(Ordering::SeqCst), 1);
        assert!(lock(&resolver.running).is_empty());
        assert!(resolver.resolve("other", 1, Until::new(LONG, None)).is_ok());
        assert_eq!(STARTED.load(Ordering::SeqCst), 2);
    }
}
