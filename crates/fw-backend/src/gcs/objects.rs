//! Objects of a bucket, over the JSON API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::credentials::Tokens;
use crate::aws::encode;
use crate::transport::{Answer, Request, Retries, Transport};

/// The objects of a bucket.
#[derive(Clone)]
pub(super) struct Objects {
    pub(super) endpoint: Url,
    pub(super) bucket: String,
    /// A key that comes with each request.
    pub(super) key: Option<Vec<u8>>,
    /// A key of the key service.
    pub(super) kms_key: Option<String>,
    pub(super) tokens: Tokens,
    pub(super) transport: Transport,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// What is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    State,
    /// A lock, where there is none.
    NewLock,
}

impl Objects {
    /// An address below the endpoint, as Google's libraries put it together.
    fn url(&self, relative: &str) -> Result<String, String> {
        self.endpoint.join(relative).map(String::from).map_err(|error| error.to_string())
    }

    fn object(&self, name: &str) -> Result<String, String> {
        self.url(&format!("b/{}/o/{}", encode(&self.bucket), encode(name)))
    }

    fn send(&self, request: &Request) -> Result<Answer, String> {
        let token = self.tokens.current(&self.transport)?;
        let prepare = || match &token {
            Some(token) => request.clone().header("Authorization", format!("Bearer {token}")),
            None => request.clone(),
        };
        let (_, result) = self.transport.send_patiently(Retries::USUAL, prepare);
        result.map_err(|failure| failure.why)
    }

    fn with_key(&self, request: Request) -> Request {
        let Some(key) = &self.key else { return request };
        request
            .header("x-goog-encryption-algorithm", "AES256")
            .header("x-goog-encryption-key", STANDARD.encode(key))
            .header("x-goog-encryption-key-sha256", STANDARD.encode(Sha256::digest(key)))
    }

    /// The bytes of an object; `None` where there is none.
    pub(super) fn get(&self, name: &str, with_key: bool) -> Result<Option<Vec<u8>>, String> {
        let mut request = Request::new("GET", format!("{}?alt=media", self.object(name)?));
        if with_key {
            request = self.with_key(request);
        }
        let answer = self.send(&request)?;
        match answer.status {
            404 if told(&answer).contains("bucket does not exist") => Err(told(&answer)),
            404 => Ok(None),
            _ if answer.is_success() => Ok(Some(answer.body)),
            _ => Err(told(&answer)),
        }
    }

    /// The generation of an object.
    pub(super) fn generation(&self, name: &str) -> Result<String, String> {
        let answer = self.send(&Request::new("GET", self.object(name)?))?;
        if answer.is_success() { generation_of(&answer) } else { Err(told(&answer)) }
    }

    /// Stores an object; its generation.
    pub(super) fn put(&self, name: &str, content: &[u8], what: Put) -> Result<String, String> {
        let mut path =
            format!("/upload/storage/v1/b/{}/o?uploadType=media&name={}", encode(&self.bucket), encode(name));
        if what == Put::NewLock {
            path.push_str("&ifGenerationMatch=0");
        }
        if let Some(key) = self.kms_key.as_ref().filter(|_| what == Put::State) {
            path.push_str(&format!("&kmsKeyName={}", encode(key)));
        }
        let mut request =
            Request::new("POST", self.url(&path)?).header("Content-Type", "application/json").body(content);
        if what == Put::State {
            request = self.with_key(request);
        }
        let answer = self.send(&request)?;
        if answer.is_success() { generation_of(&answer) } else { Err(told(&answer)) }
    }

    /// Removes an object, if wanted only of a generation.
    pub(super) fn delete(&self, name: &str, generation: Option<&str>) -> Result<(), String> {
        let condition = generation.map_or_else(String::new, |id| format!("?ifGenerationMatch={id}"));
        let answer = self.send(&Request::new("DELETE", format!("{}{condition}", self.object(name)?)))?;
        if answer.is_success() { Ok(()) } else { Err(told(&answer)) }
    }

    /// The names of the objects directly below a prefix.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let mut next = String::new();
        loop {
            let mut url = self.url(&format!("b/{}/o?delimiter=%2F&prefix={}", encode(&self.bucket), encode(prefix)))?;
            if !next.is_empty() {
                url.push_str(&format!("&pageToken={}", encode(&next)));
            }
            let answer = self.send(&Request::new("GET", url))?;
            if !answer.is_success() {
                return Err(told(&answer));
            }
            let page: Json = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
            let items = page.get("items").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            names.extend(items.iter().filter_map(|item| Some(item.get("name")?.as_str()?.to_owned())));
            match page.get("nextPageToken").and_then(Json::as_str) {
                Some(token) if token != next => token.clone_into(&mut next),
                _ => return Ok(names),
            }
        }
    }
}

fn generation_of(answer: &Answer) -> Result<String, String> {
    let object: Json = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let generation = object.get("generation");
    let text =
        generation.and_then(|found| found.as_str().map(str::to_owned).or_else(|| Some(found.as_i64()?.to_string())));
    text.ok_or_else(|| "the object has no generation".to_owned())
}

/// What an answer says went wrong, as Google's library puts it.
fn told(answer: &Answer) -> String {
    let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let message = json.pointer("/error/message").and_then(Json::as_str).map(str::to_owned);
    let reason = json.pointer("/error/errors/0/reason").and_then(Json::as_str);
    let message = message.unwrap_or_else(|| answer.text());
    match reason {
        Some(reason) => format!("googleapi: Error {}: {message}, {reason}", answer.status),
        None => format!("googleapi: Error {}: {message}", answer.status),
    }
}
