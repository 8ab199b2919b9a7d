//! The C ABI: opaque handles and functions over them. It converts, and decides nothing.
//!
//! The comments on the exported items are written for the C programmer: cbindgen copies them into
//! `include/atlas_webhook.h`. The rules that open that header (they stand in `cbindgen.toml`) are
//! also the safety contract of every function here: pointers are NULL where the comment allows it
//! or else valid for the call, a handle came from this library and was not freed, and nobody else
//! uses a handle that is changed. A `SAFETY` comment that says "by the rules" means these.
//!
//! Every exported function is `guard` around its work, so that no panic reaches C, and then `report`,
//! which makes a status of the outcome; a getter is `get`, which does the same with a value that
//! means absent.

#![deny(clippy::undocumented_unsafe_blocks)]
#![allow(
    non_camel_case_types,
    clippy::missing_safety_doc,
    reason = "the names and the comments are those of the C header"
)]

extern crate std;

mod endpoint;
mod error;
mod exchange;
mod library;
mod reply;
mod request;
mod status;
mod transport;

pub use endpoint::*;
pub use error::*;
pub use exchange::*;
pub use library::*;
pub use reply::*;
pub use request::*;
pub use status::*;
pub use transport::*;

use alloc::boxed::Box;
use alloc::format;
use core::ffi::{CStr, c_char, c_void};
use core::ops::{Deref, DerefMut};
use core::panic::AssertUnwindSafe;
use core::ptr::{self, NonNull};
use core::slice;
use core::sync::atomic::{AtomicBool, Ordering};
use std::panic::catch_unwind;
use std::thread;

use crate::error::{Error, ErrorKind};

/// Runs the work of an exported function, and is the only place where a panic ends: in `None`.
///
/// What the work borrowed of a handle is poisoned then, so a value that a panic left half changed
/// is never seen again; that makes the assertion of unwind safety true.
fn guard<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Makes the status of what [`guard`] gave, and hands out the error, or NULL in its place.
///
/// # Safety
///
/// `error` is NULL or valid for a write.
unsafe fn report(
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

fn panicked() -> Error {
    Error::new(
        ErrorKind::Panic,
        "the library panicked, which is a defect of it; its handle can only be freed",
    )
}

/// What all handles have in common: a name for messages, and the mark that a panic leaves.
trait Handle {
    const NAME: &'static str;

    fn poison(&self) -> &Poison;
}

/// Set when a panic passed through a call on the handle; every later call gives `PANIC`.
#[derive(Default)]
struct Poison(AtomicBool);

impl Poison {
    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// At the end of a call: sets the mark if the thread panics and did not when the call began.
    /// One copy for all calls, each of which ends in two ways.
    #[inline(never)]
    fn after(&self, panicking_before: bool) {
        if !panicking_before && thread::panicking() {
            self.set();
        }
    }
}

/// A handle while a call uses it. Like a mutex guard it leaves the mark when a panic drops it.
struct Held<P: Deref<Target: Handle>> {
    handle: P,
    /// The calling thread was unwinding already, from a panic that is not ours.
    panicking: bool,
}

impl<P: Deref<Target: Handle>> Held<P> {
    fn new(handle: P) -> Result<Self, Error> {
        if handle.poison().is_set() {
            return Err(panicked());
        }
        Ok(Self { handle, panicking: thread::panicking() })
    }
}

impl<P: Deref<Target: Handle>> Deref for Held<P> {
    type Target = P::Target;

    fn deref(&self) -> &P::Target {
        &self.handle
    }
}

impl<P: DerefMut<Target: Handle>> DerefMut for Held<P> {
    fn deref_mut(&mut self) -> &mut P::Target {
        &mut self.handle
    }
}

impl<P: Deref<Target: Handle>> Drop for Held<P> {
    fn drop(&mut self) {
        self.handle.poison().after(self.panicking);
    }
}

/// The handle of a call that does not change it.
///
/// # Safety
///
/// `handle` is NULL or a live handle that nobody changes while `'a` lasts.
unsafe fn shared<'a, H: Handle>(handle: *const H) -> Result<Held<&'a H>, Error> {
    // SAFETY: NULL or live by this function's contract.
    Held::new(unsafe { handle.as_ref() }.ok_or_else(|| is_null(H::NAME))?)
}

/// The handle of a call that changes it.
///
/// # Safety
///
/// `handle` is NULL or a live handle that nobody else uses while `'a` lasts.
unsafe fn exclusive<'a, H: Handle>(handle: *mut H) -> Result<Held<&'a mut H>, Error> {
    // SAFETY: NULL, or live and unshared by this function's contract.
    Held::new(unsafe { handle.as_mut() }.ok_or_else(|| is_null(H::NAME))?)
}

/// Frees a handle; NULL is fine. A panic while dropping ends here.
///
/// # Safety
///
/// `handle` is NULL or a live handle that nobody else uses, and is not used again.
unsafe fn free<H: Handle>(handle: *mut H) {
    let Some(handle) = NonNull::new(handle) else { return };
    // There is nobody to tell of a panic.
    let _ = guard(|| {
        // SAFETY: every handle was made by `Box::into_raw` and is live by this function's contract.
        drop(unsafe { Box::from_raw(handle.as_ptr()) });
    });
}

/// Where an output goes.
fn output<T>(pointer: *mut T, name: &str) -> Result<NonNull<T>, Error> {
    NonNull::new(pointer).ok_or_else(|| is_null(name))
}

/// Text from C.
///
/// # Safety
///
/// `text` is NULL or NUL-terminated, and does not change while `'a` lasts.
unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(is_null(name));
    }
    // SAFETY: not NULL, and NUL-terminated by this function's contract.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|error| {
        let at = u64::try_from(error.valid_up_to()).unwrap_or(u64::MAX);
        Error::argument(format!("{name} is not UTF-8")).at(at)
    })
}

