//! The stream of events, line by line as terraform writes it. What is expected was taken from terraform's own output.

use std::io::{self, Write};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use fw_addr::AbsResourceInstance;
use fw_apply::{Hooks as _, Operating};
use fw_diag::{Diagnostic, Diagnostics, SourceMap};
use fw_exec::{Action, EphemeralStep};
use fw_plan::Hooks as _;
use fw_state::{OutputState, State};
use fw_testkit::Stack;
use fw_value::{Type, Value};
use fw_views::json::{Operation, Stream};

/// 2026-11-21T15:07:24Z
const START: i64 = 1_795_273_644;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics here").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream whose clock a test moves.
struct Watched {
    stream: Stream,
    lines: Lines,
    seconds: Arc<AtomicI64>,
}

impl Watched {
    fn new() -> Self {
        let (lines, seconds) = (Lines::default(), Arc::new(AtomicI64::new(START)));
        let now = Arc::clone(&seconds);
        let clock = Box::new(move || (now.load(Ordering::Relaxed), 560_821_000));
        Self { stream: Stream::new(Box::new(lines.clone()), clock), lines, seconds }
    }

    fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    fn text(&self) -> String {
        let bytes = std::mem::take(&mut *self.lines.0.lock().expect("no test panics here"));
        String::from_utf8(bytes).expect("UTF-8")
    }

    /// What was written since the last time, without what all lines have in common.
    fn said(&self) -> String {
        self.text().replace(r#""@module":"terraform.ui","@timestamp":"2026-11-21T15:07:24.560821Z","#, "")
    }
}

fn address(text: &str) -> AbsResourceInstance {
    text.parse().expect("an address")
}

#[test]
fn lines_are_whole_and_in_terraforms_order() {
    let watched = Watched::new();
    watched.stream.version();
    let text = watched.text();
    assert_eq!(
        text,
        "{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\",\"@module\":\"terraform.ui\",\
         \"@timestamp\":\"2026-11-21T15:07:24.560821Z\",\"terraform\":\"1.11.4\",\"type\":\"version\",\"ui\":\"1.2\"}\n"
    );
    watched.stream.init_output("lock_info", "a <b>");
    let text = watched.text();
    assert_eq!(
        text,
        "{\"@level\":\"info\",\"@message\":\"a \\u003cb\\u003e\",\"@module\":\"terraform.ui\",\
         \"@timestamp\":\"2026-11-21T15:07:24Z\",\"message_code\":\"lock_info\",\"type\":\"init_output\"}\n"
    );
}

#[test]
fn diagnostics_have_their_level() {
    let watched = Watched::new();
    let mut told = Diagnostics::new();
    told.push(Diagnostic::error("Broken", "It is."));
    told.push(Diagnostic::warning("Odd", ""));
    watched.stream.diagnostics(&told, &SourceMap::new());
    assert_eq!(
        watched.said(),
        r#"{"@level":"error","@message":"Error: Broken","diagnostic":{"severity":"error","summary":"Broken","detail":"It is."},"type":"diagnostic"}
{"@level":"warn","@message":"Warning: Odd","diagnostic":{"severity":"warning","summary":"Odd","detail":""},"type":"diagnostic"}
"#
    );
}

#[test]
fn operations_begin_go_on_and_end() {
    let watched = Watched::new();
    let at = address("module.m[\"q\"].aws_x.a[0]");
    let before = Value::object([("name", Value::string("n"))]);
    let after = Value::object([("id", Value::string("i-1"))]);
    let operation = Operating { address: &at, deposed: None, action: Action::Update, before: &before, after: &after };
    let resource = r#"{"addr":"module.m[\"q\"].aws_x.a[0]","module":"module.m[\"q\"]","resource":"aws_x.a[0]","implied_provider":"aws","resource_type":"aws_x","resource_name":"a","resource_key":0}"#;
    watched.stream.before_apply(&operation);
    assert_eq!(
        watched.said(),
        format!(
            "{{\"@level\":\"info\",\"@message\":\"module.m[\\\"q\\\"].aws_x.a[0]: Modifying... [name=n]\",\"hook\":{{\"resource\":{resource},\
             \"action\":\"update\",\"id_key\":\"name\",\"id_value\":\"n\"}},\"type\":\"apply_start\"}}\n"
        )
    );
    watched.wait(9);
    watched.stream.tick();
    assert_eq!(watched.said(), "");
    watched.wait(1);
    watched.stream.tick();
    watched.stream.tick();
    let said = watched.said();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("Still modifying... [10s elapsed]"), "{said}");
    assert!(said.ends_with("\"action\":\"update\",\"elapsed_seconds\":10},\"type\":\"apply_progress\"}\n"), "{said}");
    watched.wait(55);
    watched.stream.after_apply(&operation, &after, false);
    let said = watched.said();
    assert!(said.contains("Modifications complete after 1m5s [id=i-1]"), "{said}");
    assert!(
        said.ends_with("\"id_key\":\"id\",\"id_value\":\"i-1\",\"elapsed_seconds\":65},\"type\":\"apply_complete\"}\n"),
        "{said}"
    );
    watched.wait(10);
    watched.stream.tick();
    assert_eq!(watched.said(), "");
}

