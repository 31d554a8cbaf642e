//! Carries out one statement on a state.

use fw_addr::{AbsResource, InstanceKey, ModuleInstance, ModuleStep, Name};
use fw_config::MovedEndpoint;
use fw_state::State;

use super::Moves;
use super::statement::Statement;

/// Objects whose new place is taken are noted in `blocked` and stay.
pub(super) fn execute(
    statement: &Statement,
    state: &mut State,
    moves: &mut Moves,
    blocked: &mut Vec<(String, String)>,
) {
    let addresses: Vec<AbsResource> = state.resources().map(|(address, _)| address.clone()).collect();
    for address in addresses {
        let Some(rest) = inside(statement, &address.module) else { continue };
        let declaring = &address.module.0[..address.module.0.len() - rest.len()];
        match (&statement.from, &statement.to) {
            (MovedEndpoint::Module(from), MovedEndpoint::Module(to)) => {
                if let Some(steps) = moved_module(from, to, rest) {
                    let module = ModuleInstance(declaring.iter().cloned().chain(steps).collect());
                    let target = AbsResource { module, ..address.clone() };
                    move_instances(state, moves, blocked, &address, (&target, None, None, statement.span));
                }
            }
            (MovedEndpoint::Resource(from, resource, from_key), MovedEndpoint::Resource(to, new, to_key)) => {
                if address.resource != *resource || !same_steps(from, rest) {
                    continue;
                }
                let module = ModuleInstance(declaring.iter().cloned().chain(to.0.iter().cloned()).collect());
                let target = AbsResource { module, resource: new.clone() };
                let destination = (&target, from_key.as_ref(), to_key.as_ref(), statement.span);
                move_instances(state, moves, blocked, &address, destination);
            }
            (MovedEndpoint::Module(_), MovedEndpoint::Resource(..))
            | (MovedEndpoint::Resource(..), MovedEndpoint::Module(_)) => {}
        }
    }
}

/// The steps of a module instance below an instance of the declaring module; `None` when it is elsewhere.
fn inside<'m>(statement: &Statement, module: &'m ModuleInstance) -> Option<&'m [ModuleStep]> {
    let depth = statement.module.0.len();
    let above = module.0.get(..depth)?;
    let same = above.iter().zip(statement.module.0.iter()).all(|(step, name)| step.name == *name);
    if same { module.0.get(depth..) } else { None }
}

fn same_steps(endpoint: &ModuleInstance, steps: &[ModuleStep]) -> bool {
    endpoint.0.len() == steps.len() && endpoint.0.iter().zip(steps).all(|(a, b)| a.name == b.name && a.key == b.key)
}

/// Where `module.a` goes; without a key on either side all its instances keep their keys.
fn moved_module(from: &ModuleInstance, to: &ModuleInstance, steps: &[ModuleStep]) -> Option<Vec<ModuleStep>> {
    let (from_last, from_above) = from.0.split_last()?;
    let (to_last, to_above) = to.0.split_last()?;
    let (here, below) = steps.split_at_checked(from.0.len())?;
    let (here_last, here_above) = here.split_last()?;
    let above_same = from_above.iter().zip(here_above).all(|(a, b)| a == b);
    let whole = from_last.key.is_none() && to_last.key.is_none();
    if !above_same || from_last.name != here_last.name || !(whole || from_last.key == here_last.key) {
        return None;
    }
    let key = if whole { here_last.key.clone() } else { to_last.key.clone() };
    let step = ModuleStep { name: Name::clone(&to_last.name), key };
    Some(to_above.iter().cloned().chain([step]).chain(below.iter().cloned()).collect())
}

type Destination<'a> = (&'a AbsResource, Option<&'a InstanceKey>, Option<&'a InstanceKey>, fw_diag::Span);

/// Moves one instance, or with no key on either side all of them, keys kept.
fn move_instances(
    state: &mut State,
    moves: &mut Moves,
    blocked: &mut Vec<(String, String)>,
    from: &AbsResource,
    (to, from_key, to_key, span): Destination<'_>,
) {
    let Some(stored) = state.resource(from) else { return };
    let provider = (*stored.provider).clone();
    let whole = from_key.is_none() && to_key.is_none();
    let keys: Vec<Option<InstanceKey>> =
        stored.instances.keys().filter(|k| whole || k.as_ref() == from_key).cloned().collect();
    for key in keys {
        let source = from.instance(key.clone());
        let target = to.instance(if whole { key } else { to_key.cloned() });
        if source == target {
            continue;
        }
        if state.instance(&target).is_some() {
            blocked.push((source.to_string(), target.to_string()));
        } else if state.move_instance(&source, &target) {
            moves.record(&source, &target, &provider, span);
        }
    }
}
