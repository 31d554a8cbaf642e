//! `kubernetes`: states as secrets, compressed; locks are leases beside them.

mod api;
mod cluster;
mod kubeconfig;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use fw_schema::Block;
use fw_store::{
    BackendError, DEFAULT_WORKSPACE, LockError, LockInfo, Making, RemoteBackend, RemoteStates, StateClient,
};
use fw_value::Type;
use serde_json::{Value as Json, json};

use crate::kind::failed;
use crate::{Attributes, Configured, Kind, Settings};
use api::{Api, ApiError};

/// The kind.
pub(crate) struct Kubernetes;

impl Kind for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn required(&self) -> &'static [&'static str] {
        &["secret_suffix"]
    }

    fn schema(&self) -> Block {
        let texts = Type::List(Type::String.into());
        let map = Type::Map(Type::String.into());
        let exec = Attributes::new().texts(&["api_version", "command"]).with(&texts, &["args"]).with(&map, &["env"]);
        Attributes::new()
            .texts(&[
                "client_certificate",
                "client_key",
                "cluster_ca_certificate",
                "config_context",
                "config_context_auth_info",
                "config_context_cluster",
                "config_path",
                "host",
                "namespace",
                "password",
                "proxy_url",
                "secret_suffix",
                "token",
                "username",
            ])
            .flags(&["in_cluster_config", "insecure", "load_config_file"])
            .with(&texts, &["config_paths"])
            .with(&map, &["labels"])
            .nested("exec", exec)
            .block()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        let cluster = cluster::of(settings).map_err(failed)?;
        let Some(suffix) = settings.filled("secret_suffix") else {
            return Err(failed("secret_suffix argument is required"));
        };
        let last = suffix.rsplit('-').next().unwrap_or_default();
        if suffix.contains('-') && !last.is_empty() && last.chars().all(|c| c.is_ascii_digit()) {
            return Err(failed(format!("secret_suffix must not end with '-<number>', got \"{suffix}\"")));
        }
        let namespace = settings.text_or("namespace", &["KUBE_NAMESPACE"]).filter(|name| !name.is_empty());
        let states = States {
            api: Api::new(settings.around, cluster, namespace.unwrap_or("default")).map_err(failed)?,
            suffix: suffix.to_owned(),
            labels: settings.map("labels"),
        };
        Ok(Box::new(RemoteBackend::new(Box::new(states), &settings.around.data)))
    }
}

#[derive(Debug)]
struct States {
    api: Api,
    suffix: String,
    labels: BTreeMap<String, String>,
}

impl States {
    fn open(&self, workspace: &str) -> Client {
        let mut labels = BTreeMap::from([
            ("tfstate".to_owned(), "true".to_owned()),
            ("tfstateSecretSuffix".to_owned(), self.suffix.clone()),
            ("tfstateWorkspace".to_owned(), workspace.to_owned()),
            ("app.kubernetes.io/managed-by".to_owned(), "terraform".to_owned()),
        ]);
        labels.extend(self.labels.clone());
        Client { api: self.api.clone(), name: format!("tfstate-{workspace}-{}", self.suffix), labels }
    }
}

impl RemoteStates for States {
    fn title(&self) -> &'static str {
        "Kubernetes"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let secrets = self.api.secrets("tfstate=true").map_err(|error| BackendError::Failed(error.to_string()))?;
        let workspace = |secret: &Json| {
            let label = |name: &str| secret.pointer("/metadata/labels")?.get(name)?.as_str().map(str::to_owned);
            let found = label("tfstateWorkspace").filter(|name| name != DEFAULT_WORKSPACE)?;
            (label("tfstateSecretSuffix")? == self.suffix).then_some(found)
        };
        let mut names: Vec<String> = secrets.iter().filter_map(workspace).collect();
        names.sort();
        names.dedup();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        let client = self.open(workspace);
        check_name(&client.name).map_err(BackendError::Failed)?;
        Ok(Box::new(client))
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        let client = self.open(workspace);
        let parts = client.parts().map_err(|error| BackendError::Failed(error.to_string()))?;
        let mut paths: Vec<String> = parts.into_keys().map(|part| self.api.secret(&client.part_name(part))).collect();
        paths.push(self.api.lease(&client.lock_name()));
        for path in paths {
            match self.api.delete(&path) {
                Err(error) if !error.is_missing() => return Err(BackendError::Failed(error.to_string())),
                _ => {}
            }
        }
        Ok(())
    }

    fn place(&self, workspace: &str) -> String {
        format!("kubernetes {} {}", self.api.place(), self.open(workspace).name)
    }

    fn making(&self) -> Making {
        Making::WithoutState
    }
}

/// Whether a name can be that of a secret.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part =
        |part: &str| part.starts_with(plain) && part.ends_with(plain) && part.chars().all(|c| plain(c) || c == '-');
    if name.len() <= 253 && name.split('.').all(part) {
        return Ok(());
    }
    Err(format!(
        "the secret name {name} is invalid, a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
         characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
         validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\nThis is a requirement for \
         Kubernetes secret names. \nThe workspace name and key must adhere to Kubernetes naming conventions."
    ))
}

