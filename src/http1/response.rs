//! Reads interim responses and the final response (RFC 9112 section 4).

use alloc::vec::Vec;
use core::ops::Range;

use super::coding::{ContentCoding, NO_CODINGS_OF_RESPONSES};
use super::fault::Refusal;
use super::framing::{Decision, Said};
use super::head::At;
use super::reader::{Head, Next, Reader, Role};
use super::status_line;
use crate::limits::Limits;

/// One final response.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) status: u16,
    /// The head's field lines, then the body as the framing delivered it.
    pub(crate) bytes: Vec<u8>,
    pub(crate) fields: Range<usize>,
    pub(crate) coding: ContentCoding,
}

/// The role of a client.
#[derive(Clone, Default)]
pub(crate) struct Response {
    status: Option<u16>,
    coding: ContentCoding,
    persistent: bool,
    /// An interim response contained `close`.
    ended: bool,
    interim: usize,
    taken: bool,
}

impl Role for Response {
    const START: At = At::StatusLine;

    fn head(&mut self, head: Head<'_>, limits: &Limits) -> Result<Next, Refusal> {
        let Some((minor_version, status, said)) = self.final_head(head, limits)? else {
            return Ok(Next::AnotherHead);
        };
        let decision = Decision::of_response(minor_version, status, &said, limits.body)?;
        self.persistent = decision.persistent && !self.ended;
        Ok(Next::Body(decision.framing))
    }
}

impl Response {
    /// The minor version, the status and the fields about the body. `None` for an interim response.
    #[inline(always)]
    pub(super) fn final_head<'a>(
        &mut self,
        head: Head<'a>,
        limits: &Limits,
    ) -> Result<Option<(u8, u16, Said<'a>)>, Refusal> {
        let (minor_version, status) = status_line::read(head.line).ok_or(Refusal::NoStatusLine)?;
        let mut said = Said::nothing(NO_CODINGS_OF_RESPONSES);
        head.fields(|name, value| said.hear(name, value))?;

        // RFC 9110 section 15.2: any number of interim responses; none of their fields remain.
        if (100..200).contains(&status) {
            if status == 101 {
                // RFC 9110 section 7.8: only if the client requested it by Upgrade.
                self.status = Some(status);
                return Err(Refusal::SwitchingProtocols);
            }
            if self.interim >= limits.interim {
                return Err(Refusal::InterimLimit);
            }
            self.interim = self.interim.saturating_add(1);
            self.ended |= said.ends(minor_version);
            return Ok(None);
        }

        self.status = Some(status);
        self.coding = said.content_coding;
        Ok(Some((minor_version, status, said)))
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.status
    }
}

impl Reader<Response> {
    /// The status of the final response, once its head was read.
    pub(crate) fn status(&self) -> Option<u16> {
        self.role().status()
    }

    /// Whether HTTP permits another request on the connection.
    pub(crate) fn is_persistent(&self) -> bool {
        self.is_done() && self.role().persistent
    }

    /// The received part of the final response, after its head. It can be called once.
    pub(crate) fn so_far(&mut self) -> Option<Message> {
        let role = self.role_mut();
        let status = role.status.filter(|_| !role.taken)?;
        role.taken = true;
        let coding = role.coding;
        let (bytes, fields) = self.take_bytes();
        Some(Message { status, bytes, fields, coding })
    }
}
