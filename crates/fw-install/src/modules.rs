//! Modules of a configuration: local ones are used where they are and noted in the manifest.

use fw_config::{Config, Files};
use fw_diag::{Diagnostics, SourceMap};

use crate::events::Events;
use crate::site::{Requirements, Site};

/// Reads the configuration of the root module in `root_directory` and of all modules it calls, and writes the manifest of
/// modules. Sources that are not local are refused.
pub fn install_modules(
    site: &Site,
    files: &dyn Files,
    upgrade: bool,
    events: &dyn Events,
    sources: &SourceMap,
) -> (Config, Diagnostics) {
    fw_config::load_tree(".", files, sources, &|call, _| Err(fw_config::not_installed(call)))
}
