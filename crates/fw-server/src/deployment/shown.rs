//! The objects of deployments as they are shown, kept for a while: who looks again at a run under way costs only what it has
//! told since, and who looks at one that is over costs nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use fw_database::run_views::{self, RunView};
use fw_database::runs;
use fw_run::{Digest, OutputEntry, RunId, RunStatus, StackId};
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::Resources;
use crate::app::App;
use crate::{ApiError, Role};

/// How many runs are kept, and how many bytes of text they may have together. What they are made from takes a few times that.
const RUNS: usize = 256;
const BYTES: usize = 32 << 20;
/// How much of a run's output is read at once.
const PAGE: u32 = 5_000;

/// JSON that is ready.
#[derive(Clone)]
pub(crate) struct Json(Arc<RawValue>);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::serialize(&self.0, serializer)
    }
}

/// What is shown of a deployment's objects.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) resources: Json,
    pub(crate) summary: Value,
    pub(crate) errors: Json,
    pub(crate) outputs: Json,
}

/// What was looked at lately, the last one at the end.
#[derive(Default)]
pub(crate) struct Looks(Mutex<Vec<Kept>>);

struct Kept {
    run: RunId,
    /// For those who see sensitive values.
    sees_all: bool,
    bytes: usize,
    look: Arc<Look>,
}

/// A run's objects as far as they were read.
#[derive(Default)]
struct Look {
    known: Mutex<Known>,
    /// How many readings have begun.
    begun: AtomicU64,
    /// Held while somebody reads: the last reading that has ended well.
    reading: tokio::sync::Mutex<u64>,
}

#[derive(Default)]
struct Known {
    /// Over which state.
    state: Option<Digest>,
    resources: Resources,
    upto: u64,
    /// How it was shown last.
    shown: Option<(Option<RunStatus>, Shown)>,
}

/// Whether sensitive values are shown to those with a role.
pub(crate) fn sees_all(role: Role) -> bool {
    role >= Role::Operator
}

/// The objects of a stack, and of the run that is about them.
pub(crate) async fn shown(app: &App, stack: StackId, run: Option<&RunView>, role: Role) -> Result<Shown, ApiError> {
    let sees_all = sees_all(role);
    let Some(run) = run else {
        let look = Arc::new(Look::default());
        look.rebase(app, app.state(stack, None).await?.map(|version| version.digest), sees_all).await?;
        return look.known().show(None);
    };
    let look = app.looks.of(run.id, sees_all);
    look.read(app, stack, run, sees_all).await?;
    let shown = look.known().show(run.state.finished)?;
    app.looks.note(run.id, sees_all, &shown);
    Ok(shown)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Look {
    fn known(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }

    /// Takes in what is new. Who comes while others read waits, and reads only if no reading has begun since.
    async fn read(self: &Arc<Self>, app: &App, stack: StackId, run: &RunView, sees_all: bool) -> Result<(), ApiError> {
        let came = self.begun.load(Ordering::SeqCst);
        let mut ended = self.reading.lock().await;
        if *ended > came {
            return Ok(());
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        loop {
            let after = self.known().upto;
            let (state, output) = news(app, stack, run.id, after).await?;
            self.rebase(app, state, sees_all).await?;
            self.known().take_in(&output, run);
            if u32::try_from(output.len()).is_ok_and(|count| count < PAGE) {
                *ended = number;
                return Ok(());
            }
        }
    }

    /// Another state is the newest one, unless it is that already.
    async fn rebase(self: &Arc<Self>, app: &App, state: Option<Digest>, sees_all: bool) -> Result<(), ApiError> {
        if self.known().state == state {
            return Ok(());
        }
        let contents = match state {
            Some(digest) => app.get(digest).await?,
            None => Bytes::from_static(b"null"),
        };
        let look = Arc::clone(self);
        // A large one takes as long as a thousand answers: these go on meanwhile.
        let taken_in = tokio::task::spawn_blocking(move || {
            let contents: Value = serde_json::from_slice(&contents)?;
            let mut known = look.known();
            known.resources.set_state(&contents, sees_all);
            known.state = state;
            known.shown = None;
            Ok::<_, serde_json::Error>(())
        });
        let taken_in = taken_in.await.map_err(|error| ApiError::internal(&error))?;
        taken_in.map_err(|error| ApiError::internal(&error))
    }
}

/// The newest state of a stack, and what a run has told since.
async fn news(
    app: &App,
    stack: StackId,
    run: RunId,
    after: u64,
) -> Result<(Option<Digest>, Vec<OutputEntry>), ApiError> {
    let read = app.read((stack, run, after), |tx, (stack, run, after)| {
        Box::pin(async move {
            let output = run_views::output(tx, run, after, PAGE).await?;
            let state = runs::newest_state(tx, stack).await?;
            Ok((state.map(|version| version.digest), output))
        })
    });
    read.await
}

impl Known {
    fn take_in(&mut self, output: &[OutputEntry], run: &RunView) {
        let phase =
            |entry: &OutputEntry| run.definition.step(entry.step).map_or_else(String::new, |step| step.name.clone());
        if let Some(last) = output.last() {
            self.resources.add_output(output, phase);
            self.upto = last.position;
            self.shown = None;
        }
    }

    fn show(&mut self, finished: Option<RunStatus>) -> Result<Shown, ApiError> {
        if let Some((_, shown)) = self.shown.as_ref().filter(|(status, _)| *status == finished) {
            return Ok(shown.clone());
        }
        let shown = match finished {
            None => render(&mut self.resources)?,
            Some(status) => {
                let mut settled = self.resources.clone();
                settled.settle(status == RunStatus::Failed);
                render(&mut settled)?
            }
        };
        self.shown = Some((finished, shown.clone()));
        Ok(shown)
    }
}

fn render(resources: &mut Resources) -> Result<Shown, ApiError> {
    let list = resources.text().and_then(RawValue::from_string).map_err(|error| ApiError::internal(&error))?;
    Ok(Shown {
        resources: Json(list.into()),
        summary: resources.summary(),
        errors: json(&resources.errors)?,
        outputs: json(&resources.outputs)?,
    })
}

fn json(value: &impl Serialize) -> Result<Json, ApiError> {
    let text = to_raw_value(value).map_err(|error| ApiError::internal(&error))?;
    Ok(Json(text.into()))
}

impl Looks {
    fn of(&self, run: RunId, sees_all: bool) -> Arc<Look> {
        let mut all = lock(&self.0);
        let kept = match all.iter().position(|kept| kept.run == run && kept.sees_all == sees_all) {
            Some(at) => all.remove(at),
            None => Kept { run, sees_all, bytes: 0, look: Arc::default() },
        };
        let look = Arc::clone(&kept.look);
        all.push(kept);
        look
    }

    /// Notes how large one has become, and gives up those that nobody has looked at for longest.
    fn note(&self, run: RunId, sees_all: bool, shown: &Shown) {
        let bytes = [&shown.resources, &shown.errors, &shown.outputs].iter().map(|json| json.0.get().len()).sum();
        let mut all = lock(&self.0);
        if let Some(kept) = all.iter_mut().find(|kept| kept.run == run && kept.sees_all == sees_all) {
            kept.bytes = bytes;
        }
        while all.len() > RUNS || all.iter().map(|kept| kept.bytes).sum::<usize>() > BYTES {
            all.remove(0);
        }
    }
}
