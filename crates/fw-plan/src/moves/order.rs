//! In which order statements are carried out: a chain from its start to its end; what is moved out of a module before the
//! module, what is moved within it afterwards.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::{HashMap, HashSet};
use fw_addr::{InstanceKey, Name, Resource};
use fw_config::MovedEndpoint;

use super::statement::Statement;

/// One end of a statement, for all instances of the module that the statement is in.
struct End {
    names: Vec<Name>,
    /// Of each name. `None` stands for every key.
    keys: Vec<Option<Option<InstanceKey>>>,
    subject: Subject,
}

enum Subject {
    /// A module with all its instances.
    Call,
    ModuleInstance,
    Resource(Resource),
    Instance(Resource, Option<InstanceKey>),
}

/// A statement for the comparison with others.
struct Ends {
    /// How deep the module of the statement is.
    depth: usize,
    from: End,
    to: End,
}

impl Ends {
    fn of(statement: &Statement) -> Self {
        let is_whole = key(&statement.from).is_none() && key(&statement.to).is_none();
        let end = |endpoint| End::of(statement, endpoint, is_whole);
        Self { depth: statement.module.0.len(), from: end(&statement.from), to: end(&statement.to) }
    }

    /// Whether the other one has to be carried out before.
    fn depends_on(&self, other: &Self) -> bool {
        if self.from.continues(&other.to) {
            return true;
        }
        let nested = self.from.is_within(&other.to)
            || self.to.is_within(&other.to)
            || other.from.is_within(&self.from)
            || other.to.is_within(&self.from);
        // What only gives a module other keys is not after what is moved within all of the module's instances: there
        // would be no first one.
        nested && (self.depth >= other.depth || !self.changes_keys_only())
    }

    fn changes_keys_only(&self) -> bool {
        let is_instance = |end: &End| matches!(end.subject, Subject::ModuleInstance);
        is_instance(&self.from) && is_instance(&self.to) && self.from.names == self.to.names
    }
}

/// The key at the end.
fn key(endpoint: &MovedEndpoint) -> Option<&InstanceKey> {
    match endpoint {
        MovedEndpoint::Module(inner) => inner.0.last().and_then(|step| step.key.as_ref()),
        MovedEndpoint::Resource(_, _, key) => key.as_ref(),
    }
}

impl End {
    fn of(statement: &Statement, endpoint: &MovedEndpoint, is_whole: bool) -> Self {
        let (MovedEndpoint::Module(inner) | MovedEndpoint::Resource(inner, _, _)) = endpoint;
        let declaring = statement.module.0.iter().map(|name| (Name::clone(name), None));
        let inner = inner.0.iter().map(|step| (Name::clone(&step.name), Some(step.key.clone())));
        let (names, mut keys): (Vec<_>, Vec<_>) = declaring.chain(inner).unzip();
        let subject = match (endpoint, is_whole) {
            (MovedEndpoint::Module(_), true) => {
                keys.iter_mut().rev().take(1).for_each(|last| *last = None);
                Subject::Call
            }
            (MovedEndpoint::Module(_), false) => Subject::ModuleInstance,
            (MovedEndpoint::Resource(_, resource, _), true) => Subject::Resource(resource.clone()),
            (MovedEndpoint::Resource(_, resource, key), false) => Subject::Instance(resource.clone(), key.clone()),
        };
        Self { names, keys, subject }
    }

    /// Whether the modules of the other one, as far as they go, can be those of this one.
    fn is_below(&self, other: &Self) -> bool {
        let same = |(a, b): (&Option<_>, &Option<_>)| a.is_none() || b.is_none() || a == b;
        self.names.starts_with(&other.names) && self.keys.iter().zip(&other.keys).all(same)
    }

    /// Whether a chain goes on here where it ended there.
    fn continues(&self, other: &Self) -> bool {
        self.names.len() == other.names.len()
            && self.is_below(other)
            && match (&self.subject, &other.subject) {
                (Subject::Call | Subject::ModuleInstance, Subject::Call | Subject::ModuleInstance) => true,
                (Subject::Resource(a), Subject::Resource(b)) => a == b,
                (Subject::Instance(a, a_key), Subject::Instance(b, b_key)) => a == b && a_key == b_key,
                _ => false,
            }
    }

