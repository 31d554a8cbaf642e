//! The provider's own configuration, and stopping.

use fw_plugin_proto::tfplugin::{ConfigureProviderRequest, StopProviderRequest, ValidateProviderConfigRequest};
use fw_value::Value;

use super::{Outcome, answer, capabilities};
use crate::client::{Client, call};
use crate::convert::value;
use crate::plugin::Plugin;

impl Plugin {
    pub(crate) async fn validate_provider_config(&self, config: Value) -> Outcome<()> {
        let ty = self.schemas_or_why().await?.provider.implied_type();
        let request = ValidateProviderConfigRequest { config: Some(value::encode(&config, &ty)?) };
        // Version 5 answers with a prepared configuration, which has not been used for years.
        let response =
            call!(self, "ValidateProviderConfig", prepare_provider_config | validate_provider_config, request)?;
        Ok(answer(response.diagnostics, || Ok(())))
    }

    pub(crate) async fn configure_provider(&self, config: Value) -> Outcome<()> {
        let ty = self.schemas_or_why().await?.provider.implied_type();
        let request = ConfigureProviderRequest {
            terraform_version: self.terraform_version.clone(),
            config: Some(value::encode(&config, &ty)?),
            client_capabilities: capabilities(),
        };
        let response = call!(self, "ConfigureProvider", configure | configure_provider, request)?;
        Ok(answer(response.diagnostics, || Ok(())))
    }

    pub(crate) async fn stop_provider(&self) {
        let request = StopProviderRequest {};
        // Nothing can be done about a provider that will not stop; the caller goes on waiting or kills it.
        match &self.client {
            Client::V5(client) => drop(client.clone().stop(request).await),
            Client::V6(client) => drop(client.clone().stop_provider(request).await),
        }
    }
}
