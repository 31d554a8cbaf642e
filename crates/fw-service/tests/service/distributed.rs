//! Several servers on one PostgreSQL, with either engine, while everything they stand on is killed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fw_testkit::{Postgres, Temporal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Service, one, send};

/// What their objects are encrypted with.
pub(crate) const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// What several servers share.
pub(crate) struct Installation {
    pub(crate) root: Arc<TempDir>,
    pub(crate) postgres: Postgres,
    pub(crate) temporal: Option<Temporal>,
}

impl Installation {
    /// Starts database and engine, or says what is missing.
    pub(crate) fn start(engine: &str) -> Option<Self> {
        let Some(programs) = Postgres::programs() else {
            println!("skipped: no PostgreSQL. Name the directory with its programs in FORMWORK_TEST_POSTGRESQL.");
            return None;
        };
        let temporal = if engine == "temporal" { Some(temporal_program()?) } else { None };
        let root = Arc::new(tempfile::tempdir().expect("a temporary directory"));
        let place = |name: &str| {
            let path = root.path().join(name);
            std::fs::create_dir(&path).expect("a directory");
            path
        };
        let temporal = temporal.map(|program| Temporal::start(&program, &place("temporal")).expect("Temporal starts"));
        // PostgreSQL may run as somebody else, who has to get there.
        open_to_all(root.path());
        let postgres = Postgres::start(&programs, &place("postgres")).expect("PostgreSQL starts");
        Some(Self { root, postgres, temporal })
    }

    /// The settings of its servers.
    pub(crate) fn flags(&self) -> Vec<String> {
        let root = self.root.path().display();
        let key = self.root.path().join("key");
        if !key.exists() {
            std::fs::write(&key, format!("{KEY}\n")).expect("a file");
        }
        let mut flags = vec![
            format!("--database={}", self.postgres.address()),
            format!("--objects=file://{root}/objects"),
            format!("--encryption-key=file:{}", key.display()),
            "--worker-lease=2".to_owned(),
        ];
        if let Some(temporal) = &self.temporal {
            flags.extend(["--engine=temporal".to_owned(), format!("--temporal={}", temporal.address())]);
        }
        flags
    }

    /// Two servers.
    pub(crate) fn servers(&self) -> (Service, Service) {
        let a = Service::start_in(&self.root, "a", &self.flags(), None);
        let b = Service::start_in(&self.root, "b", &self.flags(), Some(&a.token));
        (a, b)
    }
}

/// Temporal's program, if it and a program of ours that knows it are there.
fn temporal_program() -> Option<PathBuf> {
    let Some(program) = Temporal::program() else {
        println!("skipped: no Temporal. Name its program in FORMWORK_TEST_TEMPORAL.");
        return None;
    };
    // It says what is wrong with the address only if it knows what to do with one.
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = std::process::Command::new(fw_testkit::program("formwork"))
        .args(["serve", "--listen=127.0.0.1:0", "--engine=temporal", "--temporal=ftp://nowhere"])
        .current_dir(directory.path())
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stderr);
    if text.contains("built without the Temporal engine") {
        println!("skipped: the program was built without the feature `temporal`.");
        return None;
    }
    assert!(text.contains("is not the address of a Temporal server"), "{text}");
    Some(program)
}

fn open_to_all(directory: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(directory, mode).expect("it is ours");
}

