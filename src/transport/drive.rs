//! Moves the bytes of one exchange, as a program with a socket of its own would.

use alloc::format;

use super::cancel::Until;
use super::channel::{Channel, Sent};
use super::failure::Failure;
use super::pool::Peer;
use crate::error::{Error, ErrorKind};
use crate::register::exchange::{Exchange, State};

pub(super) struct Drive {
    pub(super) exchange: Exchange,
    /// Whether a byte of the response came.
    pub(super) received: bool,
    /// Whether bytes followed the response.
    pub(super) left_over: bool,
    /// The peer accepts no more of the request.
    is_closed: bool,
}

impl Drive {
    pub(super) fn new(exchange: Exchange) -> Self {
        Self { exchange, received: false, left_over: false, is_closed: false }
    }

    /// Continues until the exchange is done or has failed.
    pub(super) fn run(
        &mut self,
        channel: &mut dyn Channel,
        until: Until<'_>,
    ) -> Result<(), Failure> {
        loop {
            match self.exchange.state() {
                State::WantSend if !self.is_closed => self.send(channel, until)?,
                State::WantSend | State::WantReceive => self.receive(channel, until)?,
                State::Done | State::Failed => return Ok(()),
            }
        }
    }

    fn send(&mut self, channel: &mut dyn Channel, until: Until<'_>) -> Result<(), Failure> {
        match channel.send(self.exchange.to_send(), true, until)? {
            // The channel sends no more than there is.
            Sent::Bytes(sent) => drop(self.exchange.sent(sent)),
            // A response may arrive before the request was sent.
            Sent::InputWaits => self.receive(channel, until)?,
            Sent::Closed => self.is_closed = true,
        }
        Ok(())
    }

    /// The state of the exchange contains its failure.
    fn receive(&mut self, channel: &mut dyn Channel, until: Until<'_>) -> Result<(), Failure> {
        let received = channel.receive(until)?;
        if received.is_empty() {
            drop(self.exchange.received_eof());
            return Ok(());
        }
        self.received = true;
        if let Ok(used) = self.exchange.received(received) {
            self.left_over = used < received.len();
        }
        Ok(())
    }

