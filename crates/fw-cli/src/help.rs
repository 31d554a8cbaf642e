//! The texts of `-help`, one for each command.

/// The help of a command, by its path: `state list`.
pub(crate) fn of(_path: &str) -> Option<&'static str> {
    None
}
