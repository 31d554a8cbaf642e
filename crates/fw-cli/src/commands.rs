//! The table of commands.

mod apply;
mod console;
mod env;
mod fmt;
mod force_unlock;
mod get;
mod graph;
mod import;
mod init;
mod login;
mod logout;
mod metadata;
mod modules;
mod output;
mod plan;
mod providers;
mod push;
mod query;
mod refresh;
mod show;
pub(crate) mod state;
mod taint;
mod test;
mod validate;
mod version;
pub(crate) mod workspace;

use crate::session::{Exit, Session};

/// A command.
pub(crate) struct Command {
    /// Its words: `state list`.
    pub(crate) path: &'static str,
    /// One line about it.
    pub(crate) synopsis: &'static str,
    /// One of the few commands of every day.
    pub(crate) is_main: bool,
    /// Left out of the overview.
    pub(crate) is_hidden: bool,
    /// Runs it with the arguments after its words.
    pub(crate) run: fn(&Session, &[String]) -> Exit,
}

type Run = fn(&Session, &[String]) -> Exit;

const fn main(path: &'static str, synopsis: &'static str, run: Run) -> Command {
    Command { path, synopsis, is_main: true, is_hidden: false, run }
}

const fn other(path: &'static str, synopsis: &'static str, run: Run) -> Command {
    Command { path, synopsis, is_main: false, is_hidden: false, run }
}

const fn hidden(path: &'static str, synopsis: &'static str, run: Run) -> Command {
    Command { path, synopsis, is_main: false, is_hidden: true, run }
}

/// A command that only has commands below it.
fn group(_session: &Session, _arguments: &[String]) -> Exit {
    Exit::ShowHelp
}

/// All commands in the order of the overview.
pub(crate) static COMMANDS: &[Command] = &[
    main("init", "Prepare your working directory for other commands", init::run),
    main("validate", "Check whether the configuration is valid", validate::run),
    main("plan", "Show changes required by the current configuration", plan::run),
    main("apply", "Create or update infrastructure", apply::run),
    main("destroy", "Destroy previously-created infrastructure", apply::run_destroy),
    other("console", "Try Terraform expressions at an interactive command prompt", console::run),
    hidden("env", "Workspace management", env::group),
    hidden("env delete", "Delete a workspace", env::delete),
    hidden("env list", "List Workspaces", env::list),
    hidden("env new", "Create a new workspace", env::new),
    hidden("env select", "Select a workspace", env::select),
    other("fmt", "Reformat your configuration in the standard style", fmt::run),
    other("force-unlock", "Release a stuck lock on the current workspace", force_unlock::run),
    other("get", "Install or upgrade remote Terraform modules", get::run),
    other("graph", "Generate a Graphviz graph of the steps in an operation", graph::run),
    other("import", "Associate existing infrastructure with a Terraform resource", import::run),
    other("login", "Obtain and save credentials for a remote host", login::run),
    other("logout", "Remove locally-stored credentials for a remote host", logout::run),
    other("metadata", "Metadata related commands", group),
    other("metadata functions", "Show signatures and descriptions for the available functions", metadata::functions),
    other("modules", "Show all declared modules in a working directory", modules::run),
    other("output", "Show output values from your root module", output::run),
    other("providers", "Show the providers required for this configuration", providers::run),
    other("providers lock", "Write out dependency locks for the configured providers", providers::lock::run),
    other("providers mirror", "Save local copies of all required provider plugins", providers::mirror::run),
    other("providers schema", "Show schemas for the providers used in the configuration", providers::schema::run),
    hidden("push", "Obsolete command for Terraform Enterprise legacy (v1)", push::run),
    other("query", "Search and list remote infrastructure with Terraform", query::run),
    other("refresh", "Update the state to match remote systems", refresh::run),
    other("show", "Show the current state or a saved plan", show::run),
    other("state", "Advanced state management", group),
    other("state list", "List resources in the state", state::list::run),
    other("state mv", "Move an item in the state", state::mv::run),
    other("state pull", "Pull current state and output to stdout", state::pull::run),
    other("state push", "Update remote state from a local state file", state::push::run),
    other("state replace-provider", "Replace provider in the state", state::replace_provider::run),
    other("state rm", "Remove instances from the state", state::rm::run),
    other("state show", "Show a resource in the state", state::show::run),
    other("taint", "Mark a resource instance as not fully functional", taint::taint),
    other("test", "Execute integration tests for Terraform modules", test::run),
    other("untaint", "Remove the 'tainted' state from a resource instance", taint::untaint),
    other("version", "Show the current Terraform version", version::run),
    other("workspace", "Workspace management", group),
    other("workspace delete", "Delete a workspace", workspace::delete),
    other("workspace list", "List Workspaces", workspace::list),
    other("workspace new", "Create a new workspace", workspace::new),
    other("workspace select", "Select a workspace", workspace::select),
    other("workspace show", "Show the name of the current workspace", workspace::show),
];
