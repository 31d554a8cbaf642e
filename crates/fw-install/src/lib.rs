//! Provider installation: the CLI configuration, versions and constraints, checksums, the dependency lock file, packages
//! in directories. Registries, network mirrors and the installer itself are not here yet.

pub mod cli_config;
mod environment;
mod filesystem;
pub mod hash;
mod hcl1;
pub mod lock_file;
mod pattern;
mod platform;
mod reattach;
pub mod version;

pub use cli_config::CliConfig;
pub use environment::Environment;
pub use filesystem::{Package, Packages, Place, search};
pub use hash::{Hash, HashCache};
pub use lock_file::{LOCK_FILE_NAME, Lock, LockFile};
pub use pattern::Pattern;
pub use platform::Platform;
pub use reattach::{Reattach, ReattachAddress, parse_reattach};
pub use version::{Constraint, Constraints, Version};
