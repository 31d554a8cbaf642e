//! Lists of resources, and configuration for what they list.

use fw_plugin_proto::tfplugin::{
    GenerateResourceConfigRequest, ListResourceEvent, ListResourceRequest, ValidateListResourceConfigRequest,
};
use fw_provider::{Answer, ListRequest, ListedObject, ProviderDiagnostics};
use fw_value::{Type, Value};

use super::{Outcome, answer};
use crate::client::call;
use crate::convert::diagnostic::{diagnostics, error};
use crate::convert::value;
use crate::plugin::Plugin;

impl Plugin {
    pub(crate) async fn validate_list_config(
        &self,
        kind: &str,
        config: Value,
        include_resource: Value,
        limit: Value,
    ) -> Outcome<()> {
        let ty = self.list_schema(kind).await?.implied_type();
        let request = ValidateListResourceConfigRequest {
            type_name: kind.to_owned(),
            config: Some(value::encode(&config, &ty)?),
            include_resource_object: Some(value::encode(&include_resource, &Type::Bool)?),
            limit: Some(value::encode(&limit, &Type::Number)?),
        };
        let response = call!(self, "ValidateListResourceConfig", validate_list_resource_config, request)?;
        Ok(answer(response.diagnostics, || Ok(())))
    }

    pub(crate) async fn list_resource(&self, request: ListRequest) -> Outcome<Vec<ListedObject>> {
        let ty = self.list_schema(&request.kind).await?.implied_type();
        let sent = ListResourceRequest {
            type_name: request.kind.to_string(),
            config: Some(value::encode(&request.config, &ty)?),
            include_resource_object: request.include_resource,
            limit: request.limit,
        };
        let limit = usize::try_from(request.limit).unwrap_or(0);
        let mut stream = call!(self, "ListResource", list_resource, sent)?;
        let mut found = Vec::new();
        let mut told = ProviderDiagnostics::new();
        // The connection is given up where a provider goes on beyond the limit.
        while found.len() < limit {
            let event = match stream.message().await {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(status) => {
                    told.extend(self.explain("ListResource", status).await);
                    break;
                }
            };
            match self.listed(&request, event, &mut told).await {
                Ok(one) => found.extend(one),
                Err(problems) => {
                    told.extend(problems);
                    break;
                }
            }
        }
        Ok(Answer { value: Some(found), diagnostics: told })
    }

    /// The object of an event; nothing where it only tells something.
    async fn listed(
        &self,
        request: &ListRequest,
        event: ListResourceEvent,
        told: &mut ProviderDiagnostics,
    ) -> Result<Option<ListedObject>, ProviderDiagnostics> {
        let has_told = !event.diagnostic.is_empty();
        told.extend(diagnostics(event.diagnostic));
        let Some(identity) = self.decode_identity(&request.kind, event.identity).await? else {
            if has_told {
                return Ok(None);
            }
            let detail =
                format!("The provider returned a result of the list \"{}\" without an identity.", request.kind);
            return Err(vec![error("Provider produced an invalid list result", detail)]);
        };
        let object = match event.resource_object {
            Some(object) if request.include_resource => {
                let ty = self.resource(&request.kind).await?.implied_type();
                Some(value::decode(Some(object), &ty)?)
            }
            Some(_) | None => None,
        };
        Ok(Some(ListedObject { display_name: event.display_name, identity, object }))
    }

    pub(crate) async fn generate_resource_config(&self, kind: &str, object: Value) -> Outcome<Value> {
        let ty = self.resource(kind).await?.implied_type();
        let state = Some(value::encode(&object, &ty)?);
        let request = GenerateResourceConfigRequest { type_name: kind.to_owned(), state };
        let response = call!(self, "GenerateResourceConfig", generate_resource_config, request)?;
        Ok(answer(response.diagnostics, || value::decode(response.config, &ty)))
    }
}
