//! An installation moves from SQLite to PostgreSQL and Temporal, with all that it has and all that is under way.

use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::distributed::{Installation, KEY, Slow, finished};
use crate::harness::{Service, one, send};

fn migrate(service: &Service, arguments: &[String]) -> Command {
    let mut command = Command::new(fw_testkit::program("formwork"));
    command.args(["admin", "migrate-engine", "--data-dir=data"]).args(arguments).current_dir(service.path(""));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A new key above the old one.
fn to(installation: &Installation, old: &Service) -> Vec<String> {
    let known = std::fs::read_to_string(old.path("data/encryption.key")).expect("the old key");
    let key = installation.root.path().join("key");
    std::fs::write(key, format!("{KEY}\n{known}")).expect("a file");
    let of_servers = installation.flags();
    let flag = |name: &str| {
        let given = of_servers.iter().find(|flag| flag.starts_with(&format!("--{name}="))).expect("it is given");
        format!("--to-{}", given.trim_start_matches('-'))
    };
    vec![flag("database"), flag("objects"), flag("encryption-key")]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_on_at_the_new_place() {
    let Some(installation) = Installation::start("temporal") else { return };
    let root = Arc::clone(&installation.root);
    let mut old = Service::start_in(&root, "old", &["--worker-lease=2".to_owned()], None);
    let kept = old.deploy("kept", one(&json!("x"))).await;
    let kept_path = format!("/api/v1/deployments/{}", kept["id"].as_str().unwrap());
    let state = old.get(&format!("{kept_path}/state")).await.expect(200);
    let viewer = old.token("viewer").await;
    let gated = json!({"name": "gated", "terraform_json": one(&json!("x")), "auto_approve": false});
    let gated = old.post("/api/v1/deployments", &gated).await.expect(201);
    let slow = Slow::begin(&old, root.path(), "under-way").await;
    slow.place().await;

    let arguments = to(&installation, &old);
    let output = migrate(&old, &arguments).output().expect("the program runs");
    assert!(!output.status.success() && text(&output).contains("a server still runs"), "{}", text(&output));
    old.kill();
    // It may be killed anywhere.
    for pause in [5, 40, 90, 150] {
        let mut moving = migrate(&old, &arguments).stdout(Stdio::null()).spawn().expect("the program starts");
        tokio::time::sleep(Duration::from_millis(pause)).await;
        moving.kill().expect("it is ours");
        moving.wait().expect("it ends");
    }
    let output = migrate(&old, &arguments).output().expect("the program runs");
    assert!(output.status.success() && text(&output).contains("engine = \"temporal\""), "{}", text(&output));
    let mut serve = Command::new(fw_testkit::program("formwork"));
    let refused = serve.args(["serve", "--listen=127.0.0.1:0", "--data-dir=data"]).current_dir(old.path("")).output();
    let refused = refused.expect("the program runs");
    assert!(!refused.status.success() && text(&refused).contains("was moved to postgres://"), "{}", text(&refused));

    slow.go_on();
    let new = Service::start_in(&root, "new", &installation.flags(), Some(&old.token));
    assert_eq!(new.deployment(&kept).await, kept);
    assert_eq!(new.get(&format!("{kept_path}/state")).await.expect(200), state);
    let after = finished(&new, &slow.made).await;
    assert!(["completed", "failed"].contains(&after["status"].as_str().unwrap()), "{after:#}");
    let run = gated["run_id"].as_str().unwrap();
    new.post(&format!("/api/v1/runs/{run}/approve"), &json!({})).await.expect(202);
    assert_eq!(finished(&new, &gated).await["status"], "completed");
    let destroying = new.delete(&kept_path).await.expect(202);
    new.follow(destroying["run_id"].as_str().unwrap()).await;
    assert_eq!(new.deployment(&kept).await["status"], "destroyed");
    let url = format!("{}/api/v1/deployments", new.address);
    send(reqwest::Client::new().get(url).bearer_auth(viewer)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_runs_is_told_to_stop() {
    let Some(installation) = Installation::start("embedded") else { return };
    let old = Service::start_in(&installation.root, "old", &[], None);
    let kept = old.deploy("kept", one(&json!("x"))).await;
    let mut arguments = to(&installation, &old);
    arguments.push("--drain".to_owned());
    let moved = migrate(&old, &arguments).spawn().expect("the program starts").wait_with_output();
    let moved = moved.expect("the program runs");
    assert!(moved.status.success(), "{}", text(&moved));
    let new = Service::start_in(&installation.root, "new", &installation.flags(), Some(&old.token));
    assert_eq!(new.deployment(&kept).await, kept);
    // Nothing is moved over what is there.
    let other = Service::start_in(&installation.root, "other", &[], None);
    let mut arguments = to(&installation, &other);
    arguments.push("--drain".to_owned());
    let output = migrate(&other, &arguments).output().expect("the program runs");
    assert!(!output.status.success() && text(&output).contains("installation of its own"), "{}", text(&output));
}
