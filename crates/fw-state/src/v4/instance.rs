//! One object of an instance as format 4 has it: read and written alone by the journal, too.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldhash::HashMap;
use fw_addr::{ConfigResource, InstanceKey, Target};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::gojson::{self, quote};
use crate::{Attributes, DeposedKey, Identity, ObjectState, ObjectStatus};

/// An element of `instances`.
#[derive(Deserialize)]
pub(crate) struct RawInstance<'a> {
    #[serde(borrow, default)]
    pub(crate) index_key: Option<&'a RawValue>,
    /// OpenTofu notes it here where it has a key.
    #[serde(borrow, default)]
    pub(crate) provider: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) status: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) deposed: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) schema_version: Option<u64>,
    #[serde(borrow, default)]
    pub(crate) attributes: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) attributes_flat: Option<BTreeMap<String, String>>,
    #[serde(borrow, default)]
    pub(crate) sensitive_attributes: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) identity_schema_version: Option<u64>,
    #[serde(borrow, default)]
    pub(crate) identity: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) private: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) dependencies: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) create_before_destroy: Option<bool>,
}

/// How deeply attributes may be nested; values cannot be deeper.
const DEEPEST: usize = 1_000;

/// Why an element of `instances` cannot be used.
pub(crate) enum InstanceError {
    /// The index key, as the file has it.
    Key(String),
    /// The status.
    Status(String),
    /// The deposed key.
    Deposed(String),
    /// A dependency: headline and detail.
    Dependency(String, String),
    /// A path of a sensitive value: headline and detail.
    Path(&'static str, String),
    /// The private bytes.
    Private(String),
    /// The nesting of the attributes: beyond what values can have, and written indented they would fill any disk.
    Depth,
}

/// What an element of `instances` says.
pub(crate) struct ReadInstance {
    pub(crate) key: Option<InstanceKey>,
    pub(crate) deposed: Option<DeposedKey>,
    pub(crate) object: Arc<ObjectState>,
}

/// Dependencies that have been parsed already, by their JSON text: the same lists and elements come over and over.
#[derive(Default)]
pub(crate) struct Dependencies<'a> {
    lists: HashMap<&'a str, Arc<[ConfigResource]>>,
    elements: HashMap<&'a str, ConfigResource>,
}

impl<'a> Dependencies<'a> {
    fn list(&mut self, json: &'a str) -> Result<Arc<[ConfigResource]>, InstanceError> {
        if let Some(known) = self.lists.get(json) {
            return Ok(Arc::clone(known));
        }
        let texts: Vec<&'a RawValue> = serde_json::from_str(json)
            .map_err(|error| InstanceError::Dependency("Invalid dependencies".to_owned(), error.to_string()))?;
        let parsed: Arc<[_]> = texts.into_iter().map(|text| self.element(text.get())).collect::<Result<_, _>>()?;
        self.lists.insert(json, Arc::clone(&parsed));
        Ok(parsed)
    }

    fn element(&mut self, json: &'a str) -> Result<ConfigResource, InstanceError> {
        if let Some(known) = self.elements.get(json) {
            return Ok(known.clone());
        }
        let wrong = |message: String| InstanceError::Dependency("Invalid address".to_owned(), message);
        let text: String = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        let parsed = match text.parse::<Target>() {
            Ok(Target::Resource(resource)) => resource.config(),
            Ok(Target::Instance(instance)) if instance.key.is_none() => instance.config(),
            Ok(Target::Instance(_) | Target::Module(_)) => {
                return Err(wrong("Resource specification must include a resource type and name.".to_owned()));
            }
            Err(error) => return Err(wrong(error.message)),
        };
        self.elements.insert(json, parsed.clone());
        Ok(parsed)
    }
}

/// Reads one element. The attribute values stay encoded.
pub(crate) fn read<'a>(raw: RawInstance<'a>, known: &mut Dependencies<'a>) -> Result<ReadInstance, InstanceError> {
    let key = raw.index_key.map_or(Ok(None), |key| read_key(key.get()))?;
    let status = match raw.status.as_deref() {
        None | Some("") => ObjectStatus::Ready,
        Some("tainted") => ObjectStatus::Tainted,
        Some(other) => return Err(InstanceError::Status(other.to_owned())),
    };
    let deposed = match raw.deposed.as_deref() {
        None | Some("") => None,
        Some(text) => Some(DeposedKey::parse(text).ok_or_else(|| InstanceError::Deposed(text.to_owned()))?),
    };
    for json in [raw.attributes, raw.identity].into_iter().flatten() {
        if gojson::depth(json.get()) > DEEPEST {
            return Err(InstanceError::Depth);
        }
    }
    let attributes = match (raw.attributes, raw.attributes_flat) {
        (Some(json), _) => Attributes::json(json.get()),
        (None, Some(flat)) => Attributes::Flat(flat),
        (None, None) => Attributes::Json("{}".into()),
    };
    let identity = raw.identity.map(|identity| Identity {
        json: gojson::compact(identity.get()).into(),
        schema_version: raw.identity_schema_version.unwrap_or(0),
    });
    let private = match raw.private.as_deref() {
        None => Vec::new(),
        Some(text) => STANDARD.decode(text).map_err(|error| InstanceError::Private(error.to_string()))?,
    };
    let dependencies = raw.dependencies.map_or_else(|| Ok(Arc::from([])), |list| known.list(list.get()))?;
    let object = ObjectState {
        attributes,
        schema_version: raw.schema_version.unwrap_or(0),
        status,
        sensitive_paths: raw
            .sensitive_attributes
            .map_or_else(|| Ok(Box::default()), |paths| read_paths(paths.get()))?,
        identity,
        private: private.into(),
        dependencies,
        create_before_destroy: raw.create_before_destroy.unwrap_or(false),
    };
    Ok(ReadInstance { key, deposed, object: Arc::new(object) })
}

