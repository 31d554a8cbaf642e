//! Tokens of the directory: of a service principal, of a workload that proves itself with a token of its own, of the
//! machine, or of the user who has logged in with Azure's own program.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::account::summary;
use crate::Settings;
use crate::aws::encode;
use crate::transport::{Request, Retries, Transport};

/// Where a cloud has its services.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cloud {
    pub(super) storage_suffix: &'static str,
    login: &'static str,
    pub(super) manager: &'static str,
}

impl Cloud {
    /// The cloud that settings name.
    pub(super) fn of(settings: &Settings<'_>) -> Result<Self, String> {
        match settings.text_or("environment", &["ARM_ENVIRONMENT"]).unwrap_or("public").to_lowercase().as_str() {
            "public" | "azurecloud" | "azurepubliccloud" => Ok(Self {
                storage_suffix: "core.windows.net",
                login: "https://login.microsoftonline.com",
                manager: "https://management.azure.com",
            }),
            "usgovernment" | "azureusgovernment" | "azureusgovernmentcloud" => Ok(Self {
                storage_suffix: "core.usgovcloudapi.net",
                login: "https://login.microsoftonline.us",
                manager: "https://management.usgovcloudapi.net",
            }),
            "china" | "azurechina" | "azurechinacloud" => Ok(Self {
                storage_suffix: "core.chinacloudapi.cn",
                login: "https://login.chinacloudapi.cn",
                manager: "https://management.chinacloudapi.cn",
            }),
            other => Err(format!("the Azure Environment \"{other}\" is not known")),
        }
    }
}

/// Tokens for one resource, made anew when they are about to expire.
#[derive(Clone)]
pub(super) struct Token {
    source: Arc<Source>,
    cached: Arc<Mutex<Option<(String, Instant)>>>,
}

enum Source {
    /// A form for the login service.
    Principal { url: String, client: String, scope: String, proof: Proof },
    /// The machine's own.
    Machine { url: String },
    /// Of the user.
    Program { resource: String, tenant: Option<String> },
}

enum Proof {
    Secret(String),
    Assertion(String),
    /// A token is asked for at an address, with another.
    Request {
        url: String,
        token: String,
    },
}

impl Token {
    /// Tokens for a resource, from whatever settings and environment offer.
    ///
    /// # Errors
    /// When they offer nothing that can be used.
    pub(super) fn of(settings: &Settings<'_>, cloud: &Cloud, resource: &str) -> Result<Self, String> {
        let around = settings.around;
        let text = |name: &str, variables: &[&str]| {
            settings.text_or(name, variables).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let from_file = |name: &str, variables: &[&str]| {
            let path = text(name, variables)?;
            std::fs::read_to_string(around.path(&path)).ok().map(|text| text.trim().to_owned())
        };
        let flag = |name: &str, variable: &str| settings.flag_or(name, variable).map_err(|told| summary(&told));
        let tenant = text("tenant_id", &["ARM_TENANT_ID"]);
        let client = text("client_id", &["ARM_CLIENT_ID"])
            .or_else(|| from_file("client_id_file_path", &["ARM_CLIENT_ID_FILE_PATH"]));
        let secret = text("client_secret", &["ARM_CLIENT_SECRET"])
            .or_else(|| from_file("client_secret_file_path", &["ARM_CLIENT_SECRET_FILE_PATH"]));
        let workload = flag("use_aks_workload_identity", "ARM_USE_AKS_WORKLOAD_IDENTITY")?.unwrap_or(false);
        let mut proof = secret.map(Proof::Secret);
        if proof.is_none() && (workload || flag("use_oidc", "ARM_USE_OIDC")?.unwrap_or(false)) {
            let files = ["ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"];
            let given = text("oidc_token", &["ARM_OIDC_TOKEN"]).or_else(|| from_file("oidc_token_file_path", &files));
            let url = text("oidc_request_url", &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL"]);
            let token = text("oidc_request_token", &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]);
            let asked = url.zip(token).map(|(url, token)| Proof::Request { url, token });
            proof = given.map(Proof::Assertion).or(asked);
        }
        let (tenant_of, client_of) = if workload {
            let named = |name: &str| around.variable(name).map(str::to_owned);
            (tenant.clone().or_else(|| named("AZURE_TENANT_ID")), client.clone().or_else(|| named("AZURE_CLIENT_ID")))
        } else {
            (tenant.clone(), client.clone())
        };
        let source = match (proof, tenant_of, client_of) {
            (Some(proof), Some(tenant), Some(client)) => Source::Principal {
                url: format!("{}/{}/oauth2/v2.0/token", cloud.login, encode(&tenant)),
                client,
                scope: format!("{resource}/.default"),
                proof,
            },
            (Some(_), ..) => return Err("tenant_id and client_id must be set".to_owned()),
            (None, ..) if flag("use_msi", "ARM_USE_MSI")?.unwrap_or(false) => {
                let usual = "http://169.254.169.254/metadata/identity/oauth2/token".to_owned();
                let endpoint = text("msi_endpoint", &["ARM_MSI_ENDPOINT"]).unwrap_or(usual);
                let own = client.map_or_else(String::new, |client| format!("&client_id={}", encode(&client)));
                let resource = encode(resource);
                Source::Machine { url: format!("{endpoint}?api-version=2018-02-01&resource={resource}{own}") }
            }
            (None, ..) if flag("use_cli", "ARM_USE_CLI")?.unwrap_or(true) => {
                Source::Program { resource: resource.to_owned(), tenant }
            }
            (None, ..) => return Err("no way to log in to Azure is set up".to_owned()),
        };
        Ok(Self { source: Arc::new(source), cached: Arc::default() })
    }

    /// A token that is good for a while.
    pub(super) fn current(&self, transport: &Transport) -> Result<String, String> {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, _)) = cached.as_ref().filter(|(_, until)| Instant::now() < *until) {
            return Ok(token.clone());
        }
        let (token, seconds) = match &*self.source {
            Source::Principal { url, client, scope, proof } => of_principal(transport, url, (client, scope), proof)?,
            Source::Machine { url } => {
                answered(transport, &Request::new("GET", url.as_str()).header("Metadata", "true"))?
            }
            Source::Program { resource, tenant } => (of_program(resource, tenant.as_deref())?, 300),
        };
        *cached = Some((token.clone(), Instant::now() + Duration::from_secs(seconds.saturating_sub(60))));
        Ok(token)
    }
}

