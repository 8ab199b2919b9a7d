//! Removes the gzip coding (RFC 1952), within a limit.
//!
//! miniz_oxide inflates (RFC 1951). The members are read here, because everything about them is
//! checked: header CRC, data CRC, length, following bytes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Why a body could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Damaged(&'static str),
    OverLimit,
}

/// What each member starts with (RFC 1952 section 2.3.1).
const MAGIC: &[u8] = b"\x1F\x8B";

const TRUNCATED: Fault = Fault::Damaged("the gzip body is truncated");

/// Decodes one or more gzip members that fill `input`, to at most `limit` bytes.
pub(crate) fn decode(mut input: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    let mut output = Vec::new();
    // 10 KiB; made once for all members.
    let mut inflater = Box::new(DecompressorOxide::new());
    if !input.starts_with(MAGIC) && !MAGIC.starts_with(input) {
        return Err(Fault::Damaged("the body is not gzip"));
    }
    loop {
        skip_header(&mut input)?;
        let start = output.len();
        inflater.init();
        inflate(&mut inflater, &mut input, &mut output, limit)?;
        let data = output.get(start..).unwrap_or_default();
        // The CRC, then the length modulo 2^32.
        if take_u32(&mut input)? != crc32(data) {
            return Err(Fault::Damaged("the gzip body does not match its CRC"));
        }
        if u64::from(take_u32(&mut input)?) != (data.len() as u64 & 0xFFFF_FFFF) {
            return Err(Fault::Damaged("the gzip body does not match its length"));
        }
        if input.is_empty() {
            return Ok(output);
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

/// One deflate stream, appended to `output`, which never grows past `limit`.
fn inflate(
    inflater: &mut DecompressorOxide,
    input: &mut &[u8],
    output: &mut Vec<u8>,
    limit: usize,
) -> Result<(), Fault> {
    let start = output.len();
    let mut written = 0_usize;
    loop {
        // The initial capacity, then twice as much each time.
        let used = start.saturating_add(written);
        let wanted = used.saturating_mul(2).max(input.len().saturating_mul(4)).max(256);
        output.resize(wanted.min(limit), 0);
        let room = output.get_mut(start..).unwrap_or_default();
        let (status, consumed, produced) =
            decompress(inflater, input, room, written, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        *input = input.get(consumed..).unwrap_or_default();
        written = written.saturating_add(produced);
        match status {
            TINFLStatus::Done => {
                output.truncate(start.saturating_add(written));
                return Ok(());
            }
            TINFLStatus::HasMoreOutput if output.len() >= limit => return Err(Fault::OverLimit),
            TINFLStatus::HasMoreOutput => {}
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
