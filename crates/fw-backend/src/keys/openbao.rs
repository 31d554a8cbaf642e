//! Keys of the transit engine of OpenBao, or of Vault, whose protocol is the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_schema::Block;
use serde_json::{Value as Json, json};

use super::{DataKey, KeyService};
use crate::aws::encode;
use crate::transport::{Request, Retries, Security, Transport};
use crate::{Attributes, Settings};

/// A key of the engine.
pub struct OpenBao {
    transport: Transport,
    /// Up to and with the mount: `https://127.0.0.1:8200/v1/transit`.
    engine: String,
    token: String,
    namespace: Option<String>,
    key: String,
    bits: u64,
}

impl std::fmt::Debug for OpenBao {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenBao").field("engine", &self.engine).field("key", &self.key).finish_non_exhaustive()
    }
}

impl OpenBao {
    /// What may stand in the block of the key provider.
    #[must_use]
    pub fn schema() -> Block {
        Attributes::new()
            .texts(&["address", "token", "key_name", "transit_engine_path"])
            .numbers(&["key_length"])
            .block()
    }

    /// The key that settings name. Where it is and who asks may be said by the variables of OpenBao, or Vault's.
    ///
    /// # Errors
    /// When no key is named, or certificates cannot be read.
    pub fn connect(settings: &Settings<'_>) -> Result<Self, String> {
        let key = settings.filled("key_name").ok_or("no key name found")?;
        let length = match settings.get("key_length") {
            None => 32,
            Some(_) => settings.number_or("key_length", "").unwrap_or_default(),
        };
        if ![16, 32, 64].contains(&length) {
            return Err(format!("data key length should one of 16, 32 or 64 bytes: got {length}"));
        }
        let around = settings.around;
        let variable = |name: &str| around.first_variable(&[&format!("BAO_{name}"), &format!("VAULT_{name}")]);
        let file = |name: &str| {
            let read = |path: &str| std::fs::read(around.path(path)).map_err(|error| format!("{name}: {error}"));
            variable(name).map(read).transpose()
        };
        let identity = match (file("CLIENT_CERT")?, file("CLIENT_KEY")?) {
            (Some(certificate), Some(key)) => Some([certificate, b"\n".to_vec(), key].concat()),
            _ => None,
        };
        let trust_all = matches!(variable("SKIP_VERIFY"), Some("1" | "t" | "T" | "true" | "TRUE" | "True"));
        let security = Security { authorities: file("CACERT")?, identity, trust_all };
        let address = settings.filled("address").or_else(|| variable("ADDR")).unwrap_or("https://127.0.0.1:8200");
        let mount = settings.filled("transit_engine_path").unwrap_or("transit");
        Ok(Self {
            transport: Transport::new(around, &security)?,
            engine: format!("{}/v1/{}", address.trim_end_matches('/'), mount.trim_matches('/')),
            token: settings.filled("token").or_else(|| variable("TOKEN")).unwrap_or_default().to_owned(),
            namespace: variable("NAMESPACE").map(str::to_owned),
            key: key.to_owned(),
            bits: length * 8,
        })
    }

    fn call(&self, operation: &str, parameters: &Json) -> Result<Json, String> {
        let url = format!("{}/{operation}/{}", self.engine, encode(&self.key));
        let prepare = || {
            let mut request = Request::new("PUT", url.as_str())
                .header("Content-Type", "application/json")
                .header("X-Vault-Request", "true")
                .body(parameters.to_string());
            if !self.token.is_empty() {
                request = request.header("X-Vault-Token", self.token.as_str());
            }
            if let Some(namespace) = &self.namespace {
                request = request.header("X-Vault-Namespace", namespace.as_str());
            }
            request
        };
        let retries = Retries { most: 2, ..Retries::USUAL };
        let answer = self.transport.send_patiently(retries, prepare).1.map_err(|failure| failure.why)?;
        let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.is_success() {
            return Ok(json.get("data").cloned().unwrap_or_default());
        }
        let told = json.get("errors").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let told: String = told.map(|one| format!("\n\n* {one}")).collect();
        Err(format!("Error making API request.\n\nURL: PUT {url}\nCode: {}. Errors:{told}", answer.status))
    }
}

impl KeyService for OpenBao {
    fn make(&self) -> Result<DataKey, String> {
        let failed = |why: String| {
            format!(
                "failed to generate OpenBao data key (check if the configuration valid and OpenBao server accessible): \
                 {why}"
            )
        };
        let answer = self
            .call("datakey/plaintext", &json!({ "bits": self.bits }))
            .map_err(|why| failed(format!("error sending datakey request to OpenBao: {why}")))?;
        let wrapped = answer.get("ciphertext").and_then(Json::as_str).unwrap_or_default();
        if wrapped.is_empty() {
            return Err(failed("the answer has no 'ciphertext'".to_owned()));
        }
        Ok(DataKey { plain: plaintext(&answer).map_err(failed)?, wrapped: wrapped.as_bytes().to_vec() })
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, String> {
        let failed = |why: String| {
            format!(
                "failed to decrypt ciphertext (check if the configuration valid and OpenBao server accessible): {why}"
            )
        };
        let wrapped = String::from_utf8_lossy(wrapped);
        let answer = self
            .call("decrypt", &json!({ "ciphertext": wrapped }))
            .map_err(|why| failed(format!("error sending decryption request to OpenBao: {why}")))?;
        plaintext(&answer).map_err(failed)
    }
}

fn plaintext(answer: &Json) -> Result<Vec<u8>, String> {
    let text = answer.get("plaintext").and_then(Json::as_str);
    let found = text.and_then(|text| STANDARD.decode(text).ok()).filter(|bytes| !bytes.is_empty());
    found.ok_or_else(|| "the answer has no 'plaintext'".to_owned())
}
