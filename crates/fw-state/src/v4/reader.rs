//! Reads format 4: tolerant of what is missing, exact about what is there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashMap;
use fw_addr::{AbsProviderConfig, AbsResource, ModuleInstance, ModulePath, Provider, Resource, ResourceMode};
use fw_diag::{Diagnostic, Diagnostics};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::instance::{self, Dependencies, InstanceError, RawInstance};
use crate::gojson::quoted;
use crate::{CheckKind, CheckObject, CheckResult, CheckResults, CheckStatus, OutputState, ResourceState, State, codec};

/// The top of the file. `version` tells whether it is one of ours at all.
#[derive(Deserialize)]
pub(crate) struct RawState<'a> {
    #[serde(borrow, default)]
    pub(crate) version: Option<&'a RawValue>,
    #[serde(default)]
    terraform_version: Option<String>,
    #[serde(default)]
    serial: Option<u64>,
    #[serde(default)]
    lineage: Option<String>,
    #[serde(borrow, default)]
    outputs: Option<BTreeMap<Cow<'a, str>, RawOutput<'a>>>,
    #[serde(borrow, default)]
    resources: Option<Vec<RawResource<'a>>>,
    #[serde(borrow, default)]
    check_results: Option<Vec<RawCheck<'a>>>,
}

/// A root output.
#[derive(Deserialize)]
pub(crate) struct RawOutput<'a> {
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    ty: Option<&'a RawValue>,
    #[serde(default)]
    sensitive: Option<bool>,
}

#[derive(Deserialize)]
struct RawResource<'a> {
    #[serde(borrow, default)]
    module: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    mode: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    provider: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    instances: Option<Vec<RawInstance<'a>>>,
}

/// The results of one checkable thing.
#[derive(Deserialize)]
pub(crate) struct RawCheck<'a> {
    #[serde(borrow, default)]
    object_kind: Option<Cow<'a, str>>,
    #[serde(default)]
    config_addr: Option<String>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    objects: Option<Vec<RawCheckObject<'a>>>,
}

#[derive(Deserialize)]
struct RawCheckObject<'a> {
    #[serde(default)]
    object_addr: Option<String>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
    #[serde(default)]
    failure_messages: Option<Vec<String>>,
}

/// Turns the raw file into a state; all problems in one go.
pub(crate) fn read(raw: RawState<'_>) -> Result<State, Diagnostics> {
    let mut reader = Reader::default();
    let mut state = State::new();
    state.terraform_version = raw.terraform_version.unwrap_or_default();
    reader.problems.extend(invalid_version(&state.terraform_version));
    state.serial = raw.serial.unwrap_or(0);
    state.lineage = raw.lineage.unwrap_or_default();
    for resource in raw.resources.unwrap_or_default() {
        reader.resource(&mut state, resource);
    }
    for (name, output) in raw.outputs.unwrap_or_default() {
        match read_output(&name, &output) {
            Ok(output) => {
                state.outputs.insert(name.into_owned(), output);
            }
            Err(problem) => reader.problems.push(problem),
        }
    }
    state.check_results = raw.check_results.map(read_checks);
    if reader.problems.is_empty() { Ok(state) } else { Err(reader.problems) }
}

/// What is wrong with the version of whoever has written a state; it may be empty.
pub(crate) fn invalid_version(text: &str) -> Option<Diagnostic> {
    if text.is_empty() || looks_like_version(text) {
        return None;
    }
    let detail = format!(
        "State file claims to have been written by Terraform version {}, which is not a valid version string.",
        quoted(text)
    );
    Some(Diagnostic::error("Invalid Terraform version string", detail))
}

