//! `--transport`: each response over a loopback socket through the bundled transport, whole and byte by
//! byte, then closed. It must mean what an exchange says at the end of the input.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use atlas_webhook::{Error, Exchange, Reply, Request, Transport};
use serde::Deserialize;

use crate::{Bytes, Outcome, http};

/// A server that sends what it was told last to every request, and closes the connection.
pub(crate) struct Server {
    request: Request,
    response: Arc<Mutex<Pieces>>,
}

#[derive(Deserialize)]
struct Case {
    kind: Option<String>,
    method: Option<String>,
    #[serde(rename = "bytes_b64")]
    bytes: Option<Bytes>,
}

#[derive(Clone, Default)]
struct Pieces {
    bytes: Vec<u8>,
    length: usize,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let response = Arc::new(Mutex::new(Pieces::default()));
        let current = Arc::clone(&response);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let response = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
                // A client that has enough closes the connection.
                drop(serve(socket, &response));
            }
        });
        Ok(Self { request: http::request_to(&format!("http://{address}")), response })
    }

    pub(crate) fn judge(&self, line: &str) -> Result<Outcome, String> {
        let case: Case = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let (Some(kind), Some(Bytes(bytes))) = (case.kind, case.bytes) else {
            return Ok(Outcome::Skipped);
        };
        match (kind.as_str(), case.method.as_deref()) {
            // The library never sends it.
            ("http-response", Some("HEAD")) => Ok(Outcome::Skipped),
            ("http-response", _) => Ok(self.run(&bytes)),
            ("json-status-msg" | "json-text", _) => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
                Ok(self.run(&[head.as_bytes(), &bytes].concat()))
            }
            _ => Ok(Outcome::Skipped),
        }
    }

    fn run(&self, bytes: &[u8]) -> Outcome {
        let expected = meaning(&by_exchange(&self.request, bytes));
        for (how, length) in [("whole", bytes.len().max(1)), ("byte by byte", 1)] {
            *self.response.lock().unwrap_or_else(PoisonError::into_inner) =
                Pieces { bytes: bytes.to_vec(), length };
            let ours = meaning(&self.by_transport());
            if ours != expected {
                return Outcome::Failed {
                    expected: format!("as the exchange: {expected}"),
                    ours: format!("sent {how}: {ours}"),
                };
            }
        }
        Outcome::Held
    }

    fn by_transport(&self) -> Result<Reply, Error> {
        let mut transport = Transport::new()?;
        transport.set_timeout(Duration::from_secs(60))?;
        transport.send(&self.request)
    }
}

fn by_exchange(request: &Request, bytes: &[u8]) -> Result<Reply, Error> {
    let mut exchange = Exchange::new(request);
    exchange.sent(exchange.to_send().len())?;
    exchange.received(bytes)?;
    exchange.received_eof()?;
    exchange.take_reply()
}

/// All that a result says, without the number of attempts.
fn meaning(result: &Result<Reply, Error>) -> String {
    match result {
        Ok(reply) => {
            format!("HTTP {}, {:?}, {:?}", reply.http_status(), reply.message(), reply.request_id())
        }
        Err(error) => format!(
            "{:?} at {:?}, HTTP {:?}, status {:?}, {:?}, retry after {:?}, {error}",
            error.kind(),
            error.offset(),
            error.http_status(),
            error.api_status(),
            error.api_message(),
            error.retry_after(),
        ),
    }
}

fn serve(mut socket: TcpStream, response: &Pieces) -> io::Result<()> {
    socket.set_nodelay(true)?;
    // The body of the request ends with the only brace in it.
    let mut last = [0; 4096];
    loop {
        match socket.read(&mut last)? {
            0 => return Ok(()),
            n if last.get(..n).is_some_and(|piece| piece.ends_with(b"}")) => break,
            _ => {}
        }
    }
    response.bytes.chunks(response.length).try_for_each(|piece| socket.write_all(piece))
}
