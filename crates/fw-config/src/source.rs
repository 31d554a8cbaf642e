//! Addresses of module sources: local directories, registries, remote packages.

mod remote;

use std::fmt;

/// Where a called module comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModuleSource {
    /// A directory relative to the calling module, normalised: starts with `./` or `../`.
    Local(String),
    /// A module of a registry.
    Registry(RegistryModule),
    /// A package of another kind; how to fetch it is the installer's business.
    Remote(RemotePackage),
}

/// `host/namespace/name/system//subdirectory`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegistryModule {
    /// The registry host.
    pub host: String,
    /// Who publishes it.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The system it is for: usually a provider.
    pub system: String,
    /// A directory within the package; empty for its top.
    pub subdirectory: String,
}

/// A package fetched by version control, archive download and the like.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemotePackage {
    /// The package, without the subdirectory, in the form that says how it is fetched: `git::https://…`.
    pub package: String,
    /// A directory within the package; empty for its top.
    pub subdirectory: String,
}

/// Hosts that can't be registries because their modules come by version control.
const REPOSITORY_HOSTS: [&str; 3] = ["github.com", "bitbucket.org", "gitlab.com"];

/// The registry of addresses that name none.
const DEFAULT_HOST: &str = "registry.terraform.io";

impl ModuleSource {
    /// Reads a source address of any kind.
    ///
    /// # Errors
    /// The detail of a message.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(local) = local(text) {
            return local.map(Self::Local).map_err(|e| format!("Failed to parse module source address: {e}."));
        }
        if let Ok(module) = registry(text) {
            return Ok(Self::Registry(module));
        }
        remote::parse(text).map(Self::Remote)
    }

    /// What the source of a call means, which may have a version too; or summary and detail of what is wrong.
    pub(crate) fn of_call(text: &str, has_version: bool) -> Result<Self, (&'static str, String)> {
        if !has_version {
            return Self::parse(text).map_err(|detail| ("Invalid module source address", detail));
        }
        Self::parse_registry(text).map_err(|reason| {
            let detail = format!(
                "Failed to parse module registry address: {reason}.\n\nTerraform assumed that you intended a module registry \
                 source address because you also set the argument \"version\", which applies only to registry modules."
            );
            ("Invalid registry module source address", detail)
        })
    }

    /// Reads the address of a registry module, as it must be where a version is given.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse_registry(text: &str) -> Result<Self, String> {
        if is_local(text) {
            return Err(format!("can't use local directory {text:?} as a module registry address"));
        }
        registry(text).map(Self::Registry)
    }

    /// The local directory, if it is one.
    #[must_use]
    pub fn as_local(&self) -> Option<&str> {
        match self {
            Self::Local(path) => Some(path),
            Self::Registry(_) | Self::Remote(_) => None,
        }
    }
}

impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subdirectory = match self {
            Self::Local(path) => return f.write_str(path),
            Self::Registry(m) => {
                write!(f, "{}/{}/{}/{}", m.host, m.namespace, m.name, m.system)?;
                &m.subdirectory
            }
            Self::Remote(remote) => return remote.fmt(f),
        };
        if subdirectory.is_empty() { Ok(()) } else { write!(f, "//{subdirectory}") }
    }
}

impl RemotePackage {
    /// Reads the address of a package.
    ///
    /// # Errors
    /// The detail of a message.
    pub fn parse(text: &str) -> Result<Self, String> {
        remote::parse(text)
    }
}

impl fmt::Display for RemotePackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.subdirectory.is_empty() {
            return f.write_str(&self.package);
        }
        // The query stays at the end.
        match self.package.split_once('?') {
            Some((address, query)) => write!(f, "{address}//{}?{query}", self.subdirectory),
            None => write!(f, "{}//{}", self.package, self.subdirectory),
        }
    }
}

fn is_local(text: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|prefix| text.starts_with(prefix))
}

fn local(text: &str) -> Option<Result<String, String>> {
    if !is_local(text) {
        return None;
    }
    if text.chars().any(char::is_control) {
        return Some(Err(format!("invalid source address: {text}")));
    }
    let clean = clean_path(&text.replace('\\', "/"));
    Some(Ok(if clean.starts_with("../") {
        clean
    } else if clean == "." {
        "./".to_owned()
    } else {
        format!("./{clean}")
    }))
}

/// A path without `.` and empty steps and with `..` resolved as far as it goes: purely by text.
#[must_use]
pub fn clean_path(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            ".." if absolute => {}
            step => steps.push(step),
        }
    }
    match (absolute, steps.is_empty()) {
        (true, _) => format!("/{}", steps.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => steps.join("/"),
    }
}

fn registry(text: &str) -> Result<RegistryModule, String> {
    let (package, subdirectory) = remote::split_subdirectory(text)?;
    let mut parts: Vec<&str> = package.split('/').collect();
    let host = match parts.len() {
        3 => DEFAULT_HOST.to_owned(),
        4 => {
            let host = parts.remove(0);
            check_host(host)?;
            host.to_lowercase()
        }
        _ => {
            return Err(
                "a module registry source address must have either three or four slash-separated components".into()
            );
        }
    };
    let &[namespace, name, system] = parts.as_slice() else { unreachable!("three parts remain") };
    check_name("namespace", namespace)?;
    check_name("module name", name)?;
    if system.is_empty() || system.len() > 64 || !system.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()) {
        return Err(format!("invalid target system {system:?}: must be between one and 64 ASCII letters or digits"));
    }
    let owned = str::to_owned;
    Ok(RegistryModule { host, namespace: owned(namespace), name: owned(name), system: owned(system), subdirectory })
}

fn check_host(host: &str) -> Result<(), String> {
    if REPOSITORY_HOSTS.contains(&host) {
        return Err(format!(
            "can't use {host:?} as a module registry host, because it's reserved for installing directly from version \
             control repositories"
        ));
    }
    if host.contains("--") {
        return Err(format!(
            "invalid module registry hostname {host:?}; internationalized domain names must be given as direct unicode \
             characters, not in punycode"
        ));
    }
    if crate::provider_source::host(host).is_err() {
        return Err(format!("invalid module registry hostname {host:?}"));
    }
    if !host.contains('.') {
        return Err("invalid module registry hostname: must contain at least one dot".to_owned());
    }
    Ok(())
}

fn check_name(what: &str, name: &str) -> Result<(), String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let edge = |c: char| c.is_ascii_alphanumeric();
    if (1..=64).contains(&name.len()) && name.chars().all(inner) && name.starts_with(edge) && name.ends_with(edge) {
        return Ok(());
    }
    Err(format!(
        "invalid {what} {name:?}: must be between one and 64 characters, including ASCII letters, digits, dashes, and \
         underscores, where dashes and underscores may not be the prefix or suffix"
    ))
}

#[cfg(test)]
mod tests;
