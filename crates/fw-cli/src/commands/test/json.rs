//! Tests as a stream of JSON events.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fw_state::State;
use fw_test::{FileOutcome, LeftBehind, Progress, RunOutcome, Shown, Status, SuiteOutcome, View};
use fw_views::human::Schemas;
use fw_views::json::{Stream, TestProgress};

use super::human::counts;
use crate::session::Session;

/// How often it is told that a run still goes on.
const INTERVAL: Duration = Duration::from_secs(2);

/// Writes what happens.
pub(super) struct Json<'s> {
    session: &'s Session,
    stream: Arc<Stream>,
    schemas: &'s dyn Fn() -> Schemas,
    /// Tells that a run still goes on.
    ticking: Mutex<Option<Ticking>>,
}

struct Ticking {
    stop: Option<Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl<'s> Json<'s> {
    pub(super) fn new(session: &'s Session, stream: Arc<Stream>, schemas: &'s dyn Fn() -> Schemas) -> Self {
        Self { session, stream, schemas, ticking: Mutex::new(None) }
    }

    fn set_ticking(&self, ticking: Option<Ticking>) {
        let before = std::mem::replace(&mut *self.ticking.lock().unwrap_or_else(PoisonError::into_inner), ticking);
        drop(before);
    }
}

impl Ticking {
    fn start(stream: Arc<Stream>, file: String, run: String) -> Option<Self> {
        let (stop, stopped) = channel::<()>();
        let began = Instant::now();
        let tick = move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                stream.test_run(&file, &run, TestProgress::Running(began.elapsed()));
            }
        };
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(tick).ok()?;
        Some(Self { stop: Some(stop), thread: Some(thread) })
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

fn told(progress: Progress, status: Status) -> TestProgress<'static> {
    match progress {
        Progress::Starting => TestProgress::Starting,
        Progress::TearDown => TestProgress::TearDown,
        Progress::Complete => TestProgress::Complete(status.text(), status.word()),
    }
}

impl View for Json<'_> {
    fn found(&self, suite: &SuiteOutcome) {
        let runs = |file: &'_ FileOutcome| file.runs.iter().map(|run| run.name.clone()).collect::<Vec<_>>();
        let all: Vec<(String, Vec<String>)> = suite.files.iter().map(|file| (file.path.clone(), runs(file))).collect();
        let names: Vec<(&str, Vec<&str>)> =
            all.iter().map(|(file, runs)| (file.as_str(), runs.iter().map(String::as_str).collect())).collect();
        self.stream.test_abstract(&names);
    }

    fn file(&self, file: &FileOutcome, progress: Progress) {
        self.set_ticking(None);
        self.stream.test_file(&file.path, told(progress, file.status));
        if progress == Progress::Complete {
            self.stream.test_diagnostics(&file.path, None, &file.diagnostics, &self.session.sources);
        }
    }

    fn run(&self, file: &FileOutcome, run: &RunOutcome, progress: Progress) {
        self.set_ticking(None);
        self.stream.test_run(&file.path, &run.name, told(progress, run.status));
        if progress == Progress::Starting {
            self.set_ticking(Ticking::start(Arc::clone(&self.stream), file.path.clone(), run.name.clone()));
        }
        if progress != Progress::Complete {
            return;
        }
        match &run.shown {
            Some(Shown::Plan(plan)) => self.stream.test_plan(&file.path, &run.name, plan, &(self.schemas)()),
            Some(Shown::State(state)) => self.stream.test_state(&file.path, &run.name, state, &(self.schemas)()),
            None => {}
        }
        self.stream.test_diagnostics(&file.path, Some(&run.name), &run.diagnostics, &self.session.sources);
    }

    fn left_behind(&self, file: &FileOutcome, run: &RunOutcome, left: LeftBehind<'_>) {
        if left.state.has_managed_objects() {
            self.stream.test_left_behind(&file.path, &run.name, left.state);
        }
        self.stream.test_diagnostics(&file.path, Some(&run.name), left.diagnostics, &self.session.sources);
    }

    fn abandoned(&self, file: &FileOutcome, run: Option<&RunOutcome>, states: &[(Option<String>, &State)]) {
        self.stream.test_interrupted(&file.path, run.map(|run| run.name.as_str()), states);
    }

    fn concluded(&self, suite: &SuiteOutcome) {
        self.set_ticking(None);
        self.stream.test_summary(suite.status().text(), counts(suite));
    }
}
