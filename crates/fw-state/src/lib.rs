//! The state model, every format version with upgrade, and the integrity check.
