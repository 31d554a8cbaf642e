//! `version -json`.

use std::collections::BTreeMap;

use fw_state::gojson::indent;

use super::writer::Writer;

/// What `version` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// The version of terraform we are equal to.
    pub terraform_version: String,
    /// The operating system and processor: `linux_amd64`.
    pub platform: String,
    /// The selected versions of providers.
    pub selections: BTreeMap<String, String>,
    /// Whether there is a newer version.
    pub outdated: bool,
}

/// The versions, without a newline at the end.
#[must_use]
pub fn version(version: &Version) -> String {
    let mut w = Writer::default();
    w.object(|w| {
        w.key("terraform_version").string(&version.terraform_version);
        w.key("platform").string(&version.platform);
        w.key("provider_selections").object(|w| {
            version.selections.iter().for_each(|(provider, version)| w.key(provider).string(version));
        });
        w.key("terraform_outdated").bool(version.outdated);
    });
    let mut text = String::new();
    indent(&mut text, &w.into_text(), 0);
    text
}
