//! Provisioners of an instance, run one after the other.

use std::rc::Rc;

use fw_addr::AbsResourceInstance;
use fw_config::{OnFailure, Provisioner, When};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Frame, RepetitionData};
use fw_exec::{connection_schema, provisioner_schema};
use fw_schema::Block;
use fw_syntax::Body;
use fw_value::{Marks, Value};

use crate::applier::Applier;
use crate::local_exec::{self, Failure};

/// Where provisioners run.
pub(crate) struct Provisioning<'a> {
    pub(crate) address: &'a AbsResourceInstance,
    pub(crate) frame: &'a Rc<Frame>,
    pub(crate) repetition: RepetitionData,
    /// What `self` means.
    pub(crate) object: &'a Value,
    /// The resource's own connection block.
    pub(crate) connection: Option<&'a Body>,
}

impl Applier<'_> {
    /// Runs those of `provisioners` that are for this occasion, up to the first that fails.
    pub(crate) async fn provision(
        &self,
        place: &Provisioning<'_>,
        provisioners: &[Provisioner],
        when: When,
        found: &mut Diagnostics,
    ) {
        for provisioner in provisioners.iter().filter(|p| p.when == when) {
            let mut told = Diagnostics::new();
            let ran = self.provision_one(place, provisioner, &mut told).await;
            let failed = told.has_errors();
            let forgiven = ran && provisioner.on_failure == OnFailure::Continue;
            if !(failed && forgiven) {
                found.append(told);
            }
            if failed && !forgiven {
                return;
            }
        }
    }

    /// Returns whether it came so far that the provisioner was run.
    async fn provision_one(&self, place: &Provisioning<'_>, provisioner: &Provisioner, told: &mut Diagnostics) -> bool {
        let kind = &*provisioner.kind;
        let Some(schema) = provisioner_schema(kind) else {
            let detail = format!("There is no provisioner \"{kind}\".");
            told.push(Diagnostic::error("Provisioner not found", detail).at(provisioner.span));
            return false;
        };
        let config = self.body_for_self(place, &provisioner.body, &schema, told);
        let connection = self.connection(place, provisioner, told);
        if told.has_errors() {
            return false;
        }
        let marks = config.marks_deep();
        let output = |text: &str| {
            let text = match marks {
                marks if marks.contains(Marks::SENSITIVE) => "(output suppressed due to sensitive value in config)",
                marks if marks.contains(Marks::EPHEMERAL) => "(output suppressed due to ephemeral value in config)",
                _ => text,
            };
            for line in text.split('\n') {
                self.input.hooks.provisioner_output(place.address, kind, line);
            }
        };
        self.input.hooks.before_provisioner(place.address, kind);
        let (config, connection) = (config.unmark_deep().0, connection.unmark_deep().0);
        let result = self.run_provisioner(kind, &config, &connection, &output).await;
        self.input.hooks.after_provisioner(place.address, kind, result.is_err());
        if let Err((summary, detail)) = result {
            let span = provisioner.body.missing().unwrap_or(provisioner.span);
            let problem = Diagnostic::error(summary, detail).at(span);
            told.push(problem.on(place.address.to_string()));
        }
        true
    }

    async fn run_provisioner(
        &self,
        kind: &str,
        config: &Value,
        connection: &Value,
        output: &(dyn for<'l> Fn(&'l str) + '_),
    ) -> Result<(), Failure> {
        match kind {
            "local-exec" => local_exec::run(config, self.input.provisioners, output).await,
            _ => {
                let summary = if kind == "file" { "file provisioner error" } else { "remote-exec provisioner error" };
                let run = self.input.provisioners.remote(kind, config, connection, output).await;
                run.map_err(|why| (summary, why))
            }
        }
    }

    fn body_for_self(&self, place: &Provisioning<'_>, body: &Body, schema: &Block, told: &mut Diagnostics) -> Value {
        let scope = self.evaluator.scope(place.frame, place.repetition.clone()).with_self(place.object.clone());
        self.evaluator.body(body, schema, &scope, told)
    }

    /// The connection: that of the provisioner, and for what it leaves out that of the resource.
    fn connection(&self, place: &Provisioning<'_>, provisioner: &Provisioner, told: &mut Diagnostics) -> Value {
        let mut schema = connection_schema();
        let bodies: Vec<_> = place.connection.into_iter().chain(provisioner.connection.as_ref()).collect();
        if bodies.len() > 1
            && let Some(host) = schema.attributes.get_mut("host")
        {
            // Either of the two may have it.
            (host.required, host.optional) = (false, true);
        }
        let mut connection = Value::null(schema.implied_type());
        for body in bodies {
            let own = self.body_for_self(place, body, &schema, told);
            connection = if connection.is_null() { own } else { overlay(&connection, &own) };
        }
        connection
    }
}

/// `base` with what `own` has.
fn overlay(base: &Value, own: &Value) -> Value {
    let parts = base.string_entries().map(|(name, part)| match own.attr_ref(name) {
        Some(own) if !own.is_null() => own.clone(),
        _ => part.clone(),
    });
    let parts = parts.collect();
    base.with_elements(parts)
}
