//! The text of a plan.

mod changes;
mod drift;
mod heading;
mod nothing;

use std::fmt::Write;

use fw_addr::ResourceMode;
use fw_diag::render::wrap;
use fw_exec::{Action, Mode, OutputChange, Plan, ResourceChange};
use fw_value::{Marks, Type, Value};

use super::compare::{Pair, compare_type};
use super::datum::Datum;
use super::diff::{Change, Diff};
use super::ink::{Code, Ink};
use super::render::{Options, attribute_name, padded, render};
use super::{Schemas, Style, portions};
use changes::Described;

/// The whole text of a plan: drift, changes, outputs, or that there is nothing to do. Starts with an empty line and ends
/// with a newline. Warnings, the note on `-out` and errors are not part of it.
#[must_use]
pub fn plan(plan: &Plan, schemas: &Schemas, style: &Style) -> String {
    let writer = Writer { ink: style.ink(), style, out: String::new() };
    writer.plan(plan, schemas)
}

/// What follows a plan that was not saved (`None`) or was saved to a file, and whose generated configuration was written to
/// another: a ruler and what to do next. Empty where a program runs this one.
#[must_use]
pub fn plan_next_step(saved_to: Option<&str>, generated: Option<&str>, style: &Style) -> String {
    if style.automation {
        return String::new();
    }
    let mut writer = Writer { ink: style.ink(), style, out: String::new() };
    let (name, command) = (style.tool.name, style.tool.command);
    writer.rule();
    if let Some(path) = generated {
        writer.paragraph(&format!(
            "\n{name} has generated configuration and written it to {path}. Please review the configuration and edit it as \
             necessary before adding it to version control."
        ));
    }
    match saved_to {
        None => writer.paragraph(&format!(
            "\nNote: You didn't use the -out option to save this plan, so {name} can't guarantee to take exactly these \
             actions if you run \"{command} apply\" now."
        )),
        Some(path) => {
            writer.line(&format!("\nSaved the plan to: {path}\n"));
            writer.line("To perform exactly these actions, run the following command to apply:");
            writer.line(&format!("    {command} apply {}", fw_value::go_quoted(path)));
        }
    }
    writer.out
}

struct Writer<'s> {
    ink: Ink,
    style: &'s Style,
    out: String,
}

