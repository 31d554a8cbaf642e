//! The objects of deployments as they are shown, kept for a while: who looks again at a run under way costs only what it has
//! told since, and who looks at one that is over costs nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fw_database::run_views::{self, RunView};
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
    look: Arc<Mutex<Look>>,
}

/// A run's objects as far as its output was read.
#[derive(Default)]
struct Look {
    /// Over which state; nothing as long as it was not asked for.
    state: Option<Option<Digest>>,
    resources: Resources,
    upto: u64,
    /// How it was shown last.
    shown: Option<(Option<RunStatus>, Shown)>,
}

/// The objects of a stack, and of the run that is about them.
pub(crate) async fn shown(app: &App, stack: StackId, run: Option<&RunView>, role: Role) -> Result<Shown, ApiError> {
    let state = app.state(stack, None).await?.map(|version| version.digest);
    let sees_all = role >= Role::Operator;
    let Some(run) = run else {
        let look = Mutex::default();
        begin(app, &look, state, sees_all).await?;
        return lock(&look).show(None);
    };
    let look = app.looks.of(run.id, sees_all);
    begin(app, &look, state, sees_all).await?;
    while !catch_up(app, &look, run).await? {}
    let shown = lock(&look).show(run.state.finished)?;
    app.looks.note(run.id, sees_all, &shown);
    Ok(shown)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins with a state, unless it is that already.
async fn begin(app: &App, look: &Mutex<Look>, state: Option<Digest>, sees_all: bool) -> Result<(), ApiError> {
    if lock(look).state == Some(state) {
        return Ok(());
    }
    let mut resources = Resources::default();
    if let Some(digest) = state {
        resources.add_state(&app.get_json(digest).await?, sees_all);
    }
    let mut look = lock(look);
    if look.state != Some(state) {
        *look = Look { state: Some(state), resources, ..Look::default() };
    }
    Ok(())
}

/// Takes in what the run has told since; whether that was all.
async fn catch_up(app: &App, look: &Mutex<Look>, run: &RunView) -> Result<bool, ApiError> {
    let after = lock(look).upto;
    let output = app
        .read((run.id, after), |tx, (run, after)| {
            Box::pin(async move { Ok(run_views::output(tx, run, after, PAGE).await?) })
        })
        .await?;
    let phase =
        |entry: &OutputEntry| run.definition.step(entry.step).map_or_else(String::new, |step| step.name.clone());
    Ok(lock(look).take_in(after, &output, phase) && u32::try_from(output.len()).is_ok_and(|count| count < PAGE))
}

impl Look {
    /// Takes in what comes after a place; false if it has begun anew meanwhile.
    fn take_in(&mut self, after: u64, output: &[OutputEntry], phase: impl Fn(&OutputEntry) -> String) -> bool {
        if self.upto < after {
            return false;
        }
        // Somebody else may have taken in the first ones.
        let known = output.partition_point(|entry| entry.position <= self.upto);
        let new = output.get(known..).unwrap_or_default();
        if let Some(last) = new.last() {
            self.resources.add_output(new, phase);
            self.upto = last.position;
            self.shown = None;
        }
        true
    }

    fn show(&mut self, finished: Option<RunStatus>) -> Result<Shown, ApiError> {
        if let Some((_, shown)) = self.shown.as_ref().filter(|(status, _)| *status == finished) {
            return Ok(shown.clone());
        }
        let shown = match finished {
            None => render(&self.resources)?,
            Some(status) => {
                let mut settled = self.resources.clone();
                settled.settle(status == RunStatus::Failed);
                render(&settled)?
            }
        };
        self.shown = Some((finished, shown.clone()));
        Ok(shown)
    }
}

fn render(resources: &Resources) -> Result<Shown, ApiError> {
    Ok(Shown {
        resources: json(&resources.list())?,
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
    fn of(&self, run: RunId, sees_all: bool) -> Arc<Mutex<Look>> {
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
