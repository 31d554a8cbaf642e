//! Copies states from one backend to another, as far as the user agrees.

use std::path::PathBuf;

use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;
use fw_store::{BackendError, DEFAULT_WORKSPACE};

use crate::asking::Question;
use crate::backend::{Backend, plain_workspaces};
use crate::flags::Arguments;
use crate::session::Session;
use crate::state_access::{Locking, OpenState};

const COPY: &str = "Do you want to copy existing state to the new backend?";

/// How states are copied.
pub(super) struct Migration<'a> {
    session: &'a Session,
    locking: Locking,
    /// Nothing is asked: `-force-copy`.
    force: bool,
    /// Whether questions may be asked.
    input: bool,
}

impl<'a> Migration<'a> {
    pub(super) fn new(session: &'a Session, arguments: &Arguments) -> Self {
        Self {
            session,
            locking: Locking::of(arguments),
            force: arguments.switch("force-copy", false),
            input: arguments.switch("input", true) && session.may_ask(),
        }
    }

    /// Copies what there is.
    pub(super) fn run(&self, from: &Backend, to: &Backend) -> Result<(), Diagnostics> {
        let sources = names(from)?;
        let is_single =
            sources.as_ref().is_none_or(|names| matches!(names.as_slice(), [only] if only == DEFAULT_WORKSPACE));
        match (sources, names(to)?) {
            (Some(sources), Some(_)) if !is_single => self.all(from, to, &sources),
            (Some(_), None) if !is_single => self.current(from, to),
            _ => self.one(from, to, (DEFAULT_WORKSPACE, DEFAULT_WORKSPACE), self.force),
        }
    }

    fn all(&self, from: &Backend, to: &Backend, names: &[String]) -> Result<(), Diagnostics> {
        let (old, new) = (&from.kind, &to.kind);
        let query = format!("Do you want to migrate all workspaces to \"{new}\"?");
        let description = format!(
            "Both the existing \"{old}\" backend and the newly configured \"{new}\" backend\nsupport workspaces. When \
             migrating between backends, Terraform will copy\nall workspaces (with the same names). THIS WILL OVERWRITE any \
             conflicting\nstates in the destination.\n\nTerraform initialization doesn't currently migrate only select \
             workspaces.\nIf you want to migrate a select number of workspaces, you must manually\npull and push those \
             states.\n\nIf you answer \"yes\", Terraform will migrate all states. If you answer\n\"no\", Terraform will \
             abort."
        );
        if !self.force && !self.agreed(&query, &description)? {
            return Err(failed("Migration aborted by user."));
        }
        for name in names {
            self.one(from, to, (name, name), true).map_err(|told| {
                let why: Vec<String> = told.iter().map(|one| format!("{}\n{}", one.summary, one.detail)).collect();
                failed(format!(
                    "Error migrating the workspace \"{name}\" from the previous \"{old}\" backend\nto the newly configured \
                     \"{new}\" backend:\n    {}\n\nTerraform copies workspaces in alphabetical order. Any \
                     workspaces\nalphabetically earlier than this one have been copied. Any workspaces\nlater than this \
                     haven't been modified in the destination. No workspaces\nin the source state have been \
                     modified.\n\nPlease resolve the error above and run the initialization command again.\nThis will \
                     attempt to copy (with permission) all workspaces again.",
                    why.join("\n").trim()
                ))
            })?;
        }
        Ok(())
    }

    fn current(&self, from: &Backend, to: &Backend) -> Result<(), Diagnostics> {
        let (old, new, workspace) = (&from.kind, &to.kind, &from.workspace);
        let query = format!(
            "Destination state \"{new}\" doesn't support workspaces.\nDo you want to copy only your current workspace?"
        );
        let description = format!(
            "The existing \"{old}\" backend supports workspaces and you currently are\nusing more than one. The newly \
             configured \"{new}\" backend doesn't support\nworkspaces. If you continue, Terraform will copy your current \
             workspace \"{workspace}\"\nto the default workspace in the new backend. Your existing workspaces in the\nsource \
             backend won't be modified. If you want to switch workspaces, back them\nup, or cancel altogether, answer \
             \"no\" and Terraform will abort."
        );
        if !self.force && !self.agreed(&query, &description)? {
            return Err(failed("Migration aborted by user."));
        }
        plain_workspaces(self.session)
            .select(DEFAULT_WORKSPACE)
            .map_err(|error| failed(format!("Error migrating state: {}", error.chain())))?;
        self.one(from, to, (workspace, DEFAULT_WORKSPACE), self.force)
    }

    /// Copies one state to another.
    fn one(&self, from: &Backend, to: &Backend, names: (&str, &str), force: bool) -> Result<(), Diagnostics> {
        if from.files().is_some() && from.files().map(|f| f.paths(names.0)) == to.files().map(|f| f.paths(names.1)) {
            return Ok(());
        }
        let source = self.open(from, names.0, "migration source state")?;
        let destination = match self.open(to, names.1, "migration destination state") {
            Ok(destination) => destination,
            Err(mut told) => {
                told.append(source.close());
                return Err(told);
            }
        };
        let (copied, destination) = self.copy(from, to, &source.state, destination, force);
        let mut told = destination.close();
        told.append(source.close());
        copied?;
        if told.has_errors() { Err(told) } else { Ok(()) }
    }

    fn open(&self, backend: &Backend, workspace: &str, what: &str) -> Result<OpenState, Diagnostics> {
        if let Some(files) = backend.files() {
            files.create(workspace).map_err(|error| failed(format!("Error loading state: {}", error.chain())))?;
        }
        let store = backend.state_of(workspace).map_err(|error| failed(format!("Error loading state: {error}")))?;
        OpenState::open(self.session, store, self.locking, what)
    }

