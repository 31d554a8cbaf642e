//! Bad, hostile and repeated input.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Service, one, send, with_json};

#[tokio::test]
async fn malformed_bodies_are_refused_with_their_place() {
    let service = Service::start(&["--body-limit=100000"]);
    let raw = |body: &str| {
        service
            .request(Method::POST, "/api/v1/deployments")
            .header("content-type", "application/json")
            .body(body.to_owned())
    };
    let answer = send(raw("{\"name\": \n x}")).await.expect(400);
    assert_eq!((&answer["error"], &answer["details"]["line"]), (&json!("invalid_json"), &json!(2)));
    assert!(answer["message"].is_string());
    assert_eq!(send(raw("[]")).await.expect(400)["error"], "validation_failed");
    assert_eq!(send(raw("")).await.status, 400);
    let deep = "[".repeat(50_000);
    assert_eq!(send(raw(&format!("{{\"name\": \"x\", \"terraform_json\": {deep}"))).await.status, 400);
    assert_eq!(
        send(raw(&format!("{{\"name\": \"{}\"}}", "x".repeat(200_000)))).await.expect(413)["error"],
        "payload_too_large"
    );
    let plain = service.request(Method::POST, "/api/v1/deployments").header("content-type", "text/plain").body("{}");
    assert_eq!(send(plain).await.expect(415)["error"], "unsupported_media_type");
    for name in ["", " x", "a\nb"] {
        let body = json!({"name": name, "terraform_json": one(&json!("x"))});
        assert_eq!(service.post("/api/v1/deployments", &body).await.expect(400)["error"], "validation_failed");
    }
    let body = json!({"name": "x", "files": {"../../etc/passwd": "x"}});
    service.post("/api/v1/deployments", &body).await.expect(400);
    let body = json!({"name": "x", "terraform_json": {"resource": {"terraform_data": "a"}}});
    let answer = service.post("/api/v1/deployments", &body).await.expect(400);
    assert_eq!(answer["error"], "invalid_terraform_json");
    assert!(answer["details"]["diagnostics"][0]["range"]["start"]["line"].is_u64(), "{answer:#}");
    assert_eq!(service.get("/api/v1/deployments").await.expect(200), json!([]), "nothing was made of all that");
}

#[tokio::test]
async fn paths_lead_nowhere_else() {
    let service = Service::start(&[]);
    for path in [
        "/api/v1/deployments/nothing",
        "/api/v1/runs/00000000-0000-0000-0000-000000000000",
        "/nowhere",
        "/api/v1/deployments/..%2F..%2Fetc",
        "/assets/../../etc/passwd",
        "/api/v1/deployments/%00",
    ] {
        assert_eq!(service.get(path).await.expect(404)["error"], "not_found", "{path}");
    }
    assert_eq!(service.delete("/api/v1/runs").await.expect(405)["error"], "method_not_allowed");
    service.get("/api/v1/deployments/").await.expect(200);
    let answer = service.get("/api/v1/me").await;
    assert!(answer.headers.contains_key("x-request-id") && answer.headers.contains_key("content-security-policy"));
    let named = send(service.request(Method::GET, "/api/v1/me").header("x-request-id", "mine-1")).await;
    assert_eq!(named.headers["x-request-id"], "mine-1");
    let nasty = send(service.request(Method::GET, "/api/v1/me").header("x-request-id", "a b\"c")).await;
    assert_ne!(nasty.headers["x-request-id"], "a b\"c");
}

#[tokio::test]
async fn the_same_key_does_the_same_thing_once() {
    let service = Service::start(&["--workers-max=0"]);
    let body = json!({"name": "once", "terraform_json": one(&json!("x"))});
    let keyed =
        |body| with_json(service.request(Method::POST, "/api/v1/deployments").header("idempotency-key", "k1"), body);
    let first = send(keyed(&body)).await.expect(201);
    let again = send(keyed(&body)).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(201), first);
    let other = send(keyed(&json!({"name": "other", "terraform_json": one(&json!("x"))}))).await;
    assert_eq!(other.expect(422)["error"], "idempotency_key_reused");
    assert_eq!(service.get("/api/v1/deployments").await.expect(200).as_array().unwrap().len(), 1);
    // Without a key each request is one of its own, also with the same name.
    service.post("/api/v1/deployments", &body).await.expect(201);
    assert_eq!(service.get("/api/v1/deployments?name=once").await.expect(200).as_array().unwrap().len(), 2);
    // Stacks are known by their names.
    let stack = json!({"name": "s"});
    service.post("/api/v1/stacks", &stack).await.expect(201);
    assert_eq!(service.post("/api/v1/stacks", &stack).await.expect(409)["error"], "name_taken");
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let service = Service::start(&["--workers-max=0", "--queue-limit=2"]);
    let body = json!({"name": "x", "terraform_json": one(&json!("x"))});
    let first = service.post("/api/v1/deployments", &body).await.expect(201);
    service.post("/api/v1/deployments", &body).await.expect(201);
    let answer = service.post("/api/v1/deployments", &body).await;
    assert_eq!(answer.expect(429)["error"], "queue_full");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    let queue = service.get("/api/v1/queue/metrics").await.expect(200);
    assert_eq!((&queue["current_depth"], &queue["total_enqueued"]), (&json!(2), &json!(2)));
    assert!(queue["average_wait_time"].as_str().unwrap().ends_with('s') && queue["oldest_deployment"].is_string());
    // Nobody is there to do it: that is said.
    let health = service.get("/api/v1/system/health").await.expect(503);
    assert_eq!(health["components"]["workers"]["status"], "unhealthy");
    let run = service.get(&format!("/api/v1/runs/{}", first["run_id"].as_str().unwrap())).await.expect(200);
    assert_eq!(run["waiting_for"], "a worker");
    // What waits can be taken away.
    service.delete(&format!("/api/v1/deployments/{}", first["id"].as_str().unwrap())).await.expect(204);
    service.post("/api/v1/deployments", &body).await.expect(201);
}
