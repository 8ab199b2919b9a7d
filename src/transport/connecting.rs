//! Connects to one of several addresses (RFC 8305).

extern crate std;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::cancel::{Until, Watched};
use super::channel::poll;
use super::failure::{self, Failure};

/// The time after which the next address is tried in parallel: RFC 8305 section 5, Connection
/// Attempt Delay.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The maximum length of a poll for a connection that can be cancelled. On Windows and gVisor,
/// shutting the socket down does not end that poll.
const CONNECT_SLICE: Duration = Duration::from_millis(5);

/// Connects to the first of `addresses` that accepts the connection (RFC 8305).
pub(super) fn connect(
    addresses: &[SocketAddr],
    until: Until<'_>,
) -> Result<Arc<TcpStream>, Failure> {
    let mut race = Race { until, running: Vec::new(), failure: None };
    let mut addresses = by_turns(addresses).into_iter();
    let mut next_start = Instant::now();
    loop {
        let until_start = next_start.saturating_duration_since(Instant::now());
        if race.running.is_empty() || until_start.is_zero() {
            if let Some(address) = addresses.next() {
                match race.start(address)? {
                    Started::Connected(socket) => return Ok(socket),
                    Started::Running => next_start = later(ATTEMPT_DELAY),
                    Started::Failed => {}
                }
                continue;
            }
            if race.running.is_empty() {
                return Err(race.failure.unwrap_or(Failure::TimedOut));
            }
        }
        let running = race.running.len();
        let slice = if addresses.len() == 0 { Duration::MAX } else { until_start };
        if let Some(socket) = race.wait(slice)? {
            return Ok(socket);
        }
        if race.running.len() < running {
            // RFC 8305 section 5: an address that failed is followed by the next one at once.
            next_start = Instant::now();
        }
    }
}

fn later(delay: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(delay).unwrap_or(now)
}

/// The address families alternate, starting with that of the first address (RFC 8305 section 4).
fn by_turns(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let starts_with_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<SocketAddr>, Vec<SocketAddr>) =
        addresses.iter().partition(|address| address.is_ipv6() == starts_with_ipv6);
    let longest = first.len().max(second.len());
    (0..longest).flat_map(|at| [first.get(at), second.get(at)]).flatten().copied().collect()
}

/// Connection attempts in parallel.
struct Race<'a> {
    until: Until<'a>,
    running: Vec<Running<'a>>,
    /// The failure of the highest rank; of several, the last.
    failure: Option<Failure>,
}

struct Running<'a> {
    socket: Arc<TcpStream>,
    _watched: Option<Watched<'a>>,
}

enum Started {
    Connected(Arc<TcpStream>),
    Running,
    Failed,
}

impl Race<'_> {
    fn start(&mut self, address: SocketAddr) -> Result<Started, Failure> {
        self.until.left()?;
        let socket = match open(address) {
            Ok(socket) => Arc::new(socket),
            Err(error) => {
                self.fail(Failure::Io(error));
                return Ok(Started::Failed);
            }
        };
        let watched = self.until.watch(&socket)?;
        match SockRef::from(&*socket).connect(&address.into()) {
            Ok(()) => return Ok(Started::Connected(socket)),
            Err(error) if is_in_progress(&error) => {
                self.running.push(Running { socket, _watched: watched });
                return Ok(Started::Running);
            }
            Err(error) => self.fail(of_connect(error, address)),
        }
        Ok(Started::Failed)
    }

    /// Waits for at most `slice`. Returns the first connection.
    fn wait(&mut self, slice: Duration) -> Result<Option<Arc<TcpStream>>, Failure> {
        let mut timeout = self.until.left()?.min(slice);
        if self.until.can_be_cancelled() {
            timeout = timeout.min(CONNECT_SLICE);
        }
        let mut polled: Vec<PollFd<'_>> = self
            .running
            .iter()
            .map(|running| PollFd::new(&*running.socket, PollFlags::OUT))
            .collect();
        poll(&mut polled, timeout)?;
        let ready: Vec<bool> = polled.iter().map(|polled| !polled.revents().is_empty()).collect();
        // The error of a socket that a cancel shut down may be none.
        if self.until.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        for (at, _) in ready.iter().enumerate().rev().filter(|(_, ready)| **ready) {
            let Running { socket, .. } = self.running.swap_remove(at);
            match socket.take_error() {
                Ok(None) => return Ok(Some(socket)),
                Ok(Some(error)) | Err(error) => self.fail(Failure::Io(error)),
            }
        }
        Ok(None)
    }

    /// Keeps `failure`, unless an earlier one has a higher rank.
    fn fail(&mut self, failure: Failure) {
        let ranks_no_higher = |kept: &Failure| Rank::of(kept) <= Rank::of(&failure);
        if self.failure.as_ref().is_none_or(ranks_no_higher) {
            self.failure = Some(failure);
        }
    }
}

