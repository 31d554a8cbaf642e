//! The life of a deployment.

use serde_json::{Value, json};

use crate::harness::{Service, one};

fn resource<'a>(deployment: &'a Value, address: &str) -> &'a Value {
    let all = deployment["resources"].as_array().expect("resources");
    all.iter().find(|one| one["address"] == address).unwrap_or_else(|| panic!("no {address} in {all:#?}"))
}

#[tokio::test]
async fn a_deployment_from_its_first_to_its_last_day() {
    let service = Service::start(&[]);
    let configuration = json!({
        "variable": {"word": {"type": "string"}},
        "resource": {"terraform_data": {"a": {"input": "${var.word}"}, "b": {"input": "${terraform_data.a.output}"}}},
        "output": {"word": {"value": "${terraform_data.b.output}"}},
    });
    let request = json!({"name": "first", "terraform_json": configuration, "variables": {"word": "hello"}});
    let made = service.post("/api/v1/deployments", &request).await.expect(201);
    assert_eq!(made["name"], "first");
    assert!(
        made["queue_info"]["queue_depth"].is_u64() && made["queue_info"]["average_wait_time"].is_number(),
        "{made}"
    );
    let heard = service.follow(made["run_id"].as_str().unwrap()).await;
    let types: Vec<&str> =
        heard.iter().filter(|(name, _)| name == "event").filter_map(|(_, data)| data["type"].as_str()).collect();
    assert_eq!((types.first(), types.last()), (Some(&"created"), Some(&"finished")), "{types:?}");
    assert!(heard.iter().any(|(name, data)| name == "log" && data["text"].is_string()), "{heard:#?}");

    let deployment = service.deployment(&made).await;
    assert_eq!(deployment["status"], "completed", "{deployment:#}");
    let b = resource(&deployment, "terraform_data.b");
    assert_eq!((&b["type"], &b["name"], &b["mode"]), (&json!("terraform_data"), &json!("b"), &json!("managed")));
    assert_eq!((&b["status"], &b["state"]["output"]), (&json!("completed"), &json!("hello")));
    assert_eq!(deployment["outputs"]["word"]["value"], "hello");

    let id = made["id"].as_str().unwrap();
    let path = format!("/api/v1/deployments/{id}");
    let updated = service.put(&path, &json!({"variables": {"word": "bye"}})).await.expect(200);
    assert_eq!(updated["id"], id);
    service.follow(updated["update_id"].as_str().unwrap()).await;
    let deployment = service.deployment(&made).await;
    assert_eq!((&deployment["status"], &deployment["outputs"]["word"]["value"]), (&json!("completed"), &json!("bye")));

    let state = service.get(&format!("{path}/state")).await.expect(200);
    assert_eq!(state["version"], 4);
    let plan = service.get(&format!("{path}/plan")).await.expect(200);
    assert!(plan["resource_changes"].is_array(), "{plan}");
    assert!(service.get(&format!("{path}/logs")).await.text.contains("terraform_data.a"));
    assert!(service.get(&format!("{path}/events")).await.expect(200).as_array().unwrap().len() > 10);

    let destroying = service.delete(&path).await.expect(202);
    assert_eq!(destroying["status"], "destroying");
    service.follow(destroying["run_id"].as_str().unwrap()).await;
    let deployment = service.deployment(&made).await;
    assert_eq!((&deployment["status"], &deployment["resources"]), (&json!("destroyed"), &json!([])));
    service.delete(&path).await.expect(204);
}

#[tokio::test]
async fn who_asks_all_the_time_hears_of_every_change_at_once() {
    let service = Service::start(&[]);
    let configuration = |word: &str| json!({"resource": {"terraform_data": {"a": {"input": word}}}});
    let made = service.deploy("watched", configuration("0")).await;
    let path = format!("/api/v1/deployments/{}", made["id"].as_str().unwrap());
    let change = async {
        for word in ["1", "2", "3", "4", "5"] {
            let updated = service.put(&path, &json!({"terraform_json": configuration(word)})).await.expect(200);
            assert_eq!(service.deployment(&made).await["run_id"], updated["update_id"]);
            service.follow(updated["update_id"].as_str().unwrap()).await;
            let deployment = service.deployment(&made).await;
            assert_eq!(deployment["status"], "completed", "{deployment:#}");
            assert_eq!(resource(&deployment, "terraform_data.a")["state"]["output"], word);
        }
    };
    let ask = async {
        loop {
            service.deployment(&made).await;
        }
    };
    tokio::select! {
        () = change => {}
        () = ask => {}
    }
    service.delete(&path).await.expect(202);
    assert_ne!(service.deployment(&made).await["status"], "completed");
}

