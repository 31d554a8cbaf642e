//! `deploy`, `approve`, `cancel`, `rollback`, `destroy`.

use std::path::Path;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::look::follow;
use super::{Outcome, Session};
use crate::api::{Api, ApiError, text};
use crate::files::collect;

pub(super) async fn deploy(session: &Session<'_>) -> Outcome {
    let api = session.api()?;
    let directory = match session.arguments.words.as_slice() {
        [] => session.process.directory.clone(),
        _ => session.process.directory.join(session.word("a directory")?),
    };
    let name = match session.arguments.value("name") {
        Some(name) => name.to_owned(),
        None => directory_name(&directory)?,
    };
    let mut body = json!({"name": name, "files": collect(&directory)?});
    let variables = variables(session)?;
    if !variables.is_empty() {
        body["variables"] = Value::Object(variables);
    }
    body["auto_approve"] = (!session.arguments.refused("auto-approve")).into();
    let known = api.deployment(&name).await?;
    let run = match known.as_ref().map(|known| text(known, "id")) {
        None => {
            let made = api.json(Method::POST, "/deployments", Some(&body)).await?;
            session.out(&format!("Deployment {} ({}) was made.", name, text(&made, "id")));
            text(&made, "run_id")
        }
        Some(id) => {
            session.out(&format!("Deployment {name} ({id}) is planned anew..."));
            let force = session.arguments.has("force");
            let path = format!("/deployments/{id}?force_update={force}&auto_approve={}", body["auto_approve"]);
            text(&api.json(Method::PUT, &path, Some(&body)).await?, "update_id")
        }
    };
    end(session, &api, &run).await
}

pub(super) async fn approve(session: &Session<'_>) -> Outcome {
    let api = session.api()?;
    let run = api.run(session.word("a run or a deployment")?).await?;
    // What is approved is the plan as it is now, not one that may come in between.
    let view = api.json(Method::GET, &format!("/runs/{run}"), None).await?;
    let body = json!({"plan_digest": view["plan_digest"]});
    api.json(Method::POST, &format!("/runs/{run}/approve"), Some(&body)).await?;
    session.out(&format!("The plan of run {run} was approved."));
    end(session, &api, &run).await
}

pub(super) async fn cancel(session: &Session<'_>) -> Outcome {
    let api = session.api()?;
    let run = api.run(session.word("a run or a deployment")?).await?;
    api.json(Method::POST, &format!("/runs/{run}/cancel"), None).await?;
    session.out(&format!("Run {run} is being canceled."));
    Ok(0)
}

pub(super) async fn rollback(session: &Session<'_>) -> Outcome {
    let api = session.api()?;
    let deployment = api.expect_deployment(session.word("a deployment")?).await?;
    let body = json!({"to": session.arguments.value("to")});
    let path = format!("/deployments/{}/rollback", text(&deployment, "id"));
    let answer = api.json(Method::POST, &path, Some(&body)).await?;
    session.out(&text(&answer, "message"));
    end(session, &api, &text(&answer, "update_id")).await
}

pub(super) async fn destroy(session: &Session<'_>) -> Outcome {
    let api = session.api()?;
    let deployment = api.expect_deployment(session.word("a deployment")?).await?;
    let (id, name) = (text(&deployment, "id"), text(&deployment, "name"));
    if !session.arguments.has("auto-approve") {
        let objects = deployment["resources"].as_array().into_iter().flatten();
        let count = objects.filter(|object| object["mode"] == "managed").count();
        let objects = if count == 1 { "object" } else { "objects" };
        session.streams.err(&format!(
            "Destroy {name} ({id}) with its {count} {objects} on {}? Only \"yes\" will do: ",
            api.server
        ));
        let answer = session.streams.line().map_err(|error| ApiError::Here(error.to_string()))?;
        if answer.as_deref().map(str::trim) != Some("yes") {
            return Err(ApiError::Here("nothing was destroyed".to_owned()));
        }
    }
    let answer = api.json(Method::DELETE, &format!("/deployments/{id}"), None).await?;
    let Some(run) = answer["run_id"].as_str() else {
        session.out("There was nothing to destroy.");
        return Ok(0);
    };
    session.out(&text(&answer, "message"));
    end(session, &api, run).await
}

async fn end(session: &Session<'_>, api: &Api, run: &str) -> Outcome {
    if session.arguments.has("detach") {
        session.out(&format!("Follow it with: formwork logs -f {run}"));
        return Ok(0);
    }
    follow(session, api, run).await
}

fn directory_name(directory: &Path) -> Result<String, ApiError> {
    let real = std::fs::canonicalize(directory);
    let real = real.map_err(|error| ApiError::Here(format!("cannot read {}: {error}", directory.display())))?;
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned());
    name.ok_or_else(|| ApiError::Here("the directory has no name: use -name".to_owned()))
}

/// Values of variables. What is given as a flag is text, which the configuration's types make of it what they need.
fn variables(session: &Session<'_>) -> Result<Map<String, Value>, ApiError> {
    let mut variables = Map::new();
    if let Some(path) = session.arguments.value("var-file") {
        let path = session.process.directory.join(path);
        let failed = |error: &dyn std::fmt::Display| ApiError::Here(format!("cannot read {}: {error}", path.display()));
        let content = std::fs::read(&path).map_err(|error| failed(&error))?;
        variables = serde_json::from_slice(&content).map_err(|error| failed(&error))?;
    }
    for given in session.arguments.all("var") {
        let (name, value) =
            given.split_once('=').ok_or_else(|| ApiError::Here(format!("-var wants NAME=VALUE, not \"{given}\"")))?;
        variables.insert(name.trim().to_owned(), value.into());
    }
    Ok(variables)
}
