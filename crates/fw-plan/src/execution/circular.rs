//! Steps that wait for each other: nothing of such a plan could be applied.

use fw_addr::ModulePath;
use fw_diag::Diagnostic;
use fw_exec::{Evaluated, ExecutionGraph, NodeId, Operation, ResourceChange};

/// The problem, with the names of all steps concerned.
pub(super) fn circular(steps: &ExecutionGraph, changes: &[ResourceChange]) -> Option<Diagnostic> {
    let circle = steps.circular();
    let operation = |node: &NodeId| &steps.steps[node.0 as usize].operation;
    let names: Vec<String> = circle.iter().filter_map(|n| name(operation(n), changes)).collect();
    (!circle.is_empty()).then(|| Diagnostic::error(format!("Cycle: {}", names.join(", ")), ""))
}

/// What people know a step by; nothing for points that others wait for.
fn name(operation: &Operation, changes: &[ResourceChange]) -> Option<String> {
    let address = |change: u32| changes.get(change as usize).map(|c| c.address.to_string()).unwrap_or_default();
    Some(match operation {
        Operation::ConfigureProvider(provider) => provider.to_string(),
        Operation::Apply(change) | Operation::Read(change) => address(*change),
        Operation::Destroy(change) | Operation::Forget(change) => format!("{} (destroy)", address(*change)),
        Operation::OpenEphemeral(resource) => resource.to_string(),
        Operation::Evaluate(module, what) => within(module, &evaluated(what)),
        Operation::Check(module, name) => within(module, &format!("check.{name}")),
        Operation::ResourceReady(_)
        | Operation::DependentsDestroyed(_)
        | Operation::ResourceDone(_)
        | Operation::ModuleDone(_) => return None,
    })
}

fn evaluated(what: &Evaluated) -> String {
    match what {
        Evaluated::Variable(name) => format!("var.{name}"),
        Evaluated::Local(name) => format!("local.{name}"),
        Evaluated::Output(name) => format!("output.{name}"),
        Evaluated::Call(name) => format!("module.{name}"),
    }
}

fn within(module: &ModulePath, name: &str) -> String {
    if module.is_root() { name.to_owned() } else { format!("{module}.{name}") }
}
