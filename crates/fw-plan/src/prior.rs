//! Objects as the state has them: upgraded to the provider's current schema, decoded, and refreshed.

use std::sync::Arc;

use fw_addr::{AbsResourceInstance, ConfigResource, ResourceMode};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::{Action, Kind, Mode, ResourceChange};
use fw_provider::{MoveRequest, ReadRequest, StoredAttributes, UpgradeRequest};
use fw_state::{Attributes, DeposedKey, NewObject, ObjectState, ObjectStatus};
use fw_value::{Marks, PathMarks, Str, Value};

use crate::moves::Crossed;
use crate::planner::Planner;
use crate::provider_diagnostics;
use crate::write_only::{self, Answer};

/// An object to start from.
#[derive(Clone, Debug)]
pub(crate) struct PriorObject {
    /// Its value, with marks.
    pub(crate) value: Value,
    pub(crate) private: bytes::Bytes,
    pub(crate) identity: Option<Value>,
    pub(crate) status: ObjectStatus,
    pub(crate) dependencies: Arc<[ConfigResource]>,
    pub(crate) create_before_destroy: bool,
}

/// What a provider told about an object, at its place in the configuration.
fn told_of(kind: &Kind, found: fw_provider::ProviderDiagnostics, address: &AbsResourceInstance) -> Diagnostics {
    provider_diagnostics(found, kind.body.as_ref(), Some(&kind.schema.block), &address.to_string())
}

/// The `id` attribute, for people who watch; the name of what has none.
pub(crate) fn displayed_id(value: &Value) -> Option<String> {
    let id = value.attr_ref("id").or_else(|| value.attr_ref("name"))?;
    if id.contains_marked() { None } else { id.as_str().map(str::to_owned) }
}

