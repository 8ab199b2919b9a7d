//! What Atlas sends to a registered URL: one `POST` for each event, with the header fields that its
//! sandbox sent on 2026-08-15.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use crate::coding::{chunked, gzip};

/// In how many pieces at most the body is sent if that shall take time.
const PIECES: usize = 16;

/// A delivery: an event, and how it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The event, usually JSON.
    pub body: Vec<u8>,
    /// Posts it to another target than that of the URL, as a stranger would who does not know it.
    pub forged: bool,
    /// Sends the body in the chunked coding. Default: `Content-Length`.
    pub chunked: bool,
    /// Compresses the body, and sends `Content-Encoding: gzip`.
    pub gzip: bool,
    /// How long sending the body takes. Default: no longer than necessary.
    pub duration: Duration,
}

impl Delivery {
    /// A delivery of this event as Atlas posts it.
    pub fn new(body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// Writes the request.
    pub(crate) fn write(
        &self,
        socket: &mut dyn Write,
        authority: &str,
        target: &str,
    ) -> io::Result<()> {
        let mut body = if self.gzip { gzip(&self.body) } else { self.body.clone() };
        let coding = if self.gzip { "Content-Encoding: gzip\r\n" } else { "" };
        let framing = if self.chunked {
            body = chunked(&body);
            "Transfer-Encoding: chunked".to_owned()
        } else {
            format!("Content-Length: {}", body.len())
        };
        // One more byte is another target, and as valid as before.
        let guess = if self.forged { "x" } else { "" };
        let head = format!(
            "POST {target}{guess} HTTP/1.1\r\n\
             Accept-Encoding: gzip\r\n\
             User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
             Gecko) Chrome/75.0.3770.142 Safari/537.36 Hutool\r\n\
             Content-Type: application/json;charset=UTF-8\r\n\
             {coding}\
             Host: {authority}\r\n\
             Connection: keep-alive\r\n\
             {framing}\r\n\
             \r\n",
        );
        if self.duration.is_zero() {
            socket.write_all(&[head.as_bytes(), &body].concat())?;
        } else {
            socket.write_all(head.as_bytes())?;
            socket.flush()?;
            let pieces = body.chunks(body.len().div_ceil(PIECES).max(1));
            let pause = self.duration.div_f64(pieces.len() as f64);
            for piece in pieces {
                thread::sleep(pause);
                socket.write_all(piece)?;
                socket.flush()?;
            }
        }
        socket.flush()
    }
}
