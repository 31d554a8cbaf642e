//! Answers about deployments, kept until something about them changes: who asks again gets the same bytes without a look at the
//! database. Only where this program hears of every change, for which it has to be the only one that writes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use fw_database::{Database, Signal};
use fw_run::{AccountId, RunId, StackId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// How many bytes are kept together, and how many answers.
const BYTES: usize = 32 << 20;
const COUNT: usize = 4096;
/// Nothing is kept for longer: should a change not be told, it is seen late, not never.
const LONGEST: Duration = Duration::from_secs(1);

/// What an answer is about, and for whom: those who see sensitive values, or others.
pub(crate) type Question = (AccountId, StackId, bool);

/// The answers.
pub(crate) struct Answers(Option<Mutex<Kept>>);

struct Kept {
    signals: Receiver<Signal>,
    all: HashMap<Question, Answer>,
    bytes: usize,
    /// How often somebody has begun to find something out.
    begun: u64,
}

#[derive(Default)]
struct Answer {
    /// Since when it is being found out; nothing since it has changed.
    begun: Option<Begun>,
    given: Option<(Instant, Bytes)>,
    /// The runs it spoke of when it was found out last.
    runs: Vec<RunId>,
}

/// When somebody has begun to find something out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun(u64);

impl Answers {
    pub(crate) fn new(database: &Database) -> Self {
        let kept = || Kept { signals: database.subscribe(), all: HashMap::new(), bytes: 0, begun: 0 };
        Self(database.is_ours().then(|| Mutex::new(kept())))
    }

    fn kept(&self) -> Option<MutexGuard<'_, Kept>> {
        let mut kept = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        kept.hear();
        Some(kept)
    }

    /// The answer, if it is still true; or else it is to be found out from now on.
    pub(crate) fn find(&self, question: Question) -> Result<Bytes, Begun> {
        let Some(mut kept) = self.kept() else { return Err(Begun(0)) };
        kept.begun += 1;
        let now = Begun(kept.begun);
        if kept.all.len() >= COUNT {
            kept.clear();
        }
        let answer = kept.all.entry(question).or_default();
        match &answer.given {
            Some((at, body)) if at.elapsed() < LONGEST => Ok(body.clone()),
            Some(_) => {
                let bytes = answer.forget();
                answer.begun = Some(now);
                kept.bytes -= bytes;
                Err(now)
            }
            // What was begun before, and is still true, is as good.
            None => Err(*answer.begun.get_or_insert(now)),
        }
    }

    /// Keeps an answer, unless something has changed since it was begun.
    pub(crate) fn keep(&self, question: Question, begun: Begun, body: &Bytes, runs: Vec<RunId>) {
        let Some(mut kept) = self.kept() else { return };
        if kept.bytes + body.len() > BYTES {
            kept.clear();
        }
        if let Some(answer) = kept.all.get_mut(&question).filter(|answer| answer.begun == Some(begun)) {
            let before = answer.forget();
            *answer = Answer { begun: Some(begun), given: Some((Instant::now(), body.clone())), runs };
            kept.bytes = kept.bytes + body.len() - before;
        }
    }
}

impl Answer {
    fn is_about(&self, signal: Signal, stack: StackId) -> bool {
        match signal {
            Signal::Work | Signal::Due | Signal::Revoked => false,
            Signal::Stack(changed) => changed == stack,
            Signal::Run(run) => self.runs.contains(&run),
        }
    }

    /// It is not true any more. How many bytes it had.
    fn forget(&mut self) -> usize {
        self.begun = None;
        self.given.take().map_or(0, |(_, body)| body.len())
    }
}

impl Kept {
    /// Takes in what has changed.
    fn hear(&mut self) {
        loop {
            match self.signals.try_recv() {
                Ok(signal) => {
                    let about = self.all.iter_mut().filter(|(question, answer)| answer.is_about(signal, question.1));
                    self.bytes -= about.map(|(_, answer)| answer.forget()).sum::<usize>();
                }
                Err(TryRecvError::Lagged(_)) => self.clear(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn clear(&mut self) {
        self.all.clear();
        self.bytes = 0;
    }
}
