//! A plan, as `show -json PLANFILE` gives it.

mod changes;
mod planned;
mod prior;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_config::Config;
use fw_exec::{Action, Mode, Plan, RelevantAttribute, ResourceChange};
use fw_provider::ProviderSchemas;
use fw_schema::Schema;
use fw_state::COMPATIBLE_VERSION;
use fw_value::Value;

use super::writer::Writer;
use super::{DocumentError, Schemas, checks, configuration, state, value};
use crate::time;

pub(super) use changes::reason_name;

/// What the document of a plan is made from.
#[derive(Clone, Copy)]
pub struct PlanDocument<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The configuration it was made from.
    pub config: &'a Config,
    /// The schemas of [`super::providers_of_plan`].
    pub schemas: &'a Schemas,
    /// The normal form of version constraints on one provider, given as they are written.
    pub constraints: &'a dyn Fn(&[&str]) -> String,
}

/// The document of a plan, without a newline at the end.
///
/// # Errors
/// When an object does not fit the schema of its type, or there is no schema.
pub fn plan(document: &PlanDocument<'_>) -> Result<String, DocumentError> {
    let PlanDocument { plan, config, schemas, .. } = *document;
    let mut w = Writer::default();
    w.object(|w| {
        w.key("format_version").string("1.2");
        w.key("terraform_version").string(COMPATIBLE_VERSION);
        variables(plan, config, w);
        w.key("planned_values").object(|w| planned::write(plan, schemas, w));
        resource_changes("resource_drift", drift(plan), schemas, w);
        resource_changes("resource_changes", &plan.resource_changes, schemas, w);
        changes::outputs(&plan.output_changes, w);
        let prior = prior::state(plan, config, schemas);
        if !prior.is_empty() {
            state::write(&prior, schemas, w.key("prior_state"));
        }
        configuration::write(document, w.key("configuration"));
        relevant_attributes(&plan.relevant_attributes, w);
        if !plan.checks.is_empty() {
            checks::write(&plan.checks, w.key("checks"));
        }
        w.key("timestamp").string(&time::seconds(plan.timestamp));
        w.key("applyable").bool(plan.is_applyable());
        w.key("complete").bool(plan.complete);
        w.key("errored").bool(plan.errored);
    });
    w.finish()
}

/// What it takes to show the plan elsewhere.
pub(super) fn for_logs(plan: &Plan, schemas: &Schemas, w: &mut Writer) {
    changes::outputs(&plan.output_changes, w);
    resource_changes("resource_changes", &plan.resource_changes, schemas, w);
    resource_changes("resource_drift", drift(plan), schemas, w);
    relevant_attributes(&plan.relevant_attributes, w);
}

/// What changed outside, as far as it is told: all in plans that only refresh; else not what only moved.
pub(super) fn drift(plan: &Plan) -> impl Iterator<Item = &ResourceChange> {
    let all = plan.mode == Mode::RefreshOnly;
    plan.drift.iter().filter(move |change| all || change.action != Action::NoOp)
}

/// Root variables: as given, else their defaults.
fn variables(plan: &Plan, config: &Config, w: &mut Writer) {
    let declared = config.root().variables.values();
    let mut all: BTreeMap<&str, &Value> =
        declared.filter_map(|variable| Some((&*variable.name, variable.default.as_ref()?))).collect();
    all.extend(plan.variables.iter().map(|(name, value)| (&**name, value)));
    if all.is_empty() {
        return;
    }
    w.key("variables").object(|w| {
        for (name, given) in all {
            w.key(name).object(|w| value::plain(given, w.key("value")));
        }
    });
}

fn resource_changes<'a>(
    name: &str,
    all: impl IntoIterator<Item = &'a ResourceChange>,
    schemas: &Schemas,
    w: &mut Writer,
) {
    let mut all = all.into_iter().filter(|change| changes::is_shown(change)).peekable();
    if all.peek().is_some() {
        w.key(name).array(|w| all.for_each(|change| changes::resource(change, schemas, w)));
    }
}

fn relevant_attributes(all: &[RelevantAttribute], w: &mut Writer) {
    if all.is_empty() {
        return;
    }
    w.key("relevant_attributes").array(|w| {
        for one in all {
            w.object(|w| {
                w.key("resource").display(&one.resource);
                value::path(&one.attribute, w.key("attribute"));
            });
        }
    });
}

/// The schema of what a change is about, noting where there is none.
fn schema_of(change: &ResourceChange, schemas: &Schemas, w: &mut Writer) -> Option<Arc<Schema>> {
    let provider = &change.provider.provider;
    let offered: Option<&ProviderSchemas> = schemas.get(provider).map(|offered| &**offered);
    let schema = offered.and_then(|offered| state::schema_of(offered, &change.address.resource));
    if schema.is_none() {
        w.fail(format!("no schema found for {} (in provider {provider})", change.address));
    }
    schema
}
