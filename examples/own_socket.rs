//! Registers a webhook over a socket of your own, here std's, blocking:
//! `cargo run --example own_socket -- ENDPOINT URL [CID]`.
//!
//! The state of [`Exchange`] is what to do next. All I/O is in one loop.

use std::env;
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use atlas_webhook::{Endpoint, Exchange, Registration, Reply, Request, State};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For sending and receiving.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match register() {
        Ok(reply) => {
            println!("registered: HTTP status {}", reply.http_status());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("not registered: {error}");
            if let Some(error) = error.downcast_ref::<atlas_webhook::Error>() {
                eprintln!("retryable: {}; {error:?}", error.retryable());
            }
            ExitCode::FAILURE
        }
    }
}

fn register() -> Result<Reply, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (endpoint, url, cid) = match &arguments[..] {
        [endpoint, url] => (endpoint, url, None),
        [endpoint, url, cid] => (endpoint, url, Some(cid)),
        _ => return Err("usage: own_socket ENDPOINT URL [CID]".into()),
    };
    let mut registration = Registration::new(url)?;
    if let Some(cid) = cid {
        registration.set_cid(cid)?;
    }
    let request = Request::registration(&Endpoint::new(endpoint)?, &registration)?;
    if request.is_tls() {
        return Err("https needs a TLS stream in place of the TcpStream; try an http URL".into());
    }

    let mut socket = connect(request.host(), request.port())?;
    let deadline = Instant::now() + TIMEOUT;
    let mut exchange = Exchange::new(&request);
    let mut buffer = [0; 4096];
    loop {
        let state = exchange.state();
        if matches!(state, State::Done | State::Failed) {
            return Ok(exchange.take_reply()?);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("there was no response in time".into());
        }
        socket.set_read_timeout(Some(left))?;
        socket.set_write_timeout(Some(left))?;
        let moved = match state {
            State::WantSend => socket.write(exchange.to_send()),
            _ => socket.read(&mut buffer),
        };
        match (state, moved) {
            (_, Err(error)) if is_end_of_wait(&error) => {}
            (_, Err(error)) => return Err(error.into()),
            (State::WantSend, Ok(n)) => drop(exchange.sent(n)?),
            (_, Ok(0)) => drop(exchange.received_eof()?),
            (_, Ok(n)) => drop(exchange.received(&buffer[..n])?),
        }
    }
}

/// The time is over, or a signal came. The socket is usable in both cases.
fn is_end_of_wait(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// The first address of the host that responds.
fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}
