//! Files that say which clusters and users there are.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_value::Value;
use serde_json::Value as Json;

/// All files taken together: of what several say, the first counts.
#[derive(Debug, Default)]
pub(super) struct Kubeconfig {
    /// The context that counts.
    pub(super) context: Option<String>,
    files: Vec<(PathBuf, Json)>,
}

/// A server and who we are there.
#[derive(Debug, Default)]
pub(super) struct User {
    pub(super) server: String,
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) key: Option<Vec<u8>>,
    pub(super) token: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) proxy: Option<String>,
    pub(super) trust_all: bool,
}

/// A program that prints credentials.
#[derive(Debug)]
pub(super) struct Exec {
    pub(super) version: String,
    pub(super) command: String,
    pub(super) arguments: Vec<String>,
    pub(super) variables: Vec<(String, String)>,
}

fn text(json: &Json, name: &str) -> Option<String> {
    json.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl Kubeconfig {
    /// Reads files, passing over those that are not there where there are several.
    pub(super) fn load(paths: &[PathBuf]) -> Result<Self, String> {
        let mut config = Self::default();
        for path in paths {
            let failed =
                |why: String| format!("Failed to initialize kubernetes configuration: {}: {why}", path.display());
            let text = match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error.to_string())),
            };
            let json = decoded(&text).map_err(failed)?;
            config.context = config.context.or_else(|| super::kubeconfig::text(&json, "current-context"));
            config.files.push((path.clone(), json));
        }
        Ok(config)
    }

    /// An entry of a list of all files, with the directory of its file.
    fn named(&self, list: &str, inner: &str, name: &str) -> Option<(&Path, &Json)> {
        self.files.iter().find_map(|(path, json)| {
            let entries = json.get(list)?.as_array()?;
            let entry = entries.iter().find(|entry| entry.get("name").and_then(Json::as_str) == Some(name))?;
            Some((path.parent().unwrap_or(Path::new("")), entry.get(inner)?))
        })
    }

    /// The server and the user of the context, or of the names that are given.
    pub(super) fn user(&self, cluster: Option<&str>, user: Option<&str>) -> Result<User, String> {
        let context = self.context.as_deref().and_then(|name| self.named("contexts", "context", name));
        if context.is_none()
            && let Some(name) = self.context.as_ref().filter(|_| !self.files.is_empty())
        {
            return Err(format!("Failed to initialize kubernetes configuration: context \"{name}\" does not exist"));
        }
        let of_context = |name: &str| context.and_then(|(_, context)| text(context, name));
        let mut found = User::default();
        let name = cluster.map(str::to_owned).or_else(|| of_context("cluster"));
        if let Some((directory, cluster)) = name.and_then(|name| self.named("clusters", "cluster", &name)) {
            found.server = text(cluster, "server").unwrap_or_default();
            found.proxy = text(cluster, "proxy-url");
            found.trust_all = cluster.get("insecure-skip-tls-verify").and_then(Json::as_bool).unwrap_or(false);
            found.authorities = bytes(cluster, "certificate-authority", directory)?;
        }
        let name = user.map(str::to_owned).or_else(|| of_context("user"));
        if let Some((directory, user)) = name.and_then(|name| self.named("users", "user", &name)) {
            found.certificate = bytes(user, "client-certificate", directory)?;
            found.key = bytes(user, "client-key", directory)?;
            found.token = text(user, "token");
            if let Some(path) = text(user, "tokenFile").filter(|_| found.token.is_none()) {
                let token =
                    std::fs::read_to_string(directory.join(&path)).map_err(|error| format!("{path}: {error}"))?;
                found.token = Some(token.trim().to_owned());
            }
            found.username = text(user, "username");
            found.password = text(user, "password");
            if let Some(exec) = user.get("exec").filter(|exec| exec.is_object()) {
                found.run(&Exec::of(exec))?;
            }
        }
        Ok(found)
    }
}

/// What stands in a file in base64, or in a file of its own.
fn bytes(json: &Json, name: &str, directory: &Path) -> Result<Option<Vec<u8>>, String> {
    if let Some(data) = text(json, &format!("{name}-data")) {
        return STANDARD.decode(data).map(Some).map_err(|error| format!("{name}-data: {error}"));
    }
    let Some(path) = text(json, name) else { return Ok(None) };
    std::fs::read(directory.join(&path)).map(Some).map_err(|error| format!("{path}: {error}"))
}

impl Exec {
    fn of(json: &Json) -> Self {
        let list = |name: &str| json.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        Self {
            version: text(json, "apiVersion").unwrap_or_default(),
            command: text(json, "command").unwrap_or_default(),
            arguments: list("args").iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            variables: list("env").iter().filter_map(|one| Some((text(one, "name")?, text(one, "value")?))).collect(),
        }
    }
}

impl User {
    /// Whether there is nothing to prove who we are with.
    pub(super) fn is_empty(&self) -> bool {
        self.token.is_none() && self.username.is_none() && self.certificate.is_none()
    }

    /// Takes the credentials that a program prints.
    pub(super) fn run(&mut self, exec: &Exec) -> Result<(), String> {
        let failed = |why: String| format!("getting credentials: exec: {}: {why}", exec.command);
        let about = serde_json::json!({ "kind": "ExecCredential", "apiVersion": exec.version, "spec": { "interactive": false } });
        let mut program = Command::new(&exec.command);
        program
            .args(&exec.arguments)
            .envs(exec.variables.iter().cloned())
            .env("KUBERNETES_EXEC_INFO", about.to_string());
        let output = program.output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(format!("{} {}", output.status, String::from_utf8_lossy(&output.stderr).trim())));
        }
        let json: Json = serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
        let status = json.get("status").cloned().unwrap_or_default();
        self.token = text(&status, "token").or_else(|| self.token.take());
        if let (Some(certificate), Some(key)) = (text(&status, "clientCertificateData"), text(&status, "clientKeyData"))
        {
            (self.certificate, self.key) = (Some(certificate.into_bytes()), Some(key.into_bytes()));
        }
        Ok(())
    }
}

/// YAML as JSON.
fn decoded(yaml: &str) -> Result<Json, String> {
    let function = fw_functions::builtin("yamldecode").ok_or("there is no reader of YAML")?;
    let value =
        function.call(&[Value::string(yaml)], &fw_functions::Isolated).map_err(|error| error.message().to_owned())?;
    let text = fw_value::json::marshal(&value, value.ty()).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
