//! Providers that die, hang or talk nonsense in the middle of a call.

use fw_plugin_host::LogLevel;
use fw_provider::{Answer, ApplyResponse, Provider as _};
use fw_value::Value;

use crate::bench::{Bench, good, headlines, text};

/// Makes an object with a script in force.
async fn create(bench: &Bench) -> Answer<ApplyResponse> {
    let (none, config) = bench.config("fwtest_object", vec![("name", "n".into())]).await;
    let plan = good(bench.plan("fwtest_object", &none, &config).await);
    bench.apply("fwtest_object", &none, &config, plan).await
}

#[tokio::test]
async fn a_crash_shows_the_panic_and_the_call() {
    for (protocol, package) in [("5", "plugin"), ("6", "plugin6")] {
        let script = r#"{"apply": {"panic": "the end of it"}}"#;
        let environment = [("FW_TESTPROVIDER_SCRIPT", script), ("FW_TESTPROVIDER_PROTOCOL", protocol)];
        let bench = Bench::start(&environment).await;
        let answer = create(&bench).await;
        assert!(answer.value.is_none());
        assert_eq!(headlines(&answer), ["Plugin did not respond"]);
        let detail = &answer.diagnostics[0].detail;
        let call = format!("failed to respond to the {package}.(*GRPCProvider).ApplyResourceChange call.");
        assert!(detail.contains(&call), "{detail}");
        assert!(detail.contains("panic: the end of it") && detail.contains("goroutine 1"), "{detail}");
        assert!(detail.contains("exit status: 2"), "{detail}");
        assert_eq!(bench.plugin.pid(), None);
        assert!(bench.plugin.panic().is_some());
        let after =
            bench.read("fwtest_object", &bench.config("fwtest_object", vec![("name", "n".into())]).await.1).await;
        assert_eq!(headlines(&after), ["Plugin did not respond"]);
        bench.plugin.shutdown().await;
    }
}

#[tokio::test]
async fn a_quiet_end_is_told_too() {
    let bench = Bench::scripted(r#"{"apply": {"log": "last words", "exit": 3}}"#).await;
    let answer = create(&bench).await;
    assert_eq!(headlines(&answer), ["Plugin did not respond"]);
    let detail = &answer.diagnostics[0].detail;
    assert!(detail.contains("exit status: 3") && detail.contains("last words"), "{detail}");
}

#[tokio::test]
async fn a_killed_plugin_ends_its_calls() {
    let bench = Bench::scripted(r#"{"apply": {"hang": true}}"#).await;
    let (answer, ()) = tokio::join!(create(&bench), async {
        until_called(&bench, "create fwtest_object n").await;
        bench.plugin.kill().await;
    });
    assert_eq!(headlines(&answer), ["Plugin did not respond"]);
    assert!(answer.diagnostics[0].detail.contains("signal: 9"), "{:?}", answer.diagnostics);
}

#[tokio::test]
async fn a_running_call_ends_when_the_provider_is_stopped() {
    let bench = Bench::scripted(r#"{"apply": {"hang": true, "stoppable": true}}"#).await;
    let (answer, ()) = tokio::join!(create(&bench), async {
        until_called(&bench, "create fwtest_object n").await;
        bench.plugin.stop().await;
    });
    assert_eq!(headlines(&answer), ["Plugin error"]);
    assert!(answer.diagnostics[0].detail.contains("the provider was asked to stop"), "{:?}", answer.diagnostics);
    bench.plugin.shutdown().await;
}

/// Waits for a call to reach the plugin.
async fn until_called(bench: &Bench, call: &str) {
    while !bench.calls().iter().any(|c| c == call) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn wrong_answers_are_errors_and_no_panics() {
    for (script, headline) in [
        (r#"{"apply": {"garbage": true}}"#, "an object is required"),
        (r#"{"apply": {"wrong_type": true}}"#, "an object is required"),
        (r#"{"apply": {"grpc_error": {"code": 13, "message": "inside"}}}"#, "Plugin error"),
        (r#"{"apply": {"grpc_error": {"code": 12}}}"#, "Unsupported plugin method"),
        (r#"{"apply": {"grpc_error": {"code": 1}}}"#, "Request cancelled"),
        (r#"{"apply": {"grpc_error": {"code": 14}}}"#, "Plugin did not respond"),
    ] {
        let bench = Bench::scripted(script).await;
        let answer = create(&bench).await;
        assert!(answer.value.is_none(), "{script}");
        let headlines = headlines(&answer);
        assert_eq!(headlines.len(), 1, "{script}: {headlines:?}");
        assert!(headlines[0].contains(headline) && !headlines[0].is_empty(), "{script}: {headlines:?}");
        bench.plugin.shutdown().await;
    }
}

#[tokio::test]
async fn answers_may_be_json_missing_or_null() {
    let bench = Bench::scripted(r#"{"apply": {"json": true}}"#).await;
    assert_eq!(text(&good(create(&bench).await).value, "id"), "n-1");
    bench.plugin.shutdown().await;
    for script in [r#"{"apply": {"missing": true}}"#, r#"{"apply": {"null": true}}"#] {
        let bench = Bench::scripted(script).await;
        let made = good(create(&bench).await).value;
        assert!(made.is_null(), "{script}");
        assert_eq!(*made.ty(), bench.resource("fwtest_object").await.implied_type());
        bench.plugin.shutdown().await;
    }
}

#[tokio::test]
async fn an_error_may_come_with_a_partial_object() {
    let bench = Bench::scripted(r#"{"create": {"error": "half way", "partial": true}}"#).await;
    let answer = create(&bench).await;
    assert_eq!(headlines(&answer), ["half way"]);
    assert_eq!(text(&answer.value.expect("a partial object").value, "id"), "n-1");
    bench.plugin.shutdown().await;
    let bench = Bench::scripted(r#"{"create": {"error": "not at all"}}"#).await;
    let answer = create(&bench).await;
    assert!(answer.value.expect("what there was before").value.is_null());
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn deferred_answers_are_refused() {
    let bench = Bench::scripted(r#"{"plan": {"deferred": true}}"#).await;
    let (none, config) = bench.config("fwtest_object", vec![("name", "n".into())]).await;
    let answer = bench.plan("fwtest_object", &none, &config).await;
    assert_eq!(headlines(&answer), ["Provider deferred changes when Terraform did not allow deferrals"]);
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn unknown_kinds_are_errors() {
    let bench = Bench::start(&[]).await;
    let answer = bench.plugin.validate_resource(&"fwtest_nothing".into(), Value::empty_object()).await;
    assert_eq!(headlines(&answer), ["unknown resource type \"fwtest_nothing\""]);
    bench.plugin.shutdown().await;
}

#[tokio::test]
async fn what_the_provider_logs_is_heard() {
    let bench = Bench::scripted(r#"{"validate": {"log": "[WARN] by hand"}}"#).await;
    let (_, config) = bench.config("fwtest_object", vec![("name", "n".into())]).await;
    good(bench.plugin.validate_resource(&"fwtest_object".into(), config).await);
    bench.plugin.shutdown().await;
    let log = bench.log.lock().unwrap();
    let structured = log.iter().find(|r| r.message == "begin validate").expect("the call");
    assert_eq!((structured.level, structured.module.as_str()), (LogLevel::Debug, "fwtest"));
    assert!(structured.fields.contains(&("kind".to_owned(), "fwtest_object".to_owned())));
    assert!(log.iter().any(|r| r.level == LogLevel::Warn && r.message == "by hand"));
}
