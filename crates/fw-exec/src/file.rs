//! Plans as bytes and back, whole and exact: marks, unknown values and what is known of them, the states, the graph.
//!
//! The bytes begin with a signature and the version of the format and end with a checksum. They are read without any
//! provider, and whatever they hold, reading them never panics. How the bytes are kept on disk, and with what beside
//! them, is not decided here.

mod addresses;
mod check;
mod records;
mod values;
mod wire;

use thiserror::Error;

use crate::Plan;
use wire::{Reader, Record, Writer};

const SIGNATURE: &[u8; 4] = b"FWPL";

/// Grows whenever the format changes.
const VERSION: u8 = 3;

/// Why a plan cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("failed to encode the plan: {0}")]
pub struct EncodeError(String);

/// Why bytes are no plan that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Something else altogether.
    #[error("not a plan")]
    Foreign,
    /// A plan in a format this version does not know.
    #[error("the plan has format version {0}, and this version of the program reads only version {VERSION}")]
    Version(u8),
    /// A plan once, but the bytes have changed since.
    #[error("the plan is damaged: its checksum is wrong")]
    Checksum,
    /// The checksum is right, but the content makes no sense.
    #[error("the plan is damaged: {0}")]
    Corrupt(String),
}

/// The bytes of a plan.
///
/// # Errors
/// When a value cannot be written: an infinite number in a state, say.
pub fn encode(plan: &Plan) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::new();
    writer.bytes(SIGNATURE);
    writer.byte(VERSION);
    plan.write(&mut writer);
    let mut bytes = writer.finish().map_err(EncodeError)?;
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// The plan that bytes stand for.
///
/// # Errors
/// When they are not a plan, are of another version, or are damaged.
pub fn decode(bytes: &[u8]) -> Result<Plan, DecodeError> {
    let rest = bytes.strip_prefix(SIGNATURE).ok_or(DecodeError::Foreign)?;
    match rest.first() {
        None => return Err(DecodeError::Foreign),
        Some(&VERSION) => {}
        Some(other) => return Err(DecodeError::Version(*other)),
    }
    let Some((content, checksum)) = bytes.split_last_chunk::<4>() else { return Err(DecodeError::Checksum) };
    if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
        return Err(DecodeError::Checksum);
    }
    let content = content.get(SIGNATURE.len() + 1..).unwrap_or_default();
    let mut reader = Reader::new(content);
    let plan = Plan::read(&mut reader)?;
    reader.end()?;
    check::check(&plan)?;
    Ok(plan)
}

#[cfg(test)]
mod tests;
