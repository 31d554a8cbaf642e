//! Conversion and unification.


