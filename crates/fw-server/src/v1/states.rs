//! Versions of a stack's state: list, get, compare, restore.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use fw_database::runs::{self, StateVersionRow};
use fw_run::{ControlError, NewState, StackId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{Parameters, id};
use crate::caller::{Caller, Operator, Viewer};
use crate::deployment::{Resources, mask_state};
use crate::error::ErrorBody;
use crate::store::now;
use crate::time::rfc3339;
use crate::{ApiError, Role, ids};

/// A version of a state.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionBody {
    id: String,
    /// Its number, from 1.
    number: u64,
    lineage: String,
    serial: u64,
    resources: u64,
    digest: String,
    /// The run that made it.
    run_id: Option<String>,
    created_at: String,
}

/// Which versions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionsQuery {
    /// Only those with a smaller number.
    below: Option<u64>,
    /// How many at most; 50 if nothing is said.
    limit: Option<u32>,
}

/// What to compare.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// The version to compare with, by id or number; the one before if nothing is said.
    against: Option<String>,
}

/// What differs between two versions.
#[derive(Serialize, ToSchema)]
pub(crate) struct DiffBody {
    from: Option<u64>,
    to: u64,
    added: Vec<String>,
    removed: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    changed: Vec<Value>,
    #[schema(value_type = Object)]
    outputs: Value,
}