/// Whether the text starts as a version does: digits, with dots between them.
pub(crate) fn looks_like_version(text: &str) -> bool {
    let core = text.strip_prefix('v').unwrap_or(text);
    let core = core.split(['-', '+']).next().unwrap_or("");
    !core.is_empty() && core.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// One output.
pub(crate) fn read_output(name: &str, raw: &RawOutput<'_>) -> Result<OutputState, Diagnostic> {
    let ty = codec::type_from_json(raw.ty.map_or("null", RawValue::get)).map_err(|error| {
        Diagnostic::error(
            "Invalid output value type in state",
            format!("The state file has an invalid type specification for output {}: {error}.", quoted(name)),
        )
    })?;
    let value = codec::value_from_json(raw.value.map_or("null", RawValue::get), &ty).map_err(|error| {
        Diagnostic::error(
            "Invalid output value saved in state",
            format!("The state file has an invalid value for output {}: {error}.", quoted(name)),
        )
    })?;
    Ok(OutputState { value, sensitive: raw.sensitive.unwrap_or(false) })
}

/// The results of checks; kinds of later versions are passed over.
pub(crate) fn read_checks(raw: Vec<RawCheck<'_>>) -> CheckResults {
    let status = |status: Option<Cow<'_, str>>| CheckStatus::parse(status.as_deref().unwrap_or(""));
    let object = |raw: RawCheckObject<'_>| CheckObject {
        address: raw.object_addr.unwrap_or_default(),
        status: status(raw.status),
        failure_messages: raw.failure_messages.unwrap_or_default(),
    };
    let result = |raw: RawCheck<'_>| {
        Some(CheckResult {
            kind: CheckKind::parse(raw.object_kind.as_deref().unwrap_or(""))?,
            config_address: raw.config_addr.unwrap_or_default(),
            status: status(raw.status),
            objects: raw.objects.map(|objects| objects.into_iter().map(object).collect()),
        })
    };
    CheckResults(raw.into_iter().filter_map(result).collect())
}

#[derive(Default)]
struct Reader<'a> {
    problems: Diagnostics,
    modules: HashMap<String, ModuleInstance>,
    providers: HashMap<String, Arc<AbsProviderConfig>>,
    dependencies: Dependencies<'a>,
}

impl<'a> Reader<'a> {
    fn error(&mut self, summary: &str, detail: String) {
        self.problems.push(Diagnostic::error(summary, detail));
    }

    fn resource(&mut self, state: &mut State, raw: RawResource<'a>) {
        let (kind, name) = (raw.kind.as_deref().unwrap_or(""), raw.name.as_deref().unwrap_or(""));
        let mode = match raw.mode.as_deref() {
            Some("managed") => ResourceMode::Managed,
            Some("data") => ResourceMode::Data,
            other => {
                let (mode, kind, name) = (quoted(other.unwrap_or("")), quoted(kind), quoted(name));
                let detail =
                    format!("State contains a resource with mode {mode} ({kind} {name}) which is not supported.");
                return self.error("Invalid resource mode in state", detail);
            }
        };
        let Some(module) = self.module(raw.module.as_deref().unwrap_or("")) else { return };
        let address = AbsResource { module, resource: Resource { mode, kind: kind.into(), name: name.into() } };
        let of_instance = raw.instances.iter().flatten().find_map(|instance| instance.provider.as_deref());
        let text = raw.provider.as_deref().filter(|text| !text.is_empty()).or(of_instance).unwrap_or("");
        let Some(provider) = self.provider(text, &address) else { return };
        let provider = if provider.key.is_some() { Arc::new(provider.whole()) } else { provider };
        let mut resource = match state.remove_resource(&address) {
            Some(earlier) => Arc::unwrap_or_clone(earlier),
            None => ResourceState { provider, instances: BTreeMap::new() },
        };
        for instance in raw.instances.unwrap_or_default() {
            self.instance(&address, &mut resource, instance);
        }
        state.insert_resource(address, Arc::new(resource));
    }

    fn module(&mut self, text: &str) -> Option<ModuleInstance> {
        if text.is_empty() {
            return Some(ModuleInstance::root());
        }
        if let Some(known) = self.modules.get(text) {
            return Some(known.clone());
        }
        match text.parse::<ModuleInstance>() {
            Ok(module) => {
                self.modules.insert(text.to_owned(), module.clone());
                Some(module)
            }
            Err(error) => {
                let message = if text.starts_with("module.") {
                    error.message
                } else {
                    "A module instance address must begin with \"module.\".".to_owned()
                };
                self.error("Invalid module instance address", message);
                None
            }
        }
    }

