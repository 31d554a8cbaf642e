//! Problems and attribute paths that providers send.

use fw_diag::Severity;
use fw_plugin_proto::tfplugin::attribute_path::step::Selector;
use fw_plugin_proto::tfplugin::{AttributePath, Diagnostic, diagnostic::Severity as WireSeverity};
use fw_provider::{ProviderDiagnostic, ProviderDiagnostics};
use fw_value::{Path, PathStep, Str, Value};

/// What a provider told beside its answer.
pub(crate) fn diagnostics(from: Vec<Diagnostic>) -> ProviderDiagnostics {
    from.into_iter().map(diagnostic).collect()
}

fn diagnostic(from: Diagnostic) -> ProviderDiagnostic {
    let severity = match from.severity() {
        WireSeverity::Warning => Severity::Warning,
        // A provider that does not say how bad it is should not be trusted that it is harmless.
        WireSeverity::Error | WireSeverity::Invalid => Severity::Error,
    };
    let attribute = from.attribute.map(path).filter(|path| !path.steps().is_empty());
    ProviderDiagnostic { severity, summary: from.summary, detail: from.detail, attribute }
}

/// A path; steps that say nothing are left out.
pub(crate) fn path(from: AttributePath) -> Path {
    let step = |selector| match selector {
        Selector::AttributeName(name) => PathStep::Attribute(Str::from(name)),
        Selector::ElementKeyString(key) => PathStep::Index(Value::string(key)),
        Selector::ElementKeyInt(index) => PathStep::Index(Value::number(index)),
    };
    Path(from.steps.into_iter().filter_map(|s| s.selector).map(step).collect())
}

/// An error without a place.
pub(crate) fn error(summary: impl Into<String>, detail: impl Into<String>) -> ProviderDiagnostic {
    ProviderDiagnostic { severity: Severity::Error, summary: summary.into(), detail: detail.into(), attribute: None }
}

/// Whether an error is among them.
pub(crate) fn has_errors(diagnostics: &ProviderDiagnostics) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}
