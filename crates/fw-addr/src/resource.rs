//! Resources: in a module, in the configuration, in a module instance, and their instances.

use std::fmt;

use crate::{InstanceKey, ModuleInstance, ModulePath, Name};

/// What kind of resource block it is. The order is that of state files and plan JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceMode {
    /// `data`: only read.
    Data,
    /// `resource`: created, changed, destroyed.
    Managed,
    /// `ephemeral`: opened in each phase, stored nowhere.
    Ephemeral,
}

/// A resource within its module: mode, type and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// Managed, data or ephemeral.
    pub mode: ResourceMode,
    /// The resource type: `aws_instance`.
    pub kind: Name,
    /// The name in the configuration.
    pub name: Name,
}

impl Resource {
    /// A managed resource.
    #[must_use]
    pub fn managed(kind: &str, name: &str) -> Self {
        Self { mode: ResourceMode::Managed, kind: kind.into(), name: name.into() }
    }

    /// A data source.
    #[must_use]
    pub fn data(kind: &str, name: &str) -> Self {
        Self { mode: ResourceMode::Data, kind: kind.into(), name: name.into() }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.mode {
            ResourceMode::Managed => "",
            ResourceMode::Data => "data.",
            ResourceMode::Ephemeral => "ephemeral.",
        };
        f.write_str(prefix)?;
        f.write_str(&self.kind)?;
        f.write_str(".")?;
        f.write_str(&self.name)
    }
}

/// A resource block of the configuration, for all instances of its module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigResource {
    /// The module it is declared in.
    pub module: ModulePath,
    /// The resource.
    pub resource: Resource,
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

/// A resource in one module instance, with all its instances.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsResource {
    /// The module instance.
    pub module: ModuleInstance,
    /// The resource.
    pub resource: Resource,
}

impl AbsResource {
    /// One instance of it.
    #[must_use]
    pub fn instance(&self, key: Option<InstanceKey>) -> AbsResourceInstance {
        AbsResourceInstance { module: self.module.clone(), resource: self.resource.clone(), key }
    }

    /// Where it is in the configuration.
    #[must_use]
    pub fn config(&self) -> ConfigResource {
        ConfigResource { module: self.module.path(), resource: self.resource.clone() }
    }
}

impl fmt::Display for AbsResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)
    }
}

/// One instance of a resource: what a state file and a plan name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsResourceInstance {
    /// The module instance.
    pub module: ModuleInstance,
    /// The resource.
    pub resource: Resource,
    /// The instance, where the resource has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl AbsResourceInstance {
    /// The resource it is an instance of.
    #[must_use]
    pub fn containing(&self) -> AbsResource {
        AbsResource { module: self.module.clone(), resource: self.resource.clone() }
    }

    /// Where it is in the configuration.
    #[must_use]
    pub fn config(&self) -> ConfigResource {
        ConfigResource { module: self.module.path(), resource: self.resource.clone() }
    }
}

impl fmt::Display for AbsResourceInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        self.resource.fmt(f)?;
        match &self.key {
            Some(key) => write!(f, "{key}"),
            None => Ok(()),
        }
    }
}
