//! `init -from-module`: a module becomes the root module of an empty directory.

use std::path::Path;
use std::sync::Arc;

use fw_config::{Files, ModuleSource, RegistryModule, RemotePackage, clean_path, load_module};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};

use super::fetch::Fetcher;
use super::registry::{ModuleRegistries, RegistryCall, Troubles};
use super::{copy, source_url, subdirectory};
use crate::site::Site;

/// What the root module is called in messages, and the directory it is fetched to.
const NAME: &str = "root";
const PLACE: &str = "<main configuration>:1";

/// Copies a module to the root module's directory, which must be empty. The modules it calls are left to the installation
/// that follows.
///
/// # Errors
/// When the directory is not empty, or the module cannot be had.
pub fn directory_from_module(
    site: &Site,
    files: &dyn Files,
    source: &str,
    sources: &SourceMap,
) -> Result<Diagnostics, Diagnostics> {
    check_empty(site)?;
    let temporary = site.data_directory.join("init-from-module");
    drop(std::fs::remove_dir_all(&temporary));
    std::fs::create_dir_all(&temporary).map_err(|error| {
        let (path, why) = (site.shown(&temporary), fw_diag::system_error(&error));
        let detail = format!("Failed to create temporary directory {path}: {why}.");
        Diagnostic::error("Failed to create temporary directory", detail)
    })?;
    let wanted = if source == "." || source.starts_with("./") || source.starts_with("../") {
        let root = std::path::absolute(&site.root).unwrap_or_else(|_| site.root.clone());
        clean_path(&format!("{}/{source}", root.display()))
    } else {
        source.to_owned()
    };
    let (directory, told) = fetch(site, &wanted, &temporary.join(NAME))?;
    copy::tree_without_hidden(&site.root.join(&directory), &site.root).map_err(|error| {
        let (root, why) = (site.root.display(), fw_diag::system_error(&error));
        let detail = format!("Error copying root module {wanted:?} from {directory} to {root}: {why}.");
        Diagnostic::error("Failed to copy root module", detail)
    })?;
    let (module, _) = load_module(".", fw_addr::ModulePath::root(), files, sources);
    let upward: Diagnostics = module.calls.values().filter_map(|call| leads_up(&wanted, &call.source)).collect();
    if upward.has_errors() {
        return Err(upward);
    }
    drop(std::fs::remove_dir_all(&temporary));
    Ok(told)
}

fn check_empty(site: &Site) -> Result<(), Diagnostic> {
    let entries = std::fs::read_dir(&site.root).map_err(|error| {
        let detail = format!("Error reading {} to ensure it is empty: {error}.", site.root.display());
        Diagnostic::error("Failed to read target directory", detail)
    })?;
    if entries.flatten().all(|entry| entry.file_name() == ".terraform" || entry.path() == site.data_directory) {
        return Ok(());
    }
    let detail = "The target directory . is not empty, so it cannot be initialized with the -from-module=... option.";
    Err(Diagnostic::error("Can't populate non-empty directory", detail))
}

/// Fetches the module; gives back its directory, relative to the root module's.
fn fetch(site: &Site, source: &str, into: &Path) -> Result<(String, Diagnostics), Diagnostics> {
    let invalid = |why: String| {
        let why = match why.strip_prefix("Failed to parse module source address: ") {
            Some(why) => why.trim_end_matches('.').to_owned(),
            None => format!("Terraform cannot detect a supported external module source type for {source}"),
        };
        Diagnostic::error("Invalid module source address", format!("Failed to parse module source address: {why}"))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Diagnostic::error("Failed to start threads", error.to_string()))?;
    let mut troubles = Troubles::default();
    let (package, inside, shown) = match ModuleSource::parse(source).map_err(invalid)? {
        ModuleSource::Local(path) => return Ok((path, Diagnostics::new())),
        ModuleSource::Remote(remote) => {
            let shown = remote.package.clone();
            (remote.package, remote.subdirectory, shown)
        }
        ModuleSource::Registry(module) => {
            let found = runtime.block_on(located(site, &module, &mut troubles))?;
            let shown = found.to_string();
            (found.package, clean_path(&format!("{}/{}", found.subdirectory, module.subdirectory)), shown)
        }
    };
    let fetcher = Arc::new(Fetcher::new(site));
    runtime.block_on(fetcher.fetch(&package, into.to_owned())).map_err(|why| {
        let from = source_url::without_password(&shown);
        let detail = format!("Could not download module \"{NAME}\" ({PLACE}) source code from \"{from}\": {why}");
        Diagnostic::error("Failed to download module", detail)
    })?;
    let directory = subdirectory::find(&site.root, &site.shown(into), &inside)
        .map_err(|why| Diagnostic::error("Failed to expand subdir globs", why))?;
    Ok((directory, troubles.0))
}

async fn located(site: &Site, module: &RegistryModule, troubles: &mut Troubles) -> Result<RemotePackage, Diagnostic> {
    let registries = ModuleRegistries::new(site);
    let (name, place) = (NAME.to_owned(), PLACE.to_owned());
    let call = RegistryCall { name, place, span: None::<Span>, constraints: None };
    let chosen = registries.choose(module, &call, troubles).await?;
    registries.location(module, &chosen).await
}

/// A call of a directory above the module, which is not copied.
fn leads_up(source: &str, called: &str) -> Option<Diagnostic> {
    if !called.replace('\\', "/").starts_with("../") {
        return None;
    }
    let (package, inside) = match source.split_once("://") {
        Some((scheme, rest)) => {
            let (package, inside) = rest.split_once("//").unwrap_or((rest, ""));
            (format!("{scheme}://{package}"), inside)
        }
        None => {
            source.split_once("//").map_or((source.to_owned(), ""), |(package, inside)| (package.to_owned(), inside))
        }
    };
    let there = clean_path(&format!("{inside}/{called}"));
    if there.starts_with("../") {
        return None;
    }
    let detail = format!(
        "The requested module {source:?} refers to a module via its parent directory. To use this as a new root module this \
         source string must be rewritten as a remote source address, such as \"{package}//{there}\"."
    );
    Some(Diagnostic::error("Root module references parent directory", detail))
}
