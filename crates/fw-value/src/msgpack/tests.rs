//! The msgpack codec.


