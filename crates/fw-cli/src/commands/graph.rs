//! `graph`: how resources depend on each other, in the DOT language.

mod dependencies;
mod dot;
mod steps;

use fw_addr::{AbsProviderConfig, ConfigResource};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Action, Mode, ResourceChange};
use fw_state::{ObjectState, State};

use crate::backend::StateFlags;
use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;
use crate::state_access::OpenState;
use steps::{Gone, MadeObject, Operation, Steps};

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
    let given = |name: &str| arguments.text(name).filter(|value| !value.is_empty());
    if given("type").is_some() || given("plan").is_some() {
        return match operation(session, given("type"), given("plan")) {
            Ok(text) => {
                session.out(&text);
                Exit::Success
            }
            Err(problems) => session.finish_apart(problems),
        };
    }
    if arguments.switch("draw-cycles", false) {
        let detail = "The -draw-cycles option is supported only when illustrating a real evaluation graph, selected using the \
                      -type=... option.";
        return session.finish_apart(Diagnostic::error("Invalid graph options", detail));
    }
    let (config, problems) = session.load();
    if problems.has_errors() {
        return session.finish_apart(problems);
    }
    session.out(&dot::text(&dependencies::of(&config)));
    Exit::Success
}

/// The graph of the steps of an operation, or of carrying out a saved plan.
fn operation(session: &Session, kind: Option<&str>, plan: Option<&str>) -> Result<String, Diagnostics> {
    let graph = match plan {
        Some(path) => of_saved(session, path)?,
        None => {
            let (config, problems) = session.load();
            if problems.has_errors() {
                return Err(problems);
            }
            let backend = session.backend()?;
            let state = OpenState::read(backend.state(&StateFlags::default())?, "error loading state: ")?;
            if kind == Some("plan-destroy") {
                Steps::of_destruction(&config, &state)
            } else {
                let operation = match kind {
                    Some("plan-refresh-only") => Operation::Refresh,
                    Some("apply") => Operation::Apply,
                    _ => Operation::Plan,
                };
                Steps::of_plan(&config, &state, operation)
            }
        }
    };
    match graph.reduced() {
        Ok(needs) => Ok(dot::steps_text(&graph, &needs)),
        Err(circle) => Err(Diagnostic::error(format!("Cycle: {}", circle.join(", ")), "").into()),
    }
}

fn of_saved(session: &Session, path: &str) -> Result<Steps, Diagnostics> {
    let saved = session.read_plan(&session.surroundings.resolve(path), path)?;
    let (config, problems) = saved.configuration(&session.sources);
    if problems.has_errors() {
        return Err(problems);
    }
    let plan = &saved.plan;
    let (mut made, mut gone) = (Vec::new(), Vec::new());
    for change in plan.resource_changes.iter().filter(|change| change.action != Action::NoOp) {
        if !matches!(change.action, Action::Delete | Action::Forget) {
            made.push(MadeObject {
                address: change.address.clone(),
                dependencies: prior(&plan.prior_state, change).map(dependencies).unwrap_or_default(),
            });
        }
        if !matches!(change.action, Action::Create | Action::Update | Action::Read) {
            gone.extend(parting(&plan.prior_state, change, gone.len()));
        }
    }
    let mut steps = if plan.mode == Mode::Destroy {
        Steps::of_destroyed(&config, &gone)
    } else {
        Steps::of_changes(&config, &made, &gone)
    };
    let declared = &config.root().outputs;
    for lost in plan.output_changes.iter().filter(|change| change.action == Action::Delete) {
        if !declared.contains_key(&lost.name) {
            steps.lost_output(&lost.name);
        }
    }
    Ok(steps)
}

/// The object that a change is of.
fn prior<'s>(state: &'s State, change: &ResourceChange) -> Option<&'s ObjectState> {
    let instance = state.instance(&change.address)?;
    let object = match &change.deposed {
        None => instance.current.as_ref(),
        Some(key) => instance.deposed.get(key),
    };
    object.map(|object| &**object)
}

fn dependencies(object: &ObjectState) -> Vec<ConfigResource> {
    object.dependencies.to_vec()
}

/// How the object of a change goes, of which this many have gone before.
fn parting(state: &State, change: &ResourceChange, before: usize) -> Option<Gone> {
    let resource = state.resource(&change.address.containing())?;
    let object = prior(state, change);
    let how = match (change.action, &change.deposed) {
        (Action::Forget | Action::CreateThenForget, None) => "forget".to_owned(),
        (Action::Forget | Action::CreateThenForget, Some(key)) => format!("forget deposed {key}"),
        (_, Some(key)) => format!("destroy deposed {key}"),
        // The key is not chosen before the apply; terraform draws one that its own apply does not take either.
        (Action::CreateThenDelete, None) => format!("destroy deposed {before:08x}"),
        (_, None) => "destroy".to_owned(),
    };
    let kept_till_last = object.is_some_and(|object| object.create_before_destroy);
    Some(Gone {
        address: change.address.clone(),
        provider: AbsProviderConfig::clone(&resource.provider),
        dependencies: object.map(dependencies).unwrap_or_default(),
        how,
        last: match change.action {
            Action::Forget | Action::DeleteThenCreate => false,
            Action::CreateThenDelete | Action::CreateThenForget => true,
            _ => change.deposed.is_some() || kept_till_last,
        },
    })
}
