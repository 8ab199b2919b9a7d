//! Maps failures of connecting and moving bytes to kinds of errors. The texts of rustls are not
//! used, because they may contain host names and bytes of the peer.

extern crate std;

use alloc::format;
use alloc::sync::Arc;
use core::fmt::{self, Display};
use std::io;

use rustix::io::Errno;
use rustls::{AlertDescription, CertificateError};

use super::channel;
use crate::error::{Error, ErrorKind as Kind};

/// The reason why a wait, a send or a receive failed.
#[derive(Debug)]
pub(super) enum Failure {
    Cancelled,
    TimedOut,
    /// The connection ended without `close_notify`.
    Truncated,
    /// No local port is left to connect from.
    NoPort(io::Error),
    Io(io::Error),
    Tls(Error),
}

impl Failure {
    /// Whether the peer, or what lies between, ended the connection.
    pub(super) fn is_end(&self) -> bool {
        match self {
            Self::Truncated => true,
            Self::Io(error) => channel::is_end(error.kind()),
            _ => false,
        }
    }

    /// Adds the error of the operating system to `error`, which it caused.
    pub(super) fn add_to(self, error: Error) -> Error {
        match self {
            Self::Io(source) | Self::NoPort(source) => with_source(error, source),
            _ => error,
        }
    }

    /// While a connection to `peer` was made.
    pub(super) fn in_connecting(self, peer: &dyn Display) -> Error {
        match self {
            Self::TimedOut => {
                Error::new(Kind::Timeout, format!("no connection to {peer} within the timeout"))
            }
            Self::Io(error) if is_shortage(&error) => {
                of_system(Kind::Io, format!("no connection to {peer}"), error)
            }
            Self::NoPort(error) => of_system(Kind::Io, format!("no connection to {peer}"), error),
            Self::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                let message = format!("{peer} refused the connection");
                with_source(Error::new(Kind::Connect, message), error)
            }
            Self::Io(error) => of_system(Kind::Connect, format!("{peer} cannot be reached"), error),
            other => other.in_exchange(peer),
        }
    }

    /// While TLS was established with `peer`.
    pub(super) fn in_handshake(self, peer: &dyn Display) -> Error {
        match self {
            Self::Truncated => Error::new(
                Kind::ClosedEarly,
                format!("{peer} closed the connection in the TLS handshake"),
            ),
            Self::TimedOut => {
                Error::new(Kind::Timeout, format!("no TLS connection to {peer} within the timeout"))
            }
            other => other.in_exchange(peer),
        }
    }

    /// On a connection to `peer`.
    pub(super) fn in_exchange(self, peer: &dyn Display) -> Error {
        match self {
            Self::Cancelled => cancelled(),
            Self::TimedOut => timeout(),
            Self::Truncated => Error::new(
                Kind::ClosedEarly,
                format!("{peer} closed the connection without TLS's close_notify"),
            ),
            Self::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
                with_source(timeout(), error)
            }
            Self::Io(error) | Self::NoPort(error) => {
                of_system(Kind::Io, format!("the connection to {peer} failed"), error)
            }
            Self::Tls(error) => error,
        }
    }
}

/// On the way to a tunnel, by the proxy `error` is about. A shortage of this machine stays `Io`.
pub(super) fn of_proxy(error: Error) -> Error {
    let is_of_proxy = match error.kind() {
        Kind::Resolve | Kind::Connect | Kind::ClosedEarly => true,
        Kind::Io => {
            // An error of kind `Io` has the second number only when no port is left.
            let is_shortage = |number| is_shortage_number(number) || number == NO_PORT;
            !error.os_error().is_some_and(is_shortage)
        }
        _ => false,
    };
    if !is_of_proxy {
        return error;
    }
    let message = format!("the proxy made no tunnel: {}", error.message());
    error.with_kind(Kind::Proxy, message)
}

pub(super) fn cancelled() -> Error {
    Error::new(Kind::Cancelled, "the call was cancelled")
}

/// The whole time allowed ran out.
pub(super) fn timeout() -> Error {
    Error::new(Kind::Timeout, "no response within the timeout")
}

/// An error with the system's message and number.
pub(super) fn of_system(kind: Kind, what: impl Display, error: io::Error) -> Error {
    with_source(Error::new(kind, format!("{what}: {error}")), error)
}

fn with_source(error: Error, source: io::Error) -> Error {
    let number = source.raw_os_error();
    error.with_source(number, Arc::new(source))
}

const NO_PORT: i32 = Errno::ADDRNOTAVAIL.raw_os_error();

/// Whether this machine lacks descriptors, memory or threads.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(is_shortage_number)
        || error.kind() == io::ErrorKind::OutOfMemory
}

