//! Server connection: deliveries over a socket of your own.

use alloc::boxed::Box;
use alloc::format;
use core::ffi::{c_int, c_void};

use super::{ATLAS_WEBHOOK_ERR_ARGUMENT, ATLAS_WEBHOOK_ERR_PANIC};
use super::{ATLAS_WEBHOOK_OK, ATLAS_WEBHOOK_WANT_CLOSE, ATLAS_WEBHOOK_WANT_RECEIVE};
use super::{ATLAS_WEBHOOK_WANT_RESPONSE, ATLAS_WEBHOOK_WANT_SEND, Changeable, Handle, Poison};
use super::{
    atlas_webhook_error, atlas_webhook_event, atlas_webhook_receiver, atlas_webhook_status,
};
use super::{bytes, exclusive, free, get, get_bytes, guard, output, report, shared};
use crate::error::Error;
use crate::receive::delivery::Delivery;
use crate::receive::server_connection::{ServerConnection, ServerState};

/// One connection on which deliveries come, as bytes in and bytes out, blocking or not: an HTTP/1.1
/// server without I/O, for a socket behind a proxy that terminates TLS, or with your own TLS. It holds
/// no socket and has no timer.
///
/// Its state is WANT_RECEIVE; then WANT_RESPONSE, when a delivery is complete; then WANT_SEND; then
/// WANT_RECEIVE again, or WANT_CLOSE. Each call that changes it returns the new state. What a peer sends
/// is never an error: a request that is rejected (broken HTTP, another method or target, too large) is a
/// response to send, and then WANT_CLOSE. Requests whose body is no event wait for your response too.
///
/// Close in stages: shut down the sending side, read and drop what still comes until the end or for
/// two seconds, then close. Over TLS, SSL_shutdown comes first. Otherwise a peer that is still sending
/// loses the last response.
///
/// One thread at a time uses it; it may move between threads.
pub struct atlas_webhook_server {
    server: ServerConnection,
    poison: Poison,
}

impl atlas_webhook_server {
    fn status(&self) -> atlas_webhook_status {
        match self.server.state() {
            ServerState::WantReceive => ATLAS_WEBHOOK_WANT_RECEIVE,
            ServerState::WantResponse => ATLAS_WEBHOOK_WANT_RESPONSE,
            ServerState::WantSend => ATLAS_WEBHOOK_WANT_SEND,
            ServerState::WantClose => ATLAS_WEBHOOK_WANT_CLOSE,
        }
    }

    /// Looks at the state first, since valgrind reports the code that LLVM makes of the `Option` alone.
    fn part<'a>(&'a self, part: impl FnOnce(Delivery<'a>) -> &'a [u8]) -> &'a [u8] {
        match self.server.state() {
            ServerState::WantResponse => self.server.delivery().map_or(&[], part),
            _ => &[],
        }
    }
}

impl Handle for atlas_webhook_server {
    const NAME: &'static str = "the server";

    fn is_poisoned(&self) -> bool {
        self.poison.is_set()
    }
}

impl Changeable for atlas_webhook_server {
    fn poison(&self) -> &Poison {
        &self.poison
    }
}

/// The new state after a call that changes the server.
///
/// # Safety
///
/// As the exported functions.
unsafe fn change(
    server: *mut atlas_webhook_server,
    error: *mut *mut atlas_webhook_error,
    work: impl FnOnce(&mut ServerConnection) -> Result<(), Error>,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(server) }?;
        work(&mut handle.server)?;
        Ok(handle.status())
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_server_new starts a connection that receives what is for receiver. It keeps a copy of
/// the receiver's settings, so later changes of the receiver do not apply to it. The receiver may be
/// freed or used for further connections.
///
/// *out is yours: free it with atlas_webhook_server_free.
///
/// Errors: ARGUMENT if receiver or out is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_new(
    receiver: *const atlas_webhook_receiver,
    out: *mut *mut atlas_webhook_server,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let receiver = unsafe { shared(receiver) }?;
        let server = ServerConnection::new(&receiver.receiver);
        let handle = atlas_webhook_server { server, poison: Poison::default() };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(Box::new(handle))) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_server_state returns the state: WANT_RECEIVE, WANT_RESPONSE, WANT_SEND or WANT_CLOSE.
///
/// Returns: ARGUMENT if server is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_state(
    server: *const atlas_webhook_server,
) -> atlas_webhook_status {
    if server.is_null() {
        return ATLAS_WEBHOOK_ERR_ARGUMENT;
    }
    // SAFETY: by the rules.
    unsafe { get(server, ATLAS_WEBHOOK_ERR_PANIC, atlas_webhook_server::status) }
}

/// atlas_webhook_server_received takes bytes that came in, all of them, and returns the new state. What
/// of the next request came too early is kept. Never pass a byte twice. No bytes change nothing; the end
/// of the input is atlas_webhook_server_received_eof. Nothing is kept of the buffer.
///
/// Allowed in WANT_RECEIVE, while a 100 Continue waits to be sent, and after a rejection or
/// the end, when the bytes are discarded.
///
/// Errors: STATE in WANT_RESPONSE and while its response is sent; ARGUMENT, as when len is the -1 of a
/// failed recv(). Nothing is changed, and the bytes are not taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_received(
    server: *mut atlas_webhook_server,
    input: *const c_void,
    len: usize,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe {
        change(server, error, |server| {
            server.received(bytes(input, len, "input")?)?;
            Ok(())
        })
    }
}

