//! Plans that wait for a person.

use serde_json::{Value, json};

use crate::harness::{Service, one};

/// Waits until the plan of a run waits for approval.
async fn waiting(service: &Service, run: &str) -> Value {
    loop {
        let view = service.get(&format!("/api/v1/runs/{run}")).await.expect(200);
        match view["status"].as_str().expect("a status") {
            "queued" | "running" => tokio::task::yield_now().await,
            "awaiting_approval" => return view,
            other => panic!("{other}: {view:#}"),
        }
    }
}

#[tokio::test]
async fn a_plan_is_carried_out_when_it_was_approved_and_not_before() {
    let service = Service::start(&[]);
    let body = json!({"name": "gated", "terraform_json": one(&json!("x")), "auto_approve": false});
    let made = service.post("/api/v1/deployments", &body).await.expect(201);
    let run = made["run_id"].as_str().unwrap();
    let view = waiting(&service, run).await;
    assert_eq!(service.deployment(&made).await["status"], "pending");
    assert_eq!(service.get(&format!("/api/v1/deployments/{}/state", made["id"].as_str().unwrap())).await.status, 404);
    let path = format!("/api/v1/runs/{run}/approve");
    let wrong = json!({"plan_digest": "0".repeat(64)});
    assert_eq!(service.post(&path, &wrong).await.expect(409)["error"], "plan_changed");
    service.post(&path, &json!({"plan_digest": view["plan_digest"]})).await.expect(202);
    service.follow(run).await;
    assert_eq!(service.deployment(&made).await["status"], "completed");
    let run = service.get(&format!("/api/v1/runs/{run}")).await.expect(200);
    let gate = run["steps"].as_array().unwrap().iter().find(|step| step["kind"] == "gate").unwrap();
    assert_eq!(gate["approved_by"], json!(["token:admin"]));
    assert_eq!(service.post(&path, &json!({})).await.expect(409)["error"], "invalid_state");
}

#[tokio::test]
async fn what_was_rejected_or_canceled_touches_nothing() {
    let service = Service::start(&[]);
    let body = json!({"name": "gated", "terraform_json": one(&json!("x")), "auto_approve": false});
    for how in ["reject", "cancel"] {
        let made = service.post("/api/v1/deployments", &body).await.expect(201);
        let run = made["run_id"].as_str().unwrap();
        waiting(&service, run).await;
        service.post(&format!("/api/v1/runs/{run}/{how}"), &json!({"reason": "no"})).await.expect(202);
        service.follow(run).await;
        let deployment = service.deployment(&made).await;
        assert_eq!((&deployment["status"], &deployment["resources"]), (&json!("canceled"), &json!([])), "{how}");
    }
}
