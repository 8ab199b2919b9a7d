//! The whole of one answer: interim heads, the final head, its body, its trailers.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use super::chunked::{Chunked, Step};
use super::coding::ContentCoding;
use super::fault::{Fault, FaultKind, Refusal};
use super::framing::{Decision, Framing, Said};
use super::head::{self, Bounds, Scan, Scanned};
use super::{fields, work};
use crate::limits::Limits;

/// What ends a header section.
const EMPTY_LINE: &[u8] = b"\r\n";

/// One final answer.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) status: u16,
    /// The head's field lines, then the body as the framing delivered it.
    pub(crate) bytes: Vec<u8>,
    pub(crate) fields: Range<usize>,
    pub(crate) coding: ContentCoding,
}

/// Reads one answer. After a fault it stays where it was; the caller remembers the fault.
#[derive(Clone)]
pub(crate) struct Reader {
    limits: Limits,
    phase: Phase,
    /// The head, and behind it the body.
    buffer: Vec<u8>,
    /// Where the field lines of the final head stand in it; the body starts where they end.
    fields: Range<usize>,
    coding: ContentCoding,
    status: Option<u16>,
    persistent: bool,
    /// An interim response said that the connection ends.
    ended: bool,
    interim: usize,
    taken: bool,
    /// Bytes taken so far.
    offset: u64,
}

#[derive(Clone)]
enum Phase {
    Head(Scan),
    /// So many bytes of the body are still to come.
    Length(usize),
    Chunked(Chunked),
    /// The trailer section starts at `start` in the buffer.
    Trailers {
        scan: Scan,
        start: usize,
    },
    UntilClose,
    Done,
}

