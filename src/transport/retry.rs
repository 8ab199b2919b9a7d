//! The wait before a retry.

extern crate std;

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(4);

/// The wait after this attempt, counted from 1. It doubles with each attempt, and is then shortened
/// at random by up to half, so that many clients do not retry at the same time. It is never shorter
/// than the server requests.
pub(super) fn wait(attempt: u32, asked: Option<Duration>) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let longest = FIRST.saturating_mul(doubled).min(LONGEST);
    let half = longest.checked_div(2).unwrap_or_default();
    // Randomly seeded by std; 256 steps are enough to spread.
    let [random, ..] = RandomState::new().hash_one(attempt).to_le_bytes();
    let jitter = half.saturating_mul(u32::from(random)).checked_div(256).unwrap_or_default();
    half.saturating_add(jitter).max(asked.unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests {
    use super::*;

    const MANY: usize = 200;

    #[test]
    fn the_wait_doubles_to_four_seconds_and_is_shortened_at_random_by_at_most_half() {
        for (attempt, longest) in (1..).zip([250, 500, 1000, 2000, 4000, 4000, 4000]) {
            let longest = Duration::from_millis(longest);
            let waits = || (0..MANY).map(|_| wait(attempt, None));
            assert!(waits().all(|wait| (longest / 2..longest).contains(&wait)), "{attempt}");
            // Half of them are on each side.
            let middle = longest * 3 / 4;
            assert!(waits().any(|wait| wait < middle), "{attempt}");
            assert!(waits().any(|wait| wait > middle), "{attempt}");
        }
        assert!((LONGEST / 2..LONGEST).contains(&wait(u32::MAX, None)));
    }

    #[test]
    fn the_wait_is_never_shorter_than_the_server_asks_for() {
        for asked in [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(60)] {
            assert!((0..MANY).all(|_| wait(1, Some(asked)) >= asked), "{asked:?}");
        }
        assert_eq!(wait(1, Some(LONGEST)), LONGEST);
    }
}
