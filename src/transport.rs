//! The bundled blocking transport: ureq with rustls.
//!
//! ```text
//! Transport::send ─► one try ─► an agent of the free list, or a new one ─► ureq ─► Response ─► Reply
//!        ▲              │            (settings.rs: TLS, proxy, timeouts)             failure.rs
//!        └─ retry.rs ◄──┘            cancel.rs: shuts the agent down from another thread
//! ```

extern crate std;

mod cancel;
mod failure;
mod retry;
mod settings;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ureq::{Agent, http};

pub use self::cancel::Cancel;
use self::failure::Failure;
use self::settings::Settings;
use crate::{Error, Limits, Reply, Request, Response};

/// Sends a [`Request`] and judges its answer, for programs without an HTTP stack of their own.
///
/// It blocks the calling thread, for at most its [timeout](Self::set_timeout). TLS is rustls, trust the
/// platform's store unless a [CA file](Self::set_ca_file) is given. Redirects are not followed: the
/// credentials travel in the headers. Nothing is read from the environment unless
/// [asked](Self::use_env_proxy), and nothing is retried unless [asked](Self::set_retries).
///
/// Make one and keep it: it keeps its connections. Several threads may share it and send at the same
/// time, each over a connection of its own.
///
/// A kept connection that the server closed in the meantime is replaced without a word, which sends
/// the request once more; the call is idempotent.
pub struct Transport {
    settings: Settings,
    retries: u32,
    idle: Mutex<Vec<Connection>>,
}

/// An agent for one call at a time, with the connection that it may have kept.
///
/// One agent for all calls would not do: shutting it down is final and takes every connection of that
/// agent with it, so a cancelled call would take the others along.
struct Connection {
    agent: Agent,
    url: String,
    /// Whether the last answer left the connection open.
    kept: bool,
}

