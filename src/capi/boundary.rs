//! The boundary to C: panics end here, and poison the handles that the call was changing.

use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};
use core::panic::AssertUnwindSafe;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, Ordering};

use super::std::panic::catch_unwind;
use super::std::thread;
use super::{atlas_webhook_error, atlas_webhook_status, is_null, status};
use crate::error::{Error, ErrorKind};

/// Runs the work of an exported function. It is the only place where a panic is caught: it returns
/// `None`.
///
/// A handle that the work was changing is then poisoned, so an inconsistent value is never used
/// again. A handle that the work only reads cannot become inconsistent. Therefore the assertion of
/// unwind safety is true.
pub(super) fn guard<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Converts the result of [`guard`] to a status, and writes the error or NULL to `error`.
///
/// # Safety
///
/// `error` is NULL or valid for a write.
pub(super) unsafe fn report(
    error: *mut *mut atlas_webhook_error,
    outcome: Option<Result<atlas_webhook_status, Error>>,
) -> atlas_webhook_status {
    let (status, failure) = match outcome.unwrap_or_else(|| Err(panicked())) {
        Ok(status) => (status, None),
        Err(failure) => (status::of(failure.kind()), Some(failure)),
    };
    if let Some(error) = NonNull::new(error) {
        let handle = failure.and_then(|failure| {
            guard(|| Box::into_raw(Box::new(atlas_webhook_error::new(failure))))
        });
        // SAFETY: not NULL, and valid by this function's contract.
        unsafe { error.write(handle.unwrap_or(ptr::null_mut())) };
    }
    status
}

pub(super) fn panicked() -> Error {
    Error::new(
        ErrorKind::Panic,
        "the library panicked, which is a defect of it; a handle that the call was changing can only \
         be freed",
    )
}

/// A handle: it has a name for messages.
pub(super) trait Handle {
    const NAME: &'static str;

    /// Whether a panic may have left the handle inconsistent. Never, if no function changes it.
    fn is_poisoned(&self) -> bool {
        false
    }
}

/// A handle that some functions change.
pub(super) trait Changeable: Handle {
    fn poison(&self) -> &Poison;
}

/// Set by a panic in a call that was changing the handle. Every later call returns `PANIC`.
#[derive(Default)]
pub(super) struct Poison(AtomicBool);

impl Poison {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// At the end of a call: sets the mark if the thread panics and did not panic at the start of
    /// the call. Not inlined, because each call has two ends.
    #[inline(never)]
    fn after(&self, panicking_before: bool) {
        if !panicking_before && thread::panicking() {
            self.set();
        }
    }
}

/// A handle while a call changes it. Like a mutex guard, it sets the mark when a panic drops it.
pub(super) struct Held<'a, H: Changeable> {
    handle: &'a mut H,
    /// The calling thread was unwinding already, from a panic that is not ours.
    panicking: bool,
}

impl<H: Changeable> Deref for Held<'_, H> {
    type Target = H;

    fn deref(&self) -> &H {
        self.handle
    }
}

impl<H: Changeable> DerefMut for Held<'_, H> {
    fn deref_mut(&mut self) -> &mut H {
        self.handle
    }
}

impl<H: Changeable> Drop for Held<'_, H> {
    fn drop(&mut self) {
        self.handle.poison().after(self.panicking);
    }
}

/// The handle of a call that does not change it. It stays usable after a panic.
///
/// # Safety
///
/// `handle` is NULL or a live handle that is not changed during `'a`.
pub(super) unsafe fn shared<'a, H: Handle>(handle: *const H) -> Result<&'a H, Error> {
    // SAFETY: NULL or live by this function's contract.
    let handle = unsafe { handle.as_ref() }.ok_or_else(|| is_null(H::NAME))?;
    if handle.is_poisoned() { Err(panicked()) } else { Ok(handle) }
}

/// The handle of a call that changes it.
///
/// # Safety
///
/// `handle` is NULL or a live handle that has no other user during `'a`.
pub(super) unsafe fn exclusive<'a, H: Changeable>(handle: *mut H) -> Result<Held<'a, H>, Error> {
    // SAFETY: NULL, or live and unshared by this function's contract.
    let handle = unsafe { handle.as_mut() }.ok_or_else(|| is_null(H::NAME))?;
    if handle.is_poisoned() {
        return Err(panicked());
    }
    Ok(Held { handle, panicking: thread::panicking() })
}

