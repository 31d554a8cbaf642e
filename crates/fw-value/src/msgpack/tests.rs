//! The msgpack codec.
