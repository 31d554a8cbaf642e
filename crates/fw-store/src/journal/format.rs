//! The lines of a journal.

use fw_state::{Change, State};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::cipher::{MaybeCipher, open_change};

/// The content of a file, short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digest {
    length: u64,
    checksum: u32,
}

impl Digest {
    pub(crate) fn of(content: &[u8]) -> Self {
        Self { length: content.len() as u64, checksum: crc32fast::hash(content) }
    }
}

/// What the changes of a journal start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Base {
    /// The state file; that of no content where there is none yet.
    pub(crate) content: Digest,
    /// The lineage the state has, or gets with its first write.
    pub(crate) lineage: String,
    /// The serial before the changes.
    pub(crate) serial: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    /// The first line.
    Journal {
        version: u32,
        base: Base,
    },
    /// The first `changes` changes are in the state file with this content.
    Mark {
        content: Digest,
        changes: usize,
    },
    Change(#[serde(borrow)] &'a serde_json::value::RawValue),
}

const VERSION: u32 = 1;

pub(crate) fn header_line(base: &Base) -> String {
    seal(&Line::Journal { version: VERSION, base: base.clone() })
}

pub(crate) fn mark_line(content: Digest, changes: usize) -> String {
    seal(&Line::Mark { content, changes })
}

/// The line of a change that is JSON already.
pub(crate) fn record_line(change_json: &str) -> String {
    sealed(&format!("{{\"change\":{change_json}}}"))
}

fn seal(line: &Line<'_>) -> String {
    sealed(&serde_json::to_string(line).expect("all parts have string keys and finite numbers"))
}

fn sealed(json: &str) -> String {
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

/// The JSON of a line whose checksum is right.
fn open(line: &str) -> Option<&str> {
    let (checksum, json) = line.split_once(' ')?;
    let expected = u32::from_str_radix(checksum, 16).ok()?;
    (checksum.len() == 8 && crc32fast::hash(json.as_bytes()) == expected).then_some(json)
}

/// What a journal says about a state file.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing that the state file does not hold.
    Nothing,
    /// The state with the changes, and how many they are.
    Changed(Box<State>, usize),
    /// Changes of another state than the file now holds.
    Foreign(usize),
}

/// Applies the changes of a journal to the state whose file has the given content.
///
/// # Errors
/// When changes cannot be decrypted.
pub(crate) fn fold(
    journal: &[u8],
    state: Option<&State>,
    content: &[u8],
    cipher: &MaybeCipher,
) -> Result<Outcome, StoreError> {
    let text = String::from_utf8_lossy(journal);
    let mut lines = text.split_inclusive('\n').map_while(|line| open(line.strip_suffix('\n')?));
    let header = lines.next().and_then(|json| serde_json::from_str(json).ok());
    let Some(Line::Journal { version: VERSION, base }) = header else { return Ok(Outcome::Nothing) };
    let digest = Digest::of(content);
    let mut changes = Vec::new();
    let mut start = (base.content == digest).then_some(0);
    for json in lines {
        match serde_json::from_str(json) {
            Ok(Line::Change(change)) => match Change::from_json(&open_change(cipher, change.get())?) {
                Ok(change) => changes.push(change),
                Err(_) => break,
            },
            Ok(Line::Mark { content, changes }) if content == digest => start = Some(changes),
            Ok(Line::Mark { .. } | Line::Journal { .. }) => {}
            Err(_) => break,
        }
    }
    let Some(start) = start else {
        return Ok(if changes.is_empty() { Outcome::Nothing } else { Outcome::Foreign(changes.len()) });
    };
    let Some(new) = changes.get(start..).filter(|new| !new.is_empty()) else { return Ok(Outcome::Nothing) };
    let mut folded = state.cloned().unwrap_or_default();
    if folded.lineage.is_empty() {
        folded.lineage = base.lineage;
    }
    for change in new {
        folded.apply(change);
    }
    Ok(Outcome::Changed(Box::new(folded), new.len()))
}
