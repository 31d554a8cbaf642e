//! `workspace`: several states for one configuration.

use fw_diag::Diagnostic;
use fw_state::{ReadError, State};
use fw_store::{BackendError, is_valid_workspace_name};

use super::state::access::{LOCK_FLAGS, Locking, StateFiles, in_one_text, problems};
use crate::backend::{Backend, INVALID_WORKSPACE_VARIABLE, plain_workspaces};
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

const VARIABLE: &str = "TF_WORKSPACE";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";

/// Runs `workspace list`.
pub(crate) fn list(session: &Session, arguments: &[String]) -> Exit {
    listed(session, arguments).unwrap_or_else(|exit| exit)
}

fn listed(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let arguments = session.parse_flags("workspace list", &[], arguments, Usage::Before)?;
    if !arguments.positional.is_empty() {
        return Err(session.fail_line("Too many command line arguments. Did you mean to use -chdir?"));
    }
    let (backend, names) = known(session, "")?;
    let current = backend.workspace;
    let mark = |name: &String| if *name == current { "* " } else { "  " };
    let lines: Vec<String> = names.iter().map(|name| format!("{}{name}\n", mark(name))).collect();
    session.out(&format!("{}\n", lines.concat()));
    if overriding(session).is_some() {
        session.out("\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n\n");
    }
    Ok(Exit::Success)
}

/// Runs `workspace show`.
pub(crate) fn show(session: &Session, arguments: &[String]) -> Exit {
    // Accepted for compatibility; of no use here.
    let flags = [Flag::switch("input"), Flag::text("var"), Flag::text("var-file"), Flag::text("target")];
    if let Err(exit) = session.parse_flags("workspace show", &flags, arguments, Usage::Before) {
        return exit;
    }
    let workspaces = plain_workspaces(session);
    if overriding(session).is_some_and(|name| !is_valid_workspace_name(name)) {
        return session.fail_line(&format!("Error selecting workspace: {INVALID_WORKSPACE_VARIABLE}"));
    }
    match workspaces.selected(overriding(session)) {
        Ok(name) => {
            session.out(&format!("{name}\n"));
            Exit::Success
        }
        Err(error) => session.fail_line(&format!("Error selecting workspace: {}", error.chain())),
    }
}

/// Runs `workspace new`.
pub(crate) fn new(session: &Session, arguments: &[String]) -> Exit {
    create(session, arguments).unwrap_or_else(|exit| exit)
}

fn create(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let mut flags = vec![Flag::text("state")];
    flags.extend(LOCK_FLAGS);
    let arguments = session.parse_flags("workspace new", &flags, arguments, Usage::Before)?;
    let name = only_name(session, &arguments.positional)?;
    check_name(session, name)?;
    if overriding(session).is_some() {
        return Err(session.fail_line(
            "\nThe workspace is currently overridden using the TF_WORKSPACE environment\n\
             variable. You cannot create a new workspace when using this setting.\n\n\
             To create a new workspace, either unset this environment variable or update it\n\
             to match the workspace name you are trying to create, and then run this command\n\
             again.\n",
        ));
    }
    let (backend, names) = known(session, "Failed to get configured named states: ")?;
    if names.iter().any(|known| known == name) {
        return Err(session.fail_line(&format!("Workspace \"{name}\" already exists")));
    }
    make(session, &backend, name)?;
    let Some(from) = arguments.text("state").filter(|path| !path.is_empty()) else { return Ok(Exit::Success) };
    let path = session.surroundings.resolve(from);
    if !path.exists() {
        return Err(session.fail_line(&format!("open {from}: no such file or directory")));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| session.fail_line(&format!("open {from}: {}", fw_diag::system_error(&error))))?;
    let mut given = match session.given_state(&bytes) {
        Ok(state) => state,
        Err(ReadError::Empty) => State::default(),
        Err(ReadError::Unusable(problems)) => return Err(session.fail_line(&in_one_text(&problems))),
    };
    // What was recorded under another lineage goes on under one of its own.
    given.lineage = String::new();
    given.serial = 0;
    let store = backend.state_of(name).map_err(|error| session.fail_line(&error.to_string()))?;
    let mut open = StateFiles::open(session, store, "workspace-new", Locking::of(&arguments))
        .map_err(|problem| session.finish_apart(problem))?;
    open.persist(&given).map_err(|error| session.fail_line(&error.chain()))?;
    Ok(Exit::Success)
}

/// Makes a workspace, selects it, and says so.
fn make(session: &Session, backend: &Backend, name: &str) -> Result<(), Exit> {
    let failed = |why: &str| session.fail_line(&format!("Error selecting new workspace: {why}"));
    match backend.files() {
        Some(files) => files.create(name).map_err(|error| failed(&error.chain()))?,
        None => backend.state_of(name).map(drop).map_err(|error| session.fail_line(&error.to_string()))?,
    }
    plain_workspaces(session).select(name).map_err(|error| failed(&error.chain()))?;
    let (bold, green) = if session.color { ("\x1b[1m", "\x1b[0m\x1b[32m") } else { ("", "") };
    session.output_line(
        GREEN,
        &format!(
            "{bold}Created and switched to workspace \"{name}\"!{green}\n\n\
             You're now on a new, empty workspace. Workspaces isolate their state,\n\
             so if you run \"terraform plan\" Terraform will not see any existing state\n\
             for this configuration."
        ),
    );
    Ok(())
}

/// Runs `workspace select`.
pub(crate) fn select(session: &Session, arguments: &[String]) -> Exit {
    switch(session, arguments).unwrap_or_else(|exit| exit)
}

