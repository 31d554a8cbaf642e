//! Servers, workers, Temporal and database are killed at random while people deploy, update, approve and cancel. Then
//! everything is well again, every run must come to its end by itself, and the invariants must hold, from outside and in the
//! database.
//!
//! `FORMWORK_TEST_KILLS` says how many kills; the order is that of `FORMWORK_TEST_SEED`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fw_testkit::Dice;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::distributed::Installation;
use crate::harness::{Service, WorkerProcess, lasting_port};
use crate::invariants;

const KILLS: u64 = 8;
/// So many people ask for something at the same time, each for so much at most per kill.
const PEOPLE: u64 = 3;
const EACH: u64 = 2;
/// Must not be seen where it is not needed.
const SECRET: &str = "mark-of-a-secret-5b1f";
/// How long an answer, and the end of all runs, may take while everything is being killed.
const PATIENCE: Duration = Duration::from_secs(180);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn kills() -> u64 {
    number("FORMWORK_TEST_KILLS", KILLS)
}

/// Two servers, and workers that each ask one of them. The first server has workers of its own besides.
struct Members {
    servers: [Service; 2],
    workers: Vec<WorkerProcess>,
    /// The workers'.
    token: String,
}

impl Members {
    async fn start(installation: &Installation) -> Self {
        let server = |name: &str, more: &[&str], token: Option<&str>| {
            let mut flags = installation.flags();
            // Its workers know it by its address.
            flags.push(format!("--listen=127.0.0.1:{}", lasting_port()));
            flags.extend(more.iter().map(|flag| (*flag).to_owned()));
            Service::start_in(&installation.root, name, &flags, token)
        };
        let first = server("a", &["--workers-max=2"], None);
        let second = server("b", &["--workers-max=0"], Some(&first.token));
        let token = first.token("worker").await;
        let mut members = Self { servers: [first, second], workers: Vec::new(), token };
        (0..members.servers.len()).for_each(|server| members.join(server));
        members
    }

    /// A new worker of a server.
    fn join(&mut self, server: usize) {
        self.workers.push(WorkerProcess::start(&self.servers[server].address, &self.token, &["--workers-max=2"]));
    }
}

/// Somebody who asks any server until one answers.
#[derive(Clone)]
struct Person {
    addresses: Vec<String>,
    token: String,
    client: Client,
}

impl Person {
    fn new(servers: &[Service]) -> Self {
        let addresses = servers.iter().map(|server| server.address.clone()).collect();
        let client = Client::builder().timeout(Duration::from_secs(30)).build().expect("a client");
        Self { addresses, token: servers[0].token.clone(), client }
    }

