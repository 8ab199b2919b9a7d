//! Exchange: one request and its response over a socket of your own.

use alloc::boxed::Box;
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

use super::{
    ATLAS_WEBHOOK_DONE, ATLAS_WEBHOOK_ERR_ARGUMENT, ATLAS_WEBHOOK_ERR_PANIC, ATLAS_WEBHOOK_OK,
};
use super::{ATLAS_WEBHOOK_WANT_RECEIVE, ATLAS_WEBHOOK_WANT_SEND, Changeable, Handle, Poison};
use super::{
    atlas_webhook_error, atlas_webhook_reply, atlas_webhook_request, atlas_webhook_response,
    atlas_webhook_status,
};
use super::{bytes, exclusive, free, get, get_bytes, guard, output, report, shared, status};
use crate::register::exchange::{Exchange, State};

/// A sans-I/O HTTP/1.1 client for one request and its response. It works over any connection, with
/// blocking and non-blocking sockets. It has no socket and no timer. Enforce your own timeout and
/// free the exchange when it expires.
///
/// Its state is WANT_SEND, then WANT_RECEIVE, then DONE. DONE means that the response is complete;
/// atlas_webhook_exchange_take_reply interprets it. If the HTTP is invalid, the exchange fails, and
/// its state is the status of that failure from then on.
pub struct atlas_webhook_exchange {
    exchange: Exchange,
    poison: Poison,
}

impl atlas_webhook_exchange {
    fn status(&self) -> atlas_webhook_status {
        match self.exchange.state() {
            State::WantSend => ATLAS_WEBHOOK_WANT_SEND,
            State::WantReceive => ATLAS_WEBHOOK_WANT_RECEIVE,
            State::Done => ATLAS_WEBHOOK_DONE,
            State::Failed => self
                .exchange
                .failure()
                .map_or(ATLAS_WEBHOOK_ERR_PANIC, |failure| status::of(failure.kind())),
        }
    }
}

impl Handle for atlas_webhook_exchange {
    const NAME: &'static str = "the exchange";

    fn is_poisoned(&self) -> bool {
        self.poison.is_set()
    }
}

impl Changeable for atlas_webhook_exchange {
    fn poison(&self) -> &Poison {
        &self.poison
    }
}

/// atlas_webhook_exchange_new starts an exchange of request.
///
/// Errors: ARGUMENT if request or out is NULL.
///
/// Ownership: the exchange keeps its own share of the request, which may be freed or used for other
/// exchanges.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_new(
    request: *const atlas_webhook_request,
    out: *mut *mut atlas_webhook_exchange,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let request = unsafe { shared(request) }?;
        let exchange = Exchange::new(&request.request);
        let handle = atlas_webhook_exchange { exchange, poison: Poison::default() };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(Box::new(handle))) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_exchange_state returns the state: WANT_SEND, WANT_RECEIVE or DONE, or the status
/// of the failure after the exchange has failed.
///
/// Returns: ARGUMENT if exchange is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_state(
    exchange: *const atlas_webhook_exchange,
) -> atlas_webhook_status {
    if exchange.is_null() {
        return ATLAS_WEBHOOK_ERR_ARGUMENT;
    }
    // SAFETY: by the rules.
    unsafe { get(exchange, ATLAS_WEBHOOK_ERR_PANIC, atlas_webhook_exchange::status) }
}

/// atlas_webhook_exchange_to_send returns the bytes that remain to be sent. Send some or all of
/// them, then pass their number to atlas_webhook_exchange_sent.
///
/// Returns: no bytes if all were sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_to_send(
    exchange: *const atlas_webhook_exchange,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(exchange, len, |handle| handle.exchange.to_send()) }
}

