//! Addresses.

use std::sync::Arc;

use fw_addr::{
    AbsProviderConfig, AbsResourceInstance, ConfigResource, InstanceKey, ModuleInstance, ModulePath, ModuleStep,
    Provider, Resource, ResourceMode,
};
use fw_state::DeposedKey;

use super::wire::{Read, Reader, Record, Writer, choice, corrupt, record, write_all};

record!(Provider { host, namespace, kind });
record!(AbsProviderConfig { module, provider, alias, key });
choice!(ResourceMode { 0 => Data, 1 => Managed, 2 => Ephemeral });
record!(Resource { mode, kind, name });
record!(ConfigResource { module, resource });
record!(AbsResourceInstance { module, resource, key });
choice!(InstanceKey { 0 => Int(number), 1 => String(text) });
record!(ModuleStep { name, key });

impl Record for ModulePath {
    fn write(&self, to: &mut Writer) {
        write_all(&self.0, to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Vec::read(from).map(|names| Self(Arc::from(names)))
    }
}

impl Record for ModuleInstance {
    fn write(&self, to: &mut Writer) {
        write_all(&self.0, to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Vec::read(from).map(|steps| Self(Arc::from(steps)))
    }
}

impl Record for DeposedKey {
    fn write(&self, to: &mut Writer) {
        to.string(&self.as_str().into());
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Self::parse(&from.string()?).map_or_else(|| corrupt("invalid deposed key"), Ok)
    }
}
