//! Ephemeral resources.

use fw_plugin_proto::tfplugin::{
    CloseEphemeralResourceRequest, OpenEphemeralResourceRequest, RenewEphemeralResourceRequest,
    ValidateEphemeralResourceConfigRequest,
};
use fw_provider::{OpenRequest, OpenResponse, PrivateData, RenewResponse};
use fw_value::Value;

use super::{Outcome, answer, capabilities, present, refuse_deferred};
use crate::client::call;
use crate::convert::value;
use crate::plugin::Plugin;

impl Plugin {
    pub(crate) async fn validate_ephemeral_config(&self, kind: &str, config: Value) -> Outcome<()> {
        let ty = self.ephemeral(kind).await?.implied_type();
        let config = Some(value::encode(&config, &ty)?);
        let request = ValidateEphemeralResourceConfigRequest { type_name: kind.to_owned(), config };
        let response = call!(self, "ValidateEphemeralResourceConfig", validate_ephemeral_resource_config, request)?;
        Ok(answer(response.diagnostics, || Ok(())))
    }

    pub(crate) async fn open_ephemeral(&self, request: OpenRequest) -> Outcome<OpenResponse> {
        let kind = request.kind;
        let ty = self.ephemeral(&kind).await?.implied_type();
        let sent = OpenEphemeralResourceRequest {
            type_name: kind.to_string(),
            config: Some(value::encode(&request.config, &ty)?),
            client_capabilities: capabilities(),
        };
        let response = call!(self, "OpenEphemeralResource", open_ephemeral_resource, sent)?;
        Ok(answer(response.diagnostics, || {
            refuse_deferred(response.deferred.as_ref(), &kind)?;
            Ok(OpenResponse {
                value: value::decode(response.result, &ty)?,
                private: response.private.unwrap_or_default(),
                renew_at: response.renew_at.map(|t| t.seconds),
            })
        }))
    }

    pub(crate) async fn renew_ephemeral(&self, kind: &str, private: PrivateData) -> Outcome<RenewResponse> {
        let request = RenewEphemeralResourceRequest { type_name: kind.to_owned(), private: present(private) };
        let response = call!(self, "RenewEphemeralResource", renew_ephemeral_resource, request)?;
        Ok(answer(response.diagnostics, || {
            let renew_at = response.renew_at.map(|t| t.seconds);
            Ok(RenewResponse { private: response.private.unwrap_or_default(), renew_at })
        }))
    }

    pub(crate) async fn close_ephemeral(&self, kind: &str, private: PrivateData) -> Outcome<()> {
        let request = CloseEphemeralResourceRequest { type_name: kind.to_owned(), private: present(private) };
        let response = call!(self, "CloseEphemeralResource", close_ephemeral_resource, request)?;
        Ok(answer(response.diagnostics, || Ok(())))
    }
}
