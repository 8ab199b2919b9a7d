//! The sans-I/O state machine for a socket of your own.

use core::fmt;

use crate::error::Error;
use crate::http1::{self, Fault, Reader};
use crate::register::reply::Reply;
use crate::register::request::Request;
use crate::register::response::Response;

/// The state of an [`Exchange`].
///
/// ```
/// use atlas_webhook::{Endpoint, Exchange, Registration, Request, State};
///
/// let registration = Registration::new("https://example.com/atlas/t0ken")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let mut exchange = Exchange::new(&request);
/// assert_eq!(exchange.state(), State::WantSend);
/// assert_eq!(exchange.sent(request.bytes().len())?, State::WantReceive);
/// assert_eq!(State::WantReceive.as_str(), "want_receive");
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Bytes in [`to_send`](Exchange::to_send) are to be sent.
    WantSend,
    /// Everything was sent. Bytes of the response are required.
    WantReceive,
    /// The response is complete. Call [`take_reply`](Exchange::take_reply).
    Done,
    /// The HTTP was invalid. [`take_reply`](Exchange::take_reply) returns the error. The connection
    /// cannot be reused.
    Failed,
}

impl State {
    /// The name of the state in lower case with underscores, for example `want_send`. It is stable.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WantSend => "want_send",
            Self::WantReceive => "want_receive",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// [`as_str`](State::as_str).
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A sans-I/O HTTP/1.1 client for one request and its response. It works over any connection and in
/// any event loop.
///
/// ```text
///             sent                  received, received_eof
///  WantSend ────────► WantReceive ─────────────────────────► Done ──► take_reply
///     │                    │
///     │ received: an early │                               Failed ──► take_reply returns the error
///     └─ response is read ─┴─ not HTTP, over a limit, truncated ─┘
/// ```
///
/// * Do not pass a byte twice. [`received`](Self::received) consumes all bytes that belong to the
///   response, regardless of how they are split into reads.
/// * [`sent`](Self::sent), [`received`](Self::received) and [`received_eof`](Self::received_eof)
///   fail if the HTTP is invalid; the exchange has then failed permanently. A call in the wrong
///   state or with an invalid argument changes nothing.
/// * The state is [`Done`](State::Done) after any complete response.
///   [`take_reply`](Self::take_reply) interprets it and returns an error for a refusal, an HTTP
///   error status or a malformed body.
///
/// It has no socket and no timer. Enforce your own timeout and drop the exchange when it expires.
/// It has no TLS. If [`is_tls`](Request::is_tls) of the request is `true`, send its bytes over TLS,
/// because they contain secrets.
///
/// ```
/// use atlas_webhook::{Endpoint, Exchange, Registration, Request, State};
///
/// let mut registration = Registration::new("https://example.com/atlas/t0ken")?;
/// registration.set_cid("XXXXXXXX")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let mut exchange = Exchange::new(&request);
///
/// // Write to_send() to a socket, and pass the number of bytes that were written …
/// assert_eq!(exchange.state(), State::WantSend);
/// assert!(exchange.to_send().starts_with(b"POST /updateWebhookURL.do HTTP/1.1\r\n"));
/// exchange.sent(exchange.to_send().len())?;
///
/// // … then pass the bytes that the socket reads.
/// assert_eq!(exchange.state(), State::WantReceive);
/// exchange.received(b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n")?;
/// exchange.received(br#"{"status":0,"msg":"success"}"#)?;
///
/// assert_eq!(exchange.state(), State::Done);
/// assert_eq!(exchange.take_reply()?.message(), "success");
/// # Ok::<(), atlas_webhook::Error>(())
/// ```
pub struct Exchange {
    request: Request,
    sent: usize,
    reader: Reader<http1::Response>,
    failure: Option<Error>,
}

impl Exchange {
    /// Starts an exchange. It has its own share of the request, which may be dropped or used for
    /// more exchanges.
    #[must_use]
    pub fn new(request: &Request) -> Self {
        Self {
            request: request.clone(),
            sent: 0,
            reader: Reader::new(request.limits()),
            failure: None,
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> State {
        if self.failure.is_some() {
            State::Failed
        } else if self.reader.is_done() {
            State::Done
        } else if self.to_send().is_empty() {
            State::WantReceive
        } else {
            State::WantSend
        }
    }

    /// The bytes that remain to be sent. Send some or all of them, then pass their number to
    /// [`sent`](Self::sent).
    #[must_use]
    pub fn to_send(&self) -> &[u8] {
        self.request.bytes().get(self.sent..).unwrap_or_default()
    }

    /// Records that the first `n` bytes of [`to_send`](Self::to_send) were sent. Returns the new
    /// state.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if `n` is more than remained. After a failure, that
    /// failure.
    pub fn sent(&mut self, n: usize) -> Result<State, Error> {
        self.check()?;
        let left = self.to_send().len();
        if n > left {
            return Err(Error::sent_too_many(n, left));
        }
        self.sent = self.sent.saturating_add(n);
        Ok(self.state())
    }

    /// Processes bytes that were received. Returns how many of them belong to the response. It is
    /// less than all only if the response ends within them. Bytes after it are yours, and the
    /// connection cannot be reused (RFC 9112 section 9.2).
    ///
    /// It may be called while bytes remain to be sent: an early response ends the exchange. After
    /// the response is complete it returns 0. An empty slice changes nothing; for the end of the
    /// input call
    /// [`received_eof`](Self::received_eof).
    ///
    /// # Errors
    ///
    /// [`Protocol`](crate::ErrorKind::Protocol) or [`Limit`](crate::ErrorKind::Limit), with the
    /// [offset](Error::offset) of the offending byte in the response. The exchange has then failed.
    pub fn received(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.check()?;
        self.reader.push(bytes).map_err(|fault| self.fail(fault))
    }

    /// Records that the peer closed its side of the connection. A response that ends with the
    /// connection is complete then. After [`Done`](State::Done) it changes nothing.
    ///
    /// Over TLS call it only after a `close_notify`: without one the response may be truncated (RFC
    /// 9112 section 9.8).
    ///
    /// # Errors
    ///
    /// [`ClosedEarly`](crate::ErrorKind::ClosedEarly) if the response is incomplete. The exchange
    /// has then failed.
    pub fn received_eof(&mut self) -> Result<State, Error> {
        self.check()?;
        match self.reader.close() {
            Ok(()) => Ok(self.state()),
            Err(fault) => Err(self.fail(fault)),
        }
    }

    /// The HTTP status of the final response. `None` until its head was read.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.reader.status()
    }

    /// Whether HTTP permits another request on the connection: the response is complete, its
    /// framing is unambiguous, neither side sent `close`, and the whole request was sent. A refusal
    /// by the API does not matter.
    ///
    /// If bytes followed the response, or the peer has closed since, the connection cannot be
    /// reused either. Only your program can see that.
    #[must_use]
    pub fn reusable(&self) -> bool {
        self.failure.is_none() && self.to_send().is_empty() && self.reader.is_persistent()
    }

    /// Returns the HTTP response before it is interpreted. One of this function and
    /// [`take_reply`](Self::take_reply) can be called, once.
    ///
    /// # Errors
    ///
    /// The failure of the exchange; [`State`](crate::ErrorKind::State) if it is not done, or if the
    /// response was returned or interpreted before.
    pub fn take_response(&mut self) -> Result<Response, Error> {
        self.check()?;
        if !self.reader.is_done() {
            return Err(Error::state("the response is not complete yet"));
        }
        match self.reader.so_far() {
            Some(message) => Ok(Response::from_wire(message, self.request.limits())),
            None => Err(Error::state("the response was taken before")),
        }
    }

    /// Interprets the response. It can be called once, instead of
    /// [`take_response`](Self::take_response).
    ///
    /// # Errors
    ///
    /// As [`take_response`](Self::take_response) and [`Request::reply`].
    pub fn take_reply(&mut self) -> Result<Reply, Error> {
        let response = self.take_response()?;
        self.request.reply(&response)
    }

    /// The failure of the exchange, by reference.
    #[cfg(feature = "capi")]
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    fn check(&self) -> Result<(), Error> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    fn fail(&mut self, fault: Fault) -> Error {
        let (kind, offset) = (fault.kind, fault.offset);
        let message = fault.text("the response", &self.request.limits());
        let error = self.with_received(Error::new(kind.into(), message).at(offset));
        self.failure = Some(error.clone());
        error
    }

    /// Adds the head of the final response and the part of its body that was received. It can be
    /// called once, and the response cannot be taken afterwards.
    pub(crate) fn with_received(&mut self, error: Error) -> Error {
        let error = error.with_http_status(self.reader.status());
        self.reader.discard_trailers();
        let Some(message) = self.reader.so_far() else { return error };
        let response = Response::from_wire(message, self.request.limits());
        let body = response.body();
        error.with_response(response.excerpt(body.as_deref().ok()))
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("state", &self.state())
            .field("http_status", &self.http_status())
            .field("to_send_len", &self.to_send().len())
            .finish_non_exhaustive()
    }
}
