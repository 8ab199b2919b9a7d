//! The phases of any message: its head, its body, its trailers.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use super::chunked::{Chunked, Step};
use super::fault::{Fault, Refusal};
use super::framing::Framing;
use super::head::{At, Bounds, Scan, Scanned};
use super::{fields, work};
use crate::limits::Limits;

/// The least capacity for a head, in bytes.
const FIRST: usize = 64;

/// The end of a header section.
const EMPTY_LINE: &[u8] = b"\r\n";

/// The messages that a [`Reader`] reads: those of a client or of a server.
pub(crate) trait Role: Default {
    /// The start of their heads.
    const START: At;

    /// Checks a complete head and stores its contents.
    fn head(&mut self, head: Head<'_>, limits: &Limits) -> Result<Next, Refusal>;
}

/// A head that the scan has accepted, without obsolete folds.
pub(crate) struct Head<'a> {
    /// The start line with its CRLF.
    pub(super) line: &'a [u8],
    section: &'a [u8],
    lines: usize,
}

impl<'a> Head<'a> {
    /// Checks the field lines and passes name and value of each to `field`.
    #[inline(always)]
    pub(super) fn fields(&self, field: impl FnMut(&'a [u8], &'a [u8])) -> Result<(), Refusal> {
        fields::read(self.section, self.lines, field)
    }
}

/// The next phase after a head.
pub(crate) enum Next {
    AnotherHead,
    /// Nothing, before [`Reader::begin_body`] is called.
    Pause,
    Body(Framing),
}

/// Reads one message. After a fault it does not move; the caller stores the fault.
#[derive(Clone)]
pub(crate) struct Reader<R> {
    role: R,
    limits: Limits,
    phase: Phase,
    /// The head, followed by the body.
    buffer: Vec<u8>,
    /// The range of the field lines in it. The body starts at their end.
    fields: Range<usize>,
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
    /// After the head of a request.
    Paused,
    Done,
}

impl<R: Role> Reader<R> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            role: R::default(),
            limits,
            phase: Phase::Head(Scan::head(R::START, bounds(limits))),
            buffer: Vec::new(),
            fields: 0..0,
            offset: 0,
        }
    }

    /// Consumes the bytes that belong to this message, and returns their number. It is less than
    /// all only if the message ended or paused.
    pub(crate) fn push(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let mut rest = input;
        while !rest.is_empty() && !matches!(self.phase, Phase::Paused | Phase::Done) {
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
                Phase::Paused | Phase::Done => 0,
            };
            rest = rest.get(used..).unwrap_or_default();
        }
        Ok(input.len().saturating_sub(rest.len()))
    }

    /// The peer closed its side. Completes a body that ends with the connection (RFC 9112 section
    /// 6.3 rule 8). Any other unfinished message is truncated (section 8).
    pub(crate) fn close(&mut self) -> Result<(), Fault> {
        let what = match &self.phase {
            Phase::Done => return Ok(()),
            Phase::UntilClose => {
                self.phase = Phase::Done;
                return Ok(());
            }
            Phase::Head(_) if self.offset == 0 => {
                Cow::Borrowed("the connection was closed before the first byte of a response")
            }
            Phase::Head(_) | Phase::Paused => {
                Cow::Borrowed("the connection was closed within the header section")
            }
            Phase::Length(left) => {
                let got = self.buffer.len().saturating_sub(self.fields.end);
                let all = got.saturating_add(*left);
                Cow::Owned(format!(
                    "the connection was closed after {got} of {all} bytes of the body"
                ))
            }
            Phase::Chunked(chunked) if chunked.next() != Step::Trailers => {
                Cow::Borrowed("the connection was closed before the last chunk of the body")
            }
            Phase::Chunked(_) | Phase::Trailers { .. } => {
                Cow::Borrowed("the connection was closed within the trailer section")
            }
        };
        Err(Fault::closed_early(what, self.offset))
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// Whether the start line has started.
    pub(crate) fn has_begun(&self) -> bool {
        !matches!(&self.phase, Phase::Head(scan) if !scan.has_begun())
    }

    /// Whether it waits after a head for [`begin_body`](Self::begin_body).
    pub(crate) fn is_paused(&self) -> bool {
        matches!(self.phase, Phase::Paused)
    }

    pub(super) fn role(&self) -> &R {
        &self.role
    }

    pub(super) fn role_mut(&mut self) -> &mut R {
        &mut self.role
    }

    /// The range of the field lines of the head. The body follows.
    pub(super) fn field_lines(&self) -> Range<usize> {
        self.fields.clone()
    }

    /// The bytes that were read there.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range.start..range.end.min(self.buffer.len())).unwrap_or_default()
    }

    /// Removes trailers that were read in part. They do not belong to the body.
    pub(crate) fn discard_trailers(&mut self) {
        if let Phase::Trailers { start, .. } = self.phase {
            self.buffer.truncate(start);
        }
    }

    /// All bytes of head and body that were read, and the range of the field lines.
    pub(super) fn take_bytes(&mut self) -> (Vec<u8>, Range<usize>) {
        (mem::take(&mut self.buffer), self.fields.clone())
    }

    /// Bytes taken so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Appends to the buffer and counts. Inlined, because a call for a single byte would be too
    /// expensive.
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
            // Usually the whole message arrives in one piece. Then this is the only allocation.
            self.buffer = Vec::with_capacity(input.len().max(FIRST).min(self.limits.head));
        }
        self.section(input, scanned, Self::head_complete)
    }

    /// Consumes the scanned bytes of a head or of trailers.
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

    /// Apart, so that a piece which does not end the head does not need the stack that this uses.
    #[inline(never)]
    fn head_complete(&mut self) -> Result<(), Refusal> {
        let Phase::Head(scan) = &self.phase else { return Ok(()) };
        let (lines, folded) = (scan.lines(), scan.folded());
        // Empty lines in front of a request (RFC 9112 section 2.2).
        let empty = self.buffer.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        if empty > 0 {
            self.buffer.drain(..empty);
        }
        let start = memchr::memchr(b'\n', &self.buffer).map_or(0, |end| end.saturating_add(1));
        work::count(start);
        if folded {
            let unfolded = fields::unfold(self.buffer.get(start..).unwrap_or_default());
            self.buffer.truncate(start);
            self.buffer.extend_from_slice(&unfolded);
        }
        let (line, section) = self.buffer.split_at_checked(start).unwrap_or_default();
        let next = self.role.head(Head { line, section, lines }, &self.limits);
        self.buffer.truncate(self.buffer.len().saturating_sub(EMPTY_LINE.len()));
        self.fields = start..self.buffer.len();
        match next? {
            Next::AnotherHead => {
                self.buffer.clear();
                self.phase = Phase::Head(Scan::head(R::START, bounds(self.limits)));
            }
            Next::Pause => self.phase = Phase::Paused,
            Next::Body(framing) => self.begin_body(framing),
        }
        Ok(())
    }

    /// Continues after the head.
    pub(super) fn begin_body(&mut self, framing: Framing) {
        self.phase = match framing {
            Framing::None | Framing::Length(0) => Phase::Done,
            Framing::Length(length) => {
                // The peer announced this size. If there is not enough memory, the buffer grows
                // with the received bytes.
                let _ = self.buffer.try_reserve_exact(length);
                Phase::Length(length)
            }
            Framing::Chunked => {
                Phase::Chunked(Chunked::new(self.limits.body, self.limits.chunk_overhead))
            }
            Framing::UntilClose => Phase::UntilClose,
        };
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
                self.phase =
                    Phase::Trailers { scan: Scan::trailers(R::START, bounds(self.limits)), start };
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
