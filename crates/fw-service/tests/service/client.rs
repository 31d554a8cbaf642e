//! The command line as a client.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::harness::Service;

fn run(service: &Service, directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output: Output = Command::new(fw_testkit::program("formwork"))
        .args(arguments)
        .current_dir(directory)
        .env("HOME", service.path("home"))
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

#[tokio::test]
async fn login_deploy_update_approve_roll_back_destroy() {
    let service = Service::start(&[]);
    let directory = service.path("site");
    std::fs::create_dir_all(&directory).unwrap();
    let write = |trigger: &str| {
        let text = format!(
            "variable \"word\" {{ type = string }}\nresource \"terraform_data\" \"a\" {{\n  input = var.word\n  \
             triggers_replace = \"{trigger}\"\n}}\n"
        );
        std::fs::write(directory.join("main.tf"), text).unwrap();
    };
    let ok = |arguments: &[&str]| {
        let (code, text) = run(&service, &directory, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {text}");
        text
    };
    let (code, text) = run(&service, &directory, &["runs"]);
    assert!(code == Some(1) && text.contains("no server is known"), "{text}");
    let token = service.path("token");
    let text = ok(&["login", "-token-file", token.to_str().unwrap(), &service.address]);
    assert!(text.contains("token:admin") && text.contains("admin"), "{text}");

    write("one");
    let text = ok(&["deploy", "-var", "word=hello"]);
    assert!(text.contains("Deployment site") && text.contains("terraform_data.a"), "{text}");
    assert!(ok(&["runs", "site"]).contains("succeeded"));
    assert!(ok(&["logs", "-f", "site"]).contains("terraform_data.a"));

    write("two");
    let (code, text) = run(&service, &directory, &["deploy", "-var", "word=hello"]);
    assert!(code == Some(1) && text.contains("terraform_data.a would be replaced"), "{text}");
    ok(&["deploy", "-var", "word=hello", "-force"]);
    ok(&["rollback", "site"]);

    let text = ok(&["deploy", "-var", "word=bye", "-auto-approve=false", "-force", "-detach"]);
    assert!(text.contains("formwork logs -f"), "{text}");
    ok(&["approve", "site"]);

    let (code, text) = run(&service, &directory, &["destroy", "site"]);
    assert!(
        code == Some(1) && text.contains("with its 1 object on") && text.contains("nothing was destroyed"),
        "{text}"
    );
    ok(&["destroy", "-auto-approve", "site"]);
    let (code, text) = run(&service, &directory, &["logs", "site"]);
    assert!(code == Some(1) && text.contains("there is no deployment"), "{text}");
}

#[tokio::test]
async fn settings_are_shown_with_their_origins() {
    let service = Service::start(&["--workers-max=0"]);
    let directory = service.path("");
    std::fs::write(directory.join("formwork.toml"), "queue_limit = 7\ndatabase = \"postgres://u:secret@h/d\"\n")
        .unwrap();
    let (code, text) = run(&service, &directory, &["config", "--rate-limit=5"]);
    assert_eq!(code, Some(0), "{text}");
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(
        line("queue_limit").contains("formwork.toml") && line("rate_limit").ends_with("flag --rate-limit"),
        "{text}"
    );
    assert!(line("listen").ends_with("default") && !text.contains("secret"), "{text}");
}
