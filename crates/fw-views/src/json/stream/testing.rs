//! Events of tests.

use std::time::Duration;

use fw_diag::{Diagnostics, SourceMap};
use fw_exec::Plan;
use fw_state::State;

use super::{About, Level, Stream};
use crate::json::writer::Writer;
use crate::json::{Schemas, outputs, plan, schemas, state};

/// How many runs have ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    /// As they should.
    pub passed: usize,
    /// An assertion did not hold.
    pub failed: usize,
    /// Something else went wrong.
    pub errored: usize,
    /// Not at all.
    pub skipped: usize,
}

impl TestCounts {
    /// The sentence about them.
    #[must_use]
    pub fn text(&self) -> String {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        format!(" {} passed, {} failed{skipped}.", self.passed, self.failed + self.errored)
    }
}

/// How far a file or a run is.
#[derive(Clone, Copy, Debug)]
pub enum TestProgress<'a> {
    /// It begins.
    Starting,
    /// It goes on, for so long.
    Running(Duration),
    /// It is taken down.
    TearDown,
    /// It has ended: the status for programs, and the word for people.
    Complete(&'a str, &'a str),
}

impl TestProgress<'_> {
    fn word(&self) -> &str {
        match self {
            Self::Starting | Self::Running(_) => "in progress",
            Self::TearDown => "tearing down",
            Self::Complete(_, word) => word,
        }
    }

    fn write(&self, is_run: bool, w: &mut Writer) {
        let name = match self {
            Self::Starting => "starting",
            Self::Running(_) => "running",
            Self::TearDown => "teardown",
            Self::Complete(..) => "complete",
        };
        w.key("progress").string(name);
        match self {
            Self::Complete(status, _) => w.key("status").string(status),
            Self::Running(elapsed) => w.key("elapsed").number(&elapsed.as_millis()),
            Self::Starting | Self::TearDown if is_run => w.key("elapsed").number(&0),
            Self::Starting | Self::TearDown => {}
        }
    }
}

impl Stream {
    /// The files and runs that there are.
    pub fn test_abstract(&self, files: &[(&str, Vec<&str>)]) {
        let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        let runs = files.iter().map(|(_, runs)| runs.len()).sum();
        let message =
            format!("Found {} and {}", plural(files.len(), "file", "files"), plural(runs, "run block", "run blocks"));
        self.event(Level::Info, &message, "test_abstract", |w| {
            w.key("test_abstract").object(|w| {
                for (file, runs) in files {
                    if runs.is_empty() {
                        w.key(file).null();
                    } else {
                        w.key(file).array(|w| runs.iter().for_each(|run| w.string(run)));
                    }
                }
            });
        });
    }

    /// Something happens to a file.
    pub fn test_file(&self, file: &str, progress: TestProgress<'_>) {
        let message = format!("{file}... {}", progress.word());
        self.event_about(Level::Info, &message, "test_file", About { file, run: None }, |w| {
            w.key("test_file").object(|w| {
                w.key("path").string(file);
                progress.write(false, w);
            });
        });
    }

    /// Something happens to a run.
    pub fn test_run(&self, file: &str, run: &str, progress: TestProgress<'_>) {
        let message = format!("  {}... {}", fw_value::go_quoted(run), progress.word());
        self.event_about(Level::Info, &message, "test_run", About { file, run: Some(run) }, |w| {
            w.key("test_run").object(|w| {
                w.key("path").string(file);
                w.key("run").string(run);
                progress.write(true, w);
            });
        });
    }

    /// What was told of a file or a run.
    pub fn test_diagnostics(&self, file: &str, run: Option<&str>, told: &Diagnostics, sources: &SourceMap) {
        self.diagnostics_about(told, sources, Some(About { file, run }));
    }

    /// The plan of a run, in the form of a document with all that it takes to read it.
    pub fn test_plan(&self, file: &str, run: &str, planned: &Plan, offered: &Schemas) {
        let message = "-verbose flag enabled, printing plan";
        self.event_about(Level::Info, message, "test_plan", About { file, run: Some(run) }, |w| {
            w.key("test_plan").object(|w| {
                w.key("plan_format_version").string("1.2");
                plan::for_logs(planned, offered, w);
                schemas::for_logs(offered, w);
            });
        });
    }

    /// The state after a run, in the same form.
    pub fn test_state(&self, file: &str, run: &str, after: &State, offered: &Schemas) {
        let message = "-verbose flag enabled, printing state";
        self.event_about(Level::Info, message, "test_state", About { file, run: Some(run) }, |w| {
            w.key("test_state").object(|w| {
                w.key("state_format_version").string("1.0");
                state::modules(after, offered, w.key("root_module"));
                if !after.outputs.is_empty() {
                    outputs::of_state(&after.outputs, w.key("outputs"));
                }
                schemas::for_logs(offered, w);
            });
        });
    }

    /// Objects that could not be destroyed.
    pub fn test_left_behind(&self, file: &str, run: &str, left: &State) {
        let message = format!(
            "Terraform left some resources in state after executing {file}/{run}, they need to be cleaned up manually."
        );
        self.event_about(Level::Error, &message, "test_cleanup", About { file, run: Some(run) }, |w| {
            w.key("test_cleanup").object(|w| objects(left, w.key("failed_resources")));
        });
    }

    /// Objects that nobody has tried to destroy. The state without a name is that of the configuration.
    pub fn test_interrupted(&self, file: &str, run: Option<&str>, states: &[(Option<String>, &State)]) {
        let message = "Terraform was interrupted during test execution, and may not have performed the expected cleanup \
                       operations.";
        self.event_about(Level::Error, message, "test_interrupt", About { file, run }, |w| {
            w.key("test_interrupt").object(|w| {
                if let Some((_, own)) = states.iter().find(|(name, _)| name.is_none()).filter(|(_, s)| !s.is_empty()) {
                    objects(own, w.key("state"));
                }
                let mut others = states.iter().filter(|(name, state)| name.is_some() && !state.is_empty()).peekable();
                if others.peek().is_some() {
                    w.key("states").object(|w| {
                        for (name, state) in others {
                            objects(state, w.key(name.as_deref().unwrap_or_default()));
                        }
                    });
                }
            });
        });
    }

    /// How all of it has ended.
    pub fn test_summary(&self, status: &str, counts: TestCounts) {
        let verdict = if status == "pass" { "Success!" } else { "Failure!" };
        self.event(Level::Info, &format!("{verdict}{}", counts.text()), "test_summary", |w| {
            w.key("test_summary").object(|w| {
                w.key("status").string(status);
                w.key("passed").number(&counts.passed);
                w.key("failed").number(&counts.failed);
                w.key("errored").number(&counts.errored);
                w.key("skipped").number(&counts.skipped);
            });
        });
    }
}

fn objects(state: &State, w: &mut Writer) {
    w.array(|w| {
        for (address, _, instance) in state.instances() {
            if instance.current.is_some() {
                w.object(|w| w.key("instance").display(&address));
            }
            for key in instance.deposed.keys() {
                w.object(|w| {
                    w.key("instance").display(&address);
                    w.key("deposed_key").string(key.as_str());
                });
            }
        }
    });
}