#[test]
fn failures_are_told_and_not_counted() {
    let stack = Stack::new("resource \"terraform_data\" \"a\" {}\noutput \"o\" {\n  value = 1\n}\n");
    let plan = stack.plan().plan.expect("a plan");
    let watched = Watched::new();
    let nothing = Value::null(Type::Dynamic);
    let at = address("terraform_data.a");
    let operation =
        Operating { address: &at, deposed: None, action: Action::Create, before: &nothing, after: &nothing };
    watched.stream.before_apply(&operation);
    watched.stream.after_apply(&operation, &nothing, true);
    let said = watched.said();
    assert!(said.contains("Creation errored after 0s"), "{said}");
    assert!(said.contains("apply_errored"), "{said}");
    watched.stream.applied(Operation::Apply, &plan);
    assert_eq!(
        watched.said(),
        r#"{"@level":"info","@message":"Apply complete! Resources: 0 added, 0 changed, 0 destroyed.","changes":{"add":0,"change":0,"import":0,"remove":0,"operation":"apply"},"type":"change_summary"}
"#
    );
    watched.stream.plan(&plan);
    assert_eq!(
        watched.said(),
        r#"{"@level":"info","@message":"terraform_data.a: Plan to create","change":{"resource":{"addr":"terraform_data.a","module":"","resource":"terraform_data.a","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"a","resource_key":null},"action":"create"},"type":"planned_change"}
{"@level":"info","@message":"Plan: 1 to add, 0 to change, 0 to destroy.","changes":{"add":1,"change":0,"import":0,"remove":0,"operation":"plan"},"type":"change_summary"}
{"@level":"info","@message":"Outputs: 1","outputs":{"o":{"sensitive":false,"action":"create"}},"type":"outputs"}
"#
    );
}

#[test]
fn refreshing_provisioners_and_ephemeral_resources() {
    let watched = Watched::new();
    let at = address("local_file.f");
    let resource = r#"{"addr":"local_file.f","module":"","resource":"local_file.f","implied_provider":"local","resource_type":"local_file","resource_name":"f","resource_key":null}"#;
    watched.stream.refreshing(&at, None, Some("x"));
    watched.stream.refreshed(&at, None, None);
    watched.stream.before_provisioner(&at, "local-exec");
    watched.stream.provisioner_output(&at, "local-exec", "done  ");
    watched.stream.provisioner_output(&at, "local-exec", "  ");
    watched.stream.after_provisioner(&at, "local-exec", true);
    fw_apply::Hooks::ephemeral(&watched.stream, &at, EphemeralStep::Opening, false);
    fw_apply::Hooks::ephemeral(&watched.stream, &at, EphemeralStep::Opened, false);
    let expected = [
        ("Refreshing state... [id=x]", r#","id_key":"id","id_value":"x""#, "refresh_start"),
        ("Refresh complete", "", "refresh_complete"),
        ("Provisioning with 'local-exec'...", r#","provisioner":"local-exec""#, "provision_start"),
        ("(local-exec): done", r#","provisioner":"local-exec","output":"done""#, "provision_progress"),
        ("(local-exec) Provisioning errored", r#","provisioner":"local-exec""#, "provision_errored"),
        ("Opening...", r#","action":"open""#, "ephemeral_op_start"),
        ("Opening complete after 0s", r#","action":"open","elapsed_seconds":0"#, "ephemeral_op_complete"),
    ];
    let expected: String = expected
        .iter()
        .map(|(text, members, kind)| {
            format!(
                "{{\"@level\":\"info\",\"@message\":\"local_file.f: {text}\",\"hook\":{{\"resource\":{resource}{members}}},\"type\":\"{kind}\"}}\n"
            )
        })
        .collect();
    assert_eq!(watched.said(), expected);
}

#[test]
fn sensitive_outputs_are_not_shown() {
    let watched = Watched::new();
    let mut state = State::new();
    let output = |sensitive| OutputState { value: Value::string("s3"), sensitive };
    state.outputs.insert("a".into(), output(false));
    state.outputs.insert("b".into(), output(true));
    watched.stream.outputs(&state);
    assert_eq!(
        watched.said(),
        r#"{"@level":"info","@message":"Outputs: 2","outputs":{"a":{"sensitive":false,"type":"string","value":"s3"},"b":{"sensitive":true,"type":"string"}},"type":"outputs"}
"#
    );
}

#[test]
fn a_reader_that_is_gone_is_no_failure() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let stream = Stream::new(Box::new(Gone), Box::new(|| (0, 0)));
    stream.version();
    stream.log("nobody hears it");
}
