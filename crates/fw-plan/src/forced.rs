//! `-replace` addresses that name no instance, but a resource that has several.

use fw_addr::{AbsResourceInstance, InstanceKey};
use fw_diag::{Diagnostic, Diagnostics};

use crate::planner::Planner;

impl Planner<'_> {
    /// Says which addresses lack an instance key.
    pub(crate) fn check_forced(&self, told: &mut Diagnostics) {
        for address in &self.input.options.force_replace {
            let keys = self.keys_of(address);
            if address.key.is_some() || keys.is_empty() || keys.contains(&None) {
                continue;
            }
            let instance = |key: &Option<InstanceKey>| address.containing().instance(key.clone()).to_string();
            told.push(lacking_key(address, &keys.iter().map(instance).collect::<Vec<_>>()));
        }
    }

    /// The keys of all planned instances of the resource.
    fn keys_of(&self, address: &AbsResourceInstance) -> Vec<Option<InstanceKey>> {
        let changes = self.changes.borrow();
        let first = AbsResourceInstance { key: None, ..address.clone() };
        changes
            .range((first, None)..)
            .take_while(|((a, _), _)| a.containing() == address.containing())
            .filter(|((_, deposed), _)| deposed.is_none())
            .map(|((a, _), _)| a.key.clone())
            .collect()
    }
}

fn lacking_key(address: &AbsResourceInstance, instances: &[String]) -> Diagnostic {
    let how = match instances {
        [only] => format!("use the following option instead:\n  -replace={only:?}"),
        several => {
            let options: Vec<String> = several.iter().map(|i| format!("\n  -replace={i:?}")).collect();
            format!("use one or more of the following options instead:{}", options.concat())
        }
    };
    let which = if instances.len() == 1 { "the single declared instance" } else { "particular instances" };
    let detail = format!(
        "Your force-replace request for {address} doesn't match any resource instances because it lacks an instance \
         key.\n\nTo force replacement of {which}, {how}"
    );
    Diagnostic::warning("Incompletely-matched force-replace resource instance", detail)
}
