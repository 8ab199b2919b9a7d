//! The bundled blocking transport: it drives an [`Exchange`] over a socket of its own.
//!
//! ```text
//! Transport::send ─► attempt ─► a kept connection (pool), or a new one ─► drive the Exchange ─► Reply
//!        ▲             │          proxy, resolve, connecting, tunnel, tls    as a program would
//!        └── retry ◄───┘          cancel ends every wait, failure names what went wrong
//! ```
//!
//! All HTTP is read by `http1`. `docs/transport.md` lists the timeouts and the error of each
//! network fault.

extern crate std;

mod cancel;
mod channel;
mod connecting;
mod crypto;
mod drive;
mod drop_guard;
mod failure;
mod pool;
mod proxy;
mod resolve;
mod retry;
mod tls;
mod trust;
mod tunnel;
mod waiting;

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;
use std::path::Path;

pub use self::cancel::Cancel;
use self::cancel::Until;
use self::channel::{Channel, Tcp};
use self::drive::Drive;
pub use self::drop_guard::DropGuard;
use self::failure::Party;
use self::pool::{Connection, Peer, Pool};
use self::proxy::{Proxies, Proxy};
use self::resolve::Resolver;
use self::tls::Tls;
use self::trust::Trust;
use crate::error::Error;
use crate::register::exchange::Exchange;
use crate::register::reply::Reply;
use crate::register::request::Request;

const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// Sends a [`Request`] and interprets its response, for programs without an HTTP stack of their
/// own.
///
/// It blocks the calling thread for at most its [timeout](Self::set_timeout). It uses rustls, and
/// trusts the platform's certificate store or a [CA file](Self::set_ca_file). It follows no
/// redirects, because the headers contain credentials. It uses a proxy of the environment only
/// after [`use_env_proxy`](Self::use_env_proxy), and retries only after
/// [`set_retries`](Self::set_retries).
///
/// Make one and keep it, because it reuses connections. Any number of threads may send over one
/// transport at the same time, each over its own connection.
///
/// If the server closed a kept connection, the transport replaces it and sends the request again.
/// The call is idempotent.
///
/// ```no_run
/// use std::time::Duration;
///
/// use atlas_webhook::{Endpoint, Registration, Request, Transport};
///
/// let registration = Registration::new("https://example.com/atlas/t0ken")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let mut transport = Transport::new()?;
/// transport.set_timeout(Duration::from_secs(30))?.set_retries(2);
/// let reply = transport.send(&request)?;
/// println!("registered: HTTP status {}", reply.http_status());
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
pub struct Transport {
    timeout: Duration,
    connect_timeout: Duration,
    retries: u32,
    proxies: Proxies,
    tls: Tls,
    resolver: Resolver,
    pool: Pool,
}

