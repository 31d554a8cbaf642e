//! Objects on their way into the state.

use std::sync::Arc;

use bytes::Bytes;
use fw_addr::{AbsResourceInstance, ConfigResource, ResourceMode};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Kind, ResourceChange};
use fw_state::{Change, DeposedKey, NewObject, ObjectState, ObjectStatus};
use fw_value::Value;

use crate::applier::Applier;

/// An object with its value.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// With marks; wholly known.
    pub(crate) value: Value,
    pub(crate) status: ObjectStatus,
    pub(crate) private: Bytes,
    pub(crate) identity: Option<Value>,
    pub(crate) dependencies: Arc<[ConfigResource]>,
    pub(crate) create_before_destroy: bool,
}

impl Object {
    fn encode(&self, kind: &Kind, mode: ResourceMode) -> Result<ObjectState, fw_state::CodecError> {
        let version = |v: i64| u64::try_from(v).unwrap_or(0);
        let identity = kind.schemas.identity(&kind.name).map(|schema| (schema.implied_type(), version(schema.version)));
        let given = self.identity.as_ref().filter(|value| !value.is_null());
        let identity = given.zip(identity.as_ref()).map(|(value, (ty, version))| (value, ty, *version));
        ObjectState::encode(NewObject {
            value: &self.value,
            ty: &kind.schema.implied_type(),
            // Data sources are read anew each time; what is stored of them has no version.
            schema_version: if mode == ResourceMode::Managed { version(kind.schema.version) } else { 0 },
            identity,
            status: self.status,
            private: &self.private,
            dependencies: Arc::clone(&self.dependencies),
            create_before_destroy: self.create_before_destroy,
        })
    }
}

impl Applier<'_> {
    /// The object a change starts from, with what the state stores beside its value; `None` when the state has none. Its
    /// value is the one the plan has, which was upgraded and decoded when planning.
    pub(crate) fn stored(&self, change: &ResourceChange, deposed: Option<&DeposedKey>) -> Option<Object> {
        let state = self.state.borrow();
        let stored = state.instance(&change.address)?.object(deposed)?;
        Some(Object {
            value: change.before.clone(),
            status: stored.status,
            private: Bytes::copy_from_slice(&stored.private),
            identity: change.before_identity.clone(),
            dependencies: Arc::clone(&stored.dependencies),
            create_before_destroy: stored.create_before_destroy,
        })
    }

    /// Puts an object into the state, or takes it away.
    pub(crate) async fn write(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        kind: &Kind,
        object: Option<&Object>,
        diagnostics: &mut Diagnostics,
    ) {
        let object = match object.map(|object| object.encode(kind, address.resource.mode)).transpose() {
            Ok(encoded) => encoded.map(Arc::new),
            Err(problem) => {
                let detail = format!("The object that {address} is now can't be stored: {problem}.");
                diagnostics
                    .push(Diagnostic::error("Failed to encode object for state", detail).on(address.to_string()));
                return self.settle(address, deposed, diagnostics).await;
            }
        };
        if object.is_none() && self.state.borrow().instance(address).and_then(|i| i.object(deposed)).is_none() {
            return self.settle(address, deposed, diagnostics).await;
        }
        let change = Change::Object {
            address: address.clone(),
            deposed: deposed.cloned(),
            provider: kind.config.clone(),
            object,
        };
        self.save(change, diagnostics).await;
    }
}