/// Secrets hold a mebibyte; what is longer is stored in several.
const PART: usize = 1 << 20;

/// The annotation that says who holds a lease.
const HOLDER: &str = "app.terraform.io/lock-info";

#[derive(Debug)]
struct Client {
    api: Api,
    name: String,
    labels: BTreeMap<String, String>,
}

fn quiet(message: impl std::fmt::Display) -> LockError {
    LockError { message: message.to_string(), holder: None }
}

fn holder(lease: &Json) -> Option<LockInfo> {
    let text = lease.pointer("/metadata/annotations")?.get(HOLDER)?.as_str()?;
    serde_json::from_str(text).ok()
}

fn identity(lease: &Json) -> Option<&str> {
    lease.pointer("/spec/holderIdentity").and_then(Json::as_str)
}

impl Client {
    fn lock_name(&self) -> String {
        format!("lock-{}", self.name)
    }

    /// The secret with a part of the state; the first has the plain name.
    fn part_name(&self, number: usize) -> String {
        if number == 0 { self.name.clone() } else { format!("{}-part-{number}", self.name) }
    }

    /// The secrets that are there, in order.
    fn parts(&self) -> Result<BTreeMap<usize, Json>, ApiError> {
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let number_of = |secret: &Json| {
            let name = secret.pointer("/metadata/name")?.as_str()?;
            if name == self.name {
                return Some(0);
            }
            name.strip_prefix(&self.name)?.strip_prefix("-part-")?.parse().ok()
        };
        let found = self.api.secrets(&labels.join(","))?;
        Ok(found.into_iter().filter_map(|secret| Some((number_of(&secret)?, secret))).collect())
    }

    /// Stores a part of the state, in the secret that was found where there was one.
    fn store(&self, number: usize, found: Option<Json>, part: &[u8]) -> Result<(), ApiError> {
        let name = self.part_name(number);
        let is_new = found.is_none();
        let mut secret = found.unwrap_or_else(|| {
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": {
                "name": name, "labels": self.labels, "annotations": { "encoding": "gzip" } } })
        });
        if !secret["data"].is_object() {
            secret["data"] = json!({});
        }
        secret["data"]["tfstate"] = Json::String(STANDARD.encode(part));
        if is_new {
            self.api.create(&self.api.secret(""), &secret)
        } else {
            self.api.update(&self.api.secret(&name), &secret)
        }
    }
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut packed = Vec::new();
        for (_, secret) in self.parts().map_err(|error| error.to_string())? {
            let Some(text) = secret.pointer("/data/tfstate").and_then(Json::as_str) else { continue };
            packed.extend(STANDARD.decode(text).map_err(|error| error.to_string())?);
        }
        if packed.is_empty() {
            return Ok(None);
        }
        let mut content = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut content).map_err(|error| error.to_string())?;
        Ok(Some(content).filter(|content| !content.is_empty()))
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(content).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
        let mut old = self.parts().map_err(|error| error.to_string())?;
        let mut written = 0;
        for (number, part) in packed.chunks(PART).enumerate() {
            let found = old.remove(&number);
            self.store(number, found, part).map_err(|error| error.to_string())?;
            written = number;
        }
        for number in old.into_keys().filter(|number| *number > written) {
            self.api.delete(&self.api.secret(&self.part_name(number))).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        let (name, text) = (self.lock_name(), serde_json::to_string(info).unwrap_or_default());
        let path = self.api.lease(&name);
        let mut lease = match self.api.get(&path) {
            Ok(lease) => lease,
            Err(error) if error.is_missing() => {
                let lease = json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": { "name": name, "labels": self.labels, "annotations": { HOLDER: text } },
                    "spec": { "holderIdentity": info.id } });
                return self.api.create(&self.api.lease(""), &lease).map_err(quiet);
            }
            Err(error) => return Err(quiet(error)),
        };
        if identity(&lease).is_some() {
            let message = "the state is already locked by another terraform client".to_owned();
            return Err(LockError { message, holder: holder(&lease) });
        }
        lease["spec"]["holderIdentity"] = Json::String(info.id.clone());
        if !lease["metadata"]["annotations"].is_object() {
            lease["metadata"]["annotations"] = json!({});
        }
        lease["metadata"]["annotations"][HOLDER] = Json::String(text);
        // The version of what was read goes along: whoever is later is refused.
        self.api.update(&path, &lease).map_err(quiet)
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        let path = self.api.lease(&self.lock_name());
        let mut lease = self.api.get(&path).map_err(quiet)?;
        let found = holder(&lease);
        match identity(&lease) {
            None => return Err(quiet("state is already unlocked")),
            Some(other) if other != id => {
                return Err(LockError {
                    message: format!("lock id \"{id}\" does not match existing lock"),
                    holder: found,
                });
            }
            Some(_) => {}
        }
        if let Some(spec) = lease["spec"].as_object_mut() {
            spec.remove("holderIdentity");
        }
        if let Some(annotations) = lease["metadata"]["annotations"].as_object_mut() {
            annotations.remove(HOLDER);
        }
        self.api
            .update(&path, &lease)
            .map_err(|error: ApiError| LockError { message: error.to_string(), holder: found })
    }
}
