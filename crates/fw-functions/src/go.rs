//! Things of Go's standard library whose exact behaviour the language shows: on plain text, bytes and numbers, knowing
//! nothing of values.

pub(crate) mod base64;
pub(crate) mod bcrypt;
pub(crate) mod charset;
pub(crate) mod csv;
pub(crate) mod decimal;
pub(crate) mod deflate;
pub(crate) mod float;
pub(crate) mod glob;
pub(crate) mod net;
pub(crate) mod path;
pub(crate) mod regexp;
pub(crate) mod rsa;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod uuid;
