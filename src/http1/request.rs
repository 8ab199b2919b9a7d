//! Reads a request (RFC 9112 section 3), which pauses after its head.

use core::ops::Range;

use super::coding::{ContentCoding, NO_CODINGS_OF_REQUESTS};
use super::fault::Refusal;
use super::fields::{is, members};
use super::framing::{Decision, Framing, Said};
use super::head::At;
use super::host::is_host;
use super::reader::{Head, Next, Reader, Role};
use super::request_line;
use crate::limits::Limits;

/// The expectation of a request (RFC 9110 section 10.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expectation {
    #[default]
    None,
    /// 100 Continue, before it sends a body.
    Continue,
    Unknown,
}

/// The role of a server.
#[derive(Clone, Default)]
pub(crate) struct Request {
    /// The length of the method, with which the buffer starts.
    method: usize,
    target: Range<usize>,
    framing: Framing,
    coding: ContentCoding,
    expectation: Expectation,
    persistent: bool,
}

impl Role for Request {
    const START: At = At::BeforeRequest;

    fn head(&mut self, head: Head<'_>, _: &Limits) -> Result<Next, Refusal> {
        let (method, target, minor_version) =
            request_line::read(head.line).ok_or(Refusal::Version)?;
        self.method = method;
        let start = method.saturating_add(1);
        self.target = start..start.saturating_add(target);

        let mut said = Said::nothing(NO_CODINGS_OF_REQUESTS);
        let (mut host, mut expectation) = (Ok(0), Expectation::None);
        head.fields(|name, value| {
            if is(name, "host") {
                host = and_host(host, value);
            } else if is(name, "expect") {
                expectation = and_expectation(expectation, value);
            } else {
                said.hear(name, value);
            }
        })?;

        let method = head.line.get(..method).unwrap_or_default();
        let target = head.line.get(self.target.clone()).unwrap_or_default();
        if !request_line::is_form_of(method, target) {
            return Err(Refusal::TargetForm);
        }
        // RFC 9112 section 3.2.
        if host? == 0 && minor_version >= 1 {
            return Err(Refusal::HostMissing);
        }
        let Decision { framing, persistent } = Decision::of_request(minor_version, &said)?;
        self.framing = framing;
        self.persistent = persistent;
        self.coding = said.content_coding;
        // HTTP/1.0 has no expectations. Without a body the client does not wait.
        self.expectation = match expectation {
            _ if minor_version == 0 => Expectation::None,
            Expectation::Continue if matches!(framing, Framing::None | Framing::Length(0)) => {
                Expectation::None
            }
            expectation => expectation,
        };
        Ok(Next::Pause)
    }
}

/// Reads a Host field.
fn and_host(before: Result<usize, Refusal>, value: &[u8]) -> Result<usize, Refusal> {
    match before? {
        0 if is_host(value) => Ok(1),
        0 => Err(Refusal::Host),
        _ => Err(Refusal::HostRepeated),
    }
}

fn and_expectation(before: Expectation, value: &[u8]) -> Expectation {
    members(value).fold(before, |before, member| match before {
        Expectation::None | Expectation::Continue
            if member.eq_ignore_ascii_case(b"100-continue") =>
        {
            Expectation::Continue
        }
        _ => Expectation::Unknown,
    })
}

impl Reader<Request> {
    pub(crate) fn method(&self) -> &[u8] {
        self.bytes(0..self.role().method)
    }

    pub(crate) fn target(&self) -> &[u8] {
        self.bytes(self.role().target.clone())
    }

    /// The body as far as it was read, as the framing delivered it.
    pub(crate) fn body(&self) -> &[u8] {
        self.bytes(self.field_lines().end..usize::MAX)
    }

    /// How the body is coded.
    pub(crate) fn coding(&self) -> ContentCoding {
        self.role().coding
    }

    pub(crate) fn expectation(&self) -> Expectation {
        self.role().expectation
    }

    /// Whether HTTP permits another request after this one.
    pub(crate) fn is_persistent(&self) -> bool {
        self.role().persistent
    }

    /// The length of the body in the head. 0 if absent.
    pub(crate) fn length(&self) -> usize {
        match self.role().framing {
            Framing::Length(length) => length,
            _ => 0,
        }
    }

    /// Continues after the head.
    pub(crate) fn resume(&mut self) {
        let framing = self.role().framing;
        self.begin_body(framing);
    }
}
