//! Terraform's `http` backend: `terraform` and `tofu` keep the state of a stack here, with locking.
//!
//! `address`, `lock_address` and `unlock_address` are all `/api/v1/terraform/state/{name}`; the password is a token. A stack
//! that does not exist is made by the first lock or write.

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fw_database::client_locks::{self, ClientLock};
use fw_database::run_views;
use fw_database::stacks::{self, Stack, StackFilter, StackKind};
use fw_run::{AccountId, NewState, RunId, StackId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::states::save;
use crate::ApiError;
use crate::app::App;
use crate::body::read;
use crate::caller::{Caller, Operator, Viewer};
use crate::ids::Ids;
use crate::store::now;
use crate::time::rfc3339;
use crate::v1::accounts::check_name;
use crate::v1::deployments::StackOptions;

/// What is in the way of a lock.
enum Held {
    Client(ClientLock),
    Run(RunId),
}

/// All methods of the protocol; two of them are not HTTP's own.
pub(crate) async fn state(
    State(app): State<App>,
    Path(name): Path<String>,
    reader: Result<Caller<Viewer>, ApiError>,
    writer: Result<Caller<Operator>, ApiError>,
    request: Request,
) -> Result<Response, ApiError> {
    let method = request.method().clone();
    if method == Method::GET || method == Method::HEAD {
        return get(&app, reader?.principal.account, &name).await;
    }
    let account = writer?.principal.account;
    let lock_id = lock_id(request.uri().query().unwrap_or_default());
    let body = read(request, &app).await?;
    match method.as_str() {
        "POST" | "PUT" => put(&app, account, &name, lock_id.as_deref(), &body).await,
        "DELETE" => delete(&app, account, &name, lock_id.as_deref()).await,
        "LOCK" => lock(&app, account, &name, &body).await,
        "UNLOCK" => unlock(&app, account, &name, &body).await,
        _ => {
            Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "GET, POST, DELETE, LOCK, UNLOCK"))
        }
    }
}

async fn get(app: &App, account: AccountId, name: &str) -> Result<Response, ApiError> {
    let Some(stack) = find(app, account, name).await? else { return Err(ApiError::not_found("state")) };
    let Some(version) = app.state(stack.id, None).await? else { return Err(ApiError::not_found("state")) };
    let content = app.get(version.digest).await?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], content).into_response())
}

async fn put(app: &App, account: AccountId, name: &str, id: Option<&str>, body: &Bytes) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    struct State {
        version: u64,
        serial: u64,
        #[serde(default)]
        lineage: String,
        #[serde(default)]
        resources: Vec<Resource>,
    }
    #[derive(Deserialize)]
    struct Resource {
        #[serde(default)]
        instances: Vec<serde::de::IgnoredAny>,
    }
    let state: State = serde_json::from_slice(body).map_err(|error| {
        ApiError::invalid(format!("the body is no state: {error}"))
            .with(json!({"line": error.line(), "column": error.column()}))
    })?;
    if state.version != 4 {
        return Err(ApiError::invalid(format!(
            "states of version {} are not kept here, only of version 4",
            state.version
        )));
    }
    let stack = find_or_make(app, account, name).await?;
    may_write(app, stack.id, id).await?;
    let newest = app.state(stack.id, None).await?;
    let resources = state.resources.iter().map(|resource| resource.instances.len()).sum::<usize>();
    let new = NewState {
        digest: app.put(body.clone()).await?,
        base: newest.map(|version| version.id),
        lineage: state.lineage,
        serial: state.serial,
        resources: resources as u64,
        folded: 0,
    };
    save(app, stack.id, new).await?;
    Ok(StatusCode::OK.into_response())
}

/// Clients delete a state when a workspace is deleted: what they see from then on is an empty one. Earlier versions stay.
async fn delete(app: &App, account: AccountId, name: &str, id: Option<&str>) -> Result<Response, ApiError> {
    let Some(stack) = find(app, account, name).await? else { return Ok(StatusCode::OK.into_response()) };
    may_write(app, stack.id, id).await?;
    app.write((account, stack.id, now()), |tx, (account, id, at)| {
        Box::pin(async move { Ok(stacks::remove(tx, account, id, at).await.map(drop)?) })
    })
    .await?;
    Ok(StatusCode::OK.into_response())
}

