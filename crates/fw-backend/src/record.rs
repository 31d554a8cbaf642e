//! What `init` remembers of the backend, in `.terraform/terraform.tfstate`, in terraform's form: either program goes on in
//! a directory that the other has set up.

use std::path::{Path, PathBuf};

use fw_value::Value;
use fw_value::json;
use serde_json::value::RawValue;

/// The backend that was set up last.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its kind.
    pub kind: String,
    /// Its settings as JSON.
    pub config: String,
    /// What the configuration was recognised by.
    pub hash: u32,
}

/// Why a record cannot be read or written.
#[derive(Debug)]
pub struct RecordError {
    /// The file.
    pub path: PathBuf,
    /// Why, for people.
    pub why: String,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Document {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terraform_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backend: Option<Entry>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Entry {
    r#type: String,
    config: Option<Box<RawValue>>,
    hash: u64,
}

impl Record {
    /// A record of settings, which fit the schema.
    #[must_use]
    pub fn of(kind: &str, value: &Value, hash: u32) -> Self {
        let config = json::marshal(value, value.ty()).unwrap_or_else(|_| "{}".to_owned());
        Self { kind: kind.to_owned(), config, hash }
    }

    /// The settings, as a value of the type that a schema implies; what the schema does not know is left out.
    #[must_use]
    pub fn value(&self, schema: &fw_schema::Block) -> Option<Value> {
        let ty = json::implied_type(&self.config).ok()?;
        let given = json::unmarshal_str(&self.config, &ty).ok()?;
        let known = given
            .string_entries()
            .filter(|(name, _)| schema.attributes.contains_key(*name) || schema.blocks.contains_key(*name));
        let known = Value::object(known.map(|(name, value)| (fw_value::Str::clone(name), value.clone())));
        schema.coerce_value(&known).ok()
    }

    /// The backend that was set up last in a directory with this working data; `None` when there was none.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub fn load(data: &Path) -> Result<Option<Self>, RecordError> {
        let path = file(data);
        let failed = |why: String| RecordError { path: path.clone(), why };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        if bytes.is_empty() {
            return Ok(None);
        }
        let document: Document = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
        Ok(document.backend.map(|entry| Self {
            kind: entry.r#type,
            config: entry.config.map_or_else(|| "{}".to_owned(), |config| config.get().to_owned()),
            hash: u32::try_from(entry.hash).unwrap_or_default(),
        }))
    }

    /// Remembers a backend, or that there is none any more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(record: Option<&Self>, data: &Path) -> Result<(), RecordError> {
        let path = file(data);
        let failed = |why: String| RecordError { path: path.clone(), why };
        let entry = |record: &Self| {
            let config = RawValue::from_string(record.config.clone()).map_err(|error| failed(error.to_string()))?;
            Ok(Entry { r#type: record.kind.clone(), config: Some(config), hash: record.hash.into() })
        };
        let document = Document {
            version: 3,
            terraform_version: Some(fw_state::COMPATIBLE_VERSION.to_owned()),
            backend: record.map(entry).transpose()?,
        };
        // What was raw is indented with the rest.
        let document = serde_json::to_value(&document).map_err(|error| failed(error.to_string()))?;
        let text = serde_json::to_string_pretty(&document).map_err(|error| failed(error.to_string()))?;
        std::fs::create_dir_all(data).and_then(|()| write_private(&path, &text)).map_err(|e| failed(e.to_string()))
    }
}

/// The settings may hold secrets.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true);
    options.open(path)?.write_all(text.as_bytes())
}

fn file(data: &Path) -> PathBuf {
    data.join("terraform.tfstate")
}
