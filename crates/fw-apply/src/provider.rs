//! Configuring providers.

use std::rc::Rc;

use fw_addr::{AbsProviderConfig, ModulePath};
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Frame, RepetitionData};

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
        // Where there is no block, nothing is evaluated.
        let module =
            self.input.basis.config.provider_block(config).map_or(ModulePath::root(), |_| config.module.clone());
        let frame = self.evaluator.frames(&module).into_iter().next().ok_or_else(|| gone(config))?;
        let elements = self.evaluator.provider_elements(config, &frame, false, found);
        let Some(elements) = elements else { return Ok(()) };
        for element in &elements {
            self.configure_one(element, &frame, found).await?;
        }
        self.kinds.represent(config, elements.first().map(|(first, _)| first)).await
    }

    async fn configure_one(
        &self,
        element: &(AbsProviderConfig, RepetitionData),
        frame: &Rc<Frame>,
        found: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let (config, _) = element;
        let schemas = self.kinds.schemas(&config.provider).await?;
        let schema = &schemas.provider.block;
        let mut told = Diagnostics::new();
        let value = self.evaluator.provider_value(element, frame, schema, &mut told);
        if told.has_errors() {
            return Err(told);
        }
        found.append(told);
        let said = self.kinds.configure(config, value.unwrap_or_else(|| fw_provider::empty_block(schema))).await?;
        let block = self.input.basis.config.provider_block(config);
        let body = block.map(|block| (&block.body, schema));
        found.append(provider_diagnostics(said, body, &config.to_string(), block.map(|block| block.span)));
        Ok(())
    }
}

fn gone(config: &AbsProviderConfig) -> Diagnostics {
    let detail = format!("The module that has the provider configuration {config} has no instances.");
    Diagnostic::error("Provider configuration not present", detail).into()
}
