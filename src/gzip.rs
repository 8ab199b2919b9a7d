//! Removes the gzip coding (RFC 1952), within a limit.
//!
//! miniz_oxide inflates (RFC 1951). The members are read here, because everything about them is
//! checked: header CRC, data CRC, length, following bytes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::http1::work::count;

/// Why a body could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Damaged(&'static str),
    OverLimit,
}

/// What each member starts with (RFC 1952 section 2.3.1).
const MAGIC: &[u8] = b"\x1F\x8B";

const TRUNCATED: Fault = Fault::Damaged("the gzip body is truncated");

/// A body is damaged if it has more than this many deflate blocks and one for each [`BLOCK`] bytes of
/// the deflate data and of the decoded body together, not counting the first block of each member.
/// This is checked where each block starts, with the bytes before it. Each block costs as much as
/// 10 KiB of memory, even if it has 10 bits and no data.
const BLOCKS: usize = 4096;
const BLOCK: usize = 16;

/// Decodes one or more gzip members that fill `input`, to at most `limit` bytes.
pub(crate) fn decode(mut input: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    let mut output = Output { buffer: Vec::new(), used: 0, limit };
    let mut blocks = Blocks { begun: 0, coded: 0 };
    // 10 KiB; made once for all members.
    let mut inflater = Box::new(DecompressorOxide::new());
    if !input.starts_with(MAGIC) && !MAGIC.starts_with(input) {
        return Err(Fault::Damaged("the body is not gzip"));
    }
    loop {
        skip_header(&mut input)?;
        let start = output.used;
        inflater.init();
        inflate(&mut inflater, &mut input, &mut output, &mut blocks)?;
        let data = output.buffer.get(start..output.used).unwrap_or_default();
        // The CRC, then the length modulo 2^32.
        if take_u32(&mut input)? != crc32(data) {
            return Err(Fault::Damaged("the gzip body does not match its CRC"));
        }
        if u64::from(take_u32(&mut input)?) != (data.len() as u64 & 0xFFFF_FFFF) {
            return Err(Fault::Damaged("the gzip body does not match its length"));
        }
        if input.is_empty() {
            output.buffer.truncate(output.used);
            return Ok(output.buffer);
        }
        if !input.starts_with(MAGIC) {
            return Err(Fault::Damaged("there is data after the gzip body"));
        }
    }
}

/// RFC 1952 section 2.3.
fn skip_header(input: &mut &[u8]) -> Result<(), Fault> {
    const FHCRC: u8 = 0x02;
    const FEXTRA: u8 = 0x04;
    const FNAME: u8 = 0x08;
    const FCOMMENT: u8 = 0x10;
    const RESERVED: u8 = 0xE0;

    let whole = *input;
    let fixed = take(input, 10)?;
    let [_, _, method, flags, ..] = *fixed else { return Err(TRUNCATED) };
    if method != 8 || flags & RESERVED != 0 {
        return Err(Fault::Damaged("the gzip header has an unknown flag or method"));
    }
    if flags & FEXTRA != 0 {
        let length = take_u16(input)?;
        take(input, usize::from(length))?;
    }
    for flag in [FNAME, FCOMMENT] {
        if flags & flag != 0 {
            let text = input.iter().position(|&b| b == 0).ok_or(TRUNCATED)?;
            take(input, text.saturating_add(1))?;
        }
    }
    if flags & FHCRC != 0 {
        let header = whole.get(..whole.len().saturating_sub(input.len())).unwrap_or_default();
        if u32::from(take_u16(input)?) != crc32(header) & 0xFFFF {
            return Err(Fault::Damaged("the gzip header does not match its CRC"));
        }
    }
    Ok(())
}

/// The data of all members so far, and zeros to overwrite. All members share the zeros: to zero
/// memory for each member would be quadratic in the number of members.
struct Output {
    buffer: Vec<u8>,
    used: usize,
    limit: usize,
}

impl Output {
    /// Adds zeros: at first four times the remaining input, then as many as there are bytes.
    fn grow(&mut self, input: &[u8]) -> Result<(), Fault> {
        let old = self.buffer.len();
        let wanted = match old {
            0 => input.len().saturating_mul(4).max(256),
            _ => old.saturating_mul(2),
        };
        let new = wanted.min(self.limit);
        if new <= old {
            return Err(Fault::OverLimit);
        }
        let more = new.saturating_sub(old);
        count(more);
        self.buffer.reserve_exact(more);
        self.buffer.resize(new, 0);
        Ok(())
    }
}

