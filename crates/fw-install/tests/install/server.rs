//! A server on the loopback interface with a certificate of its own, which answers what the test tells it to.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// What is sent for a path.
#[derive(Clone)]
pub(crate) enum Reply {
    /// A status and a body.
    Content(u16, Vec<u8>),
    /// The beginning of a body that is said to be longer.
    CutOff(Vec<u8>),
    /// Nothing, with the connection kept open.
    Silence,
    /// A redirection.
    Elsewhere(String),
    /// A status, and the address of a module's package.
    Package(u16, String),
}

/// Replies by path.
pub(crate) type Routes = BTreeMap<String, Reply>;

/// The running server; it ends with the test's runtime thread.
pub(crate) struct Server {
    /// Name and port.
    pub(crate) host: String,
    /// Its certificate, as a file's text.
    pub(crate) certificate: String,
    routes: Arc<Mutex<Routes>>,
    requests: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    pub(crate) fn start() -> Self {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let key = own.signing_key.serialize_der().try_into().unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let host = format!("localhost:{}", listener.local_addr().unwrap().port());
        listener.set_nonblocking(true).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let routes = Arc::new(Mutex::new(Routes::new()));
        let requests = Arc::new(Mutex::new(Vec::new()));
        runtime.spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), Arc::clone(&routes), Arc::clone(&requests)));
        Self { host, certificate: own.cert.pem(), routes, requests, _runtime: runtime }
    }

    /// The same with a dot in the name, as registries of modules must have it.
    pub(crate) fn address(&self) -> String {
        self.host.replace("localhost", "127.0.0.1")
    }

    /// Answers a path from now on.
    pub(crate) fn route(&self, path: &str, reply: Reply) {
        self.routes.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// Answers a path with a document from now on.
    pub(crate) fn json(&self, path: &str, document: &serde_json::Value) {
        self.route(path, Reply::Content(200, document.to_string().into_bytes()));
    }

    /// The requests so far: first lines and `Authorization` headers.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.requests().iter().filter(|line| line.split(' ').nth(1) == Some(path)).count()
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    routes: Arc<Mutex<Routes>>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, routes, requests) = (acceptor.clone(), Arc::clone(&routes), Arc::clone(&requests));
        tokio::spawn(async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read(&mut byte).await {
                    Ok(1) => head.push(byte[0]),
                    _ => return,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            {
                let mut requests = requests.lock().unwrap();
                requests.push(head.lines().next().unwrap_or_default().to_owned());
                let authorization = head.lines().find(|line| line.to_lowercase().starts_with("authorization"));
                requests.extend(authorization.map(ToOwned::to_owned));
            }
            let reply = routes.lock().unwrap().get(&path).cloned();
            let reply = reply.unwrap_or_else(|| Reply::Content(404, b"{}".to_vec()));
            let (head, body) = match reply {
                Reply::Content(status, body) => {
                    (format!("{status} X\r\nContent-Type: application/json\r\nContent-Length: {}", body.len()), body)
                }
                Reply::CutOff(body) => (format!("200 X\r\nContent-Length: {}", body.len() + 1000), body),
                Reply::Elsewhere(url) => (format!("302 X\r\nContent-Length: 0\r\nLocation: {url}"), Vec::new()),
                Reply::Package(status, package) => (
                    format!(
                        "{status} X\r\nX-Terraform-Get: {package}{}",
                        if status == 204 { "" } else { "\r\nContent-Length: 0" }
                    ),
                    Vec::new(),
                ),
                Reply::Silence => return std::future::pending::<()>().await,
            };
            let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n");
            let sent = async {
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&body).await?;
                stream.shutdown().await
            };
            drop(sent.await);
        });
    }
}
