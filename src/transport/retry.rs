//! How long to wait before another try.

extern crate std;

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(4);

/// The wait after the try of this number, from 1: twice as long each time, then shortened at random
/// by up to half so that many clients do not come back together, but not below what the server asks.
pub(super) fn wait(attempt: u32, asked: Option<Duration>) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let longest = FIRST.saturating_mul(doubled).min(LONGEST);
    let half = longest.checked_div(2).unwrap_or_default();
    // Randomly seeded by std; 256 steps are enough to spread.
    let [random, ..] = RandomState::new().hash_one(attempt).to_le_bytes();
    let jitter = half.saturating_mul(u32::from(random)).checked_div(256).unwrap_or_default();
    half.saturating_add(jitter).max(asked.unwrap_or_default())
}
