//! `http`: one state at an address, locked with requests to other addresses.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_schema::Block;
use fw_store::{
    BackendError, DEFAULT_WORKSPACE, LockError, LockInfo, Making, RemoteBackend, RemoteStates, StateClient,
};
use md5::{Digest as _, Md5};

use crate::kind::failed;
use crate::transport::{Answer, Request, Retries, Security, Transport};
use crate::{Attributes, Configured, Kind, Problems, Settings};

/// The kind.
pub(crate) struct Http;

impl Kind for Http {
    fn name(&self) -> &'static str {
        "http"
    }

    fn schema(&self) -> Block {
        Attributes::new()
            .texts(&[
                "address",
                "update_method",
                "lock_address",
                "unlock_address",
                "lock_method",
                "unlock_method",
                "username",
                "password",
                "client_ca_certificate_pem",
                "client_certificate_pem",
                "client_private_key_pem",
            ])
            .flags(&["skip_cert_verification"])
            .numbers(&["retry_max", "retry_wait_min", "retry_wait_max"])
            .block()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        let text = |name: &str, variable: &str| settings.text_or(name, &[variable]).map(str::to_owned);
        let address = |name: &str, variable: &str| match text(name, variable).filter(|text| !text.is_empty()) {
            Some(address) => checked(name, &address).map(|()| Some(address)),
            None => Ok(None),
        };
        let method = |name: &str, variable: &str, usual: &str| {
            text(name, variable).filter(|text| !text.is_empty()).unwrap_or_else(|| usual.to_owned())
        };
        let seconds = |name: &str, variable: &str, usual: u64| {
            Duration::from_secs(settings.number_or(name, variable).unwrap_or(usual))
        };
        let Some(state) = address("address", "TF_HTTP_ADDRESS")? else {
            return Err(failed("address argument is required"));
        };
        let endpoint = Endpoint {
            state,
            update_method: method("update_method", "TF_HTTP_UPDATE_METHOD", "POST"),
            lock: address("lock_address", "TF_HTTP_LOCK_ADDRESS")?,
            lock_method: method("lock_method", "TF_HTTP_LOCK_METHOD", "LOCK"),
            unlock: address("unlock_address", "TF_HTTP_UNLOCK_ADDRESS")?,
            unlock_method: method("unlock_method", "TF_HTTP_UNLOCK_METHOD", "UNLOCK"),
            username: text("username", "TF_HTTP_USERNAME").unwrap_or_default(),
            password: text("password", "TF_HTTP_PASSWORD").unwrap_or_default(),
            retries: Retries {
                most: settings.number_or("retry_max", "TF_HTTP_RETRY_MAX").unwrap_or(2),
                shortest: seconds("retry_wait_min", "TF_HTTP_RETRY_WAIT_MIN", 1),
                longest: seconds("retry_wait_max", "TF_HTTP_RETRY_WAIT_MAX", 30),
            },
            transport: Transport::new(settings.around, &security(settings)?).map_err(failed)?,
        };
        Ok(Box::new(RemoteBackend::new(Box::new(endpoint), &settings.around.data)))
    }
}

fn checked(name: &str, address: &str) -> Result<(), Problems> {
    match reqwest::Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        _ => Err(failed(format!("{name} must be HTTP or HTTPS"))),
    }
}

fn security(settings: &Settings<'_>) -> Result<Security, Problems> {
    let pem = |name: &str, variable: &str| settings.text_or(name, &[variable]).filter(|text| !text.is_empty());
    let certificate = pem("client_certificate_pem", "TF_HTTP_CLIENT_CERTIFICATE_PEM");
    let key = pem("client_private_key_pem", "TF_HTTP_CLIENT_PRIVATE_KEY_PEM");
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(format!("{certificate}\n{key}\n").into_bytes()),
        (Some(_), None) => return Err(failed("client_certificate_pem is set but client_private_key_pem is not")),
        (None, Some(_)) => return Err(failed("client_private_key_pem is set but client_certificate_pem is not")),
        (None, None) => None,
    };
    Ok(Security {
        authorities: pem("client_ca_certificate_pem", "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM").map(|pem| pem.into()),
        identity,
        trust_all: settings.flag("skip_cert_verification").unwrap_or(false),
    })
}

#[derive(Clone)]
struct Endpoint {
    state: String,
    update_method: String,
    lock: Option<String>,
    lock_method: String,
    unlock: Option<String>,
    unlock_method: String,
    username: String,
    password: String,
    retries: Retries,
    transport: Transport,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").finish_non_exhaustive()
    }
}

