//! The bundled blocking transport: ureq with rustls.

extern crate std;

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::io;

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Timeout, http};

use crate::{Error, ErrorKind, Limits, Reply, Request, Response};

/// How long a whole [`Transport::send`] may take unless set otherwise.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long connecting may take unless set otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends a [`Request`] and judges its answer, for programs without an HTTP stack of their own.
///
/// It blocks the calling thread, for at most its timeout. TLS is rustls; trust is the platform's
/// store. Redirects are not followed, no proxy is used, nothing is read from the environment.
///
/// Several threads may share one and send at the same time.
pub struct Transport {
    agent: Agent,
    tls: TlsConfig,
    timeout: Duration,
    connect_timeout: Duration,
}

impl Transport {
    /// A transport with a timeout of 15 s for the whole send and of 5 s for connecting.
    ///
    /// # Errors
    ///
    /// None yet: it is fallible so that it may come to read certificates.
    pub fn new() -> Result<Self, Error> {
        let provider = rustls::crypto::ring::default_provider();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(provider))
            .build();
        Ok(Self {
            agent: agent(&tls, TIMEOUT, CONNECT_TIMEOUT),
            tls,
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
        })
    }

    /// Bounds the whole send: name resolution, connecting, TLS, request and answer together.
    ///
    /// # Errors
    ///
    /// [`Argument`](ErrorKind::Argument) for zero.
    pub fn set_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.timeout = positive(timeout)?;
        self.agent = agent(&self.tls, self.timeout, self.connect_timeout);
        Ok(())
    }

    /// Bounds connecting, within the whole.
    ///
    /// # Errors
    ///
    /// [`Argument`](ErrorKind::Argument) for zero.
    pub fn set_connect_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.connect_timeout = positive(timeout)?;
        self.agent = agent(&self.tls, self.timeout, self.connect_timeout);
        Ok(())
    }

    /// Sends `request` and says what the answer means.
    ///
    /// # Errors
    ///
    /// Those of [`Reply::from_response`]; of HTTP that does not hold; and of the network:
    /// [`Resolve`](ErrorKind::Resolve), [`Connect`](ErrorKind::Connect), [`Tls`](ErrorKind::Tls),
    /// [`Timeout`](ErrorKind::Timeout), [`Io`](ErrorKind::Io).
    pub fn send(&self, request: &Request) -> Result<Reply, Error> {
        self.exchange(request)
            .and_then(|response| request.reply(&response))
            .map_err(|error| error.with_attempts(1))
    }

    fn exchange(&self, request: &Request) -> Result<Response, Error> {
        let limits = request.limits();
        let mut outgoing = http::Request::builder().method(request.method()).uri(request.url());
        for (name, value) in request.headers() {
            outgoing = outgoing.header(name, value);
        }
        let outgoing = outgoing
            .body(request.body())
            .map_err(|_| Error::argument("ureq cannot express this request"))?;
        let outgoing =
            self.agent.configure_request(outgoing).max_response_header_size(limits.head).build();

        let (head, body) = self.agent.run(outgoing).map_err(error)?.into_parts();
        let status = head.status.as_u16();
        let body = read(body, limits).map_err(|e| error(e).with_http_status(Some(status)))?;
        let headers = head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        Ok(Response::from_transport(status, headers, &body, limits))
    }
}

fn agent(tls: &TlsConfig, timeout: Duration, connect_timeout: Duration) -> Agent {
    Agent::config_builder()
        .tls_config(tls.clone())
        // ureq would take one from the environment.
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(timeout))
        .timeout_connect(Some(connect_timeout))
        .build()
        .new_agent()
}

fn read(body: ureq::Body, limits: Limits) -> Result<Vec<u8>, ureq::Error> {
    let limit = u64::try_from(limits.body).unwrap_or(u64::MAX);
    // One more than allowed tells "full" from "over": Response::body refuses it.
    body.into_with_config().limit(limit.saturating_add(1)).read_to_vec()
}

fn positive(timeout: Duration) -> Result<Duration, Error> {
    if timeout.is_zero() {
        return Err(Error::argument("a timeout must be longer than zero"));
    }
    Ok(timeout)
}

/// Our kinds for ureq's errors. Its texts are not taken over: they may hold host names and URLs.
fn error(error: ureq::Error) -> Error {
    use ErrorKind as Kind;
    match error {
        ureq::Error::Timeout(Timeout::Resolve) => {
            Error::new(Kind::Timeout, "the name could not be resolved in time")
        }
        ureq::Error::Timeout(Timeout::Connect) => {
            Error::new(Kind::Timeout, "no connection within its timeout")
        }
        ureq::Error::Timeout(_) => Error::new(Kind::Timeout, "no answer within the timeout"),
        ureq::Error::HostNotFound => Error::new(Kind::Resolve, "the host name has no address"),
        ureq::Error::ConnectionFailed => Error::new(Kind::Connect, "no connection to the host"),
        ureq::Error::LargeResponseHeader(..) => {
            Error::new(Kind::Limit, "the header section is over its limit")
        }
        ureq::Error::BodyExceedsLimit(_) => Error::new(Kind::Limit, "the body is over its limit"),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
            Error::new(Kind::Tls, "TLS could not be established")
        }
        ureq::Error::Io(error) => io_error(&error),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
            Error::new(Kind::Protocol, "the answer is not sound HTTP/1.x")
        }
        _ => Error::new(Kind::Io, "the request could not be sent"),
    }
}

fn io_error(error: &io::Error) -> Error {
    use ErrorKind as Kind;
    if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
        return Error::new(Kind::Tls, "the server's certificate or TLS does not hold");
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::new(Kind::Connect, "the connection was refused"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Error::new(Kind::Connect, "the host cannot be reached")
        }
        io::ErrorKind::UnexpectedEof => {
            Error::new(Kind::ClosedEarly, "the connection was closed before the answer was whole")
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            Error::new(Kind::Timeout, "no answer within the timeout")
        }
        // A failed look-up has no kind of its own; this is std's wording.
        _ if format!("{error}").starts_with("failed to lookup address") => {
            Error::new(Kind::Resolve, "the host name could not be resolved")
        }
        kind => Error::new(Kind::Io, format!("the connection failed: {kind}")),
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}
