//! The journal: every change of a state on disk before anything that depends on it happens.
//!
//! A file of lines, each with its checksum. The first names the state file content the changes start from; a mark says
//! which changes a newly written state file already holds. Many changes that come together share one sync. What a crash
//! tears off at the end is passed over: nothing depended on it yet.

mod format;
mod writer;

pub(crate) use format::{Base, Digest, Outcome, fold, header_line, mark_line, record_line};
pub(crate) use writer::Journal;
pub use writer::Ticket;

/// What became of changes that an interrupted operation left in a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// How many changes were taken over into the state.
    pub changes: usize,
    /// How many changes are in a journal that does not belong to the state file as it is now: somebody else has written
    /// that since.
    pub unmerged: usize,
    /// Where that journal is kept.
    pub kept: Option<std::path::PathBuf>,
}
