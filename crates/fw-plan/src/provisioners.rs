//! Provisioners before they run: whether there are such, and whether their blocks say what they must.

use fw_config::{Provisioner, ResourceBlock};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::ModuleScope;
use fw_exec::{Kind, connection_schema, provisioner_schema};
use fw_value::Value;

use crate::planner::Planner;
use crate::resources::Wanted;

impl Planner<'_> {
    /// Looks at the provisioners of a block, up to the first that is wrong.
    pub(crate) fn validate_provisioners(
        &self,
        block: &ResourceBlock,
        kind: &Kind,
        one: &Wanted,
        told: &mut Diagnostics,
    ) {
        for provisioner in &block.provisioners {
            let scope = self.evaluator.scope(&one.frame, one.repetition.clone()).with_self(kind.unknown());
            let mut found = Diagnostics::new();
            self.validate_provisioner(provisioner, block, &scope, &mut found);
            let failed = found.has_errors();
            told.append(found);
            if failed {
                return;
            }
        }
    }

    fn validate_provisioner(
        &self,
        provisioner: &Provisioner,
        block: &ResourceBlock,
        scope: &ModuleScope<'_, '_>,
        told: &mut Diagnostics,
    ) {
        let Some(schema) = provisioner_schema(&provisioner.kind) else {
            let detail = format!(
                "This configuration requires provisioner plugin \"{}\", which isn't available. If you're intending to use an \
                 external provisioner plugin, you must install it manually into one of the plugin search directories before \
                 running Terraform.",
                provisioner.kind
            );
            told.push(Diagnostic::error("Missing required provisioner plugin", detail));
            return;
        };
        let config = self.evaluator.body(&provisioner.body, &schema, scope, told);
        if !told.has_errors() {
            told.extend(wrong_arguments(&provisioner.kind, &config));
        }
        let mut schema = connection_schema();
        let bodies = [block.connection.as_ref(), provisioner.connection.as_ref()];
        if bodies.iter().all(Option::is_some)
            && let Some(host) = schema.attributes.get_mut("host")
        {
            // Either of the two may have it.
            (host.required, host.optional) = (false, true);
        }
        for body in bodies.into_iter().flatten() {
            let connection = self.evaluator.body(body, &schema, scope, told);
            if connection.attr_ref("type").and_then(Value::as_str) == Some("winrm") {
                let detail = "Machines are only reached with connections of type \"ssh\". Windows has a server for those, too; \
                              set target_platform to \"windows\" then.";
                told.push(
                    Diagnostic::error("Unsupported connection type", detail)
                        .at(body.missing().unwrap_or(provisioner.span)),
                );
            }
        }
    }
}

/// Arguments that go together, or do not.
fn wrong_arguments(kind: &str, config: &Value) -> Option<Diagnostic> {
    let given = |name: &str| config.attr_ref(name).is_some_and(|value| !value.is_null());
    match kind {
        "remote-exec" if ["inline", "script", "scripts"].iter().filter(|name| given(name)).count() != 1 => {
            let detail = "Only one of \"inline\", \"script\", or \"scripts\" must be set";
            Some(Diagnostic::error("Invalid remote-exec provisioner configuration", detail))
        }
        "file" if given("source") && given("content") => {
            Some(Diagnostic::error("Cannot set both 'source' and 'content'", ""))
        }
        "file" if !given("source") && !given("content") => {
            Some(Diagnostic::error("Must provide one of 'source' or 'content'", ""))
        }
        _ => None,
    }
}
