//! Receiver: checks and reads deliveries.

use alloc::boxed::Box;
use core::ffi::{c_char, c_void};

use super::{ATLAS_WEBHOOK_OK, Changeable, Handle, Poison, atlas_webhook_error};
use super::{
    atlas_webhook_event, atlas_webhook_status, bytes, exclusive, free, guard, output, report,
    set_limit,
};
use super::{shared, text};
use crate::receive::delivery::Delivery;
use crate::receive::event::Event;
use crate::receive::receiver::Receiver;

/// A receiver checks deliveries against the registered URL and reads them. Make one and keep it.
///
/// Deliveries have no signature, so the registered URL is the secret: put a random token into its
/// path. Scheme, host, port, header fields and addresses are not checked.
///
/// Reading does not change a receiver, so any number of threads may read with one at the same time.
/// Its setters need exclusive access.
pub struct atlas_webhook_receiver {
    pub(super) receiver: Receiver,
    poison: Poison,
}

impl Handle for atlas_webhook_receiver {
    const NAME: &'static str = "the receiver";

    fn is_poisoned(&self) -> bool {
        self.poison.is_set()
    }
}

impl Changeable for atlas_webhook_receiver {
    fn poison(&self) -> &Poison {
        &self.poison
    }
}

/// atlas_webhook_receiver_new makes a receiver for deliveries to url.
///
/// Range: the registered URL. If a proxy in front of the program removes a prefix, the path and
/// query that the program receives. A URL without path and query contains no secret: every POST to
/// "/" is then trusted.
///
/// Errors: ARGUMENT if url is out of range, with the offset of the offending byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_receiver_new(
    url: *const c_char,
    out: *mut *mut atlas_webhook_receiver,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let url = unsafe { text(url, "the receiver's URL") }?;
        let receiver = Receiver::new(url)?;
        let handle = atlas_webhook_receiver { receiver, poison: Poison::default() };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(Box::new(handle))) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_receiver_add_url makes the receiver accept deliveries to url as well. Use it while
/// a new URL replaces an old one. A URL whose path and query the receiver has already changes nothing.
///
/// Default: only the URL of atlas_webhook_receiver_new.
///
/// Range: as for atlas_webhook_receiver_new; at most 8 URLs in all.
///
/// Errors: ARGUMENT if url is out of range, with the offset of the offending byte, or if there are
/// 8 URLs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_receiver_add_url(
    receiver: *mut atlas_webhook_receiver,
    url: *const c_char,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(receiver) }?;
        // SAFETY: by the rules.
        let url = unsafe { text(url, "the receiver's URL") }?;
        handle.receiver.add_url(url)?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_receiver_set_limit sets a limit for deliveries. which is one of the
/// ATLAS_WEBHOOK_LIMIT_ macros. atlas_webhook_receiver_read uses BODY and VALUES. A server
/// connection also uses HEAD, FIELDS and CHUNK_OVERHEAD.
///
/// Default: stated at each macro.
///
/// Range: 0 to SIZE_MAX.
///
/// Errors: ARGUMENT if which is unknown or value is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_receiver_set_limit(
    receiver: *mut atlas_webhook_receiver,
    which: u32,
    value: u64,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(receiver) }?;
        let mut limits = handle.receiver.limits();
        set_limit(&mut limits, which, value)?;
        handle.receiver.set_limits(limits);
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_receiver_read checks a delivery that your HTTP server received, and reads it.
///
/// method and target are those of the request line, as received and not decoded. They may contain
/// any bytes. The target is compared in constant time. headers are the field lines; each ends with
/// CRLF or LF. A line that starts with a space or a tab continues the field line directly before
/// it. Only Content-Encoding is read, so (NULL, 0) is accepted if the server decodes the body. body
/// is the body as received, or with gzip removed.
///
/// On success store atlas_webhook_event_json and atlas_webhook_event_dedupe_key, respond with 200
/// at once, and process the event later. On failure respond with
/// atlas_webhook_error_response_status.
///
/// Errors: MALFORMED_DELIVERY if the method is not POST, or if the body is not a JSON object in
/// UTF-8 or contains a key twice in one object. UNTRUSTED if the target is not that of a registered
/// URL. LIMIT if the body is too large, contains too many values or is nested deeper than 128
/// levels. ENCODING if the content coding is damaged, or is unknown and the body is not JSON as it
/// is (the server may have decoded it). A server connection rejects every unknown coding.
///
/// Ownership: you own *out. Free it with atlas_webhook_event_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_receiver_read(
    receiver: *const atlas_webhook_receiver,
    method: *const c_void,
    method_len: usize,
    target: *const c_void,
    target_len: usize,
    headers: *const c_void,
    headers_len: usize,
    body: *const c_void,
    body_len: usize,
    out: *mut *mut atlas_webhook_event,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let handle = unsafe { shared(receiver) }?;
        // SAFETY: by the rules.
        let method = unsafe { bytes(method, method_len, "the method") }?;
        // SAFETY: by the rules.
        let target = unsafe { bytes(target, target_len, "the target") }?;
        // SAFETY: by the rules.
        let headers = unsafe { bytes(headers, headers_len, "headers") }?;
        // SAFETY: by the rules.
        let body = unsafe { bytes(body, body_len, "body") }?;
        let delivery = Delivery::from_field_lines(method, target, headers, body);
        let event = handle.receiver.read(&delivery)?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_event::into_raw(event)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_receiver_parse reads an event from a stored body, as atlas_webhook_event_parse
/// does, within the limits of receiver. It does not check a target: never call it for input from
/// the network.
///
/// Errors: MALFORMED_DELIVERY or LIMIT.
///
/// Ownership: you own *out. Free it with atlas_webhook_event_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_receiver_parse(
    receiver: *const atlas_webhook_receiver,
    json: *const c_void,
    json_len: usize,
    out: *mut *mut atlas_webhook_event,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let handle = unsafe { shared(receiver) }?;
        // SAFETY: by the rules.
        let json = unsafe { bytes(json, json_len, "json") }?;
        let event = Event::parse_within(json, handle.receiver.limits())?;
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_event::into_raw(event)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_receiver_free frees a receiver. Events and server connections that were made with
/// it stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_receiver_free(receiver: *mut atlas_webhook_receiver) {
    // SAFETY: by the rules.
    unsafe { free(receiver) };
}
