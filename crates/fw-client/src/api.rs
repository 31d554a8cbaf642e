//! Requests to the service, and what they can come to.

use fw_cli::Process;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, Response};
use serde_json::Value;

use crate::arguments::Arguments;
use crate::credentials::Credentials;

/// Why something could not be had of the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// It did not answer.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// Which server.
        server: String,
        /// Why.
        reason: String,
    },
    /// It refused.
    #[error("{message}")]
    Refused {
        /// The word for programs.
        code: String,
        /// The sentence for people.
        message: String,
        /// The whole answer.
        body: Value,
    },
    /// Anything on this side.
    #[error("{0}")]
    Here(String),
}

impl From<String> for ApiError {
    fn from(message: String) -> Self {
        Self::Here(message)
    }
}

/// A server, and the right to ask it.
pub(crate) struct Api {
    client: Client,
    pub(crate) server: String,
    token: String,
}

impl Api {
    /// The server that flags, environment or the last login name.
    pub(crate) fn open(process: &Process, arguments: &Arguments) -> Result<Self, ApiError> {
        let known = Credentials::load(process)?;
        let named = arguments.value("server").or_else(|| process.variable("FORMWORK_SERVER")).map(plain);
        let server = named.or(known.server).ok_or_else(|| {
            ApiError::Here("no server is known: log in with \"formwork login URL\", or set FORMWORK_SERVER".to_owned())
        })?;
        let token =
            process.variable("FORMWORK_TOKEN").map(str::to_owned).or_else(|| known.tokens.get(&server).cloned());
        let token = token.ok_or_else(|| {
            ApiError::Here(format!("no token is known for {server}: log in with \"formwork login {server}\""))
        })?;
        Self::new(server, token)
    }

    /// A server and a token.
    pub(crate) fn new(server: String, token: String) -> Result<Self, ApiError> {
        let client = Client::builder().build().map_err(|error| ApiError::Here(error.to_string()))?;
        Ok(Self { client, server, token })
    }

    /// Asks; an answer that is no success is an error.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, ApiError> {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.server)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let field = |name: &str| body[name].as_str().map(str::to_owned);
        let message = field("message").unwrap_or_else(|| format!("{} answered {status}", self.server));
        Err(ApiError::Refused { code: field("error").unwrap_or_default(), message, body })
    }

    /// Asks for JSON.
    pub(crate) async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ApiError> {
        let answer = self.ask(method, path, body).await?;
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text)
            .map_err(|error| ApiError::Here(format!("{} answered no JSON: {error}", self.server)))
    }

    /// A deployment or stack by its id or its name; of several the newest.
    pub(crate) async fn deployment(&self, named: &str) -> Result<Option<Value>, ApiError> {
        let encoded = utf8_percent_encode(named, NON_ALPHANUMERIC);
        match self.json(Method::GET, &format!("/deployments/{encoded}"), None).await {
            Ok(found) => return Ok(Some(found)),
            Err(ApiError::Refused { code, .. }) if code == "not_found" => {}
            Err(error) => return Err(error),
        }
        let all = self.json(Method::GET, &format!("/deployments?name={encoded}"), None).await?;
        match all.as_array().into_iter().flatten().find(|one| one["status"] != "destroyed") {
            // Those in a list come without their objects.
            Some(one) => self.json(Method::GET, &format!("/deployments/{}", text(one, "id")), None).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same, where there has to be one.
    pub(crate) async fn expect_deployment(&self, named: &str) -> Result<Value, ApiError> {
        self.deployment(named).await?.ok_or_else(|| ApiError::Here(format!("there is no deployment \"{named}\"")))
    }

    /// The id of a run: itself, or the newest of the deployment that is named.
    pub(crate) async fn run(&self, named: &str) -> Result<String, ApiError> {
        let encoded = utf8_percent_encode(named, NON_ALPHANUMERIC);
        match self.json(Method::GET, &format!("/runs/{encoded}"), None).await {
            Ok(run) => return Ok(text(&run, "id")),
            Err(ApiError::Refused { code, .. }) if code == "not_found" => {}
            Err(error) => return Err(error),
        }
        let deployment = self.expect_deployment(named).await?;
        let runs = self.json(Method::GET, &format!("/runs?limit=1&stack={}", text(&deployment, "id")), None).await?;
        match runs[0]["id"].as_str() {
            Some(id) => Ok(id.to_owned()),
            None => Err(ApiError::Here(format!("the deployment \"{named}\" has no run"))),
        }
    }

    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> ApiError {
        let mut reason = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            reason = error.to_string();
            cause = error.source();
        }
        ApiError::Unreachable { server: self.server.clone(), reason }
    }
}

/// A server's address without what does not matter.
pub(crate) fn plain(address: &str) -> String {
    address.trim_end_matches('/').to_owned()
}

/// A field that is text.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
