//! Other readers of responses, used as their authors intend. `None`: no response.

use atlas_webhook::Limits;
use ureq_proto::client::{
    Call, RecvResponseResult, SendRequestResult,
    state::{RecvBody, RecvResponse},
};
use ureq_proto::http::Request;

use super::Answer;
use super::reference::{Heads, Reference};

/// httparse with its defaults for heads and trailers, with the strict framing.
pub(crate) fn httparse(input: &[u8], limits: Limits) -> Option<Answer> {
    Reference::new(input, limits, Heads::Httparse).read().ok()
}

/// ureq-proto, and the end of the input as ureq reads it.
pub(crate) fn ureq_proto(input: &[u8], _: Limits) -> Option<Answer> {
    let mut call = sent();
    let mut consumed = 0;
    let response = loop {
        let (used, response) = call.try_response(&input[consumed..], false).ok()?;
        consumed += used;
        match response {
            Some(response) => break response,
            None if used == 0 => return None,
            None => {}
        }
    };
    let fields = response.headers().iter();
    let fields =
        fields.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let status = response.status().as_u16();
    let (body, at_close) = match call.proceed()? {
        RecvResponseResult::RecvBody(call) => {
            let (body, used, at_close) = body(call, &input[consumed..])?;
            consumed += used;
            (body, at_close)
        }
        RecvResponseResult::Redirect(_) | RecvResponseResult::Cleanup(_) => (Vec::new(), false),
    };
    Some(Answer { status, fields, body, consumed, at_close })
}

/// The call once its request was sent.
fn sent() -> Call<RecvResponse> {
    let request =
        Request::post("http://127.0.0.1/").header("content-length", "2").body(()).unwrap();
    let mut call = Call::new(request).unwrap().proceed();
    let mut output = [0; 256];
    call.write(&mut output).unwrap();
    let Ok(Some(SendRequestResult::SendBody(mut call))) = call.proceed() else {
        unreachable!("a POST has a body");
    };
    call.write(b"{}", &mut output).unwrap();
    call.proceed().unwrap()
}

/// The body, its length in the input, and whether only the close ended it.
fn body(mut call: Call<RecvBody>, input: &[u8]) -> Option<(Vec<u8>, usize, bool)> {
    let mut body = Vec::new();
    let mut consumed = 0;
    let mut output = [0; 1024];
    loop {
        let (used, filled) = call.read(&input[consumed..], &mut output).ok()?;
        consumed += used;
        body.extend_from_slice(&output[..filled]);
        if used == 0 && filled == 0 {
            break;
        }
    }
    let at_close = call.body_mode() == ureq_proto::BodyMode::CloseDelimited;
    // ureq-proto returns the second if a server closes after the last chunk.
    let whole = call.can_proceed() || call.is_ended_chunked();
    whole.then_some((body, consumed, at_close))
}
