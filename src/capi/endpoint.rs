//! Endpoint: the API server and your identity there.

use alloc::boxed::Box;
use core::ffi::{c_char, c_int};

use super::{
    ATLAS_WEBHOOK_OK, Changeable, Handle, Poison, atlas_webhook_error, atlas_webhook_status,
};
use super::{exclusive, free, guard, optional_text, output, report, set_limit, text};
use crate::register::endpoint::Endpoint;

/// Limit: bytes of each head of a message, and of its trailers. Default: 16 KiB.
pub const ATLAS_WEBHOOK_LIMIT_HEAD: u32 = 1;
/// Limit: field lines in each head, and in the trailers. Default: 100.
pub const ATLAS_WEBHOOK_LIMIT_FIELDS: u32 = 2;
/// Limit: interim (1xx) responses before the final one. Default: 8.
pub const ATLAS_WEBHOOK_LIMIT_INTERIM: u32 = 3;
/// Limit: bytes of the body, both as sent and with gzip removed. Default: 1 MiB.
pub const ATLAS_WEBHOOK_LIMIT_BODY: u32 = 4;
/// Limit: bytes that the chunked coding adds to the data. Default: 64 KiB.
pub const ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD: u32 = 5;
/// Limit: values in the JSON of a delivery. Default: 20,000.
pub const ATLAS_WEBHOOK_LIMIT_VALUES: u32 = 6;

/// A server of the API and your identity there. Make one per account and keep it.
///
/// Making requests does not change an endpoint. Its setters do not change requests that were made
/// before.
pub struct atlas_webhook_endpoint {
    pub(super) endpoint: Endpoint,
    poison: Poison,
}

impl Handle for atlas_webhook_endpoint {
    const NAME: &'static str = "the endpoint";

    fn is_poisoned(&self) -> bool {
        self.poison.is_set()
    }
}

impl Changeable for atlas_webhook_endpoint {
    fn poison(&self) -> &Poison {
        &self.poison
    }
}

/// atlas_webhook_endpoint_new makes an endpoint for the API server at base_url.
///
/// Default: ATLAS_WEBHOOK_SANDBOX if base_url is NULL. The vendor's console shows the base URL for
/// production.
///
/// Range: an absolute http or https URL, with optional port and path prefix. It contains no user
/// information, query, fragment or port 0, and does not end with /updateWebhookURL.do, which the
/// library appends.
///
/// Errors: ARGUMENT if base_url is out of range, with the offset of the offending byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_new(
    base_url: *const c_char,
    out: *mut *mut atlas_webhook_endpoint,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let endpoint = match unsafe { optional_text(base_url, "the base URL") }? {
            Some(base_url) => Endpoint::new(base_url)?,
            None => Endpoint::sandbox(),
        };
        let handle = atlas_webhook_endpoint { endpoint, poison: Poison::default() };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(Box::new(handle))) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_endpoint_set_credentials sets the values of the headers x-atlas-client-id and
/// x-atlas-client-secret. Sandbox and production have different credentials.
///
/// Default: no credentials are sent.
///
/// Range: visible ASCII, not empty; spaces and tabs only inside.
///
/// Errors: ARGUMENT if one is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_set_credentials(
    endpoint: *mut atlas_webhook_endpoint,
    client_id: *const c_char,
    client_secret: *const c_char,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(endpoint) }?;
        // SAFETY: by the rules.
        let client_id = unsafe { text(client_id, "the client id") }?;
        // SAFETY: by the rules.
        let client_secret = unsafe { text(client_secret, "the client secret") }?;
        handle.endpoint.set_credentials(client_id, client_secret)?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_endpoint_set_header adds a header to every request, or replaces the header of the
/// same name. Accept and User-Agent can be replaced. The value is treated as a secret.
///
/// Default: Accept is application/json. User-Agent is atlas-webhook/ and the version.
///
/// Range: name is a token (RFC 9110 section 5.6.2). value is visible ASCII, with spaces and tabs
/// only inside. These names are rejected: Host, Content-Length, Content-Type, Content-Encoding,
/// Accept-Encoding, Transfer-Encoding, TE, Trailer, Expect, Upgrade, Connection, Keep-Alive,
/// Proxy-Connection, x-atlas-client-id and x-atlas-client-secret.
///
/// Errors: ARGUMENT if name or value is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_set_header(
    endpoint: *mut atlas_webhook_endpoint,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(endpoint) }?;
        // SAFETY: by the rules.
        let name = unsafe { text(name, "the header name") }?;
        // SAFETY: by the rules.
        let value = unsafe { text(value, "the header value") }?;
        handle.endpoint.set_header(name, value)?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_endpoint_clear_credentials removes the credentials that
/// atlas_webhook_endpoint_set_credentials set. If there are no credentials, it changes nothing.
///
/// Errors: ARGUMENT if endpoint is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_clear_credentials(
    endpoint: *mut atlas_webhook_endpoint,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(endpoint) }?;
        handle.endpoint.clear_credentials();
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_endpoint_clear_header removes the header that atlas_webhook_endpoint_set_header
/// set. Case of name is ignored. Accept and User-Agent return to their defaults. If no such header
/// was set, it changes nothing.
///
/// Errors: ARGUMENT if an argument is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_clear_header(
    endpoint: *mut atlas_webhook_endpoint,
    name: *const c_char,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(endpoint) }?;
        // SAFETY: by the rules.
        handle.endpoint.clear_header(unsafe { text(name, "the header name") }?);
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_endpoint_set_limit sets a limit for responses. which is one of the
/// ATLAS_WEBHOOK_LIMIT_ macros. A response that exceeds a limit fails with LIMIT.
///
/// Default: stated at each macro.
///
/// Range: 0 to SIZE_MAX.
///
/// Errors: ARGUMENT if which is unknown or value is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_set_limit(
    endpoint: *mut atlas_webhook_endpoint,
    which: u32,
    value: u64,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(endpoint) }?;
        let mut limits = handle.endpoint.limits();
        set_limit(&mut limits, which, value)?;
        handle.endpoint.set_limits(limits);
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_endpoint_set_plaintext_allowed sets whether requests over http to another machine
/// are allowed (not 0) or rejected (0). Everyone on the network path can read the webhook URL, the
/// credentials and the other headers of such a request. Requests to a loopback host are always
/// allowed.
///
/// Default: 0.
///
/// Range: any number.
///
/// Errors: ARGUMENT if endpoint is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_set_plaintext_allowed(
    endpoint: *mut atlas_webhook_endpoint,
    allowed: c_int,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(endpoint) }?;
        handle.endpoint.set_plaintext_allowed(allowed != 0);
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_endpoint_free frees an endpoint. Requests that were made from it stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_free(endpoint: *mut atlas_webhook_endpoint) {
    // SAFETY: by the rules.
    unsafe { free(endpoint) };
}
