//! Strings in quotes, as messages have them.

pub(crate) use fw_value::go_quoted as go;
