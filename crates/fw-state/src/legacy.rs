//! Format versions 1 to 3, from before terraform 0.12, upgraded to the model. Attributes stay flat maps: only the
//! provider can give them types.

mod attributes;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{
    AbsProviderConfig, AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance, Resource, ResourceMode,
    is_identifier,
};
use fw_diag::Diagnostic;
use fw_value::Type;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::gojson::quoted;
use crate::v4::{invalid_version, legacy_provider, parse_provider};
use crate::{Attributes, DeposedKey, ObjectState, ObjectStatus, OutputState, State, codec};

#[derive(Deserialize)]
struct OldState {
    #[serde(default)]
    terraform_version: Option<String>,
    #[serde(default)]
    serial: Option<i64>,
    #[serde(default)]
    lineage: Option<String>,
    #[serde(default)]
    modules: Option<Vec<OldModule>>,
}

#[derive(Deserialize)]
struct OldModule {
    #[serde(default)]
    path: Option<Vec<String>>,
    #[serde(default)]
    outputs: Option<BTreeMap<String, Json>>,
    #[serde(default)]
    resources: Option<BTreeMap<String, OldResource>>,
}

#[derive(Deserialize)]
struct OldResource {
    #[serde(default)]
    primary: Option<OldInstance>,
    #[serde(default)]
    deposed: Option<Vec<OldInstance>>,
    #[serde(default)]
    provider: Option<String>,
}

#[derive(Deserialize)]
struct OldInstance {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    attributes: Option<BTreeMap<String, String>>,
    #[serde(default)]
    meta: Option<BTreeMap<String, Json>>,
    #[serde(default)]
    tainted: Json,
}

/// Reads a file of format `version`, which is 1, 2 or 3.
pub(crate) fn read(text: &str, version: u64) -> Result<State, Diagnostic> {
    let old: OldState = serde_json::from_str(text).map_err(|error| crate::read::invalid(&error.to_string()))?;
    if let Some(problem) = invalid_version(old.terraform_version.as_deref().unwrap_or_default()) {
        return Err(problem);
    }
    upgrade(old, version).map_err(|why| {
        let detail = format!("Error upgrading state file format from version 3 to version 4: {why}.");
        Diagnostic::error("State format upgrade failed", detail)
    })
}

fn upgrade(old: OldState, version: u64) -> Result<State, String> {
    let mut state = State::new();
    state.serial = u64::try_from(old.serial.unwrap_or(0))
        .map_err(|_negative| "state has serial less than zero, which is invalid".to_owned())?;
    state.terraform_version = old.terraform_version.filter(|v| !v.is_empty()).unwrap_or_else(|| "0.0.0".to_owned());
    if version > 1 {
        state.lineage = old.lineage.unwrap_or_default();
    }
    for module in old.modules.unwrap_or_default() {
        let path = match module.path {
            Some(path) if !path.is_empty() => path,
            // Some files of version 1 leave the root's path out.
            _ if version == 1 => vec!["root".to_owned()],
            _ => Vec::new(),
        };
        let address = module_address(&path)?;
        for (name, resource) in module.resources.unwrap_or_default() {
            upgrade_resource(&mut state, &address, &name, resource, version)?;
        }
        if address.is_root() {
            for (name, output) in module.outputs.unwrap_or_default() {
                let output = upgrade_output(&name, output, version)?;
                state.outputs.insert(name, output);
            }
        }
    }
    Ok(state)
}

/// `["root", "a"]` as an address.
fn module_address(path: &[String]) -> Result<ModuleInstance, String> {
    let shown = || {
        let names: Vec<_> = path.iter().map(|name| quoted(name)).collect();
        format!("[]string{{{}}}", names.join(", "))
    };
    let Some(("root", rest)) = path.split_first().map(|(first, rest)| (first.as_str(), rest)) else {
        return Err(format!("state contains invalid module path {}", shown()));
    };
    let mut address = ModuleInstance::root();
    for name in rest {
        if !is_identifier(name) {
            return Err(format!(
                "state contains invalid module path {}: {} is not a valid identifier; rename it in Terraform 0.11 before upgrading to Terraform 0.12",
                shown(),
                quoted(name)
            ));
        }
        address = address.child(name, None);
    }
    Ok(address)
}

fn upgrade_resource(
    state: &mut State,
    module: &ModuleInstance,
    name: &str,
    old: OldResource,
    version: u64,
) -> Result<(), String> {
    let (resource, key) = parse_address(name)?;
    let address = AbsResourceInstance { module: module.clone(), resource, key };
    let container = address.containing();
    // One provider for all instances: that of the first.
    let provider = match state.resource(&container) {
        Some(known) => AbsProviderConfig::clone(&known.provider),
        None => provider_of(old.provider.as_deref().unwrap_or(""), &container, name)?,
    };
    if let Some(primary) = old.primary {
        state.set_object(&address, None, &provider, Some(Arc::new(upgrade_object(primary, version))));
    }
    for (number, deposed) in (1..).zip(old.deposed.unwrap_or_default()) {
        let key = DeposedKey::new(number);
        state.set_object(&address, Some(&key), &provider, Some(Arc::new(upgrade_object(deposed, version))));
    }
    Ok(())
}

