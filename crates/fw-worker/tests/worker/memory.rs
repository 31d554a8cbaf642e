//! A service in memory: it gives out steps, fences by epochs, keeps journal, state versions and output, and may be told to
//! kill, to lose the lease or to say nothing at a certain place.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use fw_run::{
    AccountId, Assignment, Beat, Control, ControlError, Digest, Finish, JournalEntry, JournalRow, JournalWrite, Millis,
    NewState, Outcome, Output, PlanRef, Progress, Purpose, RunId, Settings, Source, SourceFormat, StackId, StateRef,
    StateVersionId, StepId, StepInput, StepKind, StepReport, Ticket, Time, WorkerId, WorkerInfo,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::sync::Notify;
use uuid::Uuid;

/// What is about to be written into the journal.
type Watcher = Box<dyn FnMut(&JournalWrite) -> Verdict + Send>;

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Write,
    /// Lost, and the worker never hears of it.
    Hang,
    /// Written, and the worker never hears of it.
    WriteThenHang,
}

#[derive(Default, Serialize, Deserialize)]
struct Inner {
    queue: VecDeque<(Assignment, StepInput)>,
    #[serde(skip)]
    inputs: BTreeMap<(RunId, StepId, u32), StepInput>,
    #[serde(with = "pairs")]
    objects: BTreeMap<Digest, Bytes>,
    journal: Vec<JournalEntry>,
    position: u64,
    states: Vec<StateRef>,
    output: Vec<Output>,
    finished: Vec<(Ticket, Finish)>,
    cancelled: bool,
    gone: bool,
    /// A worker waits for an answer that never comes.
    #[serde(skip)]
    hanging: bool,
    epoch: u64,
    /// Where all of this is kept.
    #[serde(skip)]
    file: Option<PathBuf>,
}

