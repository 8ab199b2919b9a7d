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

/// A sans-I/O HTTP/1.1 server for deliveries on one connection. Use it for a socket behind a proxy
/// that terminates TLS, or with your own TLS. It works with blocking and non-blocking sockets. It
/// has no socket and no timer.
///
/// Its state is WANT_RECEIVE until a delivery is complete, then WANT_RESPONSE, then WANT_SEND, then
/// WANT_RECEIVE again or WANT_CLOSE. Each call that changes the server returns the new state. Input
/// from the peer never makes a call fail. If a request is rejected (broken HTTP, another method or
/// target, too large), the server has a response to send, and then its state is WANT_CLOSE. A
/// request whose body is not an event waits for your response too.
///
/// Loop over atlas_webhook_server_state until it returns WANT_CLOSE. In WANT_RECEIVE, pass what you
/// receive to atlas_webhook_server_received, or call atlas_webhook_server_received_eof. In
/// WANT_RESPONSE, call atlas_webhook_server_take_event, store the event, and call
/// atlas_webhook_server_respond. In WANT_SEND, send what atlas_webhook_server_to_send returns, and
/// pass the number of bytes to atlas_webhook_server_sent. examples/c/serving has two programs.
///
/// Poll for input only in WANT_RECEIVE. Enforce your own timeouts, and call
/// atlas_webhook_server_timed_out when one expires. Count the timeout of a request (10 s, for
/// example) from its first byte, not from its last.
///
/// Close in stages: shut down the sending side, read and discard input until it ends or two seconds
/// pass, then close. Over TLS call SSL_shutdown first. Otherwise a peer that is still sending loses
/// the last response.
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

/// atlas_webhook_server_new starts a connection that receives deliveries for receiver. It copies
/// the settings of the receiver: later changes of the receiver do not apply to it. The receiver may
/// be freed or used for more connections.
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

/// atlas_webhook_server_state returns the state.
///
/// Returns: WANT_RECEIVE, WANT_RESPONSE, WANT_SEND or WANT_CLOSE. ARGUMENT if server is NULL.
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

/// atlas_webhook_server_received processes bytes that were received. It uses all of them: bytes of
/// the next request are kept. Do not pass a byte twice. (NULL, 0) changes nothing; for the end of
/// the input call atlas_webhook_server_received_eof.
///
/// Call it in WANT_RECEIVE. It may also be called while a 100 Continue is to be sent, and after a
/// rejection or the end of the connection, when the bytes are discarded.
///
/// Returns: the new state.
///
/// Errors: STATE in WANT_RESPONSE and while the response to a delivery is to be sent. ARGUMENT if
/// len is more than PTRDIFF_MAX, for example the -1 of a failed recv(). After an error no byte was
/// used.
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

/// atlas_webhook_server_received_eof records that the peer closed its side of the connection.
/// Within a request the connection ends without a response. A complete delivery is still responded
/// to. The last response has Connection: close, unless it was made before this call. Over TLS call
/// it only after a close_notify, or for any end that you accept.
///
/// Returns: the new state.
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

/// atlas_webhook_server_timed_out records that your timeout for the peer expired. An idle
/// connection closes. Within a request, 408 is sent. In WANT_RESPONSE, 503 is sent. If the peer
/// does not read a response, the response is dropped.
///
/// Returns: the new state.
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

/// atlas_webhook_server_to_send returns the bytes that remain to be sent. Send some or all of them,
/// then pass their number to atlas_webhook_server_sent.
///
/// Returns: no bytes if all were sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_to_send(
    server: *const atlas_webhook_server,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(server, len, |handle| handle.server.to_send()) }
}

/// atlas_webhook_server_sent records that the first n of the bytes to send were sent. At the end of
/// a response, bytes of the next request that were already received are processed, so the new state
/// may be WANT_RESPONSE.
///
/// Returns: the new state.
///
/// Errors: ARGUMENT if n is more than remained, for example the -1 of a failed send().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_sent(
    server: *mut atlas_webhook_server,
    n: usize,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    // SAFETY: by the rules.
    unsafe { change(server, error, |server| server.sent(n).map(|_| ())) }
}

/// atlas_webhook_server_take_event returns the event of the delivery that waits for its response.
/// It can be called once for each delivery, whether it returns an event or an error. The state
/// stays WANT_RESPONSE.
///
/// Errors: those of atlas_webhook_receiver_read for the body; respond with
/// atlas_webhook_error_response_status. STATE if no delivery waits, or if the event was returned
/// before.
///
/// Ownership: you own *out. Free it with atlas_webhook_event_free.
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

/// atlas_webhook_server_delivery_body returns the body of the delivery that waits for its response.
/// Its content coding is not removed. Store it if atlas_webhook_server_take_event fails.
///
/// Returns: no bytes if no delivery waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_delivery_body(
    server: *const atlas_webhook_server,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(server, len, |handle| handle.part(|delivery| delivery.body())) }
}

/// atlas_webhook_server_delivery_target returns the target of the delivery that waits for its
/// response, as it was sent. It is a secret.
///
/// Returns: no bytes if no delivery waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_delivery_target(
    server: *const atlas_webhook_server,
    len: *mut usize,
) -> *const c_void {
    // SAFETY: by the rules.
    unsafe { get_bytes(server, len, |handle| handle.part(|delivery| delivery.target())) }
}

/// atlas_webhook_server_respond responds to the delivery. Respond with 200 after its event was
/// stored, with atlas_webhook_error_response_status of an error if it is not an event, and with 503
/// if it should be sent again. The response has no content, and only 405 and 415 have a field of
/// their own. Do not use 206, 401, 407 or 426: RFC 9110 requires a field with each, which is
/// missing. No status closes the connection by itself.
///
/// Range: http_status is 200 to 599, except 204, 205 and 304.
///
/// Returns: the new state.
///
/// Errors: ARGUMENT if http_status is out of range. STATE if no delivery waits.
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

/// atlas_webhook_server_rejection returns why a request was rejected, or why the connection ended
/// within a request. The error has the offset in the request and the response status
/// (atlas_webhook_error_response_status). Log it. No response is sent after CLOSED_EARLY, or if the
/// peer does not read the response in time. The error is TIMEOUT if that was the response to a
/// delivery, which itself was not rejected.
///
/// Returns: OK if no request was rejected. ARGUMENT if server is NULL.
///
/// Errors: PROTOCOL, LIMIT, ENCODING, MALFORMED_DELIVERY (another method), UNTRUSTED (another
/// target), TIMEOUT or CLOSED_EARLY: the cause of the rejection.
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

/// atlas_webhook_server_idle returns whether the connection is idle: the state is WANT_RECEIVE and
/// no byte of a request was received. A new connection is idle. Use a longer timeout for an idle
/// connection than for a request: 75 s, for example, instead of 10 s.
///
/// Returns: 1 or 0. 0 if server is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_idle(server: *const atlas_webhook_server) -> c_int {
    // SAFETY: by the rules.
    unsafe { get(server, 0, |handle| c_int::from(handle.server.idle())) }
}

/// atlas_webhook_server_close ends the connection in order, for example when the program stops. If
/// the connection is idle, the new state is WANT_CLOSE. Otherwise the current request is first read
/// and responded to.
///
/// Returns: the new state.
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

/// atlas_webhook_server_free frees a server connection in any state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_server_free(server: *mut atlas_webhook_server) {
    // SAFETY: by the rules.
    unsafe { free(server) };
}
