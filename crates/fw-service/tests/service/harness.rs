//! A running service and its client.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A service of a test's own.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: String,
    pub(crate) token: String,
    directory: PathBuf,
    _root: Arc<TempDir>,
    flags: Vec<String>,
    client: Client,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Its body as JSON, after a look at its status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).expect(&self.text) }
    }
}

impl Service {
    /// Starts one.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let root = Arc::new(tempfile::tempdir().expect("a temporary directory"));
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Self::start_in(&root, "", &flags, None)
    }

    /// Starts one in a directory below a shared one. A second one on a database has the token of the first.
    pub(crate) fn start_in(root: &Arc<TempDir>, name: &str, flags: &[String], token: Option<&str>) -> Self {
        let directory = root.path().join(name);
        std::fs::create_dir_all(&directory).expect("a directory");
        prepare(&directory);
        let (child, address) = launch(&directory, flags);
        let token = token.map_or_else(|| wait_for_token(&directory), str::to_owned);
        // Servers are killed and come back: no connection is used twice.
        let client = Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        Self { child, address, token, directory, _root: Arc::clone(root), flags: flags.to_owned(), client }
    }

    /// Kills it as hard as can be.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Starts it again.
    pub(crate) fn restart(&mut self) {
        (self.child, self.address) = launch(&self.directory, &self.flags);
    }

    /// Kills it as hard as can be, and starts it again.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    /// A path in the directory of the test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address)).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(with_json(self.request(Method::POST, path), body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        send(with_json(self.request(Method::PUT, path), body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// Follows a run to its end; all that was heard, as `(event, data)`.
    pub(crate) async fn follow(&self, run: &str) -> Vec<(String, Value)> {
        let mut answer = self
            .request(Method::GET, &format!("/api/v1/runs/{run}/events?follow=true"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let mut text = String::new();
        while let Some(chunk) = answer.chunk().await.expect("the stream goes on to its end") {
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        let field = |block: &str, name: &str| {
            block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
        };
        text.split("\n\n")
            .filter_map(|block| {
                let data = serde_json::from_str(&field(block, "data")?).expect(block);
                Some((field(block, "event")?, data))
            })
            .collect()
    }

    /// Deploys a configuration and waits until its run is over; the deployment then.
    pub(crate) async fn deploy(&self, name: &str, configuration: Value) -> Value {
        let body = json!({"name": name, "terraform_json": configuration});
        let made = self.post("/api/v1/deployments", &body).await.expect(201);
        self.follow(made["run_id"].as_str().expect("a run")).await;
        self.deployment(&made).await
    }

    /// A deployment as it is now.
    pub(crate) async fn deployment(&self, known: &Value) -> Value {
        self.get(&format!("/api/v1/deployments/{}", known["id"].as_str().expect("an id"))).await.expect(200)
    }

    /// A run as it is now.
    pub(crate) async fn run(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/runs/{id}")).await.expect(200)
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        loop {
            let seen = self.get(path).await.expect(200);
            if is_so(&seen) {
                return seen;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Makes a token.
    pub(crate) async fn token(&self, role: &str) -> String {
        let made = self.post("/api/v1/tokens", &json!({"name": role, "role": role})).await.expect(201);
        made["token"].as_str().expect("the secret").to_owned()
    }
}

/// A worker as a process of its own.
pub(crate) struct WorkerProcess {
    child: Child,
    directory: TempDir,
}

impl WorkerProcess {
    /// Starts one.
    pub(crate) fn start(address: &str, token: &str, flags: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        prepare(directory.path());
        std::fs::write(directory.path().join("token"), token).expect("a file");
        // A pipe would be full some time.
        let said = std::fs::File::create(directory.path().join("said")).expect("a file");
        let child = Command::new(fw_testkit::program("formwork"))
            .args(["worker", "--server", address, "--token-file=token", "--log=warn"])
            .args(flags)
            .current_dir(directory.path())
            .env("TF_CLI_CONFIG_FILE", directory.path().join("cli.tfrc"))
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .expect("the program starts");
        Self { child, directory }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("it runs");
    }

    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it as hard as can be.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Waits for its end: whether it was content, and what it said.
    pub(crate) fn end(mut self) -> (bool, String) {
        let content = self.child.wait().expect("it ends").success();
        (content, std::fs::read_to_string(self.directory.path().join("said")).expect("text"))
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Providers come from an empty directory: no test asks the network.
fn prepare(directory: &Path) {
    let mirror = directory.join("mirror");
    std::fs::create_dir_all(&mirror).expect("a directory");
    let text =
        format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n", mirror.display());
    std::fs::write(directory.join("cli.tfrc"), text).expect("a file");
}

fn launch(directory: &Path, flags: &[String]) -> (Child, String) {
    let mut child = Command::new(fw_testkit::program("formwork"))
        .args(["serve", "--listen=127.0.0.1:0", "--data-dir=data", "--admin-token-file=token", "--log=warn"])
        .args(flags)
        .current_dir(directory)
        .env("TF_CLI_CONFIG_FILE", directory.join("cli.tfrc"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let line = lines.next().expect("it says where it listens").expect("text");
    let address = line.rsplit(' ').next().expect("an address").to_owned();
    // The next line says where the token is; who does not read it would block a chatty program.
    drop(std::thread::spawn(move || lines.for_each(drop)));
    (child, address)
}

/// The address is printed before the token's file is there.
fn wait_for_token(directory: &Path) -> String {
    loop {
        match std::fs::read_to_string(directory.join("token")) {
            Ok(token) if token.ends_with('\n') => return token.trim().to_owned(),
            _ => std::thread::yield_now(),
        }
    }
}

pub(crate) fn with_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, text: answer.text().await.expect("a text") }
}

/// A port that a server can come back to: nobody has it, and the system gives such ones to nobody who has not asked.
pub(crate) fn lasting_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Other tests run at the same time.
    let first = 20_000 + u16::try_from(std::process::id() % 1_000).expect("it is small") * 10;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A configuration with one `terraform_data`.
pub(crate) fn one(input: &Value) -> Value {
    json!({"resource": {"terraform_data": {"a": {"input": input}}}})
}
