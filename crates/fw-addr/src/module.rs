//! Modules in the configuration and their instances.

use std::fmt;
use std::sync::Arc;

use crate::Name;

/// The key of one instance of a resource or module with `count` or `for_each`.
/// Integers sort before strings, as in state files.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InstanceKey {
    /// From `count`.
    Int(i64),
    /// From `for_each`.
    String(Name),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(n) => write!(f, "[{n}]"),
            Self::String(s) => write!(f, "[{}]", crate::parse::quote(s)),
        }
    }
}

/// A module as the configuration names it: the calls from the root, without instance keys. The root is empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(pub Arc<[Name]>);

impl Default for ModulePath {
    fn default() -> Self {
        Self::root()
    }
}

impl ModulePath {
    /// The root module.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from([]))
    }

    /// Whether this is the root module.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The module called by `name` from this one.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        Self(self.0.iter().cloned().chain([Name::from(name)]).collect())
    }

    /// The calling module and the name of the call; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<(Self, &Name)> {
        self.0.split_last().map(|(last, rest)| (Self(rest.into()), last))
    }
}

impl fmt::Display for ModulePath {
    /// `module.a.module.b`; empty for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if i == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

/// One step of a module instance path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleStep {
    /// The name of the call.
    pub name: Name,
    /// The instance, where the call has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

/// An instance of a module: the calls from the root with their instance keys. The root is empty. Outer modules sort
/// before all inner ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleInstance(pub Arc<[ModuleStep]>);

impl Ord for ModuleInstance {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ModuleInstance {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for ModuleInstance {
    fn default() -> Self {
        Self::root()
    }
}

impl ModuleInstance {
    /// The root module's only instance.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from([]))
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The instance `key` of the module called by `name` from this one.
    #[must_use]
    pub fn child(&self, name: &str, key: Option<InstanceKey>) -> Self {
        Self(self.0.iter().cloned().chain([ModuleStep { name: Name::from(name), key }]).collect())
    }

    /// The calling instance and the last step; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<(Self, &ModuleStep)> {
        self.0.split_last().map(|(last, rest)| (Self(rest.into()), last))
    }

    /// The module without instance keys.
    #[must_use]
    pub fn path(&self) -> ModulePath {
        ModulePath(self.0.iter().map(|s| Name::clone(&s.name)).collect())
    }
}

impl fmt::Display for ModuleInstance {
    /// `module.a[0].module.b["x"]`; empty for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            write!(f, "{}module.{}", if i == 0 { "" } else { "." }, step.name)?;
            if let Some(key) = &step.key {
                write!(f, "{key}")?;
            }
        }
        Ok(())
    }
}
