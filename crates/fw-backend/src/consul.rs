//! `consul`: states in the key-value store of Consul, locked with sessions. Large states are stored in pieces.

mod agent;

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use fw_schema::Block;
use fw_store::{BackendError, DEFAULT_WORKSPACE, LockError, LockInfo, RemoteBackend, RemoteStates, StateClient};
use md5::{Digest as _, Md5};
use serde_json::{Value as Json, json};

use crate::kind::failed;
use crate::transport::{Security, Transport};
use crate::{Attributes, Configured, Kind, Settings};
use agent::{Agent, Stored};

/// The kind.
pub(crate) struct Consul;

impl Kind for Consul {
    fn name(&self) -> &'static str {
        "consul"
    }

    fn required(&self) -> &'static [&'static str] {
        &["path"]
    }

    fn schema(&self) -> Block {
        Attributes::new()
            .texts(&[
                "access_token",
                "address",
                "ca_file",
                "cert_file",
                "datacenter",
                "http_auth",
                "key_file",
                "path",
                "scheme",
            ])
            .flags(&["gzip", "lock"])
            .block()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        let Some(path) = settings.filled("path") else { return Err(failed("path argument is required")) };
        let text = |name: &str, variable: &str| {
            settings.text_or(name, &[variable]).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let read = |name: &str, variable: &str| {
            let path = text(name, variable);
            path.map(|path| {
                std::fs::read(settings.around.path(&path)).map_err(|error| failed(format!("{path}: {error}")))
            })
            .transpose()
        };
        let authorities = read("ca_file", "CONSUL_CACERT")?;
        let identity = match (read("cert_file", "CONSUL_CLIENT_CERT")?, read("key_file", "CONSUL_CLIENT_KEY")?) {
            (Some(certificate), Some(key)) => Some([certificate, b"\n".to_vec(), key].concat()),
            _ => None,
        };
        let trust_all = settings.around.variable("CONSUL_HTTP_SSL_VERIFY") == Some("false");
        let security = Security { authorities, identity, trust_all };
        let address = text("address", "CONSUL_HTTP_ADDR").unwrap_or_else(|| "127.0.0.1:8500".to_owned());
        let secure = settings.around.variable("CONSUL_HTTP_SSL") == Some("true");
        let scheme = text("scheme", "").unwrap_or_else(|| if secure { "https" } else { "http" }.to_owned());
        let agent = Agent {
            transport: Transport::new(settings.around, &security).map_err(failed)?,
            address: if address.contains("://") { address } else { format!("{scheme}://{address}") },
            token: text("access_token", "CONSUL_HTTP_TOKEN"),
            datacenter: text("datacenter", ""),
            login: text("http_auth", "CONSUL_HTTP_AUTH"),
        };
        let states = States {
            agent,
            path: path.to_owned(),
            gzip: settings.flag("gzip").unwrap_or(false),
            lock: settings.flag("lock").unwrap_or(true),
        };
        Ok(Box::new(RemoteBackend::new(Box::new(states), &settings.around.data)))
    }
}

/// Stands between the path and the name of a workspace.
const INFIX: &str = "-env:";

#[derive(Debug)]
struct States {
    agent: Agent,
    path: String,
    gzip: bool,
    lock: bool,
}

impl States {
    fn path(&self, workspace: &str) -> String {
        if workspace == DEFAULT_WORKSPACE { self.path.clone() } else { format!("{}{INFIX}{workspace}", self.path) }
    }

    fn open(&self, workspace: &str) -> Client {
        let (agent, path) = (self.agent.clone(), self.path(workspace));
        Client { agent, path, gzip: self.gzip, lock: self.lock, index: 0, session: None }
    }
}

impl RemoteStates for States {
    fn title(&self) -> &'static str {
        "consul"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let prefix = format!("{}{INFIX}", self.path);
        let keys = self.agent.keys(&prefix).map_err(BackendError::Failed)?;
        let names = keys.iter().filter_map(|key| key.strip_prefix(&prefix)).filter(|name| !name.contains('/'));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        Ok(Box::new(self.open(workspace)))
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        self.open(workspace).delete().map_err(BackendError::Failed)
    }

    fn place(&self, workspace: &str) -> String {
        format!("consul {} {}", self.agent.address, self.path(workspace))
    }
}

/// Values beyond this are refused by the store.
const PIECE: usize = 524_288;

#[derive(Debug)]
struct Client {
    agent: Agent,
    path: String,
    gzip: bool,
    lock: bool,
    /// Of the state that was read: what is stored must still be that one.
    index: u64,
    session: Option<Session>,
}

/// A session that is kept alive until this is dropped.
#[derive(Debug)]
struct Session {
    id: String,
    ended: Arc<AtomicBool>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
    }
}

/// What the state's key holds where the state is in pieces.
struct Pieces {
    hash: String,
    keys: Vec<String>,
}

impl Pieces {
    fn of(value: &[u8]) -> Option<Self> {
        let json: Json = serde_json::from_slice(value).ok()?;
        let hash = json.get("current-hash")?.as_str()?.to_owned();
        let keys = json.get("chunks")?.as_array()?.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect();
        Some(Self { hash, keys })
    }
}

