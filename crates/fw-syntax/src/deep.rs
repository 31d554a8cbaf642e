//! Recursion over the user's nesting without overflowing the stack: when little of it is left, the work goes on in a new
//! segment on the heap.

/// Left below this, a new segment is taken. Enough for the frames between two guards, in debug builds too.
const RED_ZONE: usize = 128 * 1024;

/// Size of a new segment.
const SEGMENT: usize = 4 * 1024 * 1024;

/// Whether the stack is nearly used up, so that going deeper needs [`guard`].
#[must_use]
pub fn is_low() -> bool {
    stacker::remaining_stack().is_none_or(|left| left < RED_ZONE)
}

/// Runs `work` where there is enough stack for it and a few calls it makes. To be put round each level of a recursion.
pub fn guard<R>(work: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RED_ZONE, SEGMENT, work)
}
