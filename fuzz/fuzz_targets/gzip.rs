//! Any body as gzip: within its limit, and what is decoded is what flate2 decodes.
//!
//! The input is read twice. Once it is the body, behind gzip's magic. Once its first byte is the flags of
//! a gzip header and the rest a deflate stream, about which a sound member is built: a fuzzer guesses no
//! CRC.

#![no_main]

use std::io::Read;
use std::sync::LazyLock;

use atlas_webhook::{Endpoint, ErrorKind, Exchange, Limits, Registration, Request, take_work};
use flate2::read::MultiGzDecoder;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use libfuzzer_sys::fuzz_target;

/// A body of this length has at most 4096 blocks, of 10 bits each, so that it never has too many.
const LIMIT: usize = 5 * 1024;
const MAGIC: &[u8] = b"\x1F\x8B";

fuzz_target!(|input: &[u8]| {
    decode(&[MAGIC, input].concat());
    if let Some((&flags, stream)) = input.split_first()
        && let Some((member, data)) = member(flags, stream)
    {
        if member.len() <= LIMIT {
            assert_eq!(decode(&member).as_ref(), Some(&data), "a sound member");
        }
        for count in [2, 30, 200] {
            let (members, data) = (member.repeat(count), data.repeat(count));
            let fits = members.len().max(data.len()) <= LIMIT;
            assert_eq!(decode(&members), fits.then_some(data), "{count} members");
        }
        assert_eq!(decode(&member[..member.len() - 1]), None, "a member cut short");
        assert_eq!(decode(&[&*member, b"\0"].concat()), None, "something behind it");
        let mut damaged = member;
        *damaged.iter_mut().nth_back(4).expect("the CRC is there") ^= 1;
        assert_eq!(decode(&damaged), None, "another CRC");
    }
});

static REQUEST: LazyLock<Request> = LazyLock::new(|| {
    let mut limits = Limits::default();
    limits.body = LIMIT;
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_limits(limits);
    let registration = Registration::new("https://example.com/atlas/t0ken").expect("it is valid");
    Request::registration(&endpoint, &registration).expect("it is valid")
});

/// What the library makes of it, which is what flate2 makes of it or nothing.
fn decode(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() > LIMIT {
        return None;
    }
    let mut exchange = Exchange::new(&REQUEST);
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    exchange.received(head.as_bytes()).expect("it is HTTP");
    exchange.received(body).expect("it is as long as stated");
    let response = exchange.take_response().expect("it is complete");
    let mut theirs = Vec::new();
    let their_end = MultiGzDecoder::new(body).take(LIMIT as u64 + 1).read_to_end(&mut theirs);
    take_work();
    let body = response.body();
    let zeroed = take_work();
    assert!(
        zeroed <= LIMIT,
        "all members share the memory that is zeroed, but {zeroed} bytes were"
    );
    match body {
        Ok(ours) => {
            assert!(ours.len() <= LIMIT);
            assert!(their_end.is_ok());
            assert_eq!(*ours, theirs);
            Some(ours.into_owned())
        }
        Err(error) if error.kind() == ErrorKind::Limit => {
            // What is damaged behind the limit is an error to flate2, which then tells no length.
            assert!(theirs.len() > LIMIT || their_end.is_err(), "it was within the limit");
            None
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Encoding);
            None
        }
    }
}

/// A member of gzip (RFC 1952) about a sound deflate stream that `stream` starts with, and its data.
fn member(flags: u8, stream: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut data = Vec::with_capacity(LIMIT);
    let mut inflater = Decompress::new(false);
    let status = inflater.decompress_vec(stream, &mut data, FlushDecompress::Finish);
    let Ok(Status::StreamEnd) = status else { return None };
    let used = usize::try_from(inflater.total_in()).ok()?;
    // Text, header CRC, extra field, name, comment; the others are reserved.
    let flags = flags & 0x1F;
    let mut member = [MAGIC, &[8, flags, 0, 0, 0, 0, 0, 255]].concat();
    for (flag, field) in [(0x04, &b"\x03\0abc"[..]), (0x08, b"name\0"), (0x10, b"comment\0")] {
        if flags & flag != 0 {
            member.extend_from_slice(field);
        }
    }
    if flags & 0x02 != 0 {
        let crc = crc32(&member) as u16;
        member.extend_from_slice(&crc.to_le_bytes());
    }
    member.extend_from_slice(&stream[..used]);
    member.extend_from_slice(&crc32(&data).to_le_bytes());
    member.extend_from_slice(&u32::try_from(data.len()).ok()?.to_le_bytes());
    Some((member, data))
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
