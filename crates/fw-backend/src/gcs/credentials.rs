//! Tokens for Google's services: given, or from a service account, a user's login, or the machine we run on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

use crate::Settings;
use crate::aws::encode;
use crate::transport::{Request, Retries, Transport};

const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";
const PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
const NO_CREDENTIALS: &str = "google: could not find default credentials. See \
    https://cloud.google.com/docs/authentication/external/set-up-adc for more information";

/// Tokens, made anew when they are about to expire.
#[derive(Clone)]
pub(super) struct Tokens {
    source: Arc<Source>,
    impersonated: Option<Arc<Impersonated>>,
    cached: Arc<Mutex<Option<(String, Instant)>>>,
}

enum Source {
    /// Requests go without.
    None,
    /// Given.
    Token(String),
    /// A file of credentials.
    Key(Json),
    /// The machine's own.
    Machine(String),
}

/// Another account, in whose name requests are made.
struct Impersonated {
    account: String,
    delegates: Vec<String>,
}

/// What a setting says, or the file that it names.
pub(super) fn contents(settings: &Settings<'_>, given: &str) -> String {
    std::fs::read_to_string(settings.around.path(given)).unwrap_or_else(|_| given.to_owned())
}

impl Tokens {
    /// None at all.
    pub(super) fn none() -> Self {
        Self { source: Arc::new(Source::None), impersonated: None, cached: Arc::default() }
    }

    /// Those of settings and environment.
    ///
    /// # Errors
    /// When there are none.
    pub(super) fn of(settings: &Settings<'_>, transport: &Transport) -> Result<Self, String> {
        let variables = ["GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"];
        let account = settings.text_or("impersonate_service_account", &variables).filter(|name| !name.is_empty());
        let impersonated = account.map(|account| {
            let delegates = settings.texts("impersonate_service_account_delegates").unwrap_or_default();
            Arc::new(Impersonated { account: account.to_owned(), delegates })
        });
        Ok(Self { source: Arc::new(source(settings, transport)?), impersonated, cached: Arc::default() })
    }

    /// A token that is good for a while.
    pub(super) fn current(&self, transport: &Transport) -> Result<Option<String>, String> {
        if let (Source::None, None) = (&*self.source, &self.impersonated) {
            return Ok(None);
        }
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, _)) = cached.as_ref().filter(|(_, until)| Instant::now() < *until) {
            return Ok(Some(token.clone()));
        }
        let (mut token, mut seconds) = self.source.token(transport, self.impersonated.is_some())?;
        if let Some(impersonated) = &self.impersonated {
            token = impersonated.token(transport, &token)?;
            seconds = 3600;
        }
        let until = Instant::now() + Duration::from_secs(seconds.saturating_sub(60));
        *cached = Some((token.clone(), until));
        Ok(Some(token))
    }
}

fn source(settings: &Settings<'_>, transport: &Transport) -> Result<Source, String> {
    let around = settings.around;
    if let Some(token) = settings.text_or("access_token", &["GOOGLE_OAUTH_ACCESS_TOKEN"]).filter(|t| !t.is_empty()) {
        return Ok(Source::Token(token.to_owned()));
    }
    let variables = ["GOOGLE_BACKEND_CREDENTIALS", "GOOGLE_CREDENTIALS"];
    let given = settings.filled("credentials").or_else(|| around.first_variable(&variables));
    if let Some(given) = given {
        let wrong = "the string provided in credentials is neither valid json nor a valid file path";
        return serde_json::from_str(&contents(settings, given)).map(Source::Key).map_err(|_secret| wrong.to_owned());
    }
    let usual = around.home.as_ref().map(|home| home.join(".config/gcloud/application_default_credentials.json"));
    let file = around.variable("GOOGLE_APPLICATION_CREDENTIALS").map(|path| around.path(path)).or(usual);
    if let Some(text) = file.and_then(|path| std::fs::read(path).ok()) {
        return serde_json::from_slice(&text).map(Source::Key).map_err(|error| format!("google: {error}"));
    }
    let host = around.variable("GCE_METADATA_HOST").unwrap_or("metadata.google.internal");
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
    let probe = Request::new("GET", url.as_str()).header("Metadata-Flavor", "Google");
    match transport.send_soon(&probe) {
        Ok(answer) if answer.is_success() => Ok(Source::Machine(url)),
        _ => Err(format!("storage.NewClient() failed: dialing: {NO_CREDENTIALS}")),
    }
}

