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

impl Refinement {
    /// Only that it will not be null.
    #[must_use]
    pub fn not_null() -> Self {
        Self { not_null: true, ..Self::default() }
    }

    /// A string that will not be null and will start so. The end of the prefix that could still combine with what
    /// follows is left out.
    #[must_use]
    pub fn prefix(prefix: &str) -> Self {
        Self { string_prefix: Some(crate::text::safe_prefix(prefix).into()), ..Self::not_null() }
    }

    /// A number that will not be null, between two bounds that are allowed.
    #[must_use]
    pub fn number_between(min: Option<Number>, max: Option<Number>) -> Self {
        Self { number_min: min.map(|n| (n, true)), number_max: max.map(|n| (n, true)), ..Self::not_null() }
    }

    /// A collection that will not be null, with a length between two bounds.
    #[must_use]
    pub fn length_between(min: Option<u64>, max: Option<u64>) -> Self {
        Self { length_min: min, length_max: max, ..Self::not_null() }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What can be said of a value, known or not: the facts of a [`Refinement`] with defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// It is null, or will be.
    pub is_null: bool,
    /// It is not null and will not be.
    pub not_null: bool,
    /// It starts so; the whole text where it is known.
    pub string_prefix: Str,
    /// The lower bound of a number, and whether the bound itself is allowed.
    pub number_min: Option<(Number, bool)>,
    /// The upper bound of a number, and whether the bound itself is allowed.
    pub number_max: Option<(Number, bool)>,
    /// The least length of a collection.
    pub length_min: u64,
    /// The greatest length of a collection.
    pub length_max: Option<u64>,
}