#[tokio::test]
async fn dangerous_changes_are_stopped_unless_forced_and_can_be_rolled_back() {
    let service = Service::start(&[]);
    let configuration =
        |trigger: &str| json!({"resource": {"terraform_data": {"a": {"input": "x", "triggers_replace": trigger}}}});
    let made = service.deploy("stopped", configuration("one")).await;
    assert_eq!(made["status"], "completed", "{made:#}");
    let path = format!("/api/v1/deployments/{}", made["id"].as_str().unwrap());
    let before = service.get(&format!("{path}/state")).await.expect(200);

    let answer = service.put(&path, &json!({"terraform_json": configuration("two")})).await;
    let refused = answer.expect(409);
    assert_eq!(refused["error"], "dangerous_changes_detected");
    assert_eq!(refused["dangerous_changes"][0]["address"], "terraform_data.a");
    assert_eq!(refused["dangerous_changes"][0]["action"], "replace");
    assert!(refused["plan"]["resource_changes"].is_array() && refused["mitigation"].is_string(), "{refused:#}");
    assert_eq!(service.get(&format!("{path}/state")).await.expect(200), before, "nothing was touched");
    assert_eq!(service.deployment(&made).await["status"], "completed");

    let forced =
        service.put(&format!("{path}?force_update=true"), &json!({"terraform_json": configuration("two")})).await;
    let forced = forced.expect(200);
    service.follow(forced["update_id"].as_str().unwrap()).await;
    let state = service.get(&format!("{path}/state")).await.expect(200);
    assert_eq!(state["resources"][0]["instances"][0]["attributes"]["triggers_replace"]["value"], "two");

    let back = service.post(&format!("{path}/rollback"), &json!({})).await.expect(202);
    service.follow(back["update_id"].as_str().unwrap()).await;
    let state = service.get(&format!("{path}/state")).await.expect(200);
    assert_eq!(state["resources"][0]["instances"][0]["attributes"]["triggers_replace"]["value"], "one");
    let versions = service.get(&format!("/api/v1/stacks/{}/states", made["id"].as_str().unwrap())).await.expect(200);
    assert!(versions.as_array().unwrap().len() >= 3, "{versions:#}");
}

#[tokio::test]
async fn an_unknown_resource_type_is_taken_and_fails_in_the_run() {
    let service = Service::start(&[]);
    let deployment = service.deploy("odd", json!({"resource": {"nobody_knows": {"a": {}}}})).await;
    assert_eq!(deployment["status"], "failed", "{deployment:#}");
    assert!(deployment["error"].is_string(), "{deployment:#}");
    service.delete(&format!("/api/v1/deployments/{}", deployment["id"].as_str().unwrap())).await.expect(204);
}

#[tokio::test]
async fn an_update_whose_plan_fails_is_told_at_once_and_touches_nothing() {
    let service = Service::start(&[]);
    let made = service.deploy("steady", one(&json!("x"))).await;
    let path = format!("/api/v1/deployments/{}", made["id"].as_str().unwrap());
    let broken = json!({"terraform_json": {"resource": {"terraform_data": {"a": {"input": "${nothing.here}"}}}}});
    let answer = service.put(&path, &broken).await.expect(400);
    assert_eq!(answer["error"], "plan_failed", "{answer:#}");
    let now = service.deployment(&made).await;
    assert_eq!((&now["status"], &now["resources"]), (&made["status"], &made["resources"]));
}

#[tokio::test]
async fn a_speculative_plan_is_answered_in_one_call() {
    let service = Service::start(&[]);
    let stack = json!({"name": "kept", "terraform_json": one(&json!("x"))});
    let stack = service.post("/api/v1/stacks", &stack).await.expect(201);
    let path = format!("/api/v1/stacks/{}/plan", stack["id"].as_str().unwrap());
    let plan = service.post(&path, &json!({})).await.expect(200);
    assert_eq!(plan["resource_changes"][0]["change"]["actions"], json!(["create"]));
    let streamed = service.request(reqwest::Method::POST, &path).header("accept", "text/event-stream");
    let text = streamed.send().await.unwrap().text().await.unwrap();
    assert!(text.contains("event: progress") && text.contains("event: plan"), "{text}");
}

#[tokio::test]
async fn a_schedule_runs_what_its_stack_is_by_then() {
    let service = Service::start(&[]);
    let stack = json!({"name": "kept", "terraform_json": one(&json!("x"))});
    let stack = service.post("/api/v1/stacks", &stack).await.expect(201);
    let path = format!("/api/v1/stacks/{}", stack["id"].as_str().unwrap());
    let schedule = json!({"name": "new year", "stack_id": stack["id"], "cron": "0 0 1 1 *", "operation": "apply",
        "auto_approve": true});
    let schedule = service.post("/api/v1/schedules", &schedule).await.expect(201);
    service.put(&path, &json!({"terraform_json": one(&json!("y"))})).await.expect(200);
    let trigger = format!("/api/v1/schedules/{}/trigger", schedule["id"].as_str().unwrap());
    let run = service.post(&trigger, &json!({})).await.expect(201);
    service.follow(run["id"].as_str().unwrap()).await;
    let state = service.get(&format!("{path}/states/newest")).await.expect(200);
    assert!(state.to_string().contains("\"y\""), "{state:#}");
}
