//! The service is killed.

use serde_json::json;

use crate::harness::{Service, one};

#[tokio::test]
async fn nothing_is_lost_when_it_is_killed_in_the_middle_of_a_run() {
    let mut service = Service::start(&[]);
    let before = service.deploy("before", one(&json!("x"))).await;
    let (begun, go) = (service.path("begun"), service.path("go"));
    let command = format!("touch {}; while [ ! -e {} ]; do sleep 0.05; done", begun.display(), go.display());
    let configuration = json!({"resource": {"terraform_data": {
        "first": {"input": "1"},
        "slow": {"input": "${terraform_data.first.output}", "provisioner": [{"local-exec": {"command": command}}]},
    }}});
    let body = json!({"name": "cut short", "terraform_json": configuration});
    let made = service.post("/api/v1/deployments", &body).await.expect(201);
    while !begun.exists() {
        tokio::task::yield_now().await;
    }
    service.kill_and_restart();
    std::fs::write(&go, "").unwrap();
    service.follow(made["run_id"].as_str().unwrap()).await;
    let after = service.deployment(&made).await;
    assert!(["completed", "failed"].contains(&after["status"].as_str().unwrap()), "{after:#}");
    let first = after["resources"].as_array().unwrap().iter().find(|one| one["address"] == "terraform_data.first");
    assert_eq!(first.unwrap()["status"], "completed", "{after:#}");
    // What was there before is there still, and what comes now works.
    assert_eq!(service.deployment(&before).await["resources"], before["resources"]);
    let path = format!("/api/v1/deployments/{}", made["id"].as_str().unwrap());
    let destroying = service.delete(&path).await.expect(202);
    service.follow(destroying["run_id"].as_str().unwrap()).await;
    assert_eq!(service.deployment(&made).await["status"], "destroyed");
}

#[tokio::test]
async fn what_waits_is_done_after_a_kill() {
    let mut service = Service::start(&[]);
    let body = json!({"name": "x", "terraform_json": one(&json!("x"))});
    let made = service.post("/api/v1/deployments", &body).await.expect(201);
    service.kill_and_restart();
    service.follow(made["run_id"].as_str().unwrap()).await;
    assert_eq!(service.deployment(&made).await["status"], "completed");
}
