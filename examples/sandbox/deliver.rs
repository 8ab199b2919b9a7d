//! What Atlas sends to a registered URL: one `POST` for each event, with the header fields that its
//! sandbox sent on 2026-08-15.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::str;
use std::time::Duration;

/// An event of the type `order.ticketed`, as that sandbox sent it.
pub const TICKETED: &[u8] = include_bytes!("../../samples/ticketed.json");

/// How long connecting, and each read and write, may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where a registered URL leads on this machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Destination {
    address: SocketAddr,
    /// Host and port, as in the URL.
    authority: String,
    /// Path and query.
    target: String,
}

impl Destination {
    /// None unless it is an http URL of a loopback address: nothing is sent to another machine.
    pub fn of(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("http://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, 80),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = |address: IpAddr| address.is_loopback();
        if host != "localhost" && !host.parse().is_ok_and(is_loopback) {
            return None;
        }
        Some(Self {
            address: (host, port).to_socket_addrs().ok()?.find(|found| is_loopback(found.ip()))?,
            authority: authority.to_owned(),
            target: if target.starts_with('/') { target.to_owned() } else { format!("/{target}") },
        })
    }

    /// Posts an event, and returns the HTTP status of the response.
    pub fn post(&self, body: &[u8]) -> io::Result<u16> {
        let mut socket = TcpStream::connect_timeout(&self.address, TIMEOUT)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        let head = format!(
            "POST {} HTTP/1.1\r\n\
             Accept-Encoding: gzip\r\n\
             User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
             Gecko) Chrome/75.0.3770.142 Safari/537.36 Hutool\r\n\
             Content-Type: application/json;charset=UTF-8\r\n\
             Host: {}\r\n\
             Connection: keep-alive\r\n\
             Content-Length: {}\r\n\
             \r\n",
            self.target,
            self.authority,
            body.len(),
        );
        socket.write_all(&[head.as_bytes(), body].concat())?;
        status(&mut socket)
    }
}

/// The status of a response, of which nothing else counts.
fn status(socket: &mut TcpStream) -> io::Result<u16> {
    let mut line = [0; 12];
    socket.read_exact(&mut line)?;
    let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9', b' ', digits @ ..] = &line else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the response is not HTTP/1.x"));
    };
    let status = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the response has no status"))
}
