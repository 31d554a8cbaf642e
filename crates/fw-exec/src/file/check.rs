//! What the rest of the engine takes for granted of a plan, whoever has made the file.

use super::wire::{Read, corrupt};
use crate::{Operation, Plan};

/// Every number names something that is there, and the graph has no cycle.
pub(super) fn check(plan: &Plan) -> Read<()> {
    let steps = &plan.graph.steps;
    let changes = plan.resource_changes.len();
    let mut waiting = Vec::with_capacity(steps.len());
    let mut followers = vec![Vec::new(); steps.len()];
    for (at, step) in steps.iter().enumerate() {
        if let Operation::Apply(index) | Operation::Destroy(index) | Operation::Forget(index) | Operation::Read(index) =
            step.operation
            && index as usize >= changes
        {
            return corrupt("a step concerns a change that it does not have");
        }
        for before in &step.after {
            let Some(of) = followers.get_mut(before.0 as usize) else {
                return corrupt("a step waits for a step that it does not have");
            };
            of.push(at);
        }
        waiting.push(step.after.len());
    }
    let mut ready: Vec<_> = (0..steps.len()).filter(|at| waiting[*at] == 0).collect();
    let mut done = 0;
    while let Some(at) = ready.pop() {
        done += 1;
        for next in &followers[at] {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                ready.push(*next);
            }
        }
    }
    if done == steps.len() { Ok(()) } else { corrupt("its steps wait for each other") }
}
