//! The operations that run, by name and in the order they began.

use std::collections::{BTreeMap, HashMap};

use super::running::Running;

/// What runs. Finding one takes no longer when there are many.
#[derive(Default)]
pub(super) struct Operations {
    by_name: HashMap<String, u64>,
    by_age: BTreeMap<u64, Running>,
    next: u64,
}

impl Operations {
    /// Adds one; an earlier one of the name is over.
    pub(super) fn add(&mut self, name: String, running: Running) {
        self.remove(&name);
        self.by_name.insert(name, self.next);
        self.by_age.insert(self.next, running);
        self.next += 1;
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Running> {
        let age = self.by_name.remove(name)?;
        self.by_age.remove(&age)
    }

    pub(super) fn clear(&mut self) {
        self.by_name.clear();
        self.by_age.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.by_age.len()
    }

    /// The oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Running> {
        self.by_age.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Running> {
        self.by_age.values_mut()
    }
}
