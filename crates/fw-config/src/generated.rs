//! Resource blocks that are in no file: those generated for imports without configuration.

use std::sync::Arc;

use fw_diag::SourceMap;
use fw_syntax::Body;

use crate::decode;
use crate::model::{Config, ResourceBlock};

impl Config {
    /// The same with the resource block of a text, as if it stood in the root module. A text without one changes nothing.
    #[must_use]
    pub fn with_generated(mut self, text: &str, sources: &SourceMap) -> Self {
        let file = sources.add_hidden("generated configuration", text);
        let (body, _) = fw_syntax::parse_native(file, text);
        let (mut content, _) = decode::file(&Body::Native(body), sources, false);
        let root = self.modules.values_mut().find(|module| module.path.is_root());
        if let (Some(block), Some(root)) = (content.resources.pop(), root) {
            let provider = root.provider_of(&block.provider_config.local_name);
            let block = ResourceBlock { provider, ..block };
            Arc::make_mut(root).resources.insert(block.resource.clone(), Arc::new(block));
        }
        self
    }
}
