//! Which files the CLI configuration is in, and what the environment adds to it.

use std::path::{Path, PathBuf};

use fw_diag::{Diagnostic, Diagnostics, system_error};

use super::{CliConfig, Token, decode};
use crate::environment::Environment;
use crate::pattern::is_host;

pub(super) fn load(environment: &Environment) -> (CliConfig, Diagnostics) {
    let mut config = CliConfig::default();
    let mut problems = Diagnostics::new();
    if let Some(file) = main_file(environment, &mut problems) {
        let (read, more) = load_file(&file, environment);
        config.merge(read);
        problems.append(more);
    }
    // A file named by the environment stands alone.
    if named_file(environment).is_none() {
        for file in directory_files(environment) {
            let (read, more) = load_file(&file, environment);
            problems.append(more);
            if config.merge(read) {
                problems.push(Diagnostic::error("No more than one provider_installation block may be specified", ""));
            }
        }
    }
    from_variables(&mut config, environment);
    if let Some(directory) = &config.plugin_cache_dir
        && let Err(error) = std::fs::metadata(directory)
    {
        let (directory, why) = (directory.display(), system_error(&error));
        problems.push(Diagnostic::error(
            format!("The specified plugin cache dir {directory} cannot be opened: stat {directory}: {why}"),
            "",
        ));
        config.plugin_cache_dir = None;
    }
    (config, problems)
}

fn named_file(environment: &Environment) -> Option<PathBuf> {
    environment.get("TF_CLI_CONFIG_FILE").or_else(|| environment.get("TERRAFORM_CONFIG")).map(PathBuf::from)
}

fn main_file(environment: &Environment, problems: &mut Diagnostics) -> Option<PathBuf> {
    let Some(named) = named_file(environment) else {
        return environment.home.as_ref().map(|home| home.join(".terraformrc")).filter(|file| file.is_file());
    };
    if named.exists() {
        return Some(named);
    }
    problems.push(Diagnostic::warning(
        "Unable to open CLI configuration file",
        format!("The CLI configuration file at \"{}\" does not exist.", named.display()),
    ));
    None
}

/// The user's directory for settings and plugins.
fn settings_directory(environment: &Environment) -> Option<PathBuf> {
    environment.home.as_ref().map(|home| home.join(".terraform.d"))
}

/// `*.tfrc` and `*.tfrc.json` in the settings directory, with the tokens that `login` has stored there.
fn directory_files(environment: &Environment) -> Vec<PathBuf> {
    let Some(directory) = settings_directory(environment) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let wanted = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        (name.ends_with(".tfrc") || name.ends_with(".tfrc.json")) && path.is_file()
    };
    let mut files: Vec<_> = entries.filter_map(|entry| entry.ok().map(|e| e.path())).filter(wanted).collect();
    files.sort();
    files
}

fn load_file(path: &Path, environment: &Environment) -> (CliConfig, Diagnostics) {
    match std::fs::read(path) {
        Ok(bytes) => decode::decode(path, &String::from_utf8_lossy(&bytes), environment),
        Err(error) => {
            let summary = format!("Error reading {}: {error}", path.display());
            (CliConfig::default(), Diagnostic::error(summary, "").into())
        }
    }
}

fn from_variables(config: &mut CliConfig, environment: &Environment) {
    if let Some(directory) = environment.get("TF_PLUGIN_CACHE_DIR") {
        config.plugin_cache_dir = Some(directory.into());
    }
    if let Some(flag) = environment.get("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE") {
        // As in terraform, only these mean yes.
        config.plugin_cache_may_break_dependency_lock_file |= !matches!(flag, "0" | "false");
    }
    if environment.get("CHECKPOINT_DISABLE").is_some() {
        config.disable_checkpoint = true;
    }
    for (name, value) in &environment.variables {
        if let Some(host) = name.strip_prefix("TF_TOKEN_")
            && !value.is_empty()
        {
            config.credentials_of_environment.insert(host_of_variable(host), Token(value.clone()));
        }
    }
}

/// Variables cannot have dots and hyphens in their names: one underscore stands for a dot, two for a hyphen.
fn host_of_variable(name: &str) -> String {
    name.replace("__", "-").replace('_', ".").to_lowercase()
}

/// The directories that are mirrors without being configured, in the order of their precedence.
#[must_use]
pub fn implied_mirror_directories(environment: &Environment) -> Vec<PathBuf> {
    let mut directories = vec![environment.working_directory.join("terraform.d/plugins")];
    directories.extend(settings_directory(environment).map(|directory| directory.join("plugins")));
    directories.extend(environment.data_directories().into_iter().map(|d| d.join("terraform/plugins")));
    directories
}

/// The file that `login` keeps tokens in.
#[must_use]
pub fn credentials_file(environment: &Environment) -> Option<PathBuf> {
    settings_directory(environment).map(|directory| directory.join("credentials.tfrc.json"))
}

/// A host name in the form it is compared in.
#[must_use]
pub fn normal_host(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    is_host(&name).then_some(name)
}
