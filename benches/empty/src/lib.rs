//! One function, which may panic and catches it.

use std::panic::catch_unwind;

/// The element at `i`, or 0.
#[unsafe(no_mangle)]
pub extern "C" fn empty(i: usize) -> usize {
    catch_unwind(|| [1, 2][i]).unwrap_or(0)
}
