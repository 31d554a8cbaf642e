//! Real providers, where the machine has a mirror of them: `FORMWORK_TEST_MIRROR` names a directory that contains
//! `registry.terraform.io/NAMESPACE/TYPE/VERSION/PLATFORM/terraform-provider-…`.

#![expect(clippy::print_stdout, clippy::clone_on_ref_ptr, reason = "tests say what they skip and measure")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use fw_plugin_host::{Plugin, SchemaCache, StartOptions};
use fw_provider::Provider as _;
use fw_value::{Type, Value};

fn programs_below(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            programs_below(&path, found);
        } else if entry.file_name().to_string_lossy().starts_with("terraform-provider-") {
            found.push(path);
        }
    }
}

fn programs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    match std::env::var_os("FORMWORK_TEST_MIRROR") {
        Some(mirror) => programs_below(&Path::new(&mirror).join("registry.terraform.io"), &mut found),
        None => println!("skipped: FORMWORK_TEST_MIRROR names no mirror"),
    }
    found.sort();
    found.retain(|program| program.extension().is_none_or(|e| e != "zip"));
    found
}

#[tokio::test]
async fn every_provider_starts_and_all_its_schemas_are_understood() {
    for program in programs() {
        let directory = tempfile::tempdir().expect("a directory");
        let cache = SchemaCache { directory: directory.path().to_owned(), key: "one".to_owned() };
        let mut options = StartOptions::new(&program);
        options.schema_cache = Some(cache.clone());
        let begin = Instant::now();
        let plugin = Plugin::start(options).await.unwrap_or_else(|e| panic!("{}: {}", program.display(), e.describe()));
        let started = begin.elapsed();
        let answer = plugin.schemas().await;
        assert_eq!(answer.diagnostics, vec![], "{}", program.display());
        let schemas = answer.value.expect("schemas");
        let asked = begin.elapsed();
        for table in [&schemas.resources, &schemas.data_sources, &schemas.ephemeral] {
            for name in table.names() {
                assert_eq!(table.problem(name), None, "{} {name}", program.display());
            }
        }
        for name in schemas.functions.names() {
            assert_eq!(schemas.functions.problem(name), None, "{} {name}", program.display());
        }
        println!(
            "{}: protocol {:?}, {} resource types; start {started:?}, schemas {:?}, all {:?}",
            program.file_name().unwrap_or_default().to_string_lossy(),
            plugin.protocol(),
            schemas.resources.len(),
            asked - started,
            begin.elapsed() - asked,
        );
        if schemas.capabilities.schema_optional {
            let kept = cache.load().expect("kept schemas");
            assert_eq!(kept.resources.len(), schemas.resources.len());
        }
        let pid = plugin.pid().expect("a process");
        let ending = Instant::now();
        plugin.shutdown().await;
        println!("  shutdown {:?}", ending.elapsed());
        assert!(!Path::new(&format!("/proc/{pid}")).exists(), "{} still runs", program.display());
    }
}

#[tokio::test]
async fn a_real_object_is_planned_and_made() {
    let Some(program) = programs().into_iter().find(|p| p.to_string_lossy().contains("/hashicorp/random/")) else {
        return println!("skipped: no random provider");
    };
    let plugin = Plugin::start(StartOptions::new(program)).await.expect("a plugin");
    let schemas = plugin.schemas().await.value.expect("schemas");
    assert!(plugin.configure(Value::null(schemas.provider.implied_type())).await.diagnostics.is_empty());
    let ty = schemas.resource("random_pet").expect("random_pet").implied_type();
    let Type::Object(object) = &ty else { panic!("{ty:?}") };
    let attributes = |computed: fn(&Type) -> Value| {
        Value::object(object.attributes().iter().map(|a| {
            let value = match &*a.name {
                "id" => computed(&a.ty),
                "length" => Value::number(3),
                "separator" => Value::string("+"),
                _ => Value::null(a.ty.clone()),
            };
            (a.name.clone(), value)
        }))
    };
    let config = attributes(|ty| Value::null(ty.clone()));
    let plan = plugin
        .plan(fw_provider::PlanRequest {
            kind: "random_pet".into(),
            prior: Value::null(ty.clone()),
            proposed: config.clone(),
            config: config.clone(),
            private: fw_provider::PrivateData::new(),
            provider_meta: None,
            identity: None,
        })
        .await;
    assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
    let plan = plan.value.expect("a plan");
    assert!(!plan.planned.attr("id").expect("id").is_known());
    let applied = plugin
        .apply(fw_provider::ApplyRequest {
            kind: "random_pet".into(),
            prior: Value::null(ty),
            planned: plan.planned,
            config,
            private: plan.private,
            provider_meta: None,
            identity: None,
        })
        .await
        .value
        .expect("an object");
    let id = applied.value.attr("id").expect("id");
    assert_eq!(id.as_str().map(|id| id.split('+').count()), Some(3));
    plugin.shutdown().await;
}
