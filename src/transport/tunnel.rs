//! The tunnel through an HTTP proxy, by `CONNECT` (RFC 9110 section 9.3.6).

use alloc::format;
use core::fmt::Display;

use super::cancel::Until;
use super::channel::{Channel, Sent};
use super::failure::{self, Failure};
use super::pool::Peer;
use super::proxy::Proxy;
use crate::error::{Error, ErrorKind};
use crate::http1::{ConnectResponse, FaultKind, Reader, connect_request};
use crate::limits::Limits;

const USER_AGENT: &str = concat!("atlas-webhook/", env!("CARGO_PKG_VERSION"));

/// Opens a tunnel to `peer` over `channel`, which is a connection to `proxy`.
pub(super) fn open(
    channel: &mut dyn Channel,
    proxy: &Proxy,
    peer: &Peer,
    limits: Limits,
    until: Until<'_>,
) -> Result<(), Error> {
    let in_connecting = |failure: Failure| match failure {
        Failure::TimedOut => failure.in_connecting(&proxy.peer),
        other => failure::of_proxy(other.in_exchange(&proxy.peer)),
    };
    let request = connect_request(&format!("{peer}"), USER_AGENT, proxy.credentials.as_deref());
    send(channel, request.as_bytes(), until).map_err(in_connecting)?;
    judge(receive(channel, limits, until, in_connecting)?)
}

/// Sends until the proxy responds or closes the connection.
fn send(channel: &mut dyn Channel, mut request: &[u8], until: Until<'_>) -> Result<(), Failure> {
    while !request.is_empty() {
        match channel.send(request, true, until)? {
            Sent::Bytes(sent) => request = request.get(sent..).unwrap_or_default(),
            Sent::InputWaits | Sent::Closed => break,
        }
    }
    Ok(())
}

/// The status of the final response.
fn receive(
    channel: &mut dyn Channel,
    limits: Limits,
    until: Until<'_>,
    in_connecting: impl Fn(Failure) -> Error,
) -> Result<u16, Error> {
    let mut reader = Reader::<ConnectResponse>::new(limits);
    loop {
        let received = channel.receive(until).map_err(&in_connecting)?;
        let read =
            if received.is_empty() { reader.close().map(|()| 0) } else { reader.push(received) };
        let used = read.map_err(|fault| match fault.kind {
            FaultKind::ClosedEarly => refusal("closed the connection instead of opening a tunnel"),
            _ => refusal(format!("failed: {}", fault.text("its response", &limits))),
        })?;
        match reader.status() {
            // Nobody but the proxy can have sent it: the endpoint waits for the request.
            Some(200..=299) if used < received.len() => {
                return Err(refusal("sent bytes after its response to CONNECT"));
            }
            Some(status) => return Ok(status),
            None => {}
        }
    }
}

/// Whether a response with `status` opens the tunnel.
fn judge(status: u16) -> Result<(), Error> {
    match status {
        200..=299 => Ok(()),
        407 => Err(refusal("requires a user and a password, or rejected them (HTTP 407)")),
        _ => Err(refusal(format!("refused the tunnel (HTTP {status})"))),
    }
}

fn refusal(what: impl Display) -> Error {
    Error::new(ErrorKind::Proxy, format!("the proxy {what}"))
}
