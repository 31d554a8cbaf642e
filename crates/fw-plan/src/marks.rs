//! Ephemeral values may flow into write-only attributes and into ephemeral resources, and nowhere else.

use fw_addr::{AbsResourceInstance, ResourceMode};
use fw_config::ResourceBlock;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Kind;
use fw_value::{Marks, Value};

/// Says where a configuration would store something ephemeral.
pub(crate) fn refuse_ephemeral(
    config: &Value,
    kind: &Kind,
    block: &ResourceBlock,
    block_address: &AbsResourceInstance,
    told: &mut Diagnostics,
) {
    if block.resource.mode == ResourceMode::Ephemeral || !config.marks_deep().contains(Marks::EPHEMERAL) {
        return;
    }
    let allowed = fw_provider::write_only_values(&kind.schema.block, config);
    for place in config.marks_with_paths() {
        let inside = allowed.iter().any(|a| place.path.starts_with(a));
        if !place.marks.contains(Marks::EPHEMERAL) || inside {
            continue;
        }
        let detail = format!(
            "Ephemeral values are not valid for \"{}\", because it is not a write-only attribute and must be persisted to \
             state.",
            place.path.to_string().trim_start_matches('.')
        );
        let address = block_address.to_string();
        let at = fw_lang::find(&block.body, &kind.schema.block, &place.path).unwrap_or(block.span);
        told.push(Diagnostic::error("Invalid use of ephemeral value", detail).at(at).on(address));
    }
}
