//! Values as text.

use fw_value::Type;

/// A type as the console's `type` prints it.
#[must_use]
pub fn type_text(ty: &Type) -> String {
    ty.to_expression()
}
