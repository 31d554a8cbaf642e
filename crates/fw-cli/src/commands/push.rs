//! `push`: of a service that is no more.

use fw_diag::Diagnostic;

use crate::session::{Exit, Session};

/// Runs the command.
pub(crate) fn run(session: &Session, _arguments: &[String]) -> Exit {
    let detail = "This command was used to push configuration to Terraform Enterprise legacy (v1), which has now reached \
                  end-of-life. To push configuration to Terraform Enterprise v2, use its REST API. Contact Terraform \
                  Enterprise support for more information.";
    session.finish(&Diagnostic::error("Command \"terraform push\" is no longer supported", detail).into())
}
