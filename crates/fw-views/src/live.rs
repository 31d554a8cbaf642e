//! What people see while they wait: a line for every step of an operation, and on a terminal a region at the bottom with
//! what is running. Writers and clock are given.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::human::Style;

/// Where lines go; shared with others who write to the same place.
pub type Output = Arc<Mutex<dyn Write + Send>>;

/// A clock that only goes forward.
pub trait Clock: Send + Sync {
    /// Time since some moment in the past.
    fn elapsed(&self) -> Duration;
}

/// What an apply has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects imported.
    pub imported: usize,
    /// Objects created.
    pub added: usize,
    /// Objects changed in place.
    pub changed: usize,
    /// Objects destroyed.
    pub destroyed: usize,
}

/// Prints progress; implements the hooks of the planner and of the applier.
pub struct Progress {
    _out: Output,
    _style: Style,
    _clock: Arc<dyn Clock>,
}

impl Progress {
    /// Plain lines, as terraform prints them. `Still creating...` is printed by a thread that ends with this.
    #[must_use]
    pub fn plain(out: Output, style: Style, clock: Arc<dyn Clock>) -> Self {
        Self { _out: out, _style: style, _clock: clock }
    }

    /// Plain lines, and beneath them what is running, with the time it takes.
    #[must_use]
    pub fn terminal(out: Output, style: Style, clock: Arc<dyn Clock>) -> Self {
        Self::plain(out, style, clock)
    }

    /// What has been done so far, for the summary at the end.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::default()
    }

    /// Takes the region at the bottom away; call before printing anything else.
    pub fn finish(&self) {}
}

impl fw_plan::Hooks for Progress {}

impl fw_apply::Hooks for Progress {}
