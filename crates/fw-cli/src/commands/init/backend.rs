//! The part of `init` that sets up the backend, and moves states where its settings have changed.

use fw_config::{Backend as Block, Module};
use fw_diag::{Diagnostic, Diagnostics};
use fw_state::State;
use fw_store::Workspaces;

use super::view::InitView;
use crate::asking::Question;
use crate::backend::{LocalSettings, Record, unsupported, unsupported_cloud};
use crate::flags::Arguments;
use crate::session::Session;
use crate::state_access::{Locking, OpenState};

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
    if let Some(backend) = root.backend.as_ref().filter(|backend| &*backend.kind != "local") {
        return Err(unsupported("Unsupported backend type", backend).into());
    }
    let given = overrides(session, arguments)?;
    let recorded = if arguments.switch("reconfigure", false) { None } else { Record::load(session)? };
    let wanted = root.backend.as_ref().map(|backend| wanted(backend, &given)).transpose()?;
    let mut told = Diagnostics::new();
    if wanted.is_none() && !given.is_empty() {
        let detail = "-backend-config was used without a \"backend\" block in the configuration.\n\nIf you intended to \
                      override the default local backend configuration,\nno action is required, but you may add an explicit \
                      backend block to your\nconfiguration to clear this warning:\n\nterraform {\n  backend \"local\" \
                      {}\n}\n\nHowever, if you intended to override a defined backend, please verify that\nthe backend \
                      configuration is present and valid.";
        told.push(Diagnostic::warning("Missing backend configuration", detail));
    }
    let change = Change { session, arguments, view };
    match (wanted, recorded) {
        (None, None) => {
            if arguments.switch("reconfigure", false) && Record::load(session)?.is_some() {
                Record::save(None, session)?;
            }
        }
        (None, Some(old)) => change.unset(&old)?,
        (Some(wanted), None) => {
            // With -reconfigure nothing is moved, whatever there was.
            if !arguments.switch("reconfigure", false) {
                change.migrate(&LocalSettings::default(), &wanted.settings)?;
            }
            change.configured(&wanted)?;
        }
        (Some(wanted), Some(old)) if old.settings == wanted.settings => {
            if old != wanted {
                Record::save(Some(&wanted), session)?;
            }
        }
        (Some(wanted), Some(old)) => {
            change.must_be_wanted()?;
            let text = "Backend configuration changed!\n\nTerraform has detected that the configuration specified for the \
                        backend\nhas changed. Terraform will now check for existing state in the backends.\n";
            view.line(text, text.trim());
            change.migrate(&old.settings, &wanted.settings)?;
            change.configured(&wanted)?;
        }
    }
    Ok(told)
}

/// What is to be remembered of a backend with the settings of the command line.
fn wanted(backend: &Block, given: &[(String, String)]) -> Result<Record, Diagnostics> {
    let mut settings = LocalSettings::of(backend)?;
    let hash = settings.hash();
    for (name, value) in given {
        match name.as_str() {
            "path" => settings.path = Some(value.clone()),
            "workspace_dir" => settings.workspace_dir = Some(value.clone()),
            _ => {
                let detail = format!(
                    "The backend configuration argument \"{name}\" given on the command line is not expected for the \
                     selected backend type."
                );
                return Err(Diagnostic::error("Invalid backend configuration argument", detail).into());
            }
        }
    }
    settings.check(None)?;
    Ok(Record { kind: backend.kind.to_string(), settings, hash })
}

/// The settings of `-backend-config`: pairs, and files of them.
fn overrides(session: &Session, arguments: &Arguments) -> Result<Vec<(String, String)>, Diagnostics> {
    let mut given = Vec::new();
    for argument in arguments.texts("backend-config").into_iter().filter(|text| !text.is_empty()) {
        match argument.split_once('=') {
            Some((name, value)) => given.push((name.trim().to_owned(), value.to_owned())),
            None => given.extend(file(session, argument)?),
        }
    }
    Ok(given)
}

