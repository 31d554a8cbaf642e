//! Format version 4: what terraform 0.12 and every later version reads and writes.

pub(crate) mod instance;
mod reader;
mod writer;

pub(crate) use reader::{
    RawState, invalid_version, legacy_provider, looks_like_version, parse_provider, read, read_checks, read_output,
};
pub use writer::write;
pub(crate) use writer::{checks_json, output_json};
