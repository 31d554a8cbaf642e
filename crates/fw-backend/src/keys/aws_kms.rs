//! Keys of the key management service of AWS.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_schema::Block;
use fw_value::{Type, Value};
use serde_json::{Value as Json, json};

use super::{DataKey, KeyService};
use crate::aws::{Aws, Service, attributes, connected};
use crate::transport::Request;
use crate::{Attributes, Problem, Settings, Surroundings};

/// The kinds of keys.
const SPECS: [&str; 2] = ["AES_256", "AES_128"];

/// A key of the service.
pub struct AwsKms {
    /// The settings of the connection, which is made when the first key is wanted.
    value: Value,
    around: Surroundings,
    region: String,
    aws: OnceLock<Result<Aws, String>>,
    key: String,
    spec: String,
}

impl std::fmt::Debug for AwsKms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsKms").field("key", &self.key).finish_non_exhaustive()
    }
}

impl AwsKms {
    /// What may stand in the block of the key provider: the key, and what the backend "s3" has about connections.
    #[must_use]
    pub fn schema() -> Block {
        attributes(Type::List, &["external_id"])
            .texts(&["key_spec", "kms_key_id"])
            .nested("endpoints", Attributes::new().texts(&["iam", "sts"]))
            .block()
    }

    /// The key that settings name.
    ///
    /// # Errors
    /// When it is not named, or the settings contradict each other.
    pub fn of(settings: &Settings<'_>) -> Result<Self, String> {
        let key = settings.filled("kms_key_id").ok_or("no kms_key_id provided")?;
        let spec = settings.filled("key_spec").ok_or("no key_spec provided")?;
        if !SPECS.contains(&spec) {
            return Err(format!("invalid key_spec {spec}, expected one of [{}]", SPECS.join(" ")));
        }
        if settings.get("allowed_account_ids").is_some() && settings.get("forbidden_account_ids").is_some() {
            return Err("conflicting config attributes: only allowed_account_ids or forbidden_account_ids can be \
                        specified, not both"
                .to_owned());
        }
        let around = settings.around;
        let region =
            settings.filled("region").or_else(|| around.first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"])).ok_or(
                "the \"region\" attribute or the \"AWS_REGION\" or \"AWS_DEFAULT_REGION\" environment variables must \
                 be set.",
            )?;
        Ok(Self {
            value: settings.value.clone(),
            around: around.clone(),
            region: region.to_owned(),
            aws: OnceLock::new(),
            key: key.to_owned(),
            spec: spec.to_owned(),
        })
    }

    fn aws(&self) -> Result<&Aws, String> {
        let connect = || {
            let settings = Settings { value: &self.value, around: &self.around };
            connected(&settings, &self.region).map_err(|problems| {
                let one = |problem: &Problem| format!("\n{} : {}", problem.summary, problem.detail);
                let all: String = problems.iter().map(one).collect();
                format!("errors were encountered in aws kms configuration{all}")
            })
        };
        self.aws.get_or_init(connect).as_ref().map_err(String::clone)
    }

    fn call(&self, operation: &'static str, parameters: &Json) -> Result<Json, String> {
        let aws = self.aws()?;
        let (address, _) = aws.endpoints.address(Service::Kms);
        let request = Request::new("POST", format!("{address}/"))
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", format!("TrentService.{operation}"))
            .body(parameters.to_string());
        let answer = aws.call(Service::Kms, operation, &request).map_err(|error| error.to_string())?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

impl KeyService for AwsKms {
    fn make(&self) -> Result<DataKey, String> {
        let answer = self
            .call("GenerateDataKey", &json!({ "KeyId": self.key, "KeySpec": self.spec }))
            .map_err(|why| format!("failed to generate key: {why}"))?;
        Ok(DataKey { plain: bytes(&answer, "Plaintext")?, wrapped: bytes(&answer, "CiphertextBlob")? })
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, String> {
        let blob = STANDARD.encode(wrapped);
        bytes(&self.call("Decrypt", &json!({ "KeyId": self.key, "CiphertextBlob": blob }))?, "Plaintext")
    }
}

fn bytes(answer: &Json, name: &str) -> Result<Vec<u8>, String> {
    let text = answer.get(name).and_then(Json::as_str);
    let found = text.and_then(|text| STANDARD.decode(text).ok()).filter(|bytes| !bytes.is_empty());
    found.ok_or_else(|| format!("the answer of KMS has no {name}"))
}
