//! What can go wrong with state files.

use std::io;
use std::path::{Path, PathBuf};

use fw_diag::Diagnostics;

/// Why a state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("{attempt} {}: {}", path.display(), fw_diag::system_error(why))]
    Io {
        /// What was tried: a verb.
        attempt: &'static str,
        /// The file concerned.
        path: PathBuf,
        /// Why not; said by the message already.
        why: io::Error,
    },
    /// The file is no state that can be used.
    #[error("the state in `{}` cannot be used", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problems: Diagnostics,
    },
    /// The state has a value that files cannot hold.
    #[error("failed to encode the state")]
    Encode(#[source] fw_state::CodecError),
    /// The backend refused, or cannot be reached.
    #[error("{0}")]
    Backend(String),
    /// The state cannot be encrypted or decrypted.
    #[error("{0}")]
    Cipher(String),
    /// The journal has failed before; nothing more is recorded.
    #[error("the journal cannot be written any more: {0}")]
    Journal(String),
}

impl StoreError {
    pub(crate) fn io(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |why| Self::Io { attempt, path, why }
    }

    /// The error and its causes in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        if let Self::Unusable { problems, .. } = self {
            let mut problems = problems.iter();
            if let Some(first) = problems.next() {
                text = format!("{text}: {}: {}", first.summary, first.detail);
            }
            for more in problems {
                text = format!("{text}\n{}: {}", more.summary, more.detail);
            }
        }
        text
    }
}
