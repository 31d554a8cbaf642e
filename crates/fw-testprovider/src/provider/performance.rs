//! Performing the steps of a script: before a call, and on its answer.

use std::io::Write as _;
use std::time::Duration;

use fw_plugin_proto::Bytes;
use fw_plugin_proto::tfplugin::{AttributePath, Deferred, Diagnostic, DynamicValue, diagnostic::Severity};
use fw_value::json::{self, Node};
use fw_value::{Type, Value};
use tokio::sync::watch;
use tonic::{Code, Status};

use crate::script::{Problem, Step};
use crate::{place, wire};

/// The steps that hold for one call.
pub(crate) struct Performance {
    steps: Vec<Step>,
}

impl Performance {
    /// Those whose condition holds for the object of the call.
    pub(super) fn new(mut steps: Vec<Step>, object: &Value) -> Self {
        steps.retain(|step| step.when.iter().all(|(path, node)| holds(object, path, node)));
        Self { steps }
    }

    /// Everything that comes before the answer, and may prevent it.
    pub(super) async fn before(&self, stopped: watch::Receiver<bool>) -> Result<(), Status> {
        for step in &self.steps {
            if let Some(text) = &step.log {
                drop(writeln!(std::io::stderr(), "{text}"));
            }
            wait(step, stopped.clone()).await?;
            if let Some(message) = &step.panic {
                die(message);
            }
            if let Some(code) = step.exit {
                leave(i32::try_from(code).unwrap_or(1));
            }
            if let Some((code, message)) = &step.grpc_error {
                return Err(Status::new(Code::from(i32::try_from(*code).unwrap_or(2)), message.clone()));
            }
        }
        Ok(())
    }

    /// What scripts tell.
    pub(super) fn diagnostics(&self) -> Vec<Diagnostic> {
        let told = |severity: Severity| {
            move |problem: &Problem| Diagnostic {
                severity: severity as i32,
                summary: problem.summary.clone(),
                detail: problem.detail.clone(),
                attribute: problem.path.as_ref().map(place::to_wire),
            }
        };
        let of_step = |step: &Step| {
            let warnings = step.warnings.iter().map(told(Severity::Warning));
            warnings.chain(step.errors.iter().map(told(Severity::Error))).collect::<Vec<_>>()
        };
        self.steps.iter().flat_map(of_step).collect()
    }

    /// Whether a script makes the call fail.
    pub(super) fn fails(&self) -> bool {
        self.steps.iter().any(|step| !step.errors.is_empty())
    }

    /// Whether a call that fails does its work all the same.
    pub(super) fn partial(&self) -> bool {
        self.steps.iter().any(|step| step.partial)
    }

    /// What private data was not as expected.
    pub(super) fn check_private(&self, private: &[u8]) -> Option<Diagnostic> {
        let expected = self.steps.iter().find_map(|step| step.expect_private.as_ref())?;
        if expected.as_bytes() == private {
            return None;
        }
        let detail = format!("Expected {expected:?}, got {:?}.", String::from_utf8_lossy(private));
        Some(super::problem("Unexpected private data", &detail, None))
    }

    /// What the module told otherwise than expected.
    pub(super) fn check_meta(&self, meta: Option<&DynamicValue>) -> Option<Diagnostic> {
        let expected = self.steps.iter().find_map(|step| step.expect_meta.as_ref())?;
        let ty = Type::object([("module_name", Type::String)]);
        let told = wire::decode(meta, &ty).ok()?;
        let name = if told.is_null() { None } else { crate::fill::text(&told, "module_name") };
        if name == Some(expected) {
            return None;
        }
        Some(super::problem("Unexpected module name", &format!("Expected {expected:?}, got {name:?}."), None))
    }