    /// The error of an exchange with `peer` that the connection ended.
    pub(super) fn failed(&mut self, failure: Failure, peer: &Peer) -> Error {
        let has_head = self.exchange.http_status().is_some();
        let is_cut = matches!(failure, Failure::Truncated) || has_head && failure.is_end();
        if !is_cut {
            return self.exchange.with_received(failure.in_exchange(peer));
        }
        let error = match self.exchange.received_eof() {
            Err(error) => error,
            // A body up to the close of the connection is complete only when the peer closes it in
            // order (RFC 9112 section 9.8).
            Ok(_) => {
                let message = format!("the connection to {peer} was cut within the response");
                self.exchange.with_received(Error::new(ErrorKind::ClosedEarly, message))
            }
        };
        failure.add_to(error)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use alloc::string::String;
    use std::error::Error as _;
    use std::io;

    use super::*;
    use crate::{Endpoint, Registration, Request};

    fn drive() -> Result<Drive, Error> {
        let endpoint = Endpoint::new("http://127.0.0.1:1")?;
        let registration = Registration::new("https://example.com/")?;
        Ok(Drive::new(Exchange::new(&Request::registration(&endpoint, &registration)?)))
    }

    /// A peer that has responded and accepts nothing.
    #[derive(Debug)]
    struct Gone {
        response: &'static [u8],
        was_sent_to: bool,
    }

    impl Channel for Gone {
        fn send(&mut self, _: &[u8], _: bool, _: Until<'_>) -> Result<Sent, Failure> {
            if core::mem::replace(&mut self.was_sent_to, true) {
                return Err(Failure::TimedOut);
            }
            Ok(Sent::Closed)
        }

        fn receive(&mut self, _: Until<'_>) -> Result<&[u8], Failure> {
            Ok(core::mem::take(&mut self.response))
        }

        fn is_idle(&mut self) -> bool {
            false
        }
    }

    #[test]
    fn the_response_of_a_peer_that_accepts_no_more_is_read() -> Result<(), Error> {
        let mut drive = drive()?;
        let response = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
        let mut gone = Gone { response, was_sent_to: false };
        let driven = drive.run(&mut gone, Until::at_once());
        assert!(driven.is_ok(), "{driven:?}");
        assert_eq!(drive.exchange.http_status(), Some(413));
        Ok(())
    }

    /// A peer that reads the request and sends a part of a response, after which the connection
    /// fails.
    #[derive(Debug)]
    struct Failing {
        response: &'static [u8],
        failure: fn() -> Failure,
    }

    impl Channel for Failing {
        fn send(&mut self, bytes: &[u8], _: bool, _: Until<'_>) -> Result<Sent, Failure> {
            Ok(Sent::Bytes(bytes.len()))
        }

        fn receive(&mut self, _: Until<'_>) -> Result<&[u8], Failure> {
            match core::mem::take(&mut self.response) {
                [] => Err((self.failure)()),
                response => Ok(response),
            }
        }

        fn is_idle(&mut self) -> bool {
            false
        }
    }

    /// The error of a send to a peer that sends `response`, after which the connection fails.
    fn failed(response: &'static str, failure: fn() -> Failure) -> Result<Error, Error> {
        let mut drive = drive()?;
        let mut failing = Failing { response: response.as_bytes(), failure };
        let peer = Peer { is_tls: false, host: String::from("127.0.0.1"), port: 1 };
        match drive.run(&mut failing, Until::at_once()) {
            Err(failure) => Ok(drive.failed(failure, &peer)),
            Ok(()) => Err(Error::new(ErrorKind::State, "the connection did not fail")),
        }
    }

    fn timed_out() -> Failure {
        Failure::TimedOut
    }

    fn reset() -> Failure {
        Failure::Io(rustix::io::Errno::CONNRESET.into())
    }

    const HALF: &str = "HTTP/1.1 200 OK\r\nVia: test\r\nContent-Length: 12\r\n\r\n{\"stat";
    const HALF_UNTIL_CLOSE: &str = "HTTP/1.1 200 OK\r\nVia: test\r\n\r\n{\"stat";
    const HALF_HEAD: &str = "HTTP/1.1 200 OK\r\nVia: test\r\n";

    #[test]
    fn a_failure_within_the_body_has_the_part_of_the_response_that_was_received()
    -> Result<(), Error> {
        let failures: [(fn() -> Failure, _); 3] = [
            (timed_out, ErrorKind::Timeout),
            (reset, ErrorKind::ClosedEarly),
            (|| Failure::Truncated, ErrorKind::ClosedEarly),
        ];
        for half in [HALF, HALF_UNTIL_CLOSE] {
            for (failure, kind) in failures {
                let error = failed(half, failure)?;
                assert_eq!((error.kind(), error.http_status()), (kind, Some(200)), "{error}");
                let response = error.response().map(|response| {
                    let body = response.coded_body();
                    (response.status(), response.header("via"), body)
                });
                let expected = (200, Some(&b"test"[..]), &b"{\"stat"[..]);
                assert_eq!(response, Some(expected), "{error}");
            }
        }
        Ok(())
    }

    #[test]
    fn a_failure_within_the_head_has_no_response() -> Result<(), Error> {
        let failures: [(fn() -> Failure, _); 2] =
            [(timed_out, ErrorKind::Timeout), (reset, ErrorKind::Io)];
        for (failure, kind) in failures {
            let error = failed(HALF_HEAD, failure)?;
            assert_eq!((error.kind(), error.http_status()), (kind, None), "{error}");
            assert!(error.response().is_none(), "{error}");
        }
        Ok(())
    }

    #[test]
    fn a_reset_within_the_body_has_the_error_of_the_operating_system() -> Result<(), Error> {
        for half in [HALF, HALF_UNTIL_CLOSE] {
            let error = failed(half, reset)?;
            let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
            assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::ConnectionReset));
            assert_eq!(error.os_error(), source.and_then(io::Error::raw_os_error));
            assert!(error.os_error().is_some(), "{error}");
        }
        let error = failed(HALF, || Failure::Truncated)?;
        assert!(error.os_error().is_none() && error.source().is_none(), "{error:?}");
        Ok(())
    }
}