fn switch(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let flags = [Flag::switch("or-create")];
    let arguments = session.parse_flags("workspace select", &flags, arguments, Usage::Before)?;
    let name = only_name(session, &arguments.positional)?;
    if overriding(session).is_some() {
        return Err(session.fail_line(
            "\nThe selected workspace is currently overridden using the TF_WORKSPACE\n\
             environment variable.\n\n\
             To select a new workspace, either update this environment variable or unset\n\
             it and then run this command again.\n",
        ));
    }
    check_name(session, name)?;
    let (backend, names) = known(session, "Failed to get configured named states: ")?;
    if backend.workspace == name {
        return Ok(Exit::Success);
    }
    if names.iter().any(|known| known == name) {
        plain_workspaces(session).select(name).map_err(|error| session.fail_line(&error.chain()))?;
        session.output_line(GREEN, &format!("Switched to workspace \"{name}\"."));
        return Ok(Exit::Success);
    }
    if arguments.switch("or-create", false) {
        make(session, &backend, name)?;
        return Ok(Exit::Success);
    }
    Err(session.fail_line(&format!("\n{}", does_not_exist(name))))
}

/// Runs `workspace delete`.
pub(crate) fn delete(session: &Session, arguments: &[String]) -> Exit {
    remove(session, arguments).unwrap_or_else(|exit| exit)
}

fn remove(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let mut flags = vec![Flag::switch("force")];
    flags.extend(LOCK_FLAGS);
    let arguments = session.parse_flags("workspace delete", &flags, arguments, Usage::Before)?;
    let name = only_name(session, &arguments.positional)?;
    let (backend, names) = known(session, "")?;
    if !names.iter().any(|known| known == name) {
        return Err(session.fail_line(&does_not_exist(name)));
    }
    if backend.workspace == name {
        return Err(session.fail_line(&format!(
            "Workspace \"{name}\" is your active workspace.\n\n\
             You cannot delete the currently active workspace. Please switch\n\
             to another workspace and try again."
        )));
    }
    let store = backend.state_of(name).map_err(|error| session.fail_line(&error.to_string()))?;
    let mut open = StateFiles::open(session, store, "workspace-delete", Locking::of(&arguments))
        .map_err(|problem| session.finish_apart(problem))?;
    let state = open.read().map_err(|error| session.fail_line(&problems(&error)))?.unwrap_or_default();
    let has_objects = state.has_managed_objects();
    if has_objects && !arguments.switch("force", false) {
        return Err(session.finish_apart(not_empty(name, &state)));
    }
    // The lock is on a file that is about to go.
    drop(open);
    backend.delete(name).map_err(|error| session.fail_line(&error.to_string()))?;
    session.output_line(GREEN, &format!("Deleted workspace \"{name}\"!"));
    if has_objects {
        session.output_line(
            YELLOW,
            &format!(
                "WARNING: \"{name}\" was non-empty.\n\
                 The resources managed by the deleted workspace may still exist,\n\
                 but are no longer manageable by Terraform since the state has\n\
                 been deleted.\n"
            ),
        );
    }
    Ok(Exit::Success)
}

fn not_empty(name: &str, state: &State) -> Diagnostic {
    let mut objects = String::new();
    for (address, _, instance) in state.instances() {
        if address.resource.mode != fw_addr::ResourceMode::Managed {
            continue;
        }
        if instance.current.is_some() {
            objects.push_str(&format!("\n  - {address}"));
        }
        for key in instance.deposed.keys() {
            objects.push_str(&format!("\n  - {address} (deposed object {key})"));
        }
    }
    let detail = format!(
        "Workspace \"{name}\" is currently tracking the following resource instances:{objects}\n\nDeleting this workspace \
         would cause Terraform to lose track of any associated remote objects, which would then require you to delete them \
         manually outside of Terraform. You should destroy these objects with Terraform before deleting the workspace.\n\nIf \
         you want to delete this workspace anyway, and have Terraform forget about these managed objects, use the -force \
         option to disable this safety check."
    );
    Diagnostic::error("Workspace is not empty", detail)
}

fn does_not_exist(name: &str) -> String {
    format!(
        "Workspace \"{name}\" doesn't exist.\n\n\
         You can create this workspace with the \"new\" subcommand \n\
         or include the \"-or-create\" flag with the \"select\" subcommand."
    )
}

fn only_name<'a>(session: &Session, positional: &'a [String]) -> Result<&'a str, Exit> {
    match positional {
        [name] => Ok(name),
        _ => {
            session.error_line("Expected a single argument: NAME.\n");
            Err(Exit::ShowHelp)
        }
    }
}

fn check_name(session: &Session, name: &str) -> Result<(), Exit> {
    if is_valid_workspace_name(name) {
        return Ok(());
    }
    Err(session.fail_line(&format!(
        "\nThe workspace name \"{name}\" is not allowed. The name must contain only URL safe\n\
         characters, and no path separators.\n"
    )))
}

fn overriding(session: &Session) -> Option<&str> {
    session.surroundings.variable(VARIABLE)
}

/// The backend of the working directory, and the names of its workspaces.
fn known(session: &Session, failed: &str) -> Result<(Backend, Vec<String>), Exit> {
    let backend = session.backend().map_err(|problems| session.finish_apart(problems))?;
    let names = backend.workspaces().map_err(|error: BackendError| session.fail_line(&format!("{failed}{error}")))?;
    Ok((backend, names))
}

/// Says that `env` was renamed.
pub(crate) fn deprecated(session: &Session) {
    session.warning_lines(
        "Warning: the \"terraform env\" family of commands is deprecated.\n\n\
         \"Workspace\" is now the preferred term for what earlier Terraform versions\n\
         called \"environment\", to reduce ambiguity caused by the latter term colliding\n\
         with other concepts.\n\n\
         The \"terraform workspace\" commands should be used instead. \"terraform env\"\n\
         will be removed in a future Terraform version.\n",
    );
}