/// `data.aws_ami.a.0`, the way addresses were before format 4.
fn parse_address(text: &str) -> Result<(Resource, Option<InstanceKey>), String> {
    let parts: Vec<&str> = text.split('.').collect();
    let (mode, parts) = match parts.as_slice() {
        ["data", rest @ ..] if rest.len() >= 2 => (ResourceMode::Data, rest),
        all => (ResourceMode::Managed, all),
    };
    let (kind, name, index) = match parts {
        [kind, name] => (*kind, *name, None),
        [kind, name, index] => (*kind, *name, Some(*index)),
        _ => return Err(format!("invalid internal resource address format: {text}")),
    };
    let key = match index {
        None => None,
        Some(index) => match index.parse() {
            Ok(index) => Some(InstanceKey::Int(index)),
            Err(error) => return Err(format!("error parsing resource address {}: {error}", quoted(text))),
        },
    };
    Ok((Resource { mode, kind: kind.into(), name: name.into() }, key))
}

fn provider_of(text: &str, address: &AbsResource, name: &str) -> Result<AbsProviderConfig, String> {
    let of_module = |kind: &str, alias: Option<&str>| AbsProviderConfig {
        module: address.module.path(),
        provider: legacy_provider(kind),
        alias: alias.map(Into::into),
        key: None,
    };
    if text.is_empty() {
        let kind = &*address.resource.kind;
        return Ok(of_module(kind.split('_').next().unwrap_or(kind), None));
    }
    if text.contains("provider.") {
        return parse_provider(text).ok_or_else(|| bad_provider("provider config reference", text, name));
    }
    let (kind, alias) = match text.split_once('.') {
        Some((kind, alias)) => (kind, Some(alias)),
        None => (text, None),
    };
    if !is_identifier(kind) || !alias.is_none_or(is_identifier) {
        return Err(bad_provider("legacy provider config reference", text, name));
    }
    Ok(of_module(kind, alias))
}

fn bad_provider(what: &str, text: &str, name: &str) -> String {
    let why = if text.contains("${") {
        "this alias seems to contain a template interpolation sequence, which was not supported but also not error-checked in Terraform 0.11. To proceed, rename the associated provider alias to a valid identifier and apply the change with Terraform 0.11 before upgrading to Terraform 0.12"
    } else {
        "it is not a valid provider configuration address"
    };
    format!("invalid {what} {} for {name}: {why}", quoted(text))
}

fn upgrade_object(old: OldInstance, version: u64) -> ObjectState {
    let mut attributes = old.attributes.unwrap_or_default();
    if version < 3 {
        attributes::fix_counts(&mut attributes);
    }
    if let Some(id) = old.id.filter(|id| !id.is_empty())
        && attributes.get("id").is_none_or(String::is_empty)
    {
        attributes.insert("id".to_owned(), id);
    }
    let mut meta = old.meta.unwrap_or_default();
    let schema_version = meta.get("schema_version").and_then(schema_version);
    if schema_version.is_some() {
        meta.remove("schema_version");
    }
    let private = if meta.is_empty() { String::new() } else { attributes::go_object(&meta) };
    // In format 1 this was a list of further objects, which nobody acts on any more.
    let tainted = old.tainted == Json::Bool(true);
    ObjectState {
        attributes: Attributes::Flat(attributes),
        schema_version: schema_version.unwrap_or(0),
        status: if tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
        sensitive_paths: Box::default(),
        identity: None,
        private: private.into_bytes().into(),
        dependencies: Arc::from([]),
        create_before_destroy: false,
    }
}

/// Schema versions used to be among the private data of providers.
fn schema_version(json: &Json) -> Option<u64> {
    json.as_str().map_or_else(|| json.as_u64(), |text| text.parse().ok())
}

fn upgrade_output(name: &str, old: Json, version: u64) -> Result<OutputState, String> {
    let (value, sensitive) = if version == 1 {
        (old, false)
    } else {
        (old.get("value").cloned().unwrap_or(Json::Null), old.get("sensitive") == Some(&Json::Bool(true)))
    };
    let text = value.to_string();
    let wrong = |error| format!("failed to parse output {} value from JSON: {error}", quoted(name));
    let ty = simplified(&codec::implied_type(&text).map_err(wrong)?);
    Ok(OutputState { value: codec::value_from_json(&text, &ty).map_err(wrong)?, sensitive })
}

/// Old versions knew only lists and maps, so what looks like a tuple or object of one element type was one of these.
fn simplified(ty: &Type) -> Type {
    let same = |types: Vec<&Type>| {
        let first = types.first().copied()?;
        types.iter().all(|other| *other == first).then(|| simplified(first))
    };
    match ty {
        Type::Tuple(elements) => same(elements.iter().collect()).map_or_else(|| ty.clone(), Type::list),
        Type::Object(object) => {
            same(object.attributes().iter().map(|a| &a.ty).collect()).map_or_else(|| ty.clone(), Type::map)
        }
        Type::Dynamic | Type::Bool | Type::Number | Type::String | Type::List(_) | Type::Set(_) | Type::Map(_) => {
            ty.clone()
        }
    }
}
