//! `graph`: how resources depend on each other, in the DOT language.

mod dependencies;
mod dot;

use fw_diag::Diagnostic;

use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

const TYPES: [&str; 4] = ["plan", "plan-refresh-only", "plan-destroy", "apply"];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let flags = [
        Flag::switch("draw-cycles"),
        Flag::text("type"),
        Flag::number("module-depth"),
        Flag::switch("verbose"),
        Flag::text("plan"),
    ];
    let arguments = match session.parse_flags("graph", &flags, arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if !arguments.positional.is_empty() {
        return session.fail_line("Too many command line arguments. Did you mean to use -chdir?");
    }
    if arguments.text("type").is_some_and(|kind| !kind.is_empty() && !TYPES.contains(&kind)) {
        let detail =
            "The -type=... argument must be either \"plan\", \"plan-refresh-only\", \"plan-destroy\", or \"apply\".";
        return session.finish_apart(Diagnostic::error("Unsupported graph type", detail));
    }
    let asks_for_operation = |name| arguments.text(name).is_some_and(|value| !value.is_empty());
    if asks_for_operation("type") || asks_for_operation("plan") {
        let detail = "Formwork evaluates configurations without a graph of all steps, so there is none to show. Without -type \
                      and -plan, this command shows how the resources of the configuration depend on each other.";
        return session.finish_apart(Diagnostic::error("Graph of an operation not supported", detail));
    }
    if arguments.switch("draw-cycles", false) {
        let detail = "The -draw-cycles option is supported only when illustrating a real evaluation graph, selected using the \
                      -type=... option.";
        return session.finish_apart(Diagnostic::error("Invalid graph options", detail));
    }
    let (config, problems) = fw_ops::project::load(&session.surroundings, &session.sources);
    if problems.has_errors() {
        return session.finish_apart(problems);
    }
    session.out(&dot::text(&dependencies::of(&config)));
    Exit::Success
}