fn file(session: &Session, path: &str) -> Result<Vec<(String, String)>, Diagnostics> {
    let text = std::fs::read_to_string(session.surroundings.resolve(path)).map_err(|_unreadable| {
        let detail = format!("The file \"{path}\" could not be read.");
        Diagnostics::from(Diagnostic::error("Failed to read file", detail))
    })?;
    let file = session.sources.add(path, text.as_str());
    let (body, mut told) = fw_syntax::parse_native(file, &text);
    let (attributes, problems) = fw_syntax::Body::Native(body).just_attributes();
    told.append(problems);
    let mut given = Vec::new();
    for attribute in attributes {
        let value = fw_lang::evaluate_constant(&attribute.expr, &mut told);
        match value.as_str() {
            Some(text) => given.push((attribute.name.name.to_string(), text.to_owned())),
            None => {
                let detail = format!("Inappropriate value for attribute \"{}\": string required.", attribute.name.name);
                told.push(Diagnostic::error("Incorrect attribute value type", detail).at(attribute.expr.span));
            }
        }
    }
    if told.has_errors() { Err(told) } else { Ok(given) }
}

/// A change of the backend.
struct Change<'a> {
    session: &'a Session,
    arguments: &'a Arguments,
    view: &'a InitView,
}

impl Change<'_> {
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
        self.migrate(&old.settings, &LocalSettings::default())?;
        Record::save(None, self.session)?;
        let text = format!("\n\nSuccessfully unset the backend \"{kind}\". Terraform will now operate locally.");
        self.view.message("backend_unset_message", &text);
        Ok(())
    }

    fn configured(&self, wanted: &Record) -> Result<(), Diagnostics> {
        Record::save(Some(wanted), self.session)?;
        let text = format!(
            "\nSuccessfully configured the backend \"{}\"! Terraform will automatically\nuse this backend unless the backend \
             configuration changes.",
            wanted.kind
        );
        self.view.message("backend_configured_success_message", &text);
        Ok(())
    }

    /// Copies the states of all workspaces to where they belong now, if the user agrees.
    fn migrate(&self, from: &LocalSettings, to: &LocalSettings) -> Result<(), Diagnostics> {
        let (from, to) = (from.workspaces(self.session), to.workspaces(self.session));
        if (&from.default_state, &from.directory) == (&to.default_state, &to.directory) {
            return Ok(());
        }
        let names = from.list().map_err(|error| Diagnostics::from(error.load_diagnostic()))?;
        let mut states = Vec::new();
        for name in names {
            let state = OpenState::read(from.paths(&name), "")?;
            if !state.is_empty() && from.paths(&name) != to.paths(&name) {
                states.push((name, state));
            }
        }
        if states.is_empty() || !self.agreed()? {
            return Ok(());
        }
        for (name, state) in states {
            self.copy(&state, &to, &name)?;
        }
        Ok(())
    }

    fn agreed(&self) -> Result<bool, Diagnostics> {
        if self.arguments.switch("force-copy", false) {
            return Ok(true);
        }
        if !(self.arguments.switch("input", true) && self.session.may_ask()) {
            let detail = "Existing state was found that would have to be copied, which cannot be confirmed because input is \
                          disabled. Use -force-copy to copy it, or -reconfigure to leave it where it is.";
            return Err(Diagnostic::error("Backend migration needs confirmation", detail).into());
        }
        let description = "Pre-existing state was found while migrating the previous \"local\" backend to the\nnewly \
                           configured \"local\" backend. No existing state was found in the newly\nconfigured \"local\" \
                           backend. Do you want to copy this state to the new \"local\"\nbackend? Enter \"yes\" to copy and \
                           \"no\" to start with an empty state.";
        let query = "Do you want to copy existing state to the new backend?";
        match self.session.ask(&Question { query, description, secret: false }) {
            Ok(answer) => Ok(answer == "yes"),
            Err(why) => {
                let detail = format!("Error asking for state migration action: {why}");
                Err(Diagnostic::error("Error migrating state", detail).into())
            }
        }
    }

    fn copy(&self, state: &State, to: &Workspaces, name: &str) -> Result<(), Diagnostics> {
        let failed = |why: String| Diagnostics::from(Diagnostic::error("Error migrating state", why));
        to.create(name).map_err(|error| failed(error.chain()))?;
        let locking = Locking::of(self.arguments);
        let mut open = OpenState::open(self.session, to.paths(name), locking, "init")?;
        let copied = if open.state.same_content(state) {
            Ok(())
        } else {
            open.local.replace(state, open.state.is_empty()).map(drop).map_err(|error| failed(error.to_string()))
        };
        let told = open.close();
        copied?;
        if told.has_errors() { Err(told) } else { Ok(()) }
    }
}