/// Objects as a list.
mod pairs {
    use super::{BTreeMap, Bytes, Deserialize, Deserializer, Digest, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(objects: &BTreeMap<Digest, Bytes>, to: S) -> Result<S::Ok, S::Error> {
        objects.iter().map(|(digest, content)| (digest, content.to_vec())).collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<BTreeMap<Digest, Bytes>, D::Error> {
        let objects = Vec::<(Digest, Vec<u8>)>::deserialize(from)?;
        Ok(objects.into_iter().map(|(digest, content)| (digest, content.into())).collect())
    }
}

impl Inner {
    fn keep(&self) {
        let Some(file) = &self.file else { return };
        let new = file.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(self).unwrap()).unwrap();
        std::fs::rename(new, file).unwrap();
    }
}

/// The service.
#[derive(Clone)]
pub(crate) struct Memory {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    watcher: Arc<Mutex<Option<Watcher>>>,
    stack: StackId,
}

/// What a run works on.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) source: Source,
    pub(crate) variables: Option<Digest>,
    pub(crate) settings: Settings,
    pub(crate) lock_file: Option<Digest>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self::with(Inner { epoch: 1, ..Inner::default() })
    }

    fn with(inner: Inner) -> Self {
        let stack = StackId::new(Uuid::nil());
        Self { inner: Arc::new(Mutex::new(inner)), changed: Arc::default(), watcher: Arc::default(), stack }
    }

    /// The same service, and another of its stacks, for what only plans or has no state before.
    pub(crate) fn another_stack(&self) -> Self {
        Self { stack: StackId::new(Uuid::new_v4()), ..self.clone() }
    }

    /// Keeps everything in a file from now on.
    pub(crate) fn keep(&self, file: &Path) {
        let mut inner = self.inner();
        inner.file = Some(file.to_owned());
        inner.keep();
    }

    /// The service of a file, which it goes on to keep.
    pub(crate) fn load(file: &Path) -> Self {
        let inner: Inner = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let memory = Self::with(inner);
        memory.keep(file);
        memory
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn store(&self, content: impl Into<Bytes>) -> Digest {
        let content = content.into();
        let digest = Digest::of(&content);
        self.inner().objects.insert(digest, content);
        digest
    }

    pub(crate) fn object(&self, digest: &Digest) -> Bytes {
        self.inner().objects[digest].clone()
    }

    pub(crate) fn work(&self, files: &[(&str, &str)]) -> Work {
        let files: BTreeMap<_, _> = files.iter().copied().collect();
        let object = self.store(serde_json::to_vec(&files).unwrap());
        let source = Source { object, format: SourceFormat::Files, directory: String::new() };
        Work { source, variables: None, settings: Settings::default(), lock_file: None }
    }

    /// Watches what is written into the journal.
    pub(crate) fn watch(&self, watcher: impl FnMut(&JournalWrite) -> Verdict + Send + 'static) {
        *self.watcher.lock().unwrap() = Some(Box::new(watcher));
    }

    pub(crate) fn unwatch(&self) {
        *self.watcher.lock().unwrap() = None;
    }

    pub(crate) fn cancel(&self) {
        self.inner().cancelled = true;
    }

    /// The lease is lost: the next attempt has a higher epoch.
    pub(crate) fn lose(&self) {
        let mut inner = self.inner();
        inner.gone = true;
        inner.epoch += 1;
    }

    pub(crate) fn resolve(&self, row: JournalRow, run: RunId) {
        let mut inner = self.inner();
        append(&mut inner, run, 0, row);
    }

    /// Offers an attempt at a step.
    pub(crate) fn offer(&self, run: RunId, attempt: u32, kind: StepKind, work: &Work, plan: Option<PlanRef>) {
        let mut inner = self.inner();
        (inner.cancelled, inner.gone, inner.hanging) = (false, false, false);
        let step = StepId(u16::from(matches!(kind, StepKind::Apply)) * 2);
        let ticket = Ticket {
            run,
            step,
            attempt,
            epoch: inner.epoch,
            worker: WorkerId::new(Uuid::nil()),
            plan: plan.as_ref().map(|plan| plan.digest),
            deadline: None,
        };
        let assignment = Assignment {
            ticket,
            name: format!("{kind:?}").chars().take_while(|c| c.is_alphabetic()).collect(),
            kind,
            account: AccountId::new(Uuid::nil()),
            stack: self.stack,
            purpose: Purpose::Update,
            beat_every: Millis(20),
            lease_until: Time(i64::MAX),
        };
        let Work { source, variables, settings, lock_file } = work.clone();
        let state = inner.states.last().cloned();
        let input = StepInput { source, variables, settings, lock_file, state, plan };
        inner.queue.push_back((assignment, input));
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Waits for the end of an attempt.
    pub(crate) async fn finished(&self, run: RunId, attempt: u32, apply: bool) -> Finish {
        let step = StepId(u16::from(apply) * 2);
        let same = |ticket: &Ticket| (ticket.run, ticket.attempt, ticket.step) == (run, attempt, step);
        let found = self.until(move |inner| inner.finished.iter().find(|(t, _)| same(t)).map(|(_, f)| f.clone()));
        found.await
    }

    async fn until<T>(&self, look: impl Fn(&Inner) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let found = look(&self.inner());
                match found {
                    Some(found) => return found,
                    None => changed.await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(120), waiting).await.expect("something happens within two minutes")
    }

    /// Waits until a worker waits for an answer that never comes.
    pub(crate) async fn hangs(&self) {
        self.until(|inner| inner.hanging.then_some(())).await;
    }

    /// Waits for an event.
    pub(crate) async fn told(&self, is_it: impl Fn(&Progress) -> bool) {
        let is = |output: &Output| matches!(output, Output::Progress(progress) if is_it(progress));
        self.until(|inner| inner.output.iter().any(is).then_some(())).await;
    }

    pub(crate) fn output(&self) -> Vec<Output> {
        self.inner().output.clone()
    }

    /// The state now, as JSON.
    pub(crate) fn state(&self) -> serde_json::Value {
        let inner = self.inner();
        let newest = inner.states.last().expect("there is a state");
        serde_json::from_slice(&inner.objects[&newest.digest]).unwrap()
    }

    pub(crate) fn versions(&self) -> usize {
        self.inner().states.len()
    }

    /// What the newest state version does not hold.
    pub(crate) fn journal_writes(&self) -> Vec<JournalWrite> {
        let inner = self.inner();
        let row = |entry: &JournalEntry| match &entry.row {
            JournalRow::Write(write) => Some(write.clone()),
            JournalRow::Late(_) | JournalRow::Resolved(_) => None,
        };
        inner.journal.iter().filter(|entry| !entry.folded).filter_map(row).collect()
    }

    /// Plans, and returns what came of it.
    pub(crate) async fn plan(&self, run: RunId, work: &Work, options: fw_run::PlanOptions) -> Finish {
        self.offer(run, 1, StepKind::Plan(options), work, None);
        self.finished(run, 1, false).await
    }

    /// Plans and applies; returns how the apply ended.
    pub(crate) async fn deploy(&self, work: &Work, options: fw_run::PlanOptions) -> (PlanRef, Finish) {
        let run = new_run();
        let plan = planned(&self.plan(run, work, options).await);
        self.offer(run, 1, StepKind::Apply, work, Some(plan.clone()));
        (plan, self.finished(run, 1, true).await)
    }
}

pub(crate) fn new_run() -> RunId {
    RunId::new(Uuid::new_v4())
}

/// The plan of a plan step.
pub(crate) fn planned(finish: &Finish) -> PlanRef {
    match &finish.outcome {
        Outcome::Done { report: StepReport::Plan(report) } => report.plan.clone(),
        other => panic!("no plan: {other:#?}"),
    }
}

fn append(inner: &mut Inner, run: RunId, attempt: u32, row: JournalRow) {
    inner.position += 1;
    let (position, epoch) = (inner.position, inner.epoch);
    inner.journal.push(JournalEntry { position, run, attempt, epoch, at: Time(0), folded: false, row });
}

fn save(inner: &mut Inner, state: &NewState) -> Result<StateRef, ControlError> {
    if state.base != inner.states.last().map(|newest| newest.id) {
        return Err(ControlError::StateConflict);
    }
    assert!(inner.objects.contains_key(&state.digest), "a state version has its content");
    let id = StateVersionId::new(Uuid::new_v4());
    let NewState { digest, lineage, serial, folded, .. } = state.clone();
    inner.journal.iter_mut().filter(|entry| entry.position <= folded).for_each(|entry| entry.folded = true);
    inner.states.push(StateRef { id, digest, lineage, serial });
    Ok(inner.states.last().unwrap().clone())
}

impl Inner {
    fn check(&self, ticket: &Ticket) -> Result<(), ControlError> {
        if ticket.epoch < self.epoch { Err(ControlError::StaleEpoch) } else { Ok(()) }
    }
}

#[async_trait]
impl Control for Memory {
    async fn next(&self, worker: &WorkerInfo, wait: Duration) -> Result<Option<Assignment>, ControlError> {
        let take = || {
            let mut inner = self.inner();
            let (mut assignment, input) = inner.queue.pop_front()?;
            assignment.ticket.worker = worker.id;
            let ticket = &assignment.ticket;
            let key = (ticket.run, ticket.step, ticket.attempt);
            inner.inputs.insert(key, input);
            Some(assignment)
        };
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                match take() {
                    Some(assignment) => return assignment,
                    None => changed.await,
                }
            }
        };
        Ok(tokio::time::timeout(wait, waiting).await.ok())
    }

    async fn beat(&self, ticket: &Ticket) -> Result<Beat, ControlError> {
        let inner = self.inner();
        Ok(match (inner.gone || ticket.epoch < inner.epoch, inner.cancelled) {
            (true, _) => Beat::Gone,
            (false, true) => Beat::Cancel { until: Time(i64::MAX) },
            (false, false) => Beat::Alive { lease_until: Time(i64::MAX) },
        })
    }

    async fn input(&self, ticket: &Ticket) -> Result<StepInput, ControlError> {
        let key = (ticket.run, ticket.step, ticket.attempt);
        self.inner().inputs.get(&key).cloned().ok_or(ControlError::Gone)
    }

    async fn journal(&self, ticket: &Ticket, after: u64) -> Result<Vec<JournalEntry>, ControlError> {
        let wanted = |entry: &&JournalEntry| entry.position > after && (!entry.folded || entry.run == ticket.run);
        Ok(self.inner().journal.iter().filter(wanted).take(3).cloned().collect())
    }

    async fn write_journal(&self, ticket: &Ticket, writes: Vec<JournalWrite>) -> Result<u64, ControlError> {
        for write in writes {
            let verdict = self.watcher.lock().unwrap().as_mut().map_or(Verdict::Write, |watcher| watcher(&write));
            {
                let mut inner = self.inner();
                if let Err(stale) = inner.check(ticket) {
                    append(&mut inner, ticket.run, ticket.attempt, JournalRow::Late(write));
                    return Err(stale);
                }
                if verdict != Verdict::Hang {
                    append(&mut inner, ticket.run, ticket.attempt, JournalRow::Write(write));
                    inner.keep();
                }
                inner.hanging |= verdict != Verdict::Write;
            }
            self.changed.notify_waiters();
            if verdict != Verdict::Write {
                std::future::pending::<()>().await;
            }
        }
        Ok(self.inner().position)
    }

    async fn save_state(&self, ticket: &Ticket, state: NewState) -> Result<StateRef, ControlError> {
        let mut inner = self.inner();
        inner.check(ticket)?;
        save(&mut inner, &state)
    }

    async fn emit(&self, _ticket: &Ticket, output: Vec<Output>) -> Result<(), ControlError> {
        self.inner().output.extend(output);
        self.changed.notify_waiters();
        Ok(())
    }

    async fn put_object(&self, _ticket: &Ticket, content: Bytes) -> Result<Digest, ControlError> {
        Ok(self.store(content))
    }

    async fn get_object(&self, _ticket: &Ticket, digest: &Digest) -> Result<Bytes, ControlError> {
        self.inner().objects.get(digest).cloned().ok_or(ControlError::NoObject(*digest))
    }

    async fn finish(&self, ticket: &Ticket, finish: Finish) -> Result<(), ControlError> {
        let mut inner = self.inner();
        inner.check(ticket)?;
        if let Some(state) = &finish.state {
            save(&mut inner, state)?;
        }
        inner.finished.push((ticket.clone(), finish));
        drop(inner);
        self.changed.notify_waiters();
        Ok(())
    }
}
