//! Plans that are saved, read again and applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_diag::SourceMap;
use fw_exec::Cancel;
use fw_ops::saved_plan::is_plan_file;
use fw_ops::{ApplyRequest, Engine, PlanFileError, PlanRequest, SavedBackend, SavedPlan, Snapshot};
use fw_plan::PlanOptions;
use fw_store::{LocalState, PersistPolicy, Recorder, StatePaths};
use fw_testkit::{Stack, told};

fn save(stack: &Stack) -> SavedPlan {
    stack.with_engine(|engine, _| {
        let outcome = engine.plan(&PlanRequest {
            state: Arc::new(stack.state()),
            options: &PlanOptions::default(),
            variables: &BTreeMap::new(),
            hooks: &fw_plan::NoHooks,
            cancel: &Cancel::default(),
        });
        SavedPlan {
            plan: outcome.plan,
            snapshot: Snapshot::of(engine.config, engine.sources),
            lock_file: None,
            workspace: "default".to_owned(),
            backend: SavedBackend { kind: "local".to_owned(), settings: BTreeMap::new() },
        }
    })
}

/// Applies with the configuration of the saved plan.
fn apply(stack: &Stack, saved: &SavedPlan) -> String {
    let sources = SourceMap::new();
    let (config, loaded) = saved.configuration(&sources);
    assert!(loaded.is_empty(), "{}", told(&loaded, &sources));
    stack.with_engine(|engine, _| {
        let engine = Engine { config: &config, sources: &sources, ..*engine };
        let mut local = LocalState::new(StatePaths::of(stack.root().join("terraform.tfstate")));
        let state = local.read().expect("a state").0.unwrap_or_default();
        let recorder = Recorder::start(local, &state, PersistPolicy::default()).expect("a journal");
        let outcome = engine.apply(&ApplyRequest {
            plan: &saved.plan,
            variables: &BTreeMap::new(),
            recorder: &fw_ops::Durable(&recorder),
            hooks: &fw_apply::NoHooks,
            cancel: &Cancel::default(),
        });
        recorder.finish().1.expect("the state can be written");
        told(&outcome.diagnostics, &sources)
    })
}

fn stack() -> Stack {
    let stack = Stack::new(
        r#"
        module "m" {
          source = "./m"
          name   = "web"
        }
        output "id" {
          value = module.m.id
        }
        "#,
    );
    stack.write(
        "m/main.tf",
        r#"
        variable "name" {}
        resource "fwtest_object" "o" {
          name   = var.name
          secret = sensitive("hidden")
        }
        resource "terraform_data" "t" {
          input = fwtest_object.o.id
        }
        output "id" {
          value = fwtest_object.o.id
        }
        "#,
    );
    stack.write("m/x_override.tf", "resource \"fwtest_object\" \"o\" {\n  content = \"overridden\"\n}\n");
    stack
}

#[test]
fn a_saved_plan_is_applied_whatever_becomes_of_the_directory() {
    let stack = stack();
    let path = stack.directory().join("saved.plan");
    let saved = save(&stack);
    saved.write(&path, None).unwrap();
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(is_plan_file(&std::fs::read(&path).unwrap()));
    stack.write("main.tf", "nonsense {");
    stack.write("m/main.tf", "");
    let read = SavedPlan::read(&path).unwrap();
    assert_eq!(format!("{:?}", read.plan), format!("{:?}", saved.plan));
    assert_eq!((&read.snapshot, &read.backend, &read.workspace), (&saved.snapshot, &saved.backend, &saved.workspace));
    assert_eq!(read.check_applicable(&stack.state(), None), Ok(()));
    assert_eq!(apply(&stack, &read), "");
    let state = stack.state_text();
    assert!(state.contains("\"overridden\"") && state.contains("\"web-1\""), "{state}");
    // Applied, it is stale.
    let stale = read.check_applicable(&stack.state(), None).unwrap_err();
    assert_eq!(stale.summary, "Saved plan is stale");
}

#[test]
fn a_plan_fits_one_state_only() {
    let stack = stack();
    stack.apply().succeeded();
    let saved = save(&stack);
    let mut other = stack.state();
    assert_eq!(saved.check_applicable(&other, None), Ok(()));
    other.serial += 1;
    assert_eq!(saved.check_applicable(&other, None).unwrap_err().summary, "Saved plan is stale");
    let mut other = stack.state();
    other.lineage = "another".into();
    let problem = saved.check_applicable(&other, None).unwrap_err();
    assert_eq!(problem.summary, "Saved plan does not match the given state");
    let locked = "provider \"registry.terraform.io/hashicorp/x\" {\n  version = \"1.0.0\"\n}\n";
    let problem = saved.check_applicable(&stack.state(), Some(locked)).unwrap_err();
    assert_eq!(problem.summary, "Inconsistent dependency lock file");
    let mut errored = saved;
    errored.plan.errored = true;
    let problem = errored.check_applicable(&stack.state(), None).unwrap_err();
    assert_eq!(problem.summary, "Cannot apply incomplete plan");
}

#[test]
fn other_files_are_no_plans() {
    let bytes = save(&stack()).to_bytes().unwrap();
    let why = |bytes: &[u8]| SavedPlan::from_bytes(bytes).unwrap_err().to_string();
    assert_eq!(why(b""), "the given file is not a valid plan file");
    assert_eq!(why(br#"{"version":4}"#), "the given file is not a valid plan file");
    assert!(why(b"PK\x03\x04rubbish").starts_with("the plan file is damaged: "));
    for length in (4..bytes.len()).step_by(7) {
        assert!(matches!(SavedPlan::from_bytes(&bytes[..length]), Err(PlanFileError::Damaged(_))), "cut at {length}");
    }
    for at in (0..bytes.len()).step_by(3) {
        let mut broken = bytes.clone();
        broken[at] ^= 0x10;
        // Some bytes of an archive mean nothing; none of them may make us panic or read another plan.
        if let Ok(read) = SavedPlan::from_bytes(&broken) {
            let plain = SavedPlan::from_bytes(&bytes).unwrap();
            assert_eq!(format!("{:?}", read.plan), format!("{:?}", plain.plan), "byte {at}");
        }
    }
    let missing = SavedPlan::read(std::path::Path::new("no-such.plan")).unwrap_err();
    let told = missing.diagnostic("no-such.plan");
    assert_eq!(told.summary, "Failed to load \"no-such.plan\" as a plan file");
    assert_eq!(told.detail, "Error: stat no-such.plan: no such file or directory");
}

#[test]
fn plans_of_terraform_are_refused_by_name() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("tfplan", zip::write::SimpleFileOptions::default()).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    let error = SavedPlan::from_bytes(&bytes).unwrap_err();
    assert!(matches!(error, PlanFileError::OfTerraform));
    assert!(error.to_string().starts_with("the given file is a plan file of Terraform or OpenTofu."));
}
