//! Cancel: ends the sends of a transport.

use alloc::boxed::Box;

use super::transport::available;
use super::{ATLAS_WEBHOOK_OK, Handle, free, guard, output, report, shared};
use super::{atlas_webhook_error, atlas_webhook_status};
#[cfg(feature = "transport")]
use crate::transport::Cancel;

/// A handle that ends sends of a transport from another thread.
pub struct atlas_webhook_cancel {
    pub(super) cancel: Cancel,
}

impl Handle for atlas_webhook_cancel {
    const NAME: &'static str = "the cancel";
}

/// The cancel of a build without the transport. No function makes one.
#[cfg(not(feature = "transport"))]
pub(super) struct Cancel;

#[cfg(not(feature = "transport"))]
impl Cancel {
    fn new() -> Self {
        Self
    }

    fn cancel(&self) {}
}

/// atlas_webhook_cancel_new makes a cancel for atlas_webhook_transport_send.
///
/// Errors: ARGUMENT if out is NULL. UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_cancel_new(
    out: *mut *mut atlas_webhook_cancel,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        let out = output(out, "out")?;
        let handle = atlas_webhook_cancel { cancel: Cancel::new() };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(Box::new(handle))) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_cancel_now ends all sends with cancel, including later ones. They return CANCELLED
/// at once. Only reading the certificate store for the first TLS connection of a transport, which
/// lasts some milliseconds, is not interrupted. The request may have reached the server.
///
/// Errors: ARGUMENT if cancel is NULL. UNSUPPORTED.
///
/// Threads: any thread may call it at any time, but not from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_cancel_now(
    cancel: *mut atlas_webhook_cancel,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        unsafe { shared(cancel) }?.cancel.cancel();
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_cancel_free frees a cancel.
///
/// Threads: no call with this cancel may be running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_cancel_free(cancel: *mut atlas_webhook_cancel) {
    // SAFETY: by the rules.
    unsafe { free(cancel) };
}
