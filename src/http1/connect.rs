//! Writes CONNECT and reads its response (RFC 9110 section 9.3.6).

use alloc::format;
use alloc::string::String;

use super::fault::Refusal;
use super::framing::Framing;
use super::head::At;
use super::reader::{Head, Next, Reader, Role};
use super::response::Response;
use crate::limits::Limits;

/// The request for a tunnel to `authority`, that is `host:port`. `credentials` are the text after
/// `Basic` (RFC 7617).
pub(crate) fn connect_request(
    authority: &str,
    user_agent: &str,
    credentials: Option<&str>,
) -> String {
    let mut request = format!(
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {user_agent}\r\n"
    );
    if let Some(credentials) = credentials {
        request.extend(["Proxy-Authorization: Basic ", credentials, "\r\n"]);
    }
    request.push_str("\r\n");
    request
}

/// The role of a client that sent CONNECT. The message ends with its final head: the framing fields
/// of a 2xx are ignored, and the body of any other response is not read.
#[derive(Default)]
pub(crate) struct ConnectResponse(Response);

impl Role for ConnectResponse {
    const START: At = Response::START;

    fn head(&mut self, head: Head<'_>, limits: &Limits) -> Result<Next, Refusal> {
        let is_final = self.0.final_head(head, limits)?.is_some();
        Ok(if is_final { Next::Body(Framing::None) } else { Next::AnotherHead })
    }
}

impl Reader<ConnectResponse> {
    /// The status of the final response, once its head was read.
    pub(crate) fn status(&self) -> Option<u16> {
        self.role().0.status()
    }
}
