//! The stream of events that `-json` gives for plan, apply, refresh, destroy and init: one JSON object a line.

mod changes;
mod hooks;
mod identify;
mod listing;
mod resource;
mod running;
mod testing;

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fw_diag::{Diagnostics, SourceMap};
use fw_exec::Plan;
use fw_state::{COMPATIBLE_VERSION, State};
use fw_value::json::type_to_json;

use super::writer::Writer;
use super::{validate, value};
use crate::time::{self, Time};
use running::Running;

pub use listing::{ListedResource, Listing};
pub use testing::{TestCounts, TestProgress};

/// Tells the time: seconds and nanoseconds since the Unix epoch.
pub type Clock = Box<dyn Fn() -> Time + Send + Sync>;

/// What was done, for the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `plan`
    Plan,
    /// `apply`
    Apply,
    /// `destroy`
    Destroy,
}

/// How many objects a summary counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    add: usize,
    change: usize,
    import: usize,
    remove: usize,
}

/// Writes events, each as a whole line at once. Shared by the engine's hooks and whoever calls [`Stream::tick`].
pub struct Stream {
    clock: Clock,
    state: Mutex<StreamState>,
}

struct StreamState {
    out: Box<dyn Write + Send>,
    /// Whoever read it is gone; nothing is written any more.
    closed: bool,
    running: Running,
    applied: Counts,
}

/// The test that an event is about.
#[derive(Clone, Copy)]
struct About<'a> {
    file: &'a str,
    run: Option<&'a str>,
}

/// The level of an event.
#[derive(Clone, Copy)]
enum Level {
    Info,
    Warn,
    Error,
}

impl Stream {
    /// A stream to this writer.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, clock: Clock) -> Self {
        let state = StreamState { out, closed: false, running: Running::default(), applied: Counts::default() };
        Self { clock, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, StreamState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One line about a test.
    fn event_about(
        &self,
        level: Level,
        message: &str,
        kind: &str,
        about: About<'_>,
        members: impl FnOnce(&mut Writer),
    ) {
        self.line_about(level, message, &time::microseconds((self.clock)()), Some(about), |w| {
            members(w);
            w.key("type").string(kind);
        });
    }

    /// One line. The members of an event stand in the order of their names; those of `members` come before `type`.
    fn event(&self, level: Level, message: &str, kind: &str, members: impl FnOnce(&mut Writer)) {
        self.line(level, message, &time::microseconds((self.clock)()), |w| {
            members(w);
            w.key("type").string(kind);
        });
    }

    fn line(&self, level: Level, message: &str, timestamp: &str, members: impl FnOnce(&mut Writer)) {
        self.line_about(level, message, timestamp, None, members);
    }

    fn line_about(
        &self,
        level: Level,
        message: &str,
        timestamp: &str,
        about: Option<About<'_>>,
        members: impl FnOnce(&mut Writer),
    ) {
        let mut w = Writer::default();
        w.object(|w| {
            w.key("@level").string(match level {
                Level::Info => "info",
                Level::Warn => "warn",
                Level::Error => "error",
            });
            w.key("@message").string(message);
            w.key("@module").string("terraform.ui");
            if let Some(about) = about {
                w.key("@testfile").string(about.file);
                if let Some(run) = about.run {
                    w.key("@testrun").string(run);
                }
            }
            w.key("@timestamp").string(timestamp);
            members(w);
        });
        let mut line = w.into_text();
        line.push('\n');
        let mut state = self.state();
        if !state.closed {
            let written = state.out.write_all(line.as_bytes()).and_then(|()| state.out.flush());
            state.closed = written.is_err();
        }
    }

    /// The first line: who speaks.
    pub fn version(&self) {
        let message = format!("Terraform {COMPATIBLE_VERSION}");
        self.line(Level::Info, &message, &time::microseconds((self.clock)()), |w| {
            w.key("terraform").string(COMPATIBLE_VERSION);
            w.key("type").string("version");
            w.key("ui").string("1.2");
        });
    }

    /// A line of a log.
    pub fn log(&self, text: &str) {
        self.event(Level::Info, text, "log", |_| ());
    }

    /// A message of `init` with its code.
    pub fn init_output(&self, code: &str, text: &str) {
        self.line(Level::Info, text, &time::seconds((self.clock)()), |w| {
            w.key("message_code").string(code);
            w.key("type").string("init_output");
        });
    }

    /// Diagnostics, each as an event.
    pub fn diagnostics(&self, diagnostics: &Diagnostics, sources: &SourceMap) {
        self.diagnostics_about(diagnostics, sources, None);
    }

    fn diagnostics_about(&self, diagnostics: &Diagnostics, sources: &SourceMap, about: Option<About<'_>>) {
        for one in diagnostics {
            let (level, name) = if one.is_error() { (Level::Error, "Error") } else { (Level::Warn, "Warning") };
            let message = format!("{name}: {}", one.summary);
            self.line_about(level, &message, &time::microseconds((self.clock)()), about, |w| {
                validate::diagnostic(one, sources, w.key("diagnostic"));
                w.key("type").string("diagnostic");
            });
        }
    }

    /// All of a new plan: what changed outside, what will change, the summary and the changes of outputs.
    pub fn plan(&self, plan: &Plan) {
        changes::drift(self, plan);
        self.planned_changes(plan);
        self.summary(Operation::Plan, changes::count(plan));
        changes::outputs(self, plan);
    }

    /// What will change; all that is told of a saved plan when it is applied.
    pub fn planned_changes(&self, plan: &Plan) {
        changes::planned(self, plan);
    }

    /// The summary of an apply: what the hooks have counted, and the imports of the plan.
    pub fn applied(&self, operation: Operation, plan: &Plan) {
        let counted = self.state().applied;
        self.summary(operation, Counts { import: changes::count(plan).import, ..counted });
    }

    fn summary(&self, operation: Operation, counts: Counts) {
        let Counts { add, change, import, remove } = counts;
        let imports = |text: &str| if import > 0 { format!("{import} {text}, ") } else { String::new() };
        let (name, message) = match operation {
            Operation::Plan => {
                let imports = imports("to import");
                ("plan", format!("Plan: {imports}{add} to add, {change} to change, {remove} to destroy."))
            }
            Operation::Apply => {
                let imports = imports("imported");
                let rest = format!("{add} added, {change} changed, {remove} destroyed.");
                ("apply", format!("Apply complete! Resources: {imports}{rest}"))
            }
            Operation::Destroy => ("destroy", format!("Destroy complete! Resources: {remove} destroyed.")),
        };
        self.event(Level::Info, &message, "change_summary", |w| {
            w.key("changes").object(|w| {
                for (name, count) in [("add", add), ("change", change), ("import", import), ("remove", remove)] {
                    w.key(name).number(&count);
                }
                w.key("operation").string(name);
            });
        });
    }

    /// The outputs of a state, sensitive ones without their values.
    pub fn outputs(&self, state: &State) {
        self.event(Level::Info, &format!("Outputs: {}", state.outputs.len()), "outputs", |w| {
            w.key("outputs").object(|w| {
                for (name, output) in &state.outputs {
                    w.key(name).object(|w| {
                        w.key("sensitive").bool(output.sensitive);
                        w.key("type").raw(&type_to_json(output.value.ty()));
                        if !output.sensitive {
                            value::plain(&output.value, w.key("value"));
                        }
                    });
                }
            });
        });
    }

    /// Tells of operations that are still running, of each every ten seconds. To be called about every second.
    pub fn tick(&self) {
        hooks::tell_progress(self);
    }
}
