//! Reads and commands that several endpoints need, each one call.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use bytes::Bytes;
use fw_database::run_views::{self, RunFilter, RunView};
use fw_database::runs::{self, CreateRefusal, NewRun, QueueMetrics, StateVersionRow};
use fw_database::stacks::{self, Stack};
use fw_driver::{LOOKED_AT, TellError};
use fw_run::{AccountId, Actor, Digest, Event, RunDef, RunId, StackId, StateVersionId, Time};
use serde_json::{Value, json};

use crate::app::App;
use crate::{ApiError, time};

impl App {
    /// A stack of the account.
    pub(crate) async fn stack(&self, account: AccountId, id: StackId) -> Result<Option<Stack>, ApiError> {
        self.read((account, id), |tx, (account, id)| Box::pin(async move { Ok(stacks::find(tx, account, id).await?) }))
            .await
    }

    /// A stack of the account with its newest runs.
    pub(crate) async fn stack_with_runs(
        &self,
        account: AccountId,
        id: StackId,
    ) -> Result<Option<(Stack, Vec<RunView>)>, ApiError> {
        self.read((account, id), |tx, (account, id)| {
            Box::pin(async move {
                let Some(stack) = stacks::find(tx, account, id).await? else { return Ok(None) };
                Ok(Some((stack, run_views::stack_runs(tx, account, id, LOOKED_AT).await?)))
            })
        })
        .await
    }

    /// A run of the account.
    pub(crate) async fn run(&self, account: AccountId, id: RunId) -> Result<RunView, ApiError> {
        let found = self
            .read((account, id), |tx, (account, id)| {
                Box::pin(async move { Ok(run_views::run(tx, account, id).await?) })
            })
            .await?;
        found.ok_or_else(|| ApiError::not_found("run"))
    }

    /// Runs of the account.
    pub(crate) async fn runs(&self, account: AccountId, filter: RunFilter) -> Result<Vec<RunView>, ApiError> {
        self.read((account, filter), |tx, (account, filter)| {
            Box::pin(async move { Ok(run_views::runs(tx, account, &filter).await?) })
        })
        .await
    }

    /// Makes a run, and its stack if there is none yet. If there is a run with this id it is the same request again.
    pub(crate) async fn create_run(
        &self,
        id: RunId,
        definition: RunDef,
        by: Actor,
        stack: Option<Stack>,
    ) -> Result<(), ApiError> {
        let new = NewRun { id, definition, by, key: None, bound: Some(self.options.queue_limit) };
        self.write((new, stack, now()), |tx, (new, stack, now)| {
            Box::pin(async move {
                if runs::run(tx, new.id).await?.is_some() {
                    return Ok(());
                }
                if let Some(stack) = &stack {
                    stacks::create(tx, stack).await?;
                }
                runs::create(tx, new, now).await.map(drop).map_err(refused)
            })
        })
        .await?;
        self.runs.ensure(id).await;
        Ok(())
    }

    /// Tells a run something; it may say that it does not fit.
    pub(crate) async fn tell(&self, run: RunId, event: Event) -> Result<(), ApiError> {
        match self.runs.tell(run, event).await {
            Ok(_) => Ok(()),
            Err(TellError::NoRun(_)) => Err(ApiError::not_found("run")),
            Err(TellError::Refused(refusal)) => Err(ApiError::conflict("invalid_state", refusal.to_string())),
            Err(TellError::Database(error)) => Err(error.into()),
        }
    }

    /// The newest runs of each of these stacks, the newest first.
    pub(crate) async fn runs_of_stacks(
        &self,
        account: AccountId,
        stacks: &[Stack],
    ) -> Result<BTreeMap<StackId, Vec<RunView>>, ApiError> {
        let stacks: Vec<StackId> = stacks.iter().map(|stack| stack.id).collect();
        self.read((account, stacks), |tx, (account, stacks)| {
            Box::pin(async move { Ok(run_views::newest_runs(tx, account, &stacks, LOOKED_AT).await?) })
        })
        .await
    }

    /// A version of a stack's state, by its id or number; the newest if none is named.
    pub(crate) async fn state(&self, stack: StackId, which: Option<&str>) -> Result<Option<StateVersionRow>, ApiError> {
        self.read((stack, which.map(str::to_owned)), |tx, (stack, which)| {
            Box::pin(async move {
                let Some(which) = which else { return Ok(runs::newest_state(tx, stack).await?) };
                if let Ok(id) = which.parse::<StateVersionId>() {
                    return Ok(runs::state_version(tx, stack, id).await?);
                }
                let Ok(number) = which.parse::<u64>() else { return Ok(None) };
                let found = runs::state_versions(tx, stack, Some(number.saturating_add(1)), 1).await?;
                Ok(found.into_iter().find(|version| version.number == number))
            })
        })
        .await
    }

    /// How the queue is.
    pub(crate) async fn queue(&self) -> Result<QueueMetrics, ApiError> {
        self.read((), |tx, ()| Box::pin(async move { Ok(runs::metrics(tx).await?) })).await
    }

    /// Stores an object.
    pub(crate) async fn put(&self, content: impl Into<Bytes> + Send) -> Result<Digest, ApiError> {
        let stored = self.objects.put(content).await?;
        Ok(Digest::new(*stored.as_bytes()))
    }

    /// Reads an object that has to be there.
    pub(crate) async fn get(&self, digest: Digest) -> Result<Bytes, ApiError> {
        let found = self.objects.get(object_name(digest)?).await?;
        found.ok_or_else(|| ApiError::internal(&format!("object {digest} is gone")))
    }

    /// Reads an object that is JSON.
    pub(crate) async fn get_json(&self, digest: Digest) -> Result<Value, ApiError> {
        let content = self.get(digest).await?;
        serde_json::from_slice(&content).map_err(|error| ApiError::internal(&error))
    }
}

/// Now.
pub(crate) fn now() -> Time {
    Time(time::now())
}

fn object_name(digest: Digest) -> Result<fw_objects::Digest, ApiError> {
    digest.to_string().parse().map_err(|error| ApiError::internal(&error))
}

fn refused(refusal: CreateRefusal) -> ApiError {
    match refusal {
        CreateRefusal::Full { depth, average_wait } => {
            let message = format!("{depth} runs wait already");
            let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "queue_full", message);
            let seconds = average_wait.0.div_ceil(1000).clamp(1, 300);
            error.with(json!({"queue_depth": depth, "retry_after_seconds": seconds})).later(seconds)
        }
        CreateRefusal::Database(error) => error.into(),
        CreateRefusal::Exists(run) => {
            ApiError::conflict("already_exists", "there is such a run already").with(json!({"run_id": run}))
        }
        CreateRefusal::Definition(error) => ApiError::invalid(error.to_string()),
    }
}
