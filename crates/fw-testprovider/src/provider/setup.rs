//! The provider's own configuration, and stopping.

use std::path::PathBuf;
use std::sync::PoisonError;

use fw_plugin_proto::tfplugin::{
    ConfigureProviderRequest, ConfigureProviderResponse, StopProviderRequest, StopProviderResponse,
    ValidateProviderConfigRequest, ValidateProviderConfigResponse,
};
use fw_value::Value;
use tonic::Status;

use super::{Provider, broken_cloud, problem};
use crate::cloud::Cloud;
use crate::{fill, wire};

impl Provider {
    pub(crate) async fn validate_provider(
        &self,
        request: ValidateProviderConfigRequest,
    ) -> Result<ValidateProviderConfigResponse, Status> {
        let config = wire::decode(request.config.as_ref(), &self.catalogue.provider.implied_type())?;
        let performance = self.begin(&["validate_provider"], "", &config).await?;
        Ok(ValidateProviderConfigResponse { prepared_config: request.config, diagnostics: performance.diagnostics() })
    }

    pub(crate) async fn configure(
        &self,
        request: ConfigureProviderRequest,
    ) -> Result<ConfigureProviderResponse, Status> {
        let config = wire::decode(request.config.as_ref(), &self.catalogue.provider.implied_type())?;
        let mut diagnostics = Vec::new();
        // First, so that this call is in the log of the right cloud.
        if let Some(directory) = fill::text(&config, "cloud") {
            match Cloud::open(Some(PathBuf::from(directory))) {
                Ok(cloud) => *self.cloud.lock().unwrap_or_else(PoisonError::into_inner) = cloud,
                Err(error) => diagnostics.push(broken_cloud(&error)),
            }
        }
        let performance = self.begin(&["configure"], "", &config).await?;
        diagnostics.extend(performance.diagnostics());
        let script = fill::text(&config, "script");
        if let Ok(scripts) = &self.scripts
            && let Err(mistake) = scripts.of_provider(script)
        {
            diagnostics.push(problem("Invalid script", &mistake, None));
        }
        Ok(ConfigureProviderResponse { diagnostics })
    }

    pub(crate) async fn stop(&self, _request: StopProviderRequest) -> Result<StopProviderResponse, Status> {
        self.stopped.send_replace(true);
        self.begin(&["stop"], "", &Value::empty_object()).await?;
        Ok(StopProviderResponse::default())
    }
}
