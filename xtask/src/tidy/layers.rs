//! Dependencies point down: every crate names its layer and sees its own and lower ones only.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Findings;
use crate::commands::{root, run_quietly};

/// One of our crates, as its manifest describes it.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) directory: PathBuf,
    pub(crate) layer: Option<u64>,
    /// What the crate itself needs, our own and others'; not what its tests need.
    dependencies: Vec<String>,
}

/// Pairs that must not see each other although their layers would allow it: a plan leaves no choice to apply.
const STRANGERS: [(&str, &str); 2] = [("fw-plan", "fw-apply"), ("fw-apply", "fw-plan")];

/// Third-party stacks kept behind the crates that wrap them.
const WRAPPED: [(&str, &[&str]); 3] = [
    ("reqwest", &["fw-backend", "fw-client", "fw-install", "fw-objects", "fw-server"]),
    ("tonic", &["fw-plugin-proto", "fw-plugin-host", "fw-rpc", "fw-server", "fw-testprovider"]),
    ("anyhow", &["xtask", "formwork", "fw-testkit"]),
];

/// Asks cargo for the crates of the workspace, by name.
///
/// # Errors
/// When cargo fails or answers something else.
pub(crate) fn packages() -> Result<BTreeMap<String, Package>> {
    let mut cargo = Command::new(env!("CARGO"));
    let answer = run_quietly(cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root()))?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let packages = answer.get("packages").and_then(Value::as_array).context("cargo lists packages")?;
    packages.iter().map(|package| package_of(package).map(|package| (package.name.clone(), package))).collect()
}

fn package_of(package: &Value) -> Result<Package> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let directory = PathBuf::from(text(package.get("manifest_path").context("a package has a manifest")?));
    let dependencies = package.get("dependencies").and_then(Value::as_array).context("a package has dependencies")?;
    let needed = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
    Ok(Package {
        name: text(&package["name"]),
        description: text(&package["description"]),
        directory: directory.parent().context("a manifest lies in a directory")?.to_owned(),
        layer: package["metadata"]["formwork"]["layer"].as_u64(),
        dependencies: needed.map(|dependency| text(&dependency["name"])).collect(),
    })
}

pub(crate) fn check(packages: &BTreeMap<String, Package>, findings: &mut Findings) {
    for package in packages.values() {
        let Some(layer) = package.layer else {
            findings.add(format!("{}: no layer in [package.metadata.formwork]", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            check_dependency(package, layer, dependency, packages, findings);
        }
    }
}

fn check_dependency(
    package: &Package,
    layer: u64,
    dependency: &str,
    packages: &BTreeMap<String, Package>,
    findings: &mut Findings,
) {
    let name = &package.name;
    if let Some(below) = packages.get(dependency).and_then(|package| package.layer)
        && below > layer
    {
        findings.add(format!("{name} (layer {layer}) depends on {dependency} (layer {below}), which is above it"));
    }
    if STRANGERS.contains(&(name.as_str(), dependency)) {
        findings.add(format!("{name} must not know {dependency}"));
    }
    if let Some((_, wrappers)) = WRAPPED.iter().find(|(wrapped, _)| *wrapped == dependency)
        && !wrappers.contains(&name.as_str())
    {
        findings.add(format!("{name} uses {dependency}, which belongs to {}", wrappers.join(", ")));
    }
}
