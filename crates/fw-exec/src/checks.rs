//! What conditions say, gathered by configuration object: while planning, and again while applying.

use std::collections::BTreeMap;

use foldhash::HashMap;
use fw_addr::{AbsResourceInstance, ModuleInstance};
use fw_eval::Outcome;
use fw_state::{CheckKind, CheckObject, CheckResult, CheckResults, CheckStatus};

/// Addresses of something checkable: in the configuration, and in a module instance.
#[derive(Clone, Debug)]
pub struct Checkable {
    /// `module.a.output.x`
    pub config: String,
    /// `module.a[0].output.x`
    pub address: String,
}

impl Checkable {
    /// An instance of a resource.
    #[must_use]
    pub fn resource(address: &AbsResourceInstance) -> Self {
        Self { config: address.config().to_string(), address: address.to_string() }
    }

    /// `name` in a module instance: `module.a.output.x` and `module.a[0].output.x`.
    #[must_use]
    pub fn within(module: &ModuleInstance, name: &str) -> Self {
        if module.is_root() {
            return Self { config: name.to_owned(), address: name.to_owned() };
        }
        Self { config: format!("{}.{name}", module.path()), address: format!("{module}.{name}") }
    }
}

/// Results so far.
#[derive(Debug, Default)]
pub struct CheckTable {
    /// By address and kind, which is the order they are told in.
    results: BTreeMap<(String, CheckKind), Objects>,
}

/// The objects of one configuration object.
#[derive(Debug, Default)]
struct Objects {
    /// `None`: nothing is known of them.
    list: Option<Vec<CheckObject>>,
    /// Where each stands in the list, and whether anything was decided of it.
    places: HashMap<String, (usize, bool)>,
}

impl Objects {
    fn undecided(addresses: impl IntoIterator<Item = String>) -> Self {
        let mut objects = Self { list: Some(Vec::new()), places: HashMap::default() };
        for address in addresses {
            objects.place(address);
        }
        objects
    }

    /// Where an object stands, at the end if it is new, and whether anything was decided of it before; now something is.
    fn place(&mut self, address: String) -> (usize, bool) {
        let list = self.list.get_or_insert_default();
        *self.places.entry(address).or_insert_with_key(|address| {
            list.push(CheckObject {
                address: address.clone(),
                status: CheckStatus::Unknown,
                failure_messages: Vec::new(),
            });
            (list.len() - 1, false)
        })
    }

    fn add(&mut self, address: String, status: CheckStatus, messages: impl Iterator<Item = String>) {
        let (at, decided) = self.place(address.clone());
        self.places.insert(address, (at, true));
        let Some(object) = self.list.as_mut().and_then(|list| list.get_mut(at)) else { return };
        // Preconditions and postconditions of one instance come one after the other; the first take the place of "unknown".
        if !decided {
            object.failure_messages.clear();
        }
        if !decided || rank(status) > rank(object.status) {
            object.status = status;
        }
        object.failure_messages.extend(messages);
    }
}

impl CheckTable {
    /// Starts with the objects that a plan has found, of which nothing is decided yet.
    #[must_use]
    pub fn resume(planned: &CheckResults) -> Self {
        let entry = |one: &CheckResult| {
            let addresses = one.objects.as_ref().map(|objects| objects.iter().map(|object| object.address.clone()));
            ((one.config_address.clone(), one.kind), addresses.map(Objects::undecided).unwrap_or_default())
        };
        Self { results: planned.0.iter().map(entry).collect() }
    }

    /// Starts with what a plan has found that only refreshes: little of it is looked at again, and that takes the place of
    /// what was found.
    #[must_use]
    pub fn continued(planned: &CheckResults) -> Self {
        let mut table = Self::resume(planned);
        for one in &planned.0 {
            if let Some(objects) = table.results.get_mut(&(one.config_address.clone(), one.kind)) {
                objects.list.clone_from(&one.objects);
            }
        }
        table
    }

