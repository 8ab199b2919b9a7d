//! Status: the result of a call.

use core::ffi::{CStr, c_char, c_int};

use crate::error::ErrorKind;

/// The result of a call. 0 is OK. A positive number means that the call is not finished. A negative
/// number is an error, usually one of the constants below. A refusal by the API is an error.
///
/// The comment of each error starts with whose fault it is, which depends on the number alone.
/// "Network" includes a shortage on this machine (IO), and a program that does not respond to a
/// delivery in time (TIMEOUT).
///
/// Later versions add numbers and never change the meaning of a number. Treat an unknown negative
/// number as an error.
pub type atlas_webhook_status = i32;

/// The call succeeded.
pub const ATLAS_WEBHOOK_OK: atlas_webhook_status = 0;

/// Exchange, server: bytes are ready to be sent.
pub const ATLAS_WEBHOOK_WANT_SEND: atlas_webhook_status = 1;
/// Exchange: bytes of the response are required. Server: bytes of a request are required.
pub const ATLAS_WEBHOOK_WANT_RECEIVE: atlas_webhook_status = 2;
/// Exchange: the response is complete. Call atlas_webhook_exchange_take_reply.
pub const ATLAS_WEBHOOK_DONE: atlas_webhook_status = 3;

/// Server: a delivery is complete. Call atlas_webhook_server_take_event, then
/// atlas_webhook_server_respond.
pub const ATLAS_WEBHOOK_WANT_RESPONSE: atlas_webhook_status = 4;
/// Server: the connection is finished. Close it in stages.
pub const ATLAS_WEBHOOK_WANT_CLOSE: atlas_webhook_status = 5;

/// Caller: an argument is invalid. The call changed nothing.
pub const ATLAS_WEBHOOK_ERR_ARGUMENT: atlas_webhook_status = -1;
/// Caller: the call is not allowed in this state of the handle. The call changed nothing.
pub const ATLAS_WEBHOOK_ERR_STATE: atlas_webhook_status = -2;
/// Library: this build or version does not support the call.
pub const ATLAS_WEBHOOK_ERR_UNSUPPORTED: atlas_webhook_status = -3;
/// Library: a defect. The handles that the call was changing return this status from now on. Free
/// them.
pub const ATLAS_WEBHOOK_ERR_PANIC: atlas_webhook_status = -4;

/// HTTP peer: its bytes are not HTTP/1.x, or are ambiguous.
pub const ATLAS_WEBHOOK_ERR_PROTOCOL: atlas_webhook_status = -20;
/// HTTP peer: its message exceeds a limit.
pub const ATLAS_WEBHOOK_ERR_LIMIT: atlas_webhook_status = -21;
/// HTTP peer: it closed the connection before its message was complete. Retryable.
pub const ATLAS_WEBHOOK_ERR_CLOSED_EARLY: atlas_webhook_status = -22;
/// HTTP peer: the content coding of its message is unknown, damaged or not part of this build.
pub const ATLAS_WEBHOOK_ERR_ENCODING: atlas_webhook_status = -23;

/// HTTP peer: status 3xx. Redirects are never followed, because the request contains credentials.
pub const ATLAS_WEBHOOK_ERR_REDIRECT: atlas_webhook_status = -30;
/// HTTP peer: status 401, or the API's status 900 under HTTP 2xx: the credentials were rejected.
pub const ATLAS_WEBHOOK_ERR_UNAUTHORIZED: atlas_webhook_status = -31;
/// HTTP peer: status 429, or the API's own rate limit. Retryable after
/// atlas_webhook_error_retry_after.
pub const ATLAS_WEBHOOK_ERR_RATE_LIMITED: atlas_webhook_status = -32;
/// HTTP peer: any other status 4xx. 408, 421 and 425 are retryable.
pub const ATLAS_WEBHOOK_ERR_CLIENT_ERROR: atlas_webhook_status = -33;
/// HTTP peer: status 5xx, or a status outside 100 to 599. Retryable, except 501.
pub const ATLAS_WEBHOOK_ERR_SERVER_ERROR: atlas_webhook_status = -34;