fn refused(message: impl Into<String>) -> LockError {
    LockError { message: message.into(), holder: None }
}

impl Client {
    fn base(&self) -> &str {
        self.path.trim_end_matches('/')
    }

    fn pieces_below(&self, hash: &str) -> String {
        format!("{}/tfstate.{hash}/", self.base())
    }

    fn delete(&self) -> Result<(), String> {
        let found = self.agent.get(&self.path)?;
        self.agent.delete(&self.path, false)?;
        match found.and_then(|found| Pieces::of(&found.value)) {
            Some(pieces) => self.agent.delete(&self.pieces_below(&pieces.hash), true),
            None => Ok(()),
        }
    }

    /// Keeps a session alive while it is needed.
    fn keep_alive(&self, id: &str) -> Session {
        let ended = Arc::new(AtomicBool::new(false));
        let (agent, of_session, ends) = (self.agent.clone(), id.to_owned(), Arc::clone(&ended));
        let renewing = move || {
            while !ends.load(Ordering::SeqCst) {
                std::thread::park_timeout(Duration::from_secs(7));
                if !ends.load(Ordering::SeqCst)
                    && let Err(why) = agent.renew(&of_session)
                {
                    log::warn!("consul: the session of the lock cannot be renewed: {why}");
                }
            }
        };
        // Without the thread the lock ends with its session; what is stored is compared then.
        drop(std::thread::Builder::new().name("session".to_owned()).spawn(renewing));
        Session { id: id.to_owned(), ended }
    }

    fn holder(&self) -> Option<LockInfo> {
        let found = self.agent.get(&format!("{}/.lockinfo", self.base())).ok()??;
        serde_json::from_slice(&found.value).ok()
    }
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        let Some(Stored { value, index }) = self.agent.get(&self.path)? else { return Ok(None) };
        self.index = index;
        let mut content = value;
        if let Some(pieces) = Pieces::of(&content) {
            content = Vec::new();
            for key in &pieces.keys {
                let piece = self.agent.get(key)?.ok_or_else(|| format!("Key \"{key}\" could not be found"))?;
                content.extend_from_slice(&piece.value);
            }
        }
        if content.starts_with(&[0x1f]) {
            let mut plain = Vec::new();
            GzDecoder::new(content.as_slice()).read_to_end(&mut plain).map_err(|error| error.to_string())?;
            content = plain;
        }
        Ok(Some(content).filter(|content| !content.is_empty()))
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        let old = self.agent.get(&self.path)?.and_then(|found| Pieces::of(&found.value));
        let payload = if self.gzip {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(content).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?
        } else {
            content.to_vec()
        };
        let hash = hex::encode(Md5::digest(content));
        match self.agent.swap(&self.path, &payload, self.index) {
            Ok(index) => self.index = index,
            Err(why) if why.contains("too large") => {
                let below = self.pieces_below(&hash);
                let mut keys = Vec::new();
                for (number, piece) in payload.chunks(PIECE).enumerate() {
                    let key = format!("{below}{number}");
                    self.agent.put(&key, piece)?;
                    keys.push(key);
                }
                let link = json!({ "current-hash": hash, "chunks": keys }).to_string();
                self.index = self.agent.swap(&self.path, link.as_bytes(), self.index)?;
            }
            Err(why) => return Err(why),
        }
        // The new state is stored; pieces of the old one that stay are of no harm.
        if let Some(old) = old.filter(|old| old.hash != hash)
            && let Err(why) = self.agent.delete(&self.pieces_below(&old.hash), true)
        {
            log::warn!("consul: pieces of the old state stay: {why}");
        }
        Ok(())
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        if !self.lock {
            return Ok(());
        }
        let id = self.agent.create_session().map_err(refused)?;
        let session = self.keep_alive(&id);
        let key = format!("{}/.lock", self.base());
        let taken = self.agent.acquire(&key, &id).map_err(refused)?;
        if !taken {
            drop(session);
            self.agent.destroy_session(&id).map_err(refused)?;
            return Err(LockError { message: String::new(), holder: self.holder() });
        }
        info.id.clone_from(&id);
        info.info = format!("consul session: {id}");
        info.path.clone_from(&self.path);
        let text = serde_json::to_vec(info).unwrap_or_default();
        self.session = Some(session);
        self.agent.put(&format!("{}/.lockinfo", self.base()), &text).map_err(refused)
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        if !self.lock {
            return Ok(());
        }
        let (key, about) = (format!("{}/.lock", self.base()), format!("{}/.lockinfo", self.base()));
        if let Some(session) = self.session.take() {
            self.agent.delete(&about, false).map_err(refused)?;
            self.agent.release(&key, &session.id).map_err(refused)?;
            self.agent.delete(&key, false).map_err(refused)?;
            drop(session);
            return self.agent.destroy_session(id).map_err(refused);
        }
        // The lock of somebody else goes with their session.
        self.agent.destroy_session(id).map_err(refused)?;
        for key in [key, about] {
            if let Err(why) = self.agent.delete(&key, false) {
                log::warn!("consul: {key} stays: {why}");
            }
        }
        Ok(())
    }

    fn can_lock(&self) -> bool {
        self.lock
    }
}