async fn lock(app: &App, account: AccountId, name: &str, body: &Bytes) -> Result<Response, ApiError> {
    let info: Value = serde_json::from_slice(body).map_err(|error| ApiError::invalid(error.to_string()))?;
    let id = info["ID"].as_str().filter(|id| (1..=255).contains(&id.len()));
    let id = id.ok_or_else(|| ApiError::invalid("a lock has an ID"))?.to_owned();
    if body.len() > 64 * 1024 {
        return Err(ApiError::invalid("the description of the lock is too long"));
    }
    let stack = find_or_make(app, account, name).await?;
    let lock = ClientLock { id, info: info.to_string(), since: now() };
    let held = app
        .write((stack.id, lock), |tx, (stack, lock)| {
            Box::pin(async move {
                if let Some(run) = run_views::lock_holder(tx, stack).await? {
                    return Ok(Some(Held::Run(run)));
                }
                Ok(client_locks::lock(tx, stack, &lock).await?.map(Held::Client))
            })
        })
        .await?;
    Ok(held.map_or_else(|| StatusCode::OK.into_response(), locked))
}

async fn unlock(app: &App, account: AccountId, name: &str, body: &Bytes) -> Result<Response, ApiError> {
    let Some(stack) = find(app, account, name).await? else { return Ok(StatusCode::OK.into_response()) };
    // Without a body somebody forces it open.
    let info: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap_or_default() };
    let id = info["ID"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    let held = app
        .write((stack.id, id), |tx, (stack, id)| {
            Box::pin(async move {
                client_locks::unlock(tx, stack, id.as_deref()).await?;
                Ok(client_locks::find(tx, stack).await?)
            })
        })
        .await?;
    // It is locked still: that lock is another one.
    Ok(held.map_or_else(|| StatusCode::OK.into_response(), |lock| locked(Held::Client(lock))))
}

/// 423 with who holds the lock, as clients show it.
fn locked(held: Held) -> Response {
    let text = match held {
        Held::Client(lock) => lock.info,
        Held::Run(run) => json!({
            "ID": run, "Operation": "run", "Info": "a run of the service works on this stack", "Who": "formwork",
            "Version": env!("CARGO_PKG_VERSION"), "Created": rfc3339(now().0), "Path": "",
        })
        .to_string(),
    };
    (StatusCode::LOCKED, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Whoever writes must hold the lock, if somebody does.
async fn may_write(app: &App, stack: StackId, id: Option<&str>) -> Result<(), ApiError> {
    let held = app.read(stack, |tx, stack| Box::pin(async move { Ok(client_locks::find(tx, stack).await?) })).await?;
    match held {
        Some(lock) if id != Some(lock.id.as_str()) => {
            let error = ApiError::new(StatusCode::LOCKED, "locked", "the state is locked by somebody else");
            Err(error.with(serde_json::from_str(&lock.info).unwrap_or_default()))
        }
        Some(_) | None => Ok(()),
    }
}

fn lock_id(query: &str) -> Option<String> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("ID="))?;
    percent_encoding::percent_decode_str(value).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// A stack by its id or its name.
async fn find(app: &App, account: AccountId, name: &str) -> Result<Option<Stack>, ApiError> {
    if let Ok(id) = name.parse::<StackId>() {
        return app.stack(account, id).await;
    }
    let filter = StackFilter { kind: Some(StackKind::Stack), name: Some(name.to_owned()), limit: 1, offset: 0 };
    let found = app
        .read((account, filter), |tx, (account, filter)| {
            Box::pin(async move { Ok(stacks::list(tx, account, &filter).await?) })
        })
        .await?;
    Ok(found.into_iter().next())
}

async fn find_or_make(app: &App, account: AccountId, name: &str) -> Result<Stack, ApiError> {
    if let Some(found) = find(app, account, name).await? {
        return Ok(found);
    }
    if name.parse::<StackId>().is_ok() {
        return Err(ApiError::not_found("stack"));
    }
    check_name(name)?;
    let stack = Stack {
        id: Ids::fresh().stack(),
        account,
        name: name.to_owned(),
        kind: StackKind::Stack,
        input: None,
        options: serde_json::to_string(&StackOptions::default()).map_err(|error| ApiError::internal(&error))?,
        created_at: now(),
        updated_at: now(),
        deleted_at: None,
    };
    let made =
        app.write(stack.clone(), |tx, stack| Box::pin(async move { Ok(stacks::create(tx, &stack).await?) })).await;
    match made {
        Ok(()) => Ok(stack),
        // Somebody else was faster.
        Err(_) => find(app, account, name).await?.ok_or_else(|| ApiError::not_found("stack")),
    }
}
