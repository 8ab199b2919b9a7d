//! Where a registered URL leads, and what responds there.

use std::error::Error;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use atlas_webhook::Registration;
use rustls::{CertificateError, ClientConfig};

use crate::delivery::Delivery;
use crate::tls;

/// How long connecting, each write, and then the whole response may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How many interim responses (1xx) may precede a response.
const MAX_INTERIM: usize = 8;

/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The longest body of a response that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// A registered URL, to post deliveries to.
#[derive(Clone, Debug)]
pub struct Destination {
    host: String,
    port: u16,
    /// Host and port, as in the URL.
    authority: String,
    /// Path and query.
    target: String,
    is_tls: bool,
    /// Default: trusts the certificates of the system.
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
}

/// A response to a delivery. Displayed as `HTTP 200 in 12.3 ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// The time from before connecting to the end of the response.
    pub took: Duration,
}

/// Why a delivery got no response.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// Resolving the name, connecting, TLS, sending or receiving failed.
    Network(io::Error),
    /// The received bytes are not an HTTP response.
    Protocol,
}

impl Destination {
    /// The destination of an absolute http or https URL. For https the certificates of the system are trusted.
    ///
    /// # Errors
    ///
    /// The URL cannot be registered either.
    pub fn new(url: &str) -> Result<Self, atlas_webhook::Error> {
        Registration::new(url)?;
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let is_tls = scheme.eq_ignore_ascii_case("https");
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let default_port = if is_tls { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().unwrap_or(default_port))
            }
            _ => (authority, default_port),
        };
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port,
            authority: authority.to_owned(),
            target: if target.starts_with('/') { target.to_owned() } else { format!("/{target}") },
            is_tls,
            tls: None,
            timeout: TIMEOUT,
        })
    }

    /// Trusts the certificates of this PEM text in place of the system's.
    ///
    /// # Errors
    ///
    /// There is no certificate in it.
    pub fn trust(&mut self, pem: &[u8]) -> io::Result<&mut Self> {
        self.tls = Some(tls::client(pem)?);
        Ok(self)
    }

    /// How long connecting, each write, and then the whole response may take. Default: 10 s.
    pub fn set_timeout(&mut self, timeout: Duration) -> &mut Self {
        self.timeout = timeout;
        self
    }

    /// Whether the URL is an https URL.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Whether the host is `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        let is_loopback = |address: IpAddr| address.is_loopback();
        self.host.eq_ignore_ascii_case("localhost") || self.host.parse().is_ok_and(is_loopback)
    }

    /// Posts a delivery on a connection of its own, and returns what came of it.
    ///
    /// # Errors
    ///
    /// There is no response. Every HTTP status is one.
    pub fn post(&self, delivery: &Delivery) -> Result<Outcome, Failure> {
        let begun = Instant::now();
        let socket = self.connect()?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(self.timeout))?;
        socket.set_write_timeout(Some(self.timeout))?;
        let timer = socket.try_clone()?;
        let status = if self.is_tls {
            let config = self.tls.clone().unwrap_or_else(tls::system_client);
            self.exchange(&mut tls::connect(&config, &self.host, socket)?, &timer, delivery)?
        } else {
            self.exchange(&mut { socket }, &timer, delivery)?
        };
        Ok(Outcome { status, took: begun.elapsed() })
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            // A name for this machine must not lead to another.
            if self.is_loopback() && !address.ip().is_loopback() {
                continue;
            }
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(socket) => return Ok(socket),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Sends a delivery and reads the status of the response. `timer` is the socket of the stream.
    fn exchange(
        &self,
        stream: &mut (impl Read + Write),
        timer: &TcpStream,
        delivery: &Delivery,
    ) -> Result<u16, Failure> {
        let sent = delivery.write(stream, &self.authority, &self.target);
        let deadline = Instant::now() + self.timeout;
        match (sent, read_status(&mut Timed { stream, timer, deadline })) {
            // A response may come, and the connection be closed, before all is sent.
            (_, Ok(status)) => Ok(status),
            (Err(error), Err(_)) => Err(error.into()),
            (Ok(()), Err(failure)) => Err(failure),
        }
    }
}

/// A stream that can be read until a deadline.
struct Timed<'a, S> {
    stream: &'a mut S,
    /// The socket of the stream.
    timer: &'a TcpStream,
    deadline: Instant,
}

impl<S: Read> Read for Timed<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.timer.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}

/// Reads a response to its end, or to that of its head if the end is not marked by a length.
fn read_status(stream: &mut impl Read) -> Result<u16, Failure> {
    let (mut input, mut interim) = (Vec::new(), 0);
    loop {
        let mut fields = [httparse::EMPTY_HEADER; 100];
        let mut response = httparse::Response::new(&mut fields);
        match response.parse(&input) {
            Ok(httparse::Status::Complete(end)) => {
                let status = response.code.ok_or(Failure::Protocol)?;
                // After 101 follows another protocol (RFC 9110 section 15.2.2).
                if (100..200).contains(&status) && status != 101 && interim < MAX_INTERIM {
                    interim += 1;
                    input.drain(..end);
                    continue;
                }
                if status < 200 {
                    return Err(Failure::Protocol);
                }
                let length = response.headers.iter().find_map(|field| {
                    let is_length = field.name.eq_ignore_ascii_case("Content-Length");
                    is_length.then(|| std::str::from_utf8(field.value).ok()?.trim().parse().ok())?
                });
                // RFC 9112 section 6.3: these two have no body.
                let length = length.filter(|_| !matches!(status, 204 | 304));
                let body: usize = length.unwrap_or(0).min(MAX_BODY);
                // The status is known, whatever becomes of the body.
                while input.len() < end + body && read_more(stream, &mut input).is_ok_and(|n| n > 0)
                {
                }
                return Ok(status);
            }
            Ok(httparse::Status::Partial) if input.len() < MAX_HEAD => {}
            _ => return Err(Failure::Protocol),
        }
        if read_more(stream, &mut input)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

/// Adds what one read gets. 0 at the end of the stream.
pub(crate) fn read_more(stream: &mut impl Read, input: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(n) => {
                input.extend_from_slice(&buffer[..n]);
                return Ok(n);
            }
            // The process was stopped and continues, for one.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.took.as_secs_f64() * 1000.0;
        write!(f, "HTTP {} in {milliseconds:.1} ms", self.status)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => f.write_str("timed out"),
                io::ErrorKind::UnexpectedEof => {
                    f.write_str("the connection was closed without a response")
                }
                _ => match tls_failure(error) {
                    Some(what) => f.write_str(what),
                    None => write!(f, "{error}"),
                },
            },
            Self::Protocol => f.write_str("what came is no HTTP/1.x response"),
        }
    }
}

/// The text of the library for the most frequent errors of TLS.
fn tls_failure(error: &io::Error) -> Option<&'static str> {
    match error.get_ref()?.downcast_ref()? {
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            Some("the server does not speak TLS")
        }
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            Some("the server's certificate is not from a trusted CA; a CA file can name others")
        }
        _ => None,
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Network(error) => Some(error),
            Self::Protocol => None,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}