fn of_principal(
    transport: &Transport,
    url: &str,
    (client, scope): (&str, &str),
    proof: &Proof,
) -> Result<(String, u64), String> {
    let kind = encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let with = |assertion: &str| format!("client_assertion_type={kind}&client_assertion={}", encode(assertion));
    let proof = match proof {
        Proof::Secret(secret) => format!("client_secret={}", encode(secret)),
        Proof::Assertion(assertion) => with(assertion),
        Proof::Request { url, token } => {
            let joint = if url.contains('?') { '&' } else { '?' };
            let audience = encode("api://AzureADTokenExchange");
            let request = Request::new("GET", format!("{url}{joint}audience={audience}"))
                .header("Authorization", format!("Bearer {token}"))
                .header("Accept", "application/json");
            let answer = transport.send(&request).map_err(|failure| failure.why)?;
            let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
            let value = json.get("value").and_then(Json::as_str).ok_or("no token was given to prove who we are")?;
            with(value)
        }
    };
    let body = format!("grant_type=client_credentials&client_id={}&scope={}&{proof}", encode(client), encode(scope));
    let request = Request::new("POST", url).header("Content-Type", "application/x-www-form-urlencoded").body(body);
    answered(transport, &request)
}

fn answered(transport: &Transport, request: &Request) -> Result<(String, u64), String> {
    let (_, result) = transport.send_patiently(Retries::USUAL, || request.clone());
    let failed = |why: &str| format!("cannot log in to Azure: {why}");
    let answer = result.map_err(|failure| failed(&failure.why))?;
    let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let field = |name: &str| json.get(name).and_then(Json::as_str);
    let token = field("access_token").ok_or_else(|| failed(field("error_description").unwrap_or("no token")))?;
    let seconds = json.get("expires_in").and_then(|found| found.as_u64().or_else(|| found.as_str()?.parse().ok()));
    Ok((token.to_owned(), seconds.unwrap_or(300)))
}

fn of_program(resource: &str, tenant: Option<&str>) -> Result<String, String> {
    let mut program = Command::new("az");
    program.args(["account", "get-access-token", "--output", "json", "--resource", resource]);
    if let Some(tenant) = tenant {
        program.args(["--tenant", tenant]);
    }
    let failed = |why: &str| format!("could not get a token from the Azure CLI: {why}");
    let output = program.output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr)));
    }
    let json: Json = serde_json::from_slice(&output.stdout).map_err(|error| failed(&error.to_string()))?;
    json.get("accessToken").and_then(Json::as_str).map(str::to_owned).ok_or_else(|| failed("no token"))
}
