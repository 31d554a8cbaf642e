//! Requests to registries, mirrors and download servers: credentials, time limits, retries, proxies. Everything about them
//! comes from the CLI configuration and the given environment.

mod client;
pub(crate) mod credentials;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use futures::StreamExt;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};

use crate::cli_config::CliConfig;
use crate::environment::Environment;
use crate::error::FetchError;
use credentials::Credentials;

/// Documents (indices, checksums, signatures) beyond this are not read to their end.
const DOCUMENT_LIMIT: usize = 64 << 20;

/// Packages beyond this are not read to their end: several times the largest that are known.
pub(crate) const PACKAGE_LIMIT: u64 = 8 << 30;

/// The client of all requests. Nothing is set up before the first.
#[derive(Debug)]
pub(crate) struct Http {
    environment: Environment,
    client: OnceLock<Result<Client, String>>,
    settings: Settings,
    credentials: Credentials,
}

#[derive(Debug)]
struct Settings {
    /// How long a small request may take.
    timeout: Duration,
    /// How often a request that failed for a passing reason is repeated.
    retries: u32,
    /// How often a download is repeated.
    download_retries: u32,
}

/// An answer to a small request.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// Where it came from in the end.
    pub(crate) url: Url,
    /// The address of a module's package, as servers tell it in a header.
    pub(crate) package: Option<String>,
}

/// A name and a password for a server.
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) password: String,
}

struct Failure {
    why: String,
    /// Whether another attempt would fail as well.
    lasting: bool,
}

impl Http {
    pub(crate) fn new(config: &CliConfig, environment: &Environment) -> Self {
        let number = |name: &str| environment.get(name).and_then(|text| text.parse::<u32>().ok());
        let settings = Settings {
            timeout: Duration::from_secs(number("TF_REGISTRY_CLIENT_TIMEOUT").filter(|s| *s > 0).unwrap_or(10).into()),
            retries: number("TF_REGISTRY_DISCOVERY_RETRY").unwrap_or(1),
            download_retries: number("TF_PROVIDER_DOWNLOAD_RETRY").unwrap_or(2),
        };
        Self {
            environment: environment.clone(),
            client: OnceLock::new(),
            settings,
            credentials: Credentials::new(config, environment),
        }
    }

    fn client(&self) -> Result<&Client, String> {
        let made = self.client.get_or_init(|| client::build(&self.environment, self.settings.timeout));
        made.as_ref().map_err(Clone::clone)
    }

    /// Whether there are credentials for a host.
    pub(crate) async fn has_credentials(&self, host: &str) -> bool {
        matches!(self.credentials.of(host).await, Ok(Some(_)))
    }

    /// A small request, with the credentials of a host where one is given.
    pub(crate) async fn get(&self, url: &Url, credentials_of: Option<&str>) -> Result<Answer, String> {
        let token = match credentials_of {
            Some(host) => self.credentials.of(host).await?,
            None => None,
        };
        let mut attempt = 0;
        loop {
            let result = self.get_once(url, token.as_deref()).await;
            let why = match &result {
                Ok(answer) if is_passing(answer.status) => format!("{} returned from {url}", answer.status),
                Ok(_) => return result,
                Err(why) => why.clone(),
            };
            attempt += 1;
            if attempt > self.settings.retries {
                return match attempt {
                    1 => result,
                    _ => Err(format!("the request failed after {attempt} attempts, please try again later: {why}")),
                };
            }
            tokio::time::sleep(delay(attempt)).await;
        }
    }

    /// A small request with a token, once.
    pub(crate) async fn get_once(&self, url: &Url, token: Option<&str>) -> Result<Answer, String> {
        log::debug!("GET {url}");
        let mut request = self
            .client()?
            .get(url.clone())
            .timeout(self.settings.timeout)
            .header("X-Terraform-Version", fw_config::COMPATIBLE_VERSION)
            .header("Accept", "application/json, */*;q=0.5");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        answer(request).await
    }

    /// Sends a form.
    pub(crate) async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<Answer, String> {
        let mut form = url.clone();
        form.query_pairs_mut().clear().extend_pairs(fields);
        let body = form.query().unwrap_or_default().to_owned();
        let request = self.client()?.post(url.clone()).timeout(self.settings.timeout).body(body);
        answer(request.header("Content-Type", "application/x-www-form-urlencoded").header("Accept", "application/json"))
            .await
    }

