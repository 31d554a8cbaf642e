//! Conversion and unification.
