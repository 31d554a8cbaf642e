//! `s3`: states in a bucket, locked with a file beside each or a table of DynamoDB, or both.

mod bucket;
mod check;
mod client;
mod make;
mod table;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_schema::Block;
use fw_store::{BackendError, DEFAULT_WORKSPACE, RemoteBackend, RemoteStates, StateClient};
use fw_value::Type;

use crate::aws;
use crate::kind::failed;
use crate::{Attributes, Configured, Kind, Problem, Problems, Settings};
use bucket::{Bucket, Encryption};
use client::Client;
use table::Table;

/// The kind.
pub(crate) struct S3;

impl Kind for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn required(&self) -> &'static [&'static str] {
        &["bucket", "key"]
    }

    fn schema(&self) -> Block {
        aws::attributes(Type::Set, &["external_id", "source_identity"])
            .texts(&[
                "acl",
                "bucket",
                "dynamodb_endpoint",
                "dynamodb_table",
                "endpoint",
                "iam_endpoint",
                "key",
                "kms_key_id",
                "shared_credentials_file",
                "sse_customer_key",
                "sts_endpoint",
                "workspace_key_prefix",
            ])
            .flags(&[
                "encrypt",
                "force_path_style",
                "skip_region_validation",
                "skip_s3_checksum",
                "use_lockfile",
                "use_path_style",
            ])
            .object("endpoints", Attributes::new().texts(&["dynamodb", "iam", "s3", "sso", "sts"]))
            .block()
    }

    fn check(&self, settings: &Settings<'_>) -> Problems {
        check::check(settings)
    }

    fn make(&self, settings: &Settings<'_>) -> Result<Vec<String>, Problems> {
        let states = states(settings)?;
        let mut made = Vec::new();
        if make::bucket(&states.bucket).map_err(|error| failed(error.to_string()))? {
            made.push(format!("the S3 bucket \"{}\"", states.bucket.name));
        }
        if let Some(table) = &states.table
            && make::table(table).map_err(|error| failed(error.to_string()))?
        {
            made.push(format!("the DynamoDB table \"{}\"", table.name));
        }
        Ok(made)
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        Ok(Box::new(RemoteBackend::new(Box::new(states(settings)?), &settings.around.data)))
    }
}

/// The states that settings name.
fn states(settings: &Settings<'_>) -> Result<States, Problems> {
    let region =
        settings.filled("region").or_else(|| settings.around.first_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
    let region = region.unwrap_or_default();
    if settings.filled("region").is_some_and(|region| !aws::is_region(region))
        && settings.flag("skip_region_validation") != Some(true)
    {
        let detail = format!("Invalid AWS Region: {region}");
        return Err(vec![Problem::at("region", "Invalid region value", detail)]);
    }
    let encryption = encryption(settings)?;
    let aws = aws::connected(settings, region)?;
    let text = |name: &str| settings.filled(name).map(str::to_owned);
    let bucket = Bucket {
        name: text("bucket").unwrap_or_default(),
        path_style: settings.flag("use_path_style").or_else(|| settings.flag("force_path_style")).unwrap_or(false),
        acl: text("acl"),
        encryption,
        checksums: settings.flag("skip_s3_checksum") != Some(true),
        aws: aws.clone(),
    };
    Ok(States {
        table: text("dynamodb_table").map(|name| Table { aws, name }),
        key: text("key").unwrap_or_default(),
        prefix: settings.text("workspace_key_prefix").unwrap_or("env:").to_owned(),
        lock_file: settings.flag("use_lockfile").unwrap_or(false),
        bucket,
    })
}

fn encryption(settings: &Settings<'_>) -> Result<Encryption, Problems> {
    if settings.flag("encrypt") != Some(true) && settings.filled("sse_customer_key").is_none() {
        return Ok(Encryption::None);
    }
    let customer = match settings.text("sse_customer_key") {
        Some(key) => Some((key, "Invalid sse_customer_key value", "sse_customer_key must be")),
        None => settings.around.variable("AWS_SSE_CUSTOMER_KEY").map(|key| {
            let subject = "The environment variable \"AWS_SSE_CUSTOMER_KEY\" must be";
            (key, "Invalid AWS_SSE_CUSTOMER_KEY value", subject)
        }),
    };
    if let Some((key, summary, subject)) = customer {
        let wrong = |what: &str| vec![Problem::at("sse_customer_key", summary, format!("{subject} {what}"))];
        if key.len() != 44 {
            return Err(wrong("44 characters in length"));
        }
        let decoded = STANDARD.decode(key).map_err(|error| wrong(&format!("base64 encoded: {error}")))?;
        // As terraform has it, the key counts where encryption is asked for.
        return Ok(if settings.flag("encrypt") == Some(true) {
            Encryption::Customer(decoded)
        } else {
            Encryption::None
        });
    }
    Ok(match settings.filled("kms_key_id") {
        Some(key) => Encryption::Kms(key.to_owned()),
        None => Encryption::Bucket,
    })
}

#[derive(Debug)]
struct States {
    bucket: Bucket,
    table: Option<Table>,
    key: String,
    prefix: String,
    lock_file: bool,
}

impl States {
    fn path(&self, workspace: &str) -> String {
        if workspace == DEFAULT_WORKSPACE {
            return self.key.clone();
        }
        let parts = [self.prefix.as_str(), workspace, self.key.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    /// The workspace whose state has a key.
    fn workspace<'k>(&self, key: &'k str) -> Option<&'k str> {
        let below = if self.prefix.is_empty() { key } else { key.strip_prefix(&self.prefix)?.strip_prefix('/')? };
        let (workspace, rest) = below.split_once('/')?;
        (rest == self.key).then_some(workspace)
    }
}

impl RemoteStates for States {
    fn title(&self) -> &'static str {
        "s3"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let mut names: Vec<String> = match self.bucket.list(&prefix) {
            Ok(keys) => keys.iter().filter_map(|key| self.workspace(key)).map(str::to_owned).collect(),
            // The default workspace may be used by those who may not list.
            Err(error) if error.code == "AccessDenied" => Vec::new(),
            Err(error) => return Err(BackendError::Failed(bucket::explained(&error, &self.bucket.name))),
        };
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        Ok(Box::new(Client {
            bucket: self.bucket.clone(),
            table: self.table.clone(),
            path: self.path(workspace),
            lock_file: self.lock_file,
        }))
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        let path = self.path(workspace);
        self.bucket.delete(&path).map_err(|error| BackendError::Failed(error.to_string()))?;
        if let Some(table) = &self.table
            && let Err(error) = table.forget_digest(&format!("{}/{path}", self.bucket.name))
        {
            log::warn!("s3: the digest of a deleted state stays: {error}");
        }
        Ok(())
    }

    fn place(&self, workspace: &str) -> String {
        let (address, _) = self.bucket.aws.endpoints.address(aws::Service::S3);
        format!("s3 {address} {}/{}", self.bucket.name, self.path(workspace))
    }
}
