//! Packages in Google's object store.

use std::path::Path;

use reqwest::{Method, RequestBuilder, Url};

use super::super::fetch::Fetcher;
use super::super::source_url::SourceUrl;
use super::signature::encode;
use super::{make_parent, place};

/// Where the service is, unless `STORAGE_EMULATOR_HOST` says otherwise.
const SERVICE: &str = "https://storage.googleapis.com";

/// Where machines of Google are told their tokens.
const MACHINES: &str = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token";

struct Bucket<'a> {
    fetcher: &'a Fetcher,
    base: String,
    token: Option<String>,
    name: String,
    object: String,
}

/// Saves an object.
pub(in super::super) async fn gcs_file(fetcher: &Fetcher, source: &SourceUrl, to: &Path) -> Result<(), String> {
    let bucket = Bucket::of(fetcher, source).await?;
    bucket.save(&bucket.object, to).await
}

/// Saves all objects whose names begin like this.
pub(in super::super) async fn gcs_directory(fetcher: &Fetcher, source: &SourceUrl, into: &Path) -> Result<(), String> {
    let bucket = Bucket::of(fetcher, source).await?;
    let mut page = String::new();
    loop {
        let (names, next) = bucket.list(&page).await?;
        for name in names {
            let Some(path) = place(into, &bucket.object, &name) else { continue };
            make_parent(&path)?;
            bucket.save(&name, &path).await?;
        }
        match next {
            Some(next) => page = next,
            None => return make_parent(&into.join("x")),
        }
    }
}

impl<'a> Bucket<'a> {
    async fn of(fetcher: &'a Fetcher, source: &SourceUrl) -> Result<Self, String> {
        let parts: Vec<&str> = source.path().splitn(5, '/').collect();
        let &["", _storage, _version, name, object] = parts.as_slice() else {
            return Err("URL is not a valid GCS URL".to_owned());
        };
        let emulator = fetcher.environment.get("STORAGE_EMULATOR_HOST");
        let base = emulator.map_or_else(
            || SERVICE.to_owned(),
            |host| if host.contains("://") { host.trim_end_matches('/').to_owned() } else { format!("http://{host}") },
        );
        let token = match (fetcher.environment.get("GOOGLE_OAUTH_ACCESS_TOKEN"), emulator) {
            (Some(token), _) => Some(token.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some(token(fetcher).await.map_err(|why| format!("dialing: {why}"))?),
        };
        let object = percent_encoding::percent_decode_str(object).decode_utf8_lossy().into_owned();
        Ok(Self { fetcher, base, token, name: name.to_owned(), object })
    }

    fn request(&self, path: &str) -> Result<RequestBuilder, String> {
        let url = format!("{}/storage/v1/b/{}/o{path}", self.base, encode(&self.name));
        let url = Url::parse(&url).map_err(|error| error.to_string())?;
        let request = self.fetcher.http.request(Method::GET, &url)?;
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    async fn save(&self, object: &str, to: &Path) -> Result<(), String> {
        let request = self.request(&format!("/{}?alt=media", encode(object)))?;
        self.fetcher.http.save_answer(request, to).await.map_err(|why| format!("{why} for object {object}"))
    }

    /// Names of objects, and the token of the next page.
    async fn list(&self, page: &str) -> Result<(Vec<String>, Option<String>), String> {
        let page = if page.is_empty() { String::new() } else { format!("&pageToken={}", encode(page)) };
        let request = self.request(&format!("?prefix={}{page}", encode(&self.object)))?;
        let answer = self.fetcher.http.send(request).await?;
        if !answer.status.is_success() {
            return Err(format!("bad response code: {}", answer.status.as_u16()));
        }
        let body: serde_json::Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let text = |value: &serde_json::Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        let items = body.get("items").and_then(serde_json::Value::as_array);
        let names = items.into_iter().flatten().filter_map(|item| text(item, "name")).collect();
        Ok((names, text(&body, "nextPageToken")))
    }
}

/// A token of the user's or the machine's own account.
async fn token(fetcher: &Fetcher) -> Result<String, String> {
    let environment = &fetcher.environment;
    let own = || environment.home.as_ref().map(|home| home.join(".config/gcloud/application_default_credentials.json"));
    let path = environment.get("GOOGLE_APPLICATION_CREDENTIALS").map(Into::into).or_else(own);
    let found = path.and_then(|path| std::fs::read(path).ok());
    let document = match found {
        Some(text) => serde_json::from_slice(&text).map_err(|error| error.to_string())?,
        None => serde_json::Value::Null,
    };
    let field = |name: &str| document.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let url = |text: &str| Url::parse(text).map_err(|error| error.to_string());
    let answer = match field("type") {
        "authorized_user" => {
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", field("client_id")),
                ("client_secret", field("client_secret")),
                ("refresh_token", field("refresh_token")),
            ];
            fetcher.http.post_form(&url("https://oauth2.googleapis.com/token")?, &form).await?
        }
        "service_account" => {
            let assertion = assertion(field("client_email"), field("private_key"), field("token_uri"))?;
            let kind = "urn:ietf:params:oauth:grant-type:jwt-bearer";
            let form = [("grant_type", kind), ("assertion", assertion.as_str())];
            fetcher.http.post_form(&url(field("token_uri"))?, &form).await?
        }
        _ => {
            let request = fetcher.http.request(Method::GET, &url(MACHINES)?)?.header("Metadata-Flavor", "Google");
            fetcher.http.send(request).await.map_err(|_absent| {
                "google: could not find default credentials. See \
                 https://cloud.google.com/docs/authentication/external/set-up-adc for more information"
                    .to_owned()
            })?
        }
    };
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let token = body.get("access_token").and_then(serde_json::Value::as_str).map(str::to_owned);
    token.ok_or_else(|| format!("no token was given: {}", answer.status))
}

/// What a service account proves itself with.
fn assertion(account: &str, key: &str, audience: &str) -> Result<String, String> {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    let lines: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(lines.trim()).map_err(|error| format!("the private key: {error}"))?;
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|error| format!("the private key: {error}"))?;
    let now = chrono::Utc::now().timestamp();
    let claims = serde_json::json!({
        "iss": account,
        "scope": "https://www.googleapis.com/auth/devstorage.read_only",
        "aud": audience,
        "iat": now,
        "exp": now + 3600,
    });
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|error| error.to_string())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