    fn provider(&mut self, text: &str, address: &AbsResource) -> Option<Arc<AbsProviderConfig>> {
        if let Some(known) = self.providers.get(text) {
            return Some(Arc::clone(known));
        }
        match parse_provider(text) {
            Some(provider) => {
                let provider = Arc::new(provider);
                self.providers.insert(text.to_owned(), Arc::clone(&provider));
                Some(provider)
            }
            None => {
                // Terraform silently drops such a resource, and with it the only record of real objects.
                let text = quoted(text);
                let detail = format!("Resource {address} has the invalid provider configuration address {text}.");
                self.error("Invalid provider configuration address in state", detail);
                None
            }
        }
    }

    fn instance(&mut self, address: &AbsResource, resource: &mut ResourceState, raw: RawInstance<'a>) {
        const SUMMARY: &str = "Invalid resource instance metadata in state";
        let key_text = raw.index_key.map_or("null", RawValue::get);
        let at = || match serde_json::from_str::<serde_json::Value>(key_text) {
            Ok(serde_json::Value::Null) => address.to_string(),
            _ => format!("{address}[{key_text}]"),
        };
        let provider_key = match raw.provider.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => match self.provider(text, address) {
                Some(provider) => provider.key.clone(),
                None => return,
            },
        };
        let read = match instance::read(raw, &mut self.dependencies) {
            Ok(read) => read,
            Err(InstanceError::Key(key)) => {
                let detail = format!("Resource {address} has an instance with the invalid instance key {key}.");
                return self.error(SUMMARY, detail);
            }
            Err(InstanceError::Status(status)) => {
                let detail = format!("Instance {} has invalid status {}.", at(), quoted(&status));
                return self.error(SUMMARY, detail);
            }
            Err(InstanceError::Deposed(key)) => {
                let (at, key) = (at(), quoted(&key));
                let detail =
                    format!("Instance {at} has an object with deposed key {key}, which is not correctly formatted.");
                return self.error(SUMMARY, detail);
            }
            Err(InstanceError::Dependency(summary, detail)) => return self.error(&summary, detail),
            Err(InstanceError::Path(summary, detail)) => return self.error(summary, detail),
            Err(InstanceError::Depth) => {
                let detail = format!("Instance {} has attributes that are nested too deeply.", at());
                return self.error(SUMMARY, detail);
            }
            Err(InstanceError::Private(error)) => {
                let detail = format!("The state file does not conform to the expected JSON data structure: {error}.");
                return self.error("Invalid state file format", detail);
            }
        };
        let instance = resource.instances.entry(read.key).or_default();
        instance.provider_key = provider_key.or(instance.provider_key.take());
        let what = match &read.deposed {
            None if instance.current.is_none() => {
                instance.current = Some(read.object);
                return;
            }
            None => "appears".to_owned(),
            Some(key) if !instance.deposed.contains_key(key) => {
                instance.deposed.insert(key.clone(), read.object);
                return;
            }
            Some(key) => format!("deposed object {} appears", quoted(key.as_str())),
        };
        let detail = format!("Instance {} {what} multiple times in the state file.", at());
        self.error("Duplicate resource instance in state", detail);
    }
}

/// A provider configuration as files of any version of format 4 have it.
pub(crate) fn parse_provider(text: &str) -> Option<AbsProviderConfig> {
    text.parse().ok().or_else(|| parse_legacy_provider(text))
}

/// `module.a.provider.aws.west`, from before providers had sources: namespace `-` says that nobody knows the source.
fn parse_legacy_provider(text: &str) -> Option<AbsProviderConfig> {
    let mut module = ModulePath::root();
    let mut rest: Vec<&str> = text.split('.').collect();
    while let ["module", name, ..] = rest.as_slice() {
        module = module.child(name);
        rest.drain(..2);
    }
    let (kind, alias) = match rest.as_slice() {
        ["provider", kind] => (*kind, None),
        ["provider", kind, alias] => (*kind, Some(*alias)),
        _ => return None,
    };
    let identifier = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if !identifier(kind) || !alias.is_none_or(identifier) {
        return None;
    }
    Some(AbsProviderConfig { module, provider: legacy_provider(kind), alias: alias.map(Into::into), key: None })
}

/// The provider that a name without source stands for in old files.
pub(crate) fn legacy_provider(kind: &str) -> Provider {
    if kind == "terraform" {
        return Provider::builtin(kind);
    }
    Provider { host: Provider::DEFAULT_HOST.into(), namespace: "-".into(), kind: kind.into() }
}
