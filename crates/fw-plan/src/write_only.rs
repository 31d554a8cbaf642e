//! Providers that give back what can only be written.

use fw_addr::AbsResourceInstance;
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Kind;
use fw_value::{Value, go_quoted};

const REST: &str = "Write-only attributes cannot be read back from the provider. This is a bug in the provider, which should \
                    be reported in the provider's own issue tracker.";

/// Where a provider's answer may not have such values.
#[derive(Clone, Copy)]
pub(crate) enum Answer<'a> {
    Plan,
    Refresh,
    /// To the `import` command.
    Import,
    /// To an import of the configuration: what was imported, as people read it.
    PlannedImport(&'a str),
    Upgrade,
    Move,
}

/// An error for each write-only attribute that has a value in an answer.
pub(crate) fn returned(answer: Answer<'_>, kind: &Kind, address: &AbsResourceInstance, value: &Value) -> Diagnostics {
    let returned = |path: &fw_value::Path| {
        let config = go_quoted(&kind.config.to_string());
        let attribute = format!("returned a value for the write-only attribute \"{address}{path}\"");
        let (summary, detail) = match answer {
            Answer::Plan => {
                ("Provider produced invalid plan", format!("Provider {config} {attribute} during planning. {REST}"))
            }
            Answer::Refresh => {
                ("Provider produced invalid object", format!("Provider {config} {attribute} during refresh. {REST}"))
            }
            Answer::Import => (
                "Import returned a non-null value for a write-only attribute",
                format!("Provider {config} {attribute} during import. {REST}"),
            ),
            Answer::PlannedImport(what) => (
                "Import returned a non-null value for a write-only attribute",
                format!("While attempting to import with {what}, the provider {config} {attribute}. {REST}"),
            ),
            Answer::Upgrade => {
                let provider = go_quoted(&kind.config.provider.kind);
                let whose = format!("While attempting to upgrade state of resource {address}, the provider {provider}");
                ("Invalid resource state upgrade", format!("{whose} {attribute}. {REST}"))
            }
            Answer::Move => (
                "Provider returned invalid value",
                format!("The provider {config} {attribute} during an across type move operation to {address}. {REST}"),
            ),
        };
        Diagnostic::error(summary, detail)
    };
    fw_provider::write_only_values(&kind.schema.block, value).iter().map(returned).collect()
}
