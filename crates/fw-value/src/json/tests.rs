//! The JSON codec.


