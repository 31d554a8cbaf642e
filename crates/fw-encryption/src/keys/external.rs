//! Keys from a program: it reads what it stored before, and answers with keys and with what to store now.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_backend::{Attributes, Settings};
use fw_schema::Block;
use fw_value::Type;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Key;
use crate::command;

const MAGIC: &str = "OpenTofu-External-Key-Provider";

/// The program with its arguments.
#[derive(Debug)]
pub(crate) struct External {
    command: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    keys: AnsweredKeys,
    #[serde(default)]
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnsweredKeys {
    #[serde(default)]
    encryption_key: Option<String>,
    #[serde(default)]
    decryption_key: Option<String>,
}

/// What is stored.
#[derive(Default, Serialize, Deserialize)]
struct Meta {
    #[serde(default)]
    external_data: Option<Box<RawValue>>,
}

impl External {
    pub(super) fn schema() -> Block {
        Attributes::new().with(&Type::List(Type::String.into()), &["command"]).block()
    }

    pub(super) fn of(settings: &Settings<'_>) -> Result<Self, String> {
        let command = settings.texts("command").unwrap_or_default();
        if command.is_empty() { Err("the command option is required".to_owned()) } else { Ok(Self { command }) }
    }

    pub(super) fn sealing(&self) -> Result<(Key, Vec<u8>), String> {
        let Answer { keys, meta } = self.ask(b"null".to_vec())?;
        let Some(key) = decoded(keys.encryption_key)? else {
            return Err("the external command has returned no encryption key".to_owned());
        };
        Ok((key, serde_json::to_vec(&meta).map_err(|error| error.to_string())?))
    }

    pub(super) fn opening(&self, stored: Option<&[u8]>) -> Result<Option<Key>, String> {
        let meta: Meta = stored.map(super::stored).transpose()?.unwrap_or_default();
        let input = match meta.external_data {
            Some(_) => serde_json::to_vec(&meta).map_err(|error| error.to_string())?,
            None => b"null".to_vec(),
        };
        decoded(self.ask(input)?.keys.decryption_key)
    }

    fn ask(&self, input: Vec<u8>) -> Result<Answer, String> {
        command::ask(&self.command, "external command", MAGIC, input)
    }
}

fn decoded(text: Option<String>) -> Result<Option<Key>, String> {
    let decode = |text: String| STANDARD.decode(text).map_err(|_secret| "a key is not in base64".to_owned());
    Ok(text.map(decode).transpose()?.filter(|key| !key.is_empty()).map(Key))
}
