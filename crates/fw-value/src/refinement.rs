//! What is known of an unknown value.

use crate::{Number, Str};

/// Facts about an unknown value; the default says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// A string that will start so.
    pub string_prefix: Option<Str>,
    /// The lower bound of a number, and whether the bound itself is allowed.
    pub number_min: Option<(Number, bool)>,
    /// The upper bound of a number, and whether the bound itself is allowed.
    pub number_max: Option<(Number, bool)>,
    /// The least length of a collection.
    pub length_min: Option<u64>,
    /// The greatest length of a collection.
    pub length_max: Option<u64>,
}
