//! Who may what.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Service, one, send, with_json};

#[tokio::test]
async fn every_endpoint_wants_a_token_and_a_role() {
    let service = Service::start(&["--workers-max=0"]);
    let viewer = service.token("viewer").await;
    let document = service.get("/api/v1/openapi.json").await.expect(200);
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 30, "{}", paths.len());
    let client = reqwest::Client::new();
    for (path, item) in paths {
        for method in item.as_object().expect("methods").keys() {
            let url = format!("{}{}", service.address, path.replace("{id}", "x").replace("{version}", "1"));
            let method: Method = method.to_uppercase().parse().expect("a method");
            let ask = || with_json(client.request(method.clone(), &url), &json!({}));
            if path != "/api/v1/system/health" {
                assert_eq!(send(ask()).await.expect(401)["error"], "unauthenticated", "{method} {path}");
            }
            let answer = send(ask().bearer_auth(&viewer)).await;
            if method == Method::GET {
                assert_ne!(answer.status, 401, "{method} {path}");
            } else {
                assert_eq!(answer.expect(403)["error"], "forbidden", "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn roles_tokens_and_accounts() {
    let service = Service::start(&["--workers-max=0"]);
    let operator = service.token("operator").await;
    let client = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", service.address);
    let me: Value = send(client.get(url("/api/v1/me")).bearer_auth(&operator)).await.expect(200);
    assert_eq!((&me["role"], &me["subject"]), (&json!("operator"), &json!("token:operator")));
    send(client.get(url("/api/v1/tokens")).bearer_auth(&operator)).await.expect(403);
    // Browsers and terraform send a password.
    send(client.get(url("/api/v1/me")).basic_auth("anybody", Some(&operator))).await.expect(200);
    send(client.get(url("/api/v1/me")).bearer_auth("fw_wrong")).await.expect(401);
    // Another site can't use a password that a browser remembers.
    let forged =
        client.post(url("/api/v1/deployments")).basic_auth("x", Some(&operator)).header("sec-fetch-site", "cross-site");
    assert_eq!(send(with_json(forged, &json!({}))).await.expect(403)["error"], "forbidden");

    service.post("/api/v1/accounts", &json!({"name": "other"})).await.expect(201);
    let stranger = json!({"name": "theirs", "role": "admin", "account": "other"});
    let stranger = service.post("/api/v1/tokens", &stranger).await.expect(201);
    let stranger_token = stranger["token"].as_str().unwrap();
    let made = service
        .post("/api/v1/deployments", &json!({"name": "ours", "terraform_json": one(&json!(1))}))
        .await
        .expect(201);
    let ours = format!("/api/v1/deployments/{}", made["id"].as_str().unwrap());
    send(client.get(url(&ours)).bearer_auth(stranger_token)).await.expect(404);
    assert_eq!(send(client.get(url("/api/v1/runs")).bearer_auth(stranger_token)).await.expect(200), json!([]));
    send(client.get(url("/api/v1/accounts")).bearer_auth(stranger_token)).await.expect(403);

    let tokens = service.get("/api/v1/tokens").await.expect(200);
    let own = tokens.as_array().unwrap().iter().find(|one| one["name"] == "operator").unwrap();
    assert!(own.get("token").is_none() && !tokens.to_string().contains(&operator), "secrets are not kept");
    service.delete(&format!("/api/v1/tokens/{}", own["id"].as_str().unwrap())).await.expect(204);
    send(client.get(url("/api/v1/me")).bearer_auth(&operator)).await.expect(401);
}

#[tokio::test]
async fn pages_figures_and_health() {
    let service = Service::start(&[]);
    let deployment = service.deploy("shown <b>", one(&json!("x"))).await;
    let home = service.get("/").await;
    assert!(home.text.contains("shown &lt;b&gt;") && home.text.contains("completed"), "{}", home.text);
    let run = service.get(&format!("/status/runs/{}", deployment["run_id"].as_str().unwrap())).await;
    assert!(run.text.contains("terraform_data.a") && run.text.contains("apply"), "{}", run.text);
    assert_eq!(service.get(&format!("/status/deployments/{}", deployment["id"].as_str().unwrap())).await.status, 200);
    assert!(service.get("/docs").await.text.contains("/assets/docs.js"));
    let metrics = service.get("/metrics").await.text;
    assert!(metrics.contains("formwork_runs{status=\"succeeded\"} 1"), "{metrics}");
    assert!(metrics.contains("route=\"/api/v1/deployments/{id}\""), "{metrics}");
    assert_eq!(service.get("/api/v1/system/health").await.expect(200)["status"], "healthy");
    assert_eq!(service.get("/readyz").await.status, 200);
    assert_eq!(reqwest::get(format!("{}/livez", service.address)).await.unwrap().status(), 200);
    assert_eq!(service.get("/api/v1/workers").await.expect(200)[0]["local"], true);
}