/// Text from C that may be left out.
///
/// # Safety
///
/// As [`text`].
unsafe fn optional_text<'a>(pointer: *const c_char, name: &str) -> Result<Option<&'a str>, Error> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the same contract.
    unsafe { text(pointer, name) }.map(Some)
}

/// Bytes from C; with length 0 the pointer is not looked at.
///
/// # Safety
///
/// `bytes` is NULL or points to `len` bytes that do not change while `'a` lasts; a `len` beyond
/// `isize::MAX` needs no such bytes, because it is refused.
unsafe fn bytes<'a>(bytes: *const c_void, len: usize, name: &str) -> Result<&'a [u8], Error> {
    if len == 0 {
        return Ok(&[]);
    }
    if bytes.is_null() {
        return Err(is_null(name));
    }
    if isize::try_from(len).is_err() {
        return Err(Error::argument(format!("the length of {name} was a negative number")));
    }
    // SAFETY: not NULL, at most isize::MAX, and `len` bytes by this function's contract.
    Ok(unsafe { slice::from_raw_parts(bytes.cast(), len) })
}

fn is_null(name: &str) -> Error {
    Error::argument(format!("{name} is NULL"))
}

/// Text as C reads it: with a NUL behind. Foreign text may hold NULs, so the length is known too.
struct Text(Box<[u8]>);

impl Text {
    fn new(text: &str) -> Self {
        Self([text.as_bytes(), b"\0"].concat().into())
    }

    fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

/// A plain value of a handle; `absent` where there is no sound handle to ask.
///
/// # Safety
///
/// As [`shared`].
unsafe fn get<H: Handle, T>(handle: *const H, absent: T, field: impl FnOnce(&H) -> T) -> T {
    // SAFETY: the same contract.
    match unsafe { handle.as_ref() } {
        Some(handle) if !handle.poison().is_set() => guard(|| field(handle)).unwrap_or_else(|| {
            handle.poison().set();
            absent
        }),
        _ => absent,
    }
}

/// A text of a handle, and its length; "" where there is no sound handle to ask.
///
/// # Safety
///
/// As [`shared`]; `len` is NULL or valid for a write.
unsafe fn get_text<H: Handle>(
    handle: *const H,
    len: *mut usize,
    text: impl FnOnce(&H) -> &Text,
) -> *const c_char {
    let none = (c"".as_ptr(), 0);
    // SAFETY: the same contract.
    let (text, length) = unsafe {
        get(handle, none, |handle| {
            let text = text(handle);
            (text.as_ptr(), text.len())
        })
    };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    text
}

/// Bytes of a handle, and how many. Rust's empty slice may dangle, so C gets the address of a NUL.
///
/// # Safety
///
/// As [`shared`]; `len` is NULL or valid for a write.
unsafe fn get_bytes<H: Handle>(
    handle: *const H,
    len: *mut usize,
    bytes: impl FnOnce(&H) -> &[u8],
) -> *const c_void {
    let none = (c"".as_ptr().cast(), 0);
    // SAFETY: the same contract.
    let (bytes, length) = unsafe {
        get(handle, none, |handle| match bytes(handle) {
            [] => none,
            bytes => (bytes.as_ptr().cast(), bytes.len()),
        })
    };
    // SAFETY: the same contract.
    unsafe { put_length(len, length) };
    bytes
}

/// # Safety
///
/// `len` is NULL or valid for a write.
unsafe fn put_length(len: *mut usize, length: usize) {
    if let Some(len) = NonNull::new(len) {
        // SAFETY: not NULL, and valid by this function's contract.
        unsafe { len.write(length) };
    }
}

/// What the header promises to threads.
const _: () = {
    const fn may_move<T: Send>() {}
    const fn may_be_shared<T: Send + Sync>() {}
    may_be_shared::<atlas_webhook_endpoint>();
    may_be_shared::<atlas_webhook_request>();
    may_be_shared::<atlas_webhook_transport>();
    may_be_shared::<atlas_webhook_cancel>();
    may_be_shared::<atlas_webhook_reply>();
    may_be_shared::<atlas_webhook_error>();
    may_move::<atlas_webhook_exchange>();
};

#[cfg(test)]
#[allow(clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Probe {
        poison: Poison,
        value: u32,
    }

    impl Handle for Probe {
        const NAME: &'static str = "the probe";

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
        assert_eq!(value(probe), u32::MAX, "a getter gives the absent value");
        // SAFETY: live, and not used again.
        unsafe { free(probe) };
    }

    #[test]
    fn a_panic_in_a_shared_call_poisons_the_handle_too() {
        let probe = Probe::default();
        // SAFETY: live.
        let found: u32 = unsafe { get(&raw const probe, 1, |_| panic!("on purpose")) };
        assert_eq!(found, 1);
        assert!(probe.poison.is_set());
    }

    #[test]
    fn a_call_while_the_thread_unwinds_from_another_panic_does_not_poison() {
        struct CallsOnDrop<'a>(&'a Probe);

        impl Drop for CallsOnDrop<'_> {
            fn drop(&mut self) {
                assert_eq!(value(self.0), 0);
            }
        }

        let probe = Probe::default();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _calls = CallsOnDrop(&probe);
            panic!("not ours");
        }));
        assert!(unwound.is_err());
        assert_eq!(value(&raw const probe), 0);
    }

    #[test]
    fn a_panic_while_freeing_ends_at_the_boundary() {
        struct Breaks(Poison);

        impl Handle for Breaks {
            const NAME: &'static str = "the handle";

            fn poison(&self) -> &Poison {
                &self.0
            }
        }

        impl Drop for Breaks {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }

        // SAFETY: live, and not used again.
        unsafe { free(Box::into_raw(Box::new(Breaks(Poison::default())))) };
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

    #[test]
    fn every_kind_of_error_has_a_status_of_its_own_with_a_text() {
        let kinds = [
            ErrorKind::Argument,
            ErrorKind::State,
            ErrorKind::Unsupported,
            ErrorKind::Panic,
            ErrorKind::Protocol,
            ErrorKind::Limit,
            ErrorKind::ClosedEarly,
            ErrorKind::Encoding,
            ErrorKind::Redirect,
            ErrorKind::Unauthorized,
            ErrorKind::RateLimited,
            ErrorKind::ClientError,
            ErrorKind::ServerError,
            ErrorKind::MalformedReply,
            ErrorKind::Refused,
            ErrorKind::Resolve,
            ErrorKind::Connect,
            ErrorKind::Proxy,
            ErrorKind::Tls,
            ErrorKind::Timeout,
            ErrorKind::Io,
            ErrorKind::Cancelled,
        ];
        let text = |status| {
            // SAFETY: static text.
            unsafe { CStr::from_ptr(atlas_webhook_status_text(status)) }
        };
        for (i, kind) in kinds.iter().enumerate() {
            let status = status::of(*kind);
            assert!(status < 0, "{kind:?}");
            assert_ne!(text(status), text(i32::MIN), "{kind:?}");
            for other in &kinds[..i] {
                assert_ne!(status, status::of(*other), "{kind:?} and {other:?}");
            }
        }
    }
}
