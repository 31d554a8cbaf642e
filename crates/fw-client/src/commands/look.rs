//! `runs` and `logs`, and following a run.

use reqwest::Method;
use serde_json::Value;

use super::{Outcome, Session};
use crate::api::{Api, ApiError, text};
use crate::events::Events;

pub(super) async fn runs(session: &Session<'_>) -> Outcome {
    let api = session.api()?;
    let path = match session.arguments.words.as_slice() {
        [] => "/runs?limit=20".to_owned(),
        _ => {
            let named = session.word("a deployment")?;
            format!("/runs?limit=20&stack={}", text(&api.expect_deployment(named).await?, "id"))
        }
    };
    let runs = api.json(Method::GET, &path, None).await?;
    if session.arguments.has("json") {
        session.out(&format!("{runs:#}"));
        return Ok(0);
    }
    for run in runs.as_array().into_iter().flatten() {
        let waits = run["waiting_for"].as_str().map(|what| format!("  waits for {what}")).unwrap_or_default();
        let (id, status, purpose, made) =
            (text(run, "id"), text(run, "status"), text(run, "purpose"), text(run, "created_at"));
        session.out(&format!("{id}  {status:17}  {purpose:8}  {made}{waits}"));
    }
    Ok(0)
}

pub(super) async fn logs(session: &Session<'_>) -> Outcome {
    let api = session.api()?;
    let run = api.run(session.word("a run or a deployment")?).await?;
    if session.arguments.has("f") || session.arguments.has("follow") {
        return follow(session, &api, &run).await;
    }
    let answer = api.ask(Method::GET, &format!("/runs/{run}/logs"), None).await?;
    session.streams.out(&answer.text().await.map_err(|error| api.unreachable(&error))?);
    Ok(0)
}

/// Shows the log of a run until it is over; the exit code says how it ended.
pub(super) async fn follow(session: &Session<'_>, api: &Api, run: &str) -> Outcome {
    let answer = api.ask(Method::GET, &format!("/runs/{run}/events?follow=true"), None).await?;
    let mut events = Events::new(api, answer);
    while let Some(event) = events.next().await? {
        match event.name.as_str() {
            "log" => session.out(&text(&event.data, "text")),
            "event" => tell(session, run, &event.data),
            "error" => return Err(ApiError::Here(text(&event.data, "message"))),
            _ => {}
        }
    }
    let view = api.json(Method::GET, &format!("/runs/{run}"), None).await?;
    let status = text(&view, "status");
    if status == "succeeded" {
        return Ok(0);
    }
    let error = view["error"].as_str().map(|error| format!(": {error}")).unwrap_or_default();
    session.streams.err(&format!("The run is {status}{error}\n"));
    Ok(1)
}

/// What a run tells of itself and is worth a line.
fn tell(session: &Session<'_>, run: &str, event: &Value) {
    match event["type"].as_str() {
        Some("gate_opened") => {
            session.streams.err(&format!("The plan waits for approval: formwork approve {run}\n"));
        }
        Some("refused") => session.streams.err("The plan deletes or replaces objects; nothing was touched.\n"),
        Some("apply_unknown") => session.streams.err("Nobody can tell what became of an operation; see the run.\n"),
        _ => {}
    }
}