/// The rank of the failure of one address, in ascending order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// This machine has no route, no address or no support for the address family, for example no
    /// IPv6.
    NoWay,
    /// The peer refused, or anything else.
    Other,
    /// This machine lacks a resource.
    Shortage,
}

impl Rank {
    fn of(failure: &Failure) -> Self {
        match failure {
            Failure::NoPort(_) => Self::Shortage,
            Failure::Io(error) if failure::is_shortage(error) => Self::Shortage,
            Failure::Io(error) if has_no_way(error) => Self::NoWay,
            _ => Self::Other,
        }
    }
}

fn has_no_way(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable
    ) || Errno::from_io_error(error) == Some(Errno::AFNOSUPPORT)
}

fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // A request is one piece, and TLS flights must not be delayed.
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || matches!(Errno::from_io_error(error), Some(Errno::INPROGRESS | Errno::INTR))
}

/// For an IPv4 address, `EADDRNOTAVAIL` means that no local port is left. For IPv6 it can also mean
/// that this machine has no address from which to connect.
fn of_connect(error: io::Error, address: SocketAddr) -> Failure {
    if address.is_ipv4() && error.kind() == io::ErrorKind::AddrNotAvailable {
        Failure::NoPort(error)
    } else {
        Failure::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::error::ErrorKind;
    use crate::transport::cancel::Cancel;

    const LONG: Duration = Duration::from_secs(30);

    /// A listener at an address of this machine.
    fn listener(queue: i32) -> io::Result<(Socket, SocketAddr)> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.listen(queue)?;
        let address = socket.local_addr()?.as_socket();
        Ok((socket, address.ok_or(io::ErrorKind::Unsupported)?))
    }

    /// An address that neither accepts nor refuses, because its queue is full.
    fn stuck() -> io::Result<(Vec<Socket>, SocketAddr)> {
        let (listener, address) = listener(0)?;
        let mut held = Vec::from([listener]);
        for _ in 0..8 {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            socket.set_nonblocking(true)?;
            // In progress for ever, but for the first.
            drop(socket.connect(&address.into()));
            held.push(socket);
        }
        Ok((held, address))
    }

    /// An address at which nobody listens.
    fn refusing() -> io::Result<(Socket, SocketAddr)> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket();
        Ok((socket, address.ok_or(io::ErrorKind::Unsupported)?))
    }

    fn connect_timed(addresses: &[SocketAddr]) -> (Result<SocketAddr, Failure>, Duration) {
        let start = Instant::now();
        let connected = connect(addresses, Until::new(LONG, None));
        let peer = connected.and_then(|socket| socket.peer_addr().map_err(Failure::Io));
        (peer, start.elapsed())
    }

    #[test]
    fn an_address_that_does_not_answer_costs_a_quarter_of_a_second() -> io::Result<()> {
        let (_held, silent) = stuck()?;
        let (_listener, fine) = listener(8)?;
        let (peer, took) = connect_timed(&[silent, fine]);
        assert_eq!(peer.ok(), Some(fine));
        assert!((ATTEMPT_DELAY..ATTEMPT_DELAY * 8).contains(&took), "{took:?}");
        Ok(())
    }

    /// Waits are short then, and the end of one starts no attempt.
    #[test]
    fn a_send_that_can_be_cancelled_leaves_an_address_its_quarter_of_a_second() -> io::Result<()> {
        let (_held, silent) = stuck()?;
        let (_listener, fine) = listener(8)?;
        let (cancel, start) = (Cancel::new(), Instant::now());
        let connected = connect(&[silent, fine], Until::new(LONG, Some(&cancel)));
        assert!(start.elapsed() >= ATTEMPT_DELAY, "{:?}", start.elapsed());
        assert!(connected.is_ok_and(|socket| socket.peer_addr().is_ok_and(|peer| peer == fine)));
        Ok(())
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next_at_once() -> io::Result<()> {
        let (_unused, refusing) = refusing()?;
        let (_listener, fine) = listener(8)?;
        let (peer, took) = connect_timed(&[refusing, refusing, refusing, fine]);
        assert_eq!(peer.ok(), Some(fine));
        assert!(took < ATTEMPT_DELAY, "{took:?}");
        Ok(())
    }

    #[test]
    fn the_last_refusal_is_the_error() -> io::Result<()> {
        let (_unused, refusing) = refusing()?;
        let (failed, _) = connect_timed(&[refusing, refusing]);
        let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        assert!(matches!(failed, Err(Failure::Io(error)) if refused(&error)));
        Ok(())
    }

    /// The system rejects a broadcast address with "network is unreachable".
    #[cfg(target_os = "linux")]
    #[test]
    fn a_refusal_ranks_above_a_missing_route() -> io::Result<()> {
        let (_unused, refusing) = refusing()?;
        let unreachable = SocketAddr::from((Ipv4Addr::BROADCAST, 443));
        for addresses in [[refusing, unreachable], [unreachable, refusing]] {
            let (failed, _) = connect_timed(&addresses);
            let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
            assert!(matches!(failed, Err(Failure::Io(error)) if refused(&error)));
        }
        Ok(())
    }

    #[test]
    fn the_failure_of_the_highest_rank_is_the_error() {
        let system = |errno: Errno| Failure::Io(errno.into());
        let kept = |failures: [Failure; 3]| {
            let mut race = Race { until: Until::at_once(), running: Vec::new(), failure: None };
            failures.into_iter().for_each(|failure| race.fail(failure));
            race.failure.and_then(|failure| failure.in_connecting(&"peer").os_error())
        };
        let ipv4 = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let (refused, shortage) = (Errno::CONNREFUSED, Errno::MFILE);
        for no_way in
            [Errno::NETUNREACH, Errno::HOSTUNREACH, Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT]
        {
            let last = kept([system(no_way), system(refused), system(no_way)]);
            assert_eq!(last, Some(refused.raw_os_error()));
            let last = kept([system(refused), system(shortage), system(no_way)]);
            assert_eq!(last, Some(shortage.raw_os_error()));
            let last = kept([system(shortage), system(refused), system(no_way)]);
            assert_eq!(last, Some(shortage.raw_os_error()));
            let last = kept([without_port(ipv4), system(refused), system(no_way)]);
            assert_eq!(last, Some(Errno::ADDRNOTAVAIL.raw_os_error()));
        }
        let last = kept([system(shortage), system(refused), system(Errno::NOBUFS)]);
        assert_eq!(last, Some(Errno::NOBUFS.raw_os_error()), "of equal ones, the last");
    }

    fn without_port(address: SocketAddr) -> Failure {
        of_connect(io::Error::from_raw_os_error(Errno::ADDRNOTAVAIL.raw_os_error()), address)
    }

    #[test]
    fn a_missing_port_is_a_shortage_of_this_machine_towards_a_proxy_too() {
        let failure = || without_port(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)));
        let direct = failure().in_connecting(&"peer");
        let proxied = failure::of_proxy(failure().in_connecting(&"proxy"));
        for error in [direct, proxied] {
            assert_eq!((error.kind(), error.retryable()), (ErrorKind::Io, true), "{error}");
            assert_eq!(error.os_error(), Some(Errno::ADDRNOTAVAIL.raw_os_error()));
        }
    }

    #[test]
    fn an_ipv6_address_that_this_machine_lacks_is_an_error_of_connecting() {
        let failure = || without_port(SocketAddr::from((Ipv6Addr::LOCALHOST, 1)));
        assert_eq!(failure().in_connecting(&"peer").kind(), ErrorKind::Connect);
        let proxied = failure::of_proxy(failure().in_connecting(&"proxy"));
        assert_eq!(proxied.kind(), ErrorKind::Proxy);
    }

    #[test]
    fn families_take_turns_beginning_with_the_first() {
        let v4 = |n| SocketAddr::from((Ipv4Addr::new(192, 0, 2, n), 1));
        let v6 = |n| SocketAddr::from((Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, n), 1));
        assert_eq!(by_turns(&[v6(1), v6(2), v6(3), v4(1)]), [v6(1), v4(1), v6(2), v6(3)]);
        assert_eq!(by_turns(&[v4(1), v4(2), v6(1)]), [v4(1), v6(1), v4(2)]);
        assert_eq!(by_turns(&[]), []);
    }
}