/// The versions of a stack's state, the newest first
#[utoipa::path(get, path = "/stacks/{id}/states", tag = "states", params(("id" = String, Path), VersionsQuery),
    responses((status = 200, body = [VersionBody]), (status = 404, body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(stack): Path<String>,
    Parameters(query): Parameters<VersionsQuery>,
) -> Result<Json<Vec<VersionBody>>, ApiError> {
    let stack = known(&app, &caller, &stack).await?;
    let arguments = (stack, query.below, query.limit.unwrap_or(50).clamp(1, 500));
    let versions = app
        .read(arguments, |tx, (stack, below, limit)| {
            Box::pin(async move { Ok(runs::state_versions(tx, stack, below, limit).await?) })
        })
        .await?;
    Ok(Json(versions.iter().map(body).collect()))
}

/// The content of a version, as terraform writes it
///
/// Those with the role viewer get no sensitive values.
#[utoipa::path(get, path = "/stacks/{id}/states/{version}", tag = "states",
    params(("id" = String, Path), ("version" = String, Path, description = "its id or number, or `newest`")),
    responses((status = 200, body = Object), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path((stack, version)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let stack = known(&app, &caller, &stack).await?;
    let version = find(&app, stack, &version).await?;
    let mut state = app.get_json(version.digest).await?;
    if caller.principal.role < Role::Operator {
        mask_state(&mut state);
    }
    Ok(Json(state))
}

/// What differs between a version and another one
#[utoipa::path(get, path = "/stacks/{id}/states/{version}/diff", tag = "states",
    params(("id" = String, Path), ("version" = String, Path), DiffQuery),
    responses((status = 200, body = DiffBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn diff(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path((stack, version)): Path<(String, String)>,
    Parameters(query): Parameters<DiffQuery>,
) -> Result<Json<DiffBody>, ApiError> {
    let stack = known(&app, &caller, &stack).await?;
    let to = find(&app, stack, &version).await?;
    let from = match &query.against {
        Some(against) => Some(find(&app, stack, against).await?),
        None if to.number > 1 => app.state(stack, Some(&(to.number - 1).to_string())).await?,
        None => None,
    };
    let sees_all = caller.principal.role >= Role::Operator;
    let new = contents(&app, Some(&to), sees_all).await?;
    let old = contents(&app, from.as_ref(), sees_all).await?;
    Ok(Json(compare(&old, &new, from.map(|version| version.number), to.number)))
}

/// Makes an earlier version the newest one again
///
/// The real objects are not touched: the next plan shows what differs. Refused while a run holds the stack's lock.
#[utoipa::path(post, path = "/stacks/{id}/states/{version}/restore", tag = "states",
    params(("id" = String, Path), ("version" = String, Path)),
    responses((status = 201, body = VersionBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub(crate) async fn restore(
    State(app): State<App>,
    caller: Caller<Operator>,
    Path((stack, version)): Path<(String, String)>,
) -> Result<(StatusCode, Json<VersionBody>), ApiError> {
    let stack = known(&app, &caller, &stack).await?;
    let version = find(&app, stack, &version).await?;
    let newest = app.state(stack, None).await?.ok_or_else(|| ApiError::not_found("state"))?;
    let mut state = app.get_json(version.digest).await?;
    // Clients refuse a state that is older than what they know.
    let serial = newest.serial + 1;
    state["serial"] = serial.into();
    state["lineage"] = newest.lineage.clone().into();
    let content = serde_json::to_vec_pretty(&state).map_err(|error| ApiError::internal(&error))?;
    let new = NewState {
        digest: app.put(content).await?,
        base: Some(newest.id),
        lineage: newest.lineage,
        serial,
        resources: version.resources,
        folded: 0,
    };
    let saved = save(&app, stack, new).await?;
    Ok((StatusCode::CREATED, Json(body(&saved))))
}

/// Stores a version that no run has made.
pub(crate) async fn save(app: &App, stack: StackId, new: NewState) -> Result<StateVersionRow, ApiError> {
    let saved = app
        .write((stack, ids::state_version(), new, now()), |tx, (stack, id, new, now)| {
            Box::pin(async move { Ok(runs::save_state(tx, None, stack, id, &new, now).await?) })
        })
        .await?;
    saved.map_err(|error| match error {
        ControlError::StateConflict => ApiError::conflict("state_changed", "the state has changed meanwhile"),
        other => ApiError::conflict("locked", other.to_string()),
    })
}

/// The id of a stack of the caller's account.
pub(crate) async fn known<R>(app: &App, caller: &Caller<R>, text: &str) -> Result<StackId, ApiError> {
    let found = app.stack(caller.principal.account, id(text, "stack")?).await?;
    Ok(found.ok_or_else(|| ApiError::not_found("stack"))?.id)
}

async fn find(app: &App, stack: StackId, version: &str) -> Result<StateVersionRow, ApiError> {
    let which = (version != "newest").then_some(version);
    app.state(stack, which).await?.ok_or_else(|| ApiError::not_found("state version"))
}

async fn contents(app: &App, version: Option<&StateVersionRow>, sees_all: bool) -> Result<Resources, ApiError> {
    let mut resources = Resources::default();
    if let Some(version) = version {
        resources.set_state(&app.get_json(version.digest).await?, sees_all);
    }
    Ok(resources)
}

fn compare(old: &Resources, new: &Resources, from: Option<u64>, to: u64) -> DiffBody {
    let by_address = |all: &Resources| -> BTreeMap<String, Value> {
        all.list().into_iter().map(|one| (one.address.clone(), one.state.clone())).collect()
    };
    let (before, after) = (by_address(old), by_address(new));
    let changed = before.iter().filter_map(|(address, old)| {
        let new = after.get(address).filter(|new| *new != old)?;
        let keys: BTreeSet<&String> = old.as_object()?.keys().chain(new.as_object()?.keys()).collect();
        let differ = keys.into_iter().filter(|key| old[key.as_str()] != new[key.as_str()]);
        let attributes: BTreeMap<&String, Value> =
            differ.map(|key| (key, json!({"before": old[key.as_str()], "after": new[key.as_str()]}))).collect();
        Some(json!({"address": address, "attributes": attributes}))
    });
    let names: BTreeSet<&String> = old.outputs.keys().chain(new.outputs.keys()).collect();
    let outputs: BTreeMap<&String, Value> = names
        .into_iter()
        .filter(|name| old.outputs.get(*name) != new.outputs.get(*name))
        .map(|name| (name, json!({"before": old.outputs.get(name), "after": new.outputs.get(name)})))
        .collect();
    DiffBody {
        from,
        to,
        added: after.keys().filter(|address| !before.contains_key(*address)).cloned().collect(),
        removed: before.keys().filter(|address| !after.contains_key(*address)).cloned().collect(),
        changed: changed.collect(),
        outputs: json!(outputs),
    }
}

fn body(version: &StateVersionRow) -> VersionBody {
    VersionBody {
        id: version.id.to_string(),
        number: version.number,
        lineage: version.lineage.clone(),
        serial: version.serial,
        resources: version.resources,
        digest: version.digest.to_string(),
        run_id: version.run.map(|run| run.to_string()),
        created_at: rfc3339(version.created_at.0),
    }
}