/// API: the HTTP status is 2xx, but the body is not the documented JSON.
pub const ATLAS_WEBHOOK_ERR_MALFORMED_REPLY: atlas_webhook_status = -40;
/// API: it rejected the call. atlas_webhook_error_api_status returns its own status.
pub const ATLAS_WEBHOOK_ERR_REFUSED: atlas_webhook_status = -41;

/// HTTP peer: the target of the delivery is not that of a registered URL. It is not from Atlas.
pub const ATLAS_WEBHOOK_ERR_UNTRUSTED: atlas_webhook_status = -60;
/// HTTP peer: the delivery is not an event. It is not a POST, or its body is not a JSON object in
/// UTF-8.
pub const ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY: atlas_webhook_status = -61;

/// Network: the host name could not be resolved. Retryable.
pub const ATLAS_WEBHOOK_ERR_RESOLVE: atlas_webhook_status = -50;
/// Network: the host could not be connected to. Retryable.
pub const ATLAS_WEBHOOK_ERR_CONNECT: atlas_webhook_status = -51;
/// Network: the proxy rejected the request or could not be reached.
pub const ATLAS_WEBHOOK_ERR_PROXY: atlas_webhook_status = -52;
/// Network: TLS could not be established, or the certificate was rejected.
pub const ATLAS_WEBHOOK_ERR_TLS: atlas_webhook_status = -53;
/// Network: the timeout expired, or atlas_webhook_server_timed_out was called. Retryable.
pub const ATLAS_WEBHOOK_ERR_TIMEOUT: atlas_webhook_status = -54;
/// Network: reading or writing failed, or this machine lacks descriptors, memory, ports or threads.
/// Retryable.
pub const ATLAS_WEBHOOK_ERR_IO: atlas_webhook_status = -55;
/// Caller: the program cancelled the call.
pub const ATLAS_WEBHOOK_ERR_CANCELLED: atlas_webhook_status = -56;

/// atlas_webhook_status_name returns the name of a status for logs, for example
/// "ATLAS_WEBHOOK_ERR_TIMEOUT".
///
/// Returns: static text. "unknown" for a number that this version of the library does not define.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_status_name(status: atlas_webhook_status) -> *const c_char {
    describe(status).0.as_ptr()
}

/// atlas_webhook_status_text returns a short description of a status. atlas_webhook_error_message
/// describes one failure in detail.
///
/// Returns: static text. "unknown status" for a number that this version of the library does not
/// define.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_status_text(status: atlas_webhook_status) -> *const c_char {
    describe(status).1.as_ptr()
}

/// atlas_webhook_status_retryable returns whether the same call may succeed later after this
/// status. The call is idempotent, so an unnecessary retry does no harm.
/// atlas_webhook_error_retryable also considers the HTTP status and the API's own status, so it is
/// more exact.
///
/// Returns: 1 or 0. 0 for ATLAS_WEBHOOK_ERR_REFUSED and ATLAS_WEBHOOK_ERR_CLIENT_ERROR, for a status
/// that is not an error, and for an unknown number.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_status_retryable(status: atlas_webhook_status) -> c_int {
    c_int::from(KINDS.iter().any(|kind| of(*kind) == status && kind.retryable()))
}

/// Every kind of error.
const KINDS: [ErrorKind; 24] = [
    ErrorKind::Argument,
    ErrorKind::State,
    ErrorKind::Unsupported,
    ErrorKind::Panic,
    ErrorKind::Protocol,
    ErrorKind::Limit,
    ErrorKind::ClosedEarly,
    ErrorKind::Encoding,
    ErrorKind::Redirect,
    ErrorKind::Unauthorized,
    ErrorKind::RateLimited,
    ErrorKind::ClientError,
    ErrorKind::ServerError,
    ErrorKind::MalformedReply,
    ErrorKind::Refused,
    ErrorKind::Untrusted,
    ErrorKind::MalformedDelivery,
    ErrorKind::Resolve,
    ErrorKind::Connect,
    ErrorKind::Proxy,
    ErrorKind::Tls,
    ErrorKind::Timeout,
    ErrorKind::Io,
    ErrorKind::Cancelled,
];

