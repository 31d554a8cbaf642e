//! The status page: rendered here, usable without JavaScript.

use axum::extract::{Path, State};
use axum::response::Html;
use fw_database::run_views::{RunFilter, RunView};
use fw_database::stacks::{self, StackFilter};
use fw_run::Output;

use crate::ApiError;
use crate::app::App;
use crate::body::id;
use crate::caller::{Caller, Viewer};
use crate::deployment::status_of;
use crate::live::{Follower, Place, Told};
use crate::run_view::{self, RunBody};
use crate::time::rfc3339;
use crate::v1::system;

/// How much of a log is shown.
const MOST_LINES: usize = 2_000;

/// Deployments, runs, workers, health
pub(crate) async fn home(State(app): State<App>, caller: Caller<Viewer>) -> Result<Html<String>, ApiError> {
    let account = caller.principal.account;
    let filter = StackFilter { kind: None, name: None, limit: 50, offset: 0 };
    let found = app
        .read((account, filter), |tx, (account, filter)| {
            Box::pin(async move { Ok(stacks::list(tx, account, &filter).await?) })
        })
        .await?;
    let mut body = String::from("<h1>Deployments</h1>");
    let mut rows = Vec::new();
    let mut runs = app.runs_of_stacks(account, &found).await?;
    for stack in &found {
        let runs = runs.remove(&stack.id).unwrap_or_default();
        rows.push([
            link(&format!("/status/deployments/{}", stack.id), &stack.name),
            badge(status_of(&runs).name()),
            runs.first().map(|run| link(&format!("/status/runs/{}", run.id), &run.id.to_string())).unwrap_or_default(),
            time(stack.created_at.0),
        ]);
    }
    table(&mut body, ["Name", "Status", "Newest run", "Made"], &rows, "Nothing was deployed yet.");
    let runs = app.runs(account, RunFilter { limit: 30, ..RunFilter::default() }).await?;
    body.push_str("<h2>Runs</h2>");
    run_table(&mut body, &runs);
    body.push_str("<h2>Workers</h2>");
    let workers = system::alive(&app).await?;
    let rows: Vec<[String; 5]> = workers
        .iter()
        .map(|row| {
            let slots = format!("{} of {}", row.busy, row.worker.slots);
            let labels = escape(&row.worker.labels.to_string());
            [escape(&row.worker.name), labels, slots, escape(&row.worker.version), time(row.last_seen.0)]
        })
        .collect();
    table(&mut body, ["Name", "Labels", "Steps", "Version", "Heard of"], &rows, "No worker was heard of lately.");
    body.push_str("<h2>Health</h2>");
    let (_, health) = system::check(&app).await;
    let parts = health["components"].as_object().into_iter().flatten();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let rows: Vec<[String; 3]> = parts
        .map(|(name, part)| [escape(name), badge(&text(&part["status"])), escape(&text(&part["message"]))])
        .collect();
    table(&mut body, ["Part", "Status", ""], &rows, "");
    Ok(page("Formwork", &body, false))
}

/// A deployment: its runs
pub(crate) async fn deployment(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(deployment): Path<String>,
) -> Result<Html<String>, ApiError> {
    let found = app.stack_with_runs(caller.principal.account, id(&deployment, "deployment")?).await?;
    let (stack, runs) = found.ok_or_else(|| ApiError::not_found("deployment"))?;
    let status = status_of(&runs);
    let mut body = format!("<h1>{} {}</h1>", escape(&stack.name), badge(status.name()));
    run_table(&mut body, &runs);
    Ok(page(&stack.name, &body, status.is_busy()))
}

/// A run: its steps and its log
pub(crate) async fn run(
    State(app): State<App>,
    caller: Caller<Viewer>,
    Path(run): Path<String>,
) -> Result<Html<String>, ApiError> {
    let view = app.run(caller.principal.account, id(&run, "run")?).await?;
    let shown = run_view::body(&view);
    let mut body = format!("<h1>Run {} {}</h1>", escape(&shown.id), badge(&shown.status));
    facts(&mut body, &shown);
    body.push_str("<h2>Steps</h2>");
    let rows: Vec<[String; 5]> = shown
        .steps
        .iter()
        .map(|step| {
            let error = step.error.as_deref().map(escape).unwrap_or_default();
            [escape(&step.name), step.kind.to_owned(), badge(step.status), step.attempt.to_string(), error]
        })
        .collect();
    table(&mut body, ["Step", "Kind", "Status", "Attempt", ""], &rows, "");
    body.push_str("<h2>Log</h2><pre>");
    let (lines, left_out) = log(&app, &view).await?;
    if left_out > 0 {
        body.push_str(&format!("… {left_out} lines before\n"));
    }
    for line in lines {
        body.push_str(&escape(&line));
        body.push('\n');
    }
    body.push_str("</pre>");
    Ok(page("Run", &body, view.state.finished.is_none()))
}