impl Source {
    /// A token and how many seconds it is good for.
    fn token(&self, transport: &Transport, for_impersonation: bool) -> Result<(String, u64), String> {
        match self {
            Self::None => Ok((String::new(), 3600)),
            Self::Token(token) => Ok((token.clone(), 3600)),
            Self::Machine(url) => {
                let request = Request::new("GET", url.as_str()).header("Metadata-Flavor", "Google");
                answered(transport, &request)
            }
            Self::Key(key) => of_key(transport, key, if for_impersonation { PLATFORM } else { SCOPE }),
        }
    }
}

fn of_key(transport: &Transport, key: &Json, scope: &str) -> Result<(String, u64), String> {
    let text = |name: &str| key.get(name).and_then(Json::as_str).unwrap_or_default();
    let usual = "https://oauth2.googleapis.com/token";
    let url = Some(text("token_uri")).filter(|url| !url.is_empty()).unwrap_or(usual);
    let fields = match text("type") {
        "service_account" => {
            let assertion = assertion(key, url, scope)?;
            format!("grant_type={}&assertion={assertion}", encode("urn:ietf:params:oauth:grant-type:jwt-bearer"))
        }
        "authorized_user" => format!(
            "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}",
            encode(text("client_id")),
            encode(text("client_secret")),
            encode(text("refresh_token"))
        ),
        other => return Err(format!("google: credentials of the type \"{other}\" are not supported by Formwork")),
    };
    let request = Request::new("POST", url).header("Content-Type", "application/x-www-form-urlencoded").body(fields);
    answered(transport, &request)
}

fn answered(transport: &Transport, request: &Request) -> Result<(String, u64), String> {
    let (_, result) = transport.send_patiently(Retries::USUAL, || request.clone());
    let answer = result.map_err(|failure| format!("oauth2: cannot fetch token: {}", failure.why))?;
    let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    let token = json.get("access_token").and_then(Json::as_str);
    let token = token.ok_or_else(|| format!("oauth2: cannot fetch token: {} {}", answer.status, answer.text()))?;
    Ok((token.to_owned(), json.get("expires_in").and_then(Json::as_u64).unwrap_or(3600)))
}

/// What a service account signs to be given a token.
fn assertion(key: &Json, audience: &str, scope: &str) -> Result<String, String> {
    let text = |name: &str| key.get(name).and_then(Json::as_str).unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": text("private_key_id") });
    let claims = json!({ "iss": text("client_email"), "scope": scope, "aud": audience, "iat": now, "exp": now + 3600 });
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let signature = sign_rs256(text("private_key"), message.as_bytes()).map_err(|why| format!("google: {why}"))?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Signs with a private key in PEM.
pub(crate) fn sign_rs256(pem: &str, message: &[u8]) -> Result<Vec<u8>, String> {
    let inner: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(inner.trim()).map_err(|error| format!("the private key is no PEM: {error}"))?;
    let pair = RsaKeyPair::from_pkcs8(&der)
        .or_else(|_| RsaKeyPair::from_der(&der))
        .map_err(|error| format!("the private key cannot be used: {error}"))?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .map_err(|_secret| "the private key cannot sign".to_owned())?;
    Ok(signature)
}

impl Impersonated {
    fn token(&self, transport: &Transport, with: &str) -> Result<String, String> {
        let url = format!(
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{}:generateAccessToken",
            encode(&self.account)
        );
        let delegates: Vec<String> =
            self.delegates.iter().map(|name| format!("projects/-/serviceAccounts/{name}")).collect();
        let body = json!({ "scope": [SCOPE], "delegates": delegates, "lifetime": "3600s" });
        let request = Request::new("POST", url)
            .header("Authorization", format!("Bearer {with}"))
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let (_, result) = transport.send_patiently(Retries::USUAL, || request.clone());
        let answer = result.map_err(|failure| format!("impersonate: {}", failure.why))?;
        let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = json.get("accessToken").and_then(Json::as_str).map(str::to_owned);
        token.ok_or_else(|| format!("impersonate: status code {}: {}", answer.status, answer.text()))
    }
}
