//! Changes of resource instances and root outputs.

use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResourceInstance, Name};
use fw_value::{Path, Value};

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// A new object.
    Create,
    /// A data source read while applying.
    Read,
    /// A change in place.
    Update,
    /// Replacement, the old object first destroyed.
    DeleteThenCreate,
    /// Replacement, the new object first created.
    CreateThenDelete,
    /// Destruction.
    Delete,
    /// Removal from the state only.
    Forget,
    /// Replacement, the old object only forgotten.
    CreateThenForget,
}

impl Action {
    /// Whether a new object takes the place of an old one.
    #[must_use]
    pub fn is_replace(self) -> bool {
        matches!(self, Self::DeleteThenCreate | Self::CreateThenDelete | Self::CreateThenForget)
    }

    /// Whether an object that there is will be destroyed or forgotten.
    #[must_use]
    pub fn ends_object(self) -> bool {
        self.is_replace() || matches!(self, Self::Delete | Self::Forget)
    }
}

/// Why this action, where the configuration alone does not say it. Plan JSON names are in `fw-views`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionReason {
    /// Replacement because the object is tainted.
    ReplaceBecauseTainted,
    /// Replacement by request (`-replace`).
    ReplaceByRequest,
    /// Replacement by `replace_triggered_by`.
    ReplaceByTriggers,
    /// Replacement because the provider can't update.
    ReplaceBecauseCannotUpdate,
    /// Deletion: no resource block.
    DeleteBecauseNoResourceConfig,
    /// Deletion: the instance has the wrong kind of key.
    DeleteBecauseWrongRepetition,
    /// Deletion: `count` is smaller now.
    DeleteBecauseCountIndex,
    /// Deletion: the key is no longer in `for_each`.
    DeleteBecauseEachKey,
    /// Deletion: `enabled` is false.
    DeleteBecauseEnabledFalse,
    /// Deletion: the module instance is gone.
    DeleteBecauseNoModule,
    /// Deletion: moved to an address that has no configuration.
    DeleteBecauseNoMoveTarget,
    /// Read while applying: the configuration is not known yet.
    ReadBecauseConfigUnknown,
    /// Read while applying: something it depends on changes.
    ReadBecauseDependencyPending,
    /// Read while applying: nested in a check.
    ReadBecauseCheckNested,
}

/// An object is taken over instead of created.
#[derive(Clone, Debug, PartialEq)]
pub struct Importing {
    /// The id, when imported by id.
    pub id: Option<String>,
    /// The identity, when imported by identity.
    pub identity: Option<Value>,
    /// Whether the id is not known yet.
    pub unknown: bool,
}

impl Importing {
    /// As people are told of it: the id, or the parts of the identity.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        if let Some(id) = &self.id {
            return Some(id.clone());
        }
        let parts = self.identity.as_ref()?.string_entries().filter(|(_, value)| !value.is_null());
        let parts = parts.map(|(name, value)| format!("{name}={}", fw_lang::format::format_value(value, 0)));
        Some(parts.collect::<Vec<_>>().join(","))
    }
}

/// The change of one object of one resource instance.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceChange {
    /// The instance.
    pub address: AbsResourceInstance,
    /// Where it was before `moved` blocks; the same where it was not moved.
    pub previous_address: AbsResourceInstance,
    /// The deposed object concerned, instead of the current one.
    pub deposed: Option<fw_state::DeposedKey>,
    /// The provider configuration that does it.
    pub provider: AbsProviderConfig,
    /// What is done.
    pub action: Action,
    /// Why, where it needs saying.
    pub reason: Option<ActionReason>,
    /// The object before, with marks; null when there is none.
    pub before: Value,
    /// The object after as far as known, with marks; null when there is none.
    pub after: Value,
    /// Identity before.
    pub before_identity: Option<Value>,
    /// Identity after.
    pub after_identity: Option<Value>,
    /// Attributes whose change makes the replacement necessary.
    pub required_replace: Vec<Path>,
    /// Set when the object is imported.
    pub importing: Option<Importing>,
    /// Configuration generated for an import without one.
    pub generated_config: Option<String>,
    /// The provider's private data for apply.
    pub private: bytes::Bytes,
    /// What to store as the object's dependencies: all resources it depends on, transitively.
    pub dependencies: Arc<[fw_addr::ConfigResource]>,
    /// What to store as `create_before_destroy`.
    pub create_before_destroy: bool,
}

impl ResourceChange {
    /// Whether anything is done or told about it.
    #[must_use]
    pub fn is_no_op(&self) -> bool {
        self.action == Action::NoOp && self.importing.is_none() && self.address == self.previous_address
    }
}

/// The change of a root output.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputChange {
    /// The output.
    pub name: Name,
    /// Create, update, delete or nothing.
    pub action: Action,
    /// Before, marked when it was sensitive; null when there was none.
    pub before: Value,
    /// After as far as known, marked when it is sensitive; null when there is none.
    pub after: Value,
    /// Declared sensitive, before or after.
    pub sensitive: bool,
}
