//! The shared files of AWS: profiles with keys, roles and more.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{Settings, Surroundings};

/// A section of the files.
pub(super) type Section = BTreeMap<String, String>;

/// The sections of all files: profiles by name, sessions under `sso-session NAME`.
#[derive(Debug, Default)]
pub(super) struct Profiles(BTreeMap<String, Section>);

impl Profiles {
    /// Those of the files that settings and environment name.
    pub(super) fn load(settings: &Settings<'_>) -> Self {
        let around = settings.around;
        let mut profiles = Self::default();
        let config = files(settings, &["shared_config_files"], "AWS_CONFIG_FILE", "AWS_SHARED_CONFIG_FILE", "config");
        for path in config {
            profiles.read(&path, true);
        }
        let names = ["shared_credentials_files", "shared_credentials_file"];
        for path in files(settings, &names, "AWS_SHARED_CREDENTIALS_FILE", "", "credentials") {
            profiles.read(&path, false);
        }
        log::debug!("aws: {} profiles{}", profiles.0.len(), if around.home.is_some() { "" } else { ", no home" });
        profiles
    }

    /// A profile.
    pub(super) fn get(&self, name: &str) -> Option<&Section> {
        self.0.get(name)
    }

    fn read(&mut self, path: &PathBuf, is_config: bool) {
        let Ok(text) = std::fs::read_to_string(path) else { return };
        let mut current: Option<String> = None;
        for line in text.lines() {
            let line = line.trim_end();
            if line.trim_start().starts_with(['#', ';']) || line.trim().is_empty() {
                continue;
            }
            if let Some(header) = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                current = section_name(header.trim(), is_config);
                continue;
            }
            // What is indented belongs to the setting above; nothing of it is of use here.
            if line.starts_with([' ', '\t']) {
                continue;
            }
            let (Some(section), Some((name, value))) = (&current, line.split_once('=')) else { continue };
            let value = value.split(" #").next().unwrap_or_default().trim().to_owned();
            self.0.entry(section.clone()).or_default().insert(name.trim().to_lowercase(), value);
        }
    }
}

fn section_name(header: &str, is_config: bool) -> Option<String> {
    if !is_config || header == "default" || header.starts_with("sso-session ") {
        return Some(header.to_owned());
    }
    header.strip_prefix("profile ").map(|name| name.trim().to_owned())
}

fn files(settings: &Settings<'_>, names: &[&str], variable: &str, second: &str, usual: &str) -> Vec<PathBuf> {
    let around = settings.around;
    for name in names {
        if let Some(given) = settings.texts(name).filter(|given| !given.is_empty()) {
            return given.iter().map(|path| around.path(path)).collect();
        }
        if let Some(given) = settings.filled(name) {
            return vec![around.path(given)];
        }
    }
    match around.variable(variable).or_else(|| around.variable(second)) {
        Some(path) => vec![around.path(path)],
        None => default_file(around, usual).into_iter().collect(),
    }
}

fn default_file(around: &Surroundings, name: &str) -> Option<PathBuf> {
    around.home.as_ref().map(|home| home.join(".aws").join(name))
}
