//! The gzip coding: accepted and rejected bodies, and the limits.
#![cfg(feature = "gzip")]

use std::io::Write;

use atlas_webhook::{Endpoint, ErrorKind, Exchange, Limits, Registration, Request, Response};
use flate2::write::GzEncoder;
use flate2::{Compression, Crc, GzBuilder};

const BODY: &[u8] = br#"{"status":0,"msg":"success"}"#;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// With every optional part of the header, its CRC included, which flate2 does not write.
fn gzip_with_everything(data: &[u8]) -> Vec<u8> {
    let builder = GzBuilder::new().filename("name").comment("comment").extra(&b"extra"[..]);
    let mut encoder = builder.write(Vec::new(), Compression::none());
    encoder.write_all(data).unwrap();
    let mut member = encoder.finish().unwrap();
    member[3] |= 0x02;
    let header = 10 + 2 + b"extra".len() + b"name\0".len() + b"comment\0".len();
    let mut crc = Crc::new();
    crc.update(&member[..header]);
    let tail = member.split_off(header);
    member.extend_from_slice(&crc.sum().to_le_bytes()[..2]);
    member.extend_from_slice(&tail);
    member
}

fn request(limits: Limits) -> Request {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_limits(limits);
    let registration = Registration::new("https://example.com/").unwrap();
    Request::registration(&endpoint, &registration).unwrap()
}

/// The response as an exchange reads it from the wire.
fn from_wire(coding: &str, body: &[u8], limits: Limits) -> Response {
    let mut exchange = Exchange::new(&request(limits));
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\n{coding}Content-Length: {length}\r\nX-A: b\r\n\r\n");
    exchange.received(head.as_bytes()).unwrap();
    exchange.received(body).unwrap();
    exchange.take_response().unwrap()
}

fn decode(body: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    let response = from_wire("Content-Encoding: gzip\r\n", body, Limits::default());
    response.body().map(|body| body.into_owned()).map_err(|error| {
        assert_eq!(error.http_status(), Some(200));
        error.kind()
    })
}

#[test]
fn whole_gzip_bodies_are_decoded() {
    let megabyte: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    for data in [BODY, b"", b"x", &megabyte] {
        assert_eq!(decode(&gzip(data)).unwrap(), data);
        assert_eq!(decode(&gzip_with_everything(data)).unwrap(), data);
    }
    let several = [gzip(b"{\"status\""), gzip(b""), gzip_with_everything(b":0}")].concat();
    assert_eq!(decode(&several).unwrap(), b"{\"status\":0}");
}

#[test]
fn many_members_are_decoded() {
    let body = [gzip(b""), gzip(b"x")].concat().repeat(3_000);
    assert_eq!(decode(&body).unwrap(), b"x".repeat(3_000));
}

#[test]
fn a_body_that_was_flushed_often_is_decoded() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let data: Vec<u8> = (0..20_000_u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
    for piece in data.chunks(16) {
        encoder.write_all(piece).unwrap();
        encoder.flush().unwrap();
    }
    let mut limits = Limits::default();
    limits.body = 8 << 20;
    let body = encoder.finish().unwrap();
    let response = from_wire("Content-Encoding: gzip\r\n", &body, limits);
    assert!(*response.body().unwrap() == *data);
}

/// Blocks of fixed codes without data, of 10 bits: 4 of them have 5 bytes.
fn empty_blocks(count: usize) -> Vec<u8> {
    let mut body = gzip(b"");
    let end = body.split_off(10);
    for _ in 0..count / 4 {
        // The bits from the right: no last block, fixed codes, the end of the block.
        body.extend_from_slice(&[0x02, 0x08, 0x20, 0x80, 0x00]);
    }
    body.extend_from_slice(&end);
    body
}

