//! `plan`.

use std::path::Path;

use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Mode;

use crate::flags::{Arguments, Flag};
use crate::planning::{PLANNING_FLAGS, Planning};
use crate::session::{Exit, Session};
use crate::view::View;
use crate::workflow::{Made, Prepared};

const FLAGS: &[Flag] =
    &[Flag::text("out"), Flag::switch("detailed-exitcode"), Flag::switch("json"), Flag::text("generate-config-out")];

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
    planning.options.generate_config = arguments.text("generate-config-out").is_some();
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
    view.plan(&plan, &schemas);
    if let Some(path) = arguments.text("generate-config-out") {
        told.append(generate_config(session, path, &plan));
    }
    let (has_changes, failed) = (plan.is_applyable(), told.has_errors());
    let out = arguments.text("out").filter(|path| !path.is_empty());
    if let Some(path) = out {
        let saved = prepared.saved(plan);
        if let Err(problems) = saved.write(&session.surroundings.resolve(Path::new(path))) {
            told.append(problems);
        }
    }
    view.report(&told);
    if has_changes && !failed {
        view.next_step(out);
    }
    let exit = Exit::of(&told);
    let closed = prepared.close();
    view.report(&closed);
    match if closed.has_errors() { Exit::Failure } else { exit } {
        Exit::Success if has_changes && arguments.switch("detailed-exitcode", false) => Exit::Changes,
        exit => exit,
    }
}

/// Writes the configuration that was generated for imports.
fn generate_config(session: &Session, path: &str, plan: &fw_exec::Plan) -> Diagnostics {
    let blocks: Vec<&str> = plan.resource_changes.iter().filter_map(|c| c.generated_config.as_deref()).collect();
    if blocks.is_empty() {
        return Diagnostics::new();
    }
    let comment = "# __generated__ by Terraform\n# Please review these resources and move them into your main configuration \
                   files.\n\n";
    let text = format!("{comment}{}", blocks.join("\n\n"));
    let file = session.surroundings.resolve(path);
    let failed = |why: String| {
        let detail = format!("Terraform could not write the generated configuration to {path}: {why}.");
        Diagnostics::from(Diagnostic::error("Failed to write generated configuration", detail))
    };
    if file.exists() {
        return failed("the file already exists".to_owned());
    }
    std::fs::write(file, text).map_or_else(|error| failed(error.to_string()), |()| Diagnostics::new())
}
