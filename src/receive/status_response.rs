//! The responses of a server connection: a status and no content.

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// RFC 9110 section 15.2.1.
pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[cfg(feature = "gzip")]
macro_rules! accept_encoding {
    () => {
        "Accept-Encoding: gzip, identity\r\n"
    };
}
#[cfg(not(feature = "gzip"))]
macro_rules! accept_encoding {
    () => {
        "Accept-Encoding: identity\r\n"
    };
}

/// Constants, because formatting a response would cost as much as reading the head of a delivery.
macro_rules! responses {
    ($status:expr, $close:expr; $($code:literal $reason:literal $fields:expr;)*) => {
        match ($status, $close) {
            $(
                ($code, false) => Cow::Borrowed(responses!($code $reason $fields, "").as_bytes()),
                ($code, true) => {
                    Cow::Borrowed(responses!($code $reason $fields, "Connection: close\r\n").as_bytes())
                }
            )*
            (status, close) => Cow::Owned(without_reason(status, close)),
        }
    };
    ($code:literal $reason:literal $fields:expr, $close:literal) => {
        concat!("HTTP/1.1 ", $code, " ", $reason, "\r\n", $fields, "Content-Length: 0\r\n", $close, "\r\n")
    };
}

/// The response with this status. It contains nothing of the request.
pub(super) fn response(status: u16, close: bool) -> Cow<'static, [u8]> {
    responses! { status, close;
        200 "OK" "";
        202 "Accepted" "";
        400 "Bad Request" "";
        404 "Not Found" "";
        405 "Method Not Allowed" "Allow: POST\r\n";
        408 "Request Timeout" "";
        413 "Content Too Large" "";
        414 "URI Too Long" "";
        415 "Unsupported Media Type" accept_encoding!();
        417 "Expectation Failed" "";
        431 "Request Header Fields Too Large" "";
        500 "Internal Server Error" "";
        501 "Not Implemented" "";
        503 "Service Unavailable" "";
        505 "HTTP Version Not Supported" "";
    }
}

/// RFC 9112 section 4: the space before the reason is required even if there is no reason.
fn without_reason(status: u16, close: bool) -> Vec<u8> {
    let digit = |unit: u16| {
        let digit = status.checked_div(unit).unwrap_or_default() % 10;
        b'0'.saturating_add(u8::try_from(digit).unwrap_or_default())
    };
    let end: &[u8] = if close { b"Connection: close\r\n\r\n" } else { b"\r\n" };
    [b"HTTP/1.1 ", &[digit(100), digit(10), digit(1)][..], b" \r\nContent-Length: 0\r\n", end]
        .concat()
}
