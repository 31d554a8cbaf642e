//! The life of a managed resource: validate, read, plan, apply.

use fw_plugin_proto::tfplugin::{
    ApplyResourceChangeRequest, PlanResourceChangeRequest, ReadResourceRequest, ValidateResourceConfigRequest,
};
use fw_provider::{ApplyRequest, ApplyResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse};
use fw_value::Value;

use super::{Outcome, answer, capabilities, partial_answer, refuse_deferred};
use crate::client::call;
use crate::convert::diagnostic::{diagnostics, path};
use crate::convert::value;
use crate::plugin::Plugin;

impl Plugin {
    pub(crate) async fn validate_resource_config(&self, kind: &str, config: Value) -> Outcome<()> {
        let ty = self.resource(kind).await?.implied_type();
        let request = ValidateResourceConfigRequest {
            type_name: kind.to_owned(),
            config: Some(value::encode(&config, &ty)?),
            client_capabilities: capabilities(),
        };
        let response =
            call!(self, "ValidateResourceConfig", validate_resource_type_config | validate_resource_config, request)?;
        Ok(answer(response.diagnostics, || Ok(())))
    }

    pub(crate) async fn read_resource(&self, request: ReadRequest) -> Outcome<ReadResponse> {
        let kind = request.kind;
        let ty = self.resource(&kind).await?.implied_type();
        let sent = ReadResourceRequest {
            type_name: kind.to_string(),
            current_state: Some(value::encode(&request.prior, &ty)?),
            private: request.private,
            provider_meta: self.provider_meta(request.provider_meta.as_ref()).await?,
            client_capabilities: capabilities(),
            current_identity: self.encode_identity(&kind, request.identity.as_ref()).await?,
        };
        let response = call!(self, "ReadResource", read_resource, sent)?;
        let identity = self.decode_identity(&kind, response.new_identity).await?;
        Ok(answer(response.diagnostics, || {
            refuse_deferred(response.deferred.as_ref(), &kind)?;
            Ok(ReadResponse { value: value::decode(response.new_state, &ty)?, private: response.private, identity })
        }))
    }

    pub(crate) async fn plan_resource(&self, request: PlanRequest) -> Outcome<PlanResponse> {
        let kind = request.kind;
        let ty = self.resource(&kind).await?.implied_type();
        let sent = PlanResourceChangeRequest {
            type_name: kind.to_string(),
            prior_state: Some(value::encode(&request.prior, &ty)?),
            proposed_new_state: Some(value::encode(&request.proposed, &ty)?),
            config: Some(value::encode(&request.config, &ty)?),
            prior_private: request.private,
            provider_meta: self.provider_meta(request.provider_meta.as_ref()).await?,
            client_capabilities: capabilities(),
            prior_identity: self.encode_identity(&kind, request.identity.as_ref()).await?,
        };
        let response = call!(self, "PlanResourceChange", plan_resource_change, sent)?;
        let identity = self.decode_identity(&kind, response.planned_identity).await?;
        Ok(answer(response.diagnostics, || {
            refuse_deferred(response.deferred.as_ref(), &kind)?;
            Ok(PlanResponse {
                planned: value::decode(response.planned_state, &ty)?,
                requires_replace: response.requires_replace.into_iter().map(path).collect(),
                private: response.planned_private,
                legacy_type_system: response.legacy_type_system,
                identity,
            })
        }))
    }

    pub(crate) async fn apply_resource(&self, request: ApplyRequest) -> Outcome<ApplyResponse> {
        let kind = request.kind;
        let ty = self.resource(&kind).await?.implied_type();
        let sent = ApplyResourceChangeRequest {
            type_name: kind.to_string(),
            prior_state: Some(value::encode(&request.prior, &ty)?),
            planned_state: Some(value::encode(&request.planned, &ty)?),
            config: Some(value::encode(&request.config, &ty)?),
            planned_private: request.private,
            provider_meta: self.provider_meta(request.provider_meta.as_ref()).await?,
            planned_identity: self.encode_identity(&kind, request.identity.as_ref()).await?,
        };
        let response = call!(self, "ApplyResourceChange", apply_resource_change, sent)?;
        let mut told = diagnostics(response.diagnostics);
        // What was made must be remembered even when something about it is wrong.
        let identity = self.decode_identity(&kind, response.new_identity).await.unwrap_or_else(|why| {
            told.extend(why);
            None
        });
        Ok(partial_answer(told, || {
            Ok(ApplyResponse {
                value: value::decode(response.new_state, &ty)?,
                private: response.private,
                legacy_type_system: response.legacy_type_system,
                identity,
            })
        }))
    }
}