#[test]
fn a_gzip_body_with_a_block_for_few_bytes_is_refused() {
    assert_eq!(decode(&empty_blocks(4096)), Ok(Vec::new()));
    // 4096, and one for each 16 bytes: 4440 of them and the last one have 5552 bytes.
    for (count, fits) in [(4440, true), (4448, false), (40_000, false)] {
        let response =
            from_wire("Content-Encoding: gzip\r\n", &empty_blocks(count), Limits::default());
        let result = response.body().map(|_| ()).map_err(|error| error.message().to_owned());
        let refused = "the gzip body has too many blocks for its length";
        assert_eq!(result, if fits { Ok(()) } else { Err(refused.to_owned()) }, "{count}");
    }
}

#[test]
fn a_gzip_body_may_have_4096_blocks_and_one_for_each_16_bytes_and_no_more() {
    // Stored blocks without data, of 5 bytes, and the last block. It is the one that counts as
    // number 5957, after 5 * 5957 bytes, so that 4096 + 1861 are allowed.
    for (count, fits) in [(5956, true), (5957, true), (5958, false), (5959, false)] {
        let mut body = gzip(b"");
        let end = body.split_off(10);
        body.extend_from_slice(&b"\0\0\0\xFF\xFF".repeat(count));
        body.extend_from_slice(&end);
        let response = from_wire("Content-Encoding: gzip\r\n", &body, Limits::default());
        assert_eq!(response.body().is_ok(), fits, "{count}");
    }
}

#[test]
fn a_gzip_body_cut_anywhere_is_refused() {
    for whole in [gzip(BODY), gzip_with_everything(BODY)] {
        for end in 1..whole.len() {
            assert_eq!(decode(&whole[..end]), Err(ErrorKind::Encoding), "{end}");
        }
    }
}

#[test]
fn a_gzip_body_with_any_bit_flipped_never_gives_other_data() {
    let whole = gzip_with_everything(BODY);
    for byte in 0..whole.len() {
        for bit in 0..8 {
            let mut damaged = whole.clone();
            damaged[byte] ^= 1 << bit;
            match decode(&damaged) {
                Err(kind) => assert_eq!(kind, ErrorKind::Encoding),
                Ok(data) => assert_eq!(data, BODY, "byte {byte} bit {bit}"),
            }
        }
    }
}

#[test]
fn junk_behind_a_gzip_body_is_refused() {
    for junk in [&b"\0"[..], b"junk", b"\x1f\x8b", b"HTTP/1.1 200 OK"] {
        let body = [&gzip(BODY), junk].concat();
        assert_eq!(decode(&body), Err(ErrorKind::Encoding), "{junk:?}");
    }
}

#[test]
fn the_error_names_the_fault_of_a_gzip_body() {
    let with = |at: usize, byte: u8| {
        let mut body = gzip(BODY);
        body[at] = byte;
        body
    };
    let end = gzip(BODY).len();
    for (body, what) in [
        (with(0, b'{'), "the body is not gzip"),
        (b"{}".to_vec(), "the body is not gzip"),
        (b"\x1F".to_vec(), "the gzip body is truncated"),
        ([&gzip(BODY)[..], b"\0"].concat(), "there is data after the gzip body"),
        ([&gzip(BODY)[..], b"\x1F"].concat(), "there is data after the gzip body"),
        ([&gzip(BODY)[..], b"{\"status\":0}"].concat(), "there is data after the gzip body"),
        ([&gzip(BODY)[..], &gzip(BODY), b"\n"].concat(), "there is data after the gzip body"),
        ([&gzip(BODY)[..], b"\x1F\x8B"].concat(), "the gzip body is truncated"),
        (with(2, 7), "the gzip header has an unknown flag or method"),
        (with(3, 0x20), "the gzip header has an unknown flag or method"),
        (with(10, 0x07), "the gzip body cannot be inflated"),
        (with(end - 8, !gzip(BODY)[end - 8]), "the gzip body does not match its CRC"),
        (with(end - 4, 0), "the gzip body does not match its length"),
        (gzip(BODY)[..end - 9].to_vec(), "the gzip body is truncated"),
    ] {
        let response = from_wire("Content-Encoding: gzip\r\n", &body, Limits::default());
        assert_eq!(response.body().unwrap_err().message(), what);
    }
}

