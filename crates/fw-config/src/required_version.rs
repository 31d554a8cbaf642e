//! `required_version`: whether this program may work on the configuration.

use fw_diag::{Diagnostic, Diagnostics};

use crate::COMPATIBLE_VERSION;
use crate::model::Config;
use crate::version::{Constraints, Version};

/// Says which modules do not support the version of terraform this program is compatible with.
pub(crate) fn check(config: &Config, diagnostics: &mut Diagnostics) {
    let version = Version::parse(COMPATIBLE_VERSION).expect("a constant of this crate");
    for module in config.modules.values() {
        for (text, span) in &module.required_versions {
            let Some(constraints) = Constraints::parse(text) else { continue };
            if let Some(prerelease) = constraints.prerelease() {
                let detail = format!(
                    "Prerelease version constraints are not supported: {prerelease}. Remove the prerelease information from \
                     the constraint. Prerelease versions of terraform will match constraints using their version core only."
                );
                diagnostics.push(Diagnostic::error("Invalid required_version constraint", detail).at(*span));
            } else if !constraints.allow(&version) {
                diagnostics.push(unsupported(module.path.is_root(), module).at(*span));
            }
        }
    }
}

fn unsupported(is_root: bool, module: &crate::model::Module) -> Diagnostic {
    let detail = if is_root {
        format!(
            "This configuration does not support Terraform version {COMPATIBLE_VERSION}. To proceed, either choose another \
             supported Terraform version or update this version constraint. Version constraints are normally set for good \
             reason, so updating the constraint may lead to other errors or unexpected behavior."
        )
    } else {
        format!(
            "Module {} (from {}) does not support Terraform version {COMPATIBLE_VERSION}. To proceed, either choose another \
             supported Terraform version or update this version constraint. Version constraints are normally set for good \
             reason, so updating the constraint may lead to other errors or unexpected behavior.",
            module.path, module.source
        )
    };
    Diagnostic::error("Unsupported Terraform Core version", detail)
}
