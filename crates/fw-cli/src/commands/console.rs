//! `console`: evaluates expressions beside a state or a new plan.

mod reading;
mod scope;
mod type_text;

use std::sync::Arc;

use fw_diag::Diagnostics;
use fw_eval::{Evaluator, GivenVariable, Phase, RepetitionData, VariableSource, prepare_root_variables};
use fw_exec::Mode;
use fw_syntax::ast::ExprKind;
use fw_value::{Type, Value};
use fw_views::human;

use crate::flags::{Arguments, Flag};
use crate::objects::Objects;
use crate::planning::Planning;
use crate::session::{Exit, Session};
use crate::view::View;
use crate::workflow::Prepared;
use reading::{Input, Reader};
use scope::ConsoleScope;
use type_text::type_text;

const FLAGS: &[Flag] = &[
    Flag::text("state"),
    Flag::switch("plan"),
    Flag::text("var"),
    Flag::text("var-file"),
    Flag::text("target"),
    Flag::switch("lock"),
    Flag::duration("lock-timeout"),
    Flag::switch("input"),
    Flag::number("parallelism"),
];

const HELP: &str = "The Terraform console allows you to experiment with Terraform interpolations.\nYou may access resources \
    in the state (if you have one) just as you would\nfrom a configuration. For example: \"aws_instance.foo.id\" would \
    evaluate\nto the ID of \"aws_instance.foo\" if it exists in your state.\n\nType in the interpolation to test and hit \
    <enter> to see the result.\n\nTo exit the console, type \"exit\" and hit <enter>, or use Control-C or\nControl-D.";

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(FLAGS, arguments);
    if let Some(error) = error {
        session.error_line(&crate::dispatch::help_text("console", &session.program));
        return session.fail_line(&format!("Error parsing command line flags: {}\n", error.0));
    }
    if !arguments.positional.is_empty() {
        return session.fail_line("Too many command line arguments. Did you mean to use -chdir?");
    }
    // Without configuration the functions are there all the same; nothing is asked, since the input has expressions.
    let (mut planning, _) = Planning::of(&arguments, Mode::Destroy, session);
    planning.input = false;
    match Prepared::prepare(session, &planning, "OperationTypeEval") {
        Ok(prepared) => console(session, prepared, &mut planning, arguments.switch("plan", false)),
        Err(told) => session.finish_apart(told),
    }
}

fn console(session: &Session, mut prepared: Prepared<'_>, planning: &mut Planning, with_plan: bool) -> Exit {
    let objects = if with_plan {
        planning.options.mode = Mode::Normal;
        let made = prepared.plan(planning, &View::silent(session));
        if made.told.has_errors() {
            let mut told = made.told;
            told.append(prepared.close());
            return session.finish_apart(told);
        }
        Objects::of_plan(&made.plan, &prepared.bench)
    } else {
        Objects::of_state(&prepared.open.state, &prepared.bench)
    };
    let exit = prepared.bench.engine().with_settings(|settings| {
        let mut told = Diagnostics::new();
        let root = prepared.bench.config.root();
        let mut given = prepared.given.clone();
        for name in root.variables.iter().filter(|(_, v)| v.default.is_none()).map(|(name, _)| name) {
            // What was not given is not known; nobody is asked, since the input has expressions.
            let unset = || GivenVariable { value: Value::unknown(Type::Dynamic), source: VariableSource::Program };
            given.entry(Arc::clone(name)).or_insert_with(unset);
        }
        let variables = prepare_root_variables(root, &given, Phase::Apply, &session.sources, &mut told);
        if told.has_errors() {
            return session.finish_apart(told);
        }
        let evaluator =
            Evaluator::new(&prepared.bench.config, settings, variables).with_frame_hook(|frame| objects.set_up(frame));
        Console { session, evaluator }.run()
    });
    let told = prepared.close();
    session.report_apart(&told);
    exit
}

struct Console<'a> {
    session: &'a Session,
    evaluator: Evaluator<'a>,
}

impl Console<'_> {
    fn run(&self) -> Exit {
        if self.session.streams.input_is_terminal { self.interactive() } else { self.piped() }
    }

    /// Lines from a program: the first error ends it, and only the last result is shown.
    fn piped(&self) -> Exit {
        let mut last = String::new();
        while let Ok(Some(line)) = self.session.streams.line() {
            match self.evaluate(&line) {
                Ok(None) => return Exit::Success,
                Ok(Some(result)) => last = result,
                Err(told) => return self.session.finish_apart(told),
            }
        }
        self.session.out(&format!("{last}\n"));
        Exit::Success
    }

    /// Lines that somebody types; open brackets go on in the next line.
    fn interactive(&self) -> Exit {
        let mut reader = Reader::new(self.session);
        loop {
            match reader.next() {
                Input::Expression(text) => match self.evaluate(&text) {
                    Ok(None) => return Exit::Success,
                    Ok(Some(result)) if result.is_empty() => {}
                    Ok(Some(result)) => self.session.out(&format!("{result}\n")),
                    Err(told) => self.session.report_apart(&told),
                },
                Input::Cancelled => {}
                Input::End => {
                    self.session.out("\n");
                    return Exit::Success;
                }
            }
        }
    }

    /// The result of a line; `None` when it asks to end.
    fn evaluate(&self, line: &str) -> Result<Option<String>, Diagnostics> {
        match line.trim() {
            "" => return Ok(Some(String::new())),
            "exit" => return Ok(None),
            "help" => return Ok(Some(HELP.to_owned())),
            _ => {}
        }
        let file = self.session.sources.add_hidden("<console-input>", line);
        let (expr, mut told) = fw_syntax::parse_expression(file, line, 0);
        let Some(expr) = expr.filter(|_| !told.has_errors()) else { return Err(told) };
        let scope = ConsoleScope(self.evaluator.scope(&self.evaluator.root(), RepetitionData::default()));
        // Types are no values: they are only shown, as the whole result.
        let asked_type = match &expr.kind {
            ExprKind::Call(call) if &*call.name.name == "type" => call.args.first().filter(|_| call.args.len() == 1),
            _ => None,
        };
        let value = fw_lang::evaluate(asked_type.unwrap_or(&expr), &scope, &mut told);
        if told.has_errors() {
            return Err(told);
        }
        Ok(Some(if asked_type.is_some() { type_text(value.ty()) } else { human::value(&value) }))
    }
}
