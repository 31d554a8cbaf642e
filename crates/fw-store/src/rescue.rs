//! The last resort when a state cannot be written to its place.

use std::path::{Path, PathBuf};

use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;

use crate::{StateStore, StoreError, files};

/// Where a state was saved that could not be written to its place.
#[derive(Debug)]
pub struct Rescued {
    /// The file, or why there is none.
    pub file: Result<PathBuf, StoreError>,
    /// What is in the file, or would be.
    pub text: String,
}

/// Writes the state to `errored.tfstate` in a directory, encrypted as its store would do it.
#[must_use]
pub fn rescue(directory: &Path, store: &StateStore, state: &State) -> Rescued {
    let text = fw_state::write(state).unwrap_or_default();
    let sealed = match store.cipher().map(|cipher| cipher.seal(text.as_bytes())) {
        None => text.into_bytes(),
        Some(Ok(sealed)) => sealed,
        // It stays in the journal. It is not for plain text.
        Some(Err(why)) => return Rescued { file: Err(StoreError::Cipher(why)), text: String::new() },
    };
    let path = directory.join("errored.tfstate");
    let file = files::write_whole(&path, &sealed).map(|()| path);
    Rescued { file, text: String::from_utf8_lossy(&sealed).into_owned() }
}

/// Saves the state elsewhere and says what happened and how to go on, in terraform's words.
#[must_use]
pub fn save_failed(directory: &Path, store: &StateStore, state: &State, error: &StoreError) -> Diagnostics {
    let rescued = rescue(directory, store, state);
    let mut problems =
        Diagnostics::from(Diagnostic::error("Failed to save state", format!("Error saving state: {}", error.chain())));
    problems.push(match rescued.file {
        Ok(_) => Diagnostic::error(
            "Failed to persist state to backend",
            "The error shown above has prevented Terraform from writing the updated state to the configured backend. To allow for recovery, the state has been written to the file \"errored.tfstate\" in the current working directory.\n\nRunning \"terraform apply\" again at this point will create a forked state, making it harder to recover.\n\nTo retry writing this state, use the following command:\n    terraform state push errored.tfstate\n",
        ),
        Err(second) => Diagnostic::error(
            "Failed to create local state file",
            format!(
                "Error creating local state file for recovery: {}\n\nThe errors shown above have prevented Terraform from writing the updated state to the configured backend and from creating a local backup file. As a result, the raw state data is printed below as a JSON object.\n\nTo retry writing this state, copy the JSON data (from the first {{ to the last }} inclusive) and save it into a local file called errored.tfstate, then run the following command:\n    terraform state push errored.tfstate\n\n{}",
                second.chain(),
                rescued.text
            ),
        ),
    });
    problems
}
