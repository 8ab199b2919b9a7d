//! Endpoint: where to send, and as whom.

use alloc::boxed::Box;
use core::ffi::{c_char, c_int};

use super::{
    ATLAS_WEBHOOK_OK, Changeable, Handle, Poison, atlas_webhook_error, atlas_webhook_status,
};
use super::{exclusive, free, guard, optional_text, output, report, set_limit, text};
use crate::register::endpoint::Endpoint;

/// Limit: bytes of one head of an answer, and of its trailers. 16 KiB unless set.
pub const ATLAS_WEBHOOK_LIMIT_HEAD: u32 = 1;
/// Limit: field lines in one head, and in the trailers. 100 unless set.
pub const ATLAS_WEBHOOK_LIMIT_FIELDS: u32 = 2;
/// Limit: interim (1xx) answers before the final one. 8 unless set.
pub const ATLAS_WEBHOOK_LIMIT_INTERIM: u32 = 3;
/// Limit: bytes of the body, and once more after gzip was removed. 1 MiB unless set.
pub const ATLAS_WEBHOOK_LIMIT_BODY: u32 = 4;
/// Limit: bytes that the chunked coding may cost beside the data. 64 KiB unless set.
pub const ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD: u32 = 5;
/// Limit: values in the JSON of a delivery. Default: 20,000.
pub const ATLAS_WEBHOOK_LIMIT_VALUES: u32 = 6;

/// A server of the API and the identity to use there. Make one per account and keep it.
///
/// Once set up it may be shared by threads, since making requests does not change it. Its setters
/// are exclusive, and do not touch requests that were already made.
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

/// atlas_webhook_endpoint_new makes an endpoint for the API server at base_url, an absolute http or
/// https URL that may carry a port and a path prefix. NULL means ATLAS_WEBHOOK_SANDBOX.
///
/// *out is yours: free it with atlas_webhook_endpoint_free.
///
/// Errors: ARGUMENT for any other URL, with the offset of the offending byte.
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

/// atlas_webhook_endpoint_set_credentials sets what is sent as x-atlas-client-id and
/// x-atlas-client-secret. Sandbox and production have different ones.
///
/// Errors: ARGUMENT when one is empty or cannot stand in a header.
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

/// atlas_webhook_endpoint_set_header adds a header to every request, or replaces one of the same
/// name, Accept and User-Agent included. Its value is treated as a secret.
///
/// Errors: ARGUMENT when the name or the value cannot stand in a header, or when the header is the
/// library's own business: those that frame the message or belong to the connection, and the
/// credentials.
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

/// atlas_webhook_endpoint_set_limit bounds what an answer may make this library hold. which is one
/// of the ATLAS_WEBHOOK_LIMIT_ constants. An answer over a limit fails with ATLAS_WEBHOOK_ERR_LIMIT.
///
/// Errors: ARGUMENT for an unknown limit, or a value that does not fit this machine.
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

/// atlas_webhook_endpoint_set_plaintext_allowed allows requests over http to a host other than this
/// machine if allowed is not 0. Default: 0, not allowed, since everyone on the way can read the webhook
/// URL, the credentials and the other headers. A loopback host needs no permission.
///
/// Errors: ARGUMENT when endpoint is NULL.
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

/// atlas_webhook_endpoint_free frees an endpoint; requests that were made from it live on. NULL is
/// fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_endpoint_free(endpoint: *mut atlas_webhook_endpoint) {
    // SAFETY: by the rules.
    unsafe { free(endpoint) };
}