    /// Announces something with conditions of whose objects nothing is known.
    pub fn declare(&mut self, kind: CheckKind, config: String) {
        self.results.entry((config, kind)).or_default();
    }

    /// Announces the objects of something with conditions, none of which is decided.
    pub fn expect(&mut self, kind: CheckKind, config: String, addresses: impl IntoIterator<Item = String>) {
        self.results.entry((config, kind)).or_insert_with(|| Objects::undecided(addresses));
    }

    /// Adds the outcomes of one object. Without any conditions there is nothing to say.
    pub fn add(&mut self, kind: CheckKind, object: Checkable, outcomes: &[Outcome]) {
        let Some(status) = outcomes.iter().map(status_of).max_by_key(|s| rank(*s)) else { return };
        let messages = outcomes.iter().filter_map(|o| match o {
            Outcome::Fail(message) => Some(message.clone()),
            Outcome::Pass | Outcome::Unknown | Outcome::Error => None,
        });
        self.results.entry((object.config, kind)).or_default().add(object.address, status, messages);
    }

    /// All results, sorted by address.
    #[must_use]
    pub fn results(&self) -> CheckResults {
        let worst = |objects: &Vec<CheckObject>| objects.iter().map(|o| o.status).max_by_key(|s| rank(*s));
        let result = |((config_address, kind), objects): (&(String, CheckKind), &Objects)| CheckResult {
            kind: *kind,
            config_address: config_address.clone(),
            status: match &objects.list {
                Some(list) => worst(list).unwrap_or(CheckStatus::Pass),
                None => CheckStatus::Unknown,
            },
            objects: objects.list.clone(),
        };
        CheckResults(self.results.iter().map(result).collect())
    }
}

fn status_of(outcome: &Outcome) -> CheckStatus {
    match outcome {
        Outcome::Pass => CheckStatus::Pass,
        Outcome::Unknown => CheckStatus::Unknown,
        Outcome::Fail(_) => CheckStatus::Fail,
        Outcome::Error => CheckStatus::Error,
    }
}

fn rank(status: CheckStatus) -> u8 {
    match status {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(address: &str) -> Checkable {
        Checkable { config: "a.b".to_owned(), address: address.to_owned() }
    }

    #[test]
    fn the_first_decision_takes_the_place_of_unknown_and_then_the_worst_stays() {
        let mut table = CheckTable::default();
        table.expect(CheckKind::Resource, "a.b".to_owned(), ["a.b[0]".to_owned(), "a.b[1]".to_owned()]);
        table.add(CheckKind::Resource, one("a.b[0]"), &[Outcome::Pass]);
        assert_eq!(table.results().0[0].status, CheckStatus::Unknown);
        table.add(CheckKind::Resource, one("a.b[1]"), &[Outcome::Fail("no".to_owned())]);
        table.add(CheckKind::Resource, one("a.b[1]"), &[Outcome::Pass]);
        let results = table.results();
        let statuses: Vec<_> = results.0[0].objects.iter().flatten().map(|o| o.status).collect();
        assert_eq!(statuses, [CheckStatus::Pass, CheckStatus::Fail]);
        assert_eq!(results.0[0].status, CheckStatus::Fail);
    }

    #[test]
    fn what_a_plan_has_found_is_undecided_again() {
        let mut planned = CheckTable::default();
        planned.add(CheckKind::Resource, one("a.b"), &[Outcome::Fail("no".to_owned())]);
        planned.declare(CheckKind::Check, "check.c".to_owned());
        let mut table = CheckTable::resume(&planned.results());
        assert!(table.results().0.iter().all(|one| one.status == CheckStatus::Unknown));
        table.add(CheckKind::Resource, one("a.b"), &[Outcome::Pass]);
        assert_eq!(table.results().0[0].status, CheckStatus::Pass);
        assert_eq!(table.results().0[1].objects, None);
    }
}