/// Checks the shape of the paths; their values stay encoded.
fn read_paths(json: &str) -> Result<Box<str>, InstanceError> {
    #[derive(Deserialize)]
    struct Step<'a> {
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
        #[serde(borrow, default)]
        #[expect(dead_code, reason = "only its being JSON matters here")]
        value: Option<&'a RawValue>,
    }
    let compact = gojson::compact(json);
    if compact == "[]" {
        return Ok(Box::default());
    }
    let paths: Vec<Vec<Step<'_>>> = serde_json::from_str(&compact)
        .map_err(|error| InstanceError::Path("Error unmarshaling path steps", error.to_string()))?;
    match paths.iter().flatten().find(|step| step.kind != "index" && step.kind != "get_attr") {
        Some(step) => Err(InstanceError::Path(
            "Unsupported path step",
            format!("Unsupported path step type {}", crate::gojson::quoted(&step.kind)),
        )),
        None => Ok(compact.into()),
    }
}

fn read_key(json: &str) -> Result<Option<InstanceKey>, InstanceError> {
    let wrong = || InstanceError::Key(json.to_owned());
    match serde_json::from_str::<serde_json::Value>(json) {
        Ok(serde_json::Value::Null) => Ok(None),
        Ok(serde_json::Value::String(text)) => Ok(Some(InstanceKey::String(text.into()))),
        Ok(serde_json::Value::Number(number)) => whole(&number).map(InstanceKey::Int).map(Some).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "other tools may have written a whole number as 1.0 or 1e2")]
fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().filter(|n| n.trunc() == *n && n.abs() < 9e15).map(|n| n as i64))
}

/// Writes one element at `depth`, without what precedes and follows it.
pub(crate) fn write(
    out: &mut String,
    depth: usize,
    (key, deposed, provider): (Option<&InstanceKey>, Option<&DeposedKey>, Option<&str>),
    object: &ObjectState,
) {
    let mut members = Members { out, depth: depth + 1, first: true };
    members.out.push('{');
    match key {
        Some(InstanceKey::Int(number)) => members.raw("index_key", &number.to_string()),
        Some(InstanceKey::String(text)) => members.string("index_key", text),
        None => {}
    }
    if object.status == ObjectStatus::Tainted {
        members.string("status", "tainted");
    }
    if let Some(deposed) = deposed {
        members.string("deposed", deposed.as_str());
    }
    if let Some(provider) = provider {
        members.string("provider", provider);
    }
    members.raw("schema_version", &object.schema_version.to_string());
    match &object.attributes {
        Attributes::Json(json) => members.raw("attributes", json),
        Attributes::Flat(flat) if flat.is_empty() => {}
        Attributes::Flat(flat) => members.raw("attributes_flat", &flat_json(flat)),
    }
    members.raw("sensitive_attributes", if object.sensitive_paths.is_empty() { "[]" } else { &object.sensitive_paths });
    if let Some(identity) = &object.identity {
        members.raw("identity_schema_version", &identity.schema_version.to_string());
        members.raw("identity", &identity.json);
    }
    if !object.private.is_empty() {
        members.string("private", &STANDARD.encode(&object.private));
    }
    if !object.dependencies.is_empty() {
        members.strings("dependencies", object.dependencies.iter().map(ToString::to_string));
    }
    if object.create_before_destroy {
        members.raw("create_before_destroy", "true");
    }
    gojson::new_line(out, depth);
    out.push('}');
}

fn flat_json(flat: &BTreeMap<String, String>) -> String {
    let mut json = String::from("{");
    for (i, (name, value)) in flat.iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        quote(&mut json, name);
        json.push(':');
        quote(&mut json, value);
    }
    json.push('}');
    json
}

/// Writes the members of an object one after the other.
pub(crate) struct Members<'a> {
    pub(crate) out: &'a mut String,
    pub(crate) depth: usize,
    pub(crate) first: bool,
}

impl Members<'_> {
    /// The name of a member; its value follows in `out`.
    pub(crate) fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        gojson::new_line(self.out, self.depth);
        quote(self.out, name);
        self.out.push_str(": ");
    }

    /// A member whose value is compact JSON.
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        gojson::indent(self.out, json, self.depth);
    }

    /// A member whose value is a string.
    pub(crate) fn string(&mut self, name: &str, value: &str) {
        self.name(name);
        quote(self.out, value);
    }

    /// A member whose value is a list of strings, not empty.
    pub(crate) fn strings(&mut self, name: &str, values: impl Iterator<Item = String>) {
        self.name(name);
        self.out.push('[');
        for (i, value) in values.enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            gojson::new_line(self.out, self.depth + 1);
            quote(self.out, &value);
        }
        gojson::new_line(self.out, self.depth);
        self.out.push(']');
    }
}