/// atlas_webhook_exchange_sent records that the first n of the bytes to send were sent.
///
/// Returns: the new state.
///
/// Errors: ARGUMENT if n is more than remained, for example the -1 of a failed send(). The failure
/// of the exchange, if it has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_sent(
    exchange: *mut atlas_webhook_exchange,
    n: usize,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(exchange) }?;
        handle.exchange.sent(n)?;
        Ok(handle.status())
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_exchange_received processes bytes that were received. Processing time is linear in
/// their number, regardless of how they are split into calls. Do not pass a byte twice. It may be
/// called while bytes remain to be sent: an early response ends the exchange. (NULL, 0) changes
/// nothing.
///
/// *used is the number of bytes that belong to this response; used may be NULL. It is less than len
/// only if the response ends within input. Bytes behind it are yours, and the connection cannot be
/// reused.
///
/// Returns: the new state.
///
/// Errors: ARGUMENT if len is more than PTRDIFF_MAX, for example the -1 of a failed recv().
/// PROTOCOL or LIMIT, with the offset in the response; the exchange has then failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_received(
    exchange: *mut atlas_webhook_exchange,
    input: *const c_void,
    len: usize,
    used: *mut usize,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(exchange) }?;
        // SAFETY: by the rules.
        let input = unsafe { bytes(input, len, "input") }?;
        let taken = handle.exchange.received(input)?;
        if let Some(used) = NonNull::new(used) {
            // SAFETY: not NULL, and valid by the rules.
            unsafe { used.write(taken) };
        }
        Ok(handle.status())
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_exchange_received_eof records that the peer closed its side of the connection. A
/// response that ends with the connection is complete then. After DONE it changes nothing. Over TLS
/// call it only after a close_notify: without one the response may be truncated.
///
/// Returns: the new state.
///
/// Errors: CLOSED_EARLY if the response is incomplete; the exchange has then failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_received_eof(
    exchange: *mut atlas_webhook_exchange,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(exchange) }?;
        handle.exchange.received_eof()?;
        Ok(handle.status())
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_exchange_http_status returns the HTTP status of the final response as soon as its
/// head was read.
///
/// Returns: 0 before that.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_http_status(
    exchange: *const atlas_webhook_exchange,
) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(exchange, 0, |handle| handle.exchange.http_status().unwrap_or(0)) }
}

/// atlas_webhook_exchange_reusable returns whether HTTP permits another request on the connection:
/// the response is complete, its framing is unambiguous, neither side sent close, and the whole
/// request was sent. If bytes followed the response, or the peer has closed since, the connection
/// cannot be reused either; only your program can see that.
///
/// Returns: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_reusable(
    exchange: *const atlas_webhook_exchange,
) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(exchange, 0, |handle| c_int::from(handle.exchange.reusable())) }
}

/// atlas_webhook_exchange_take_response returns the response before it is interpreted.
/// atlas_webhook_request_reply_from interprets it. One of this function and
/// atlas_webhook_exchange_take_reply can be called, once. The state stays DONE.
///
/// Errors: STATE if the exchange is not DONE, or if the response was returned or interpreted
/// before. The failure of the exchange, if it has failed.
///
/// Ownership: you own *out. Free it with atlas_webhook_response_free. It does not depend on the
/// exchange.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_take_response(
    exchange: *mut atlas_webhook_exchange,
    out: *mut *mut atlas_webhook_response,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(exchange) }?;
        let response = handle.exchange.take_response()?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_response::into_raw(response)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_exchange_take_reply interprets the response. It can be called once. The state
/// stays DONE.
///
/// Errors: STATE if the exchange is not DONE, or if the response was returned or interpreted
/// before. The failure of the exchange, if it has failed. The errors of atlas_webhook_request_reply.
///
/// Ownership: you own *out. Free it with atlas_webhook_reply_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_take_reply(
    exchange: *mut atlas_webhook_exchange,
    out: *mut *mut atlas_webhook_reply,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(exchange) }?;
        let reply = handle.exchange.take_reply()?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_reply::into_raw(&reply)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_exchange_free frees an exchange in any state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_free(exchange: *mut atlas_webhook_exchange) {
    // SAFETY: by the rules.
    unsafe { free(exchange) };
}
