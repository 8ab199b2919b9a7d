//! llhttp, which Node.js uses, with cJSON. It only reads.

use std::ffi::{c_char, c_int, c_long};
use std::time::Duration;

use cases::Case;

unsafe extern "C" {
    fn llhttp_cjson_read(answer: *const c_char, length: usize, step: usize, json: c_int) -> c_long;
}

pub fn work(case: Case, n: u64) -> Option<Duration> {
    if case.builds() {
        return None;
    }
    Some(case.run(n, |answer, step| {
        let json = c_int::from(case.is_json());
        // SAFETY: the response is there for the call, which only reads it.
        let result = unsafe { llhttp_cjson_read(answer.as_ptr().cast(), answer.len(), step, json) };
        assert_eq!(result, if case.is_json() { 0 } else { 1024 * 1024 });
    }))
}
