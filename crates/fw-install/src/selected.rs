//! The installed packages that the lock file has selected, checked before they are used.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics};

use crate::hash::Hash;
use crate::lock_file::{Lock, LockFile};
use crate::package::{PackageDirectory, program};
use crate::site::{Requirements, Site};

/// The program of an installed provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// The checked hash of its package; none for development overrides, which change at any time.
    pub hash: Option<Hash>,
}

/// The programs of all providers that the lock file has selected, and of development overrides. Reattached providers are
/// not among them.
///
/// # Errors
/// When a package is missing or is not the one that was locked.
pub fn selected_programs(site: &Site, locks: &LockFile) -> Result<BTreeMap<Provider, Program>, Diagnostics> {
    let mut programs = BTreeMap::new();
    let mut lines = Vec::new();
    let overrides = site.config.dev_overrides();
    for (provider, directory) in &overrides {
        // One that has not been built yet is missed when it is needed.
        if let Some(path) = program(&site.root.join(directory), provider) {
            programs.insert(provider.clone(), Program { path, hash: None });
        }
    }
    let installed = PackageDirectory { base: site.providers_directory(), platform: site.platform.clone() };
    for (provider, lock) in &locks.providers {
        if site.reattached.contains(provider) || overrides.contains_key(provider) {
            continue;
        }
        match selected(site, &installed, provider, lock) {
            Ok(program) => {
                programs.insert(provider.clone(), program);
            }
            Err(why) => lines.push(format!("\n  - {provider}: {why}")),
        }
    }
    if lines.is_empty() { Ok(programs) } else { Err(not_installed(&lines.concat()).into()) }
}

fn not_installed(lines: &str) -> Diagnostic {
    let detail = format!(
        "The installed provider plugins are not consistent with the packages selected in the dependency lock file:{lines}\n\n\
         Terraform uses external plugins to integrate with a variety of different infrastructure services. To download the \
         plugins required for this configuration, run:\n  terraform init"
    );
    Diagnostic::error("Required plugins are not installed", detail)
}

fn selected(site: &Site, installed: &PackageDirectory, provider: &Provider, lock: &Lock) -> Result<Program, String> {
    let version = &lock.version;
    let directory = site.shown(&installed.base);
    let Some(package) = installed.installed(provider, version) else {
        return Err(format!("there is no package for {provider} {version} cached in {directory}"));
    };
    let found = site.hashes.of_directory(&package).map_err(|error| {
        format!("failed to calculate checksum for {provider} {version} package at {directory}: {error}")
    })?;
    if lock.hashes.iter().any(Hash::is_h1) && !lock.hashes.contains(&found) || lock.hashes.iter().all(Hash::is_zh) {
        // Of archives alone nothing can be said about what was unpacked.
        return Err(format!(
            "the cached package for {provider} {version} (in {directory}) does not match any of the checksums recorded in the \
             dependency lock file"
        ));
    }
    let path = program(&package, provider).ok_or_else(|| {
        format!(
            "the cached package for {provider} {version} (in {directory}) has no executable file starting with \
             terraform-provider-{}",
            provider.kind
        )
    })?;
    Ok(Program { path, hash: Some(found) })
}

/// Whether the lock file has selections for all that the configuration needs.
///
/// # Errors
/// When `init` must be run first.
pub fn check_selections(site: &Site, requirements: &Requirements, locks: &LockFile) -> Result<(), Diagnostics> {
    let overrides = site.config.dev_overrides();
    let mut lines = String::new();
    for (provider, constraints) in requirements {
        if site.is_supplied(provider) || overrides.contains_key(provider) {
            continue;
        }
        let why = match locks.get(provider) {
            None => "required by this configuration but no version is selected".to_owned(),
            Some(lock) if !constraints.admit(&lock.version) => format!(
                "locked version selection {} doesn't match the updated version constraints \"{constraints}\"",
                lock.version
            ),
            Some(_) => continue,
        };
        lines.push_str(&format!("\n  - provider {provider}: {why}"));
    }
    if lines.is_empty() {
        return Ok(());
    }
    let advice = if locks.is_empty() {
        "To make the initial dependency selections that will initialize the dependency lock file, run:\n  terraform init"
    } else {
        "To update the locked dependency selections to match a changed configuration, run:\n  terraform init -upgrade"
    };
    let detail = format!(
        "The following dependency selections recorded in the lock file are inconsistent with the current \
         configuration:{lines}\n\n{advice}"
    );
    Err(Diagnostic::error("Inconsistent dependency lock file", detail).into())
}

/// Whether the lock file has selections for providers that only a state needs.
///
/// # Errors
/// When `init` must be run first.
pub fn check_providers_of_state<'a>(
    site: &Site,
    of_state: impl IntoIterator<Item = &'a Provider>,
    locks: &LockFile,
) -> Result<(), Diagnostics> {
    let overrides = site.config.dev_overrides();
    let there = |provider: &Provider| {
        site.is_supplied(provider) || overrides.contains_key(provider) || locks.get(provider).is_some()
    };
    let missing = |provider: &Provider| {
        let detail = format!(
            "This state requires provider {provider}, but that provider isn't available. You may be able to install it \
             automatically by running:\n  terraform init"
        );
        Diagnostic::error("Missing required provider", detail)
    };
    let problems: Diagnostics = of_state.into_iter().filter(|p| !there(p)).map(missing).collect();
    if problems.has_errors() { Err(problems) } else { Ok(()) }
}

/// The warning of every operation that uses providers while development overrides are configured.
#[must_use]
pub fn development_overrides_warning(site: &Site) -> Option<Diagnostic> {
    let overrides = site.config.dev_overrides();
    if overrides.is_empty() {
        return None;
    }
    let line =
        |(provider, path): (&Provider, &PathBuf)| format!(" - {} in {}\n", provider.for_display(), path.display());
    let lines: String = overrides.iter().map(line).collect();
    let detail = format!(
        "The following provider development overrides are set in the CLI configuration:\n{lines}\nThe behavior may therefore \
         not match any released version of the provider and applying changes may cause the state to become incompatible with \
         published releases."
    );
    Some(Diagnostic::warning("Provider development overrides are in effect", detail))
}
