//! One object of a resource instance, kept encoded until its value is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::ConfigResource;
use fw_value::{Marks, Path, PathMarks, Type, Value};

use crate::codec::{self, CodecError};
use crate::gojson;

/// An object as state files hold it. Changing one means making another: they are shared between states.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectState {
    /// The attribute values, encoded.
    pub attributes: Attributes,
    /// The version of the resource type's schema the attributes were written with.
    pub schema_version: u64,
    /// Whether the object is as its configuration wants it.
    pub status: ObjectStatus,
    /// The places of sensitive values, as compact JSON; empty for none.
    pub sensitive_paths: Box<str>,
    /// The identity, where the provider has given one.
    pub identity: Option<Identity>,
    /// Bytes that only the provider understands.
    pub private: Box<[u8]>,
    /// What must be destroyed after this object.
    pub dependencies: Arc<[ConfigResource]>,
    /// Whether its replacement is created before it is destroyed.
    pub create_before_destroy: bool,
}

/// Attribute values in one of two encodings. None at all are the same in both: files do not tell which it was.
#[derive(Clone, Debug)]
pub enum Attributes {
    /// Compact JSON of an object.
    Json(Box<str>),
    /// The flat map of old versions: `tags.%`, `ports.0`. Only the provider can turn it into values.
    Flat(BTreeMap<String, String>),
}

impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json(one), Self::Json(other)) => one == other,
            (Self::Flat(one), Self::Flat(other)) => one == other,
            (Self::Json(json), Self::Flat(flat)) | (Self::Flat(flat), Self::Json(json)) => {
                flat.is_empty() && &**json == "{}"
            }
        }
    }
}

impl Eq for Attributes {}

impl Attributes {
    /// From any JSON text; it is compacted.
    #[must_use]
    pub fn json(text: &str) -> Self {
        Self::Json(gojson::compact(text).into())
    }
}

/// The identity of an object, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Compact JSON of an object.
    pub json: Box<str>,
    /// The version of the identity schema.
    pub schema_version: u64,
}

/// Whether an object is as its configuration wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ObjectStatus {
    /// Fit for use.
    #[default]
    Ready,
    /// Created incompletely or marked by the user: to be replaced.
    Tainted,
}

/// What to encode into an object.
#[derive(Clone, Debug)]
pub struct NewObject<'a> {
    /// The attribute values; wholly known. Sensitive marks become paths.
    pub value: &'a Value,
    /// The type the schema implies.
    pub ty: &'a Type,
    /// The schema's version.
    pub schema_version: u64,
    /// The identity, its type and its schema version.
    pub identity: Option<(&'a Value, &'a Type, u64)>,
    /// As in [`ObjectState`].
    pub status: ObjectStatus,
    /// As in [`ObjectState`].
    pub private: &'a [u8],
    /// As in [`ObjectState`].
    pub dependencies: Arc<[ConfigResource]>,
    /// As in [`ObjectState`].
    pub create_before_destroy: bool,
}

/// An object with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodedObject {
    /// The attribute values, with the sensitive places marked.
    pub value: Value,
    /// As in [`ObjectState`].
    pub status: ObjectStatus,
    /// As in [`ObjectState`].
    pub private: Box<[u8]>,
    /// As in [`ObjectState`].
    pub dependencies: Arc<[ConfigResource]>,
    /// As in [`ObjectState`].
    pub create_before_destroy: bool,
}

impl ObjectState {
    /// An object with these attributes, given as a JSON object, and nothing else.
    #[must_use]
    pub fn from_json(attributes: &str, schema_version: u64) -> Self {
        Self {
            attributes: Attributes::json(attributes),
            schema_version,
            status: ObjectStatus::Ready,
            sensitive_paths: Box::default(),
            identity: None,
            private: Box::default(),
            dependencies: Arc::from([]),
            create_before_destroy: false,
        }
    }

    /// Encodes a value and what goes with it.
    ///
    /// # Errors
    /// When the value is not wholly known or does not fit the type.
    pub fn encode(new: NewObject<'_>) -> Result<Self, CodecError> {
        let json = codec::value_to_json(new.value, new.ty)?;
        let identity = new.identity.map(|(value, ty, schema_version)| {
            codec::value_to_json(value, ty).map(|json| Identity { json: json.into(), schema_version })
        });
        Ok(Self {
            attributes: Attributes::Json(json.into()),
            schema_version: new.schema_version,
            status: new.status,
            sensitive_paths: encode_paths(&codec::sensitive_paths(new.value))?,
            identity: identity.transpose()?,
            private: new.private.into(),
            dependencies: new.dependencies,
            create_before_destroy: new.create_before_destroy,
        })
    }

    /// The value, read with the type that the current schema implies. The object must have been upgraded to that schema.
    ///
    /// # Errors
    /// When the attributes do not fit the type, or are a flat map of an old version.
    pub fn decode(&self, ty: &Type) -> Result<DecodedObject, CodecError> {
        let Attributes::Json(json) = &self.attributes else {
            return Err(CodecError(
                "the attributes are in the flat form of an old version, and must be upgraded first".into(),
            ));
        };
        let value = codec::value_from_json(json, ty)?;
        let marks: Vec<_> =
            self.sensitive_paths()?.into_iter().map(|path| PathMarks { path, marks: Marks::SENSITIVE }).collect();
        Ok(DecodedObject {
            value: codec::mark_paths(value, &marks),
            status: self.status,
            private: self.private.clone(),
            dependencies: Arc::clone(&self.dependencies),
            create_before_destroy: self.create_before_destroy,
        })
    }

    /// The identity, read with the type of its schema.
    ///
    /// # Errors
    /// When it does not fit the type.
    pub fn decode_identity(&self, ty: &Type) -> Result<Option<Value>, CodecError> {
        self.identity.as_ref().map(|identity| codec::value_from_json(&identity.json, ty)).transpose()
    }

    /// The places of sensitive values.
    ///
    /// # Errors
    /// When a file has given nonsense.
    pub fn sensitive_paths(&self) -> Result<Vec<Path>, CodecError> {
        if self.sensitive_paths.is_empty() { Ok(Vec::new()) } else { codec::paths_from_json(&self.sensitive_paths) }
    }

    /// The same object with other status.
    #[must_use]
    pub fn with_status(&self, status: ObjectStatus) -> Self {
        Self { status, ..self.clone() }
    }
}

fn encode_paths(paths: &[Path]) -> Result<Box<str>, CodecError> {
    if paths.is_empty() { Ok(Box::default()) } else { codec::paths_to_json(paths).map(Into::into) }
}
