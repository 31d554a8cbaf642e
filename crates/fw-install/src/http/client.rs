//! The client's settings from an environment: trusted certificates, proxies, name and patience.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, NoProxy, Proxy};

use super::chain;
use crate::environment::Environment;

/// A server that sends nothing for this many times the limit of a small request has given up.
const PATIENCE: u32 = 3;

pub(super) fn build(environment: &Environment, timeout: Duration) -> Result<Client, String> {
    // The process's own environment is not asked: everything comes in through `environment`.
    let mut builder = Client::builder()
        .no_proxy()
        .user_agent(user_agent(environment))
        .connect_timeout(timeout)
        .read_timeout(timeout.saturating_mul(PATIENCE));
    for proxy in proxies(environment)? {
        builder = builder.proxy(proxy);
    }
    if let Some(certificates) = certificates(environment)? {
        builder = builder.tls_certs_only(certificates);
    }
    builder.build().map_err(|error| chain(&error))
}

fn user_agent(environment: &Environment) -> String {
    let own = concat!("Formwork/", env!("CARGO_PKG_VERSION"));
    match environment.get("TF_APPEND_USER_AGENT").map(str::trim) {
        Some(more) if !more.is_empty() => format!("{own} {more}"),
        _ => own.to_owned(),
    }
}

/// The authorities that `SSL_CERT_FILE` or `SSL_CERT_DIR` names; none for those of the system.
fn certificates(environment: &Environment) -> Result<Option<Vec<Certificate>>, String> {
    if let Some(file) = environment.get("SSL_CERT_FILE") {
        return read_certificates(Path::new(file)).map(Some);
    }
    let Some(directories) = environment.get("SSL_CERT_DIR") else { return Ok(None) };
    let mut all = Vec::new();
    for directory in directories.split(':').filter(|directory| !directory.is_empty()) {
        let Ok(entries) = std::fs::read_dir(directory) else { continue };
        // As other programs do, what is no certificate is passed over in directories.
        all.extend(entries.flatten().flat_map(|entry| read_certificates(&entry.path()).unwrap_or_default()));
    }
    Ok((!all.is_empty()).then_some(all))
}

fn read_certificates(file: &Path) -> Result<Vec<Certificate>, String> {
    let failed = |why: String| format!("cannot read certificates from {}: {why}", file.display());
    let text = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    Certificate::from_pem_bundle(&text).map_err(|error| failed(chain(&error)))
}

fn proxies(environment: &Environment) -> Result<Vec<Proxy>, String> {
    let either = |upper: &str| environment.get(upper).or_else(|| environment.get(&upper.to_lowercase()));
    // This machine itself is never asked through a proxy.
    let exceptions = format!("localhost,127.0.0.0/8,::1,{}", either("NO_PROXY").unwrap_or_default());
    let exceptions = NoProxy::from_string(&exceptions);
    // In a CGI program the upper-case name for plain HTTP is under a client's control.
    let trusted = environment.get("REQUEST_METHOD").is_none();
    let plain = environment.get("http_proxy").or_else(|| environment.get("HTTP_PROXY").filter(|_| trusted));
    let mut proxies = Vec::new();
    if let Some(url) = plain {
        proxies.push(Proxy::http(url).map_err(|error| format!("HTTP_PROXY: {}", chain(&error)))?);
    }
    if let Some(url) = either("HTTPS_PROXY") {
        proxies.push(Proxy::https(url).map_err(|error| format!("HTTPS_PROXY: {}", chain(&error)))?);
    }
    Ok(proxies.into_iter().map(|proxy| proxy.no_proxy(exceptions.clone())).collect())
}
