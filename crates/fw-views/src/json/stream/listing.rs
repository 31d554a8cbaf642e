//! What is told of lists of resources.

use fw_value::Value;

use super::super::value;
use super::{Level, Stream};

/// A list while it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// `list.type.name`, with its key.
    pub address: &'a str,
    /// The type of what is listed.
    pub kind: &'a str,
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct ListedResource<'a> {
    /// For people.
    pub display_name: &'a str,
    /// What names it in the real world.
    pub identity: &'a Value,
    /// The version of the identity's schema.
    pub identity_version: i64,
    /// The object, if it was asked for.
    pub object: Option<&'a Value>,
    /// A `resource` block and an `import` block for it, where they were asked for.
    pub configuration: Option<(&'a str, &'a str)>,
}

impl Stream {
    /// A provider is asked for a list.
    pub fn list_start(&self, listing: Listing<'_>, config: &Value) {
        let message = format!("{}: Starting query...", listing.address);
        self.event(Level::Info, &message, "list_start", |w| {
            w.key("list_start").object(|w| {
                w.key("address").string(listing.address);
                w.key("resource_type").string(listing.kind);
                if config.string_entries().next().is_some() {
                    value::plain(config, w.key("input_config"));
                }
            });
        });
    }

    /// A list has this.
    pub fn list_resource_found(&self, listing: Listing<'_>, found: &ListedResource<'_>) {
        let message = format!("{}: Result found", listing.address);
        self.event(Level::Info, &message, "list_resource_found", |w| {
            w.key("list_resource_found").object(|w| {
                w.key("address").string(listing.address);
                w.key("display_name").string(found.display_name);
                value::plain(found.identity, w.key("identity"));
                w.key("identity_version").number(&found.identity_version);
                w.key("resource_type").string(listing.kind);
                if let Some(object) = found.object {
                    value::plain(object, w.key("resource_object"));
                }
                if let Some((config, import)) = found.configuration {
                    w.key("config").string(config);
                    w.key("import_config").string(import);
                }
            });
        });
    }

    /// A list has ended.
    pub fn list_complete(&self, listing: Listing<'_>, total: usize) {
        let message = format!("{}: List complete", listing.address);
        self.event(Level::Info, &message, "list_complete", |w| {
            w.key("list_complete").object(|w| {
                w.key("address").string(listing.address);
                w.key("resource_type").string(listing.kind);
                w.key("total").number(&total);
            });
        });
    }
}
