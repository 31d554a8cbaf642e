//! Data sources.

use fw_plugin_proto::tfplugin::{ReadDataSourceRequest, ValidateDataResourceConfigRequest};
use fw_provider::ReadDataRequest;
use fw_value::Value;

use super::{Outcome, answer, capabilities, refuse_deferred};
use crate::client::call;
use crate::convert::value;
use crate::plugin::Plugin;

impl Plugin {
    pub(crate) async fn validate_data_config(&self, kind: &str, config: Value) -> Outcome<()> {
        let ty = self.data_source(kind).await?.implied_type();
        let config = Some(value::encode(&config, &ty)?);
        let request = ValidateDataResourceConfigRequest { type_name: kind.to_owned(), config };
        let response = call!(
            self,
            "ValidateDataResourceConfig",
            validate_data_source_config | validate_data_resource_config,
            request
        )?;
        Ok(answer(response.diagnostics, || Ok(())))
    }

    pub(crate) async fn read_data_source(&self, request: ReadDataRequest) -> Outcome<Value> {
        let kind = request.kind;
        let ty = self.data_source(&kind).await?.implied_type();
        let sent = ReadDataSourceRequest {
            type_name: kind.to_string(),
            config: Some(value::encode(&request.config, &ty)?),
            provider_meta: self.provider_meta(request.provider_meta.as_ref()).await?,
            client_capabilities: capabilities(),
        };
        let response = call!(self, "ReadDataSource", read_data_source, sent)?;
        Ok(answer(response.diagnostics, || {
            refuse_deferred(response.deferred.as_ref(), &kind)?;
            value::decode(response.state, &ty)
        }))
    }
}
