//! All functions by name.

use std::sync::LazyLock;

use crate::function::Function;
use crate::{
    collections, conversions, crypto, dates, encoding, files, format, json, maps, networks, numbers, regular,
    sensitivity, sequences, sets, strings, yaml,
};

/// Sorted by name.
static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(|| {
    let mut functions: Vec<Function> = [
        collections::functions(),
        conversions::functions(),
        crypto::functions(),
        dates::functions(),
        encoding::functions(),
        files::functions(),
        format::functions(),
        json::functions(),
        maps::functions(),
        networks::functions(),
        numbers::functions(),
        regular::functions(),
        sensitivity::functions(),
        sequences::functions(),
        sets::functions(),
        strings::functions(),
        yaml::functions(),
    ]
    .into_iter()
    .flatten()
    .collect();
    functions.sort_by_key(|function| function.name);
    functions
});

/// The built-in function of this name (without `core::`). Not those that evaluate expressions: `try`, `can`,
/// `templatefile`, `templatestring`.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static Function> {
    let index = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    FUNCTIONS.get(index)
}

/// All functions, sorted by name.
#[must_use]
pub fn all() -> &'static [Function] {
    &FUNCTIONS
}

/// The names of all functions, sorted.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}