    fn copy(
        &self,
        from: &Backend,
        to: &Backend,
        state: &State,
        mut destination: OpenState,
        force: bool,
    ) -> (Result<(), Diagnostics>, OpenState) {
        let there = &destination.state;
        let nothing_to_do = state.is_empty() || there.same_content(state);
        let agreed = match (nothing_to_do, force) {
            (true, _) => Ok(false),
            (false, true) => Ok(true),
            (false, false) if there.is_empty() => self.agreed(COPY, &into_nothing(&from.kind, &to.kind)),
            (false, false) => self.agreed_to_overwrite(from, to, state, there),
        };
        let copied = agreed.and_then(|agreed| {
            if !agreed {
                return Ok(());
            }
            destination.store.replace(state, true).map(drop).map_err(|error| {
                failed(format!(
                    "Error copying state from the previous \"{}\" backend to the newly configured\n\"{}\" backend:\n    \
                     {error}\n\nThe state in the previous backend remains intact and unmodified. Please resolve\nthe error \
                     above and try again.",
                    from.kind, to.kind
                ))
            })
        });
        (copied, destination)
    }

    fn agreed_to_overwrite(&self, from: &Backend, to: &Backend, old: &State, new: &State) -> Result<bool, Diagnostics> {
        let directory = tempfile::Builder::new()
            .prefix("terraform")
            .tempdir()
            .map_err(|error| failed(format!("Error creating temporary directory: {error}")))?;
        let save = |number: u8, kind: &str, state: &State| -> Result<PathBuf, Diagnostics> {
            let path = directory.path().join(format!("{number}-{kind}.tfstate"));
            let text = fw_state::write(state).map_err(|error| failed(error.to_string()))?;
            std::fs::write(&path, text).map_err(|error| failed(format!("Error saving state: {error}")))?;
            Ok(path)
        };
        let (first, second) = (save(1, &from.kind, old)?, save(2, &to.kind, new)?);
        let description = format!(
            "Pre-existing state was found while migrating the previous \"{0}\" backend to the\nnewly configured \"{1}\" \
             backend. An existing non-empty state already exists in\nthe new backend. The two states have been saved to \
             temporary files that will be\nremoved after responding to this query.\n\nPrevious (type \"{0}\"): {2}\nNew      \
             (type \"{1}\"): {3}\n\nDo you want to overwrite the state in the new backend with the previous state?\nEnter \
             \"yes\" to copy and \"no\" to start with the existing state in the newly\nconfigured \"{1}\" backend.",
            from.kind,
            to.kind,
            first.display(),
            second.display()
        );
        self.agreed(COPY, &description)
    }

    /// Asks until the answer is yes or no, twice at most.
    fn agreed(&self, query: &str, description: &str) -> Result<bool, Diagnostics> {
        if !self.input {
            return Err(failed(
                "Can't ask approval for state migration when interactive input is disabled.\n\nPlease remove the \
                 \"-input=false\" option and try again.",
            ));
        }
        for _ in 0..2 {
            let answer = self
                .session
                .ask(&Question { query, description, secret: false })
                .map_err(|why| failed(format!("Error asking for confirmation: {why}")))?;
            match answer.to_lowercase().as_str() {
                "yes" => return Ok(true),
                "no" => return Ok(false),
                _ => {}
            }
        }
        Ok(false)
    }

    /// Has the user choose one of several workspaces, since the selected one is not there.
    pub(super) fn choose_workspace(&self, current: &str, names: &[String]) -> Result<String, Diagnostics> {
        let list: Vec<String> = (1..).zip(names).map(|(number, name): (u32, _)| format!("{number}. {name}")).collect();
        if !self.input {
            return Err(failed(format!("Currently selected workspace \"{current}\" does not exist")));
        }
        let query = "\nThe currently selected workspace does not exist.";
        let description = format!(
            "The currently selected workspace ({current}) does not exist.\nThis is expected behavior when the selected \
             workspace did not have an\nexisting non-empty state. Please enter a number to select a workspace:\n\n{}",
            list.join("\n")
        );
        let answer = self
            .session
            .ask(&Question { query, description: &description, secret: false })
            .map_err(|why| failed(format!("Error asking to select workspace: {why}")))?;
        let chosen = answer.parse::<usize>().ok().and_then(|number| names.get(number.checked_sub(1)?));
        chosen.cloned().ok_or_else(|| failed("Error selecting workspace: input not a valid number"))
    }
}

/// The workspaces of a backend; `None` where it has one state only.
fn names(backend: &Backend) -> Result<Option<Vec<String>>, Diagnostics> {
    match backend.workspaces() {
        Ok(names) => Ok(Some(names)),
        Err(BackendError::NoWorkspaces) => Ok(None),
        Err(BackendError::Failed(why)) => Err(failed(format!("Error migrating state: {why}"))),
    }
}

fn into_nothing(old: &str, new: &str) -> String {
    format!(
        "Pre-existing state was found while migrating the previous \"{old}\" backend to the\nnewly configured \"{new}\" \
         backend. No existing state was found in the newly\nconfigured \"{new}\" backend. Do you want to copy this state to \
         the new \"{new}\"\nbackend? Enter \"yes\" to copy and \"no\" to start with an empty state."
    )
}

fn failed(why: impl Into<String>) -> Diagnostics {
    Diagnostic::error(why.into(), "").into()
}
