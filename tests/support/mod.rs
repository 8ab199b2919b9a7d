//! Shared by several test files: a sample request, a driver for a socket, and the comparison of
//! results.

// Each test file uses its own part of it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use atlas_webhook::{
    Endpoint, Error, ErrorKind, Exchange, Registration, Reply, Request, Response, State,
};

pub(crate) const CLIENT_ID: &str = "client-5f2e";
pub(crate) const CLIENT_SECRET: &str = "secret-b81d9c";
pub(crate) const TOKEN: &str = "token-7733aa";
pub(crate) const WEBHOOK: &str = "https://example.com/atlas/webhook?token=token-7733aa";
pub(crate) const CID: &str = "XXXXXXXX";

/// The sample registration at `base_url`, with credentials.
pub(crate) fn request(base_url: &str) -> Request {
    let mut endpoint = Endpoint::new(base_url).unwrap();
    endpoint.set_credentials(CLIENT_ID, CLIENT_SECRET).unwrap();
    let mut registration = Registration::new(WEBHOOK).unwrap();
    registration.set_cid(CID).unwrap();
    Request::registration(&endpoint, &registration).unwrap()
}

/// Everything on which a caller can decide, without the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Reply {
        message: String,
        request_id: Option<String>,
        http_status: u16,
    },
    Error {
        kind: ErrorKind,
        http_status: Option<u16>,
        api_status: Option<i64>,
        api_message: Option<String>,
        request_id: Option<String>,
        retry_after: Option<Duration>,
        retryable: bool,
    },
}

impl Outcome {
    pub(crate) fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Reply { .. } => None,
            Self::Error { kind, .. } => Some(*kind),
        }
    }
}

impl From<Result<Reply, Error>> for Outcome {
    fn from(result: Result<Reply, Error>) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        match result {
            Ok(reply) => Self::Reply {
                message: reply.message().to_owned(),
                request_id: text(reply.request_id()),
                http_status: reply.http_status(),
            },
            Err(error) => Self::Error {
                kind: error.kind(),
                http_status: error.http_status(),
                api_status: error.api_status(),
                api_message: text(error.api_message()),
                request_id: text(error.request_id()),
                retry_after: error.retry_after(),
                retryable: error.retryable(),
            },
        }
    }
}

pub(crate) fn connect(request: &Request) -> TcpStream {
    TcpStream::connect((request.host(), request.port())).unwrap()
}

/// Drives an exchange over `socket` to its end, done or failed.
pub(crate) fn drive(exchange: &mut Exchange, socket: &mut TcpStream) {
    // Odd and small, so that a response arrives in several pieces.
    let mut buffer = [0; 37];
    loop {
        match exchange.state() {
            State::WantSend => {
                let n = socket.write(exchange.to_send()).unwrap();
                exchange.sent(n).unwrap();
            }
            // The state contains a failure.
            State::WantReceive => match socket.read(&mut buffer).unwrap() {
                0 => drop(exchange.received_eof()),
                n => drop(exchange.received(&buffer[..n])),
            },
            State::Done | State::Failed => return,
        }
    }
}

/// Sends `request` over a socket of its own.
pub(crate) fn send_over_socket(request: &Request) -> Result<Reply, Error> {
    let mut exchange = Exchange::new(request);
    drive(&mut exchange, &mut connect(request));
    exchange.take_reply()
}

/// Sends raw bytes and reads the response to them, up to the end of the connection.
pub(crate) fn raw_answer(base_url: &str, bytes: &[u8]) -> Vec<u8> {
    let mut socket = connect(&request(base_url));
    socket.write_all(bytes).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    answer
}

/// Reads a response that was received in another way, by the library's own reader.
pub(crate) fn response(base_url: &str, answer: &[u8]) -> Response {
    let mut exchange = Exchange::new(&request(base_url));
    exchange.received(answer).unwrap();
    exchange.received_eof().unwrap();
    exchange.take_response().unwrap()
}