/// The blocks of all members so far, and the bytes that contain them.
struct Blocks {
    begun: usize,
    coded: usize,
}

impl Blocks {
    /// Counts the next block of a member.
    fn begin(&mut self, decoded: usize) -> Result<(), Fault> {
        self.begun = self.begun.saturating_add(1);
        let most = (self.coded.saturating_add(decoded) / BLOCK).saturating_add(BLOCKS);
        if self.begun > most {
            return Err(Fault::Damaged("the gzip body has too many blocks for its length"));
        }
        Ok(())
    }
}

/// One deflate stream, appended to `output`.
fn inflate(
    inflater: &mut DecompressorOxide,
    input: &mut &[u8],
    output: &mut Output,
    blocks: &mut Blocks,
) -> Result<(), Fault> {
    const FLAGS: u32 = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;

    let start = output.used;
    loop {
        let room = output.buffer.get_mut(start..).unwrap_or_default();
        let written = output.used.saturating_sub(start);
        let (status, consumed, produced) = decompress(inflater, input, room, written, FLAGS);
        *input = input.get(consumed..).unwrap_or_default();
        output.used = output.used.saturating_add(produced);
        blocks.coded = blocks.coded.saturating_add(consumed);
        match status {
            TINFLStatus::Done => return Ok(()),
            TINFLStatus::BlockBoundary => blocks.begin(output.used)?,
            TINFLStatus::HasMoreOutput => output.grow(input)?,
            TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => {
                return Err(TRUNCATED);
            }
            _ => return Err(Fault::Damaged("the gzip body cannot be inflated")),
        }
    }
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Result<&'a [u8], Fault> {
    let (taken, rest) = input.split_at_checked(length).ok_or(TRUNCATED)?;
    *input = rest;
    Ok(taken)
}

fn take_u16(input: &mut &[u8]) -> Result<u16, Fault> {
    let bytes = take(input, 2)?.try_into().map_err(|_| TRUNCATED)?;
    Ok(u16::from_le_bytes(bytes))
}

fn take_u32(input: &mut &[u8]) -> Result<u32, Fault> {
    let bytes = take(input, 4)?.try_into().map_err(|_| TRUNCATED)?;
    Ok(u32::from_le_bytes(bytes))
}

/// RFC 1952 section 8. A table of 1 KiB; a crate for it would be the larger half of this feature.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, &byte| {
        let [low, ..] = (crc ^ u32::from(byte)).to_le_bytes();
        CRC_TABLE.get(usize::from(low)).copied().unwrap_or_default() ^ (crc >> 8)
    })
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut crc = index;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1));
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "index < 256, and checked while compiling")]
        {
            table[index as usize] = crc;
        }
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec;

    use super::{crc32, decode};
    use crate::http1::work;

    /// A member without data, by a block of fixed codes.
    const EMPTY: &[u8] = b"\x1F\x8B\x08\0\0\0\0\0\0\xFF\x03\0\0\0\0\0\0\0\0\0";
    /// A member with one byte, by a stored block.
    const BYTE: &[u8] =
        b"\x1F\x8B\x08\0\0\0\0\0\0\xFF\x01\x01\0\xFE\xFFx\x83\x16\xDC\x8C\x01\0\0\0";

    #[test]
    fn members_share_the_memory_that_is_zeroed_for_them() {
        let mixed = [EMPTY, BYTE].concat();
        for count in [1, 100, 3_000] {
            for (member, data) in [(EMPTY, 0), (BYTE, 1), (&*mixed, 1)] {
                let body = member.repeat(count);
                work::take();
                let decoded = decode(&body, 1 << 20).map(|decoded| decoded.len());
                assert_eq!(decoded, Ok(data * count));
                let (zeroed, most) = (work::take(), 4 * body.len() + 256);
                assert!(zeroed <= most, "{zeroed} bytes are zeroed, at most {most}");
            }
        }
    }

    #[test]
    fn memory_that_grows_is_zeroed_once() {
        let data = "x".repeat(1 << 20);
        let body = [
            b"\x1F\x8B\x08\0\0\0\0\0\0\xFF",
            &*compress_to_vec(data.as_bytes(), 9),
            &crc32(data.as_bytes()).to_le_bytes(),
            &(1_u32 << 20).to_le_bytes(),
        ]
        .concat();
        work::take();
        assert!(decode(&body, 1 << 20).as_deref() == Ok(data.as_bytes()));
        assert_eq!(work::take(), 1 << 20);
    }
}
