//! Things of Go's standard library whose exact behaviour the language shows: on plain text, bytes and numbers, knowing
//! nothing of values.

pub(crate) mod deflate;
