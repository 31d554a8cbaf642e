//! The configuration of a deployment or stack as it comes in a request: checked as far as that goes without providers, and
//! packed as workers take it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fw_addr::ModulePath;
use fw_config::{Files, Module};
use fw_diag::{Diagnostics, SourceMap, render};
use fw_run::SourceFormat;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::ApiError;

/// Where `terraform_json` goes.
const JSON_FILE: &str = "main.tf.json";
/// Overrides the region and the profile of the `aws` provider.
const OVERRIDE_FILE: &str = "formwork_service_override.tf.json";
const MOST_FILES: usize = 10_000;
const LONGEST_PATH: usize = 512;

/// A configuration in one of three forms.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(Deserialize))]
pub(crate) struct SourceRequest {
    /// The whole configuration in Terraform's JSON syntax.
    pub(crate) terraform_json: Option<Box<RawValue>>,
    /// Files by path.
    pub(crate) files: Option<BTreeMap<String, String>>,
    /// A zip or gzip-compressed tar archive, in base64.
    pub(crate) archive: Option<String>,
    /// The root module's directory within files or archive.
    pub(crate) directory: Option<String>,
}

/// For which cloud account and region.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub(crate) struct CloudConfig {
    /// The profile of the AWS configuration files to use.
    pub(crate) aws_profile: Option<String>,
    /// The AWS region.
    pub(crate) aws_region: Option<String>,
}

/// A configuration, packed.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) content: Bytes,
    pub(crate) format: SourceFormat,
    pub(crate) directory: String,
}

impl SourceRequest {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.terraform_json.is_none() && self.files.is_none() && self.archive.is_none()
    }

    /// Checks and packs it.
    ///
    /// # Errors
    /// When it is malformed; says where.
    pub(crate) fn pack(self, config: &CloudConfig) -> Result<Packed, ApiError> {
        let directory = directory(self.directory.as_deref().unwrap_or_default())?;
        match (self.terraform_json, self.files, self.archive) {
            (Some(json), None, None) => pack_json(&json, config),
            (None, Some(files), None) => pack_files(files, directory, config),
            (None, None, Some(archive)) => pack_archive(&archive, directory),
            (None, None, None) => {
                Err(ApiError::invalid("terraform_json is required, or one of `files` and `archive` in its place"))
            }
            _ => Err(ApiError::invalid("only one of `terraform_json`, `files` and `archive` may be given")),
        }
    }
}

/// The environment that makes providers use a profile and a region.
pub(crate) fn environment(config: &CloudConfig) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    if let Some(profile) = config.aws_profile.as_ref().filter(|profile| !profile.is_empty()) {
        environment.insert("AWS_PROFILE".to_owned(), profile.clone());
    }
    if let Some(region) = config.aws_region.as_ref().filter(|region| !region.is_empty()) {
        environment.insert("AWS_REGION".to_owned(), region.clone());
        environment.insert("AWS_DEFAULT_REGION".to_owned(), region.clone());
    }
    environment
}

fn pack_json(json: &RawValue, config: &CloudConfig) -> Result<Packed, ApiError> {
    let wrong = |message: &str| {
        ApiError { code: "invalid_terraform_json", ..ApiError::invalid(message) }
            .with(json!({"path": "terraform_json"}))
    };
    if !json.get().trim_start().starts_with('{') {
        return Err(wrong("terraform_json is a JSON object"));
    }
    let files = BTreeMap::from([(JSON_FILE.to_owned(), json.get().to_owned())]);
    let module = check(&files, "").map_err(|error| ApiError { code: "invalid_terraform_json", ..error })?;
    if module.resources.is_empty() && module.calls.is_empty() && module.outputs.is_empty() {
        return Err(wrong("no resources or data sources found in terraform_json"));
    }
    finish(files, String::new(), &module, config)
}

fn pack_files(files: BTreeMap<String, String>, directory: String, config: &CloudConfig) -> Result<Packed, ApiError> {
    if files.len() > MOST_FILES {
        return Err(ApiError::invalid(format!("there are more than {MOST_FILES} files")));
    }
    for path in files.keys() {
        if let Err(reason) = check_path(path) {
            let shown: String = path.chars().take(100).collect();
            return Err(ApiError::invalid(format!("the path `{shown}` {reason}")).with(json!({"path": shown})));
        }
    }
    let module = check(&files, &directory)?;
    finish(files, directory, &module, config)
}