fn facts(body: &mut String, run: &RunBody) {
    let plan = run
        .changes
        .map(|changes| format!("{} to add, {} to change, {} to destroy", changes.add, changes.change, changes.remove));
    let stack = link(&format!("/status/deployments/{}", run.stack_id), &run.stack_id);
    let rows = [
        ["Deployment".to_owned(), stack],
        ["Purpose".to_owned(), escape(&run.purpose)],
        ["Made by".to_owned(), escape(&run.created_by)],
        ["Made".to_owned(), escape(&run.created_at)],
        ["Begun".to_owned(), escape(run.started_at.as_deref().unwrap_or("-"))],
        ["Over".to_owned(), escape(run.finished_at.as_deref().unwrap_or("-"))],
        ["Waits for".to_owned(), escape(run.waiting_for.as_deref().unwrap_or("-"))],
        ["Plan".to_owned(), escape(plan.as_deref().unwrap_or("-"))],
    ];
    table(body, ["", ""], &rows, "");
}

async fn log(app: &App, run: &RunView) -> Result<(Vec<String>, usize), ApiError> {
    let mut lines = std::collections::VecDeque::new();
    let mut left_out = 0;
    let mut follower = Follower::new(app, run.id, Place::default());
    while let Some((_, told)) = follower.ready().await? {
        let Told::Output(output) = told else { continue };
        let Output::Line(line) = output.output else { continue };
        lines.push_back(line.text);
        if lines.len() > MOST_LINES {
            lines.pop_front();
            left_out += 1;
        }
    }
    Ok((lines.into(), left_out))
}

fn run_table(body: &mut String, runs: &[RunView]) {
    let rows: Vec<[String; 5]> = runs
        .iter()
        .map(|run| {
            let waits = run_view::waiting_for(run).map(|what| format!("waits for {what}")).unwrap_or_default();
            [
                link(&format!("/status/runs/{}", run.id), &run.id.to_string()),
                run_view::purpose(&run.definition.purpose).to_owned(),
                badge(run.status.as_str()),
                escape(&waits),
                time(run.created_at.0),
            ]
        })
        .collect();
    table(body, ["Run", "Purpose", "Status", "", "Made"], &rows, "There was no run yet.");
}

/// A table of cells that are HTML already.
fn table<const N: usize>(body: &mut String, heads: [&str; N], rows: &[[String; N]], empty: &str) {
    if rows.is_empty() {
        body.push_str(&format!("<p class=\"muted\">{}</p>", escape(empty)));
        return;
    }
    body.push_str("<table><tr>");
    for head in heads {
        body.push_str(&format!("<th>{}</th>", escape(head)));
    }
    body.push_str("</tr>");
    for row in rows {
        body.push_str("<tr>");
        for cell in row {
            body.push_str(&format!("<td>{cell}</td>"));
        }
        body.push_str("</tr>");
    }
    body.push_str("</table>");
}

fn page(title: &str, body: &str, refresh: bool) -> Html<String> {
    let refresh = if refresh { "<meta http-equiv=\"refresh\" content=\"3\">" } else { "" };
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">{refresh}\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
         <link rel=\"stylesheet\" href=\"/assets/status.css\"></head><body>\
         <nav><b>Formwork</b><a href=\"/\">Status</a><a href=\"/docs\">API</a></nav>{body}</body></html>",
        escape(title)
    ))
}

fn badge(status: &str) -> String {
    format!("<span class=\"status {0}\">{0}</span>", escape(status))
}

fn link(to: &str, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escape(to), escape(text))
}

fn time(milliseconds: i64) -> String {
    escape(&rfc3339(milliseconds))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn markup_of_users_stays_text() {
        assert_eq!(escape("<script>alert(\"&'\")"), "&lt;script&gt;alert(&quot;&amp;&#39;&quot;)");
    }
}
