//! Objects that come from elsewhere: older schema versions, imports, other resource types.

use fw_plugin_proto::Bytes;
use fw_plugin_proto::tfplugin::import_resource_state_response::ImportedResource;
use fw_plugin_proto::tfplugin::{
    ImportResourceStateRequest, MoveResourceStateRequest, RawState, UpgradeResourceIdentityRequest,
    UpgradeResourceStateRequest,
};
use fw_provider::{
    ImportRequest, ImportResponse, ImportTarget, ImportedObject, MoveRequest, MoveResponse, ProviderDiagnostics,
    StoredAttributes, UpgradeRequest, UpgradeResponse,
};
use fw_value::Value;

use super::{Outcome, answer, capabilities, partial_answer, refuse_deferred};
use crate::client::call;
use crate::convert::diagnostic::{diagnostics, has_errors};
use crate::convert::value;
use crate::plugin::Plugin;

fn json_state(json: Bytes) -> RawState {
    RawState { json, ..RawState::default() }
}

fn raw_state(stored: StoredAttributes) -> RawState {
    match stored {
        StoredAttributes::Json(json) => json_state(json),
        StoredAttributes::Flatmap(flatmap) => RawState { json: Bytes::new(), flatmap },
    }
}

impl Plugin {
    pub(crate) async fn upgrade_state(&self, request: UpgradeRequest) -> Outcome<UpgradeResponse> {
        let kind = request.kind;
        let ty = self.resource(&kind).await?.implied_type();
        let raw_state = Some(raw_state(request.stored));
        let sent = UpgradeResourceStateRequest { type_name: kind.to_string(), version: request.version, raw_state };
        let response = call!(self, "UpgradeResourceState", upgrade_resource_state, sent)?;
        Ok(answer(response.diagnostics, || Ok(UpgradeResponse { value: value::decode(response.upgraded_state, &ty)? })))
    }

    pub(crate) async fn upgrade_stored_identity(&self, kind: &str, version: i64, stored: Bytes) -> Outcome<Value> {
        let ty = self.identity(kind).await?.implied_type();
        let raw_identity = Some(json_state(stored));
        let sent = UpgradeResourceIdentityRequest { type_name: kind.to_owned(), version, raw_identity };
        let response = call!(self, "UpgradeResourceIdentity", upgrade_resource_identity, sent)?;
        Ok(answer(response.diagnostics, || {
            value::decode(response.upgraded_identity.and_then(|i| i.identity_data), &ty)
        }))
    }

    pub(crate) async fn import_state(&self, request: ImportRequest) -> Outcome<ImportResponse> {
        let kind = request.kind;
        self.resource(&kind).await?;
        let (id, identity) = match &request.target {
            ImportTarget::Id(id) => (id.clone(), None),
            ImportTarget::Identity(identity) => (String::new(), Some(identity)),
        };
        let sent = ImportResourceStateRequest {
            type_name: kind.to_string(),
            id,
            client_capabilities: capabilities(),
            identity: self.encode_identity(&kind, identity).await?,
        };
        let response = call!(self, "ImportResourceState", import_resource_state, sent)?;
        let told = diagnostics(response.diagnostics);
        if has_errors(&told) {
            return Err(told);
        }
        refuse_deferred(response.deferred.as_ref(), &kind)?;
        let mut objects = Vec::with_capacity(response.imported_resources.len());
        for one in response.imported_resources {
            objects.push(self.imported(one).await?);
        }
        Ok(partial_answer(told, || Ok(ImportResponse { objects })))
    }

    /// One imported object; it may be of another type than the one asked for.
    async fn imported(&self, one: ImportedResource) -> Result<ImportedObject, ProviderDiagnostics> {
        let ty = self.resource(&one.type_name).await?.implied_type();
        Ok(ImportedObject {
            value: value::decode(one.state, &ty)?,
            private: one.private,
            identity: self.decode_identity(&one.type_name, one.identity).await?,
            kind: one.type_name.into(),
        })
    }

    pub(crate) async fn move_stored(&self, request: MoveRequest) -> Outcome<MoveResponse> {
        let kind = request.target_kind;
        let ty = self.resource(&kind).await?.implied_type();
        let (source_identity, source_identity_schema_version) = match request.source_identity {
            Some((json, version)) => (Some(json_state(json)), version),
            None => (None, 0),
        };
        let sent = MoveResourceStateRequest {
            source_provider_address: request.source_provider,
            source_type_name: request.source_kind.to_string(),
            source_schema_version: request.source_version,
            source_state: Some(json_state(request.source)),
            target_type_name: kind.to_string(),
            source_private: request.source_private,
            source_identity,
            source_identity_schema_version,
        };
        let response = call!(self, "MoveResourceState", move_resource_state, sent)?;
        let identity = self.decode_identity(&kind, response.target_identity).await?;
        Ok(answer(response.diagnostics, || {
            let value = value::decode(response.target_state, &ty)?;
            Ok(MoveResponse { value, private: response.target_private, identity })
        }))
    }
}
