//! `plan`.

use std::path::Path;

use fw_diag::Diagnostic;
use fw_exec::{Mode, Plan};

use crate::flags::{Arguments, Flag};
use crate::generated;
use crate::planning::{PLANNING_FLAGS, Planning};
use crate::session::{Exit, Session};
use crate::view::View;
use crate::workflow::{Made, Prepared};

const FLAGS: &[Flag] = &[
    Flag::text("out"),
    Flag::switch("detailed-exitcode"),
    Flag::switch("json"),
    Flag::text("generate-config-out"),
    Flag::text("state-out"),
    Flag::text("backup"),
];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(&[PLANNING_FLAGS, FLAGS].concat(), arguments);
    let view = View::new(session, arguments.switch("json", false));
    let (mut planning, mut told) = Planning::of(&arguments, Mode::Normal, session);
    if let Some(error) = error {
        return view.usage_error("plan", &error.into());
    }
    if !arguments.positional.is_empty() {
        let detail = "To specify a working directory for the plan, use the global -chdir flag.";
        told.push(Diagnostic::error("Too many command line arguments", detail));
    }
    if told.has_errors() {
        return view.usage_error("plan", &told);
    }
    planning.input &= !view.is_json();
    told.extend(session.development_overrides());
    view.report(&told);
    if let Some(path) = target(&arguments) {
        if let Err(problem) = check_target(session, path, &planning) {
            return view.finish(&problem.into());
        }
        planning.options.generate_config = true;
    }
    match Prepared::prepare(session, &planning, "OperationTypePlan") {
        Ok(prepared) => plan(session, &view, prepared, &planning, &arguments),
        Err(told) => view.finish(&told),
    }
}

fn plan(
    session: &Session,
    view: &View<'_>,
    mut prepared: Prepared<'_>,
    planning: &Planning,
    arguments: &Arguments,
) -> Exit {
    let Made { plan, mut told, schemas, is_shown } = prepared.plan(planning, view);
    if !is_shown {
        told.append(prepared.close());
        return view.finish(&told);
    }
    let mut generated = None;
    if let Some(path) = target(arguments) {
        match generate_config(session, path, &plan) {
            Ok(None) => {}
            Ok(Some(warning)) => {
                told.push(warning);
                generated = Some(path);
            }
            Err(problem) => {
                told.push(problem);
                told.append(prepared.close());
                return view.finish(&told);
            }
        }
    }
    view.plan(&plan, &schemas);
    let (has_changes, failed) = (plan.is_applyable(), told.has_errors());
    let out = arguments.text("out").filter(|path| !path.is_empty());
    if let Some(path) = out {
        let saved = prepared.saved(plan);
        if let Err(problems) =
            saved.write(&session.surroundings.resolve(Path::new(path)), session.known_encryption().plan())
        {
            told.append(problems);
        }
    }
    view.report(&told);
    if has_changes && !failed {
        view.next_step(out, generated);
    }
    let exit = Exit::of(&told);
    let closed = prepared.close();
    view.report(&closed);
    match if closed.has_errors() { Exit::Failure } else { exit } {
        Exit::Success if has_changes && arguments.switch("detailed-exitcode", false) => Exit::Changes,
        exit => exit,
    }
}

/// The file for generated configuration.
fn target(arguments: &Arguments) -> Option<&str> {
    arguments.text("generate-config-out").filter(|path| !path.is_empty())
}

/// Nothing may be there that would be overwritten.
fn check_target(session: &Session, path: &str, planning: &Planning) -> Result<(), Diagnostic> {
    if planning.options.mode != Mode::Normal {
        let detail = "Config can only be generated during a normal plan operation, and not during a refresh-only or destroy plan.";
        return Err(Diagnostic::error("Invalid generate-config-out flag", detail));
    }
    generated::check_target(session, path)
}

/// Writes the configuration that was generated for imports, if there is any; a warning then.
fn generate_config(session: &Session, path: &str, plan: &Plan) -> Result<Option<Diagnostic>, Diagnostic> {
    let mut blocks = String::new();
    for change in &plan.resource_changes {
        let Some(block) = &change.generated_config else { continue };
        let id = change.importing.as_ref().and_then(|importing| importing.id.as_deref());
        let from = id.map_or_else(String::new, |id| format!(" from {}", fw_value::go_quoted(id)));
        blocks.push_str(&format!("\n# __generated__ by Terraform{from}\n{block}\n"));
    }
    if blocks.is_empty() {
        return Ok(None);
    }
    generated::write(session, path, &blocks)?;
    let detail = "Generating configuration during import is currently experimental, and the generated configuration format may \
                  change in future versions.";
    Ok(Some(Diagnostic::warning("Config generation is experimental", detail)))
}
