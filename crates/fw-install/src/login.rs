//! Logging in to a host: what it offers for that, and the requests that lead to a token.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::cli_config::{CliConfig, Services, Token};
use crate::environment::Environment;
use crate::http::{Answer, Http};
use crate::source::discovery_document;

pub use reqwest::Url;

/// Asks hosts.
#[derive(Debug)]
pub struct Login {
    http: Http,
    config: CliConfig,
}

/// What a host offers to those who want a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// OAuth, or why what is said of it is of no use.
    pub oauth: Option<Result<OAuth, String>>,
    /// The API whose tokens people make by hand.
    pub tokens: Option<Url>,
}

/// How to get a token by OAuth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth {
    client: String,
    authorization: Option<Url>,
    token: Url,
    /// Which ways the server knows.
    grants: Vec<String>,
    scopes: Vec<String>,
    /// The ports at which the browser may be sent back to us.
    pub ports: (u16, u16),
}

/// What only we and the server know of one attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Tells answers to this attempt from others.
    pub state: String,
    verifier: String,
    redirect: String,
}

impl Attempt {
    /// A new attempt whose answer comes to this port.
    #[must_use]
    pub fn new(port: u16) -> Self {
        let random = || uuid::Uuid::new_v4().to_string();
        Self {
            state: random(),
            verifier: format!("{}.{}", random(), random()),
            redirect: format!("http://localhost:{port}/login"),
        }
    }
}

impl OAuth {
    /// Whether the server sends a code to us by way of the user's browser.
    #[must_use]
    pub fn has_codes(&self) -> bool {
        self.authorization.is_some() && self.grants.iter().any(|grant| grant == "authz_code")
    }

    /// The page that the user has to go to.
    #[must_use]
    pub fn page(&self, attempt: &Attempt) -> Option<Url> {
        let mut page = self.authorization.clone()?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.verifier.as_bytes()));
        let scopes = self.scopes.join(" ");
        let mut query = page.query_pairs_mut();
        query.append_pair("client_id", &self.client);
        query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        query.append_pair("redirect_uri", &attempt.redirect).append_pair("response_type", "code");
        if !scopes.is_empty() {
            query.append_pair("scope", &scopes);
        }
        query.append_pair("state", &attempt.state);
        drop(query);
        Some(page)
    }

    fn of(service: &Json, base: &Url) -> Result<Self, String> {
        let invalid = |why: &str| format!("invalid login.v1 definition: {why}");
        let text = |name: &str| service.get(name).and_then(Json::as_str);
        let url = |name: &str| text(name).map(|url| base.join(url)).transpose().map_err(|e| invalid(&e.to_string()));
        let texts = |name: &str| -> Option<Vec<String>> {
            service.get(name)?.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        };
        let ports = match service.get("ports") {
            None => (1024, u16::MAX),
            Some(ports) => ports_of(ports).ok_or_else(|| invalid("\"ports\" must be two port numbers"))?,
        };
        Ok(Self {
            client: text("client").ok_or_else(|| invalid("\"client\" is required"))?.to_owned(),
            authorization: url("authz")?,
            token: url("token")?.ok_or_else(|| invalid("\"token\" is required"))?,
            grants: texts("grant_types").unwrap_or_else(|| vec!["authz_code".to_owned()]),
            scopes: texts("scopes").unwrap_or_default(),
            ports,
        })
    }
}

fn ports_of(ports: &Json) -> Option<(u16, u16)> {
    let [first, last] = ports.as_array()?.as_slice() else { return None };
    let port = |number: &Json| u16::try_from(number.as_u64()?).ok().filter(|port| *port >= 1024);
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some((first, last))
}

impl Login {
    /// With the settings of a user.
    #[must_use]
    pub fn new(config: &CliConfig, environment: &Environment) -> Self {
        Self { http: Http::new(config, environment), config: config.clone() }
    }

    /// What a host offers.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn offered(&self, host: &str) -> Result<Offered, String> {
        let (services, base): (Services, Url) = match self.config.hosts.get(host) {
            Some(services) => {
                let base = Url::parse(&format!("https://{host}/")).map_err(|error| error.to_string())?;
                (services.clone(), base)
            }
            None => match discovery_document(&self.http, host).await? {
                Some(found) => found,
                None => return Ok(Offered::default()),
            },
        };
        let oauth = services.get("login.v1").map(|service| OAuth::of(service, &base));
        let tokens = services.get("tfe.v2").and_then(Json::as_str).and_then(|url| base.join(url).ok());
        Ok(Offered { oauth, tokens })
    }

    /// Exchanges the code that the browser has brought for a token.
    ///
    /// # Errors
    /// When the server gives none.
    pub async fn exchange(&self, oauth: &OAuth, attempt: &Attempt, code: &str) -> Result<Token, String> {
        let fields = [
            ("client_id", oauth.client.as_str()),
            ("code", code),
            ("code_verifier", &attempt.verifier),
            ("grant_type", "authorization_code"),
            ("redirect_uri", &attempt.redirect),
        ];
        let Answer { status, body, .. } = self.http.post_form(&oauth.token, &fields).await?;
        let said: Json = serde_json::from_slice(&body).unwrap_or_default();
        match said.get("access_token").and_then(Json::as_str) {
            Some(token) if status.is_success() => Ok(Token(token.to_owned())),
            Some(_) => Err(format!("oauth2: cannot fetch token: {status}")),
            None if status.is_success() => Err("oauth2: server response missing access_token".to_owned()),
            None => Err(format!(
                "oauth2: cannot fetch token: {status}\nResponse: {}",
                String::from_utf8_lossy(&body).trim()
            )),
        }
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// When the host does not know it.
    pub async fn user(&self, tokens: &Url, token: &Token) -> Result<String, String> {
        let mut base = tokens.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let url = base.join("account/details").map_err(|error| error.to_string())?;
        let answer = self.http.get_once(&url, Some(&token.0)).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err("unauthorized".to_owned()),
            other => return Err(other.to_string()),
        }
        let said: Json = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let name = said.pointer("/data/attributes/username").and_then(Json::as_str);
        Ok(name.unwrap_or_default().to_owned())
    }
}
