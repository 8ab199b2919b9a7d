//! A cancel that is used when its scope ends, however that ends.

use core::fmt;

use super::cancel::Cancel;

/// Cancels when it is dropped, unless it was [disarmed](Self::disarm). [`Cancel::drop_guard`] makes it.
///
/// Keep it in a future that awaits a send on another thread. If the future is dropped, for example by
/// a timeout, the send ends and its thread is free again:
///
/// ```
/// use std::sync::Arc;
///
/// use atlas_webhook::{Cancel, Error, Reply, Request, Transport};
///
/// async fn send(transport: Arc<Transport>, request: Request) -> Result<Reply, Error> {
///     let cancel = Cancel::new();
///     let _guard = cancel.clone().drop_guard();
///     tokio::task::spawn_blocking(move || transport.send_cancellable(&request, &cancel))
///         .await
///         .expect("a send does not panic")
/// }
/// ```
#[must_use = "a guard that is dropped at once cancels at once"]
pub struct DropGuard {
    cancel: Cancel,
    armed: bool,
}

impl DropGuard {
    pub(super) fn new(cancel: Cancel) -> Self {
        Self { cancel, armed: true }
    }

    /// Ends the guard without cancelling. Returns the cancel.
    pub fn disarm(mut self) -> Cancel {
        self.armed = false;
        self.cancel.clone()
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if self.armed {
            self.cancel.cancel();
        }
    }
}

impl fmt::Debug for DropGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DropGuard")
            .field("is_cancelled", &self.cancel.is_cancelled())
            .finish_non_exhaustive()
    }
}
