//! Installation of providers and modules: the CLI configuration, versions and constraints, checksums, the dependency lock file,
//! packages in directories, mirrors and registries, the sources of modules, and the operations of `init`, `get`,
//! `providers lock` and `providers mirror`.

pub mod cli_config;
pub mod credentials;
mod environment;
mod error;
mod events;
mod filesystem;
pub mod hash;
mod hcl1;
mod http;
mod installer;
pub mod lock_file;
pub mod login;
mod modules;
mod package;
mod pattern;
mod platform;
mod reattach;
mod selected;
mod site;
mod source;
mod test_modules;
pub mod version;

pub use cli_config::CliConfig;
pub use environment::Environment;
pub use events::{Authenticity, Event, Events, LockChange, Silent};
pub use filesystem::{Package, Packages, Place, search};
pub use hash::{Hash, HashCache};
pub use installer::{InitOptions, Installer, LockOptions, LockSource, MirrorOptions};
pub use lock_file::{LOCK_FILE_NAME, Lock, LockFile};
pub use modules::{directory_from_module, install_modules};
pub use pattern::Pattern;
pub use platform::Platform;
pub use reattach::{Reattach, ReattachAddress, parse_reattach};
pub use selected::{
    Program, check_providers_of_state, check_selections, development_overrides_warning, selected_programs,
};
pub use site::{Requirements, Site, requirements};
pub use test_modules::{InstallingTests, installed_before};
pub use version::{Constraint, Constraints, Version};
