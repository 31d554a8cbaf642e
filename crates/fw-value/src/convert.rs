//! Conversion between types, unification of types, and defaults of optional attributes.

mod apply;
mod defaults;
mod mismatch;
mod plan;
#[cfg(test)]
mod tests;
mod unify;

use crate::deep::deep;
use crate::{PathError, Type, Value};

pub use defaults::Defaults;
pub use mismatch::mismatch_message;

/// Why a value can't be converted, and where in it the reason is.
pub type ConvertError = PathError;

/// The value as one of type `ty`, by any conversion the language has. [`Type::Dynamic`] keeps the type; optional
/// attributes that are missing become null.
///
/// # Errors
/// With terraform's words, when there is no conversion between the types or this value does not allow it.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    if *value.ty() == *ty && !ty.has_optional() || *value.ty() == ty.without_optional() {
        return Ok(value.clone());
    }
    match plan::conversion(value.ty(), ty, true) {
        Some(conversion) => apply::top(&conversion, value),
        None => Err(ConvertError::here(mismatch_message(value.ty(), ty))),
    }
}

/// Whether there is a conversion that never fails: number to string, list to set of the same.
#[must_use]
pub fn safe_conversion_exists(from: &Type, to: &Type) -> bool {
    from == to || plan::conversion(from, to, false).is_some()
}

/// Whether there is a conversion, which may still fail on some values.
#[must_use]
pub fn unsafe_conversion_exists(from: &Type, to: &Type) -> bool {
    from == to || plan::conversion(from, to, true).is_some()
}

/// Whether this value can be converted.
#[must_use]
pub fn can_convert(value: &Value, ty: &Type) -> bool {
    convert(value, ty).is_ok()
}

/// The type that values of all these types can be converted to, perhaps failing on some values: what conditionals
/// and collection functions agree on. `None` when there is none, or no types are given.
#[must_use]
pub fn unify(types: &[Type]) -> Option<Type> {
    unify::unify(types, true)
}

/// The type that values of all these types can be converted to without failing.
#[must_use]
pub fn unify_safe(types: &[Type]) -> Option<Type> {
    unify::unify(types, false)
}

/// Whether a type is the wanted one, where [`Type::Dynamic`] anywhere in the wanted type stands for any type.
#[must_use]
pub fn conforms(given: &Type, wanted: &Type) -> bool {
    deep(|| conforms_to(given, wanted))
}

fn conforms_to(given: &Type, wanted: &Type) -> bool {
    match (given, wanted) {
        (_, Type::Dynamic) => true,
        (Type::List(g), Type::List(w)) | (Type::Set(g), Type::Set(w)) | (Type::Map(g), Type::Map(w)) => conforms(g, w),
        (Type::Tuple(g), Type::Tuple(w)) => g.len() == w.len() && g.iter().zip(w.iter()).all(|(g, w)| conforms(g, w)),
        (Type::Object(g), Type::Object(w)) => {
            let (g, w) = (g.attributes(), w.attributes());
            g.len() == w.len() && g.iter().zip(w).all(|(g, w)| g.name == w.name && conforms(&g.ty, &w.ty))
        }
        _ => given == wanted,
    }
}
