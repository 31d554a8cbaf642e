//! Configuring providers.

use fw_addr::{AbsProviderConfig, InstanceKey};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Expansion, RepetitionData};

use crate::applier::{Applier, provider_diagnostics};

impl Applier<'_> {
    /// Evaluates a provider configuration, starts a provider, and configures it.
    pub(crate) async fn configure(&self, config: &AbsProviderConfig, found: &mut Diagnostics) {
        if let Err(told) = self.try_configure(config, found).await {
            found.append(told);
        }
    }

    /// All elements of a configuration with `for_each`, or the one that there is.
    async fn try_configure(&self, config: &AbsProviderConfig, found: &mut Diagnostics) -> Result<(), Diagnostics> {
        let block = self.input.basis.config.provider_block(config);
        let Some(for_each) = block.and_then(|block| block.for_each.as_deref()) else {
            return self.configure_one(config, RepetitionData::default(), found).await;
        };
        let frame = self.evaluator.frames(&config.module).into_iter().next().ok_or_else(|| gone(config))?;
        let scope = self.evaluator.scope(&frame, RepetitionData::default());
        let Some(expansion) = Expansion::for_each(for_each, &scope, found) else { return Ok(()) };
        let mut first = None;
        for (key, repetition) in expansion.instances() {
            let key = key.and_then(|key| if let InstanceKey::String(name) = key { Some(name) } else { None });
            let one = config.with_key(key);
            self.configure_one(&one, repetition, found).await?;
            first.get_or_insert(one);
        }
        self.kinds.represent(config, first.as_ref()).await
    }

    async fn configure_one(
        &self,
        config: &AbsProviderConfig,
        repetition: RepetitionData,
        found: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let schemas = self.kinds.schemas(&config.provider).await?;
        let schema = &schemas.provider.block;
        let block = self.input.basis.config.provider_block(config);
        let value = match block {
            None => fw_provider::empty_block(schema),
            Some(block) => {
                let frame = self.evaluator.frames(&config.module).into_iter().next().ok_or_else(|| gone(config))?;
                let scope = self.evaluator.scope(&frame, repetition);
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

fn gone(config: &AbsProviderConfig) -> Diagnostics {
    let detail = format!("The module that has the provider configuration {config} has no instances.");
    Diagnostic::error("Provider configuration not present", detail).into()
}
