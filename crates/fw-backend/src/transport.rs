//! Requests over HTTP for code that waits for their answers: a client, and the thread its connections live on.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Method, NoProxy, Proxy};

use crate::{Surroundings, Threads};

/// Answers beyond this are not read to their end.
const LIMIT: usize = 1 << 30;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the status says that all went well.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A request, to be sent as often as it takes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, url: impl Into<String>) -> Self {
        Self { method: method.to_owned(), url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// How requests are repeated that fail for a passing reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retries {
    /// How often at most.
    pub(crate) most: u64,
    /// The first pause; each is twice the one before.
    pub(crate) shortest: Duration,
    /// The longest pause.
    pub(crate) longest: Duration,
}

impl Retries {
    /// As clients of clouds do.
    pub(crate) const USUAL: Self =
        Self { most: 4, shortest: Duration::from_millis(200), longest: Duration::from_secs(20) };

    fn pause(&self, attempt: u32) -> Duration {
        self.shortest.saturating_mul(1u32.checked_shl(attempt).unwrap_or(u32::MAX)).min(self.longest)
    }
}

/// Certificates and checks of connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Security {
    /// Whom to trust instead of the system's authorities, as PEM.
    pub(crate) authorities: Option<Vec<u8>>,
    /// Who we are: certificate and key, as PEM.
    pub(crate) identity: Option<Vec<u8>>,
    /// Whether anybody is trusted.
    pub(crate) trust_all: bool,
}

/// A client with the thread that its connections live on.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    client: Client,
    threads: Arc<Threads>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Why, in the words that terraform's library has for it.
    pub(crate) why: String,
}

impl Transport {
    pub(crate) fn new(around: &Surroundings, security: &Security) -> Result<Self, String> {
        let mut builder = Client::builder().no_proxy().connect_timeout(Duration::from_secs(30));
        builder = builder.read_timeout(Duration::from_secs(120)).user_agent(user_agent(around));
        for proxy in proxies(around)? {
            builder = builder.proxy(proxy);
        }
        let client = secured(builder, around, security)?.build().map_err(|error| chain(&error))?;
        Ok(Self { client, threads: Arc::new(Threads::start()?) })
    }

    /// Sends a request once.
    pub(crate) fn send(&self, request: &Request) -> Result<Answer, Failure> {
        self.send_within(request, LONGEST)
    }

    fn send_within(&self, request: &Request, limit: Duration) -> Result<Answer, Failure> {
        let (client, request) = (self.client.clone(), request.clone());
        self.threads.wait(async move {
            let answer = tokio::time::timeout(limit, exchange(&client, &request)).await;
            answer.unwrap_or_else(|_| Err(Failure { why: format!("{} did not answer in time", request.url) }))
        })
    }

    /// Sends a request once, to a server that is near and answers soon if it is there at all.
    pub(crate) fn send_soon(&self, request: &Request) -> Result<Answer, Failure> {
        self.send_within(request, Duration::from_secs(2))
    }

    /// Sends a request, which `prepare` makes anew for each attempt, until it is answered for good. The result says how
    /// many attempts there were.
    pub(crate) fn send_patiently(
        &self,
        retries: Retries,
        mut prepare: impl FnMut() -> Request,
    ) -> (u64, Result<Answer, Failure>) {
        let mut attempt = 0;
        loop {
            let result = self.send(&prepare());
            let passing = match &result {
                Ok(answer) => answer.status == 429 || answer.status >= 500 && answer.status != 501,
                Err(_) => true,
            };
            if !passing || u64::from(attempt) >= retries.most {
                return (u64::from(attempt) + 1, result);
            }
            let told = result.ok().and_then(|answer| answer.header("retry-after")?.parse::<u64>().ok());
            std::thread::sleep(told.map_or_else(|| retries.pause(attempt), Duration::from_secs).min(MAX_PAUSE));
            attempt += 1;
        }
    }
}

/// A request that is not done by then is given up.
const LONGEST: Duration = Duration::from_secs(3600);