#[test]
fn inflating_stops_at_the_limit() {
    let mut limits = Limits::default();
    limits.body = 10_000;
    for (length, fits) in [(9_999, true), (10_000, true), (10_001, false), (50_000_000, false)] {
        let mut padded = BODY.to_vec();
        padded.resize(length, b' ');
        let (start, end) = padded.split_at(10);
        for body in [gzip(&padded), [gzip(start), gzip(end)].concat()] {
            let response = Response::new(200, [("X", "y")], &body).unwrap();
            let result = request(limits).reply(&response).map(|_| ()).map_err(|error| error.kind());
            assert_eq!(result, if fits { Ok(()) } else { Err(ErrorKind::Limit) }, "{length}");
            if body.len() <= limits.body {
                let response = from_wire("Content-Encoding: gzip\r\n", &body, limits);
                let result = response.body().map(|body| body.len()).map_err(|error| error.kind());
                assert_eq!(
                    result,
                    if fits { Ok(length) } else { Err(ErrorKind::Limit) },
                    "{length}"
                );
            }
        }
    }
}

#[test]
fn from_the_wire_the_content_encoding_decides() {
    let coded = gzip(BODY);
    for (coding, body, expected) in [
        ("", BODY, Ok(())),
        ("Content-Encoding: identity\r\n", BODY, Ok(())),
        ("Content-Encoding:\r\n", BODY, Ok(())),
        ("Content-Encoding: utf-8\r\n", BODY, Ok(())),
        ("Content-Encoding: None\r\n", BODY, Ok(())),
        ("Content-Encoding: binary\r\n", BODY, Ok(())),
        ("Content-Encoding: UTF-8, gzip\r\n", &coded, Ok(())),
        ("Content-Encoding: x-unknown\r\n", BODY, Err(ErrorKind::Encoding)),
        ("Content-Encoding: gzip\r\n", &coded, Ok(())),
        ("content-encoding: X-GZip, identity\r\n", &coded, Ok(())),
        ("", &coded, Err(ErrorKind::MalformedReply)),
        ("Content-Encoding: gzip\r\n", BODY, Err(ErrorKind::Encoding)),
        ("Content-Encoding: gzip\r\n", b"", Err(ErrorKind::MalformedReply)),
        ("Content-Encoding: gzip, gzip\r\n", &coded, Err(ErrorKind::Encoding)),
        ("Content-Encoding: gzip\r\nContent-Encoding: br\r\n", &coded, Err(ErrorKind::Encoding)),
        ("Content-Encoding: deflate\r\n", BODY, Err(ErrorKind::Encoding)),
        ("Content-Encoding: br\r\n", BODY, Err(ErrorKind::Encoding)),
        ("Content-Encoding: br\r\n", &coded, Err(ErrorKind::Encoding)),
    ] {
        let response = from_wire(coding, body, Limits::default());
        let result =
            request(Limits::default()).reply(&response).map(|_| ()).map_err(|error| error.kind());
        assert_eq!(result, expected, "{coding:?}");
    }
}

#[test]
fn from_a_stack_the_body_itself_decides() {
    let coded = gzip(BODY);
    for (coding, body, expected) in [
        ("gzip", BODY, Ok(())),
        ("gzip", &coded, Ok(())),
        ("identity", &coded, Ok(())),
        ("br", BODY, Ok(())),
        ("gzip", &coded[..20], Err(ErrorKind::Encoding)),
        ("gzip", b"\x1f", Err(ErrorKind::MalformedReply)),
    ] {
        let response = Response::new(200, [("Content-Encoding", coding)], body).unwrap();
        let result =
            request(Limits::default()).reply(&response).map(|_| ()).map_err(|error| error.kind());
        assert_eq!(result, expected, "{coding:?} {body:?}");
    }
}

#[test]
fn a_body_that_cannot_be_decoded_does_not_hide_the_http_status() {
    let response = Response::new(503, [("Content-Encoding", "gzip")], &gzip(BODY)[..9]).unwrap();
    let error = request(Limits::default()).reply(&response).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::ServerError, Some(503)));
}