/// The name and the text of a status.
fn describe(status: atlas_webhook_status) -> (&'static CStr, &'static CStr) {
    match status {
        ATLAS_WEBHOOK_OK => (c"ATLAS_WEBHOOK_OK", c"OK"),
        ATLAS_WEBHOOK_WANT_SEND => (c"ATLAS_WEBHOOK_WANT_SEND", c"there are bytes to send"),
        ATLAS_WEBHOOK_WANT_RECEIVE => (c"ATLAS_WEBHOOK_WANT_RECEIVE", c"waiting for bytes"),
        ATLAS_WEBHOOK_DONE => (c"ATLAS_WEBHOOK_DONE", c"the response is complete"),
        ATLAS_WEBHOOK_WANT_RESPONSE => {
            (c"ATLAS_WEBHOOK_WANT_RESPONSE", c"a delivery waits for its response")
        }
        ATLAS_WEBHOOK_WANT_CLOSE => (c"ATLAS_WEBHOOK_WANT_CLOSE", c"the connection must be closed"),
        ATLAS_WEBHOOK_ERR_ARGUMENT => (c"ATLAS_WEBHOOK_ERR_ARGUMENT", c"an argument is not valid"),
        ATLAS_WEBHOOK_ERR_STATE => {
            (c"ATLAS_WEBHOOK_ERR_STATE", c"the call does not fit the state of the handle")
        }
        ATLAS_WEBHOOK_ERR_UNSUPPORTED => {
            (c"ATLAS_WEBHOOK_ERR_UNSUPPORTED", c"not supported by this build of the library")
        }
        ATLAS_WEBHOOK_ERR_PANIC => (c"ATLAS_WEBHOOK_ERR_PANIC", c"the library has a defect"),
        ATLAS_WEBHOOK_ERR_PROTOCOL => {
            (c"ATLAS_WEBHOOK_ERR_PROTOCOL", c"the bytes are not valid HTTP/1.x")
        }
        ATLAS_WEBHOOK_ERR_LIMIT => {
            (c"ATLAS_WEBHOOK_ERR_LIMIT", c"the message is larger than a limit")
        }
        ATLAS_WEBHOOK_ERR_CLOSED_EARLY => (
            c"ATLAS_WEBHOOK_ERR_CLOSED_EARLY",
            c"the connection was closed before the message was complete",
        ),
        ATLAS_WEBHOOK_ERR_ENCODING => {
            (c"ATLAS_WEBHOOK_ERR_ENCODING", c"the content coding of the body is unknown or damaged")
        }
        ATLAS_WEBHOOK_ERR_REDIRECT => (
            c"ATLAS_WEBHOOK_ERR_REDIRECT",
            c"the server responded with a redirect, which is not followed",
        ),
        ATLAS_WEBHOOK_ERR_UNAUTHORIZED => {
            (c"ATLAS_WEBHOOK_ERR_UNAUTHORIZED", c"the credentials were rejected")
        }
        ATLAS_WEBHOOK_ERR_RATE_LIMITED => (c"ATLAS_WEBHOOK_ERR_RATE_LIMITED", c"too many requests"),
        ATLAS_WEBHOOK_ERR_CLIENT_ERROR => {
            (c"ATLAS_WEBHOOK_ERR_CLIENT_ERROR", c"the server rejected the request")
        }
        ATLAS_WEBHOOK_ERR_SERVER_ERROR => (c"ATLAS_WEBHOOK_ERR_SERVER_ERROR", c"the server failed"),
        ATLAS_WEBHOOK_ERR_MALFORMED_REPLY => {
            (c"ATLAS_WEBHOOK_ERR_MALFORMED_REPLY", c"the response is not what the API documents")
        }
        ATLAS_WEBHOOK_ERR_REFUSED => (c"ATLAS_WEBHOOK_ERR_REFUSED", c"the API refused the call"),
        ATLAS_WEBHOOK_ERR_UNTRUSTED => {
            (c"ATLAS_WEBHOOK_ERR_UNTRUSTED", c"the delivery is not for a registered URL")
        }
        ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY => {
            (c"ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY", c"the delivery is not an event")
        }
        ATLAS_WEBHOOK_ERR_RESOLVE => {
            (c"ATLAS_WEBHOOK_ERR_RESOLVE", c"the host name could not be resolved")
        }
        ATLAS_WEBHOOK_ERR_CONNECT => (c"ATLAS_WEBHOOK_ERR_CONNECT", c"no connection to the host"),
        ATLAS_WEBHOOK_ERR_PROXY => {
            (c"ATLAS_WEBHOOK_ERR_PROXY", c"the proxy refused or could not be reached")
        }
        ATLAS_WEBHOOK_ERR_TLS => (c"ATLAS_WEBHOOK_ERR_TLS", c"TLS could not be established"),
        ATLAS_WEBHOOK_ERR_TIMEOUT => (c"ATLAS_WEBHOOK_ERR_TIMEOUT", c"the timeout expired"),
        ATLAS_WEBHOOK_ERR_IO => (c"ATLAS_WEBHOOK_ERR_IO", c"reading or writing failed"),
        ATLAS_WEBHOOK_ERR_CANCELLED => (c"ATLAS_WEBHOOK_ERR_CANCELLED", c"the call was cancelled"),
        _ => (c"unknown", c"unknown status"),
    }
}

