//! `azurerm`: states as blobs of Azure Storage, locked with leases whose holders stand in the blobs' metadata.

mod account;
mod blobs;
mod token;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_schema::Block;
use fw_store::{
    BackendError, DEFAULT_WORKSPACE, LockError, LockInfo, Making, RemoteBackend, RemoteStates, StateClient,
};

use crate::kind::failed;
use crate::transport::{Security, Transport};
use crate::{Attributes, Configured, Kind, Problem, Settings};
use blobs::Blobs;

/// The kind.
pub(crate) struct Azurerm;

impl Kind for Azurerm {
    fn name(&self) -> &'static str {
        "azurerm"
    }

    fn required(&self) -> &'static [&'static str] {
        &["storage_account_name", "container_name", "key"]
    }

    fn schema(&self) -> Block {
        Attributes::new()
            .texts(&[
                "access_key",
                "ado_pipeline_service_connection_id",
                "client_certificate",
                "client_certificate_password",
                "client_certificate_path",
                "client_id",
                "client_id_file_path",
                "client_secret",
                "client_secret_file_path",
                "container_name",
                "endpoint",
                "environment",
                "key",
                "metadata_host",
                "msi_endpoint",
                "oidc_request_token",
                "oidc_request_url",
                "oidc_token",
                "oidc_token_file_path",
                "resource_group_name",
                "sas_token",
                "storage_account_name",
                "subscription_id",
                "tenant_id",
            ])
            .flags(&[
                "lookup_blob_endpoint",
                "snapshot",
                "use_aks_workload_identity",
                "use_azuread_auth",
                "use_cli",
                "use_msi",
                "use_oidc",
            ])
            .block()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        let mut problems = Vec::new();
        for name in ["storage_account_name", "key", "container_name"] {
            if settings.filled(name).is_none() {
                problems.push(Problem::error(format!("\"{name}\": required field is not set")));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let transport = Transport::new(settings.around, &Security::default()).map_err(failed)?;
        let (address, access) = account::access(settings, &transport).map_err(failed)?;
        let text = |name: &str| settings.filled(name).unwrap_or_default().to_owned();
        let states = States {
            blobs: Blobs {
                transport,
                access,
                address,
                container: text("container_name"),
                account: text("storage_account_name"),
            },
            key: text("key"),
            snapshot: settings.flag_or("snapshot", "ARM_SNAPSHOT")?.unwrap_or(false),
        };
        Ok(Box::new(RemoteBackend::new(Box::new(states), &settings.around.data)))
    }
}

#[derive(Debug)]
struct States {
    blobs: Blobs,
    key: String,
    snapshot: bool,
}

impl States {
    fn name(&self, workspace: &str) -> String {
        if workspace == DEFAULT_WORKSPACE { self.key.clone() } else { format!("{}env:{workspace}", self.key) }
    }
}

impl RemoteStates for States {
    fn title(&self) -> &'static str {
        "azure"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let prefix = format!("{}env:", self.key);
        let listed =
            self.blobs.list(&prefix).map_err(|why| BackendError::Failed(format!("error listing blobs: {why}")))?;
        let names = listed.iter().filter_map(|name| name.strip_prefix(&prefix)).filter(|name| !name.contains('/'));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        let (blobs, name) = (self.blobs.clone(), self.name(workspace));
        Ok(Box::new(Client { blobs, name, snapshot: self.snapshot, lease: None }))
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        let deleted = self.blobs.delete(&self.name(workspace));
        deleted.map_err(|why| BackendError::Failed(format!("error deleting blob: {why}")))
    }

    fn place(&self, workspace: &str) -> String {
        format!("azurerm {} {} {}", self.blobs.address, self.blobs.container, self.name(workspace))
    }

    fn making(&self) -> Making {
        Making::WithoutState
    }
}

/// The metadata that says who holds the lease, in base64.
const HOLDER: &str = "terraformlockid";

#[derive(Debug)]
struct Client {
    blobs: Blobs,
    name: String,
    snapshot: bool,
    /// The lease that we hold.
    lease: Option<String>,
}

fn quiet(message: String) -> LockError {
    LockError { message, holder: None }
}

impl Client {
    fn lease(&self) -> Option<&str> {
        self.lease.as_deref()
    }

    fn holder(&self) -> Result<LockInfo, String> {
        let found = self.blobs.properties(&self.name, None)?.ok_or("the blob is not there")?;
        let text = found.metadata.get(HOLDER).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| format!("blob metadata \"{HOLDER}\" was empty"))?;
        let json = STANDARD.decode(text).map_err(|error| error.to_string())?;
        serde_json::from_slice(&json).map_err(|error| error.to_string())
    }

    fn refused(&self, message: String) -> LockError {
        match self.holder() {
            Ok(holder) => LockError { message, holder: Some(holder) },
            Err(why) => quiet(format!("2 errors occurred:\n\t* {message}\n\t* {why}\n\n")),
        }
    }

    /// Says in the metadata who holds the lease, or that nobody does.
    fn note_holder(&self, info: Option<&LockInfo>) -> Result<(), String> {
        let found = self.blobs.properties(&self.name, self.lease())?;
        let mut metadata = found.map(|found| found.metadata).unwrap_or_default();
        match info {
            Some(info) => {
                let text = serde_json::to_vec(info).map_err(|error| error.to_string())?;
                metadata.insert(HOLDER.to_owned(), STANDARD.encode(text));
            }
            None => drop(metadata.remove(HOLDER)),
        }
        self.blobs.set_metadata(&self.name, &metadata, self.lease())
    }
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        let found = self.blobs.get(&self.name, self.lease());
        found
            .map(|found| found.filter(|content| !content.is_empty()))
            .map_err(|why| format!("error downloading azure blob: {why}"))
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        let found = self.blobs.properties(&self.name, self.lease())?;
        if self.snapshot && found.is_some() {
            self.blobs.snapshot(&self.name, self.lease()).map_err(|why| format!("error snapshotting blob: {why}"))?;
        }
        let metadata = found.map(|found| found.metadata).unwrap_or_default();
        let stored = self.blobs.put(&self.name, content, &metadata, self.lease());
        stored.map_err(|why| format!("error uploading blob: {why}"))
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        info.path = format!("{}/{}", self.blobs.container, self.name);
        let found = self.blobs.properties(&self.name, None).map_err(quiet)?;
        match found {
            None => self.blobs.put(&self.name, b"", &BTreeMap::new(), None).map_err(|why| self.refused(why))?,
            Some(found) if found.is_leased => return Err(self.refused("state blob is already locked".to_owned())),
            Some(_) => {}
        }
        let lease = self.blobs.acquire(&self.name, &info.id).map_err(|why| self.refused(why))?;
        info.id.clone_from(&lease);
        self.lease = Some(lease);
        self.note_holder(Some(info)).map_err(quiet)
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        let holder = self.holder().map_err(|why| quiet(format!("failed to retrieve lock info: {why}")))?;
        let refused = |message: String| LockError { message, holder: Some(holder.clone()) };
        if holder.id != id {
            return Err(refused(format!("lock id \"{id}\" does not match existing lock")));
        }
        self.lease = Some(holder.id.clone());
        self.note_holder(None).map_err(|why| refused(format!("failed to delete lock info from metadata: {why}")))?;
        self.blobs.release(&self.name, id).map_err(&refused)?;
        self.lease = None;
        Ok(())
    }
}
