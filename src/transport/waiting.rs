//! Shared state, and the threads that wait for it.

extern crate std;

use alloc::vec::Vec;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// Locks `mutex`. No panic can leave the state of the transport inconsistent, so a poisoned lock is
/// usable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The threads that wait while another does the work.
#[derive(Default)]
pub(super) struct Waiting(Vec<Thread>);

impl Waiting {
    /// Adds the calling thread, once.
    pub(super) fn join(&mut self) {
        let caller = thread::current();
        if self.0.iter().all(|thread| thread.id() != caller.id()) {
            self.0.push(caller);
        }
    }

    /// Unparks them all.
    pub(super) fn wake(self) {
        self.0.iter().for_each(Thread::unpark);
    }
}
