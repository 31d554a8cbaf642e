//! Blobs of a container.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::percent_decode_str;
use sha2::Sha256;

use super::token::Token;
use crate::aws::{element, elements, encode};
use crate::transport::{Answer, Request, Retries, Transport};

/// The version of the protocol.
const VERSION: &str = "2021-12-02";

/// How requests are allowed.
#[derive(Clone)]
pub(super) enum Access {
    /// With a key of the account.
    Key(Vec<u8>),
    /// With a signature that is part of each address.
    Signature(String),
    /// With a token of the directory.
    Token(Token),
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access")
    }
}

/// The blobs of a container.
#[derive(Clone, Debug)]
pub(super) struct Blobs {
    pub(super) transport: Transport,
    pub(super) access: Access,
    /// Of the account, without a slash at its end.
    pub(super) address: String,
    pub(super) container: String,
    pub(super) account: String,
}

/// What is known of a blob beside its content.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) is_leased: bool,
    pub(super) metadata: BTreeMap<String, String>,
}

fn told(answer: &Answer) -> String {
    let text = answer.text();
    let code = element(&text, "Code").or_else(|| answer.header("x-ms-error-code").map(str::to_owned));
    let message = element(&text, "Message").unwrap_or_default();
    let message = message.lines().next().unwrap_or_default();
    format!("unexpected status {} with {}: {message}", answer.status, code.unwrap_or_default())
}

impl Blobs {
    fn url(&self, name: &str, query: &[(&str, &str)]) -> String {
        let path: Vec<String> = name.split('/').map(encode).collect();
        let mut url = format!("{}/{}", self.address, encode(&self.container));
        if !name.is_empty() {
            url.push_str(&format!("/{}", path.join("/")));
        }
        let mut pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        if let Access::Signature(signature) = &self.access {
            pairs.push(signature.clone());
        }
        if pairs.is_empty() { url } else { format!("{url}?{}", pairs.join("&")) }
    }

    fn request(&self, method: &str, name: &str, query: &[(&str, &str)], lease: Option<&str>) -> Request {
        let request = Request::new(method, self.url(name, query));
        match lease {
            Some(lease) => request.header("x-ms-lease-id", lease),
            None => request,
        }
    }

    fn send(&self, request: &Request) -> Result<Answer, String> {
        let token = match &self.access {
            Access::Token(token) => Some(token.current(&self.transport)?),
            Access::Key(_) | Access::Signature(_) => None,
        };
        let prepare = || {
            let date = chrono::DateTime::<chrono::Utc>::from(SystemTime::now());
            let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let request = request.clone().header("x-ms-date", date).header("x-ms-version", VERSION);
            match (&self.access, &token) {
                (Access::Key(key), _) => self.signed(request, key),
                (_, Some(token)) => request.header("Authorization", format!("Bearer {token}")),
                (_, None) => request,
            }
        };
        let (_, result) = self.transport.send_patiently(Retries::USUAL, prepare);
        result.map_err(|failure| failure.why)
    }

