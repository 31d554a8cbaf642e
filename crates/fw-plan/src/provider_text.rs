//! Problems that providers tell of, as diagnostics with a place in the source.

use fw_addr::AbsProviderConfig;
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_provider::ProviderDiagnostics;
use fw_schema::Block;
use fw_syntax::Body;

/// Finds the place of each problem in the body it is about.
#[must_use]
pub fn provider_diagnostics(
    told: ProviderDiagnostics,
    body: Option<&Body>,
    schema: Option<&Block>,
    address: &str,
) -> Diagnostics {
    told.into_iter()
        .map(|one| {
            let mut diagnostic = match one.severity {
                Severity::Error => Diagnostic::error(one.summary, one.detail),
                Severity::Warning => Diagnostic::warning(one.summary, one.detail),
            };
            if let (Some(body), Some(schema)) = (body, schema) {
                diagnostic.address = Some(address.to_owned());
                diagnostic.subject = fw_lang::find(body, schema, &one.attribute.unwrap_or_default());
            }
            diagnostic
        })
        .collect()
}

/// The message about objects whose provider configuration is gone.
pub(crate) fn missing_provider_configuration(config: &AbsProviderConfig, resource: Option<&str>) -> Diagnostics {
    let what = resource.map_or_else(|| "an object".to_owned(), ToOwned::to_owned);
    if config.key.is_some() {
        let detail = format!(
            "To work with {what} its original provider instance at {config} is required, but it has been removed. This occurs \
             when an element is removed from the provider configuration's for_each collection while objects created by that the \
             associated provider instance still exist in the state. Re-add the for_each element to destroy {what}, after which \
             you can remove the provider configuration again.\n\nThis is commonly caused by using the same for_each collection \
             both for a resource (or its containing module) and its associated provider configuration. To successfully remove \
             an instance of a resource it must be possible to remove the corresponding element from the resource's for_each \
             collection while retaining the corresponding element in the provider's for_each collection."
        );
        return Diagnostic::error("Provider instance not present", detail).into();
    }
    let detail = format!(
        "To work with {what} its original provider configuration at {config} is required, but it has been removed. This \
         occurs when a provider configuration is removed while objects created by that provider still exist in the state. \
         Re-add the provider configuration to destroy {what}, after which you can remove the provider configuration again."
    );
    Diagnostic::error("Provider configuration not present", detail).into()
}
