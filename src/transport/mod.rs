//! The bundled blocking transport: ureq with rustls.
//!
//! ```text
//! Transport::send ─► one try ─► an agent of the free list, or a new one ─► ureq ─► Response ─► Reply
//!        ▲              │            (settings.rs: TLS, proxy, timeouts)             failure.rs
//!        └─ retry.rs ◄──┘            cancel.rs: shuts the agent down from another thread
//! ```
//!
//! `docs/transport.md` tells what bounds what, and which error each fault of a network gives.

extern crate std;

mod cancel;
mod failure;
mod retry;
mod settings;

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ureq::{Agent, SendBody, http};

use self::cancel::Alarm;
pub use self::cancel::Cancel;
use self::failure::Failure;
use self::settings::Settings;
use crate::error::Error;
use crate::limits::Limits;
use crate::register::reply::Reply;
use crate::register::request::Request;
use crate::register::response::Response;

/// How long a connection is kept for the next call.
const KEPT_FOR: Duration = Duration::from_secs(15);

/// The most connections that are kept; each holds up to half a megabyte of buffers.
const MOST_KEPT: usize = 32;

/// Room for what the API says, in bytes.
const USUAL_BODY: usize = 512;

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
    /// The oldest first.
    kept: Mutex<Vec<Connection>>,
}

/// An agent that has one connection, and keeps it while answers leave it open.
///
/// One agent for all calls would not do: shutting it down is final and takes every connection of that
/// agent with it, so a cancelled call would take the others along.
struct Connection {
    agent: Agent,
    url: http::Uri,
    last_used: Instant,
}

