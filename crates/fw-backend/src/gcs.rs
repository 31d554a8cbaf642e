//! `gcs`: states as objects of a bucket of Google Cloud Storage; a lock is an object beside each, known by its generation.

mod credentials;
mod objects;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_schema::Block;
use fw_store::{
    BackendError, DEFAULT_WORKSPACE, LockError, LockInfo, Making, RemoteBackend, RemoteStates, StateClient,
};
use fw_value::Type;

use crate::kind::failed;
use crate::transport::{Security, Transport};
use crate::{Attributes, Configured, Kind, Problems, Settings};
use credentials::Tokens;
use objects::Objects;

/// The kind.
pub(crate) struct Gcs;

impl Kind for Gcs {
    fn name(&self) -> &'static str {
        "gcs"
    }

    fn required(&self) -> &'static [&'static str] {
        &["bucket"]
    }

    fn schema(&self) -> Block {
        Attributes::new()
            .texts(&[
                "access_token",
                "bucket",
                "credentials",
                "encryption_key",
                "impersonate_service_account",
                "kms_encryption_key",
                "prefix",
                "storage_custom_endpoint",
            ])
            .with(&Type::List(Type::String.into()), &["impersonate_service_account_delegates"])
            .block()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        let text = |name: &str, variables: &[&str]| {
            settings.text_or(name, variables).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let transport = Transport::new(settings.around, &Security::default()).map_err(failed)?;
        let emulator = settings.around.variable("STORAGE_EMULATOR_HOST");
        let variables = ["GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", "GOOGLE_STORAGE_CUSTOM_ENDPOINT"];
        let endpoint = match (text("storage_custom_endpoint", &variables), emulator) {
            (Some(chosen), _) => chosen,
            (None, Some(host)) if host.contains("://") => format!("{}/storage/v1/", host.trim_end_matches('/')),
            (None, Some(host)) => format!("http://{host}/storage/v1/"),
            (None, None) => "https://storage.googleapis.com/storage/v1/".to_owned(),
        };
        let encryption_key = text("encryption_key", &["GOOGLE_ENCRYPTION_KEY"]);
        let kms_key = text("kms_encryption_key", &["GOOGLE_KMS_ENCRYPTION_KEY"]);
        if encryption_key.is_some() && kms_key.is_some() {
            return Err(failed("can't set both encryption_key and kms_encryption_key"));
        }
        let tokens =
            if emulator.is_some() { Tokens::none() } else { Tokens::of(settings, &transport).map_err(failed)? };
        let Some(bucket) = text("bucket", &[]) else { return Err(failed("bucket argument is required")) };
        let objects = Objects {
            endpoint: reqwest::Url::parse(&endpoint).map_err(|error| failed(format!("{endpoint}: {error}")))?,
            bucket,
            key: encryption_key.map(|key| decoded(settings, &key)).transpose()?,
            kms_key,
            tokens,
            transport,
        };
        let prefix = text("prefix", &[]).unwrap_or_default();
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Box::new(RemoteBackend::new(Box::new(States { objects, prefix }), &settings.around.data)))
    }
}

/// A key that is given in base64, or the path of a file with one.
fn decoded(settings: &Settings<'_>, key: &str) -> Result<Vec<u8>, Problems> {
    let text = credentials::contents(settings, key);
    STANDARD.decode(text.trim()).map_err(|error| failed(format!("Error decoding encryption key: {error}")))
}

#[derive(Debug)]
struct States {
    objects: Objects,
    prefix: String,
}

impl RemoteStates for States {
    fn title(&self) -> &'static str {
        "gcs"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let listed = self.objects.list(&self.prefix);
        let listed = listed.map_err(|why| BackendError::Failed(format!("querying Cloud Storage failed: {why}")))?;
        let names = listed.iter().filter_map(|name| name.strip_prefix(&self.prefix)?.strip_suffix(".tfstate"));
        let mut names: Vec<String> = names.filter(|name| *name != DEFAULT_WORKSPACE).map(str::to_owned).collect();
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        let name = |suffix: &str| format!("{}{workspace}.{suffix}", self.prefix);
        Ok(Box::new(Client { objects: self.objects.clone(), state: name("tfstate"), lock: name("tflock") }))
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        let name = format!("{}{workspace}.tfstate", self.prefix);
        let deleted = self.objects.delete(&name, None);
        deleted.map_err(|error| BackendError::Failed(format!("Failed to delete state file {name}: {error}")))
    }

    fn place(&self, workspace: &str) -> String {
        format!("gcs {} {} {}{workspace}", self.objects.endpoint, self.objects.bucket, self.prefix)
    }

    fn making(&self) -> Making {
        Making::WithoutState
    }
}

#[derive(Debug)]
struct Client {
    objects: Objects,
    state: String,
    lock: String,
}

impl Client {
    fn url(&self, name: &str) -> String {
        format!("gs://{}/{name}", self.objects.bucket)
    }

    /// A refusal, with who holds the lock.
    fn refused(&self, message: String) -> LockError {
        match self.holder() {
            Ok(holder) => LockError { message, holder: Some(holder) },
            Err(why) => {
                LockError { message: format!("2 errors occurred:\n\t* {message}\n\t* {why}\n\n"), holder: None }
            }
        }
    }

    fn holder(&self) -> Result<LockInfo, String> {
        let content = self.objects.get(&self.lock, false)?.ok_or("storage: object doesn't exist")?;
        let info: LockInfo = serde_json::from_slice(&content).map_err(|error| error.to_string())?;
        // The generation is not known before the object is written.
        Ok(LockInfo { id: self.objects.generation(&self.lock)?, ..info })
    }
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        let url = self.url(&self.state);
        self.objects.get(&self.state, true).map_err(|why| format!("Failed to open state file at {url}: {why}"))
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        let url = self.url(&self.state);
        let stored = self.objects.put(&self.state, content, objects::Put::State);
        stored.map(drop).map_err(|why| format!("Failed to upload state to {url}: {why}"))
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        info.path = self.url(&self.lock);
        let text = serde_json::to_vec(info).unwrap_or_default();
        match self.objects.put(&self.lock, &text, objects::Put::NewLock) {
            Ok(generation) => {
                info.id = generation;
                Ok(())
            }
            Err(why) => Err(self.refused(format!("writing \"{}\" failed: {why}", info.path))),
        }
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        if id.parse::<i64>().is_err() {
            let message = format!("Lock ID should be numerical value, got '{id}'");
            return Err(LockError { message, holder: None });
        }
        self.objects.delete(&self.lock, Some(id)).map_err(|why| self.refused(why))
    }
}
