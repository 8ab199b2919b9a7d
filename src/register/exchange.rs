//! The sans-IO state machine for a socket of your own.

use core::fmt;

use crate::error::{Error, ErrorKind};
use crate::http1::{self, Fault, FaultKind, Reader};
use crate::register::reply::Reply;
use crate::register::request::Request;
use crate::register::response::Response;

/// What an [`Exchange`] waits for.
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
    /// Bytes wait in [`to_send`](Exchange::to_send).
    WantSend,
    /// Everything was sent; bytes of the response are wanted.
    WantReceive,
    /// The response is complete: take it.
    Done,
    /// HTTP was broken; taking the response tells how. The connection is of no use any more.
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

/// One request and its response as bytes out and bytes in, over any connection, in any event loop.
///
/// ```text
///             sent                  received, received_eof
///  WantSend ────────► WantReceive ─────────────────────────► Done ──► take_reply
///     │                    │
///     │ received: an early │                               Failed ──► take_reply gives the error
///     └─ response wins ────┴─ not HTTP, over a limit, cut short ─┘
/// ```
///
/// * Input is never to be given twice: [`received`](Self::received) takes all that belongs to the
///   response, however it is cut into pieces.
/// * [`sent`](Self::sent), [`received`](Self::received) and [`received_eof`](Self::received_eof) fail
///   only because of HTTP, and then stay failed. A call in the wrong state or with a wrong argument
///   changes nothing.
/// * When the response is complete the state is [`Done`](State::Done), whatever it says. Only
///   [`take_reply`](Self::take_reply) tells a refusal, an HTTP error status or a malformed body.
///
/// It holds no socket and knows no time: a timeout is yours, and then just drop the exchange. Nor does
/// it know TLS: if [`is_tls`](Request::is_tls) of the request, its bytes hold secrets that must not
/// travel over a plain socket.
///
/// ```
/// use atlas_webhook::{Endpoint, Exchange, Registration, Request, State};
///
/// let mut registration = Registration::new("https://example.com/atlas/t0ken")?;
/// registration.set_cid("XXXXXXXX")?;
/// let request = Request::registration(&Endpoint::sandbox(), &registration)?;
/// let mut exchange = Exchange::new(&request);
///
/// // A socket would write to_send() and say how much it took …
/// assert_eq!(exchange.state(), State::WantSend);
/// assert!(exchange.to_send().starts_with(b"POST /updateWebhookURL.do HTTP/1.1\r\n"));
/// exchange.sent(exchange.to_send().len())?;
///
/// // … and hand over whatever it reads.
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
    /// Starts an exchange. It takes its own share of the request, which may be dropped or used for
    /// further exchanges.
    #[must_use]
    pub fn new(request: &Request) -> Self {
        Self {
            request: request.clone(),
            sent: 0,
            reader: Reader::new(request.limits()),
            failure: None,
        }
    }

    /// What it waits for.
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

    /// What is left to send. Write some of it, then tell [`sent`](Self::sent) how much.
    #[must_use]
    pub fn to_send(&self) -> &[u8] {
        self.request.bytes().get(self.sent..).unwrap_or_default()
    }

    /// The first `n` bytes of [`to_send`](Self::to_send) were sent.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) when there were fewer; nothing is changed. After a
    /// failure, that failure.
    pub fn sent(&mut self, n: usize) -> Result<State, Error> {
        self.check()?;
        // What a failed write returns in C.
        if isize::try_from(n).is_err() {
            return Err(Error::argument("the number of bytes sent is negative"));
        }
        if n > self.to_send().len() {
            return Err(Error::argument("more bytes were sent than there were to send"));
        }
        self.sent = self.sent.saturating_add(n);
        Ok(self.state())
    }

    /// Bytes came in. Returns how many of them belong to the response: all, unless it ended within;
    /// what is left over is the caller's, and its connection is of no further use (RFC 9112
    /// section 9.2).
    ///
    /// Legal while bytes wait to be sent: a response that comes early wins. Once done, nothing more
    /// belongs to the response, and 0 is returned. No bytes change nothing; the end of the input is
    /// [`received_eof`](Self::received_eof).
    ///
    /// # Errors
    ///
    /// [`Protocol`](crate::ErrorKind::Protocol) or [`Limit`](crate::ErrorKind::Limit), with the
    /// [offset](Error::offset) of the offending byte in the response; it stays so.
    pub fn received(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.check()?;
        self.reader.push(bytes).map_err(|fault| self.fail(fault))
    }

    /// The peer closed its side of the connection: a body without a stated length is complete.
    /// Once done, it changes nothing.
    ///
    /// Over TLS call it only for a `close_notify`; a connection that ends without one was cut
    /// (RFC 9112 section 9.8).
    ///
    /// # Errors
    ///
    /// [`ClosedEarly`](crate::ErrorKind::ClosedEarly) when the response is not whole; it stays so.
    pub fn received_eof(&mut self) -> Result<State, Error> {
        self.check()?;
        match self.reader.close() {
            Ok(()) => Ok(self.state()),
            Err(fault) => Err(self.fail(fault)),
        }
    }

    /// The HTTP status, as soon as the final head was read.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.reader.status()
    }

    /// Whether HTTP permits to send another request on the connection: the response is complete, its
    /// framing was sound, neither side asked to close, and the whole request was sent. A refusal by
    /// the API changes nothing about that.
    ///
    /// What the exchange cannot know: whether bytes were left over, and whether the peer closed.
    #[must_use]
    pub fn reusable(&self) -> bool {
        self.failure.is_none() && self.to_send().is_empty() && self.reader.is_persistent()
    }

    /// Takes the HTTP response, for whoever wants to see it before it is judged.
    ///
    /// # Errors
    ///
    /// The failure of the exchange; [`State`](crate::ErrorKind::State) before it is done or when the
    /// response was taken already.
    pub fn take_response(&mut self) -> Result<Response, Error> {
        self.check()?;
        if !self.reader.is_done() {
            return Err(Error::state("the answer is not complete yet"));
        }
        match self.reader.finish() {
            Some(message) => Ok(Response::from_wire(message, self.request.limits())),
            None => Err(Error::state("the answer was taken already")),
        }
    }

    /// Takes the response and says what it means.
    ///
    /// # Errors
    ///
    /// As [`take_response`](Self::take_response) and [`Request::reply`].
    pub fn take_reply(&mut self) -> Result<Reply, Error> {
        let response = self.take_response()?;
        self.request.reply(&response)
    }

    /// What made it fail, for whoever may only look.
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
        let kind = match fault.kind {
            FaultKind::Protocol => ErrorKind::Protocol,
            FaultKind::Limit => ErrorKind::Limit,
            FaultKind::ClosedEarly => ErrorKind::ClosedEarly,
        };
        let http_status = self.reader.status();
        let mut error = Error::new(kind, fault.what).at(fault.offset).with_http_status(http_status);
        if let Some(message) = self.reader.so_far() {
            let response = Response::from_wire(message, self.request.limits());
            let body = response.body();
            error = error.with_response(response.excerpt(body.as_deref().ok()));
        }
        self.failure = Some(error.clone());
        error
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
