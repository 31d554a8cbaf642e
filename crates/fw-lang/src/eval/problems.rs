//! Problems found so far, to be dropped again where the language drops them.

use fw_diag::{Diagnostic, Diagnostics};

/// Problems in the order they were found.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<Diagnostic>,
    errors: usize,
    /// While above zero, errors are only counted: building a diagnostic that nobody sees costs more than the evaluation.
    quiet: usize,
}

/// How far the problems had come at some moment.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    length: usize,
    errors: usize,
}

/// Problems taken out, to be put back later or forgotten.
pub(super) struct Taken {
    list: Vec<Diagnostic>,
    errors: usize,
}

impl Problems {
    pub(super) fn error(&mut self, build: impl FnOnce() -> Diagnostic) {
        self.errors += 1;
        if self.quiet == 0 {
            self.list.push(build());
        }
    }

    pub(super) fn append(&mut self, diagnostics: Diagnostics) {
        for diagnostic in diagnostics {
            self.errors += usize::from(diagnostic.is_error());
            if self.quiet == 0 {
                self.list.push(diagnostic);
            }
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { length: self.list.len(), errors: self.errors }
    }

    pub(super) fn failed_since(&self, mark: Mark) -> bool {
        self.errors > mark.errors
    }

    pub(super) fn take_since(&mut self, mark: Mark) -> Taken {
        let list = self.list.split_off(mark.length.min(self.list.len()));
        let errors = self.errors - mark.errors;
        self.errors = mark.errors;
        Taken { list, errors }
    }

    pub(super) fn put_back(&mut self, taken: Taken) {
        self.list.extend(taken.list);
        self.errors += taken.errors;
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet > 0
    }

    pub(super) fn be_quiet(&mut self) {
        self.quiet += 1;
    }

    pub(super) fn be_loud(&mut self) {
        self.quiet -= 1;
    }

    pub(super) fn into_list(self) -> Vec<Diagnostic> {
        self.list
    }
}

impl Taken {
    pub(super) fn into_list(self) -> Vec<Diagnostic> {
        self.list
    }
}