impl RemoteStates for Endpoint {
    fn title(&self) -> &'static str {
        "http"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        Err(BackendError::NoWorkspaces)
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        if workspace != DEFAULT_WORKSPACE {
            return Err(BackendError::NoWorkspaces);
        }
        Ok(Box::new(Client { endpoint: self.clone(), held: None }))
    }

    fn delete(&self, _workspace: &str) -> Result<(), BackendError> {
        Err(BackendError::NoWorkspaces)
    }

    fn place(&self, _workspace: &str) -> String {
        // Tokens may be part of a query.
        format!("http {}", self.state.split('?').next().unwrap_or_default())
    }

    fn making(&self) -> Making {
        Making::Nothing
    }
}

#[derive(Debug)]
struct Client {
    endpoint: Endpoint,
    /// The lock that we hold, as we have asked for it.
    held: Option<LockInfo>,
}

impl Client {
    fn request(&self, method: &str, url: &str, body: &[u8], what: &str) -> Result<Answer, String> {
        let endpoint = &self.endpoint;
        let prepare = || {
            let mut request = Request::new(method, url).body(body);
            if !endpoint.username.is_empty() {
                let both = STANDARD.encode(format!("{}:{}", endpoint.username, endpoint.password));
                request = request.header("Authorization", format!("Basic {both}"));
            }
            if !body.is_empty() {
                request = request
                    .header("Content-Type", "application/json")
                    .header("Content-MD5", STANDARD.encode(Md5::digest(body)));
            }
            request
        };
        let (attempts, result) = endpoint.transport.send_patiently(endpoint.retries, prepare);
        let gave_up = format!("Failed to {what}: {method} {url} giving up after {attempts} attempt(s)");
        match result {
            Ok(answer) if answer.status == 429 || answer.status >= 500 && answer.status != 501 => Err(gave_up),
            Ok(answer) => Ok(answer),
            Err(failure) => Err(format!("{gave_up}: {}", failure.why)),
        }
    }
}

fn refused(message: impl Into<String>) -> LockError {
    LockError { message: message.into(), holder: None }
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        let answer = self.request("GET", &self.endpoint.state, b"", "get state")?;
        match answer.status {
            200 => Ok(Some(answer.body).filter(|body| !body.is_empty())),
            204 | 404 => Ok(None),
            401 => Err("HTTP remote state endpoint requires auth".to_owned()),
            403 => Err("HTTP remote state endpoint invalid auth".to_owned()),
            other => Err(format!("Unexpected HTTP response code {other}")),
        }
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        let mut url = reqwest::Url::parse(&self.endpoint.state).map_err(|error| error.to_string())?;
        if let Some(held) = &self.held {
            let others: Vec<(String, String)> =
                url.query_pairs().into_owned().filter(|(name, _)| name != "ID").collect();
            url.query_pairs_mut().clear().extend_pairs(others).append_pair("ID", &held.id);
        }
        let answer = self.request(&self.endpoint.update_method, url.as_str(), content, "upload state")?;
        match answer.status {
            200 | 201 | 204 => Ok(()),
            other => Err(format!("HTTP error: {other}")),
        }
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        let Some(address) = &self.endpoint.lock else { return Ok(()) };
        self.held = None;
        let body = serde_json::to_vec(info).unwrap_or_default();
        let answer = self.request(&self.endpoint.lock_method, address, &body, "lock").map_err(refused)?;
        match answer.status {
            200 => {
                self.held = Some(info.clone());
                Ok(())
            }
            401 => Err(refused("HTTP remote state endpoint requires auth")),
            403 => Err(refused("HTTP remote state endpoint invalid auth")),
            409 | 423 => Err(match serde_json::from_slice::<LockInfo>(&answer.body) {
                Ok(holder) => LockError {
                    message: format!("HTTP remote state already locked: ID={}", holder.id),
                    holder: Some(holder),
                },
                Err(_) => LockError {
                    message: "HTTP remote state already locked, failed to unmarshal body".to_owned(),
                    holder: Some(info.clone()),
                },
            }),
            other => Err(refused(format!("Unexpected HTTP response code {other}"))),
        }
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        let Some(address) = &self.endpoint.unlock else { return Ok(()) };
        let mut info = self.held.clone().unwrap_or_default();
        if self.held.is_some() && info.id != id {
            let message = format!("lock id \"{id}\" does not match existing lock");
            return Err(LockError { message, holder: Some(info) });
        }
        id.clone_into(&mut info.id);
        if info.created.is_empty() {
            "0001-01-01T00:00:00Z".clone_into(&mut info.created);
        }
        let body = serde_json::to_vec(&info).unwrap_or_default();
        let answer = self.request(&self.endpoint.unlock_method, address, &body, "unlock").map_err(refused)?;
        match answer.status {
            200 => {
                self.held = None;
                Ok(())
            }
            other => Err(refused(format!("Unexpected HTTP response code {other}"))),
        }
    }

    fn can_lock(&self) -> bool {
        self.endpoint.unlock.is_some()
    }
}
