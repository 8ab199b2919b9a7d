//! A value that is computed when it is first read, without a lock.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A value that the first reader computes.
///
/// No reader waits for another one. Readers that come before the value is published compute it too; the
/// first of them publishes its value, and the others drop theirs. After a fork the thread that was
/// computing does not exist in the child, which would wait for it for ever.
pub(super) struct Lazy<T> {
    /// NULL, or from `Box::into_raw`. It is written once.
    value: AtomicPtr<T>,
    /// It owns a `T`, which the pointer does not express.
    owned: PhantomData<Box<T>>,
}

impl<T: Send + Sync> Lazy<T> {
    pub(super) const fn new() -> Self {
        Self { value: AtomicPtr::new(ptr::null_mut()), owned: PhantomData }
    }

    pub(super) fn get_or_init(&self, compute: impl FnOnce() -> T) -> &T {
        // SAFETY: NULL, or from `Box::into_raw` and published by `publish`, with which this load
        // synchronizes. It is freed only when `self` is dropped, and never changed.
        match unsafe { self.value.load(Ordering::Acquire).as_ref() } {
            Some(value) => value,
            None => self.publish(Box::new(compute())),
        }
    }

    fn publish(&self, value: Box<T>) -> &T {
        let own = Box::into_raw(value);
        let outcome =
            self.value.compare_exchange(ptr::null_mut(), own, Ordering::AcqRel, Ordering::Acquire);
        let published = match outcome {
            Ok(_) => own,
            Err(other) => {
                // SAFETY: from `Box::into_raw` above, and not published, so nothing else refers to it.
                drop(unsafe { Box::from_raw(own) });
                other
            }
        };
        // SAFETY: from `Box::into_raw` of this thread, or of the one whose publishing this exchange
        // synchronizes with. It is freed only when `self` is dropped, and never changed.
        unsafe { &*published }
    }
}

impl<T> Drop for Lazy<T> {
    fn drop(&mut self) {
        let value = *self.value.get_mut();
        if !value.is_null() {
            // SAFETY: from `Box::into_raw`, and no reference outlives `self`.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::string::{String, ToString};
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::thread;

    use super::super::std;
    use super::*;

    #[test]
    fn a_value_is_computed_once_and_stays_in_its_place() {
        let lazy = Lazy::new();
        let first: *const String = lazy.get_or_init(|| "first".to_string());
        let second = lazy.get_or_init(|| unreachable!());
        assert_eq!((ptr::from_ref(second), second.as_str()), (first, "first"));
    }

    #[test]
    fn a_reader_does_not_wait_for_another_that_computes_and_both_get_the_value_published_first() {
        let lazy = Arc::new(Lazy::new());
        let (computing, is_computing) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let slow = thread::spawn({
            let lazy = Arc::clone(&lazy);
            move || {
                let value = lazy.get_or_init(|| {
                    computing.send(()).unwrap();
                    released.recv().unwrap();
                    "late".to_string()
                });
                value.clone()
            }
        });
        is_computing.recv().unwrap();
        assert_eq!(lazy.get_or_init(|| "early".to_string()), "early");
        release.send(()).unwrap();
        assert_eq!(slow.join().unwrap(), "early");
    }

    #[test]
    fn threads_that_read_at_once_get_the_same_value() {
        let lazy = Lazy::new();
        let read = || ptr::from_ref(lazy.get_or_init(|| "value".to_string())).addr();
        let places = thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(read));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(places, [places[0]; 4]);
    }
}