impl Reader {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            phase: Phase::Head(Scan::head(bounds(limits))),
            buffer: Vec::new(),
            fields: 0..0,
            coding: ContentCoding::Identity,
            status: None,
            persistent: false,
            ended: false,
            interim: 0,
            taken: false,
            offset: 0,
        }
    }

    /// Takes what belongs to this answer and says how much that was; less than all only when the
    /// answer ended.
    pub(crate) fn push(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let mut rest = input;
        while !rest.is_empty() && !self.is_done() {
            let used = match &mut self.phase {
                Phase::Head(_) => self.head(rest)?,
                Phase::Length(left) => {
                    let data = up_to(rest, *left);
                    *left = left.saturating_sub(data.len());
                    if *left == 0 {
                        self.phase = Phase::Done;
                    }
                    self.take(data)
                }
                Phase::Chunked(_) => self.chunked(rest)?,
                Phase::Trailers { .. } => self.trailers(rest)?,
                Phase::UntilClose => {
                    let body = self.buffer.len().saturating_sub(self.fields.end);
                    let room = self.limits.body.saturating_sub(body);
                    let data = up_to(rest, room);
                    let used = self.take(data);
                    if used < rest.len() {
                        return Err(Refusal::BodyLimit.at(self.offset));
                    }
                    used
                }
                Phase::Done => 0,
            };
            rest = rest.get(used..).unwrap_or_default();
        }
        Ok(input.len().saturating_sub(rest.len()))
    }

    /// The peer closed its side. Completes a body that runs to the close (RFC 9112 section 6.3
    /// rule 8); anything else that is not done is cut short (section 8).
    pub(crate) fn close(&mut self) -> Result<(), Fault> {
        let what = match &self.phase {
            Phase::Done => return Ok(()),
            Phase::UntilClose => {
                self.phase = Phase::Done;
                return Ok(());
            }
            Phase::Head(_) if self.offset == 0 => {
                Cow::Borrowed("the connection was closed before any byte of an answer")
            }
            Phase::Head(_) => Cow::Borrowed("the connection was closed within the header section"),
            Phase::Length(left) => {
                let got = self.buffer.len().saturating_sub(self.fields.end);
                let all = got.saturating_add(*left);
                Cow::Owned(format!("the connection was closed early: {got} of {all} body bytes"))
            }
            Phase::Chunked(chunked) if chunked.next() != Step::Trailers => {
                Cow::Borrowed("the connection was closed before the last chunk of the body")
            }
            Phase::Chunked(_) | Phase::Trailers { .. } => {
                Cow::Borrowed("the connection was closed within the trailer section")
            }
        };
        Err(Fault { kind: FaultKind::ClosedEarly, what, offset: self.offset })
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// The status of the final answer, once its head was read.
    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether HTTP permits another request on the connection.
    pub(crate) fn is_persistent(&self) -> bool {
        self.is_done() && self.persistent
    }

    /// The answer, once it is done, and only once.
    pub(crate) fn finish(&mut self) -> Option<Message> {
        let status = self.status.filter(|_| self.is_done() && !self.taken)?;
        self.taken = true;
        let bytes = core::mem::take(&mut self.buffer);
        Some(Message { status, bytes, fields: self.fields.clone(), coding: self.coding })
    }

    /// Appends to the buffer and counts. A byte that comes alone is not worth a call, be it of this or of
    /// what copies slices.
    #[inline(always)]
    fn take(&mut self, data: &[u8]) -> usize {
        work::count(data.len());
        match data {
            [byte] => self.buffer.push(*byte),
            _ => self.buffer.extend_from_slice(data),
        }
        self.count(data.len());
        data.len()
    }

    fn count(&mut self, bytes: usize) {
        self.offset = self.offset.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    fn head(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let Phase::Head(scan) = &mut self.phase else { return Ok(0) };
        let scanned = scan.scan(input);
        if self.buffer.is_empty() {
            // Mostly the whole answer comes in one piece; then this is the only allocation.
            self.buffer.reserve(input.len().min(self.limits.head));
        }
        self.section(input, scanned, Self::head_complete)
    }

    /// Takes what was scanned of a head or of trailers.
    fn section(
        &mut self,
        input: &[u8],
        (used, scanned): (usize, Scanned),
        complete: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<usize, Fault> {
        self.take(up_to(input, used));
        match scanned {
            Scanned::SoFar => Ok(used),
            Scanned::ToTheEnd => complete(self).map(|()| used),
            Scanned::Refused(refusal) => Err(refusal),
        }
        .map_err(|refusal| refusal.at(self.offset))
    }

    /// Apart, so that a piece which does not end the head does not pay for the room that this takes.
    #[inline(never)]
    fn head_complete(&mut self) -> Result<(), Refusal> {
        let Phase::Head(scan) = &self.phase else { return Ok(()) };
        let (lines, folded) = (scan.lines(), scan.folded());
        let (minor_version, status) =
            head::status_line(&self.buffer).ok_or(Refusal::NoStatusLine)?;
        let start = memchr::memchr(b'\n', &self.buffer).map_or(0, |end| end.saturating_add(1));
        work::count(start);
        if folded {
            let unfolded = fields::unfold(self.buffer.get(start..).unwrap_or_default());
            self.buffer.truncate(start);
            self.buffer.extend_from_slice(&unfolded);
        }
        let section = self.buffer.get(start..).unwrap_or_default();
        let mut said = Said::nothing();
        fields::read(section, lines, |name, value| said.hear(name, value))?;

        // RFC 9110 section 15.2: any number of interim answers; none of their fields remain.
        if (100..200).contains(&status) {
            if status == 101 {
                // RFC 9110 section 7.8: only where the client asked for it by Upgrade.
                return Err(Refusal::SwitchingProtocols);
            }
            if self.interim >= self.limits.interim {
                return Err(Refusal::InterimLimit);
            }
            self.interim = self.interim.saturating_add(1);
            self.ended |= said.ends(minor_version);
            self.buffer.clear();
            self.phase = Phase::Head(Scan::head(bounds(self.limits)));
            return Ok(());
        }

        self.status = Some(status);
        self.coding = said.content_coding;
        let decision = Decision::of(minor_version, status, &said, self.limits.body)?;
        self.persistent = decision.persistent && !self.ended;
        self.buffer.truncate(self.buffer.len().saturating_sub(EMPTY_LINE.len()));
        self.fields = start..self.buffer.len();
        self.phase = match decision.framing {
            Framing::None | Framing::Length(0) => Phase::Done,
            Framing::Length(length) => {
                // The peer's word: where there is no such memory, it grows with what really comes.
                let _ = self.buffer.try_reserve_exact(length);
                Phase::Length(length)
            }
            Framing::Chunked => {
                Phase::Chunked(Chunked::new(self.limits.body, self.limits.chunk_overhead))
            }
            Framing::UntilClose => Phase::UntilClose,
        };
        Ok(())
    }

    fn chunked(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let Phase::Chunked(chunked) = &mut self.phase else { return Ok(0) };
        match chunked.next() {
            Step::Line => {
                let Some(&byte) = input.first() else { return Ok(0) };
                work::count(1);
                chunked.line(byte).map_err(|refusal| refusal.at(self.offset))?;
                self.count(1);
                Ok(1)
            }
            Step::Data(left) => {
                let data = up_to(input, left);
                chunked.data(data.len());
                Ok(self.take(data))
            }
            Step::Trailers => {
                let start = self.buffer.len();
                self.phase = Phase::Trailers { scan: Scan::trailers(bounds(self.limits)), start };
                Ok(0)
            }
        }
    }

    /// RFC 9112 section 7.1.2: read and checked, never merged into the fields.
    fn trailers(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let Phase::Trailers { scan, .. } = &mut self.phase else { return Ok(0) };
        let scanned = scan.scan(input);
        self.section(input, scanned, Self::trailers_complete)
    }

    fn trailers_complete(&mut self) -> Result<(), Refusal> {
        let Phase::Trailers { scan, start } = &self.phase else { return Ok(()) };
        let (lines, start) = (scan.lines(), *start);
        let section = self.buffer.get(start..).unwrap_or_default();
        if scan.folded() {
            fields::read(&fields::unfold(section), lines, |_, _| {})?;
        } else {
            fields::read(section, lines, |_, _| {})?;
        }
        self.buffer.truncate(start);
        self.phase = Phase::Done;
        Ok(())
    }
}

fn bounds(limits: Limits) -> Bounds {
    Bounds { bytes: limits.head, lines: limits.fields }
}

fn up_to(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(..length).unwrap_or(bytes)
}
