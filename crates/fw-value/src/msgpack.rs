//! Values as msgpack, directed by types, as provider protocols have them.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::unmarshal;
pub use encode::marshal;

/// The extension type of an unknown value of which something is known.
const REFINED_UNKNOWN: u8 = 12;

/// Keys of the facts about an unknown value.
mod fact {
    pub(super) const NULLNESS: i64 = 1;
    pub(super) const STRING_PREFIX: i64 = 2;
    pub(super) const NUMBER_MIN: i64 = 3;
    pub(super) const NUMBER_MAX: i64 = 4;
    pub(super) const LENGTH_MIN: i64 = 5;
    pub(super) const LENGTH_MAX: i64 = 6;
}
