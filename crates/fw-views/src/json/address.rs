//! Addresses taken apart, as documents have them.

use fw_addr::{AbsResourceInstance, ResourceMode};

use super::value;
use super::writer::Writer;

/// `managed`, `data` or `ephemeral`.
pub(super) fn mode(mode: ResourceMode) -> &'static str {
    match mode {
        ResourceMode::Managed => "managed",
        ResourceMode::Data => "data",
        ResourceMode::Ephemeral => "ephemeral",
    }
}

/// The members that say which resource instance it is.
pub(super) fn resource(address: &AbsResourceInstance, w: &mut Writer) {
    w.key("address").display(address);
    parts(address, w);
}

/// The members that say mode, type, name and key.
pub(super) fn parts(address: &AbsResourceInstance, w: &mut Writer) {
    let resource = &address.resource;
    w.key("mode").string(mode(resource.mode));
    w.key("type").string(&resource.kind);
    w.key("name").string(&resource.name);
    if let Some(key) = &address.key {
        value::instance_key(key, w.key("index"));
    }
}
