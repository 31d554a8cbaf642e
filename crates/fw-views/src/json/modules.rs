//! `modules -json`.

use fw_config::Config;

use super::writer::Writer;

/// The module calls of a configuration, without a newline at the end. `version_of` says which version of a registry
/// module is installed.
#[must_use]
pub fn modules(config: &Config, version_of: &dyn Fn(&fw_addr::ModulePath) -> Option<String>) -> String {
    let mut w = Writer::default();
    w.object(|w| {
        w.key("format_version").string("1.0");
        if config.modules.len() == 1 {
            return w.key("modules").null();
        }
        w.key("modules").array(|w| {
            for path in config.modules.keys() {
                let Some((_, call)) = config.call_of(path) else { continue };
                w.object(|w| {
                    w.key("key").string(&call.name);
                    w.key("source").string(&call.address.to_string());
                    w.key("version").string(&version_of(path).unwrap_or_default());
                });
            }
        });
    });
    w.into_text()
}
