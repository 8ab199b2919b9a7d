//! http + httparse + serde_json: a combination for programs without an HTTP client.

use std::hint::black_box;
use std::time::Duration;

use cases::Case;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};

use crate::api;

fn build() -> Vec<u8> {
    let body = api::json();
    let request =
        api::fields(Request::post(cases::PATH)).header("Host", cases::HOST).body(()).unwrap();
    let mut message = Vec::with_capacity(512);
    message.extend_from_slice(request.method().as_str().as_bytes());
    message.push(b' ');
    message.extend_from_slice(request.uri().path().as_bytes());
    message.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in request.headers() {
        message.extend_from_slice(name.as_str().as_bytes());
        message.extend_from_slice(b": ");
        message.extend_from_slice(value.as_bytes());
        message.extend_from_slice(b"\r\n");
    }
    message.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    message.extend_from_slice(&body);
    message
}

/// The head, once it is whole, and its length.
fn head(bytes: &[u8]) -> Option<(Response<()>, usize)> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(length) = parsed.parse(bytes).unwrap() else {
        return None;
    };
    let mut response = Response::new(());
    *response.status_mut() = parsed.code.unwrap().try_into().unwrap();
    let headers: &mut HeaderMap = response.headers_mut();
    headers.reserve(parsed.headers.len());
    for field in parsed.headers.iter() {
        headers.append(
            HeaderName::from_bytes(field.name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(field.value).unwrap(),
        );
    }
    Some((response, length))
}

/// The chunks of a whole chunked body.
fn unchunked(mut coded: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let httparse::Status::Complete((line, size)) = httparse::parse_chunk_size(coded).unwrap()
        else {
            panic!("the whole body is there");
        };
        if size == 0 {
            return body;
        }
        let end = line + size as usize;
        body.extend_from_slice(&coded[line..end]);
        coded = &coded[end + 2..];
    }
}

fn receive(answer: &[u8], step: usize) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(1024);
    let mut pieces = answer.chunks(step);
    let (response, start) = loop {
        buffer.extend_from_slice(black_box(pieces.next().unwrap()));
        if let Some(found) = head(&buffer) {
            break found;
        }
    };
    assert_eq!(response.status(), 200);
    for piece in pieces {
        buffer.extend_from_slice(black_box(piece));
    }
    match black_box(&response).headers().get(header::CONTENT_LENGTH) {
        Some(length) => {
            let length: usize = length.to_str().unwrap().parse().unwrap();
            assert_eq!(buffer.len() - start, length);
            buffer.drain(..start);
            buffer
        }
        None => unchunked(&buffer[start..]),
    }
}

pub fn work(case: Case, n: u64) -> Duration {
    case.run(n, |answer, step| {
        if case.builds() {
            black_box(build());
        }
        if case == Case::Build {
            return;
        }
        let body = receive(answer, step);
        if case.is_json() {
            black_box(api::reply(&body));
        } else {
            black_box(&body);
        }
    })
}