impl Transport {
    /// A transport with a timeout of 15 s for the whole send and of 5 s for connecting.
    ///
    /// # Errors
    ///
    /// None at present; making a transport may come to read from the system.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { settings: Settings::default(), retries: 0, kept: Mutex::default() })
    }

    /// Bounds the whole of a send: name resolution, connecting, TLS, request and answer, and all
    /// retries with the waits between them. 15 s unless set.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for zero and for more than a day.
    pub fn set_timeout(&mut self, timeout: Duration) -> Result<&mut Self, Error> {
        self.settings.set_timeout(timeout)?;
        self.forget_connections();
        Ok(self)
    }

    /// Bounds connecting within one try: through a proxy and TLS included, name resolution not.
    /// 5 s unless set.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for zero and for more than a day.
    pub fn set_connect_timeout(&mut self, timeout: Duration) -> Result<&mut Self, Error> {
        self.settings.set_connect_timeout(timeout)?;
        self.forget_connections();
        Ok(self)
    }

    /// Sends through an HTTP proxy, by `CONNECT` for `http` endpoints too:
    /// `http://[user:password@]host[:port]`, user and password percent-encoded; `https://` speaks TLS
    /// to the proxy, with the same trust as to the endpoint.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) when it is no such URL;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for SOCKS.
    pub fn set_proxy(&mut self, url: &str) -> Result<&mut Self, Error> {
        self.settings.set_proxy(url)?;
        self.forget_connections();
        Ok(self)
    }

    /// Sends directly, as it is unless set.
    pub fn clear_proxy(&mut self) -> &mut Self {
        self.settings.clear_proxy();
        self.forget_connections();
        self
    }

    /// Takes the proxy from the environment as it is now: the first of `ALL_PROXY`, `HTTPS_PROXY`,
    /// `HTTP_PROXY`, in capitals or small letters, with the exceptions of `NO_PROXY`. Without any of
    /// them, no proxy is used.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) when one is set and is not the URL of a proxy;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for SOCKS.
    pub fn use_env_proxy(&mut self) -> Result<&mut Self, Error> {
        self.settings.use_env_proxy()?;
        self.forget_connections();
        Ok(self)
    }

    /// Trusts the certificates of this PEM file and no others. It is read now, once.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) when it cannot be read, holds no certificate, or one
    /// that cannot be used.
    pub fn set_ca_file(&mut self, path: impl AsRef<Path>) -> Result<&mut Self, Error> {
        self.settings.set_ca_file(path.as_ref())?;
        self.forget_connections();
        Ok(self)
    }

    /// Tries again up to so many times when an error is [worth it](Error::retryable), within the
    /// timeout of the whole: after a wait that doubles from a quarter of a second to four seconds,
    /// shortened at random by up to half, and is never shorter than the server asks for by
    /// `Retry-After` or `retryAfter`. 0 unless set.
    pub fn set_retries(&mut self, retries: u32) -> &mut Self {
        self.retries = retries;
        self
    }

    /// Sends `request` and says what the answer means.
    ///
    /// # Errors
    ///
    /// Those of [`Request::reply`]; those of HTTP that does not hold; and those of the network:
    /// [`Resolve`](crate::ErrorKind::Resolve), [`Connect`](crate::ErrorKind::Connect),
    /// [`Proxy`](crate::ErrorKind::Proxy), [`Tls`](crate::ErrorKind::Tls),
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Io`](crate::ErrorKind::Io).
    /// [`attempts`](Error::attempts) says how many tries were made.
    ///
    /// [`State`](crate::ErrorKind::State) while a logger of the `log` crate takes what `ureq_proto`
    /// says at level trace: it would get every byte sent, the credentials included.
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
        refuse_log_of_secrets()?;
        let deadline = self.settings.deadline();
        let mut attempts = 0_u32;
        loop {
            cancel::check(cancel).map_err(|error| error.with_attempts(attempts))?;
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
            cancel::pause(cancel, wait);
        }
    }

    fn try_once(
        &self,
        request: &Request,
        cancel: Option<&Cancel>,
        deadline: Instant,
    ) -> Result<Response, Error> {
        let url = request.url();
        if let Some(kept) = self.take_kept(&url) {
            match self.over(kept, request, cancel, deadline) {
                Err(failure) if failure.may_be_stale => {}
                result => return result.map_err(|failure| failure.error),
            }
        }
        let url = url.try_into().map_err(inexpressible)?;
        let fresh = Connection { agent: self.settings.agent(), url, last_used: Instant::now() };
        self.over(fresh, request, cancel, deadline).map_err(|failure| failure.error)
    }

    /// Sends over `connection`, which is kept when the answer left it open.
    fn over(
        &self,
        connection: Connection,
        request: &Request,
        cancel: Option<&Cancel>,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let watched = cancel.map(|cancel| cancel.watch(&connection.agent)).transpose()?;
        let result = self.exchange(&connection, request, deadline);
        // A body without a stated length that was cut by the shutdown looks like a whole one, so it is
        // not the result that tells whether the call was cancelled.
        if let Some(watched) = watched {
            watched.end()?;
        }
        let (response, keeps) = result?;
        if keeps {
            self.keep(connection);
        }
        Ok(response)
    }

    /// The answer, and whether it leaves the connection open.
    fn exchange(
        &self,
        connection: &Connection,
        request: &Request,
        deadline: Instant,
    ) -> Result<(Response, bool), Failure> {
        let Connection { agent, url, .. } = connection;
        let limits = request.limits();
        let mut body = Outgoing { rest: request.body(), begun: false };
        let outgoing =
            express(request, url, SendBody::from_reader(&mut body)).map_err(inexpressible)?;
        let is_proxied = self.settings.is_proxied(url);
        let left = deadline.saturating_duration_since(Instant::now());
        let outgoing = agent
            .configure_request(outgoing)
            .timeout_global(Some(left))
            .max_response_header_size(limits.head.min(settings::LONGEST_HEAD))
            .build();

        // ureq bounds each read of a proxy's answer, and not all of them together.
        let alarm = is_proxied.then(|| Alarm::set(agent, left)).transpose()?;
        let answer = agent.run(outgoing);
        if let Some(alarm) = alarm {
            alarm.stop()?;
        }
        let through_proxy = is_proxied && !body.begun;
        let answer = answer.map_err(|error| failure::before_answer(error, through_proxy))?;
        let (head, body) = answer.into_parts();
        let status = head.status.as_u16();
        if head.status.is_informational() {
            return Err(failure::not_final(status).into());
        }
        let body = read(body, limits).map_err(|error| failure::in_body(error, status))?;
        Ok((Response::from_transport(status, &head.headers, &body, limits), is_kept(&head)))
    }

    fn take_kept(&self, url: &str) -> Option<Connection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.last_used.elapsed() < KEPT_FOR);
        let youngest = kept.iter().rposition(|kept| kept.url == *url)?;
        Some(kept.remove(youngest))
    }

    fn keep(&self, connection: Connection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.remove(0);
        }
        kept.push(Connection { last_used: Instant::now(), ..connection });
    }

    /// What was kept was made with other settings.
    fn forget_connections(&mut self) {
        self.kept.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// ureq's protocol crate dumps what it sends and receives at this level.
fn refuse_log_of_secrets() -> Result<(), Error> {
    if log::log_enabled!(target: "ureq_proto::util", log::Level::Trace) {
        return Err(Error::state(
            "a logger takes ureq_proto at level trace, which would show it the credentials",
        ));
    }
    Ok(())
}

fn inexpressible(_: impl Into<http::Error>) -> Error {
    Error::argument("ureq cannot express this request")
}

/// The request as ureq takes it.
fn express<'a>(
    request: &Request,
    url: &http::Uri,
    body: SendBody<'a>,
) -> Result<http::Request<SendBody<'a>>, http::Error> {
    let outgoing = http::Request::builder().method(request.method()).uri(url.clone());
    let mut outgoing = outgoing.body(body)?;
    let headers = outgoing.headers_mut();
    // One more for the length. A map that grows hashes anew all that it has.
    headers.try_reserve(request.headers().count().saturating_add(1))?;
    headers.try_append(http::header::CONTENT_LENGTH, request.body().len().into())?;
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_bytes())?;
        headers.try_append(name, http::HeaderValue::from_str(value)?)?;
    }
    Ok(outgoing)
}

/// The body to send; it tells whether ureq came so far, that is, whether there is a connection.
struct Outgoing<'a> {
    rest: &'a [u8],
    begun: bool,
}

impl Read for Outgoing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.begun = true;
        self.rest.read(buffer)
    }
}

fn read(body: ureq::Body, limits: Limits) -> Result<Vec<u8>, ureq::Error> {
    let limit = u64::try_from(limits.body).unwrap_or(u64::MAX);
    // One more than allowed tells "full" from "over", which Response::body refuses.
    let mut reader = body.into_with_config().limit(limit.saturating_add(1)).reader();
    let mut bytes = Vec::with_capacity(USUAL_BODY);
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether ureq may have kept the connection: RFC 9112 sections 6.3 and 9.3.
fn is_kept(head: &http::response::Parts) -> bool {
    let says = |option: &str| {
        head.headers.get_all(http::header::CONNECTION).iter().any(|value| {
            let value = value.to_str().unwrap_or_default();
            value.split(',').any(|token| token.trim().eq_ignore_ascii_case(option))
        })
    };
    let ends_by_itself = matches!(head.status.as_u16(), 204 | 304)
        || head.headers.contains_key(http::header::CONTENT_LENGTH)
        || head.headers.contains_key(http::header::TRANSFER_ENCODING);
    let persists = head.version == http::Version::HTTP_11 || says("keep-alive");
    ends_by_itself && persists && !says("close")
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("settings", &self.settings)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}
