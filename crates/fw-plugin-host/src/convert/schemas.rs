//! Everything a provider offers, each schema still undecoded until somebody asks for it.

use std::collections::BTreeMap;

use fw_plugin_proto::tfplugin::{ActionSchema, GetProviderSchemaResponse, ServerCapabilities};
use fw_plugin_proto::{Bytes, Message as _};
use fw_provider::{Capabilities, ProviderSchemas, SchemaTable};
use fw_schema::Schema;

use super::{function, identity, schema};
use crate::handshake::Protocol;

/// Makes tables of what came; only the provider's own configuration is converted at once.
pub(crate) fn convert(
    protocol: Protocol,
    response: GetProviderSchemaResponse,
    identities: BTreeMap<String, Bytes>,
) -> Result<ProviderSchemas, String> {
    let own = |bytes: Option<Bytes>| bytes.map(|bytes| schema::decode(protocol, &bytes)).transpose();
    Ok(ProviderSchemas {
        provider: own(response.provider).map_err(|e| format!("provider configuration: {e}"))?.unwrap_or_default(),
        provider_meta: own(response.provider_meta).map_err(|e| format!("provider_meta: {e}"))?,
        resources: schemas(protocol, response.resource_schemas),
        data_sources: schemas(protocol, response.data_source_schemas),
        ephemeral: schemas(protocol, response.ephemeral_resource_schemas),
        lists: schemas(protocol, response.list_resource_schemas),
        actions: table(response.action_schemas, move |bytes| action(protocol, bytes)),
        identities: table(identities, identity::decode),
        functions: table(response.functions, function::decode),
        capabilities: capabilities(response.server_capabilities.unwrap_or_default()),
    })
}

fn action(protocol: Protocol, bytes: &Bytes) -> Result<Schema, String> {
    let action = ActionSchema::decode(Bytes::clone(bytes)).map_err(|error| error.to_string())?;
    schema::decode(protocol, &action.schema)
}

fn schemas(protocol: Protocol, from: BTreeMap<String, Bytes>) -> SchemaTable<Schema> {
    table(from, move |bytes| schema::decode(protocol, bytes))
}

fn table<T>(
    from: BTreeMap<String, Bytes>,
    decode: impl Fn(&Bytes) -> Result<T, String> + Copy + Send + Sync + 'static,
) -> SchemaTable<T> {
    let mut table = SchemaTable::default();
    for (name, bytes) in from {
        table.insert_lazy(name, move || decode(&bytes));
    }
    table
}

pub(crate) fn capabilities(from: ServerCapabilities) -> Capabilities {
    Capabilities {
        plan_destroy: from.plan_destroy,
        schema_optional: from.get_provider_schema_optional,
        move_resource_state: from.move_resource_state,
        generate_resource_config: from.generate_resource_config,
    }
}