/// No server makes us wait for longer.
const MAX_PAUSE: Duration = Duration::from_secs(60);

async fn exchange(client: &Client, request: &Request) -> Result<Answer, Failure> {
    log::debug!("{} {}", request.method, request.url.split('?').next().unwrap_or_default());
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_wrong| Failure { why: format!("net/http: invalid method {:?}", request.method) })?;
    let mut building = client.request(method, &request.url);
    for (name, value) in &request.headers {
        building = building.header(name, value);
    }
    if !request.body.is_empty() {
        building = building.body(request.body.clone());
    }
    let failed = |error: &reqwest::Error| {
        let verb = go_verb(&request.method);
        Failure { why: format!("{verb} \"{}\": {}", request.url, why(error, &request.url)) }
    };
    let mut response = building.send().await.map_err(|error| failed(&error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| failed(&error))? {
        if body.len() + piece.len() > LIMIT {
            return Err(Failure { why: format!("the answer of {} is too long", request.url) });
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, headers, body })
}

/// `Get` for `GET`, as Go writes methods in errors.
fn go_verb(method: &str) -> String {
    let mut letters = method.chars();
    letters.next().map(|first| format!("{first}{}", letters.as_str().to_lowercase())).unwrap_or_default()
}

/// Why a request failed: refusals in Go's words, else the chain of errors.
fn why(error: &reqwest::Error, url: &str) -> String {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            let place = reqwest::Url::parse(url)
                .ok()
                .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
            return format!("dial tcp {}: connect: connection refused", place.unwrap_or_default());
        }
        cause = current.source();
    }
    chain(error)
}

/// An error and its causes in one line, without the address, which may hold secrets.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(current) = cause {
        causes.push(current.to_string());
        cause = current.source();
    }
    if causes.is_empty() { error.to_string() } else { causes.join(": ") }
}

fn user_agent(around: &Surroundings) -> String {
    let own = concat!("Formwork/", env!("CARGO_PKG_VERSION"));
    match around.variable("TF_APPEND_USER_AGENT").map(str::trim) {
        Some(more) if !more.is_empty() => format!("{own} {more}"),
        _ => own.to_owned(),
    }
}

fn secured(mut builder: ClientBuilder, around: &Surroundings, security: &Security) -> Result<ClientBuilder, String> {
    if let Some(pem) = &security.authorities {
        builder = builder.tls_certs_only(certificates(pem)?);
    } else if let Some(path) = around.variable("SSL_CERT_FILE") {
        let pem = std::fs::read(around.path(path)).map_err(|error| format!("cannot read {path}: {error}"))?;
        builder = builder.tls_certs_only(certificates(&pem)?);
    }
    if let Some(pem) = &security.identity {
        let identity =
            Identity::from_pem(pem).map_err(|error| format!("cannot load client certificate: {}", chain(&error)))?;
        builder = builder.identity(identity);
    }
    Ok(if security.trust_all { builder.tls_danger_accept_invalid_certs(true) } else { builder })
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    match Certificate::from_pem_bundle(pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err("failed to append certs".to_owned()),
    }
}

fn proxies(around: &Surroundings) -> Result<Vec<Proxy>, String> {
    let either = |name: &str| around.variable(name).or_else(|| around.variable(&name.to_lowercase()));
    let exceptions = format!("localhost,127.0.0.0/8,::1,{}", either("NO_PROXY").unwrap_or_default());
    let exceptions = NoProxy::from_string(&exceptions);
    let mut proxies = Vec::new();
    if let Some(url) = either("HTTP_PROXY") {
        proxies.push(Proxy::http(url).map_err(|error| format!("HTTP_PROXY: {}", chain(&error)))?);
    }
    if let Some(url) = either("HTTPS_PROXY") {
        proxies.push(Proxy::https(url).map_err(|error| format!("HTTPS_PROXY: {}", chain(&error)))?);
    }
    Ok(proxies.into_iter().map(|proxy| proxy.no_proxy(exceptions.clone())).collect())
}
