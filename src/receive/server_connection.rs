//! The sans-I/O state machine of a server, for a socket of your own.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use core::{fmt, mem};

use crate::error::{Error, ErrorKind};
use crate::http1::{Expectation, Fault, Reader, Request};
use crate::limits::Limits;
use crate::receive::delivery::Delivery;
use crate::receive::event::Event;
use crate::receive::receiver::{Receiver, check_coding, check_method};
use crate::receive::status_response::{CONTINUE, response};

/// The state of a [`ServerConnection`].
///
/// ```
/// use atlas_webhook::{Receiver, ServerConnection, ServerState};
///
/// let receiver = Receiver::new("https://example.com/atlas/8f3c")?;
/// let mut connection = ServerConnection::new(&receiver);
/// assert_eq!(connection.state(), ServerState::WantReceive);
/// let state = connection.received(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")?;
/// assert_eq!(state, ServerState::WantSend); // 405 Method Not Allowed
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerState {
    /// Bytes of a request are required.
    WantReceive,
    /// A delivery is complete: [take its event](ServerConnection::take_event), store it, then
    /// [respond](ServerConnection::respond).
    WantResponse,
    /// Bytes in [`to_send`](ServerConnection::to_send) are to be sent.
    WantSend,
    /// The connection is finished. Close it in stages (RFC 9112 section 9.6): shut down the sending
    /// side, read and discard input until it ends or two seconds pass, then close. Otherwise a peer
    /// that is still sending loses the last response.
    WantClose,
}

impl ServerState {
    /// The name of the state in lower case with underscores, for example `want_send`. It is stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WantReceive => "want_receive",
            Self::WantResponse => "want_response",
            Self::WantSend => "want_send",
            Self::WantClose => "want_close",
        }
    }
}

/// [`as_str`](ServerState::as_str).
impl fmt::Display for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A sans-I/O HTTP/1.1 server for deliveries on one connection, in any event loop. Use it for a
/// socket behind a proxy that terminates TLS, or with your own TLS.
///
/// ```text
///               a whole delivery                  respond                   all sent
///  WantReceive ──────────────────► WantResponse ──────────► WantSend ──┬──► WantReceive: the next one
///       │                                                      ▲       └──► WantClose
///       └─ broken HTTP, another method or target, too large ───┘
/// ```
///
/// * Do not pass a byte twice. Bytes of the next request that arrive too early are kept: at most
///   the piece that was passed last.
/// * Input from the peer is never an error of [`received`](Self::received). After a rejected
///   request there is a response to send, and then the connection ends.
///   [`rejection`](Self::rejection) returns the cause, for the log.
/// * Rejected at once are broken HTTP, a method other than POST (405), a target that is not that of a
///   registered URL (404), a body over [`Limits::body`](crate::Limits::body) (413), a content coding
///   other than gzip (415) and an expectation other than `100-continue` (417). All other requests
///   wait for [`respond`](Self::respond), even if the body is not an event, so that the body can be
///   stored.
/// * Requests of HTTP/1.0 and 1.1 are read, with a length or chunked, one after the other or
///   pipelined. `100 Continue` is sent to those that expect it.
///
/// The examples `serve.rs` (a thread for each connection) and `serve_tokio.rs` are complete
/// programs.
///
/// It has no timer. Call [`timed_out`](Self::timed_out) when your timeout for the peer expires. Use
/// a longer timeout while it is [`idle`](Self::idle).
///
/// ```
/// use atlas_webhook::{Receiver, ServerConnection, ServerState};
///
/// let receiver = Receiver::new("https://example.com/atlas/8f3c")?;
/// let mut connection = ServerConnection::new(&receiver);
///
/// // Pass what the socket reads …
/// connection.received(b"POST /atlas/8f3c HTTP/1.1\r\nHost: example.com\r\n")?;
/// connection.received(b"Content-Length: 21\r\n\r\n{\"type\":\"order.void\"}")?;
///
/// // … respond to what came …
/// assert_eq!(connection.state(), ServerState::WantResponse);
/// let status = match connection.take_event() {
///     Ok(event) => 200, // once it is stored
///     Err(error) => error.response_status(),
/// };
/// connection.respond(status)?;
///
/// // … and write what is to be sent.
/// assert_eq!(connection.to_send(), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
/// connection.sent(connection.to_send().len())?;
/// assert_eq!(connection.state(), ServerState::WantReceive);
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
pub struct ServerConnection {
    receiver: Receiver,
    stage: Stage,
    reader: Reader<Request>,
    /// The rest of a `100 Continue`.
    interim: &'static [u8],
    response: Cow<'static, [u8]>,
    response_sent: usize,
    /// Pieces of later requests, of which this many bytes were read.
    early: Vec<u8>,
    early_read: usize,
    rejection: Option<Error>,
    /// The peer closed its side.
    ended: bool,
    /// The program wants to close.
    closing: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reading,
    /// A delivery waits for the program.
    Complete {
        taken: bool,
    },
    Responding {
        close: bool,
    },
    /// The response to a rejected request is being sent.
    Rejecting,
    Closed,
}

