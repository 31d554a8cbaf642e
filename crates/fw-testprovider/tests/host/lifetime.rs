//! When plugins end, and when they must not.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fw_plugin_host::{Address, Plugin, Protocol, Reattach, SchemaCache, parse_reattach};
use fw_provider::Provider as _;

use crate::bench::{Bench, calls, good, options};

fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie has ended; only its parent has not looked yet.
    !stat.is_empty() && !stat.contains(") Z ")
}

/// Waits for the end of a process.
fn ends(pid: u32) -> bool {
    let begin = Instant::now();
    while runs(pid) && begin.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
    !runs(pid)
}

#[tokio::test]
async fn shutdown_is_quick_and_leaves_nothing() {
    let bench = Bench::start(&[]).await;
    bench.schemas().await;
    let pid = bench.plugin.pid().expect("a process");
    let begin = Instant::now();
    bench.plugin.shutdown().await;
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    // Once more does nothing.
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn a_plugin_that_will_not_end_is_killed() {
    let bench = Bench::start(&[("FW_TESTPROVIDER_START", "stay")]).await;
    let pid = bench.plugin.pid().expect("a process");
    bench.plugin.shutdown().await;
    assert!(!runs(pid));
}

#[tokio::test]
async fn a_dropped_plugin_is_killed() {
    let bench = Bench::start(&[]).await;
    let pid = bench.plugin.pid().expect("a process");
    drop(bench);
    tokio::task::spawn_blocking(move || assert!(ends(pid))).await.unwrap();
}

#[tokio::test]
async fn a_reattached_plugin_is_left_alone() {
    let cloud = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fw-testprovider"))
        .env("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
        .env("PLUGIN_PROTOCOL_VERSIONS", "5")
        .env("FW_TESTPROVIDER_CLOUD", cloud.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let socket = line.split('|').nth(3).unwrap().to_owned();
    let text = format!(
        r#"{{"x":{{"Protocol":"grpc","Pid":{},"Test":true,"Addr":{{"Network":"unix","String":"{socket}"}}}}}}"#,
        child.id()
    );
    let reattach = parse_reattach(&text).unwrap().remove("x").unwrap();
    assert_eq!(reattach.protocol, Protocol::V5);
    let plugin = Plugin::attach("x", reattach, None).await.expect("a plugin");
    assert!(good(plugin.schemas().await).resource("fwtest_object").is_some());
    plugin.shutdown().await;
    plugin.kill().await;
    drop(plugin);
    assert!(child.try_wait().unwrap().is_none(), "it ended");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn reattaching_to_nobody_fails() {
    let nowhere = Reattach { protocol: Protocol::V6, address: Address::Unix("/nowhere/at/all".into()), pid: None };
    assert!(Plugin::attach("x", nowhere, None).await.is_err());
}

#[tokio::test]
async fn kept_schemas_are_not_asked_for_again() {
    let directory = tempfile::tempdir().unwrap();
    let cache = SchemaCache { directory: directory.path().to_owned(), key: "h1:abc=".to_owned() };
    let mut asked = Vec::new();
    for _ in 0..2 {
        let mut options = options(&[]);
        options.schema_cache = Some(cache.clone());
        let bench = Bench::start_with(options).await;
        assert_eq!(bench.schemas().await.identity("fwtest_identity").unwrap().attributes.len(), 2);
        asked.push(calls(bench.cloud.path()));
        bench.plugin.shutdown().await;
    }
    assert_eq!(asked[1], Vec::<String>::new());
    assert!(asked[0].contains(&"schema".to_owned()), "{asked:?}");
    assert!(cache.load().unwrap().resource("fwtest_shapes").is_some());
}

#[tokio::test]
async fn a_provider_that_needs_the_schema_call_gets_it() {
    let directory = tempfile::tempdir().unwrap();
    let cache = SchemaCache { directory: directory.path().to_owned(), key: "k".to_owned() };
    let mut options = options(&[("FW_TESTPROVIDER_NO_SCHEMA_OPTIONAL", "1")]);
    options.schema_cache = Some(cache.clone());
    let bench = Bench::start_with(options).await;
    assert!(!bench.schemas().await.capabilities.schema_optional);
    assert!(cache.load().is_none());
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn the_schema_is_asked_for_once() {
    let bench = Bench::start(&[]).await;
    let (a, b) = tokio::join!(bench.schemas(), bench.schemas());
    assert!(std::sync::Arc::ptr_eq(&a, &b));
    assert_eq!(bench.calls().iter().filter(|c| *c == "schema").count(), 1);
    bench.plugin.shutdown().await;
}
