//! Results of conditions and checks.

use fw_addr::{AbsResourceInstance, ConfigResource};
use fw_state::{CheckKind, CheckObject, CheckResult, CheckResults, CheckStatus};

use super::writer::Writer;
use super::{address, value};

/// All results, sorted by address.
pub(super) fn write(results: &CheckResults, w: &mut Writer) {
    let mut sorted: Vec<&CheckResult> = results.0.iter().collect();
    sorted.sort_by(|a, b| a.config_address.cmp(&b.config_address));
    w.array(|w| sorted.iter().for_each(|result| one(result, w)));
}

fn one(result: &CheckResult, w: &mut Writer) {
    w.object(|w| {
        config_address(result, w.key("address"));
        w.key("status").string(status(result.status));
        let mut objects: Vec<&CheckObject> = result.objects.iter().flatten().collect();
        if objects.is_empty() {
            return;
        }
        objects.sort_by(|a, b| a.address.cmp(&b.address));
        w.key("instances").array(|w| objects.iter().for_each(|one| object(result.kind, one, w)));
    });
}

fn object(kind: CheckKind, object: &CheckObject, w: &mut Writer) {
    w.object(|w| {
        instance_address(kind, &object.address, w.key("address"));
        w.key("status").string(status(object.status));
        if object.failure_messages.is_empty() {
            return;
        }
        let mut messages: Vec<&String> = object.failure_messages.iter().collect();
        messages.sort();
        w.key("problems").array(|w| {
            messages.iter().for_each(|message| w.object(|w| w.key("message").string(message)));
        });
    });
}

fn status(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
        CheckStatus::Unknown => "unknown",
    }
}

/// The module and the name of what is no resource: `module.a["x"]` and `b` of `module.a["x"].output.b`.
fn module_and_name(kind: CheckKind, address: &str) -> (&str, &str) {
    let (rest, name) = address.rsplit_once('.').unwrap_or(("", address));
    let word = kind.as_str();
    (rest.strip_suffix(word).unwrap_or_default().trim_end_matches('.'), name)
}

fn config_address(result: &CheckResult, w: &mut Writer) {
    let text = result.config_address.as_str();
    w.object(|w| {
        let kind = match result.kind {
            CheckKind::Output => "output_value",
            other => other.as_str(),
        };
        w.key("kind").string(kind);
        if result.kind != CheckKind::Resource {
            let (module, name) = module_and_name(result.kind, text);
            w.text_if_any("module", module);
            w.key("name").string(name);
            w.key("to_display").string(text);
            return;
        }
        let Ok(parsed) = text.parse::<ConfigResource>() else { return w.key("to_display").string(text) };
        w.key("mode").string(address::mode(parsed.resource.mode));
        w.text_if_any("module", &parsed.module.to_string());
        w.key("name").string(&parsed.resource.name);
        w.key("to_display").string(text);
        w.key("type").string(&parsed.resource.kind);
    });
}

fn instance_address(kind: CheckKind, text: &str, w: &mut Writer) {
    w.object(|w| {
        if kind == CheckKind::Resource {
            if let Ok(parsed) = text.parse::<AbsResourceInstance>() {
                if let Some(key) = &parsed.key {
                    value::instance_key(key, w.key("instance_key"));
                }
                w.text_if_any("module", &parsed.module.to_string());
            }
        } else {
            w.text_if_any("module", module_and_name(kind, text).0);
        }
        w.key("to_display").string(text);
    });
}
