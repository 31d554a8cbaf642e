//! Things of Go's standard library whose exact behaviour the language shows: on plain text, bytes and numbers, knowing
//! nothing of values.

pub(crate) mod csv;
pub(crate) mod deflate;
pub(crate) mod glob;
pub(crate) mod net;
pub(crate) mod path;
pub(crate) mod text;
pub(crate) mod time;
