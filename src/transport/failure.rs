//! Our kinds of error for ureq's and rustls's. Their texts are not taken over: they may hold host
//! names, URLs and what the peer wrote.

extern crate std;

use alloc::format;
use std::io;
use std::string::ToString;

use rustls::{AlertDescription, CertificateError};
use ureq::Timeout;

use crate::error::{Error, ErrorKind as Kind};

const NO_TUNNEL: &str = "the proxy made no connection to the host";

/// Why a try failed.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Whether this is how a kept connection fails that the server closed in the meantime.
    pub(super) may_be_stale: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, may_be_stale: false }
    }
}

/// Until the head of the answer was read. `through_proxy`: on the way to a connection by a proxy.
pub(super) fn before_answer(error: ureq::Error, through_proxy: bool) -> Failure {
    let may_be_stale = match &error {
        ureq::Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        ),
        _ => false,
    };
    let error = translate(&error);
    let error = match error.kind() {
        // Only the proxy is resolved and connected to from here.
        Kind::Resolve if through_proxy => {
            Error::new(Kind::Proxy, "the proxy's name has no address")
        }
        Kind::Connect if through_proxy => Error::new(Kind::Proxy, "no connection to the proxy"),
        Kind::ClosedEarly | Kind::Io | Kind::Protocol | Kind::Limit if through_proxy => {
            Error::new(Kind::Proxy, NO_TUNNEL)
        }
        _ => error,
    };
    Failure { error, may_be_stale }
}

/// Instead of a final answer: RFC 9110 section 7.8.
pub(super) fn not_final(http_status: u16) -> Error {
    Error::new(Kind::Protocol, "101 Switching Protocols was not asked for")
        .with_http_status(Some(http_status))
}

/// The whole time allowed ran out.
pub(super) fn timeout() -> Error {
    Error::new(Kind::Timeout, "no answer within the timeout")
}

/// While the body was read.
pub(super) fn in_body(error: ureq::Error, http_status: u16) -> Failure {
    Failure::from(translate(&error).with_http_status(Some(http_status)))
}

fn translate(error: &ureq::Error) -> Error {
    match error {
        ureq::Error::Timeout(Timeout::Resolve) => {
            Error::new(Kind::Timeout, "the name could not be resolved in time")
        }
        ureq::Error::Timeout(Timeout::Connect) => {
            Error::new(Kind::Timeout, "no connection within its timeout")
        }
        ureq::Error::Timeout(_) => timeout(),
        ureq::Error::HostNotFound => Error::new(Kind::Resolve, "the host name has no address"),
        ureq::Error::ConnectionFailed => Error::new(Kind::Connect, "no connection to the host"),
        ureq::Error::ConnectProxyFailed(reason) if reason.contains("407") => {
            Error::new(Kind::Proxy, "the proxy wants other credentials")
        }
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
            Error::new(Kind::Proxy, NO_TUNNEL)
        }
        ureq::Error::LargeResponseHeader(..) => {
            Error::new(Kind::Limit, "the header section is over its limit")
        }
        ureq::Error::BodyExceedsLimit(_) => Error::new(Kind::Limit, "the body is over its limit"),
        ureq::Error::Rustls(error) => tls(error),
        ureq::Error::Tls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired => {
            Error::new(Kind::Tls, "TLS could not be established")
        }
        ureq::Error::Io(error) => io(error),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
            Error::new(Kind::Protocol, "the answer is not sound HTTP/1.x")
        }
        ureq::Error::BodyStalled => {
            Error::new(Kind::ClosedEarly, "the connection was closed before the answer was whole")
        }
        _ => Error::new(Kind::Io, "the request could not be sent"),
    }
}

fn io(error: &io::Error) -> Error {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls(error);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::new(Kind::Connect, "the connection was refused"),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => {
            Error::new(Kind::Connect, "the host cannot be reached")
        }
        io::ErrorKind::UnexpectedEof => {
            Error::new(Kind::ClosedEarly, "the connection was closed before the answer was whole")
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => timeout(),
        // A failed look-up has no kind of its own; this is std's wording.
        _ if error.to_string().starts_with("failed to lookup address") => {
            Error::new(Kind::Resolve, "the host name could not be resolved")
        }
        kind => Error::new(Kind::Io, format!("the connection failed: {kind}")),
    }
}

/// Which check failed.
fn tls(error: &rustls::Error) -> Error {
    use rustls::Error as Tls;
    let what = match error {
        Tls::InvalidCertificate(error) => certificate(error),
        Tls::InvalidMessage(_) | Tls::InappropriateMessage { .. } => {
            "the server does not speak TLS"
        }
        Tls::PeerIncompatible(_) | Tls::AlertReceived(AlertDescription::ProtocolVersion) => {
            "no TLS version or cipher in common with the server"
        }
        Tls::AlertReceived(_) => "the server refused the TLS handshake",
        Tls::General(text) if text.starts_with("No CA certificates") => {
            "the system has no store of trusted certificates; set a CA file"
        }
        _ => "TLS could not be established",
    };
    Error::new(Kind::Tls, what)
}

fn certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet"
        }
        CertificateError::UnknownIssuer => "the server's certificate is not from a trusted CA",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another name"
        }
        CertificateError::Revoked => "the server's certificate was revoked",
        CertificateError::BadSignature => "the server's certificate has a bad signature",
        _ => "the server's certificate is not valid",
    }
}
