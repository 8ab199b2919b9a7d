//! Registers a webhook over a socket of your own, here std's, blocking:
//! `cargo run --example own_socket -- ENDPOINT URL [CID]`.
//!
//! The state of [`Exchange`] is what to do next. All I/O is in one loop.

use std::env;
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use atlas_webhook::{Endpoint, Exchange, Registration, Reply, Request, State};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(10);

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
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    socket.set_write_timeout(Some(READ_TIMEOUT))?;
    let mut exchange = Exchange::new(&request);
    let mut buffer = [0; 4096];
    loop {
        match exchange.state() {
            State::WantSend => match socket.write(exchange.to_send()) {
                Ok(n) => drop(exchange.sent(n)?),
                // A signal. On Linux it can end each wait that has a timeout.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            },
            State::WantReceive => match socket.read(&mut buffer) {
                Ok(0) => drop(exchange.received_eof()?),
                Ok(n) => drop(exchange.received(&buffer[..n])?),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            },
            State::Done | State::Failed => return Ok(exchange.take_reply()?),
        }
    }
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
