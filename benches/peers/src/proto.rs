//! ureq-proto, driven as ureq drives it.

use std::hint::black_box;
use std::time::Duration;

use cases::Case;
use ureq_proto::client::state::RecvResponse;
use ureq_proto::client::{Call, RecvResponseResult, SendRequestResult};
use ureq_proto::http::Request;

use crate::api;

/// The head and the body into `output`; the call then waits for the response.
fn build(output: &mut [u8]) -> (Call<RecvResponse>, usize) {
    let body = api::json();
    let request = api::fields(Request::post(format!("{}{}", cases::BASE_URL, cases::PATH)))
        .header("Content-Length", body.len())
        .body(())
        .unwrap();
    let mut call = Call::new(request).unwrap().proceed();
    let mut used = 0;
    while !call.can_proceed() {
        used += call.write(&mut output[used..]).unwrap();
    }
    let Some(SendRequestResult::SendBody(mut call)) = call.proceed().unwrap() else {
        panic!("a POST has a body");
    };
    let mut sent = 0;
    while !call.can_proceed() {
        let (read, written) = call.write(&body[sent..], &mut output[used..]).unwrap();
        sent += read;
        used += written;
    }
    (call.proceed().unwrap(), used)
}

/// The body. What comes in is kept until the head is whole, and what follows the head is read out of
/// the same buffer, as ureq does.
fn receive(mut call: Call<RecvResponse>, answer: &[u8], step: usize, body: &mut Vec<u8>) {
    let mut end = 0_usize;
    let consumed = loop {
        end = answer.len().min(end.saturating_add(step));
        let (used, response) = call.try_response(black_box(&answer[..end]), false).unwrap();
        if let Some(response) = response {
            assert_eq!(black_box(response).status(), 200);
            break used;
        }
    };
    let Some(RecvResponseResult::RecvBody(mut call)) = call.proceed() else {
        panic!("there is a body");
    };
    let mut start = consumed;
    let mut filled = 0;
    while !call.can_proceed() {
        if body.len() == filled {
            body.resize((2 * filled).max(128), 0);
        }
        let (used, written) =
            call.read(black_box(&answer[start..end]), &mut body[filled..]).unwrap();
        start += used;
        filled += written;
        if used == 0 && written == 0 {
            end = answer.len().min(end.saturating_add(step));
        }
    }
    body.truncate(filled);
    call.proceed().unwrap();
}

pub fn work(case: Case, n: u64) -> Option<Duration> {
    // A call cannot be copied, so that parsing alone cannot be repeated: it is the difference.
    if matches!(case, Case::ParseLength | Case::ParseChunked) {
        return None;
    }
    let mut output = vec![0; 16 * 1024];
    Some(case.run(n, |answer, step| {
        let (call, used) = build(&mut output);
        black_box(&output[..used]);
        if case == Case::Build {
            return;
        }
        let mut body = Vec::new();
        receive(call, answer, step, &mut body);
        if case.is_json() {
            black_box(api::reply(&body));
        }
    }))
}
