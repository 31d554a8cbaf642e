//! Which action a change is.

use fw_exec::{Action, ActionReason};

/// All that decides on the action of a managed resource instance.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
pub(super) struct Decision {
    /// There is no object to start from.
    pub(super) prior_null: bool,
    /// What is planned is what is there.
    pub(super) same: bool,
    /// `-replace` names it.
    pub(super) forced: bool,
    /// `replace_triggered_by` has found a change.
    pub(super) triggered: bool,
    /// The provider can't change it in place.
    pub(super) must_replace: bool,
    /// The new object comes first.
    pub(super) create_before_destroy: bool,
}

impl Decision {
    pub(super) fn decide(&self) -> (Action, Option<ActionReason>) {
        let replace = replacement(self.create_before_destroy);
        if self.prior_null {
            return (Action::Create, None);
        }
        if self.triggered {
            return (replace, Some(ActionReason::ReplaceByTriggers));
        }
        if self.forced {
            return (replace, Some(ActionReason::ReplaceByRequest));
        }
        match (self.same, self.must_replace) {
            // Even where nothing seems to change: of write-only values nothing is seen.
            (_, true) => (replace, Some(ActionReason::ReplaceBecauseCannotUpdate)),
            (true, false) => (Action::NoOp, None),
            (false, false) => (Action::Update, None),
        }
    }
}

/// The replacing action.
pub(super) fn replacement(create_before_destroy: bool) -> Action {
    if create_before_destroy { Action::CreateThenDelete } else { Action::DeleteThenCreate }
}