    /// Whether this is a part of the other one.
    fn is_within(&self, other: &Self) -> bool {
        let is_deeper = self.names.len() > other.names.len();
        self.is_below(other)
            && match (&self.subject, &other.subject) {
                (Subject::Call, Subject::Call) => is_deeper,
                (Subject::Call | Subject::ModuleInstance, Subject::ModuleInstance) => is_deeper,
                (_, Subject::Call | Subject::ModuleInstance) => true,
                (Subject::Instance(a, _), Subject::Resource(b)) => !is_deeper && a == b,
                _ => false,
            }
    }

    fn resource(&self) -> Option<&Resource> {
        match &self.subject {
            Subject::Resource(resource) | Subject::Instance(resource, _) => Some(resource),
            Subject::Call | Subject::ModuleInstance => None,
        }
    }
}

/// Ends by the names of their modules and the resource, so that nobody has to be compared with everybody.
type Index<'e> = HashMap<(&'e [Name], Option<&'e Resource>), Vec<usize>>;

/// Those in the index that this one can be a part of, or continue.
fn around<'e>(index: &'e Index<'e>, end: &'e End) -> impl Iterator<Item = usize> {
    let modules = (0..=end.names.len()).filter_map(|length| index.get(&(end.names.get(..length)?, None)));
    let resource = end.resource().and_then(|resource| index.get(&(&end.names[..], Some(resource))));
    modules.chain(resource).flatten().copied()
}

/// Places in the order of execution; those that go in circles if there is no such order.
pub(super) fn order(statements: &[Statement]) -> Result<Vec<usize>, Vec<usize>> {
    let all: Vec<Ends> = statements.iter().map(Ends::of).collect();
    let (mut sources, mut targets) = (Index::default(), Index::default());
    for (at, one) in all.iter().enumerate() {
        sources.entry((&one.from.names[..], one.from.resource())).or_default().push(at);
        targets.entry((&one.to.names[..], one.to.resource())).or_default().push(at);
    }
    let mut before: Vec<HashSet<usize>> = vec![HashSet::default(); all.len()];
    for (at, one) in all.iter().enumerate() {
        for end in [&one.from, &one.to] {
            let earlier = around(&targets, end).map(|other| (at, other));
            let later = around(&sources, end).map(|other| (other, at));
            for (late, early) in earlier.chain(later).filter(|(late, early)| late != early) {
                if all[late].depends_on(&all[early]) {
                    before[late].insert(early);
                }
            }
        }
    }
    sorted(&before)
}

fn sorted(before: &[HashSet<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    for (late, early) in before.iter().enumerate().flat_map(|(late, all)| all.iter().map(move |early| (late, *early))) {
        after[early].push(late);
    }
    let mut waits: Vec<usize> = before.iter().map(HashSet::len).collect();
    let mut ready: BinaryHeap<Reverse<usize>> = (0..before.len()).filter(|at| waits[*at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(before.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for late in &after[at] {
            waits[*late] -= 1;
            if waits[*late] == 0 {
                ready.push(Reverse(*late));
            }
        }
    }
    if order.len() == before.len() { Ok(order) } else { Err(circles(&waits, &after, before)) }
}

/// Of those that still wait, the ones that others in a circle wait for.
fn circles(waits: &[usize], after: &[Vec<usize>], before: &[HashSet<usize>]) -> Vec<usize> {
    let mut stays: Vec<bool> = waits.iter().map(|waits| *waits > 0).collect();
    let mut awaited: Vec<usize> = after.iter().map(|all| all.iter().filter(|late| stays[**late]).count()).collect();
    let mut ends: Vec<usize> = (0..waits.len()).filter(|at| stays[*at] && awaited[*at] == 0).collect();
    while let Some(end) = ends.pop() {
        stays[end] = false;
        for early in &before[end] {
            awaited[*early] -= 1;
            if awaited[*early] == 0 && stays[*early] {
                ends.push(*early);
            }
        }
    }
    (0..stays.len()).filter(|at| stays[*at]).collect()
}
