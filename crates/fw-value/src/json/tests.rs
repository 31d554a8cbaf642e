//! The JSON codec.
