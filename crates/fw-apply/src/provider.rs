//! Configuring providers.

use fw_addr::AbsProviderConfig;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::RepetitionData;

use crate::applier::{Applier, provider_diagnostics};

impl Applier<'_> {
    /// Evaluates a provider configuration, starts a provider, and configures it.
    pub(crate) async fn configure(&self, config: &AbsProviderConfig, found: &mut Diagnostics) {
        if let Err(told) = self.try_configure(config, found).await {
            found.append(told);
        }
    }

    async fn try_configure(&self, config: &AbsProviderConfig, found: &mut Diagnostics) -> Result<(), Diagnostics> {
        let schemas = self.kinds.schemas(&config.provider).await?;
        let schema = &schemas.provider.block;
        let block = self.input.basis.config.provider_block(config);
        let value = match block {
            None => fw_provider::empty_block(schema),
            Some(block) => {
                let frame = self.evaluator.frames(&config.module).into_iter().next().ok_or_else(|| {
                    let detail = format!("The module that has the provider configuration {config} has no instances.");
                    Diagnostics::from(Diagnostic::error("Provider configuration not present", detail))
                })?;
                let scope = self.evaluator.scope(&frame, RepetitionData::default());
                let scope = scope.with_answers(block.answers.clone());
                let mut told = Diagnostics::new();
                let value = self.evaluator.body(&block.body, schema, &scope, &mut told);
                if told.has_errors() {
                    return Err(told);
                }
                found.append(told);
                value
            }
        };
        let said = self.kinds.configure(config, value).await?;
        let body = block.map(|block| (&block.body, schema));
        found.append(provider_diagnostics(said, body, &config.to_string(), block.map(|block| block.span)));
        Ok(())
    }
}
