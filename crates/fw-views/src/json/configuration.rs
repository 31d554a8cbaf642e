//! The configuration, as a plan's document has it.

use super::PlanDocument;
use super::writer::Writer;

/// Writes all modules and provider configurations.
pub(super) fn write(_document: &PlanDocument<'_>, w: &mut Writer) {
    w.object(|w| w.key("root_module").object(|_| ()));
}
