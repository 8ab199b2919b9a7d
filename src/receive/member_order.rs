//! Sorts the members of an object by name, for the canonical form, and finds duplicate names.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::json::escape;
use crate::receive::tree::{Node, index, offset};

/// Up to so many members are compared each with each.
const FEW: usize = 16;

/// The text of the names.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) json: &'a str,
    pub(super) scalars: &'a [u8],
}

/// A member to be sorted: eight bytes of its name, which mostly decide, and its place.
pub(super) type Sorted = (u64, u32);

/// The standard library's sorts are faster, but each adds six kilobytes to the C library.
fn heap_sort(items: &mut [Sorted], is_before: &impl Fn(Sorted, Sorted) -> bool) {
    for root in (0..items.len() / 2).rev() {
        sift_down(items, root, is_before);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sift_down(items.get_mut(..end).unwrap_or_default(), 0, is_before);
    }
}

/// Moves the item at `root` down until both of its children are before it.
fn sift_down(heap: &mut [Sorted], mut root: usize, is_before: &impl Fn(Sorted, Sorted) -> bool) {
    loop {
        let left = root.saturating_mul(2).saturating_add(1);
        let right = left.saturating_add(1);
        let Some(&of_left) = heap.get(left) else { return };
        let (child, greater) = match heap.get(right) {
            Some(&of_right) if is_before(of_left, of_right) => (right, of_right),
            _ => (left, of_left),
        };
        if !heap.get(root).is_some_and(|&item| is_before(item, greater)) {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

impl<'a> Names<'a> {
    pub(super) fn decoded(self, member: &Node) -> &'a [u8] {
        let end = member.name.saturating_add(member.name_len);
        self.scalars.get(index(member.name)..index(end)).unwrap_or_default()
    }

    /// The position of the first name in the text that equals one before it.
    pub(super) fn duplicate(self, members: &[Node], sorted: &mut Vec<Sorted>) -> Option<u32> {
        if members.len() <= FEW {
            return self.duplicate_of_few(members);
        }
        sorted.clear();
        self.sort(members, sorted);
        let runs = sorted.chunk_by(|&(first, a), &(second, b)| {
            let names = members.get(index(a)).zip(members.get(index(b)));
            first == second && names.is_some_and(|(a, b)| self.compare(a, b).is_eq())
        });
        // The sort is not stable: the places of equal names are in any order.
        let duplicates = runs.filter(|run| run.len() > 1).filter_map(|run| {
            let places = || run.iter().map(|&(_, at)| at);
            let first = places().min();
            places().filter(|&at| Some(at) != first).min()
        });
        duplicates.min().and_then(|at| members.get(index(at))).map(|member| member.name)
    }

    fn duplicate_of_few(self, members: &[Node]) -> Option<u32> {
        // A bit for each name, by its length and last letter: mostly no two names share one.
        let mut seen = 0_u64;
        for (at, member) in members.iter().enumerate() {
            let last = member.name.wrapping_add(member.name_len).wrapping_sub(1);
            let last = self.scalars.get(index(last)).copied().unwrap_or_default();
            let bit = 1_u64 << ((u32::from(last) ^ member.name_len.wrapping_mul(7)) & 63);
            if seen & bit != 0 {
                let before = members.get(..at).unwrap_or_default();
                let is_same = |other: &Node| {
                    other.name_len == member.name_len && self.compare(other, member).is_eq()
                };
                if before.iter().any(is_same) {
                    return Some(member.name);
                }
            }
            seen |= bit;
        }
        None
    }

    /// Appends the places of the members, in the order of their names, to `sorted`.
    pub(super) fn sort(self, members: &[Node], sorted: &mut Vec<Sorted>) {
        // The common start of all names is skipped: it does not affect the order.
        let shared = members.split_first().map_or(0, |(first, others)| {
            let first = self.decoded(first);
            others.iter().fold(first.len(), |shared, other| {
                let first = first.get(..shared).unwrap_or_default();
                first.iter().zip(self.decoded(other)).take_while(|(a, b)| a == b).count()
            })
        });
        let start = sorted.len();
        sorted.extend(members.iter().enumerate().map(|(at, member)| {
            let name = self.decoded(member).get(shared..).unwrap_or_default();
            let mut letters = [0; 8];
            letters.iter_mut().zip(name).for_each(|(letter, b)| *letter = *b);
            (u64::from_be_bytes(letters), offset(at))
        }));
        let Some(sorted) = sorted.get_mut(start..) else { return };
        heap_sort(sorted, &|(first, a): Sorted, (second, b): Sorted| {
            let order = first.cmp(&second);
            let order = order.then_with(|| match (members.get(index(a)), members.get(index(b))) {
                (Some(a), Some(b)) => self.compare(a, b),
                _ => Ordering::Equal,
            });
            order.is_lt()
        });
    }

    /// By the bytes of the decoded names. Where those are the same, lone surrogates decide, which all
    /// decode to the same character: names that differ in them are different names.
    fn compare(self, a: &Node, b: &Node) -> Ordering {
        self.decoded(a).cmp(self.decoded(b)).then_with(|| {
            if a.name_is_escaped || b.name_is_escaped {
                escape::replaced(self.raw(a)).cmp(escape::replaced(self.raw(b)))
            } else {
                Ordering::Equal
            }
        })
    }

    /// The JSON from the content of the name on.
    pub(super) fn raw(self, member: &Node) -> &'a str {
        self.json.get(index(member.name)..).unwrap_or_default()
    }
}
