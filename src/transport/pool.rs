//! Idle connections, kept for the next send.

extern crate std;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Instant;

use super::channel::Channel;
use super::waiting::lock;
use crate::register::request::Request;

/// How long a connection is kept.
const KEPT_FOR: Duration = Duration::from_secs(15);

/// The maximum number of kept connections. One has 16 KiB of buffers, with TLS 64 KiB.
const MOST_KEPT: usize = 32;

/// A connection to an endpoint, through a tunnel or not.
pub(super) struct Connection {
    pub(super) channel: Box<dyn Channel>,
    /// The socket that a cancel shuts down.
    pub(super) socket: Arc<TcpStream>,
    pub(super) peer: Peer,
}

/// The destination of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) is_tls: bool,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Peer {
    pub(super) fn of(request: &Request) -> Self {
        let host = String::from(request.host());
        Self { is_tls: request.is_tls(), host, port: request.port() }
    }

    fn is_of(&self, request: &Request) -> bool {
        self.port == request.port()
            && self.is_tls == request.is_tls()
            && self.host == request.host()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// The kept connections, the oldest first.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<(Instant, Connection)>>);

impl Pool {
    /// The newest connection that can be used for `request`.
    pub(super) fn take(&self, request: &Request) -> Option<Connection> {
        loop {
            let mut connection = self.take_youngest(request)?;
            // Without the lock, since TLS reads.
            if connection.channel.is_idle() {
                return Some(connection);
            }
        }
    }

    fn take_youngest(&self, request: &Request) -> Option<Connection> {
        let mut kept = lock(&self.0);
        let now = Instant::now();
        kept.retain(|(since, _)| now.saturating_duration_since(*since) < KEPT_FOR);
        let youngest = kept.iter().rposition(|(_, kept)| kept.peer.is_of(request))?;
        Some(kept.remove(youngest).1)
    }

    pub(super) fn keep(&self, connection: Connection) {
        let mut kept = lock(&self.0);
        if kept.len() >= MOST_KEPT {
            kept.remove(0);
        }
        kept.push((Instant::now(), connection));
    }

    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }
}