fn finish(
    mut files: BTreeMap<String, String>,
    directory: String,
    module: &Module,
    config: &CloudConfig,
) -> Result<Packed, ApiError> {
    if let Some(text) = provider_override(module, config) {
        let path = if directory.is_empty() { OVERRIDE_FILE.to_owned() } else { format!("{directory}/{OVERRIDE_FILE}") };
        files.insert(path, text);
    }
    let content = serde_json::to_vec(&files).map_err(|error| ApiError::internal(&error))?;
    Ok(Packed { content: content.into(), format: SourceFormat::Files, directory })
}

/// What is asked for counts more than what the configuration's own `provider "aws"` says; the environment would count less.
fn provider_override(module: &Module, config: &CloudConfig) -> Option<String> {
    let configured = module.providers.keys().any(|provider| &*provider.local_name == "aws" && provider.alias.is_none());
    let given = [("profile", &config.aws_profile), ("region", &config.aws_region)];
    let arguments: Map<String, Value> = given
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.as_ref().filter(|v| !v.is_empty())?.as_str().into())))
        .collect();
    (configured && !arguments.is_empty()).then(|| json!({"provider": {"aws": arguments}}).to_string())
}

fn pack_archive(archive: &str, directory: String) -> Result<Packed, ApiError> {
    let wrong = |message: &str| ApiError::invalid(message).with(json!({"path": "archive"}));
    let content =
        STANDARD.decode(archive.trim()).map_err(|error| wrong(&format!("the archive is not base64: {error}")))?;
    let format = match content.as_slice() {
        [0x1f, 0x8b, ..] => SourceFormat::TarGz,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => SourceFormat::Zip,
        _ => return Err(wrong("the archive is neither a zip nor a gzip-compressed tar archive")),
    };
    Ok(Packed { content: content.into(), format, directory })
}

fn directory(text: &str) -> Result<String, ApiError> {
    let plain = text.trim_matches('/').trim_start_matches("./");
    if plain.is_empty() || plain == "." {
        return Ok(String::new());
    }
    match check_path(plain) {
        Ok(()) => Ok(plain.to_owned()),
        Err(reason) => Err(ApiError::invalid(format!("the directory {reason}")).with(json!({"path": "directory"}))),
    }
}

/// Files end up below a directory of a worker, whatever they are called.
fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() || path.len() > LONGEST_PATH {
        return Err("is empty or too long");
    }
    if path.chars().any(|character| character.is_control() || character == '\\' || character == ':') {
        return Err("has characters that a file's path should not have");
    }
    let part_is_fine = |part: &str| !part.is_empty() && part != "." && part != ".." && part.len() <= 255;
    if !path.split('/').all(part_is_fine) {
        return Err("is not a plain relative path");
    }
    if path.split('/').any(|part| part == ".terraform") {
        return Err("lies in .terraform, where installed providers belong");
    }
    Ok(())
}

/// Reads the root module.
fn check(files: &BTreeMap<String, String>, directory: &str) -> Result<Module, ApiError> {
    let sources = SourceMap::new();
    let place = if directory.is_empty() { "." } else { directory };
    let (module, diagnostics) = fw_config::load_module(place, ModulePath::root(), &Given(files), &sources);
    if diagnostics.has_errors() {
        return Err(refused(&diagnostics, &sources));
    }
    Ok(module)
}

fn refused(diagnostics: &Diagnostics, sources: &SourceMap) -> ApiError {
    let told: Vec<Value> = diagnostics.iter().take(50).map(|one| render::json(one, sources)).collect();
    let first = diagnostics.iter().find(|one| one.is_error());
    let place = first.and_then(|one| one.subject).map(|span| format!("{}: ", sources.describe(span)));
    let message =
        first.map_or_else(String::new, |one| format!("{}{}: {}", place.unwrap_or_default(), one.summary, one.detail));
    ApiError::invalid(message).with(json!({"diagnostics": told}))
}

/// The files of a request.
struct Given<'a>(&'a BTreeMap<String, String>);

impl Files for Given<'_> {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let below = self.0.keys().filter_map(|path| path.strip_prefix(&prefix));
        let names: Vec<String> = below.filter(|rest| !rest.contains('/')).map(str::to_owned).collect();
        if names.is_empty() { Err(format!("there are no files in {directory}")) } else { Ok(names) }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let plain = path.strip_prefix("./").unwrap_or(path);
        self.0.get(plain).map(|text| text.clone().into_bytes()).ok_or_else(|| "there is no such file".to_owned())
    }
}

#[cfg(test)]
mod tests;
