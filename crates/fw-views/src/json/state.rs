//! A state, as `show -json` gives it, and as a plan has it as `prior_state`.

use std::sync::Arc;

use fw_addr::{AbsResource, AbsResourceInstance, ResourceMode};
use fw_provider::ProviderSchemas;
use fw_schema::Schema;
use fw_state::{DeposedKey, ObjectState, ObjectStatus, ResourceState, State};
use fw_value::Value;

use super::module_tree::ModuleTree;
use super::writer::Writer;
use super::{DocumentError, Schemas, address, checks, outputs, value};

/// The document of a state; without one or for an empty one only its version.
///
/// # Errors
/// When an object does not fit the schema of its type, or there is no schema.
pub fn state(state: Option<&State>, schemas: &Schemas) -> Result<String, DocumentError> {
    let mut w = Writer::default();
    match state {
        Some(state) => write(state, schemas, &mut w),
        None => write(&State::new(), schemas, &mut w),
    }
    w.finish()
}

pub(super) fn write(state: &State, schemas: &Schemas, w: &mut Writer) {
    w.object(|w| {
        w.key("format_version").string("1.0");
        if state.is_empty() {
            return;
        }
        w.text_if_any("terraform_version", &state.terraform_version);
        w.key("values").object(|w| {
            if !state.outputs.is_empty() {
                outputs::of_state(&state.outputs, w.key("outputs"));
            }
            modules(state, schemas, w.key("root_module"));
        });
        if let Some(results) = state.check_results.as_ref().filter(|results| !results.is_empty()) {
            checks::write(results, w.key("checks"));
        }
    });
}

/// The objects of a state by module.
pub(super) fn modules(state: &State, schemas: &Schemas, w: &mut Writer) {
    let mut tree = ModuleTree::default();
    state.resources().for_each(|(address, resource)| tree.add(&address.module, [(address, resource)]));
    tree.write(w, &mut |(address, resource), w| objects(address, resource, schemas, w));
}

/// The version of a schema that counts for a resource: none but managed ones have versions.
pub(super) fn version_of(schema: &Schema, resource: &fw_addr::Resource) -> u64 {
    match resource.mode {
        ResourceMode::Managed => u64::try_from(schema.version).unwrap_or_default(),
        ResourceMode::Data | ResourceMode::Ephemeral => 0,
    }
}

/// The schema of a resource; nothing where the provider or the type is unknown.
pub(super) fn schema_of(schemas: &ProviderSchemas, resource: &fw_addr::Resource) -> Option<Arc<Schema>> {
    match resource.mode {
        ResourceMode::Managed => schemas.resource(&resource.kind),
        ResourceMode::Data => schemas.data_source(&resource.kind),
        ResourceMode::Ephemeral => schemas.ephemeral_resource(&resource.kind),
    }
}

fn objects(address: &AbsResource, resource: &ResourceState, schemas: &Schemas, w: &mut Writer) {
    let provider = &resource.provider.provider;
    let Some(schema) = schemas.get(provider).and_then(|offered| schema_of(offered, &address.resource)) else {
        return w.fail(format!("no schema found for {} (in provider {provider})", address.resource));
    };
    for (key, instance) in &resource.instances {
        let instance_address = address.instance(key.clone());
        let object = |deposed| Object { address: &instance_address, resource, schema: &schema, deposed };
        if let Some(current) = &instance.current {
            object(None).write(current, w);
        }
        for (key, deposed) in &instance.deposed {
            object(Some(key)).write(deposed, w);
        }
    }
}

struct Object<'a> {
    address: &'a AbsResourceInstance,
    resource: &'a ResourceState,
    schema: &'a Schema,
    deposed: Option<&'a DeposedKey>,
}

impl Object<'_> {
    fn write(&self, object: &ObjectState, w: &mut Writer) {
        let expected = version_of(self.schema, &self.address.resource);
        if self.deposed.is_none() && object.schema_version != expected {
            let (resource, given) = (&self.address.resource, object.schema_version);
            return w.fail(format!(
                "schema version {given} for {resource} in state does not match version {expected} from the provider"
            ));
        }
        let decoded = match object.decode(&self.schema.implied_type()) {
            Ok(decoded) => decoded,
            Err(problem) => return w.fail(problem.to_string()),
        };
        w.object(|w| {
            address::resource(self.address, w);
            w.key("provider_name").display(&self.resource.provider.provider);
            w.key("schema_version").number(if self.deposed.is_none() { &object.schema_version } else { &0 });
            self.values(decoded.value, w);
            if !object.dependencies.is_empty() {
                w.key("depends_on").array(|w| object.dependencies.iter().for_each(|one| w.display(one)));
            }
            w.flag("tainted", object.status == ObjectStatus::Tainted);
            if let Some(key) = self.deposed {
                w.key("deposed_key").string(key.as_str());
            }
        });
    }

    fn values(&self, attributes: Value, w: &mut Writer) {
        let attributes = self.schema.block.mark_sensitive(attributes);
        if attributes.string_entries().next().is_some() {
            value::plain(&attributes, w.key("values"));
        }
        value::sensitive_parts(&attributes, w.key("sensitive_values"));
    }
}