/// atlas_webhook_server_received_eof says that the peer closed its side of the connection, and returns
/// the new state. Within a request that is its end, without a response. A delivery that is complete is
/// still responded to. Over TLS call it only for a close_notify, or for any end that you accept.
///
/// Errors: ARGUMENT if server is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_received_eof(
    server: *mut atlas_webhook_server,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe { change(server, error, |server| server.received_eof().map(|_| ())) }
}

/// atlas_webhook_server_timed_out records that your timeout for the peer expired, and returns the new
/// state. An idle connection just closes. Within a request, 408 is sent; in WANT_RESPONSE, 503. A
/// response that the peer does not read is given up.
///
/// Errors: ARGUMENT if server is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_timed_out(
    server: *mut atlas_webhook_server,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe {
        change(server, error, |server| {
            server.timed_out();
            Ok(())
        })
    }
}

/// atlas_webhook_server_to_send returns the bytes that are left to send. Send some of them, then tell
/// atlas_webhook_server_sent how many.
///
/// The bytes live until the next call that changes the server, or its free. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_to_send(
    server: *const atlas_webhook_server,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(server, len, |handle| handle.server.to_send()) }
}

/// atlas_webhook_server_sent says that the first n bytes of those to send were sent, and returns the new
/// state. When they end a response, what came of the next request is read, so that the state may be
/// WANT_RESPONSE again.
///
/// Errors: ARGUMENT if there were fewer, as when n is the -1 of a failed send(); nothing is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_sent(
    server: *mut atlas_webhook_server,
    n: usize,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe { change(server, error, |server| server.sent(n).map(|_| ())) }
}

/// atlas_webhook_server_take_event takes the event of the delivery that waits for its response. It can be
/// taken once, as an event or as the error that it is. The state stays WANT_RESPONSE.
///
/// *out is yours: free it with atlas_webhook_event_free.
///
/// Errors: those of atlas_webhook_receiver_read for the body, each with the status to respond with
/// (atlas_webhook_error_response_status); STATE if no delivery waits or its event was taken already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_take_event(
    server: *mut atlas_webhook_server,
    out: *mut *mut atlas_webhook_event,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(server) }?;
        let event = handle.server.take_event()?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_event::into_raw(event)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_server_delivery_body returns the body of the delivery that waits for its response, as it
/// was sent: its content coding is still there. Store it if its event cannot be taken. Empty unless a
/// delivery waits.
///
/// The bytes live until the next call that changes the server, or its free. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_delivery_body(
    server: *const atlas_webhook_server,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(server, len, |handle| handle.part(|delivery| delivery.body())) }
}

/// atlas_webhook_server_delivery_target returns the target of the delivery that waits for its response,
/// as it was sent. It is a secret. Empty unless a delivery waits.
///
/// The bytes live until the next call that changes the server, or its free. len may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_delivery_target(
    server: *const atlas_webhook_server,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(server, len, |handle| handle.part(|delivery| delivery.target())) }
}

/// atlas_webhook_server_respond responds to the delivery, and returns the new state. Respond with 200
/// once its event is stored, with the response status of an error if it is none, and with 503 if it
/// should be sent again. The response has no content. No status closes the connection by itself.
///
/// Range: http_status is 200 to 599 and not 204, 205 or 304.
///
/// Errors: ARGUMENT for another status; STATE if no delivery waits. Nothing is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_respond(
    server: *mut atlas_webhook_server,
    http_status: u32,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe {
        change(server, error, |server| {
            let status = u16::try_from(http_status)
                .map_err(|_| Error::argument(format!("{http_status} is not an HTTP status")))?;
            server.respond(status)?;
            Ok(())
        })
    }
}

/// atlas_webhook_server_rejection returns why a request was rejected, or why the connection ended within
/// one. OK if no request was rejected. The error has the offset in the request, and the response status
/// for it (atlas_webhook_error_response_status). Nothing is sent after CLOSED_EARLY, or if the peer does
/// not read the response in time. Log it.
///
/// *error, if error is not NULL, is yours: free it with atlas_webhook_error_free. It is NULL for OK.
///
/// Errors: PROTOCOL, LIMIT, ENCODING, MALFORMED_DELIVERY (another method), UNTRUSTED (another target),
/// TIMEOUT and CLOSED_EARLY are what it was; ARGUMENT if server is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_rejection(
    server: *const atlas_webhook_server,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let handle = unsafe { shared(server) }?;
        match handle.server.rejection() {
            Some(rejection) => Err(rejection.clone()),
            None => Ok(ATLAS_WEBHOOK_OK),
        }
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_server_idle returns 1 in WANT_RECEIVE before the first byte of a request, also on a new
/// connection. Returns 0 in every other state, and for NULL. Allow an idle connection more time than a
/// request: 75 s, for example, instead of 10 s.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_idle(server: *const atlas_webhook_server) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(server, 0, |handle| c_int::from(handle.server.idle())) }
}

/// atlas_webhook_server_close ends the connection in order, as when the program stops, and returns the new
/// state: WANT_CLOSE if it is idle. Otherwise the present request is read and responded to first.
///
/// Errors: ARGUMENT if server is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_close(
    server: *mut atlas_webhook_server,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe {
        change(server, error, |server| {
            server.close();
            Ok(())
        })
    }
}

/// atlas_webhook_server_free frees a server, in any state. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_free(server: *mut atlas_webhook_server) {
    // SAFETY: by the rules.
    unsafe { free(server) };
}
