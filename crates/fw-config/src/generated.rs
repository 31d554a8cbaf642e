//! Resource blocks that are in no file: those generated for imports without configuration.

use std::sync::Arc;

use fw_diag::SourceMap;
use fw_syntax::Body;

use crate::decode;
use crate::model::{Config, Module, ResourceBlock};

impl Config {
    /// The same with the resource block of a text, as if it stood in the root module. A text without one changes nothing.
    #[must_use]
    pub fn with_generated(mut self, text: &str, sources: &SourceMap) -> Self {
        let root = self.modules.values_mut().find(|module| module.path.is_root());
        if let Some(root) = root
            && let Some(block) = generated_block(text, root, sources)
        {
            Arc::make_mut(root).resources.insert_sorted(block.resource.clone(), Arc::new(block));
        }
        self
    }
}

/// The resource block of a text, as if it stood in a module.
#[must_use]
pub fn generated_block(text: &str, module: &Module, sources: &SourceMap) -> Option<ResourceBlock> {
    let file = sources.add_hidden("generated configuration", text);
    let (body, _) = fw_syntax::parse_native(file, text);
    let (mut content, _) = decode::file(&Body::Native(body), sources, false);
    let block = content.resources.pop()?;
    let provider = module.provider_of(&block.provider_config.local_name);
    Some(ResourceBlock { provider, ..Arc::unwrap_or_clone(block) })
}
