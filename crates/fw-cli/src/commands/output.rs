//! `output`.

use std::collections::BTreeMap;

use fw_diag::{Diagnostic, Diagnostics};
use fw_state::OutputState;
use fw_views::{human, json};

use crate::flags::{Arguments, Flag};
use crate::planning::state_flags;
use crate::session::{Exit, Session};
use crate::state_access::OpenState;

const FLAGS: &[Flag] = &[Flag::switch("json"), Flag::switch("raw"), Flag::text("state")];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Human,
    Json,
    Raw,
}

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(FLAGS, arguments);
    let (form, told) = match error {
        Some(error) => (Form::Human, error.into()),
        None => form_of(&arguments),
    };
    if told.has_errors() {
        return session.usage_error("output", &told);
    }
    let state = session.backend().and_then(|backend| OpenState::read(backend.state(&state_flags(&arguments))?, ""));
    let outputs: BTreeMap<_, _> = match state {
        Ok(state) => state.outputs.into_iter().collect(),
        Err(told) => return session.finish(&told),
    };
    match arguments.positional.first().filter(|name| !name.is_empty()) {
        Some(name) => one(session, form, name, &outputs),
        None => all(session, form, &outputs),
    }
}

fn form_of(arguments: &Arguments) -> (Form, Diagnostics) {
    let (is_json, is_raw) = (arguments.switch("json", false), arguments.switch("raw", false));
    let mut told = Diagnostics::new();
    if is_json && is_raw {
        let detail = "The -raw and -json options are mutually-exclusive.";
        told.push(Diagnostic::error("Invalid output format", detail));
    }
    if arguments.positional.len() > 1 {
        let detail = "The output command expects exactly one argument with the name of an output variable or no arguments to \
                      show all outputs.";
        told.push(Diagnostic::error("Unexpected argument", detail));
    }
    if is_raw && !is_json && arguments.positional.is_empty() {
        let detail = "You must give the name of a single output value when using the -raw option.";
        told.push(Diagnostic::error("Output name required", detail));
    }
    let form = match (is_json, is_raw) {
        (true, _) => Form::Json,
        (false, true) => Form::Raw,
        (false, false) => Form::Human,
    };
    (form, told)
}

fn all(session: &Session, form: Form, outputs: &BTreeMap<String, OutputState>) -> Exit {
    match form {
        Form::Json => session.out(&format!("{}\n", json::outputs(outputs))),
        _ if outputs.is_empty() => {
            session.report(&no_outputs().into());
        }
        _ => session.out(&human::outputs(outputs)),
    }
    Exit::Success
}

fn one(session: &Session, form: Form, name: &str, outputs: &BTreeMap<String, OutputState>) -> Exit {
    let Some(output) = outputs.get(name) else {
        let told = match (form, outputs.is_empty()) {
            (Form::Human | Form::Raw, true) => return session.finish(&no_outputs().into()),
            _ => not_found(name),
        };
        return session.finish(&told.into());
    };
    match form {
        Form::Human => session.out(&format!("{}\n", human::value(&output.value))),
        Form::Json => session.out(&format!("{}\n", json::output(output))),
        Form::Raw => match json::raw_output(name, output) {
            Ok(text) => session.out(&text),
            Err(problem) => return session.finish(&(*problem).into()),
        },
    }
    Exit::Success
}

fn no_outputs() -> Diagnostic {
    Diagnostic::warning(
        "No outputs found",
        "The state file either has no outputs defined, or all the defined outputs are empty. Please define an output in your \
         configuration with the `output` keyword and run `terraform refresh` for it to become available. If you are using \
         interpolation, please verify the interpolated value is not empty. You can use the `terraform console` command to \
         assist.",
    )
}

fn not_found(name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Output \"{name}\" not found"),
        "The output variable requested could not be found in the state file. If you recently added this to your \
         configuration, be sure to run `terraform apply`, since the state won't be updated with new output variables until \
         that command is run.",
    )
}