    /// Asks with a key, so that what was done and not answered is not done again.
    async fn ask(&self, method: Method, path: &str, body: &Value, key: &str) -> (u16, Value) {
        let started = Instant::now();
        let mut cut = 0;
        for turn in 0.. {
            assert!(started.elapsed() < PATIENCE, "nobody answers {method} {path}");
            let address = &self.addresses[turn % self.addresses.len()];
            let request = self.client.request(method.clone(), format!("{address}{path}")).bearer_auth(&self.token);
            let request =
                if key.is_empty() { request } else { request.header("idempotency-key", format!("{key}-{cut}")) };
            let request = request.header("content-type", "application/json").body(body.to_string());
            if let Ok(answer) = request.send().await
                && answer.status().as_u16() < 500
                && answer.status().as_u16() != 429
            {
                let status = answer.status().as_u16();
                if let Ok(text) = answer.text().await {
                    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
                    if body["error"] != "request_in_progress" {
                        return (status, body);
                    }
                    // Whoever had it may be dead; for how long it waits before it is free again is tested elsewhere.
                    cut += 1;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        unreachable!("it is asked until there is an answer")
    }

    async fn live(&self, who: u64, seed: u64, over: &AtomicBool) -> Vec<String> {
        let mut dice = Dice::new(seed * 100 + who);
        let mut deployments = Vec::new();
        for turn in 0..EACH * kills() {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let name = format!("d{who}-{turn}");
            let gated = dice.of(4) == 0;
            let body = json!({"name": name, "terraform_json": configuration(&mut dice), "auto_approve": !gated,
                "variables": {"word": name, "secret": SECRET}});
            let (status, made) = self.ask(Method::POST, "/api/v1/deployments", &body, &name).await;
            assert_eq!(status, 201, "{made:#}");
            let (id, run) = (made["id"].as_str().expect("an id"), made["run_id"].as_str().expect("a run"));
            deployments.push(id.to_owned());
            if gated {
                tokio::time::sleep(Duration::from_millis(dice.of(1500))).await;
                // Too early, or approved in spite of an answer that was lost: then it is refused.
                let how = if dice.of(4) == 0 { "cancel" } else { "approve" };
                self.approved(run, how, &name).await;
            } else if dice.of(5) == 0 {
                tokio::time::sleep(Duration::from_millis(dice.of(800))).await;
                self.ask(Method::POST, &format!("/api/v1/runs/{run}/cancel"), &json!({}), &format!("{name}-cancel"))
                    .await;
            }
        }
        deployments
    }

    /// Approves as soon as it can be, or cancels.
    async fn approved(&self, run: &str, how: &str, name: &str) {
        let started = Instant::now();
        for turn in 0.. {
            assert!(started.elapsed() < PATIENCE, "run {run} takes no approval");
            let path = format!("/api/v1/runs/{run}/{how}");
            let (status, answer) = self.ask(Method::POST, &path, &json!({}), &format!("{name}-{how}-{turn}")).await;
            let (_, view) = self.ask(Method::GET, &format!("/api/v1/runs/{run}"), &json!({}), "").await;
            let waits = ["queued", "running"].contains(&view["status"].as_str().unwrap_or("running"));
            if status < 300 || !(waits || view["status"] == "awaiting_approval") || how == "cancel" {
                return;
            }
            assert_eq!(status, 409, "{answer:#}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn configuration(dice: &mut Dice) -> Value {
    let mut b = json!({"input": "${terraform_data.a.output}"});
    // Some take long enough to be killed in the middle.
    if dice.of(3) == 0 {
        b["provisioner"] = json!([{"local-exec": {"command": format!("sleep 0.{}", dice.of(6))}}]);
    }
    json!({
        "variable": {"word": {"type": "string"}, "secret": {"type": "string", "sensitive": true}},
        "resource": {"terraform_data": {
            // Never changed: what it has for an output would be shown.
            "secret": {"input": "${var.secret}"},
            "a": {"input": "${var.word}"},
            "b": b,
            "c": {"input": "${terraform_data.b.id}"},
        }},
        "output": {"word": {"value": "${terraform_data.b.output}"}},
    })
}

/// Kills and starts again, one after the other.
async fn kill_loop(installation: &mut Installation, members: &mut Members, seed: u64) {
    let mut dice = Dice::new(seed);
    for kill in 0..kills() {
        tokio::time::sleep(Duration::from_millis(200 + dice.of(2500))).await;
        let pause = Duration::from_millis(dice.of(1500));
        let which = usize::from(dice.of(2) == 0);
        match dice.of(8) {
            0 => {
                println!("{kill}: the database");
                installation.postgres.kill();
                tokio::time::sleep(pause).await;
                tokio::task::block_in_place(|| installation.postgres.up()).expect("PostgreSQL starts again");
            }
            1 if installation.temporal.is_some() => {
                println!("{kill}: Temporal");
                let temporal = installation.temporal.as_mut().expect("it is there");
                temporal.kill();
                tokio::time::sleep(pause).await;
                temporal.up().expect("Temporal starts again");
            }
            1..=4 => {
                println!("{kill}: server {which}");
                members.servers[which].kill();
                tokio::time::sleep(pause).await;
                tokio::task::block_in_place(|| members.servers[which].restart());
            }
            _ => {
                println!("{kill}: a worker");
                members.workers.swap_remove(which).kill();
                tokio::time::sleep(pause).await;
                members.join(usize::from(dice.of(2) == 0));
            }
        }
    }
}

async fn schedule(person: &Person) -> String {
    let stack = json!({"name": "ticking", "terraform_json": {"resource": {"terraform_data": {"a": {"input": "x"}}}}});
    let (status, stack) = person.ask(Method::POST, "/api/v1/stacks", &stack, "stack").await;
    assert_eq!(status, 201, "{stack:#}");
    let body = json!({"name": "ticks", "stack_id": stack["id"], "cron": "*/2 * * * * *", "operation": "plan"});
    let (status, schedule) = person.ask(Method::POST, "/api/v1/schedules", &body, "schedule").await;
    assert_eq!(status, 201, "{schedule:#}");
    schedule["id"].as_str().expect("an id").to_owned()
}

/// Each deployment takes a change, and shows it.
async fn all_go_on(person: &Person, deployments: &[String]) {
    for (number, id) in deployments.iter().enumerate() {
        let word = format!("at last {number}");
        let path = format!("/api/v1/deployments/{id}?force_update=true");
        let body = json!({"variables": {"word": word, "secret": SECRET}, "auto_approve": true});
        let (status, updated) = person.ask(Method::PUT, &path, &body, &format!("last-{number}")).await;
        assert_eq!(status, 200, "{updated:#}");
        let started = Instant::now();
        loop {
            let (_, shown) = person.ask(Method::GET, &format!("/api/v1/deployments/{id}"), &json!({}), "").await;
            if shown["status"] == "completed" && shown["outputs"]["word"]["value"] == *word {
                break;
            }
            assert!(shown["status"] != "failed", "{shown:#}");
            assert!(started.elapsed() < PATIENCE, "an update does not arrive: {shown:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Cancels what waits for somebody who never heard of it: a deployment that was made, but whose answer was cut off.
async fn cancel_forgotten(person: &Person) {
    let path = "/api/v1/runs?status=awaiting_approval&limit=1000";
    let (_, waiting) = person.ask(Method::GET, path, &json!({}), "").await;
    for run in waiting.as_array().expect("a list") {
        let id = run["id"].as_str().expect("an id");
        person.ask(Method::POST, &format!("/api/v1/runs/{id}/cancel"), &json!({}), &format!("forgotten-{id}")).await;
    }
}

async fn everything_is_killed(engine: &str) {
    let Some(mut installation) = Installation::start(engine) else { return };
    let seed = number("FORMWORK_TEST_SEED", 1);
    let mut members = Members::start(&installation).await;
    let person = Person::new(&members.servers);
    let schedule = schedule(&person).await;
    let over = Arc::new(AtomicBool::new(false));
    let people: Vec<_> = (0..PEOPLE)
        .map(|who| {
            let (person, over) = (person.clone(), Arc::clone(&over));
            tokio::spawn(async move { person.live(who, seed, &over).await })
        })
        .collect();
    kill_loop(&mut installation, &mut members, seed).await;
    over.store(true, Ordering::Relaxed);
    let mut deployments = Vec::new();
    for somebody in people {
        deployments.extend(somebody.await.expect("nobody panics"));
    }
    person.ask(Method::DELETE, &format!("/api/v1/schedules/{schedule}"), &json!({}), "").await;
    let started = Instant::now();
    let database = invariants::open(&installation.postgres.address()).await;
    while started.elapsed() < PATIENCE && invariants::open_runs(&database).await > 0 {
        cancel_forgotten(&person).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    invariants::until_all_is_over(&database, Duration::ZERO).await;
    println!("{} deployments; all was over after {:?}", deployments.len(), started.elapsed());
    invariants::check(&database).await;
    all_go_on(&person, &deployments).await;
    invariants::until_all_is_over(&database, PATIENCE).await;
    invariants::check(&database).await;
    invariants::settled(&database).await;
    for place in ["postgres", "temporal"].map(|name| installation.root.path().join(name)) {
        if place.exists() {
            invariants::nothing_holds(SECRET, &place);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_killed_with_the_embedded_engine() {
    everything_is_killed("embedded").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_killed_with_temporal() {
    everything_is_killed("temporal").await;
}
