//! Responses of the sandbox, as the documented call gives them or in any other way.

use std::time::Duration;

use serde_json::json;

use crate::coding::{chunked, gzip};
use crate::masked::printable;
use crate::verdict::{Says, Verdict};

/// How the sandbox responds to a request. The default is what the real server does.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// What the body is.
    pub content: Content,
    /// The HTTP status, in place of the one that the request deserves. Outside 200 to 299, the default content
    /// is the status in plain text.
    pub http_status: Option<u16>,
    /// The API's id of the request.
    pub request_id: Option<String>,
    /// Further header fields, such as `Retry-After`.
    pub headers: Vec<(String, String)>,
    /// Compresses the body if the request accepts gzip.
    pub gzip: bool,
    /// How the end of the body is marked.
    pub framing: Framing,
    /// Responds in HTTP/1.0, and closes the connection.
    pub http10: bool,
    /// How many interim responses (1xx) precede the final one.
    pub interim: usize,
    /// How long to wait before responding.
    pub delay: Duration,
    /// Sends byte by byte, with this pause before each.
    pub trickle: Option<Duration>,
    /// Closes the connection after this many bytes of the response, interim responses included.
    pub cut: Option<usize>,
}

/// What the body of a response is.
#[derive(Clone, Debug, Default)]
pub enum Content {
    /// What the request deserves: success, or what is wrong with it.
    #[default]
    Verdict,
    /// This status of the API and its `msg`, whatever is wrong with the parameters.
    Status(i64, String),
    /// The API's rate-limit body, with the seconds to wait.
    RateLimit(u64),
    /// Exactly this.
    Body(Vec<u8>),
    /// Exactly these bytes are the whole response, its head included. Then the connection is closed.
    Raw(Vec<u8>),
}

/// How the end of a body is marked (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// By `Content-Length`.
    #[default]
    Length,
    /// By the chunked transfer coding, in chunks of at most 16 bytes.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// A response as it goes out.
pub(crate) struct Rendered {
    pub(crate) bytes: Vec<u8>,
    /// How many of the bytes precede the body.
    pub(crate) head: usize,
    /// None if the bytes are a script.
    pub(crate) http_status: Option<u16>,
    /// The body without its codings, as one line.
    pub(crate) body: String,
}

impl Response {
    /// Whether it says that a request which deserves it succeeded.
    pub(crate) fn can_succeed(&self) -> bool {
        matches!(self.content, Content::Verdict | Content::Status(0, _))
            && self.http_status.is_none_or(|status| (200..300).contains(&status))
    }

    /// The bytes of the response to a request with this verdict.
    pub(crate) fn render(&self, verdict: &Verdict, accepts_gzip: bool, stays: bool) -> Rendered {
        if let Content::Raw(bytes) = &self.content {
            let (bytes, head, body) = (bytes.clone(), bytes.len(), String::new());
            return Rendered { bytes, head, http_status: None, body };
        }
        let http_status = self.http_status.unwrap_or(verdict.http_status);
        let (media_type, mut body) = self.body(verdict);
        let shown = printable(&body);

        let mut fields = vec![("Content-Type".to_owned(), media_type.to_owned())];
        if http_status == 405 {
            // RFC 9110 section 15.5.6.
            fields.push(("Allow".to_owned(), "POST".to_owned()));
        }
        if self.gzip && accepts_gzip {
            body = gzip(&body);
            fields.push(("Content-Encoding".to_owned(), "gzip".to_owned()));
        }
        // RFC 9110 section 8.6: these two have neither a body nor its length.
        if matches!(http_status, 204 | 304) {
            body.clear();
        } else {
            match self.framing {
                Framing::Length => {
                    fields.push(("Content-Length".to_owned(), body.len().to_string()));
                }
                Framing::Chunked => {
                    body = chunked(&body);
                    fields.push(("Transfer-Encoding".to_owned(), "chunked".to_owned()));
                }
                Framing::UntilClose => {}
            }
        }
        if !stays {
            fields.push(("Connection".to_owned(), "close".to_owned()));
        }
        fields.extend(self.headers.iter().cloned());

        let interim = "HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preconnect\r\n\r\n";
        let mut head = interim.repeat(self.interim);
        let version = if self.http10 { "HTTP/1.0" } else { "HTTP/1.1" };
        head.push_str(&format!("{version} {http_status} {}\r\n", reason(http_status)));
        for (name, value) in fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let bytes = [head.as_bytes(), &body].concat();
        Rendered { bytes, head: head.len(), http_status: Some(http_status), body: shown }
    }

    /// The media type and the content.
    fn body(&self, verdict: &Verdict) -> (&'static str, Vec<u8>) {
        let failure = self.http_status.filter(|status| !(200..300).contains(status));
        let mut value = match (&self.content, &verdict.says) {
            (Content::Body(bytes) | Content::Raw(bytes), _) => {
                return ("application/json", bytes.clone());
            }
            // A request that is not the documented call does not reach the API.
            (_, Says::Http(what)) => return ("text/plain", format!("{what}\n").into_bytes()),
            (Content::Verdict, Says::Api(status, msg)) => match failure {
                Some(status) => {
                    return ("text/plain", format!("{status} {}\n", reason(status)).into_bytes());
                }
                None => json!({ "status": status, "msg": msg }),
            },
            (Content::Status(status, msg), _) => json!({ "status": status, "msg": msg }),
            (Content::RateLimit(seconds), _) => json!({
                "code": 429,
                "message": "too many requests",
                "limitType": "minute",
                "limit": 60,
                "retryAfter": seconds,
            }),
        };
        if let Some(id) = &self.request_id {
            value["requestId"] = json!(id);
        }
        ("application/json", value.to_string().into_bytes())
    }
}

/// No program reads it (RFC 9112 section 4).
fn reason(http_status: u16) -> &'static str {
    match http_status {
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}
