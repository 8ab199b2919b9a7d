//! One connection of the sandbox: requests in, responses out, and deliveries after a registration.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::destination::{Destination, read_more};
use crate::log::Entry;
use crate::received::{Head, MAX_BODY, MAX_HEAD, Received, parse};
use crate::response::{Content, Framing, Response};
use crate::sandbox::Shared;
use crate::tls::Stream;
use crate::verdict::{Verdict, asks_for_requests, judge};

/// A connection, served by a thread of its own.
pub(crate) struct Connection {
    number: usize,
    stream: Stream,
    /// Bytes that were read and not yet used.
    input: Vec<u8>,
    shared: Arc<Shared>,
}

impl Connection {
    pub(crate) fn new(
        number: usize,
        socket: Arc<TcpStream>,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let stream = Stream::new(socket, shared.tls.as_ref())?;
        Ok(Self { number, stream, input: Vec::new(), shared })
    }

    /// Until the peer closes, or a response ends the connection.
    pub(crate) fn serve(mut self) -> io::Result<()> {
        while let Some(head) = self.read_head()? {
            let next = match head {
                Ok(head) => match self.read_body(head)? {
                    Some((request, keep_alive)) => self.respond(&request, keep_alive)?,
                    None => break,
                },
                Err(verdict) => {
                    self.shared.log(&Entry::Unusable { connection: self.number });
                    self.send(&Response::default(), &verdict, None, false)?
                }
            };
            if next.is_break() {
                return self.linger();
            }
        }
        Ok(())
    }

    /// None if the peer closed instead.
    fn read_head(&mut self) -> io::Result<Option<Result<Head, Verdict>>> {
        loop {
            if let Some(head) = parse(&self.input, self.number) {
                return Ok(Some(head));
            }
            if self.read_more()? == 0 {
                return Ok(None);
            }
        }
    }

    /// None if the peer closed before the end of the body.
    fn read_body(&mut self, head: Head) -> io::Result<Option<(Received, bool)>> {
        let Head { mut request, body_length, length, keep_alive } = head;
        while self.input.len() < length + body_length {
            if self.read_more()? == 0 {
                return Ok(None);
            }
        }
        request.body = self.input.drain(..length + body_length).skip(length).collect();
        Ok(Some((request, keep_alive)))
    }

    fn read_more(&mut self) -> io::Result<usize> {
        read_more(&mut self.stream, &mut self.input)
    }

    /// Continues while another request may follow.
    fn respond(&mut self, request: &Received, keep_alive: bool) -> io::Result<ControlFlow<()>> {
        if asks_for_requests(request, &self.shared.options) {
            return self.list_requests(keep_alive);
        }
        let response = self.shared.record(request);
        self.shared.log(&Entry::Request(request));
        let verdict = judge(request, &self.shared.options);
        self.shared.sleep(response.delay)?;
        let next = self.send(&response, &verdict, Some(request), keep_alive)?;
        if verdict.is_success() && response.can_succeed() {
            self.deliver(request);
        }
        Ok(next)
    }

    /// Responds with the requests so far. They have credentials, which other machines do not get.
    fn list_requests(&mut self, keep_alive: bool) -> io::Result<ControlFlow<()>> {
        if !self.stream.socket().peer_addr()?.ip().to_canonical().is_loopback() {
            let verdict = Verdict::http(403, "only this machine may list the requests");
            return self.send(&Response::default(), &verdict, None, keep_alive);
        }
        let requests = self.shared.requests().iter().map(Received::to_json).collect();
        let content = Content::Body(Value::Array(requests).to_string().into_bytes());
        let response = Response { content, ..Response::default() };
        let rendered = response.render(&Verdict::success(), false, keep_alive);
        self.stream.write_all(&rendered.bytes)?;
        self.stream.flush()?;
        Ok(if keep_alive { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    /// Posts the deliveries to the URL that was registered, if it leads to this machine.
    fn deliver(&self, registration: &Received) {
        let parameters: Value = serde_json::from_slice(&registration.body).unwrap_or_default();
        let url = parameters.get("url").and_then(Value::as_str).unwrap_or_default();
        let Ok(destination) = Destination::new(url) else { return };
        if destination.is_tls() || !destination.is_loopback() {
            return;
        }
        for delivery in &self.shared.options.deliveries {
            self.shared.log(&Entry::Delivery {
                connection: self.number,
                length: delivery.body.len(),
                outcome: &destination.post(delivery),
            });
        }
    }

    /// Sends what `response` makes of `verdict`. The request is known if it was usable.
    fn send(
        &mut self,
        response: &Response,
        verdict: &Verdict,
        request: Option<&Received>,
        keep_alive: bool,
    ) -> io::Result<ControlFlow<()>> {
        let stays = keep_alive
            && !response.http10
            && response.framing != Framing::UntilClose
            && !matches!(response.content, Content::Raw(_));
        let accepts_gzip = request.is_some_and(|request| request.lists("Accept-Encoding", "gzip"));
        let mut rendered = response.render(verdict, accepts_gzip, stays);
        if request.is_some_and(|request| request.method == "HEAD") {
            // RFC 9110 section 9.3.2.
            rendered.bytes.truncate(rendered.head);
        }
        self.shared.log(&Entry::Response {
            connection: self.number,
            http_status: rendered.http_status,
            body: &rendered.body,
        });
        let whole = &rendered.bytes[..];
        let bytes = response.cut.and_then(|n| whole.get(..n)).unwrap_or(whole);
        match response.trickle {
            None => self.stream.write_all(bytes)?,
            Some(pause) => {
                for byte in bytes.chunks(1) {
                    self.shared.sleep(pause)?;
                    self.stream.write_all(byte)?;
                }
            }
        }
        self.stream.flush()?;
        if stays && response.cut.is_none() {
            return Ok(ControlFlow::Continue(()));
        }
        if bytes.len() == whole.len() {
            self.stream.close_notify()?;
        }
        Ok(ControlFlow::Break(()))
    }

    /// Closes in stages: unread bytes of the peer would reset the connection, and the end of the
    /// response could be lost (RFC 9112 section 9.6).
    fn linger(mut self) -> io::Result<()> {
        self.stream.socket().shutdown(Shutdown::Write)?;
        self.stream.socket().set_read_timeout(Some(Duration::from_secs(1)))?;
        while self.input.len() < MAX_HEAD + MAX_BODY && self.read_more()? > 0 {}
        Ok(())
    }
}
