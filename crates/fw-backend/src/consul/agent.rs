//! Requests to an agent of Consul: keys and sessions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::aws::encode;
use crate::transport::{Answer, Request, Transport};

/// An agent.
#[derive(Clone)]
pub(super) struct Agent {
    pub(super) transport: Transport,
    pub(super) address: String,
    pub(super) token: Option<String>,
    pub(super) datacenter: Option<String>,
    /// `user:password`
    pub(super) login: Option<String>,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The value of a key and when it was written.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) value: Vec<u8>,
    pub(super) index: u64,
}

impl Agent {
    fn send(&self, method: &str, path: &str, query: &[(&str, &str)], body: &[u8]) -> Result<Answer, String> {
        let mut pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        pairs.extend(self.datacenter.as_ref().map(|name| format!("dc={}", encode(name))));
        let joined = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        let url = format!("{}/v1/{path}{joined}", self.address.trim_end_matches('/'));
        let mut request = Request::new(method, url).body(body);
        if let Some(token) = &self.token {
            request = request.header("X-Consul-Token", token.as_str());
        }
        if let Some(login) = &self.login {
            let login = if login.contains(':') { login.clone() } else { format!("{login}:") };
            request = request.header("Authorization", format!("Basic {}", STANDARD.encode(login)));
        }
        self.transport.send(&request).map_err(|failure| failure.why)
    }

    fn done(&self, method: &str, path: &str, query: &[(&str, &str)], body: &[u8]) -> Result<Json, String> {
        let answer = self.send(method, path, query, body)?;
        if answer.is_success() {
            return Ok(serde_json::from_slice(&answer.body).unwrap_or_default());
        }
        Err(format!("Unexpected response code: {} ({})", answer.status, answer.text().trim()))
    }

    fn key(key: &str) -> String {
        let parts: Vec<String> = key.split('/').map(encode).collect();
        format!("kv/{}", parts.join("/"))
    }

    /// The value of a key; `None` where there is none.
    pub(super) fn get(&self, key: &str) -> Result<Option<Stored>, String> {
        let answer = self.send("GET", &Self::key(key), &[("consistent", "")], b"")?;
        if answer.status == 404 {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(format!("Unexpected response code: {} ({})", answer.status, answer.text().trim()));
        }
        let found: Json = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let value = found.pointer("/0/Value").and_then(Json::as_str).unwrap_or_default();
        let value = STANDARD.decode(value).map_err(|error| error.to_string())?;
        Ok(Some(Stored { value, index: found.pointer("/0/ModifyIndex").and_then(Json::as_u64).unwrap_or(0) }))
    }

    /// The keys that begin so, up to the next slash.
    pub(super) fn keys(&self, prefix: &str) -> Result<Vec<String>, String> {
        let answer = self.send("GET", &Self::key(prefix), &[("keys", ""), ("separator", "/")], b"")?;
        match answer.status {
            404 => Ok(Vec::new()),
            200 => serde_json::from_slice(&answer.body).map_err(|error| error.to_string()),
            other => Err(format!("Unexpected response code: {other} ({})", answer.text().trim())),
        }
    }

    /// Stores a value.
    pub(super) fn put(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.done("PUT", &Self::key(key), &[], value).map(drop)
    }

    /// Stores a value where the one with this index is still there, or whatever is there for none; the new index.
    pub(super) fn swap(&self, key: &str, value: &[u8], index: u64) -> Result<u64, String> {
        let verb = if index == 0 { "set" } else { "cas" };
        let operation =
            json!([{ "KV": { "Verb": verb, "Key": key, "Value": STANDARD.encode(value), "Index": index } }]);
        let answer = self.send("PUT", "txn", &[], operation.to_string().as_bytes())?;
        let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status {
            200 => Ok(json.pointer("/Results/0/KV/ModifyIndex").and_then(Json::as_u64).unwrap_or(0)),
            409 => {
                let what = json.pointer("/Errors/0/What").and_then(Json::as_str).unwrap_or_default();
                Err(format!("consul CAS failed with transaction errors: {what}"))
            }
            413 => Err("the value is too large".to_owned()),
            other => Err(format!("Unexpected response code: {other} ({})", answer.text().trim())),
        }
    }

    /// Removes a key, or all that begin so.
    pub(super) fn delete(&self, key: &str, all: bool) -> Result<(), String> {
        let query: &[(&str, &str)] = if all { &[("recurse", "")] } else { &[] };
        self.done("DELETE", &Self::key(key), query, b"").map(drop)
    }

    /// A new session; its id.
    pub(super) fn create_session(&self) -> Result<String, String> {
        let session = json!({ "Name": "Consul API Lock", "TTL": "15s", "LockDelay": "5s" }).to_string();
        let made = self.done("PUT", "session/create", &[], session.as_bytes())?;
        let id = made.get("ID").and_then(Json::as_str);
        id.map(str::to_owned).ok_or_else(|| "the session has no id".to_owned())
    }

    /// Keeps a session alive.
    pub(super) fn renew(&self, id: &str) -> Result<(), String> {
        self.done("PUT", &format!("session/renew/{}", encode(id)), &[], b"").map(drop)
    }

    /// Ends a session, and its locks with it.
    pub(super) fn destroy_session(&self, id: &str) -> Result<(), String> {
        self.done("PUT", &format!("session/destroy/{}", encode(id)), &[], b"").map(drop)
    }

    /// Tries to take the lock of a key for a session.
    pub(super) fn acquire(&self, key: &str, session: &str) -> Result<bool, String> {
        // The flag by which Consul's libraries know locks.
        let query = [("acquire", session), ("flags", "3304740253564472344")];
        self.done("PUT", &Self::key(key), &query, b"").map(|answer| answer == Json::Bool(true))
    }

    /// Gives the lock of a key back.
    pub(super) fn release(&self, key: &str, session: &str) -> Result<(), String> {
        let query = [("release", session), ("flags", "3304740253564472344")];
        self.done("PUT", &Self::key(key), &query, b"").map(drop)
    }
}