    /// A page that may say where a module's package is.
    pub(crate) async fn page(&self, url: &Url, login: Option<&Login>) -> Result<Answer, String> {
        let request = self.with_login(url, login)?.timeout(self.settings.timeout);
        let answer = answer(request).await.map_err(|why| format!("Get \"{}\": {why}", shown(url)))?;
        if !answer.status.is_success() {
            return Err(format!("bad response code: {}", answer.status.as_u16()));
        }
        Ok(answer)
    }

    /// Saves a module's package to a file.
    pub(crate) async fn save(&self, url: &Url, login: Option<&Login>, to: &Path) -> Result<(), String> {
        self.save_answer(self.with_login(url, login)?, to).await
    }

    /// As [`Self::save`], for a request that was made by [`Self::request`].
    pub(crate) async fn save_answer(&self, request: RequestBuilder, to: &Path) -> Result<(), String> {
        let response = request.send().await.map_err(|error| chain(&error))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(format!("bad response code: {}", status.as_u16()));
        }
        let mut file = File::create(to).map_err(|error| error.to_string())?;
        save(response, &mut file).await.map_err(|failure| failure.why)
    }

    fn with_login(&self, url: &Url, login: Option<&Login>) -> Result<RequestBuilder, String> {
        let request = self.client()?.get(url.clone());
        Ok(match login {
            Some(login) => request.basic_auth(&login.name, Some(&login.password)),
            None => request,
        })
    }

    /// A request to be completed and sent with [`Self::send`].
    pub(crate) fn request(&self, method: reqwest::Method, url: &Url) -> Result<RequestBuilder, String> {
        Ok(self.client()?.request(method, url.clone()))
    }

    /// Sends a small request.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, String> {
        answer(request.timeout(self.settings.timeout)).await
    }

    /// Downloads a package into a file.
    pub(crate) async fn download(&self, url: &Url, to: &Path) -> Result<(), FetchError> {
        let mut attempt = 0;
        loop {
            let failure = match self.download_once(url, to).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            attempt += 1;
            if failure.lasting || attempt > self.settings.download_retries {
                return Err(FetchError::Download { url: url.to_string(), why: failure.why });
            }
            tokio::time::sleep(delay(attempt)).await;
        }
    }

    async fn download_once(&self, url: &Url, to: &Path) -> Result<(), Failure> {
        let passing = |why: String| Failure { why, lasting: false };
        let lasting = |why: String| Failure { why, lasting: true };
        let request = self.client().map_err(lasting)?.get(url.clone());
        let response = request.send().await.map_err(|error| passing(chain(&error)))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(Failure { why: format!("unsuccessful request: {status}"), lasting: !is_passing(status) });
        }
        let mut file = File::create(to).map_err(|error| lasting(error.to_string()))?;
        save(response, &mut file).await
    }
}

async fn answer(request: RequestBuilder) -> Result<Answer, String> {
    let response = request.send().await.map_err(|error| chain(&error))?;
    let (status, url) = (response.status(), response.url().clone());
    let package = response.headers().get("X-Terraform-Get").and_then(|value| value.to_str().ok()).map(str::to_owned);
    log::debug!("{status} from {}", shown(&url));
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        body.extend_from_slice(&piece.map_err(|error| chain(&error))?);
        if body.len() > DOCUMENT_LIMIT {
            return Err(format!("{url} has sent more than {DOCUMENT_LIMIT} bytes"));
        }
    }
    Ok(Answer { status, body, url, package })
}

/// Packages are written while they come; a piece is small enough not to hold up other tasks.
async fn save(response: Response, file: &mut File) -> Result<(), Failure> {
    let expected = response.content_length();
    let mut written = 0_u64;
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| Failure { why: chain(&error), lasting: false })?;
        file.write_all(&piece).map_err(|error| Failure { why: error.to_string(), lasting: true })?;
        written = written.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if written > PACKAGE_LIMIT {
            return Err(Failure { why: format!("more than {PACKAGE_LIMIT} bytes were sent"), lasting: true });
        }
    }
    if let Some(expected) = expected.filter(|expected| *expected != written) {
        return Err(Failure { why: format!("only {written} of {expected} bytes were sent"), lasting: false });
    }
    Ok(())
}

/// A URL without its password and without what its query may hold in secret.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() && url.set_password(Some("redacted")).is_err() {
        return String::new();
    }
    url.to_string()
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The pause before another attempt, twice as long each time.
fn delay(attempt: u32) -> Duration {
    Duration::from_millis(200) * 2_u32.saturating_pow(attempt.min(6))
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}