    fn signed(&self, mut request: Request, key: &[u8]) -> Request {
        if request.body.is_empty() && request.method == "PUT" {
            request = request.header("Content-Length", "0");
        }
        let header = |wanted: &str| {
            request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map_or("", |(_, value)| value)
        };
        let length = if request.body.is_empty() { String::new() } else { request.body.len().to_string() };
        let mut own: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.trim()))
            .filter(|(name, _)| name.starts_with("x-ms-"))
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        own.sort();
        let text = format!(
            "{}\n\n\n{length}\n\n{}\n\n\n\n{}\n\n\n{}{}",
            request.method,
            header("content-type"),
            header("if-none-match"),
            own.concat(),
            self.resource(&request.url)
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys may have any length");
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let value = format!("SharedKey {}:{signature}", self.account);
        request.header("Authorization", value)
    }

    /// What is asked for, as signatures name it.
    fn resource(&self, url: &str) -> String {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = place.split_once('/').map_or("", |(_, path)| path);
        let mut pairs: Vec<String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| format!("\n{}:{}", name.to_lowercase(), percent_decode_str(value).decode_utf8_lossy()))
            .collect();
        pairs.sort();
        format!("/{}/{path}{}", self.account, pairs.concat())
    }

    fn done(&self, request: &Request) -> Result<Answer, String> {
        let answer = self.send(request)?;
        if answer.is_success() { Ok(answer) } else { Err(told(&answer)) }
    }

    /// The bytes of a blob; `None` where there is none.
    pub(super) fn get(&self, name: &str, lease: Option<&str>) -> Result<Option<Vec<u8>>, String> {
        let answer = self.send(&self.request("GET", name, &[], lease))?;
        match answer.status {
            404 if element(&answer.text(), "Code").as_deref() == Some("ContainerNotFound") => Err(told(&answer)),
            404 => Ok(None),
            _ if answer.is_success() => Ok(Some(answer.body)),
            _ => Err(told(&answer)),
        }
    }

    /// What is known of a blob; `None` where there is none.
    pub(super) fn properties(&self, name: &str, lease: Option<&str>) -> Result<Option<Properties>, String> {
        let answer = self.send(&self.request("HEAD", name, &[], lease))?;
        if answer.status == 404 {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(told(&answer));
        }
        let metadata = answer.headers.iter().filter_map(|(name, value)| {
            let name = name.as_str().to_lowercase();
            Some((name.strip_prefix("x-ms-meta-")?.to_owned(), value.to_str().ok()?.to_owned()))
        });
        let is_leased = answer.header("x-ms-lease-status") == Some("locked");
        Ok(Some(Properties { is_leased, metadata: metadata.collect() }))
    }

    /// Stores a blob with its metadata.
    pub(super) fn put(
        &self,
        name: &str,
        content: &[u8],
        metadata: &BTreeMap<String, String>,
        lease: Option<&str>,
    ) -> Result<(), String> {
        let request = self
            .request("PUT", name, &[], lease)
            .header("x-ms-blob-type", "BlockBlob")
            .header("Content-Type", "application/json")
            .body(content);
        self.done(&with_metadata(request, metadata)).map(drop)
    }

    /// Replaces the metadata of a blob.
    pub(super) fn set_metadata(
        &self,
        name: &str,
        metadata: &BTreeMap<String, String>,
        lease: Option<&str>,
    ) -> Result<(), String> {
        let request = self.request("PUT", name, &[("comp", "metadata")], lease);
        self.done(&with_metadata(request, metadata)).map(drop)
    }

    /// Keeps a blob as it is now beside it.
    pub(super) fn snapshot(&self, name: &str, lease: Option<&str>) -> Result<(), String> {
        self.done(&self.request("PUT", name, &[("comp", "snapshot")], lease)).map(drop)
    }

    /// Takes a lease that does not end; its id.
    pub(super) fn acquire(&self, name: &str, id: &str) -> Result<String, String> {
        let request = self
            .request("PUT", name, &[("comp", "lease")], None)
            .header("x-ms-lease-action", "acquire")
            .header("x-ms-lease-duration", "-1")
            .header("x-ms-proposed-lease-id", id);
        let answer = self.done(&request)?;
        Ok(answer.header("x-ms-lease-id").unwrap_or(id).to_owned())
    }

    /// Gives a lease back.
    pub(super) fn release(&self, name: &str, id: &str) -> Result<(), String> {
        let request = self.request("PUT", name, &[("comp", "lease")], Some(id)).header("x-ms-lease-action", "release");
        self.done(&request).map(drop)
    }

    /// Removes a blob that may not be there, with its snapshots.
    pub(super) fn delete(&self, name: &str) -> Result<(), String> {
        let request = self.request("DELETE", name, &[], None).header("x-ms-delete-snapshots", "include");
        let answer = self.send(&request)?;
        if answer.is_success() || answer.status == 404 { Ok(()) } else { Err(told(&answer)) }
    }

    /// The names of blobs that begin so.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let mut marker = String::new();
        loop {
            let mut query = vec![("restype", "container"), ("comp", "list"), ("prefix", prefix)];
            if !marker.is_empty() {
                query.push(("marker", marker.as_str()));
            }
            let text = self.done(&self.request("GET", "", &query, None))?.text();
            names.extend(elements(&text, "Blob").iter().filter_map(|blob| element(blob, "Name")));
            match element(&text, "NextMarker").filter(|next| !next.is_empty() && *next != marker) {
                Some(next) => marker = next,
                None => return Ok(names),
            }
        }
    }
}

fn with_metadata(mut request: Request, metadata: &BTreeMap<String, String>) -> Request {
    for (name, value) in metadata {
        request = request.header(&format!("x-ms-meta-{name}"), value.as_str());
    }
    request
}
