//! Receiver: whether a delivery belongs to a registered URL, and what it means.

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

/// Checks deliveries against the registered URL, and reads them. Make one and keep it.
///
/// The registered URL is the secret, because deliveries have no signature: put a random token into
/// its path. Scheme, host, port, header fields and addresses are not checked.
///
/// Threads: once set up it can be shared by threads, since reading does not change it. Its setters
/// need exclusive access.
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

/// atlas_webhook_receiver_new makes a receiver for what is posted to url. url is the registered URL,
/// or its path and query alone if a proxy in front of the program removes a prefix.
///
/// Errors: ARGUMENT for any other URL, with the offset of the offending byte.
/// Ownership: free *out with atlas_webhook_receiver_free.
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

/// atlas_webhook_receiver_add_url also accepts what is posted to url, while a new URL replaces an
/// old one. Range: at most 8 URLs.
///
/// Errors: ARGUMENT as for atlas_webhook_receiver_new, or if there are 8 URLs.
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

/// atlas_webhook_receiver_set_limit sets the largest size of a delivery. which is one of the
/// ATLAS_WEBHOOK_LIMIT_ constants; reading a delivery uses BODY and VALUES. A server connection
/// also uses HEAD, FIELDS and CHUNK_OVERHEAD.
///
/// Default: as stated at each constant.
///
/// Range: 0 to SIZE_MAX.
///
/// Errors: ARGUMENT for an unknown limit, or a value that does not fit this machine.
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
/// method and target are those of the request line, as received and not decoded: any bytes, with
/// their lengths. The target is compared in constant time. headers are the field lines, each ended
/// by CRLF or LF. Only Content-Encoding is read from them, so (NULL, 0) is fine if the server
/// decodes the body. body is the body as received, or with gzip removed.
///
/// On failure respond with atlas_webhook_error_response_status. On success store
/// atlas_webhook_event_json and atlas_webhook_event_dedupe_key, respond with 200 at once, and work
/// later.
///
/// Errors: MALFORMED_DELIVERY if the method is not POST, or the body is not a JSON object in UTF-8 or
/// has a key twice in one object. UNTRUSTED if the target is not that of a registered URL. LIMIT if
/// the body is too large, has too many values or is nested deeper than 128 levels. ENCODING if the
/// content coding is unknown or damaged.
/// Ownership: free *out with atlas_webhook_event_free.
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

/// atlas_webhook_receiver_parse reads an event from a stored body as atlas_webhook_event_parse does,
/// but within the limits of receiver. It checks no target: never call it for what comes from the
/// network.
///
/// Errors: MALFORMED_DELIVERY, LIMIT.
///
/// Ownership: free *out with atlas_webhook_event_free.
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

/// atlas_webhook_receiver_free frees a receiver. Events live on. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_receiver_free(receiver: *mut atlas_webhook_receiver) {
    // SAFETY: by the rules.
    unsafe { free(receiver) };
}
