//! Which elements of two lists belong together.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One step through both lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An element of the old list alone.
    Old(usize),
    /// An element of the new list alone.
    New(usize),
    /// An element of each, shown as one.
    Both(usize, usize),
}

/// Above so many pairs of elements the lists are compared coarsely, so that time and memory stay small.
const MAX_PAIRS: usize = 4_000_000;

/// Elements as numbers: equal ones have the same.
pub(super) type Classes = Vec<u32>;

/// Numbers for the elements of two lists. `fingerprint` must be equal for what is `same`.
pub(super) fn classes<T>(
    old: &[T],
    new: &[T],
    fingerprint: impl Fn(&T) -> u64,
    same: impl Fn(&T, &T) -> bool,
) -> (Classes, Classes) {
    let mut known: HashMap<u64, Vec<(&T, u32)>> = HashMap::new();
    let mut next = 0;
    let all = old.iter().chain(new).map(|element| {
        let bucket = known.entry(fingerprint(element)).or_default();
        if let Some((_, class)) = bucket.iter().find(|(other, _)| same(element, other)) {
            return *class;
        }
        next += 1;
        bucket.push((element, next));
        next
    });
    let mut old_classes: Classes = all.collect();
    let new_classes = old_classes.split_off(old.len());
    (old_classes, new_classes)
}

/// A number that is equal for equal texts.
pub(super) fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The way through both lists that keeps a longest common subsequence. What is between kept elements is shown pairwise
/// while both are `alike`, else removed and added.
pub(super) fn steps(old: &[u32], new: &[u32], alike: impl Fn(usize, usize) -> bool) -> Vec<Step> {
    let mut steps = Vec::with_capacity(old.len().max(new.len()));
    let (mut i, mut j) = (0, 0);
    for kept in common(old, new).into_iter().map(Some).chain([None]) {
        while i < old.len() && Some(old[i]) != kept {
            let paired = j < new.len() && Some(new[j]) != kept && alike(i, j);
            steps.push(if paired { Step::Both(i, j) } else { Step::Old(i) });
            i += 1;
            j += usize::from(paired);
        }
        while j < new.len() && Some(new[j]) != kept {
            steps.push(Step::New(j));
            j += 1;
        }
        if kept.is_some() {
            steps.push(Step::Both(i, j));
            i += 1;
            j += 1;
        }
    }
    steps
}

/// A longest common subsequence: of several, the one that terraform finds.
fn common(old: &[u32], new: &[u32]) -> Vec<u32> {
    if old.len().saturating_mul(new.len()) <= MAX_PAIRS {
        return longest(old, new);
    }
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end]);
    let mut kept: Vec<u32> = old.iter().take(start).copied().collect();
    if old_middle.len().saturating_mul(new_middle.len()) <= MAX_PAIRS {
        kept.extend(longest(old_middle, new_middle));
    }
    kept.extend(&old[old.len() - end..]);
    kept
}

fn longest(old: &[u32], new: &[u32]) -> Vec<u32> {
    let width = old.len() + 1;
    // lengths[(j + 1) * width + i + 1]: of the longest common subsequence of old[..=i] and new[..=j].
    let mut lengths = vec![0u32; width * (new.len() + 1)];
    for (j, b) in new.iter().enumerate() {
        for (i, a) in old.iter().enumerate() {
            let here = (j + 1) * width + i + 1;
            lengths[here] =
                if a == b { lengths[here - width - 1] + 1 } else { lengths[here - 1].max(lengths[here - width]) };
        }
    }
    let mut kept = Vec::new();
    let (mut i, mut j) = (old.len(), new.len());
    while i > 0 && j > 0 {
        let here = j * width + i;
        if old[i - 1] == new[j - 1] {
            kept.push(old[i - 1]);
            (i, j) = (i - 1, j - 1);
        } else if lengths[here - 1] > lengths[here - width] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::{Step, steps};

    fn never(_: usize, _: usize) -> bool {
        false
    }

    #[test]
    fn what_is_common_is_kept() {
        let found = steps(&[1, 2, 3, 4], &[2, 5, 4], never);
        assert_eq!(
            found,
            [Step::Old(0), Step::Both(1, 0), Step::Old(2), Step::New(1), Step::Both(3, 2)],
            "elements between kept ones are removed and added"
        );
        assert_eq!(steps(&[1, 2], &[3, 2], |_, _| true), [Step::Both(0, 0), Step::Both(1, 1)]);
    }

    #[test]
    fn long_lists_take_little_time() {
        let old: Vec<u32> = (0..200_000).collect();
        let mut new = old.clone();
        new[100_000] = 1_000_000;
        let changed = |steps: Vec<Step>| steps.iter().filter(|step| !matches!(step, Step::Both(..))).count();
        assert_eq!(changed(steps(&old, &new, never)), 2, "what stands before and after a change is kept");
        let other: Vec<u32> = (300_000..500_000).collect();
        assert_eq!(changed(steps(&old, &other, never)), 400_000);
    }
}
