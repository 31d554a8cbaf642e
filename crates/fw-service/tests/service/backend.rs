//! Terraform keeps its state in the service.

use std::path::PathBuf;
use std::process::{Command, Output};

use reqwest::Method;
use serde_json::json;

use crate::harness::{Service, send};

fn terraform() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|path| path.join("terraform")).find(|path| path.exists())
}

#[tokio::test]
async fn terraform_keeps_its_state_here_and_locks_it() {
    let Some(terraform) = terraform() else {
        println!("skipped: there is no terraform");
        return;
    };
    let service = Service::start(&[]);
    let directory = service.path("client");
    std::fs::create_dir(&directory).unwrap();
    let state = format!("{}/api/v1/terraform/state/web", service.address);
    let configuration = format!(
        "terraform {{\n  backend \"http\" {{\n    address = \"{state}\"\n    lock_address = \"{state}\"\n    \
         unlock_address = \"{state}\"\n    username = \"x\"\n  }}\n}}\nresource \"terraform_data\" \"a\" {{\n  input = 1\n}}\n"
    );
    std::fs::write(directory.join("main.tf"), configuration).unwrap();
    let run = |arguments: &[&str]| -> Output {
        Command::new(&terraform)
            .args(arguments)
            .current_dir(&directory)
            .env("TF_HTTP_PASSWORD", &service.token)
            .env("TF_CLI_CONFIG_FILE", service.path("cli.tfrc"))
            .output()
            .unwrap()
    };
    let ok = |output: Output| {
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert!(output.status.success(), "{out}{err}");
        out
    };
    ok(run(&["init", "-no-color"]));
    ok(run(&["apply", "-auto-approve", "-no-color"]));
    assert!(ok(run(&["state", "list"])).contains("terraform_data.a"));

    let stacks = service.get("/api/v1/stacks?name=web").await.expect(200);
    let stack = stacks[0]["id"].as_str().unwrap();
    let versions = service.get(&format!("/api/v1/stacks/{stack}/states")).await.expect(200);
    assert_eq!(versions[0]["resources"], 1, "{versions:#}");

    // Somebody else holds the lock.
    let lock = |method: &str, id: &str| {
        let method: Method = method.parse().unwrap();
        let body = json!({"ID": id, "Operation": "test", "Who": "somebody", "Version": "1", "Created": "2026-01-01T00:00:00Z", "Info": "", "Path": ""});
        service.request(method, "/api/v1/terraform/state/web").body(body.to_string())
    };
    assert_eq!(send(lock("LOCK", "l1")).await.status, 200);
    let refused = run(&["plan", "-no-color"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("l1"), "{told}");
    let held = send(lock("LOCK", "l2")).await;
    assert_eq!((held.status, held.expect(423)["ID"].as_str()), (423, Some("l1")));
    assert_eq!(send(lock("UNLOCK", "l2")).await.status, 423);
    assert_eq!(send(lock("UNLOCK", "l1")).await.status, 200);
    ok(run(&["destroy", "-auto-approve", "-no-color"]));
    let diff = service.get(&format!("/api/v1/stacks/{stack}/states/newest/diff?against=1")).await;
    assert_eq!(diff.status, 200, "{}", diff.text);
}
