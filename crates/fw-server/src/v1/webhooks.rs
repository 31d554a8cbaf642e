//! Outgoing webhooks: where events are sent to.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::Uri;
use fw_database::webhooks::{self, Webhook};
use fw_run::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::body::Body;
use crate::caller::{Admin, Caller};
use crate::{ApiError, ids, time};

/// A webhook.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookView {
    id: String,
    url: String,
    /// The types of events it gets.
    events: Vec<String>,
    created_at: String,
    /// What bodies are signed with; only in the answer to its making.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// A new webhook.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewWebhook {
    /// `https://…` or `http://…`.
    url: String,
    /// The types of events it wants: `run.finished`; all if nothing is said.
    #[serde(default)]
    events: Vec<String>,
    /// What to sign bodies with; made up if nothing is said.
    secret: Option<String>,
}

/// Webhooks of the account
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses((status = 200, body = [WebhookView])))]
pub(crate) async fn list(State(app): State<App>, caller: Caller<Admin>) -> Result<Json<Vec<WebhookView>>, ApiError> {
    let account = caller.principal.account;
    let all = app.read(account, |tx, account| Box::pin(async move { Ok(webhooks::list(tx, account).await?) })).await?;
    Ok(Json(all.iter().map(|webhook| view(webhook, None)).collect()))
}

/// Makes a webhook
///
/// Each event is sent as a POST with the header `X-Formwork-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA-256 of
/// `SECONDS.BODY` under the secret. Answers other than 2xx are tried again, for about a day.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, body = WebhookView)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<Admin>,
    Body(new): Body<NewWebhook>,
) -> Result<(StatusCode, Json<WebhookView>), ApiError> {
    check_url(&new.url)?;
    if new.events.iter().any(|event| event.is_empty() || event.contains(',') || event.len() > 64) {
        return Err(ApiError::invalid("an event is a word such as run.finished").with(json!({"path": "events"})));
    }
    if new.secret.as_ref().is_some_and(|secret| secret.len() < 16) {
        return Err(ApiError::invalid("a secret has at least 16 characters").with(json!({"path": "secret"})));
    }
    let secret = new.secret.unwrap_or_else(|| crate::MintedToken::mint().secret);
    let events = if new.events.is_empty() { "*".to_owned() } else { new.events.join(",") };
    let account = caller.principal.account;
    let webhook = Webhook { id: ids::plain(), account, url: new.url, secret, events, created_at: Time(time::now()) };
    app.write(webhook.clone(), |tx, webhook| Box::pin(async move { Ok(webhooks::create(tx, &webhook).await?) }))
        .await?;
    Ok((StatusCode::CREATED, Json(view(&webhook, Some(webhook.secret.clone())))))
}

/// Removes a webhook
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = crate::error::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller<Admin>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let found = app
        .write((caller.principal.account, id), |tx, (account, id)| {
            Box::pin(async move { Ok(webhooks::remove(tx, account, &id).await?) })
        })
        .await?;
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found("webhook")) }
}

fn check_url(url: &str) -> Result<(), ApiError> {
    let parsed = url.parse::<Uri>().ok().filter(|_| url.len() <= 2048);
    let fits = parsed.is_some_and(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some());
    if fits { Ok(()) } else { Err(ApiError::invalid("url is an http or https address").with(json!({"path": "url"}))) }
}

fn view(webhook: &Webhook, secret: Option<String>) -> WebhookView {
    WebhookView {
        id: webhook.id.clone(),
        url: webhook.url.clone(),
        events: webhook.events.split(',').map(str::to_owned).collect(),
        created_at: time::rfc3339(webhook.created_at.0),
        secret,
    }
}
