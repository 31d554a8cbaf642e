//! The configuration, as a plan's document has it: what is written, not what it means; expressions by their constant
//! values and by what they refer to.

mod expressions;
mod module;
mod providers;

use super::PlanDocument;
use super::writer::Writer;

/// Writes all modules and provider configurations.
pub(super) fn write(document: &PlanDocument<'_>, w: &mut Writer) {
    let providers = providers::collect(document);
    w.object(|w| {
        providers.write(w);
        module::root(document, &providers, w.key("root_module"));
    });
}
