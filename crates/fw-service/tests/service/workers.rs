//! Workers that are processes of their own: done by them, killed, frozen, turned away, left alone.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Service, WorkerProcess, lasting_port, one};

/// Silence is noticed soon.
const SHORT: &str = "--worker-lease=2";

/// Two objects, the second of which takes until a file is there.
fn slow(begun: &Path, go: &Path) -> Value {
    let command = format!("touch {}; while [ ! -e {} ]; do sleep 0.05; done", begun.display(), go.display());
    json!({"resource": {"terraform_data": {
        "first": {"input": "1"},
        "slow": {"input": "${terraform_data.first.output}", "provisioner": [{"local-exec": {"command": command}}]},
    }}})
}

async fn exists(path: &Path) {
    while !path.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn deployed(service: &Service, name: &str, configuration: Value) -> Value {
    let body = json!({"name": name, "terraform_json": configuration});
    service.post("/api/v1/deployments", &body).await.expect(201)
}

fn run_of(made: &Value) -> &str {
    made["run_id"].as_str().expect("a run")
}

/// The worker that had the step of this name.
async fn worker_of(service: &Service, run: &str) -> Vec<String> {
    let events = service.get(&format!("/api/v1/runs/{run}/events")).await.expect(200);
    let begun = events.as_array().expect("events").iter().filter(|event| event["type"] == "begun");
    begun.map(|event| event["worker"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_worker_elsewhere_does_what_it_has_the_labels_for() {
    let service = Service::start(&["--workers-max=0"]);
    let token = service.token("worker").await;
    let body = json!({"name": "x", "terraform_json": one(&json!("x")), "labels": ["special"], "auto_approve": true});
    let stack = service.post("/api/v1/stacks", &body).await.expect(201);
    let run = service.post(&format!("/api/v1/stacks/{}/runs", stack["id"].as_str().unwrap()), &json!({})).await;
    let run = run.expect(201)["id"].as_str().unwrap().to_owned();
    let _other = WorkerProcess::start(&service.address, &token, &["--name=other"]);
    service.until("/api/v1/workers", |workers| workers.as_array().unwrap().len() == 1).await;
    let waits = service.until(&format!("/api/v1/runs/{run}"), |run| !run["waiting_for"].is_null()).await;
    assert_eq!(waits["waiting_for"], "a worker with the labels special");
    let _special = WorkerProcess::start(&service.address, &token, &["--labels=special,more", "--name=able"]);
    service.follow(&run).await;
    assert_eq!(service.run(&run).await["status"], "succeeded");
    let workers = service.get("/api/v1/workers").await.expect(200);
    let able = workers.as_array().unwrap().iter().find(|worker| worker["name"] == "able").unwrap();
    assert_eq!((&able["labels"], &able["local"]), (&json!(["more", "special"]), &json!(false)));
    let had = worker_of(&service, &run).await;
    assert!(!had.is_empty() && had.iter().all(|worker| *worker == able["id"]), "{had:?}");
    let log = service.get(&format!("/api/v1/runs/{run}/logs")).await.text;
    assert!(log.contains("terraform_data.a: Creation complete"), "{log}");
}

#[tokio::test]
async fn a_run_settles_by_itself_when_its_worker_is_killed() {
    let service = Service::start(&["--workers-max=0", SHORT]);
    let token = service.token("worker").await;
    let (begun, go) = (service.path("begun"), service.path("go"));
    let first = WorkerProcess::start(&service.address, &token, &[]);
    let made = deployed(&service, "cut short", slow(&begun, &go)).await;
    exists(&begun).await;
    first.kill();
    std::fs::write(&go, "").unwrap();
    let _second = WorkerProcess::start(&service.address, &token, &[]);
    service.follow(run_of(&made)).await;
    let after = service.deployment(&made).await;
    assert!(["completed", "failed"].contains(&after["status"].as_str().unwrap()), "{after:#}");
    let of = |address: &str| {
        let all = after["resources"].as_array().unwrap();
        all.iter().filter(|one| one["address"] == address).collect::<Vec<_>>()
    };
    assert_eq!(of("terraform_data.first").len(), 1, "{after:#}");
    assert_eq!(of("terraform_data.first")[0]["status"], "completed", "{after:#}");
    let had = worker_of(&service, run_of(&made)).await;
    assert_ne!(had.first(), had.last());
}

#[tokio::test]
async fn what_a_thawed_worker_writes_is_refused() {
    let service = Service::start(&["--workers-max=0", SHORT]);
    let token = service.token("worker").await;
    let (begun, go) = (service.path("begun"), service.path("go"));
    let frozen = WorkerProcess::start(&service.address, &token, &["--name=frozen"]);
    let made = deployed(&service, "frozen", slow(&begun, &go)).await;
    exists(&begun).await;
    frozen.freeze();
    let other = WorkerProcess::start(&service.address, &token, &["--name=other"]);
    std::fs::write(&go, "").unwrap();
    service.follow(run_of(&made)).await;
    let settled = service.deployment(&made).await;
    let states = format!("/api/v1/stacks/{}/states", made["id"].as_str().unwrap());
    let versions = service.get(&states).await.expect(200);
    frozen.thaw();
    other.terminate();
    assert!(other.end().0);
    // The thawed one finds out that its step is gone, and is of use again.
    let next = deployed(&service, "next", one(&json!("x"))).await;
    service.follow(run_of(&next)).await;
    assert_eq!(service.deployment(&next).await["status"], "completed");
    assert_eq!(service.get(&states).await.expect(200), versions);
    assert_eq!(service.deployment(&made).await, settled);
}

#[tokio::test]
async fn a_worker_goes_on_when_the_server_is_back() {
    let listen = format!("--listen=127.0.0.1:{}", lasting_port());
    let mut service = Service::start(&["--workers-max=0", &listen]);
    let token = service.token("worker").await;
    let (begun, go) = (service.path("begun"), service.path("go"));
    let _worker = WorkerProcess::start(&service.address, &token, &[]);
    let made = deployed(&service, "on", slow(&begun, &go)).await;
    exists(&begun).await;
    service.kill_and_restart();
    std::fs::write(&go, "").unwrap();
    service.follow(run_of(&made)).await;
    assert_eq!(service.deployment(&made).await["status"], "completed");
    let had = worker_of(&service, run_of(&made)).await;
    assert!(had.iter().all(|worker| *worker == had[0]) && had.len() == 2, "no step was begun again: {had:?}");
}

#[tokio::test]
async fn a_worker_without_a_good_token_ends() {
    let service = Service::start(&["--workers-max=0"]);
    let made = service.post("/api/v1/tokens", &json!({"name": "w", "role": "worker"})).await.expect(201);
    let worker = WorkerProcess::start(&service.address, made["token"].as_str().unwrap(), &[]);
    service.until("/api/v1/workers", |workers| workers.as_array().unwrap().len() == 1).await;
    service.delete(&format!("/api/v1/tokens/{}", made["id"].as_str().unwrap())).await.expect(204);
    // It waits for a step under its old token; what comes next is refused.
    deployed(&service, "x", one(&json!("x"))).await;
    let (content, said) = worker.end();
    assert!(!content && said.contains("the server turned the worker away"), "{said}");
    let operator = service.token("operator").await;
    let (content, said) = WorkerProcess::start(&service.address, &operator, &[]).end();
    assert!(!content && said.contains("this needs the role worker"), "{said}");
    let (content, said) = WorkerProcess::start(&service.address, "", &[]).end();
    assert!(!content && said.contains("there is no token"), "{said}");
}
