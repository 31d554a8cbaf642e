//! What is said of backends that must be set up first, or that there are none of.

use fw_config::Backend;
use fw_diag::{Diagnostic, Diagnostics};

/// HCP Terraform is none of ours.
pub(crate) fn unsupported_cloud() -> Diagnostic {
    let detail = "The \"cloud\" block keeps states in HCP Terraform, which Formwork does not support. Use a \"backend\" block \
                  instead.";
    Diagnostic::error("Unsupported backend type", detail)
}

/// The backends that terraform has and we have not.
const FOREIGN: &[&str] = &["cos", "oci", "oss", "remote"];

/// Those it had before.
const REMOVED: &[&str] = &["artifactory", "azure", "etcd", "etcdv3", "manta", "swift"];

/// Says that there is no such backend, at all or here.
pub(crate) fn unsupported(summary: &str, backend: &Backend) -> Diagnostic {
    let kind = &backend.kind;
    let detail = if FOREIGN.contains(&&**kind) {
        format!("The backend \"{kind}\" is not supported by Formwork.")
    } else if &**kind == "azure" {
        "The \"azure\" backend name has been removed, please use \"azurerm\".".to_owned()
    } else if REMOVED.contains(&&**kind) {
        format!("The \"{kind}\" backend is not supported in Terraform v1.3 or later.")
    } else {
        format!("There is no backend type named \"{kind}\".")
    };
    Diagnostic::error(summary, detail).at(backend.span)
}

const ABOUT: &str = "The \"backend\" is the interface that Terraform uses to store state,\nperform operations, etc. If this \
    message is showing up, it means that the\nTerraform configuration you're using is using a custom configuration for\nthe \
    Terraform backend.\n\nChanges to backend configurations require reinitialization. This allows\nTerraform to set up the \
    new configuration, copy existing state, etc. Please run\n\"terraform init\" with either the \"-reconfigure\" or \
    \"-migrate-state\" flags to\nuse the current configuration.\n\nIf the change reason above is incorrect, please verify \
    your configuration\nhasn't changed and try again. At this point, no changes to your existing\nconfiguration or state \
    have been made.";

/// There is a backend, or none any more, and `init` has not been told.
pub(super) fn needs_init(reason: &str) -> Diagnostics {
    let summary = "Backend initialization required, please run \"terraform init\"";
    Diagnostic::error(summary, format!("Reason: {reason}\n\n{ABOUT}")).into()
}

/// The backend is not the one that `init` has set up.
pub(super) fn type_changed(from: &str, to: &str) -> Diagnostics {
    changed(&format!("Backend type changed from \"{from}\" to \"{to}\""))
}

/// The settings are not those that `init` has seen.
pub(super) fn must_init_again() -> Diagnostics {
    changed("Backend configuration block has changed")
}

fn changed(reason: &str) -> Diagnostics {
    let summary = "Backend initialization required: please run \"terraform init\"";
    Diagnostic::error(summary, format!("Reason: {reason}\n\n{ABOUT}")).into()
}
