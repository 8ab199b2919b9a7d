//! Exchange: one request and its answer over a socket of your own.

use alloc::boxed::Box;
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

use super::{
    ATLAS_WEBHOOK_DONE, ATLAS_WEBHOOK_ERR_ARGUMENT, ATLAS_WEBHOOK_ERR_PANIC, ATLAS_WEBHOOK_OK,
};
use super::{ATLAS_WEBHOOK_WANT_RECEIVE, ATLAS_WEBHOOK_WANT_SEND, Changeable, Handle, Poison};
use super::{
    atlas_webhook_error, atlas_webhook_reply, atlas_webhook_request, atlas_webhook_status,
};
use super::{bytes, exclusive, free, get, get_bytes, guard, output, report, shared, status};
use crate::register::exchange::{Exchange, State};

/// One request and its answer as bytes out and bytes in, over any connection, blocking or not. It
/// holds no socket and knows no time: a timeout is yours, and then just free the exchange.
///
/// Its state is WANT_SEND, then WANT_RECEIVE, then DONE. DONE means that the answer is complete,
/// whatever it says; only atlas_webhook_exchange_take_reply tells. sent, received and received_eof
/// fail only because of HTTP, and then the exchange stays failed with that status. A call with a
/// wrong argument or in the wrong state changes nothing.
///
/// One thread at a time uses it; it may move between threads.
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

/// atlas_webhook_exchange_new starts an exchange of request. It takes its own share of the request,
/// which may be freed or used for further exchanges.
///
/// *out is yours: free it with atlas_webhook_exchange_free.
///
/// Errors: ARGUMENT when request or out is NULL.
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

/// atlas_webhook_exchange_state gives the state: WANT_SEND, WANT_RECEIVE or DONE; or the status of
/// the failure once it has failed. ARGUMENT when exchange is NULL.
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

/// atlas_webhook_exchange_to_send gives the bytes that are left to send. Send some of them, then
/// tell atlas_webhook_exchange_sent how many. No bytes are left once all were sent.
///
/// The bytes live until the next call that changes the exchange, or its free. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_to_send(
    exchange: *const atlas_webhook_exchange,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(exchange, len, |handle| handle.exchange.to_send()) }
}

/// atlas_webhook_exchange_sent says that the first n bytes of those to send were sent, and gives
/// the new state.
///
/// Errors: ARGUMENT when there were fewer, as when n is the -1 of a failed send(); nothing is
/// changed. After a failure, that failure.
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

/// atlas_webhook_exchange_received takes bytes that came in, and gives the new state. All of them
/// are taken, unless the answer ends within; *used says how many, and may be NULL. What is left over
/// is yours, and the connection is then of no further use. Never give a byte twice.
///
/// It is legal while bytes wait to be sent: an answer that comes early wins. No bytes change nothing;
/// the end of the input is atlas_webhook_exchange_received_eof. Nothing is kept of the buffer.
///
/// Errors: ARGUMENT, as when len is the -1 of a failed recv(); nothing is changed. PROTOCOL or
/// LIMIT, with the offset in the answer, and the exchange stays failed.
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

/// atlas_webhook_exchange_received_eof says that the peer closed its side of the connection, and
/// gives the new state: an answer without a stated length is complete now. Once DONE it changes
/// nothing. Over TLS call it only for a close_notify; a connection that ends without one was cut.
///
/// Errors: CLOSED_EARLY when the answer is not whole, and the exchange stays failed.
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

/// atlas_webhook_exchange_http_status gives the HTTP status as soon as the final head was read; 0
/// before, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_http_status(
    exchange: *const atlas_webhook_exchange,
) -> u16 {
    // SAFETY: by the rules.
    unsafe { get(exchange, 0, |handle| handle.exchange.http_status().unwrap_or(0)) }
}

/// atlas_webhook_exchange_reusable gives 1 when HTTP permits to send another request on the
/// connection: the answer is complete, its framing was sound, neither side asked to close, and the
/// whole request was sent. Else, and for NULL, 0. Whether bytes were left over, or the peer closed
/// meanwhile, you must see yourself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_reusable(
    exchange: *const atlas_webhook_exchange,
) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(exchange, 0, |handle| c_int::from(handle.exchange.reusable())) }
}

/// atlas_webhook_exchange_take_reply says what the answer means. It can be taken once, as a reply
/// or as the error that it is. The state stays DONE.
///
/// *out is yours: free it with atlas_webhook_reply_free.
///
/// Errors: STATE before the exchange is DONE, or when the answer was taken already; the failure of
/// the exchange; and those of atlas_webhook_request_reply.
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

/// atlas_webhook_exchange_free frees an exchange, in any state. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_exchange_free(exchange: *mut atlas_webhook_exchange) {
    // SAFETY: by the rules.
    unsafe { free(exchange) };
}