impl Transport {
    /// Makes a transport with the default settings.
    ///
    /// # Errors
    ///
    /// None in this version. A later version may read settings of the system here.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
            retries: 0,
            proxies: Proxies::default(),
            tls: Tls::default(),
            resolver: Resolver::default(),
            pool: Pool::default(),
        })
    }

    /// Sets the timeout of a whole send. It includes name resolution, connecting, TLS, request,
    /// response, and all retries and the waits between them.
    ///
    /// Default: 15 s. Range: above zero, at most a day.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the timeout is out of range.
    pub fn set_timeout(&mut self, timeout: Duration) -> Result<&mut Self, Error> {
        self.timeout = bounded("timeout", timeout)?;
        self.close_idle();
        Ok(self)
    }

    /// Sets the timeout for connecting within one attempt. It includes the proxy and TLS, but not
    /// name resolution.
    ///
    /// Default: 5 s. Range: above zero, at most a day.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the timeout is out of range.
    pub fn set_connect_timeout(&mut self, timeout: Duration) -> Result<&mut Self, Error> {
        self.connect_timeout = bounded("connect timeout", timeout)?;
        self.close_idle();
        Ok(self)
    }

    /// Sends through an HTTP proxy, by `CONNECT` for `http` endpoints too:
    /// `http://[user:password@]host[:port]`, user and password percent-encoded. With `https://` the
    /// connection to the proxy uses TLS, with the same trust as the endpoint. Default: no proxy.
    ///
    /// A proxy can read what is sent to an `http` endpoint. A send to an `http` endpoint through a
    /// proxy on another machine therefore fails with [`Argument`](crate::ErrorKind::Argument),
    /// unless the endpoint
    /// [allows plaintext](crate::Endpoint::set_plaintext_allowed).
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if `url` is not such a URL: without a scheme, with a
    /// path, or with port 0. [`Unsupported`](crate::ErrorKind::Unsupported) for SOCKS.
    pub fn set_proxy(&mut self, url: &str) -> Result<&mut Self, Error> {
        self.proxies = Proxies::one(url)?;
        self.close_idle();
        Ok(self)
    }

    /// Sends directly, which is the default.
    pub fn clear_proxy(&mut self) -> &mut Self {
        self.proxies = Proxies::None;
        self.close_idle();
        self
    }

    /// Reads the proxies from the environment of the process now, by the rules of curl. For an
    /// `https` endpoint it uses the first that is set of `https_proxy`, `HTTPS_PROXY`, `all_proxy`
    /// and `ALL_PROXY`. For an `http` endpoint it uses the first of `http_proxy`, `all_proxy` and
    /// `ALL_PROXY`. An empty variable counts as unset. A value without a scheme is an `http` proxy.
    /// `no_proxy` or `NO_PROXY` lists the hosts to send to directly.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if a variable that applies is not the URL of a
    /// proxy. A SOCKS proxy is not an error here: a send to which it applies fails with
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    pub fn use_env_proxy(&mut self) -> Result<&mut Self, Error> {
        self.proxies = Proxies::environment()?;
        self.close_idle();
        Ok(self)
    }

    /// Trusts only the certificates in this PEM file. The file is read now. Default: the platform's
    /// certificate store.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if the file cannot be read, contains no
    /// certificate, or contains one that cannot be used. [`Io`](crate::ErrorKind::Io) if the system
    /// lacks descriptors or memory.
    pub fn set_ca_file(&mut self, path: impl AsRef<Path>) -> Result<&mut Self, Error> {
        Ok(self.set_trust(Trust::from_file(path.as_ref())?))
    }

    /// Trusts only the certificates in this PEM text. Default: the platform's certificate store.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if it contains no certificate, or one that cannot be used.
    pub fn set_ca_pem(&mut self, pem: impl AsRef<[u8]>) -> Result<&mut Self, Error> {
        Ok(self.set_trust(Trust::from_pem(pem.as_ref())?))
    }

    fn set_trust(&mut self, trust: Trust) -> &mut Self {
        self.tls = Tls::trusting(trust);
        self.close_idle();
        self
    }

    /// Sets how many retries follow an error that is [`retryable`](Error::retryable), within the
    /// timeout. The wait before a retry doubles from 0.25 s to 4 s and is shortened at random by up
    /// to half. It is never shorter than the wait that the server requests by `Retry-After` or
    /// `retryAfter`. Default: 0.
    pub fn set_retries(&mut self, retries: u32) -> &mut Self {
        self.retries = retries;
        self
    }

    /// Closes the idle connections. Sends in flight continue.
    ///
    /// Call it before a long pause: an idle connection that is older than 15 s is otherwise closed
    /// only by the next send or when the transport is dropped.
    pub fn close_idle(&self) {
        self.pool.clear();
    }

    /// Sends `request` and interprets the response.
    ///
    /// # Errors
    ///
    /// Those of [`Request::reply`]; those of an [`Exchange`]; and those of the network:
    /// [`Resolve`](crate::ErrorKind::Resolve), [`Connect`](crate::ErrorKind::Connect),
    /// [`Proxy`](crate::ErrorKind::Proxy), [`Tls`](crate::ErrorKind::Tls),
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Io`](crate::ErrorKind::Io).
    /// [`Argument`](crate::ErrorKind::Argument) if the request would be sent in plaintext to a
    /// proxy on another machine, or if the host of an `https` URL cannot be used with TLS.
    /// [`attempts`](Error::attempts) returns the number of attempts that were started.
    pub fn send(&self, request: &Request) -> Result<Reply, Error> {
        self.send_until(request, None)
    }

    /// As [`send`](Self::send), but `cancel` ends it.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](crate::ErrorKind::Cancelled), always. The request may have reached the server.
    pub fn send_cancellable(&self, request: &Request, cancel: &Cancel) -> Result<Reply, Error> {
        self.send_until(request, Some(cancel))
    }

    fn send_until(&self, request: &Request, cancel: Option<&Cancel>) -> Result<Reply, Error> {
        let until = Until::new(self.timeout, cancel);
        let mut attempts = 0;
        match self.attempts(request, until, &mut attempts) {
            Ok(reply) => Ok(reply.with_attempts(attempts)),
            // A cancel takes precedence over the failure of any phase.
            Err(_) if until.is_cancelled() => Err(failure::cancelled().with_attempts(attempts)),
            Err(error) => Err(error.with_attempts(attempts)),
        }
    }

    /// Counts the attempts that were started in `attempts`.
    fn attempts(
        &self,
        request: &Request,
        until: Until<'_>,
        attempts: &mut u32,
    ) -> Result<Reply, Error> {
        let proxy = self.proxies.for_request(request)?;
        loop {
            if until.is_cancelled() {
                return Err(failure::cancelled());
            }
            *attempts = attempts.saturating_add(1);
            let error = match self.attempt(request, proxy, until) {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            if *attempts > self.retries || !error.retryable() {
                return Err(error);
            }
            let wait = retry::wait(*attempts, error.retry_after());
            if !until.left().is_ok_and(|left| wait < left) {
                return Err(error);
            }
            until.pause(wait).map_err(|failure| failure.in_exchange(&""))?;
        }
    }

    /// Sends over a kept connection. If it ends before the first byte of the response, a new
    /// connection replaces it, once.
    fn attempt(
        &self,
        request: &Request,
        proxy: Option<&Proxy>,
        until: Until<'_>,
    ) -> Result<Reply, Error> {
        if let Some(kept) = self.pool.take(request) {
            if let Exchanged::Outcome(outcome) = self.exchange(kept, request, until) {
                return outcome;
            }
        }
        let connection = self.connect(request, proxy, until)?;
        match self.exchange(connection, request, until) {
            Exchanged::Outcome(outcome) => outcome,
            Exchanged::Ended(error) => Err(error),
        }
    }

    /// A new connection to the endpoint of `request`.
    fn connect(
        &self,
        request: &Request,
        proxy: Option<&Proxy>,
        until: Until<'_>,
    ) -> Result<Connection, Error> {
        let peer = Peer::of(request);
        let first = proxy.map_or(&peer, |proxy| &proxy.peer);
        // A proxy resolves the host itself.
        if proxy.is_some() {
            tls::check_host(&peer)?;
        }
        let reach = || {
            let addresses = self.resolver.resolve(&first.host, first.port, until)?;
            tls::check_host(first)?;
            // Name resolution is not part of it.
            let until = until.within(self.connect_timeout);
            let socket = connecting::connect(&addresses, until);
            Ok((socket.map_err(|failure| failure.in_connecting(first))?, until))
        };
        let reached = reach();
        let (socket, until) =
            if proxy.is_some() { reached.map_err(failure::of_proxy)? } else { reached? };
        let watched = until.watch(&socket).map_err(|failure| failure.in_connecting(first))?;
        let mut channel: Box<dyn Channel> = Box::new(Tcp::new(Arc::clone(&socket)));
        if let Some(proxy) = proxy {
            if proxy.peer.is_tls {
                let established = self.tls.establish(channel, &proxy.peer, Party::Proxy, until);
                channel = established.map_err(failure::of_proxy)?;
            }
            tunnel::open(&mut *channel, proxy, &peer, request.limits(), until)?;
        }
        if peer.is_tls {
            channel = self.tls.establish(channel, &peer, Party::Server, until)?;
        }
        drop(watched);
        Ok(Connection { channel, socket, peer })
    }

    /// Sends `request` over `connection`, and keeps it if HTTP permits.
    fn exchange(
        &self,
        mut connection: Connection,
        request: &Request,
        until: Until<'_>,
    ) -> Exchanged {
        let mut drive = Drive::new(Exchange::new(request));
        let driven = until
            .watch(&connection.socket)
            .and_then(|_watched| drive.run(&mut *connection.channel, until));
        // The shutdown by a cancel can look like the end of the response.
        if until.is_cancelled() {
            return Exchanged::Outcome(Err(failure::cancelled()));
        }
        if let Err(failure) = driven {
            let is_end = failure.is_end() && !drive.received;
            let error = drive.failed(failure, &connection.peer);
            return if is_end { Exchanged::Ended(error) } else { Exchanged::Outcome(Err(error)) };
        }
        let Drive { mut exchange, received, left_over, .. } = drive;
        if exchange.reusable() && !left_over {
            self.pool.keep(connection);
        }
        match exchange.take_reply() {
            Err(error) if !received => Exchanged::Ended(error),
            outcome => Exchanged::Outcome(outcome),
        }
    }
}

/// The outcome of a request on one connection.
enum Exchanged {
    Outcome(Result<Reply, Error>),
    /// The connection ended before the first byte of a response.
    Ended(Error),
}

fn bounded(name: &str, timeout: Duration) -> Result<Duration, Error> {
    if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
        // No number: C++ passes 0 for a negative duration, and the largest number for a longer one.
        let message = format!("the {name} must be longer than zero and at most a day");
        return Err(Error::argument(message));
    }
    Ok(timeout)
}

/// Shows no proxy URL, which may contain a password.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("retries", &self.retries)
            .field("proxy", &self.proxies)
            .finish_non_exhaustive()
    }
}