impl ServerConnection {
    /// Starts a connection. It has its own share of the receiver, which may be dropped.
    #[must_use]
    pub fn new(receiver: &Receiver) -> Self {
        Self {
            receiver: receiver.clone(),
            stage: Stage::Reading,
            reader: Reader::new(receiver.limits()),
            interim: &[],
            response: Cow::Borrowed(&[]),
            response_sent: 0,
            early: Vec::new(),
            early_read: 0,
            rejection: None,
            ended: false,
            closing: false,
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> ServerState {
        match self.stage {
            Stage::Reading if self.interim.is_empty() => ServerState::WantReceive,
            Stage::Reading | Stage::Responding { .. } | Stage::Rejecting => ServerState::WantSend,
            Stage::Complete { .. } => ServerState::WantResponse,
            Stage::Closed => ServerState::WantClose,
        }
    }

    /// Processes bytes that were received, all of them. Returns the new state. An empty slice
    /// changes nothing; for the end of the input call [`received_eof`](Self::received_eof).
    ///
    /// Call it in [`WantReceive`](ServerState::WantReceive). It may also be called while a `100
    /// Continue` is to be sent, and after a rejection, when the bytes are discarded.
    ///
    /// # Errors
    ///
    /// [`State`](crate::ErrorKind::State) while a delivery waits for its response, or while the
    /// response is to be sent. No byte is used.
    pub fn received(&mut self, bytes: &[u8]) -> Result<ServerState, Error> {
        match self.stage {
            Stage::Reading => {
                let read = self.read(bytes);
                if let (Stage::Complete { .. }, Some(rest @ [_, ..])) =
                    (self.stage, bytes.get(read..))
                {
                    self.early = rest.to_vec();
                    self.early_read = 0;
                }
            }
            Stage::Rejecting | Stage::Closed => {}
            Stage::Complete { .. } | Stage::Responding { .. } => {
                return Err(Error::state("the response to the last delivery is not sent yet"));
            }
        }
        Ok(self.state())
    }

    /// Records that the peer closed its side of the connection. Returns the new state.
    ///
    /// Within a request the connection ends without a response. A complete delivery is still
    /// responded to, because the peer may wait for the response. The last response has
    /// `Connection: close`, unless it was made before this call.
    ///
    /// # Errors
    ///
    /// None so far.
    pub fn received_eof(&mut self) -> Result<ServerState, Error> {
        self.ended = true;
        if self.stage == Stage::Reading {
            self.end();
        }
        Ok(self.state())
    }

    /// Records that your timeout for the peer expired. Returns the new state.
    ///
    /// An idle connection closes. Within a request, 408 is sent. While a delivery waits for its
    /// response, 503 is sent. If the peer does not read a response, the response is dropped.
    pub fn timed_out(&mut self) -> ServerState {
        let timeout =
            |what, status| Error::new(ErrorKind::Timeout, what).with_response_status(status);
        match self.stage {
            Stage::Reading if !self.reader.has_begun() => self.stage = Stage::Closed,
            Stage::Reading => {
                self.reject(timeout("the request was not received in time", 408));
            }
            Stage::Complete { .. } => {
                self.reject(timeout("the delivery was not responded to in time", 503));
            }
            Stage::Responding { .. } | Stage::Rejecting => {
                let error = timeout("the response was not sent in time", 408);
                self.rejection.get_or_insert(error);
                self.stage = Stage::Closed;
            }
            Stage::Closed => {}
        }
        self.state()
    }

    /// The bytes that remain to be sent. Send some or all of them, then pass their number to
    /// [`sent`](Self::sent). More may follow after all of them were sent.
    #[must_use]
    pub fn to_send(&self) -> &[u8] {
        match self.stage {
            Stage::Closed => &[],
            _ if self.interim.is_empty() => {
                self.response.get(self.response_sent..).unwrap_or_default()
            }
            _ => self.interim,
        }
    }

    /// Records that the first `n` bytes of [`to_send`](Self::to_send) were sent. Returns the new
    /// state. At the end of a response, bytes of the next request that were already received are
    /// processed, so the state may be
    /// [`WantResponse`](ServerState::WantResponse) again.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if `n` is more than remained.
    pub fn sent(&mut self, n: usize) -> Result<ServerState, Error> {
        let left = self.to_send().len();
        let Some(left) = left.checked_sub(n) else {
            return Err(Error::sent_too_many(n, left));
        };
        if let Some(interim) = self.interim.get(n..).filter(|_| !self.interim.is_empty()) {
            self.interim = interim;
            return Ok(self.state());
        }
        self.response_sent = self.response_sent.saturating_add(n);
        match self.stage {
            Stage::Responding { close } if left == 0 => self.next(close || self.closing),
            Stage::Rejecting if left == 0 => self.stage = Stage::Closed,
            _ => {}
        }
        Ok(self.state())
    }

    /// The delivery that waits for its response, as it was sent. The content coding of its body is
    /// not removed. Store this if [`take_event`](Self::take_event) fails.
    #[must_use]
    pub fn delivery(&self) -> Option<Delivery<'_>> {
        matches!(self.stage, Stage::Complete { .. }).then(|| Delivery {
            method: self.reader.method(),
            target: self.reader.target(),
            coding: self.reader.coding(),
            body: self.reader.body(),
        })
    }

    /// Returns the event of the delivery that waits for its response. It can be called once for
    /// each delivery.
    ///
    /// # Errors
    ///
    /// Those of [`Receiver::read`] for its body, each with the
    /// [`response_status`](Error::response_status) to respond with;
    /// [`State`](crate::ErrorKind::State) if no delivery waits, or if its event was returned
    /// before.
    pub fn take_event(&mut self) -> Result<Event, Error> {
        match self.stage {
            Stage::Complete { taken: false } => {
                self.stage = Stage::Complete { taken: true };
                self.receiver.read_body(self.reader.body(), self.reader.coding())
            }
            Stage::Complete { taken: true } => Err(Error::state("the event was taken before")),
            _ => Err(Error::state("no delivery waits for its response")),
        }
    }

    /// Responds to the delivery. Returns the new state. Respond with 200 after its event was
    /// stored, with the [`response_status`](Error::response_status) of an error if it is not an
    /// event, and with 503 if it should be sent again.
    ///
    /// The response has no content, and only 405 and 415 have a field of their own. Do not use 206,
    /// 401, 407 or 426: RFC 9110 requires a field with each, which is missing. No status closes the
    /// connection by itself: only the peer or [`close`](Self::close) does.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if `status` is not 200 to 599, or is 204, 205 or
    /// 304. [`State`](crate::ErrorKind::State) if no delivery waits.
    pub fn respond(&mut self, status: u16) -> Result<ServerState, Error> {
        if !matches!(self.stage, Stage::Complete { .. }) {
            return Err(Error::state("no delivery waits for its response"));
        }
        if !(200..600).contains(&status) || matches!(status, 204 | 205 | 304) {
            let message = format!(
                "{status} cannot be the status of a response to a delivery: it must be 200 to 599, \
                 except 204, 205 and 304"
            );
            return Err(Error::argument(message));
        }
        let close = self.closing || !self.reader.is_persistent();
        self.set_response(status, close || (self.ended && !self.is_followed()));
        self.stage = Stage::Responding { close };
        Ok(self.state())
    }

    /// The reason why a request was rejected, or why the connection ended within a request: the
    /// kind, the [offset](Error::offset) in the request, and the
    /// [`response_status`](Error::response_status) that is sent. No response is sent to a peer that
    /// closed. If the peer does not read the response to a delivery in time, the kind is
    /// [`Timeout`](ErrorKind::Timeout) and no other response is sent: the delivery itself was not
    /// rejected. `None` after an orderly end.
    #[must_use]
    pub fn rejection(&self) -> Option<&Error> {
        self.rejection.as_ref()
    }

    /// Whether the connection is idle: the state is [`WantReceive`](ServerState::WantReceive) and no
    /// byte of a request was received. A new connection is idle. Use a longer timeout for an idle
    /// connection than for a request: 75 s, for example, instead of 10 s.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.stage == Stage::Reading && !self.reader.has_begun()
    }

