//! Any body as gzip: within its limit, and what is decoded is what flate2 decodes.

#![no_main]

use std::io::Read;

use atlas_webhook::{ErrorKind, Limits, Response};
use flate2::read::MultiGzDecoder;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 * 1024;

fuzz_target!(|tail: &[u8]| {
    // The magic, so that it is taken for gzip.
    let body = [b"\x1F\x8B", tail].concat();
    let mut limits = Limits::default();
    limits.body = LIMIT;
    let response = Response::new(200, [("Content-Encoding", "gzip")], &body).unwrap();
    let mut theirs = Vec::new();
    let their_end = MultiGzDecoder::new(&*body).take(LIMIT as u64 + 1).read_to_end(&mut theirs);
    match response.with_limits(limits).body() {
        Ok(ours) => {
            assert!(ours.len() <= LIMIT);
            assert!(their_end.is_ok());
            assert_eq!(*ours, theirs);
        }
        Err(error) => assert!(matches!(error.kind(), ErrorKind::Encoding | ErrorKind::Limit)),
    }
});
