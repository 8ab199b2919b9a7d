//! The codings of a body.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The largest chunk of the chunked coding, in bytes.
const CHUNK: usize = 16;

pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.expect("writing to a Vec does not fail")
}

/// RFC 9112 section 7.1.
pub(crate) fn chunked(plain: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    for chunk in plain.chunks(CHUNK) {
        coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        coded.extend_from_slice(chunk);
        coded.extend_from_slice(b"\r\n");
    }
    coded.extend_from_slice(b"0\r\n\r\n");
    coded
}
