//! Requests as the sandbox reads them. They are framed by `Content-Length`.

use serde_json::{Value, json};

use crate::verdict::Verdict;

/// The longest head of a request, in bytes.
pub(crate) const MAX_HEAD: usize = 16 * 1024;

/// The longest body of a request, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The number of the connection that it came on, from 1.
    pub connection: usize,
    /// The method of the request line.
    pub method: String,
    /// The target of the request line.
    pub target: String,
    /// The header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of the header field of that name, in any case. None if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|field| field.0.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|field| field.0.eq_ignore_ascii_case(name))
    }

    pub(crate) fn lists(&self, name: &str, token: &str) -> bool {
        let values = self.headers.iter().filter(|field| field.0.eq_ignore_ascii_case(name));
        values.flat_map(|(_, value)| value.split(',')).any(|listed| {
            listed.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(token)
        })
    }

    /// The path of the target, without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// All of it, unmasked.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "connection": self.connection,
            "method": self.method,
            "target": self.target,
            "headers": self.headers,
            "body": String::from_utf8_lossy(&self.body),
        })
    }
}

/// What the head of a request says.
pub(crate) struct Head {
    pub(crate) request: Received,
    pub(crate) body_length: usize,
    /// Bytes of the head itself.
    pub(crate) length: usize,
    pub(crate) keep_alive: bool,
}

/// The head at the start of `input`. None while it is incomplete.
pub(crate) fn parse(input: &[u8], connection: usize) -> Option<Result<Head, Verdict>> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut fields);
    let length = match parsed.parse(input) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD => length,
        Ok(httparse::Status::Partial) if input.len() <= MAX_HEAD => return None,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => {
            return Some(Err(Verdict::http(431, "the head is too large")));
        }
        Err(httparse::Error::Version) => {
            return Some(Err(Verdict::http(505, "this is not HTTP/1.0 or 1.1")));
        }
        Err(_) => return Some(Err(Verdict::http(400, "this is not an HTTP request"))),
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let request = Received {
        connection,
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed.headers.iter().map(|f| (f.name.to_owned(), text(f.value))).collect(),
        body: Vec::new(),
    };
    let is_http11 = parsed.version == Some(1);
    Some(frame(&request, is_http11).map(|body_length| Head {
        keep_alive: is_http11 && !request.lists("Connection", "close"),
        request,
        body_length,
        length,
    }))
}

/// The length of the body, or the response to a request that does not frame one.
fn frame(request: &Received, is_http11: bool) -> Result<usize, Verdict> {
    if request.header("Host").is_none() && (is_http11 || request.has("Host")) {
        return Err(Verdict::http(400, "a request must have one Host"));
    }
    if request.has("Transfer-Encoding") {
        return Err(Verdict::http(411, "send the body with Content-Length, not chunked"));
    }
    if !request.has("Content-Length") {
        // Without a length there is no body; the verdict depends on the call.
        return Ok(0);
    }
    match request.header("Content-Length") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => digits
            .parse()
            .ok()
            .filter(|&length| length <= MAX_BODY)
            .ok_or_else(|| Verdict::http(413, "the body is too large")),
        _ => Err(Verdict::http(400, "a request must have one Content-Length, a number")),
    }
}