/// Frees a handle. NULL is accepted. A panic in the drop is caught here.
///
/// # Safety
///
/// `handle` is NULL or a live handle that has no other user and is not used again.
pub(super) unsafe fn free<H: Handle>(handle: *mut H) {
    let Some(handle) = NonNull::new(handle) else { return };
    // There is no way to report a panic.
    let _ = guard(|| {
        // SAFETY: every handle was made by `Box::into_raw` and is live by this function's contract.
        drop(unsafe { Box::from_raw(handle.as_ptr()) });
    });
}

/// A plain value of a handle; `absent` for NULL, for a poisoned handle, and if the getter panics.
///
/// # Safety
///
/// As [`shared`].
pub(super) unsafe fn get<H: Handle, T>(
    handle: *const H,
    absent: T,
    field: impl FnOnce(&H) -> T,
) -> T {
    // SAFETY: the same contract.
    match unsafe { shared(handle) } {
        Ok(handle) => guard(|| field(handle)).unwrap_or(absent),
        Err(_) => absent,
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use alloc::boxed::Box;
    use core::ffi::CStr;

    use super::super::*;
    use super::{AssertUnwindSafe, Changeable, ErrorKind, Handle, Poison, catch_unwind};
    use super::{ptr, thread};

    #[derive(Default)]
    struct Probe {
        poison: Poison,
        value: u32,
    }

    impl Handle for Probe {
        const NAME: &'static str = "the probe";

        fn is_poisoned(&self) -> bool {
            self.poison.is_set()
        }
    }

    impl Changeable for Probe {
        fn poison(&self) -> &Poison {
            &self.poison
        }
    }

    fn change(probe: *mut Probe, change: impl FnOnce(&mut u32)) -> atlas_webhook_status {
        let outcome = guard(|| {
            // SAFETY: the tests give NULL or a live probe.
            let mut probe = unsafe { exclusive(probe) }?;
            change(&mut probe.value);
            Ok(ATLAS_WEBHOOK_OK)
        });
        // SAFETY: NULL is allowed.
        unsafe { report(ptr::null_mut(), outcome) }
    }

    fn value(probe: *const Probe) -> u32 {
        // SAFETY: the tests give NULL or a live probe.
        unsafe { get(probe, u32::MAX, |probe| probe.value) }
    }

    #[test]
    fn a_panic_becomes_a_status_and_poisons_the_handle() {
        let probe = Box::into_raw(Box::new(Probe::default()));
        assert_eq!(change(probe, |value| *value = 7), ATLAS_WEBHOOK_OK);
        assert_eq!(value(probe), 7);

        assert_eq!(change(probe, |_| panic!("on purpose")), ATLAS_WEBHOOK_ERR_PANIC);
        assert_eq!(change(probe, |value| *value = 8), ATLAS_WEBHOOK_ERR_PANIC);
        assert_eq!(value(probe), u32::MAX, "a getter returns the absent value");
        // SAFETY: live, and not used again.
        unsafe { free(probe) };
    }

    #[test]
    fn a_panic_in_a_call_that_takes_the_handle_as_const_does_not_poison_it() {
        let probe = Probe { value: 7, ..Probe::default() };
        let outcome = guard(|| {
            // SAFETY: live.
            let probe = unsafe { shared(&raw const probe) }?;
            assert_eq!(probe.value, 8, "on purpose");
            Ok(ATLAS_WEBHOOK_OK)
        });
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { report(ptr::null_mut(), outcome) }, ATLAS_WEBHOOK_ERR_PANIC);
        assert_eq!(value(&raw const probe), 7);

        // SAFETY: live.
        let found: u32 = unsafe { get(&raw const probe, 1, |_| panic!("on purpose")) };
        assert_eq!(found, 1, "the getter that panics returns the absent value");
        assert_eq!(value(&raw const probe), 7);
    }

    #[test]
    fn a_panic_poisons_the_handle_that_was_changed_and_not_the_ones_that_were_read() {
        let read = Probe { value: 7, ..Probe::default() };
        let mut changed = Probe::default();
        let outcome = guard(|| {
            // SAFETY: live.
            let read = unsafe { shared(&raw const read) }?;
            // SAFETY: live, and used by nobody else.
            let mut changed = unsafe { exclusive(&raw mut changed) }?;
            changed.value = read.value;
            panic!("on purpose");
        });
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { report(ptr::null_mut(), outcome) }, ATLAS_WEBHOOK_ERR_PANIC);
        assert_eq!(value(&raw const read), 7);
        assert_eq!(value(&raw const changed), u32::MAX);
    }

    /// A panic in a call that changes this handle poisons it for every call. `state` is called before the
    /// handle is freed.
    fn check_poisoning<H: Changeable>(handle: *mut H, state: impl FnOnce(*const H)) {
        // SAFETY: live.
        assert!(unsafe { shared(handle) }.is_ok(), "{}", H::NAME);
        let outcome = guard(|| {
            // SAFETY: live, and used by nobody else.
            let _held = unsafe { exclusive(handle) }?;
            panic!("on purpose");
        });
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { report(ptr::null_mut(), outcome) }, ATLAS_WEBHOOK_ERR_PANIC);
        // SAFETY: live.
        let failure = unsafe { shared(handle) }.err().map(|failure| failure.kind());
        assert_eq!(failure, Some(ErrorKind::Panic), "{}", H::NAME);
        // SAFETY: live, and used by nobody else.
        let failure = unsafe { exclusive(handle) }.err().map(|failure| failure.kind());
        assert_eq!(failure, Some(ErrorKind::Panic), "{}", H::NAME);
        state(handle);
        // SAFETY: live, and not used again.
        unsafe { free(handle) };
    }

    #[test]
    fn a_panic_poisons_every_handle_that_calls_change() {
        const URL: &CStr = c"https://example.com/atlas";
        let (none, mut endpoint) = (ptr::null_mut(), ptr::null_mut());
        let (mut request, mut exchange) = (ptr::null_mut(), ptr::null_mut());
        let (mut receiver, mut server) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the texts are static, the handles live, and each output is a valid place.
        let statuses = unsafe {
            [
                atlas_webhook_endpoint_new(ptr::null(), &raw mut endpoint, none),
                atlas_webhook_request_new_registration(
                    endpoint,
                    URL.as_ptr(),
                    ptr::null(),
                    &raw mut request,
                    none,
                ),
                atlas_webhook_exchange_new(request, &raw mut exchange, none),
                atlas_webhook_receiver_new(URL.as_ptr(), &raw mut receiver, none),
                atlas_webhook_server_new(receiver, &raw mut server, none),
            ]
        };
        assert_eq!(statuses, [ATLAS_WEBHOOK_OK; 5]);
        check_poisoning(endpoint, |_| {});
        check_poisoning(exchange, |exchange| {
            // SAFETY: live.
            assert_eq!(unsafe { atlas_webhook_exchange_state(exchange) }, ATLAS_WEBHOOK_ERR_PANIC);
        });
        check_poisoning(receiver, |_| {});
        check_poisoning(server, |server| {
            // SAFETY: live.
            assert_eq!(unsafe { atlas_webhook_server_state(server) }, ATLAS_WEBHOOK_ERR_PANIC);
        });
        // SAFETY: live, and not used again.
        unsafe { free(request) };

        if cfg!(feature = "transport") {
            let mut transport = ptr::null_mut();
            // SAFETY: a valid place.
            let status = unsafe { atlas_webhook_transport_new(&raw mut transport, none) };
            assert_eq!(status, ATLAS_WEBHOOK_OK);
            check_poisoning(transport, |_| {});
        }
    }

    #[test]
    fn a_call_that_changes_a_handle_while_the_thread_unwinds_from_another_panic_does_not_poison() {
        struct ChangesOnDrop(*mut Probe);

        impl Drop for ChangesOnDrop {
            fn drop(&mut self) {
                assert!(thread::panicking());
                assert_eq!(change(self.0, |value| *value = 7), ATLAS_WEBHOOK_OK);
            }
        }

        let mut probe = Probe::default();
        let changes = ChangesOnDrop(&raw mut probe);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _changes = changes;
            panic!("not ours");
        }));
        assert!(unwound.is_err());
        assert_eq!(value(&raw const probe), 7);
        assert_eq!(change(&raw mut probe, |value| *value = 8), ATLAS_WEBHOOK_OK);
    }

    #[test]
    fn a_panic_while_freeing_ends_at_the_boundary() {
        struct Breaks;

        impl Handle for Breaks {
            const NAME: &'static str = "the handle";
        }

        impl Drop for Breaks {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }

        // SAFETY: live, and not used again.
        unsafe { free(Box::into_raw(Box::new(Breaks))) };
    }

    #[test]
    fn a_failure_gives_an_error_and_a_success_gives_null() {
        let mut error = ptr::null_mut();
        // SAFETY: a valid place.
        let status = unsafe { report(&raw mut error, Some(Err(is_null("it")))) };
        assert_eq!(status, ATLAS_WEBHOOK_ERR_ARGUMENT);
        assert!(!error.is_null());
        // SAFETY: live, and not used again.
        unsafe { free(error) };

        // SAFETY: a valid place.
        let status = unsafe { report(&raw mut error, Some(Ok(ATLAS_WEBHOOK_DONE))) };
        assert_eq!(status, ATLAS_WEBHOOK_DONE);
        assert!(error.is_null());
    }
}