    /// Ends the connection in order, for example when the program stops. Returns the new state. An
    /// idle connection ends at once. Otherwise the current request is first read and responded to,
    /// with `Connection: close`. A response that was made before does not change, because its bytes
    /// may be in flight.
    pub fn close(&mut self) -> ServerState {
        self.closing = true;
        if self.idle() {
            self.stage = Stage::Closed;
        }
        self.state()
    }

    /// Continues reading. Returns how much of `input` belongs to the current request. Returns all
    /// of it if the request is rejected.
    fn read(&mut self, input: &[u8]) -> usize {
        let mut read = 0_usize;
        loop {
            let rest = input.get(read..).unwrap_or_default();
            match self.reader.push(rest) {
                Ok(used) => read = read.saturating_add(used),
                Err(fault) => {
                    self.reject(error_of(fault, &self.receiver.limits()));
                    return input.len();
                }
            }
            if !self.reader.is_paused() {
                break;
            }
            if let Err(error) = self.judge() {
                self.reject(error.at(self.reader.offset()));
                return input.len();
            }
            self.reader.resume();
            // RFC 9110 section 10.1.1: not if bytes of the body were received.
            if self.reader.expectation() == Expectation::Continue && read == input.len() {
                self.interim = CONTINUE;
            }
        }
        if self.reader.is_done() {
            self.stage = Stage::Complete { taken: false };
            self.drop_interim();
        }
        read
    }

