//! How an operation is shown: as text for people, or as a stream of JSON events.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fw_diag::Diagnostics;
use fw_exec::Plan;
use fw_state::State;
use fw_views::human::{self, Schemas, Style};
use fw_views::json::{self, Operation};
use fw_views::live::{self, Progress};

use crate::session::{Exit, Session};
use crate::streams::SharedWriter;

/// How an operation is shown.
pub(crate) enum View<'s> {
    /// Text.
    Human(Human<'s>),
    /// Events.
    Json(Events<'s>),
}

/// Text for people.
pub(crate) struct Human<'s> {
    session: &'s Session,
    progress: Progress,
    /// Whether progress is not shown.
    silent: bool,
}

/// Events for programs.
pub(crate) struct Events<'s> {
    session: &'s Session,
    stream: Arc<json::Stream>,
}

struct Started(Instant);

impl live::Clock for Started {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl<'s> View<'s> {
    /// The view that a command was asked for; the first event is written.
    pub(crate) fn new(session: &'s Session, is_json: bool) -> Self {
        if is_json {
            let writer = SharedWriter(session.streams.output());
            let stream = json::Stream::new(Box::new(writer), Box::new(fw_ops::now));
            stream.version();
            return Self::Json(Events { session, stream: Arc::new(stream) });
        }
        Self::human(session, false)
    }

    /// Text, without what goes on.
    pub(crate) fn silent(session: &'s Session) -> Self {
        Self::human(session, true)
    }

    fn human(session: &'s Session, silent: bool) -> Self {
        let clock = Arc::new(Started(Instant::now()));
        let output = session.streams.output();
        let style = session.style();
        let progress = if session.streams.output_is_terminal && !silent {
            Progress::terminal(output, style, clock)
        } else {
            Progress::plain(output, style, clock)
        };
        Self::Human(Human { session, progress, silent })
    }

    /// The events, if there are any.
    pub(crate) fn stream(&self) -> Option<&Arc<json::Stream>> {
        match self {
            Self::Human(_) => None,
            Self::Json(events) => Some(&events.stream),
        }
    }

    /// Whether it is for programs.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self, Self::Json(_))
    }

    /// Is told what a plan does.
    pub(crate) fn plan_hooks(&self) -> &dyn fw_plan::Hooks {
        match self {
            Self::Human(human) if human.silent => &fw_plan::NoHooks,
            Self::Human(human) => &human.progress,
            Self::Json(events) => &*events.stream,
        }
    }

    /// Is told what an apply does.
    pub(crate) fn apply_hooks(&self) -> &dyn fw_apply::Hooks {
        match self {
            Self::Human(human) => &human.progress,
            Self::Json(events) => &*events.stream,
        }
    }

    /// Takes what only shows that work goes on from the terminal.
    pub(crate) fn finish_progress(&self) {
        if let Self::Human(human) = self {
            human.progress.finish();
        }
    }

    /// Shows diagnostics.
    pub(crate) fn report(&self, diagnostics: &Diagnostics) {
        self.finish_progress();
        match self {
            Self::Human(human) => human.session.report(diagnostics),
            Self::Json(events) => events.stream.diagnostics(diagnostics, &events.session.sources),
        }
    }

    /// Shows diagnostics and gives the exit that goes with them.
    pub(crate) fn finish(&self, diagnostics: &Diagnostics) -> Exit {
        self.report(diagnostics);
        Exit::of(diagnostics)
    }

    /// Shows what is wrong with the arguments.
    pub(crate) fn usage_error(&self, command: &str, diagnostics: &Diagnostics) -> Exit {
        match self {
            Self::Human(human) => human.session.usage_error(command, diagnostics),
            Self::Json(_) => self.finish(diagnostics),
        }
    }

    /// Shows a new plan.
    pub(crate) fn plan(&self, plan: &Plan, schemas: &Schemas) {
        self.finish_progress();
        match self {
            Self::Human(human) => human.session.out(&human::plan(plan, schemas, &human.session.style())),
            Self::Json(events) => events.stream.plan(plan),
        }
    }

    /// Says what may be done with a plan that was not applied.
    pub(crate) fn next_step(&self, saved_to: Option<&str>, generated: Option<&str>) {
        if let Self::Human(human) = self {
            human.session.out(&human::plan_next_step(saved_to, generated, &human.session.style()));
        }
    }

    /// Shows what an apply has done.
    pub(crate) fn applied(&self, plan: &Plan, is_destroy: bool) {
        self.finish_progress();
        match self {
            Self::Human(human) => human.applied(is_destroy),
            Self::Json(events) => {
                events.stream.applied(if is_destroy { Operation::Destroy } else { Operation::Apply }, plan);
            }
        }
    }

    /// Shows the outputs at the end of an apply.
    pub(crate) fn outputs(&self, state: &State) {
        match self {
            Self::Human(human) => {
                let outputs: BTreeMap<_, _> = state.outputs.clone().into_iter().collect();
                human.session.out(&human::apply_outputs(&outputs, &human.session.style()));
            }
            Self::Json(events) => events.stream.outputs(state),
        }
    }
}

impl Human<'_> {
    fn applied(&self, is_destroy: bool) {
        let counts = self.progress.counts();
        let text = if is_destroy {
            format!("Destroy complete! Resources: {} destroyed.", counts.destroyed)
        } else {
            let imported = if counts.imported > 0 { format!("{} imported, ", counts.imported) } else { String::new() };
            format!(
                "Apply complete! Resources: {imported}{} added, {} changed, {} destroyed.",
                counts.added, counts.changed, counts.destroyed
            )
        };
        let session = self.session;
        let (begin, end) = (session.codes("\x1b[0m\x1b[1m\x1b[32m"), session.codes("\x1b[0m"));
        session.out(&format!("{begin}\n{text}\n{end}"));
    }
}

impl Session {
    /// How text is to look.
    pub(crate) fn style(&self) -> Style {
        Style { color: self.color, width: self.output_width(), automation: self.in_automation, ..Style::default() }
    }
}

/// Has an event told about every operation that takes long, while it lives.
pub(crate) struct Ticking {
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl View<'_> {
    /// Tells of operations that take long, until the result is dropped.
    pub(crate) fn tick_while_running(&self) -> Option<Ticking> {
        let Self::Json(events) = self else { return None };
        let stream = Arc::clone(&events.stream);
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let ticking = move || {
            use std::sync::mpsc::RecvTimeoutError::Timeout;
            while stopped.recv_timeout(Duration::from_secs(1)) == Err(Timeout) {
                stream.tick();
            }
        };
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(ticking).ok();
        Some(Ticking { stop: Some(stop), thread })
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // It ends once nobody can stop it any more.
            drop(thread.join());
        }
    }
}

impl View<'_> {
    /// Says where the state is that was not written to the usual place.
    pub(crate) fn state_path(&self, path: &std::path::Path) {
        if let Self::Human(human) = self {
            human.session.out(&format!(
                "\nThe state of your infrastructure has been saved to the path below. This state\nis required to modify and \
                 destroy your infrastructure, so keep it safe. To\ninspect the complete state use the `{} show` \
                 command.\n\nState path: {}\n",
                human::COMMAND,
                path.display()
            ));
        }
    }

    /// Tells of what a saved plan will change, where that is told.
    pub(crate) fn planned(&self, plan: &Plan) {
        if let Self::Json(events) = self {
            events.stream.planned_changes(plan);
        }
    }
}
