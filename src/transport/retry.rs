//! The wait before a retry.

extern crate std;

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};
use std::process;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(4);

/// The wait after this attempt, counted from 1. It doubles with each attempt, and is then shortened
/// at random by up to half, so that many clients do not retry at the same time. It is never shorter
/// than the server requests.
pub(super) fn wait(attempt: u32, asked: Option<Duration>) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let longest = FIRST.saturating_mul(doubled).min(LONGEST);
    let half = longest.checked_div(2).unwrap_or_default();
    let random = random(&RandomState::new(), process::id());
    // 256 steps are enough to spread.
    let jitter = half.saturating_mul(u32::from(random)).checked_div(256).unwrap_or_default();
    half.saturating_add(jitter).max(asked.unwrap_or_default())
}

/// The keys that a thread of std makes next are random, but the child of a fork makes the same ones.
fn random(keys: &RandomState, process: u32) -> u8 {
    let [random, ..] = keys.hash_one(process).to_le_bytes();
    random
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const MANY: usize = 200;

    /// The longest of many waits comes close to the bound, which doubles.
    #[test]
    fn the_longest_wait_doubles_to_four_seconds() {
        for (attempt, bound) in (1..).zip([250, 500, 1000, 2000, 4000, 4000, 4000]) {
            let bound = Duration::from_millis(bound);
            let longest = (0..MANY).map(|_| wait(attempt, None)).max().unwrap_or_default();
            assert!((bound * 7 / 8..bound).contains(&longest), "{attempt}: {longest:?}");
        }
        assert!((LONGEST / 2..LONGEST).contains(&wait(u32::MAX, None)));
    }

    /// Whatever the bound is: the shortest of many waits comes close to half of the longest, and they differ.
    #[test]
    fn a_wait_is_shortened_at_random_by_at_most_half() {
        for attempt in 1..8 {
            let mut waits: Vec<Duration> = (0..MANY).map(|_| wait(attempt, None)).collect();
            waits.sort();
            let (shortest, longest) = (waits[0], waits[MANY - 1]);
            assert!(shortest * 2 >= longest, "{attempt}: {shortest:?} to {longest:?}");
            assert!(shortest * 3 < longest * 2, "{attempt}: {shortest:?} to {longest:?}");
            waits.dedup();
            assert!(waits.len() > MANY / 4, "{attempt}: {} different waits", waits.len());
        }
    }

    #[test]
    fn processes_with_the_same_keys_wait_differently() {
        let keys = RandomState::new();
        let mut random: Vec<u8> = (0..200).map(|process| random(&keys, process)).collect();
        random.sort();
        random.dedup();
        assert!(random.len() > MANY / 4, "{} different ones", random.len());
    }

    #[test]
    fn the_wait_is_never_shorter_than_the_server_asks_for() {
        for asked in [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(60)] {
            assert!((0..MANY).all(|_| wait(1, Some(asked)) >= asked), "{asked:?}");
        }
        assert_eq!(wait(1, Some(LONGEST)), LONGEST);
    }
}