/// Waits until the health of a server, or of one of its parts, is so.
async fn until_health(service: &Service, part: Option<&str>, status: &str) {
    let started = Instant::now();
    loop {
        // Without a token, since tokens are in the database.
        let health = send(reqwest::Client::new().get(format!("{}/api/v1/system/health", service.address))).await;
        let body: Value = serde_json::from_str(&health.text).expect(&health.text);
        let found = part.map_or(&body["status"], |part| &body["components"][part]["status"]);
        if found == status {
            assert_eq!(health.status == 200, body["status"] == "healthy", "{body:#}");
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{part:?} is not {status}: {body:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn finished(service: &Service, made: &Value) -> Value {
    service.follow(made["run_id"].as_str().expect("a run")).await;
    service.deployment(made).await
}

/// A deployment whose second object is made only when a file is there; where it is made stands in another.
pub(crate) struct Slow {
    begun: PathBuf,
    go: PathBuf,
    pub(crate) made: Value,
}

impl Slow {
    pub(crate) async fn begin(service: &Service, place: &std::path::Path, name: &str) -> Self {
        let (begun, go) = (place.join(format!("{name}-begun")), place.join(format!("{name}-go")));
        let note = format!("pwd > {0}.new && mv {0}.new {0}", begun.display());
        let command = format!("{note}; while [ ! -e {} ]; do sleep 0.05; done", go.display());
        let configuration = json!({"resource": {"terraform_data": {
            "first": {"input": "1"},
            "slow": {"input": "${terraform_data.first.output}", "provisioner": [{"local-exec": {"command": command}}]},
        }}});
        let body = json!({"name": name, "terraform_json": configuration});
        let made = service.post("/api/v1/deployments", &body).await.expect(201);
        Self { begun, go, made }
    }

    /// Waits until it is under way, and says where.
    pub(crate) async fn place(&self) -> String {
        let started = Instant::now();
        loop {
            if let Ok(place) = std::fs::read_to_string(&self.begun) {
                return place;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "it does not begin");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn go_on(&self) {
        std::fs::write(&self.go, "").expect("a file");
    }
}

async fn two_servers_share_the_work(installation: &Installation, engine: &str) {
    let (a, b) = installation.servers();
    until_health(&a, None, "healthy").await;
    let health = a.get("/api/v1/system/health").await.expect(200);
    assert_eq!(health["components"]["engine"]["message"], format!("{engine} answers"));
    let body = json!({"name": "shared", "terraform_json": one(&json!("x"))});
    let made = a.post("/api/v1/deployments", &body).await.expect(201);
    // What one has taken in the other one tells of.
    assert_eq!(finished(&b, &made).await["status"], "completed");
    let path = format!("/api/v1/deployments/{}", made["id"].as_str().unwrap());
    let updated = b.put(&path, &json!({"terraform_json": one(&json!("y"))})).await.expect(200);
    a.follow(updated["update_id"].as_str().unwrap()).await;
    let state = a.get(&format!("{path}/state")).await.expect(200);
    assert_eq!(state["resources"][0]["instances"][0]["attributes"]["input"]["value"], "y");
}

async fn a_server_dies_in_the_middle(installation: &Installation) {
    let (mut a, mut b) = installation.servers();
    let slow = Slow::begin(&a, installation.root.path(), "cut").await;
    let place = slow.place().await;
    let in_a = place.contains("/a/");
    let (dead, alive) = if in_a { (&mut a, &mut b) } else { (&mut b, &mut a) };
    dead.kill();
    slow.go_on();
    let after = finished(alive, &slow.made).await;
    assert!(["completed", "failed"].contains(&after["status"].as_str().unwrap()), "{after:#}");
    let first = after["resources"].as_array().unwrap().iter().find(|one| one["address"] == "terraform_data.first");
    assert_eq!(first.unwrap()["status"], "completed", "{after:#}");
    // It comes back and takes part again.
    dead.restart();
    let path = format!("/api/v1/deployments/{}", slow.made["id"].as_str().unwrap());
    let destroying = dead.delete(&path).await.expect(202);
    alive.follow(destroying["run_id"].as_str().unwrap()).await;
    assert_eq!(dead.deployment(&slow.made).await["status"], "destroyed");
}

async fn the_database_dies(installation: &mut Installation) {
    let (a, b) = installation.servers();
    let slow = Slow::begin(&a, installation.root.path(), "kept").await;
    slow.place().await;
    installation.postgres.kill();
    let body = json!({"name": "refused", "terraform_json": one(&json!("x"))});
    let refused = a.post("/api/v1/deployments", &body).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    until_health(&b, Some("database"), "unhealthy").await;
    slow.go_on();
    tokio::task::block_in_place(|| installation.postgres.up()).expect("PostgreSQL starts again");
    until_health(&a, None, "healthy").await;
    // Away for longer than a lease, it may have been taken for lost, and an object in its provisioners is then tainted.
    let after = finished(&b, &slow.made).await;
    assert!(["completed", "failed"].contains(&after["status"].as_str().unwrap()), "{after:#}");
    let made = a.post("/api/v1/deployments", &body).await.expect(201);
    assert_eq!(finished(&b, &made).await["status"], "completed");
}

async fn temporal_dies(installation: &mut Installation) {
    let (a, b) = installation.servers();
    until_health(&a, None, "healthy").await;
    let slow = Slow::begin(&a, installation.root.path(), "going").await;
    slow.place().await;
    let gated = json!({"name": "gated", "terraform_json": one(&json!("x")), "auto_approve": false});
    let gated = a.post("/api/v1/deployments", &gated).await.expect(201);
    installation.temporal.as_mut().expect("it is there").kill();
    until_health(&a, Some("engine"), "unhealthy").await;
    assert_eq!(a.get("/readyz").await.status, 200, "requests are taken in all the same");
    // Requests do not wait for it, and runs go on without.
    let asked = Instant::now();
    let body = json!({"name": "meanwhile", "terraform_json": one(&json!("x"))});
    let made = b.post("/api/v1/deployments", &body).await.expect(201);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    slow.go_on();
    assert_eq!(finished(&a, &slow.made).await["status"], "completed");
    assert_eq!(finished(&a, &made).await["status"], "completed");
    // The next run of a stack gets the lock without Temporal.
    let path = format!("/api/v1/deployments/{}", made["id"].as_str().unwrap());
    let destroying = a.delete(&path).await.expect(202);
    b.follow(destroying["run_id"].as_str().unwrap()).await;
    installation.temporal.as_mut().expect("it is there").up().expect("Temporal starts again");
    until_health(&a, None, "healthy").await;
    until_health(&b, None, "healthy").await;
    let run = gated["run_id"].as_str().unwrap();
    b.post(&format!("/api/v1/runs/{run}/approve"), &json!({})).await.expect(202);
    assert_eq!(finished(&a, &gated).await["status"], "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_postgresql_with_the_embedded_engine() {
    let Some(mut installation) = Installation::start("embedded") else { return };
    two_servers_share_the_work(&installation, "embedded").await;
    a_server_dies_in_the_middle(&installation).await;
    the_database_dies(&mut installation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_postgresql_with_temporal() {
    let Some(mut installation) = Installation::start("temporal") else { return };
    two_servers_share_the_work(&installation, "temporal").await;
    a_server_dies_in_the_middle(&installation).await;
    temporal_dies(&mut installation).await;
    the_database_dies(&mut installation).await;
}

#[tokio::test]
async fn a_server_with_another_key_is_refused() {
    let Some(installation) = Installation::start("embedded") else { return };
    let _first = Service::start_in(&installation.root, "a", &installation.flags(), None);
    let output = std::process::Command::new(fw_testkit::program("formwork"))
        .args(["serve", "--listen=127.0.0.1:0"])
        .args(installation.flags().iter().filter(|flag| !flag.starts_with("--encryption-key")))
        .current_dir(installation.root.path())
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("all servers on a database need the same"), "{text}");
}

#[test]
fn two_servers_on_one_sqlite_are_refused() {
    let service = Service::start(&[]);
    let output = std::process::Command::new(fw_testkit::program("formwork"))
        .args(["serve", "--listen=127.0.0.1:0", "--data-dir=data"])
        .current_dir(service.path(""))
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("another server runs on the database"), "{text}");
}
