//! The account: where it is, and how requests to it are allowed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::blobs::Access;
use super::token::{Cloud, Token};
use crate::Settings;
use crate::aws::encode;
use crate::transport::{Request, Retries, Transport};

/// The address of an account's blobs, and how requests to it are allowed.
///
/// # Errors
/// When nothing allows them.
pub(super) fn access(settings: &Settings<'_>, transport: &Transport) -> Result<(String, Access), String> {
    let cloud = Cloud::of(settings)?;
    let account = settings.filled("storage_account_name").unwrap_or_default();
    let usual = format!("https://{account}.blob.{}", cloud.storage_suffix);
    // For emulators, whose addresses have the account in their path.
    let address = settings
        .around
        .variable("AZURE_STORAGE_BLOB_ENDPOINT")
        .map_or(usual, |chosen| chosen.trim_end_matches('/').to_owned());
    let text = |name: &str, variable: &str| settings.text_or(name, &[variable]).filter(|text| !text.is_empty());
    if let Some(key) = text("access_key", "ARM_ACCESS_KEY") {
        return Ok((address, Access::Key(decoded(key)?)));
    }
    if let Some(signature) = text("sas_token", "ARM_SAS_TOKEN") {
        return Ok((address, Access::Signature(signature.trim_start_matches('?').to_owned())));
    }
    let with_directory = settings.flag_or("use_azuread_auth", "ARM_USE_AZUREAD").map_err(|told| summary(&told))?;
    if with_directory.unwrap_or(false) {
        return Ok((address, Access::Token(Token::of(settings, &cloud, "https://storage.azure.com")?)));
    }
    let Some(group) = settings.filled("resource_group_name") else {
        return Err(
            "Either an Access Key / SAS Token or the Resource Group for the Storage Account must be specified - or \
                    Azure AD Authentication must be enabled"
                .to_owned(),
        );
    };
    let subscription = text("subscription_id", "ARM_SUBSCRIPTION_ID").ok_or("subscription_id must be set")?;
    let token = Token::of(settings, &cloud, cloud.manager)?.current(transport)?;
    let url = format!(
        "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}/listKeys?api-version=2023-01-01",
        cloud.manager,
        encode(subscription),
        encode(group),
        encode(account)
    );
    let request = Request::new("POST", url).header("Authorization", format!("Bearer {token}"));
    let request = request.header("Content-Length", "0");
    let (_, result) = transport.send_patiently(Retries::USUAL, || request.clone());
    let failed = |why: String| format!("retrieving key for Storage Account \"{account}\": {why}");
    let answer = result.map_err(|failure| failed(failure.why))?;
    let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let key = json.pointer("/keys/0/value").and_then(Json::as_str);
    let key = key.ok_or_else(|| failed(format!("status {}: {}", answer.status, answer.text())))?;
    Ok((address, Access::Key(decoded(key)?)))
}

fn decoded(key: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(key.trim()).map_err(|error| format!("the access key is no base64: {error}"))
}

/// The first thing that is said.
pub(super) fn summary(problems: &crate::Problems) -> String {
    problems.first().map(|problem| format!("{}: {}", problem.summary, problem.detail)).unwrap_or_default()
}