/// All that a plan shows, compared.
struct Findings<'p> {
    changes: Vec<Described<'p>>,
    drift: Vec<Described<'p>>,
    outputs: Vec<(&'p OutputChange, Diff)>,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        // Terraform leaves the last column free.
        let wrapped = wrap(text, self.style.columns().saturating_sub(1));
        self.line(&wrapped);
    }

    fn rule(&mut self) {
        let (grey, reset) = (self.ink.code(Code::Grey), self.ink.code(Code::Reset));
        let rule = "─".repeat(self.style.columns().saturating_sub(1));
        self.line(&format!("{grey}\n{rule}{reset}"));
    }

    fn plan(mut self, plan: &Plan, schemas: &Schemas) -> String {
        let found = Findings {
            changes: changes::described(&plan.resource_changes, is_shown, schemas),
            drift: drift::described(plan, schemas),
            outputs: plan.output_changes.iter().map(|change| (change, compare_output(change))).collect(),
        };
        let has_drift = self.drift(&found, plan.mode);
        let outputs = self.outputs(&found);
        if found.changes.is_empty() && outputs.is_empty() && self.nothing(plan, has_drift) {
            return self.out;
        }
        if has_drift {
            self.rule();
        }
        let counts = Counts::of(plan);
        if counts.any() {
            self.legend(&counts);
        }
        if !found.changes.is_empty() {
            let (name, ink) = (self.style.tool.name, self.ink);
            self.line(&if plan.errored {
                format!("\n{name} planned the following actions, but then encountered a problem:")
            } else {
                format!("\n{name} will perform the following actions:")
            });
            let texts = portions::each(&found.changes, |changes| {
                let mut texts = String::new();
                for change in changes {
                    texts.push('\n');
                    texts.push_str(&changes::text(change, heading::Cause::Planned, ink, name));
                    texts.push('\n');
                }
                texts
            });
            texts.iter().for_each(|text| self.out.push_str(text));
            self.summary(&counts);
        }
        if !outputs.is_empty() {
            self.line(&format!("\nChanges to Outputs:\n{outputs}"));
            if !counts.any() {
                let name = self.style.tool.name;
                self.paragraph(&format!(
                    "\nYou can apply this plan to save these new output values to the {name} state, without changing any \
                     real infrastructure."
                ));
            }
        }
        self.out
    }

    fn legend(&mut self, counts: &Counts) {
        let name = self.style.tool.name;
        self.paragraph(&format!(
            "\n{name} used the selected providers to generate the following execution plan. Resource actions are indicated \
             with the following symbols:"
        ));
        let reset = self.ink.code(Code::Reset);
        for (action, meaning) in [
            (Action::Create, "create"),
            (Action::Update, "update in-place"),
            (Action::Delete, "destroy"),
            (Action::DeleteThenCreate, "destroy and then create replacement"),
            (Action::CreateThenDelete, "create replacement and then destroy"),
            (Action::CreateThenForget, "create replacement, but keep the existing object"),
            (Action::Read, "read (data resources)"),
        ] {
            if counts.of_action(action) > 0 {
                let symbol = changes::symbol(action, self.ink, "");
                self.line(&format!("{symbol} {meaning}{reset}"));
            }
        }
    }

    fn summary(&mut self, counts: &Counts) {
        let (bold, reset) = (self.ink.code(Code::Bold), self.ink.code(Code::Reset));
        let import = if counts.imports > 0 { format!("{} to import, ", counts.imports) } else { String::new() };
        let add =
            counts.sum(&[Action::Create, Action::DeleteThenCreate, Action::CreateThenDelete, Action::CreateThenForget]);
        let destroy = counts.sum(&[Action::Delete, Action::DeleteThenCreate, Action::CreateThenDelete]);
        let change = counts.of_action(Action::Update);
        self.out.push_str(&format!(
            "\n{bold}Plan:{reset} {import}{add} to add, {change} to change, {destroy} to destroy.\n{reset}"
        ));
    }

    fn outputs(&self, found: &Findings<'_>) -> String {
        let names: Vec<_> = found.outputs.iter().map(|(output, _)| attribute_name(&output.name)).collect();
        let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
        let mut text = String::new();
        for (name, (_, diff)) in names.iter().zip(&found.outputs) {
            if diff.change == Change::None {
                continue;
            }
            let separator = if text.is_empty() { "" } else { "\n" };
            let symbol = self.ink.symbol(diff.change);
            let value = render(diff, 0, Options::new(self.ink));
            write!(text, "{separator}{symbol} {} = {value}", padded(name, width)).expect("strings take all");
        }
        text
    }
}

/// Data sources that are no longer there, and what does not change, need not be told.
fn is_shown(change: &ResourceChange) -> bool {
    match change.action {
        Action::NoOp => !change.is_no_op(),
        Action::Delete => change.address.resource.mode == ResourceMode::Managed,
        _ => change.address.resource.mode != ResourceMode::Ephemeral,
    }
}

/// How sensitive an output is, is said for the whole, before and after at once.
fn compare_output(change: &OutputChange) -> Diff {
    let whole = |value: &Value| {
        let marks = if change.sensitive { Marks::SENSITIVE } else { Marks::NONE };
        Datum::of(&value.clone().unmark_deep().0.with_marks(marks))
    };
    let (before, after) = (whole(&change.before), whole(&change.after));
    compare_type(Pair::changed(&before, &after), &Type::Dynamic)
}

/// How many objects are imported, and how many are changed in which way.
struct Counts {
    imports: usize,
    actions: Vec<(Action, usize)>,
}

impl Counts {
    fn of(plan: &Plan) -> Self {
        let mut counts = Self { imports: 0, actions: Vec::new() };
        for change in plan.resource_changes.iter().filter(|change| is_shown(change)) {
            counts.imports += usize::from(change.importing.is_some());
            if change.action == Action::NoOp {
                continue;
            }
            match counts.actions.iter_mut().find(|(action, _)| *action == change.action) {
                Some((_, count)) => *count += 1,
                None => counts.actions.push((change.action, 1)),
            }
        }
        counts
    }

    fn any(&self) -> bool {
        !self.actions.is_empty()
    }

    fn of_action(&self, wanted: Action) -> usize {
        self.sum(&[wanted])
    }

    fn sum(&self, wanted: &[Action]) -> usize {
        self.actions.iter().filter(|(action, _)| wanted.contains(action)).map(|(_, count)| count).sum()
    }
}

impl Findings<'_> {
    /// Whether nothing changes, so that drift has no bearing on anything.
    fn is_empty(&self, mode: Mode) -> bool {
        let changes = self.changes.iter().any(|c| c.diff.change != Change::None || c.is_moved());
        mode != Mode::RefreshOnly && !changes && self.outputs.iter().all(|(_, diff)| diff.change == Change::None)
    }
}
