//! One change of a state as a line of JSON: what the journal holds between two writes of the whole state.

use std::fmt;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, AbsResourceInstance};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::codec::CodecError;
use crate::gojson::quoted;
use crate::v4::{self, instance, parse_provider};
use crate::{CheckResults, DeposedKey, ObjectState, OutputState, State};

/// One change of a state.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An object is new, has changed, or (with `None`) is gone.
    Object {
        /// The instance.
        address: AbsResourceInstance,
        /// Which of its objects: the current one, or a deposed one.
        deposed: Option<DeposedKey>,
        /// The provider configuration that manages it from now on.
        provider: AbsProviderConfig,
        /// The object as it is now.
        object: Option<Arc<ObjectState>>,
    },
    /// The current object is now the deposed one with this key.
    Depose {
        /// The instance.
        address: AbsResourceInstance,
        /// The key.
        key: DeposedKey,
    },
    /// The deposed object with this key is current again.
    Restore {
        /// The instance.
        address: AbsResourceInstance,
        /// The key.
        key: DeposedKey,
    },
    /// A root output is new, has changed, or is gone.
    Output {
        /// Its name.
        name: String,
        /// What it is now.
        output: Option<OutputState>,
    },
    /// The results of checks have changed.
    Checks(Option<CheckResults>),
}

/// Why a line of JSON is no change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeError(pub String);

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ChangeError {}

#[derive(Deserialize)]
struct RawChange<'a> {
    change: String,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    deposed: Option<String>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
    #[serde(default)]
    name: Option<String>,
    #[serde(borrow, default)]
    output: Option<&'a RawValue>,
    #[serde(borrow, default)]
    checks: Option<&'a RawValue>,
}

impl State {
    /// Makes a change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Object { address, deposed, provider, object } => {
                self.set_object(address, deposed.as_ref(), provider, object.clone());
            }
            Change::Depose { address, key } => {
                self.depose(address, key);
            }
            Change::Restore { address, key } => {
                self.restore(address, key);
            }
            Change::Output { name, output: Some(output) } => {
                self.outputs.insert(name.clone(), output.clone());
            }
            Change::Output { name, output: None } => {
                self.outputs.remove(name);
            }
            Change::Checks(results) => self.check_results.clone_from(results),
        }
    }
}

impl Change {
    /// One line of JSON, without the line's end.
    ///
    /// # Errors
    /// When an output's value cannot be written.
    pub fn to_json(&self) -> Result<String, CodecError> {
        Ok(match self {
            Self::Object { address, deposed, provider, object } => {
                let deposed = deposed.as_ref().map_or_else(|| "null".to_owned(), |key| quoted(key.as_str()));
                let object = object.as_ref().map_or_else(|| "null".to_owned(), |object| object_json(object));
                format!(
                    r#"{{"change":"object","address":{},"deposed":{deposed},"provider":{},"object":{object}}}"#,
                    quoted(&address.to_string()),
                    quoted(&provider.to_string()),
                )
            }
            Self::Depose { address, key } => deposed_json("depose", address, key),
            Self::Restore { address, key } => deposed_json("restore", address, key),
            Self::Output { name, output } => {
                let output = output.as_ref().map_or_else(|| Ok("null".to_owned()), v4::output_json)?;
                format!(r#"{{"change":"output","name":{},"output":{output}}}"#, quoted(name))
            }
            Self::Checks(results) => {
                let checks = results.as_ref().map_or_else(|| "null".to_owned(), v4::checks_json);
                format!(r#"{{"change":"checks","checks":{checks}}}"#)
            }
        })
    }

    /// The change that a line says.
    ///
    /// # Errors
    /// When the line is not one that [`Change::to_json`] has written.
    pub fn from_json(line: &str) -> Result<Self, ChangeError> {
        let raw: RawChange<'_> = serde_json::from_str(line).map_err(|error| ChangeError(error.to_string()))?;
        match raw.change.as_str() {
            "object" => Ok(Self::Object {
                address: address(raw.address)?,
                deposed: raw.deposed.map(deposed_key).transpose()?,
                provider: raw
                    .provider
                    .and_then(|text| parse_provider(&text))
                    .ok_or_else(|| ChangeError("invalid provider configuration address".into()))?,
                object: raw.object.map(read_object).transpose()?,
            }),
            "depose" => Ok(Self::Depose { address: address(raw.address)?, key: key(raw.deposed)? }),
            "restore" => Ok(Self::Restore { address: address(raw.address)?, key: key(raw.deposed)? }),
            "output" => {
                let name = raw.name.ok_or_else(|| missing("name"))?;
                let output = raw.output.map(|json| read_output(&name, json)).transpose()?;
                Ok(Self::Output { name, output })
            }
            "checks" => {
                let parse = |json: &RawValue| serde_json::from_str(json.get()).map(v4::read_checks);
                let checks = raw.checks.map(parse).transpose().map_err(|error| ChangeError(error.to_string()))?;
                Ok(Self::Checks(checks))
            }
            other => Err(ChangeError(format!("unknown kind of change `{other}`"))),
        }
    }
}

fn object_json(object: &ObjectState) -> String {
    let mut pretty = String::new();
    instance::write(&mut pretty, 0, (None, None, None), object);
    crate::gojson::compact(&pretty)
}

fn deposed_json(kind: &str, address: &AbsResourceInstance, key: &DeposedKey) -> String {
    let address = quoted(&address.to_string());
    format!(r#"{{"change":"{kind}","address":{address},"deposed":{}}}"#, quoted(key.as_str()))
}

fn missing(what: &str) -> ChangeError {
    ChangeError(format!("`{what}` is missing"))
}

fn address(text: Option<String>) -> Result<AbsResourceInstance, ChangeError> {
    text.ok_or_else(|| missing("address"))?
        .parse()
        .map_err(|error: fw_addr::ParseError| ChangeError(format!("invalid address: {}", error.message)))
}

fn deposed_key(text: String) -> Result<DeposedKey, ChangeError> {
    DeposedKey::parse(&text).ok_or_else(|| ChangeError(format!("invalid deposed key `{text}`")))
}

fn key(text: Option<String>) -> Result<DeposedKey, ChangeError> {
    text.ok_or_else(|| missing("deposed")).and_then(deposed_key)
}

fn read_object(json: &RawValue) -> Result<Arc<ObjectState>, ChangeError> {
    let raw = serde_json::from_str(json.get()).map_err(|error| ChangeError(error.to_string()))?;
    match instance::read(raw, &mut instance::Dependencies::default()) {
        Ok(read) => Ok(read.object),
        Err(_) => Err(ChangeError("invalid object".into())),
    }
}

fn read_output(name: &str, json: &RawValue) -> Result<OutputState, ChangeError> {
    let raw = serde_json::from_str(json.get()).map_err(|error| ChangeError(error.to_string()))?;
    v4::read_output(name, &raw).map_err(|problem| ChangeError(problem.detail))
}

#[cfg(test)]
mod tests;