impl Planner<'_> {
    /// The object of an instance, upgraded and decoded; `None` when the state has none.
    pub(crate) async fn prior_object(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        kind: &Kind,
    ) -> Result<Option<PriorObject>, Diagnostics> {
        let Some(stored) = self.prior.borrow().instance(address).and_then(|i| i.object(deposed).cloned()) else {
            return Ok(None);
        };
        if let Some(source) = self.moves.crossed(address) {
            return self.moved_object(address, &stored, kind, source).await.map(Some);
        }
        let value = self.upgrade(address, &stored, kind).await?;
        let broken = |e: &dyn std::fmt::Display| {
            let detail = format!("The state of {address} can't be read with its current schema: {e}.");
            Diagnostics::from(
                Diagnostic::error("Invalid resource instance data in state", detail).on(address.to_string()),
            )
        };
        let marks: Vec<PathMarks> = stored
            .sensitive_paths()
            .map_err(|e| broken(&e))?
            .into_iter()
            .map(|path| PathMarks { path, marks: Marks::SENSITIVE })
            .collect();
        let identity = match kind.identity() {
            Some((ty, _)) => stored.decode_identity(&ty).map_err(|e| broken(&e))?,
            None => None,
        };
        let object = PriorObject {
            value: kind.marked(value.mark_with_paths(&marks)),
            private: bytes::Bytes::copy_from_slice(&stored.private),
            identity,
            status: stored.status,
            dependencies: Arc::clone(&stored.dependencies),
            create_before_destroy: stored.create_before_destroy,
        };
        let current = u64::try_from(kind.schema.version).unwrap_or(0);
        if stored.schema_version != current || matches!(stored.attributes, Attributes::Flat(_)) {
            // It stays upgraded, also where a refresh brings nothing new.
            let mut told = Diagnostics::new();
            self.store_prior(address, deposed, kind, &object, &mut told);
            if told.has_errors() {
                return Err(told);
            }
        }
        Ok(Some(object))
    }

    /// MoveResourceState: the object of another resource type as one of this type.
    async fn moved_object(
        &self,
        address: &AbsResourceInstance,
        stored: &ObjectState,
        kind: &Kind,
        source: &Crossed,
    ) -> Result<PriorObject, Diagnostics> {
        let json = match &stored.attributes {
            Attributes::Json(json) => bytes::Bytes::from(json.to_string()),
            Attributes::Flat(_) => bytes::Bytes::from_static(b"{}"),
        };
        if !kind.schemas.capabilities.move_resource_state {
            let detail = format!(
                "The provider \"{}\" does not support moved operations across resource types and providers.",
                kind.config.provider
            );
            return Err(Diagnostic::error("Unsupported `moved` across resource types", detail).at(source.span).into());
        }
        let request = MoveRequest {
            source_provider: source.provider.provider.to_string(),
            source_kind: Str::clone(&source.resource.kind),
            source_version: i64::try_from(stored.schema_version).unwrap_or(i64::MAX),
            source: json,
            source_private: bytes::Bytes::copy_from_slice(&stored.private),
            source_identity: None,
            target_kind: Str::clone(&kind.name),
        };
        let answer = self.limited(kind.provider.move_state(request)).await;
        let mut told = provider_diagnostics(answer.diagnostics, None, None, &address.to_string());
        let Some(moved) = answer.value.filter(|_| !told.has_errors()) else { return Err(told) };
        let problems = fw_provider::assert_value_conforms(&kind.schema.block, &moved.value);
        if !problems.is_empty() || moved.value.is_null() {
            return Err(invalid_upgrade(address, kind, &problems));
        }
        let returned = write_only::returned(Answer::Move, kind, address, &moved.value);
        if returned.has_errors() {
            return Err(returned);
        }
        let object = PriorObject {
            value: kind.marked(moved.value),
            private: moved.private,
            identity: moved.identity,
            status: stored.status,
            dependencies: Arc::clone(&stored.dependencies),
            create_before_destroy: stored.create_before_destroy,
        };
        self.store_prior(address, None, kind, &object, &mut told);
        if told.has_errors() { Err(told) } else { Ok(object) }
    }

    /// UpgradeResourceState, which is called whatever the version: providers mend their states there.
    async fn upgrade(
        &self,
        address: &AbsResourceInstance,
        stored: &ObjectState,
        kind: &Kind,
    ) -> Result<Value, Diagnostics> {
        let current = u64::try_from(kind.schema.version).unwrap_or(0);
        if stored.schema_version > current {
            let detail = format!(
                "The current state of {address} was created by a newer provider version than is currently selected. Upgrade \
                 the {} provider to work with this state.",
                kind.config.provider.kind
            );
            return Err(Diagnostic::error("Resource instance managed by newer provider version", detail).into());
        }
        let attributes = match &stored.attributes {
            Attributes::Json(json) if stored.schema_version == current => {
                StoredAttributes::Json(crate::stored::without_unknown_attributes(json, &kind.schema).into())
            }
            Attributes::Json(json) => StoredAttributes::Json(json.to_string().into()),
            Attributes::Flat(flat) => StoredAttributes::Flatmap(flat.clone()),
        };
        let request = UpgradeRequest {
            kind: Str::clone(&kind.name),
            version: i64::try_from(stored.schema_version).unwrap_or(i64::MAX),
            stored: attributes,
        };
        let answer = self.limited(kind.provider.upgrade(request)).await;
        let told = told_of(kind, answer.diagnostics, address);
        match answer.value {
            Some(upgraded) if !told.has_errors() => {
                let problems = fw_provider::assert_value_conforms(&kind.schema.block, &upgraded.value);
                if !problems.is_empty() {
                    return Err(invalid_upgrade(address, kind, &problems));
                }
                let returned = write_only::returned(Answer::Upgrade, kind, address, &upgraded.value);
                if returned.has_errors() { Err(returned) } else { Ok(upgraded.value) }
            }
            _ => Err(told),
        }
    }

    /// ReadResource: the object as it is now; `None` when it is gone. Keeps the refreshed object for what follows, and
    /// remembers how it differs from before.
    pub(crate) async fn refresh(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        kind: &Kind,
        prior: PriorObject,
        told: &mut Diagnostics,
    ) -> Option<PriorObject> {
        let id = displayed_id(&prior.value);
        let (before, marks) = prior.value.clone().unmark_deep_with_paths();
        let request = ReadRequest {
            kind: Str::clone(&kind.name),
            prior: before.clone(),
            private: prior.private.clone(),
            provider_meta: kind.meta.clone(),
            identity: prior.identity.clone(),
        };
        let read = async {
            self.input.hooks.refreshing(address, deposed, id.as_deref());
            kind.provider.read(request).await
        };
        let answer = self.limited(read).await;
        told.append(told_of(kind, answer.diagnostics, address));
        let Some(now) = answer.value else {
            return Some(prior);
        };
        if told.has_errors() {
            return Some(prior);
        }
        let value = match checked_refresh(address, kind, now.value) {
            Ok(value) => value,
            Err(found) => {
                told.append(found);
                return Some(prior);
            }
        };
        self.input.hooks.refreshed(address, deposed, id.as_deref());
        if value.is_null() {
            self.record_drift(address, deposed, kind, &prior, None);
            self.prior.borrow_mut().set_object(address, deposed, &kind.config, None);
            return None;
        }
        if value == before && now.private == prior.private && now.identity == prior.identity {
            self.record_drift(address, deposed, kind, &prior, Some(&prior));
            return Some(prior);
        }
        let refreshed = PriorObject {
            value: kind.marked(value.mark_with_paths(&marks)),
            private: now.private,
            identity: now.identity.or_else(|| prior.identity.clone()),
            ..prior.clone()
        };
        self.record_drift(address, deposed, kind, &prior, Some(&refreshed));
        self.store_prior(address, deposed, kind, &refreshed, told);
        Some(refreshed)
    }

    /// Puts an object into the state that changes start from.
    pub(crate) fn store_prior(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        kind: &Kind,
        object: &PriorObject,
        told: &mut Diagnostics,
    ) {
        let ty = kind.schema.implied_type();
        let identity = kind.identity();
        let identity =
            object.identity.as_ref().zip(identity.as_ref()).map(|(value, (ty, version))| (value, ty, *version));
        let encoded = ObjectState::encode(NewObject {
            value: &object.value,
            ty: &ty,
            // Data sources are read anew each time; what is stored of them has no version.
            schema_version: match address.resource.mode {
                ResourceMode::Managed => u64::try_from(kind.schema.version).unwrap_or(0),
                ResourceMode::Data | ResourceMode::Ephemeral => 0,
            },
            identity,
            status: object.status,
            private: &object.private,
            dependencies: Arc::clone(&object.dependencies),
            create_before_destroy: object.create_before_destroy,
        });
        match encoded {
            Ok(encoded) => {
                self.prior.borrow_mut().set_object(address, deposed, &kind.config, Some(Arc::new(encoded)));
            }
            Err(e) => {
                let detail = format!("The object that {address} is now can't be stored: {e}.");
                told.push(Diagnostic::error("Provider returned invalid object", detail).on(address.to_string()));
            }
        }
    }

    fn record_drift(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        kind: &Kind,
        before: &PriorObject,
        after: Option<&PriorObject>,
    ) {
        let previous_address = self.moves.previous(address);
        let action = match after {
            None => Action::Delete,
            // Where nothing else is planned, a move is shown as something that has happened outside.
            Some(after) if after.value == before.value => {
                if self.input.options.mode != Mode::RefreshOnly || previous_address == *address {
                    return;
                }
                Action::NoOp
            }
            Some(_) => Action::Update,
        };
        let null = kind.null();
        let change = ResourceChange {
            address: address.clone(),
            previous_address,
            deposed: deposed.cloned(),
            provider: kind.config.clone(),
            action,
            reason: None,
            before: before.value.clone(),
            after: after.map_or(null, |a| a.value.clone()),
            before_identity: before.identity.clone(),
            after_identity: after.and_then(|a| a.identity.clone()),
            required_replace: Vec::new(),
            importing: None,
            generated_config: None,
            private: bytes::Bytes::new(),
            dependencies: [].into(),
            create_before_destroy: false,
        };
        self.drift.borrow_mut().insert((address.clone(), deposed.cloned()), change);
    }
}