/// The status of a kind of error.
pub(super) fn of(kind: ErrorKind) -> atlas_webhook_status {
    match kind {
        ErrorKind::Argument => ATLAS_WEBHOOK_ERR_ARGUMENT,
        ErrorKind::State => ATLAS_WEBHOOK_ERR_STATE,
        ErrorKind::Unsupported => ATLAS_WEBHOOK_ERR_UNSUPPORTED,
        ErrorKind::Panic => ATLAS_WEBHOOK_ERR_PANIC,
        ErrorKind::Protocol => ATLAS_WEBHOOK_ERR_PROTOCOL,
        ErrorKind::Limit => ATLAS_WEBHOOK_ERR_LIMIT,
        ErrorKind::ClosedEarly => ATLAS_WEBHOOK_ERR_CLOSED_EARLY,
        ErrorKind::Encoding => ATLAS_WEBHOOK_ERR_ENCODING,
        ErrorKind::Redirect => ATLAS_WEBHOOK_ERR_REDIRECT,
        ErrorKind::Unauthorized => ATLAS_WEBHOOK_ERR_UNAUTHORIZED,
        ErrorKind::RateLimited => ATLAS_WEBHOOK_ERR_RATE_LIMITED,
        ErrorKind::ClientError => ATLAS_WEBHOOK_ERR_CLIENT_ERROR,
        ErrorKind::ServerError => ATLAS_WEBHOOK_ERR_SERVER_ERROR,
        ErrorKind::MalformedReply => ATLAS_WEBHOOK_ERR_MALFORMED_REPLY,
        ErrorKind::Refused => ATLAS_WEBHOOK_ERR_REFUSED,
        ErrorKind::Untrusted => ATLAS_WEBHOOK_ERR_UNTRUSTED,
        ErrorKind::MalformedDelivery => ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY,
        ErrorKind::Resolve => ATLAS_WEBHOOK_ERR_RESOLVE,
        ErrorKind::Connect => ATLAS_WEBHOOK_ERR_CONNECT,
        ErrorKind::Proxy => ATLAS_WEBHOOK_ERR_PROXY,
        ErrorKind::Tls => ATLAS_WEBHOOK_ERR_TLS,
        ErrorKind::Timeout => ATLAS_WEBHOOK_ERR_TIMEOUT,
        ErrorKind::Io => ATLAS_WEBHOOK_ERR_IO,
        ErrorKind::Cancelled => ATLAS_WEBHOOK_ERR_CANCELLED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statuses below 0 that have a name.
    fn errors() -> impl Iterator<Item = atlas_webhook_status> {
        (-1_000..0).filter(|status| describe(*status).0 != c"unknown")
    }

    #[test]
    fn every_kind_of_error_has_a_status_of_its_own_with_a_text() {
        for kind in KINDS {
            assert_eq!(errors().filter(|status| of(kind) == *status).count(), 1, "{kind:?}");
            assert_ne!(describe(of(kind)).1, c"unknown status", "{kind:?}");
            assert_eq!(KINDS.iter().filter(|other| of(**other) == of(kind)).count(), 1, "{kind:?}");
        }
    }

    #[test]
    fn every_status_of_an_error_has_its_kind() {
        for status in errors() {
            assert!(KINDS.iter().any(|kind| of(*kind) == status), "{status}");
        }
    }
}