fn is_shortage_number(number: i32) -> bool {
    #[cfg(not(windows))]
    const SHORTAGES: [Errno; 5] =
        [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::AGAIN];
    #[cfg(windows)]
    const SHORTAGES: [Errno; 2] = [Errno::MFILE, Errno::NOBUFS];
    SHORTAGES.iter().any(|shortage| shortage.raw_os_error() == number)
}

/// The other end of a TLS connection.
#[derive(Clone, Copy)]
pub(super) enum Party {
    Server,
    Proxy,
}

impl Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "the server",
            Self::Proxy => "the proxy",
        })
    }
}

/// The error of rustls on a connection to `party`.
pub(super) fn of_rustls(error: &io::Error, party: Party) -> Option<Error> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(|error| tls(error, party))
}

/// The check that failed on a connection to `party`.
pub(super) fn tls(error: &rustls::Error, party: Party) -> Error {
    use rustls::Error as Tls;
    let message = match error {
        Tls::InvalidCertificate(error) => format!("{party}'s certificate {}", certificate(error)),
        Tls::InvalidMessage(_) | Tls::InappropriateMessage { .. } => {
            format!("{party} does not speak TLS")
        }
        Tls::PeerIncompatible(_) | Tls::AlertReceived(AlertDescription::ProtocolVersion) => {
            format!("{party} has no TLS version or cipher in common with this library")
        }
        Tls::AlertReceived(_) => format!("{party} refused the TLS handshake"),
        _ => format!("TLS with {party} could not be established"),
    };
    Error::new(Kind::Tls, message)
}

const NOT_VALID: &str = "is not valid";

/// What is wrong with a certificate.
fn certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet"
        }
        CertificateError::UnknownIssuer => "is not from a trusted CA; a CA file can name others",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name"
        }
        CertificateError::Revoked => "was revoked",
        CertificateError::BadSignature => {
            "is not signed by the key of the trusted CA that it names"
        }
        CertificateError::BadEncoding => "cannot be parsed",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "is not for servers: its extended key usage does not name them"
        }
        CertificateError::Other(error) => match error.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "is that of a CA, which a server must not use as its own"
            }
            Some(webpki::Error::UnsupportedCertVersion) => "is not of X.509 version 3",
            _ => NOT_VALID,
        },
        _ => NOT_VALID,
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec;

    use rustls::{AlertDescription, CertificateError, ExtendedKeyPurpose, OtherError};

    use super::{Failure, Kind, Party, io, tls};

    /// When the peer's system acknowledges nothing any more, which takes minutes.
    #[test]
    fn a_timeout_of_the_system_is_a_timeout_and_not_the_end_of_the_connection() {
        let failure = Failure::Io(io::ErrorKind::TimedOut.into());
        assert!(!failure.is_end());
        assert_eq!(failure.in_exchange(&"peer").kind(), Kind::Timeout);
    }

    #[test]
    fn the_words_name_the_check_of_the_certificate_that_failed() {
        let other = |error: webpki::Error| CertificateError::Other(OtherError(Arc::new(error)));
        let client_only = CertificateError::InvalidPurposeContext {
            required: ExtendedKeyPurpose::ServerAuth,
            presented: vec![ExtendedKeyPurpose::ClientAuth],
        };
        for (error, word) in [
            (other(webpki::Error::CaUsedAsEndEntity), "is that of a CA"),
            (other(webpki::Error::UnsupportedCertVersion), "X.509 version 3"),
            (client_only, "extended key usage"),
            (CertificateError::InvalidPurpose, "extended key usage"),
            (CertificateError::BadEncoding, "cannot be parsed"),
            (CertificateError::BadSignature, "not signed by the key"),
            (CertificateError::Revoked, "was revoked"),
            (other(webpki::Error::EmptyEkuExtension), "is not valid"),
            (CertificateError::UnhandledCriticalExtension, "is not valid"),
        ] {
            let message = tls(&rustls::Error::InvalidCertificate(error), Party::Server);
            assert!(message.message().contains(word), "{message}");
        }
    }

    #[test]
    fn a_tls_error_names_the_other_end() {
        for error in [
            rustls::Error::InvalidCertificate(CertificateError::Expired),
            rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
            rustls::Error::AlertReceived(AlertDescription::ProtocolVersion),
            rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
            rustls::Error::HandshakeNotComplete,
        ] {
            let [server, proxy] = [Party::Server, Party::Proxy].map(|party| tls(&error, party));
            assert!(server.message().contains("the server"), "{server}");
            assert_eq!(proxy.message(), server.message().replace("the server", "the proxy"));
        }
    }
}
