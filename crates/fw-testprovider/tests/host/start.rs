//! Programs that are no plugins, or bad ones.

use std::time::Duration;

use fw_plugin_host::{Environment, Plugin, StartError, StartOptions};

use crate::bench::options;

async fn failure(options: StartOptions) -> StartError {
    match Plugin::start(options).await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

async fn failure_of(how: &str) -> (StartError, String) {
    let error = failure(options(&[("FW_TESTPROVIDER_START", how)])).await;
    let text = error.describe();
    (error, text)
}

#[tokio::test]
async fn a_program_that_ends_at_once_is_quoted() {
    let (error, text) = failure_of("exit").await;
    assert!(matches!(error, StartError::Exited { .. }), "{text}");
    assert!(text.contains("exit status: 1") && text.contains("panic: cannot start"), "{text}");
}

#[tokio::test]
async fn a_program_that_says_something_else_is_no_plugin() {
    let (error, text) = failure_of("garbage").await;
    assert!(matches!(error, StartError::NotAPlugin { .. }), "{text}");
    assert!(text.contains("Usage: something else entirely"), "{text}");
}

#[tokio::test]
async fn other_protocols_are_named() {
    for (how, part) in [("core", "core plugin protocol 2"), ("protocol", "provider protocol 4"), ("netrpc", "netrpc")] {
        let (error, text) = failure_of(how).await;
        assert!(matches!(error, StartError::Incompatible { .. }) && text.contains(part), "{how}: {text}");
    }
    let (error, text) = failure_of("certificate").await;
    assert!(matches!(error, StartError::Handshake { .. }) && text.contains("certificate"), "{text}");
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_a_failure() {
    let mut options = options(&[("FW_TESTPROVIDER_START", "address")]);
    options.tls = false;
    let error = failure(options).await;
    assert!(matches!(error, StartError::Connect { .. }), "{}", error.describe());
    assert!(error.describe().contains("No such file"), "{}", error.describe());
}

#[tokio::test]
async fn a_plugin_without_a_certificate_is_refused() {
    let (error, text) = failure_of("address").await;
    assert!(matches!(error, StartError::Handshake { .. }) && text.contains("TF_DISABLE_PLUGIN_TLS"), "{text}");
}

#[tokio::test]
async fn a_plugin_that_says_nothing_is_given_up() {
    let mut options = options(&[("FW_TESTPROVIDER_START", "hang")]);
    options.timeout = Duration::from_millis(200);
    let error = failure(options).await;
    assert!(matches!(error, StartError::Timeout { .. }), "{}", error.describe());
}

#[tokio::test]
async fn programs_that_cannot_be_run_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = failure(StartOptions::new(directory.path().join("nothing"))).await;
    assert!(matches!(missing, StartError::Spawn { .. }) && missing.describe().contains("nothing"));
    let data = directory.path().join("data");
    std::fs::write(&data, "no program").unwrap();
    assert!(matches!(failure(StartOptions::new(data)).await, StartError::Spawn { .. }));
}

#[tokio::test]
async fn a_person_is_told_that_it_is_a_plugin() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_fw-testprovider")).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("This binary is a plugin"));
}

#[tokio::test]
async fn an_exact_environment_has_nothing_of_ours() {
    let mut options = options(&[]);
    options.environment = Environment::Exactly(Vec::new());
    Plugin::start(options).await.expect("a plugin").shutdown().await;
}
