//! The files that `-generate-config-out` writes.

use fw_diag::{Diagnostic, system_error};

use crate::session::Session;

/// Nothing may be there that would be overwritten.
pub(crate) fn check_target(session: &Session, path: &str) -> Result<(), Diagnostic> {
    if session.surroundings.resolve(path).exists() {
        let detail = "Terraform can only write generated config into a new file. Either choose a different target location or \
                      move all existing configuration out of the target file, delete it and try again.";
        return Err(Diagnostic::error("Target generated file already exists", detail));
    }
    Ok(())
}

/// Writes blocks, each beginning with an empty line.
pub(crate) fn write(session: &Session, path: &str, blocks: &str) -> Result<(), Diagnostic> {
    let head = "# __generated__ by Terraform\n# Please review these resources and move them into your main configuration files.\n";
    std::fs::write(session.surroundings.resolve(path), format!("{head}{blocks}")).map_err(|error| {
        let detail = format!(
            "Terraform could not create the generated file ({path}) in the target directory: open {path}: {}. Depending on the \
             error message, this may be a bug in Terraform itself. If so, please report it!",
            system_error(&error)
        );
        Diagnostic::error("Failed to create target generated file", detail)
    })
}
