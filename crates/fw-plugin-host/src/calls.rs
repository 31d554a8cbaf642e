//! The calls of the provider trait, by what they are about. Each encodes its request, makes the call, and turns the
//! response into an answer; whatever goes wrong on the way becomes a diagnostic.

pub(crate) mod actions;
pub(crate) mod data;
pub(crate) mod ephemeral;
pub(crate) mod functions;
pub(crate) mod lists;
pub(crate) mod objects;
pub(crate) mod resource;
pub(crate) mod setup;

use fw_plugin_proto::Bytes;
use fw_plugin_proto::tfplugin::{ClientCapabilities, Deferred, Diagnostic, DynamicValue, ResourceIdentityData};
use fw_provider::{Answer, ProviderDiagnostics};
use fw_value::Value;

use crate::convert::diagnostic::{diagnostics, error, has_errors};
use crate::convert::value;
use crate::plugin::Plugin;

/// An answer, or why there is none.
pub(crate) type Outcome<T> = Result<Answer<T>, ProviderDiagnostics>;

/// The trait has one shape for both.
pub(crate) fn flatten<T>(outcome: Outcome<T>) -> Answer<T> {
    outcome.unwrap_or_else(|diagnostics| Answer { value: None, diagnostics })
}

/// What this host can do: values for write-only attributes are sent, deferred actions are not understood.
pub(crate) fn capabilities() -> Option<ClientCapabilities> {
    Some(ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true })
}

/// An answer that counts only without errors.
pub(crate) fn answer<T>(told: Vec<Diagnostic>, make: impl FnOnce() -> Result<T, ProviderDiagnostics>) -> Answer<T> {
    let told = diagnostics(told);
    if has_errors(&told) { Answer { value: None, diagnostics: told } } else { partial_answer(told, make) }
}

/// An answer that counts even with errors.
pub(crate) fn partial_answer<T>(
    mut diagnostics: ProviderDiagnostics,
    make: impl FnOnce() -> Result<T, ProviderDiagnostics>,
) -> Answer<T> {
    match make() {
        Ok(value) => Answer { value: Some(value), diagnostics },
        Err(more) => {
            diagnostics.extend(more);
            Answer { value: None, diagnostics }
        }
    }
}

/// A provider may answer "later" only where it was told that it may.
pub(crate) fn refuse_deferred(deferred: Option<&Deferred>, kind: &str) -> Result<(), ProviderDiagnostics> {
    if deferred.is_none() {
        return Ok(());
    }
    let detail = format!(
        "The provider signaled a deferred action for \"{kind}\", but in this context deferrals are disabled. This is a \
         bug in the provider, please file an issue with the provider developers."
    );
    Err(vec![error("Provider deferred changes when Terraform did not allow deferrals", detail)])
}

impl Plugin {
    /// The value of `provider_meta`, where the provider has such a thing.
    async fn provider_meta(&self, meta: Option<&Value>) -> Result<Option<DynamicValue>, ProviderDiagnostics> {
        let schemas = self.schemas_or_why().await?;
        let Some(schema) = &schemas.provider_meta else { return Ok(None) };
        let ty = schema.implied_type();
        let absent = Value::null(ty.clone());
        value::encode(meta.unwrap_or(&absent), &ty).map(Some)
    }

    /// An identity to send.
    async fn encode_identity(
        &self,
        kind: &str,
        identity: Option<&Value>,
    ) -> Result<Option<ResourceIdentityData>, ProviderDiagnostics> {
        let Some(identity) = identity else { return Ok(None) };
        let ty = self.identity(kind).await?.implied_type();
        let identity_data = Some(value::encode(identity, &ty)?);
        Ok(Some(ResourceIdentityData { identity_data }))
    }

    /// An identity received.
    async fn decode_identity(
        &self,
        kind: &str,
        identity: Option<ResourceIdentityData>,
    ) -> Result<Option<Value>, ProviderDiagnostics> {
        let Some(data) = identity.and_then(|i| i.identity_data) else { return Ok(None) };
        let ty = self.identity(kind).await?.implied_type();
        value::decode(Some(data), &ty).map(Some)
    }
}

/// Private data to send where it may be absent.
pub(crate) fn present(private: Bytes) -> Option<Bytes> {
    (!private.is_empty()).then_some(private)
}
