//! The references of one expression, or of several that are evaluated together.

use fw_addr::Name;
use fw_diag::Diagnostics;
use fw_lang::reference::{Reference, parse_traversal};
use fw_syntax::ast::Traversal;

use super::subject;
use crate::PLACE;
use crate::model::{Config, Module, Repetition};

/// What is available where an expression stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Surroundings<'a> {
    pub(super) count: bool,
    pub(super) each: bool,
    /// `self`
    pub(super) own: bool,
    /// The check around it, the data source of which is visible.
    pub(super) check: Option<&'a Name>,
    /// References are to whole objects, so that instances do not matter.
    pub(super) whole: bool,
}

impl<'a> Surroundings<'a> {
    pub(super) fn repeated(repetition: &Repetition) -> Self {
        Self {
            count: matches!(repetition, Repetition::Count(_)),
            each: matches!(repetition, Repetition::ForEach(_)),
            ..Self::default()
        }
    }

    pub(super) fn in_check(self, check: Option<&'a Name>) -> Self {
        Self { check, ..self }
    }
}

/// What is wrong with the references is gathered in three ranks, and only the first rank with anything in it is said: if a
/// resource is not declared, terraform does not look at variables.
pub(super) struct Scope<'a> {
    pub(super) config: &'a Config,
    pub(super) module: &'a Module,
    pub(super) around: Surroundings<'a>,
    malformed: Diagnostics,
    pub(super) undeclared: Diagnostics,
    pub(super) unavailable: Diagnostics,
}

impl<'a> Scope<'a> {
    pub(super) fn new(config: &'a Config, module: &'a Module, around: Surroundings<'a>) -> Self {
        Self {
            config,
            module,
            around,
            malformed: Diagnostics::new(),
            undeclared: Diagnostics::new(),
            unavailable: Diagnostics::new(),
        }
    }

    pub(super) fn traversal(&mut self, traversal: &Traversal) {
        match parse_traversal(traversal, PLACE) {
            Ok(reference) => self.reference(&reference),
            Err(problem) => self.malformed.push(*problem),
        }
    }

    pub(super) fn reference(&mut self, reference: &Reference) {
        subject::check(self, reference);
    }

    pub(super) fn finish(self) -> Diagnostics {
        [self.malformed, self.undeclared, self.unavailable].into_iter().find(|d| !d.is_empty()).unwrap_or_default()
    }

    /// All that is wrong, of whatever rank.
    pub(super) fn finish_all(mut self) -> Diagnostics {
        self.malformed.append(self.undeclared);
        self.malformed.append(self.unavailable);
        self.malformed
    }
}
