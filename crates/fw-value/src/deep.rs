//! Room on the stack for recursion into nested values.

/// What must be left: dropping and comparing values and types recurses by itself, from wherever it starts.
const RED_ZONE: usize = 768 * 1024;

const NEW_STACK: usize = 4 * 1024 * 1024;

/// Calls a function that recurses, on a new piece of stack where the present one runs short. To be used once per level of
/// nesting.
pub(crate) fn deep<T>(recursion: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, NEW_STACK, recursion)
}