impl Transport {
    /// A transport with a timeout of 15 s for the whole send and of 5 s for connecting.
    ///
    /// # Errors
    ///
    /// None at present; making a transport may come to read from the system.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { settings: Settings::default(), retries: 0, idle: Mutex::default() })
    }

    /// Bounds the whole of a send: name resolution, connecting, TLS, request and answer, and all
    /// retries with the waits between them. 15 s unless set.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for zero and for more than a day.
    pub fn set_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.settings.set_timeout(timeout)?;
        self.forget_connections();
        Ok(())
    }

    /// Bounds connecting within one try: through a proxy and TLS included, name resolution not.
    /// 5 s unless set.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for zero and for more than a day.
    pub fn set_connect_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.settings.set_connect_timeout(timeout)?;
        self.forget_connections();
        Ok(())
    }

    /// Sends through an HTTP proxy, by `CONNECT` for `http` endpoints too:
    /// `http://[user:password@]host[:port]`, user and password percent-encoded.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) when it is no such URL;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for SOCKS.
    pub fn set_proxy(&mut self, url: &str) -> Result<(), Error> {
        self.settings.set_proxy(url)?;
        self.forget_connections();
        Ok(())
    }

    /// Sends directly, as it is unless set.
    pub fn clear_proxy(&mut self) {
        self.settings.clear_proxy();
        self.forget_connections();
    }

    /// Takes the proxy from the environment as it is now: the first of `ALL_PROXY`, `HTTPS_PROXY`,
    /// `HTTP_PROXY`, in capitals or small letters, with the exceptions of `NO_PROXY`. Without any of
    /// them, no proxy is used.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) when one is set and is not the URL of a proxy.
    pub fn use_env_proxy(&mut self) -> Result<(), Error> {
        self.settings.use_env_proxy()?;
        self.forget_connections();
        Ok(())
    }

    /// Trusts the certificates of this PEM file and no others. It is read now, once.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) when it cannot be read, holds no certificate, or one
    /// that cannot be used.
    pub fn set_ca_file(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.settings.set_ca_file(path.as_ref())?;
        self.forget_connections();
        Ok(())
    }

    /// Tries again up to so many times when an error is [worth it](Error::retryable), within the
    /// timeout of the whole: after a wait that doubles from a quarter of a second to four seconds,
    /// shortened at random by up to half, and is never shorter than the server asks for by
    /// `Retry-After` or `retryAfter`. 0 unless set.
    pub fn set_retries(&mut self, retries: u32) {
        self.retries = retries;
    }

    /// Sends `request` and says what the answer means.
    ///
    /// # Errors
    ///
    /// Those of [`Reply::from_response`]; those of HTTP that does not hold; and those of the network:
    /// [`Resolve`](crate::ErrorKind::Resolve), [`Connect`](crate::ErrorKind::Connect),
    /// [`Proxy`](crate::ErrorKind::Proxy), [`Tls`](crate::ErrorKind::Tls),
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Io`](crate::ErrorKind::Io).
    /// [`attempts`](Error::attempts) says how many tries were made.
    pub fn send(&self, request: &Request) -> Result<Reply, Error> {
        self.send_until(request, None)
    }

    /// As [`send`](Self::send), until `cancel` says otherwise.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](crate::ErrorKind::Cancelled), whatever became of the request meanwhile; it may
    /// have reached the server.
    pub fn send_cancellable(&self, request: &Request, cancel: &Cancel) -> Result<Reply, Error> {
        self.send_until(request, Some(cancel))
    }

    fn send_until(&self, request: &Request, cancel: Option<&Cancel>) -> Result<Reply, Error> {
        let deadline = self.settings.deadline();
        let mut attempts = 0_u32;
        loop {
            attempts = attempts.saturating_add(1);
            let tried = self.try_once(request, cancel, deadline);
            let error = match tried.and_then(|response| request.reply(&response)) {
                Ok(reply) => return Ok(reply),
                Err(error) => error.with_attempts(attempts),
            };
            if attempts > self.retries || !error.retryable() {
                return Err(error);
            }
            let wait = retry::wait(attempts, error.retry_after());
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            cancel::pause(cancel, wait).map_err(|error| error.with_attempts(attempts))?;
        }
    }

    fn try_once(
        &self,
        request: &Request,
        cancel: Option<&Cancel>,
        deadline: Instant,
    ) -> Result<Response, Error> {
        let url = request.url();
        if let Some(connection) = self.take_idle(&url) {
            let kept = connection.kept;
            match self.over(connection, request, cancel, deadline) {
                Err(failure) if kept && failure.may_be_stale => {}
                result => return result.map_err(|failure| failure.error),
            }
        }
        let fresh = Connection { agent: self.settings.agent(), url, kept: false };
        self.over(fresh, request, cancel, deadline).map_err(|failure| failure.error)
    }

    /// Sends over `connection`, which goes back to the free list unless the call failed.
    fn over(
        &self,
        mut connection: Connection,
        request: &Request,
        cancel: Option<&Cancel>,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let watched = cancel.map(|cancel| cancel.watch(&connection.agent)).transpose()?;
        let result = self.exchange(&connection.agent, request, deadline);
        // A body without a stated length that was cut by the shutdown looks like a whole one, so it is
        // not the result that tells whether the call was cancelled.
        if let Some(watched) = watched {
            watched.end()?;
        }
        let (response, kept) = result?;
        connection.kept = kept;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(response)
    }

    /// The answer, and whether it leaves the connection open.
    fn exchange(
        &self,
        agent: &Agent,
        request: &Request,
        deadline: Instant,
    ) -> Result<(Response, bool), Failure> {
        let limits = request.limits();
        let mut outgoing = http::Request::builder().method(request.method()).uri(request.url());
        for (name, value) in request.headers() {
            outgoing = outgoing.header(name, value);
        }
        let outgoing = outgoing
            .body(request.body())
            .map_err(|_| Error::argument("ureq cannot express this request"))?;
        let proxy = self.settings.proxy_for(outgoing.uri());
        let outgoing = agent
            .configure_request(outgoing)
            .timeout_global(Some(deadline.saturating_duration_since(Instant::now())))
            .max_response_header_size(limits.head)
            .build();

        let answer = agent.run(outgoing).map_err(|error| failure::before_answer(error, proxy))?;
        let (head, body) = answer.into_parts();
        let status = head.status.as_u16();
        if head.status.is_informational() {
            return Err(failure::not_final(status).into());
        }
        let body = read(body, limits).map_err(|error| failure::in_body(error, status))?;
        let headers = head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let kept = is_kept(head.version, &head.headers);
        Ok((Response::from_transport(status, headers, &body, limits), kept))
    }

    fn take_idle(&self, url: &str) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let index = idle.iter().position(|connection| connection.url == url)?;
        Some(idle.swap_remove(index))
    }

    /// What was kept was made with other settings.
    fn forget_connections(&mut self) {
        self.idle.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn read(body: ureq::Body, limits: Limits) -> Result<Vec<u8>, ureq::Error> {
    let limit = u64::try_from(limits.body).unwrap_or(u64::MAX);
    // One more than allowed tells "full" from "over", which Response::body refuses.
    body.into_with_config().limit(limit.saturating_add(1)).read_to_vec()
}

/// Whether ureq may have kept the connection, by RFC 9112 section 9.3.
fn is_kept(version: http::Version, headers: &http::HeaderMap) -> bool {
    let says = |option: &str| {
        headers.get_all(http::header::CONNECTION).iter().any(|value| {
            let value = value.to_str().unwrap_or_default();
            value.split(',').any(|token| token.trim().eq_ignore_ascii_case(option))
        })
    };
    !says("close") && (version == http::Version::HTTP_11 || says("keep-alive"))
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("settings", &self.settings)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}
