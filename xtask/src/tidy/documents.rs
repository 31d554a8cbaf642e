//! Documents stay true: the code map has every crate with its own description, and paths named in documents exist.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Findings;
use super::layers::Package;
use crate::commands::root;

pub(crate) fn check(packages: &BTreeMap<String, Package>, findings: &mut Findings) -> Result<()> {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).context("ARCHITECTURE.md")?;
    check_map(&map, packages, findings);
    for document in documents()? {
        check_paths(&document, &fs::read_to_string(&document)?, findings);
    }
    Ok(())
}

/// Every crate is in the code map as "- `name`: description", and nothing else is.
fn check_map(map: &str, packages: &BTreeMap<String, Package>, findings: &mut Findings) {
    let listed: BTreeMap<&str, &str> = map
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once("`: "))
        .filter(|(name, _)| name.starts_with("fw-") || packages.contains_key(*name))
        .collect();
    for package in packages.values() {
        match listed.get(package.name.as_str()) {
            None => findings.add(format!("ARCHITECTURE.md: {} is missing from the code map", package.name)),
            Some(text) if !text.starts_with(&package.description) => {
                findings.add(format!("ARCHITECTURE.md: {} is described otherwise in its manifest", package.name));
            }
            Some(_) => {}
        }
    }
    for name in listed.keys().filter(|name| !packages.contains_key(**name)) {
        findings.add(format!("ARCHITECTURE.md: there is no crate {name}"));
    }
}

fn documents() -> Result<Vec<PathBuf>> {
    let mut documents = vec![root().join("README.md"), root().join("ARCHITECTURE.md")];
    let mut directories = vec![root().join("docs")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    documents.sort();
    Ok(documents)
}

/// Looks at code spans that begin with one of the project's directories, and at the targets of links.
fn check_paths(document: &Path, text: &str, findings: &mut Findings) {
    let root = root();
    let shown = document.strip_prefix(&root).unwrap_or(document).display();
    let spans = text.split('`').skip(1).step_by(2);
    for span in spans.filter(|span| ["crates/", "docs/", "xtask/", "fuzz/"].iter().any(|start| span.starts_with(start)))
    {
        let plain = span.chars().all(|character| character.is_ascii_alphanumeric() || "/._-".contains(character));
        if plain && !root.join(span).exists() {
            findings.add(format!("{shown}: there is no `{span}`"));
        }
    }
    for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let path = target.split('#').next().unwrap_or_default();
        let beside = document.parent().unwrap_or(&root).join(path);
        if !path.is_empty() && !path.contains("://") && !beside.exists() {
            findings.add(format!("{shown}: a link to {target}, which does not exist"));
        }
    }
}
