//! The few requests that are made of the API server.

use serde_json::{Value as Json, json};

use super::cluster::{Cluster, Login};
use crate::Surroundings;
use crate::aws::encode;
use crate::transport::{Request, Retries, Security, Transport};

/// Access to a namespace of a cluster.
#[derive(Clone)]
pub(super) struct Api {
    transport: Transport,
    cluster: Cluster,
    namespace: String,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

/// Why a request was refused.
#[derive(Debug)]
pub(super) struct ApiError {
    status: u16,
    message: String,
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl ApiError {
    /// Whether what was asked for is not there.
    pub(super) fn is_missing(&self) -> bool {
        self.status == 404
    }
}

impl Api {
    pub(super) fn new(around: &Surroundings, cluster: Cluster, namespace: &str) -> Result<Self, String> {
        let mut around = around.clone();
        if let Some(proxy) = &cluster.proxy {
            around.variables.insert("HTTPS_PROXY".to_owned(), proxy.clone());
            around.variables.insert("HTTP_PROXY".to_owned(), proxy.clone());
        }
        let security = Security {
            authorities: cluster.authorities.clone(),
            identity: cluster.identity.clone(),
            trust_all: cluster.trust_all,
        };
        Ok(Self { transport: Transport::new(&around, &security)?, cluster, namespace: namespace.to_owned() })
    }

    /// Names the namespace.
    pub(super) fn place(&self) -> String {
        format!("{} {}", self.cluster.server, self.namespace)
    }

    /// The path of a secret, or of all.
    pub(super) fn secret(&self, name: &str) -> String {
        self.path("api/v1", "secrets", name)
    }

    /// The path of a lease, or of all.
    pub(super) fn lease(&self, name: &str) -> String {
        self.path("apis/coordination.k8s.io/v1", "leases", name)
    }

    fn path(&self, group: &str, kind: &str, name: &str) -> String {
        let all = format!("{group}/namespaces/{}/{kind}", encode(&self.namespace));
        if name.is_empty() { all } else { format!("{all}/{}", encode(name)) }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Json>) -> Result<Json, ApiError> {
        let mut request = Request::new(method, format!("{}/{path}", self.cluster.server.trim_end_matches('/')))
            .header("Accept", "application/json");
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        request = match &self.cluster.login {
            Login::None => request,
            Login::Token(token) => request.header("Authorization", format!("Bearer {token}")),
            Login::Password(both) => request.header("Authorization", format!("Basic {both}")),
        };
        let (_, result) = self.transport.send_patiently(Retries::USUAL, || request.clone());
        let answer = result.map_err(|failure| ApiError { status: 0, message: failure.why })?;
        let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.is_success() {
            return Ok(json);
        }
        let message = json.get("message").and_then(Json::as_str).map_or_else(|| answer.text(), str::to_owned);
        Err(ApiError { status: answer.status, message })
    }

    /// Reads an object.
    pub(super) fn get(&self, path: &str) -> Result<Json, ApiError> {
        self.send("GET", path, None)
    }

    /// Makes an object.
    pub(super) fn create(&self, path: &str, object: &Json) -> Result<(), ApiError> {
        self.send("POST", path, Some(object)).map(drop)
    }

    /// Replaces an object that is still as it was read.
    pub(super) fn update(&self, path: &str, object: &Json) -> Result<(), ApiError> {
        self.send("PUT", path, Some(object)).map(drop)
    }

    /// Removes an object.
    pub(super) fn delete(&self, path: &str) -> Result<(), ApiError> {
        let options = json!({ "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background" });
        self.send("DELETE", path, Some(&options)).map(drop)
    }

    /// The secrets with a label.
    pub(super) fn secrets(&self, selector: &str) -> Result<Vec<Json>, ApiError> {
        let path = format!("{}?labelSelector={}", self.secret(""), encode(selector));
        let list = self.get(&path)?;
        Ok(list.get("items").and_then(Json::as_array).cloned().unwrap_or_default())
    }
}