    /// The value of the answer, changed as scripts say.
    pub(super) fn change(&self, mut value: Value) -> Result<Value, Status> {
        for step in &self.steps {
            for (path, node) in &step.set {
                value = place::replace(&value, path.steps(), &|old| convert(node, old)).map_err(Status::internal)?;
            }
            for path in &step.unknown {
                let unknown = |old: &Value| Ok(Value::unknown(old.ty().clone()));
                value = place::replace(&value, path.steps(), &unknown).map_err(Status::internal)?;
            }
            if step.null {
                value = Value::null(value.ty().clone());
            }
        }
        Ok(value)
    }

    /// The value as it travels, damaged as scripts say.
    pub(super) fn encode(&self, value: &Value, ty: &Type) -> Result<Option<DynamicValue>, Status> {
        let any = |wanted: fn(&Step) -> bool| self.steps.iter().any(wanted);
        if any(|step| step.missing) {
            return Ok(None);
        }
        if any(|step| step.garbage) {
            return Ok(Some(DynamicValue { msgpack: Bytes::from_static(b"\xc1garbage"), json: Bytes::new() }));
        }
        if any(|step| step.wrong_type) {
            let wrong = Value::tuple([Value::string("wrong"), Value::bool(true)]);
            return wire::encode(&wrong, wrong.ty()).map(Some);
        }
        let encode = if any(|step| step.json) { wire::encode_json } else { wire::encode };
        encode(value, ty).map(Some)
    }

    /// Private data of the answer.
    pub(super) fn private(&self, usual: Bytes) -> Bytes {
        let own = self.steps.iter().rev().find_map(|step| step.private.clone());
        own.map_or(usual, Bytes::from)
    }

    /// More reasons to replace.
    pub(super) fn replace(&self) -> impl Iterator<Item = AttributePath> {
        self.steps.iter().flat_map(|step| step.replace.iter().map(place::to_wire))
    }

    /// Whether the answer says that it is of the old SDK.
    pub(super) fn legacy(&self, usual: bool) -> bool {
        self.steps.iter().rev().find_map(|step| step.legacy).unwrap_or(usual)
    }

    /// "Later" instead of an answer.
    pub(super) fn deferred(&self) -> Option<Deferred> {
        self.steps.iter().any(|step| step.deferred).then_some(Deferred { reason: 1 })
    }

    /// The identity of the answer; the inner `None` is none at all.
    pub(super) fn identity(&self) -> Option<&Node> {
        self.steps.iter().rev().find_map(|step| step.identity.as_ref())
    }
}

fn holds(object: &Value, path: &fw_value::Path, node: &Node) -> bool {
    let Some(found) = object.get_path(path) else { return false };
    json::value_of_node(node, found.ty()).is_ok_and(|wanted| wanted == found)
}

fn convert(node: &Node, old: &Value) -> Result<Value, String> {
    // What was decided for a dynamic attribute does not bind its successor.
    let by_type = json::value_of_node(node, old.ty());
    let text = node.to_string();
    by_type.or_else(|_misfit| {
        let ty = json::implied_type(&text).map_err(|e| e.to_string())?;
        json::unmarshal_str(&text, &ty).map_err(|e| e.message)
    })
}

/// Delays and hangs.
async fn wait(step: &Step, mut stopped: watch::Receiver<bool>) -> Result<(), Status> {
    let time = if step.hang { Duration::from_secs(86_400) } else { Duration::from_millis(step.delay_ms) };
    if time.is_zero() {
        return Ok(());
    }
    let stop = async {
        if step.stoppable {
            drop(stopped.wait_for(|stopped| *stopped).await);
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        () = stop => Err(Status::aborted("the provider was asked to stop")),
    }
}

/// Ends as a Go program does that panics.
fn die(message: &str) {
    let trace = "goroutine 1 [running]:\nmain.(*provider).scripted(0xc000012345)\n\tfwtest/main.go:42 +0x1d\n";
    drop(writeln!(std::io::stderr(), "panic: {message}\n\n{trace}"));
    leave(2);
}

#[expect(clippy::exit, reason = "the script asks for it")]
fn leave(code: i32) {
    std::process::exit(code);
}