fn invalid_upgrade(address: &AbsResourceInstance, kind: &Kind, problems: &[fw_value::PathError]) -> Diagnostics {
    let texts: Vec<String> = problems.iter().map(|p| fw_provider::problem_text("", p)).collect();
    let detail = format!(
        "The {} provider upgraded the state for {address} from a previous version, but produced an invalid result:\n- {}",
        kind.config.provider.for_display(),
        texts.join("\n- ")
    );
    Diagnostic::error("Invalid resource state upgrade", detail).into()
}

/// What a provider may answer to a refresh: a value of the schema without anything unknown, or null.
fn checked_refresh(address: &AbsResourceInstance, kind: &Kind, value: Value) -> Result<Value, Diagnostics> {
    let problems = fw_provider::assert_value_conforms(&kind.schema.block, &value);
    let provider = &kind.config.provider;
    if !problems.is_empty() {
        let found = problems.iter().map(|problem| {
            let detail = format!(
                "Provider \"{provider}\" planned an invalid value for {address} during refresh: {}.\n\nThis is a bug in the \
                 provider, which should be reported in the provider's own issue tracker.",
                fw_provider::problem_text("", problem)
            );
            Diagnostic::error("Provider produced invalid object", detail)
        });
        return Err(found.collect());
    }
    if !value.is_wholly_known() {
        let detail = format!(
            "Provider \"{provider}\" planned an invalid value for {address} during refresh: The returned state contains \
             unknown values.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker."
        );
        return Err(Diagnostic::error("Provider produced invalid object", detail).into());
    }
    let returned = write_only::returned(Answer::Refresh, kind, address, &value);
    if returned.has_errors() { Err(returned) } else { Ok(value) }
}
