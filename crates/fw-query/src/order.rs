//! Which lists come first: those that others refer to. Also says what references mean nothing.

use std::collections::BTreeMap;

use fw_config::Module;
use fw_config::query::list_of;
use fw_diag::{Diagnostic, Diagnostics};
use fw_lang::reference::{Reference, Subject};

/// The references of each list by its address.
pub(crate) type References = BTreeMap<String, Vec<Reference>>;

/// The addresses of all lists, each after those that it refers to. With errors, nothing of use.
pub(crate) fn ordered(root: &Module, references: &References, told: &mut Diagnostics) -> Vec<String> {
    let mut above: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for list in root.lists.values() {
        let address = list.address();
        let found = references.get(&address).map(Vec::as_slice).unwrap_or_default();
        let named = found.iter().filter_map(|reference| named(root, reference, told)).collect();
        above.insert(root.lists.get_key_value(&address).map_or("", |(key, _)| key.as_str()), named);
    }
    let mut order: Vec<String> = Vec::new();
    // Each round takes those that wait for nothing any more; there are at most as many rounds as lists.
    while !above.is_empty() && !told.has_errors() {
        let is_done = |wanted: &String| order.contains(wanted);
        let ready: Vec<&str> =
            above.iter().filter(|(_, wanted)| wanted.iter().all(is_done)).map(|(address, _)| *address).collect();
        if ready.is_empty() {
            let circle: Vec<&str> = above.keys().copied().collect();
            told.push(Diagnostic::error(format!("Cycle: {}", circle.join(", ")), ""));
        }
        for address in ready {
            above.remove(address);
            order.push(address.to_owned());
        }
    }
    order
}

/// The list that a reference names, which may be none; what is not declared is told.
fn named(root: &Module, reference: &Reference, told: &mut Diagnostics) -> Option<String> {
    if let Some((kind, name)) = list_of(reference) {
        let address = format!("list.{kind}.{name}");
        if root.lists.contains_key(&address) {
            return Some(address);
        }
        let detail = format!("A list resource \"{kind}\" \"{name}\" has not been declared in the root module.");
        told.push(Diagnostic::error("Reference to undeclared resource", detail).at(reference.span));
        return None;
    }
    let undeclared = match &reference.subject {
        Subject::Variable(name) if !root.variables.contains_key(name) => {
            let detail = format!(
                "An input variable with the name \"{name}\" has not been declared. This variable can be declared with a \
                 variable \"{name}\" {{}} block."
            );
            Some(("Reference to undeclared input variable", detail))
        }
        Subject::Local(name) if !root.locals.contains_key(name) => Some((
            "Reference to undeclared local value",
            format!("A local value with the name \"{name}\" has not been declared."),
        )),
        Subject::Resource(resource) | Subject::ResourceInstance(resource, _)
            if !root.resources.contains_key(resource) =>
        {
            let detail = format!(
                "A resource \"{}\" \"{}\" has not been declared in the root module.",
                resource.kind, resource.name
            );
            Some(("Reference to undeclared resource", detail))
        }
        _ => None,
    };
    if let Some((summary, detail)) = undeclared {
        told.push(Diagnostic::error(summary, detail).at(reference.span));
    }
    None
}
