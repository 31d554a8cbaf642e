//! The part of `init` that sets up the backend, and moves states where it has changed.

use fw_backend::{Kind, Problems, Record, Settings};
use fw_config::{Backend as Block, Module};
use fw_diag::{Diagnostic, Diagnostics};

use super::migration::Migration;
use super::view::InitView;
use crate::backend::{Backend, Override, Wanted, placed, plain_workspaces, unsupported, unsupported_cloud};
use crate::flags::Arguments;
use crate::session::Session;

/// Sets up the backend that the root module asks for.
pub(super) fn set_up(
    session: &Session,
    root: &Module,
    arguments: &Arguments,
    view: &InitView,
) -> Result<Diagnostics, Diagnostics> {
    if let Some(span) = root.cloud {
        return Err(unsupported_cloud().at(span).into());
    }
    if let Some(block) = root.backend.as_ref().filter(|block| session.backend_kind(&block.kind).is_none()) {
        return Err(unsupported("Unsupported backend type", block).into());
    }
    session.encryption_of(root)?;
    let given = overrides(session, arguments)?;
    let recorded = if arguments.switch("reconfigure", false) { None } else { session.backend_record()? };
    let mut told = Diagnostics::new();
    if root.backend.is_none() && !given.is_empty() {
        told.push(missing_block());
    }
    let change = Change { session, arguments, view };
    let Some(block) = &root.backend else {
        match recorded {
            None if arguments.switch("reconfigure", false) && session.backend_record()?.is_some() => {
                session.record_backend(None)?;
            }
            None => {}
            Some(old) => change.unset(&old)?,
        }
        return Ok(told);
    };
    let mut wanted = Wanted::of(session, root, &given)?;
    // As in terraform, warnings about settings are told with errors only.
    let warnings = std::mem::take(&mut wanted.told);
    let backend = match recorded {
        None => change.first(block, &wanted),
        Some(old) => change.again(block, &wanted, &old),
    };
    match backend {
        Ok(()) => Ok(told),
        Err(problems) => {
            told.append(warnings);
            told.append(problems);
            Err(told)
        }
    }
}

fn missing_block() -> Diagnostic {
    let detail = "-backend-config was used without a \"backend\" block in the configuration.\n\nIf you intended to override \
                  the default local backend configuration,\nno action is required, but you may add an explicit backend block \
                  to your\nconfiguration to clear this warning:\n\nterraform {\n  backend \"local\" {}\n}\n\nHowever, if you \
                  intended to override a defined backend, please verify that\nthe backend configuration is present and \
                  valid.";
    Diagnostic::warning("Missing backend configuration", detail)
}

/// The settings of `-backend-config`: pairs, and files of them.
fn overrides(session: &Session, arguments: &Arguments) -> Result<Vec<Override>, Diagnostics> {
    let mut given = Vec::new();
    for argument in arguments.texts("backend-config").into_iter().filter(|text| !text.is_empty()) {
        given.push(match argument.split_once('=') {
            Some((name, value)) => {
                Override::Pair { argument: argument.to_owned(), name: name.trim().to_owned(), value: value.to_owned() }
            }
            None => Override::File(file(session, argument)?),
        });
    }
    Ok(given)
}

fn file(session: &Session, path: &str) -> Result<fw_syntax::Body, Diagnostics> {
    let text = std::fs::read_to_string(session.surroundings.resolve(path)).map_err(|_unreadable| {
        let detail = format!("The file \"{path}\" could not be read.");
        Diagnostics::from(Diagnostic::error("Failed to read file", detail))
    })?;
    let file = session.sources.add(path, text.as_str());
    let (body, mut told) = if path.ends_with(".json") {
        fw_syntax::parse_json(file, &text)
    } else {
        let (body, told) = fw_syntax::parse_native(file, &text);
        (fw_syntax::Body::Native(body), told)
    };
    told.append(body.just_attributes().1);
    if told.has_errors() { Err(told) } else { Ok(body) }
}

/// A change of the backend.
struct Change<'a> {
    session: &'a Session,
    arguments: &'a Arguments,
    view: &'a InitView,
}

