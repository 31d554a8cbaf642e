//! Arguments of module calls against the variables of the called module.

use fw_diag::Diagnostics;
use fw_syntax::BodySchema;
use fw_syntax::ast::Attribute;
use fw_value::Str;

use crate::model::{Module, ModuleCall};

/// The arguments, if they fit the variables of the module.
pub(super) fn arguments(call: &ModuleCall, child: &Module) -> (Vec<Attribute>, Diagnostics) {
    let variables = child.variables.values();
    let schema = BodySchema {
        attributes: variables.map(|v| (Str::clone(&v.name), v.default.is_none())).collect(),
        blocks: Vec::new(),
    };
    let (content, problems) = call.body.content(&schema);
    if problems.has_errors() { (Vec::new(), problems) } else { (content.attributes, problems) }
}
