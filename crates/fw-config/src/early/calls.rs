//! Sources and versions of module calls that are made of variables and the like.

use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics, Span};

use super::{Above, Early, EarlyScope};
use crate::model::{LateCall, Module, ModuleCall};
use crate::source::ModuleSource;
use crate::version::Constraints;

/// Finds out the sources and versions of the calls of a module. Calls for which that cannot be done are taken out, with a
/// diagnostic.
pub(crate) fn resolve_calls(module: &mut Module, above: &Above, early: Option<&dyn Early>, told: &mut Diagnostics) {
    let late = module.calls.values().filter_map(|call| Some((Name::clone(&call.name), call, call.late.as_deref()?)));
    let mut resolved: Vec<(Name, Option<Resolved>)> = Vec::new();
    for (name, call, late) in late {
        let found = match early {
            Some(early) => Call { module, above, early, call, late }.resolve(told),
            // As if there were nothing but constants.
            None => {
                told.append(late.problems.clone());
                if late.source.is_none()
                    && let Err((summary, detail)) = ModuleSource::of_call(&call.source, late.version.is_some())
                {
                    told.push(Diagnostic::error(summary, detail).at(call.source_span));
                }
                None
            }
        };
        resolved.push((name, found));
    }
    for (name, found) in resolved {
        match (found, module.calls.get_mut(&name)) {
            (Some(found), Some(call)) => {
                call.source = found.source;
                call.address = found.address;
                call.version = found.version;
            }
            _ => drop(module.calls.remove(&name)),
        }
    }
}

struct Resolved {
    source: String,
    address: ModuleSource,
    version: Option<(String, Span)>,
}

struct Call<'a> {
    module: &'a Module,
    above: &'a Above,
    early: &'a dyn Early,
    call: &'a ModuleCall,
    late: &'a LateCall,
}

impl Call<'_> {
    fn resolve(&self, told: &mut Diagnostics) -> Option<Resolved> {
        let before = told.len();
        if let Some(source) = self.early.known_source(&self.module.path.child(&self.call.name)) {
            let address = ModuleSource::parse(&source).ok()?;
            return Some(Resolved { source, address, version: None });
        }
        let version = self.version(told);
        let source = match &self.late.source {
            Some(expr) => self.scope("source", expr.span).text(expr, false, told),
            None => Some(self.call.source.clone()),
        };
        if told.iter().skip(before).any(Diagnostic::is_error) {
            return None;
        }
        let source = source?;
        let address = ModuleSource::of_call(&source, version.is_some())
            .map_err(|(summary, detail)| told.push(Diagnostic::error(summary, detail).at(self.call.source_span)))
            .ok()?;
        Some(Resolved { source, address, version })
    }

    fn version(&self, told: &mut Diagnostics) -> Option<(String, Span)> {
        let Some(expr) = &self.late.version else { return self.call.version.clone() };
        let text = self.scope("version", expr.span).text(expr, true, told)?;
        if Constraints::parse(&text).is_none() {
            let detail = "This string does not use correct version constraint syntax.";
            told.push(Diagnostic::error("Invalid version constraint", detail).at(expr.span));
        }
        Some((text, expr.span))
    }

    fn scope(&self, argument: &str, span: Span) -> EarlyScope<'_> {
        let user = format!("module.{}.{argument}", self.call.name);
        EarlyScope::new(self.early, Some(self.above), self.module, (user, span))
    }
}