impl Change<'_> {
    fn migration(&self) -> Migration<'_> {
        Migration::new(self.session, self.arguments)
    }

    /// The backend that a block wants, ready for use.
    fn backend(&self, block: &Block, wanted: &Wanted) -> Result<Backend, Diagnostics> {
        let Some(kind) = self.session.backend_kind(&block.kind) else {
            return Err(unsupported("Unsupported backend type", block).into());
        };
        if self.arguments.switch("create-backend", false) {
            self.make(kind, wanted).map_err(|told| placed(told, Some(&block.body)))?;
        }
        Backend::with(self.session, kind, wanted.value.clone()).map_err(|told| placed(told, Some(&block.body)))
    }

    /// Makes what the states are to be kept in where it is missing.
    fn make(&self, kind: &dyn Kind, wanted: &Wanted) -> Result<(), Problems> {
        let around = crate::backend::surroundings(self.session);
        for made in kind.make(&Settings { value: &wanted.value, around: &around })? {
            let text = format!("Created {made}.");
            self.view.line(&text, &text);
        }
        Ok(())
    }

    /// The backend that was set up before.
    fn before(&self, old: &Record) -> Result<Backend, Diagnostics> {
        let kind = self.session.backend_kind(&old.kind);
        let found = kind.and_then(|kind| Some((kind, old.value(&kind.schema())?)));
        let Some((kind, config)) = found else {
            let detail = format!(
                "The states of the backend \"{}\" that was set up before cannot be reached. Use -reconfigure to leave them \
                 where they are.",
                old.kind
            );
            return Err(Diagnostic::error("Failed to load previously saved backend", detail).into());
        };
        Backend::with(self.session, kind, config).map_err(|told| placed(told, None))
    }

    /// There was no backend, or what was is of no interest.
    fn first(&self, block: &Block, wanted: &Wanted) -> Result<(), Diagnostics> {
        let new = self.backend(block, wanted)?;
        if !self.arguments.switch("reconfigure", false) {
            let old = Backend::local(self.session)?;
            if old.files() != new.files() && self.has_states(&old)? {
                self.migration().run(&old, &new)?;
                self.erase(&old, &new)?;
            }
        }
        self.configured(block, wanted, &new)
    }

    /// There was a backend, perhaps the same.
    fn again(&self, block: &Block, wanted: &Wanted, old: &Record) -> Result<(), Diagnostics> {
        let kind = self.session.backend_kind(&block.kind);
        let same = old.kind == *block.kind
            && kind.and_then(|kind| old.value(&kind.schema())).is_some_and(|value| value == wanted.value);
        if same {
            if old.hash != wanted.hash {
                self.session.record_backend(Some(&Record { hash: wanted.hash, ..old.clone() }))?;
            }
            return self.select_workspace(&self.backend(block, wanted)?);
        }
        self.must_be_wanted()?;
        let text = if old.kind == *block.kind {
            "Backend configuration changed!\n\nTerraform has detected that the configuration specified for the backend\nhas \
             changed. Terraform will now check for existing state in the backends.\n"
                .to_owned()
        } else {
            format!("Terraform detected that the backend type changed from \"{}\" to \"{}\".\n", old.kind, block.kind)
        };
        self.view.line(&text, text.trim());
        let new = self.backend(block, wanted)?;
        self.migration().run(&self.before(old)?, &new)?;
        self.configured(block, wanted, &new)
    }

    /// Whether the user has said that the backend may change.
    fn must_be_wanted(&self) -> Result<(), Diagnostics> {
        if self.arguments.switch("migrate-state", false) || self.arguments.switch("force-copy", false) {
            return Ok(());
        }
        let detail = "A change in the backend configuration has been detected, which may require migrating existing \
                      state.\n\nIf you wish to attempt automatic migration of the state, use \"terraform init \
                      -migrate-state\".\nIf you wish to store the current configuration with no changes to the state, use \
                      \"terraform init -reconfigure\".";
        Err(Diagnostic::error("Backend configuration changed", detail).into())
    }

    fn unset(&self, old: &Record) -> Result<(), Diagnostics> {
        self.must_be_wanted()?;
        let kind = &old.kind;
        let text = format!("Terraform has detected you're unconfiguring your previously set \"{kind}\" backend.");
        self.view.line(&text, &text);
        self.migration().run(&self.before(old)?, &Backend::local(self.session)?)?;
        self.session.record_backend(None)?;
        let text = format!("\n\nSuccessfully unset the backend \"{kind}\". Terraform will now operate locally.");
        self.view.message("backend_unset_message", &text);
        Ok(())
    }

    fn configured(&self, block: &Block, wanted: &Wanted, backend: &Backend) -> Result<(), Diagnostics> {
        self.select_workspace(backend)?;
        self.session.record_backend(Some(&wanted.record(&block.kind)))?;
        let text = format!(
            "\nSuccessfully configured the backend \"{}\"! Terraform will automatically\nuse this backend unless the backend \
             configuration changes.",
            block.kind
        );
        self.view.message("backend_configured_success_message", &text);
        Ok(())
    }

    /// Whether there is anything in the files of a directory without a backend.
    fn has_states(&self, local: &Backend) -> Result<bool, Diagnostics> {
        let Some(files) = local.files() else { return Ok(false) };
        for name in files.list().map_err(|error| Diagnostics::from(error.load_diagnostic()))? {
            let (state, _) = local.local_state(files.paths(&name)).read().map_err(|error| error.load_diagnostic())?;
            if state.is_some_and(|state| !state.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Empties the files whose states have gone elsewhere; backups of them stay.
    fn erase(&self, old: &Backend, new: &Backend) -> Result<(), Diagnostics> {
        let Some(files) = old.files() else { return Ok(()) };
        for name in files.list().map_err(|error| Diagnostics::from(error.load_diagnostic()))? {
            let paths = files.paths(&name);
            if new.files().is_some_and(|new| new.paths(&name) == paths) || !paths.write.exists() {
                continue;
            }
            old.local_state(paths).erase().map_err(|error| {
                let detail = format!("Error deleting the local state that was copied: {}", error.chain());
                Diagnostics::from(Diagnostic::error("Error migrating state", detail))
            })?;
        }
        Ok(())
    }

    /// Selects a workspace that is there, where the selected one is not.
    fn select_workspace(&self, backend: &Backend) -> Result<(), Diagnostics> {
        // With files and without workspaces there is nothing to find out.
        if backend.files().is_some() || self.session.surroundings.variable("TF_WORKSPACE").is_some() {
            return Ok(());
        }
        let names = match backend.workspaces() {
            Ok(names) => names,
            Err(fw_store::BackendError::NoWorkspaces) => return Ok(()),
            Err(error) => {
                let summary = format!("Failed to get existing workspaces: {error}");
                return Err(Diagnostic::error(summary, "").into());
            }
        };
        let current = self.session.selected_workspace()?;
        if names.contains(&current) {
            return Ok(());
        }
        let chosen = match names.as_slice() {
            [] => return Ok(()),
            [only] => only.clone(),
            several => self.migration().choose_workspace(&current, several)?,
        };
        plain_workspaces(self.session)
            .select(&chosen)
            .map_err(|error| Diagnostic::error("Failed to select workspace", error.chain()).into())
    }
}
