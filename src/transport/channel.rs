//! Channels: bytes over non-blocking TCP, with or without TLS.
//!
//! Every wait is a poll for the rest of the deadline. A cancel shuts the socket down, which ends the
//! poll.

extern crate std;

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use super::cancel::Until;
use super::failure::Failure;

/// The size of the receive buffer, in bytes.
const PIECE: usize = 16 * 1024;

/// Bytes out and bytes in, with or without TLS.
pub(super) trait Channel: fmt::Debug + Send + Sync {
    /// Sends some of `bytes`, which are not empty. `stops_for_input`: input ends the wait until the
    /// peer accepts more.
    fn send(
        &mut self,
        bytes: &[u8],
        stops_for_input: bool,
        until: Until<'_>,
    ) -> Result<Sent, Failure>;

    /// The received bytes. Empty if the peer closed its side.
    fn receive(&mut self, until: Until<'_>) -> Result<&[u8], Failure>;

    /// Whether the channel can be used for another request: it is open, and no unexpected bytes
    /// were received.
    fn is_idle(&mut self) -> bool;
}

/// The progress of sending.
pub(super) enum Sent {
    Bytes(usize),
    /// The peer does not accept more at present, and bytes were received.
    InputWaits,
    /// The peer accepts no more. Bytes that it sent before may be waiting.
    Closed,
}

/// A connected socket.
pub(super) struct Tcp {
    socket: Arc<TcpStream>,
    buffer: Vec<u8>,
}

impl Tcp {
    pub(super) fn new(socket: Arc<TcpStream>) -> Self {
        Self { socket, buffer: vec![0; PIECE] }
    }
}

impl Channel for Tcp {
    fn send(
        &mut self,
        bytes: &[u8],
        stops_for_input: bool,
        until: Until<'_>,
    ) -> Result<Sent, Failure> {
        let events = if stops_for_input { PollFlags::IN | PollFlags::OUT } else { PollFlags::OUT };
        loop {
            // Not `SockRef::send`, with which SIGPIPE would end the process.
            let error = match (&*self.socket).write(bytes) {
                Ok(sent) => return Ok(Sent::Bytes(sent)),
                Err(error) => error,
            };
            match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => {
                    if wait(&self.socket, events, until)?.contains(PollFlags::IN) {
                        return Ok(Sent::InputWaits);
                    }
                }
                _ if until.is_cancelled() => return Err(Failure::Cancelled),
                kind if is_end(kind) => return Ok(Sent::Closed),
                _ => return Err(Failure::Io(error)),
            }
        }
    }

    fn receive(&mut self, until: Until<'_>) -> Result<&[u8], Failure> {
        loop {
            wait(&self.socket, PollFlags::IN, until)?;
            let received = (&*self.socket).read(&mut self.buffer);
            // A cancel appears as the end of the connection.
            if until.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            match received {
                Ok(length) => return Ok(self.buffer.get(..length).unwrap_or_default()),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                    ) => {}
                Err(error) => return Err(Failure::Io(error)),
            }
        }
    }

    fn is_idle(&mut self) -> bool {
        matches!(wait(&self.socket, PollFlags::IN, Until::at_once()), Err(Failure::TimedOut))
    }
}

impl fmt::Debug for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tcp").finish_non_exhaustive()
    }
}

/// Whether an error means the end of the connection.
pub(super) fn is_end(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
    )
}

/// Waits until one of `events` holds for `socket`, or it failed.
fn wait(socket: &TcpStream, events: PollFlags, until: Until<'_>) -> Result<PollFlags, Failure> {
    loop {
        let mut polled = [PollFd::new(socket, events)];
        if poll(&mut polled, until.left()?)? > 0 {
            let [polled] = &polled;
            return Ok(polled.revents());
        }
        if !until.waits() {
            return Err(Failure::TimedOut);
        }
    }
}

/// The number of ready sockets. 0 also after a signal.
pub(super) fn poll(sockets: &mut [PollFd<'_>], timeout: Duration) -> Result<usize, Failure> {
    let timeout = Timespec::try_from(timeout).ok();
    match rustix::event::poll(sockets, timeout.as_ref()) {
        Ok(ready) => Ok(ready),
        Err(Errno::INTR) => Ok(0),
        Err(error) => Err(Failure::Io(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;
    use std::net::TcpListener;

    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_peer_that_is_gone_accepts_no_more() -> io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let connected = TcpStream::connect(listener.local_addr()?)?;
        connected.set_nonblocking(true)?;
        drop(listener.accept()?);
        let mut tcp = Tcp::new(Arc::new(connected));
        let until = Until::new(LONG, None);
        // The peer's system resets the connection at the first bytes.
        let last = loop {
            match tcp.send(b"x", false, until) {
                Ok(Sent::Bytes(_)) => {}
                last => break last,
            }
        };
        assert!(matches!(last, Ok(Sent::Closed)));
        Ok(())
    }

    /// A socket for datagrams without an address to send to.
    #[cfg(unix)]
    #[test]
    fn another_failure_to_send_is_not_the_end_of_the_connection() -> io::Result<()> {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
        let mut tcp = Tcp::new(Arc::new(socket.into()));
        let sent = tcp.send(b"x", false, Until::new(LONG, None));
        assert!(matches!(sent, Err(Failure::Io(_))));
        Ok(())
    }
}
