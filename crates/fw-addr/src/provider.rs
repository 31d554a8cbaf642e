//! Providers and their configurations.

use std::fmt;

use crate::{ModulePath, Name};

/// The global name of a provider: where it comes from. Printed in full: `registry.terraform.io/hashicorp/aws`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Provider {
    /// The registry host, lower case.
    pub host: Name,
    /// The namespace: `hashicorp`.
    pub namespace: Name,
    /// The type: `aws`.
    pub kind: Name,
}

impl Provider {
    /// The host of source addresses that name none.
    pub const DEFAULT_HOST: &'static str = "registry.terraform.io";

    /// A provider in the default host's `hashicorp` namespace: what an undeclared local name means.
    #[must_use]
    pub fn default_of(kind: &str) -> Self {
        if kind == "terraform" {
            return Self::builtin("terraform");
        }
        Self { host: Self::DEFAULT_HOST.into(), namespace: "hashicorp".into(), kind: kind.into() }
    }

    /// A provider that is part of the program: `terraform.io/builtin/terraform`.
    #[must_use]
    pub fn builtin(kind: &str) -> Self {
        Self { host: "terraform.io".into(), namespace: "builtin".into(), kind: kind.into() }
    }

    /// Whether it is part of the program.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        &*self.host == "terraform.io" && &*self.namespace == "builtin"
    }

    /// As people write it: without the default host, and for display without anything superfluous: `hashicorp/aws`.
    #[must_use]
    pub fn for_display(&self) -> String {
        if &*self.host == Self::DEFAULT_HOST { format!("{}/{}", self.namespace, self.kind) } else { self.to_string() }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.namespace, self.kind)
    }
}

/// A provider configuration as a module names it: `aws` or `aws.west`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalProviderConfig {
    /// The local name.
    pub local_name: Name,
    /// The alias.
    pub alias: Option<Name>,
}

impl fmt::Display for LocalProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local_name)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, ".{alias}"))
    }
}

/// A provider configuration by global name. Printed as in state files:
/// `module.a.provider["registry.terraform.io/hashicorp/aws"].west`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsProviderConfig {
    /// The module that holds the configuration.
    pub module: ModulePath,
    /// The provider.
    pub provider: Provider,
    /// The alias.
    pub alias: Option<Name>,
    /// Which one it is, of a configuration with `for_each`.
    pub key: Option<Name>,
}

impl AbsProviderConfig {
    /// The configuration without its key: all that its block stands for.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { key: None, ..self.clone() }
    }

    /// One of its instances.
    #[must_use]
    pub fn with_key(&self, key: Option<Name>) -> Self {
        Self { key, ..self.clone() }
    }
}

impl fmt::Display for AbsProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "provider[\"{}\"]", self.provider)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, ".{alias}"))?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "[{}]", crate::quote(key)))
    }
}