    /// Whether the body of a request with this head is read. A client without the URL only learns
    /// that the target is wrong.
    fn judge(&self) -> Result<(), Error> {
        check_method(self.reader.method())?;
        self.receiver.check_target(self.reader.target())?;
        self.receiver.check_length(self.reader.length())?;
        check_coding(self.reader.coding())?;
        match self.reader.expectation() {
            Expectation::None | Expectation::Continue => Ok(()),
            Expectation::Unknown => {
                let what = "an expectation other than 100-continue";
                Err(Error::new(ErrorKind::Protocol, what).with_response_status(417))
            }
        }
    }

    /// Nothing after it is read (RFC 9112 section 9.6).
    #[cold]
    fn reject(&mut self, error: Error) {
        self.drop_interim();
        self.set_response(error.response_status(), true);
        self.forget_input();
        self.rejection = Some(error);
        self.stage = Stage::Rejecting;
    }

    /// A response that was started must be completed.
    fn drop_interim(&mut self) {
        if self.interim.len() == CONTINUE.len() {
            self.interim = &[];
        }
    }

    fn set_response(&mut self, status: u16, close: bool) {
        self.response = response(status, close);
        self.response_sent = 0;
    }

    fn forget_input(&mut self) {
        self.reader = Reader::new(self.receiver.limits());
        self.early = Vec::new();
        self.early_read = 0;
    }

    /// Whether the bytes that were received early contain another request with a response: a
    /// complete one, or one that is rejected. They are read again after this response, so each byte
    /// is read at most twice.
    fn is_followed(&self) -> bool {
        let mut next = Self::new(&self.receiver);
        next.read(self.early.get(self.early_read..).unwrap_or_default());
        next.stage != Stage::Reading
    }

    /// After a response: reads the received bytes of the next request.
    fn next(&mut self, close: bool) {
        self.response = Cow::Borrowed(&[]);
        self.response_sent = 0;
        self.reader = Reader::new(self.receiver.limits());
        if close {
            self.forget_input();
            self.stage = Stage::Closed;
            return;
        }
        self.stage = Stage::Reading;
        if !self.early.is_empty() {
            let early = mem::take(&mut self.early);
            let rest = early.get(self.early_read..).unwrap_or_default();
            let read = self.read(rest);
            if matches!(self.stage, Stage::Complete { .. }) && read < rest.len() {
                self.early_read = self.early_read.saturating_add(read);
                self.early = early;
            }
        }
        if self.ended && self.stage == Stage::Reading {
            self.end();
        }
    }

    /// The peer sends no more of this request.
    fn end(&mut self) {
        if self.reader.has_begun() {
            let closed = self.reader.close();
            self.rejection = closed.err().map(|fault| error_of(fault, &self.receiver.limits()));
        }
        self.forget_input();
        self.stage = Stage::Closed;
    }
}

fn error_of(fault: Fault, limits: &Limits) -> Error {
    let Fault { kind, offset, response_status, .. } = fault;
    Error::new(kind.into(), fault.text("the request", limits))
        .at(offset)
        .with_response_status(response_status)
}

/// Shows the state and sizes: the target is a secret, and a body contains names of people.
impl fmt::Debug for ServerConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerConnection")
            .field("state", &self.state())
            .field("idle", &self.idle())
            .field("to_send_len", &self.to_send().len())
            .finish_non_exhaustive()
    }
}
