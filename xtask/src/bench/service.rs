//! The service's own figures: steps a second and recovery of the engine, then a running service with the provider for
//! tests: reads while deployments run, memory, warm plans, and how soon a request reaches a provider.

mod client;
mod place;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::commands::{self, build_release, cargo, program_name, target};
use client::{Client, Load};
use place::Place;

/// How many deployments run while reads are measured.
const DEPLOYMENTS: usize = 20;
/// How many reads a second, from so many connections, for so long.
const READS: u32 = 1_000;
const CONNECTIONS: u32 = 16;
const READING: Duration = Duration::from_secs(10);
/// How many warm plans are made.
const PLANS: usize = 20;

/// Builds what is needed, measures and prints.
///
/// # Errors
/// When something cannot be built or started, or answers what it should not.
pub(super) fn run() -> Result<()> {
    build_release()?;
    cargo(&["build", "--release", "--package", "fw-testprovider"])?;
    cargo(&["build", "--release", "--package", "fw-driver", "--example", "throughput"])?;
    measure(&target().join("release"))
}

/// Measures the programs of a directory, and prints.
///
/// # Errors
/// When something is not there, cannot be started, or answers what it should not.
pub(super) fn measure(programs: &Path) -> Result<()> {
    let programs = fs::canonicalize(programs).with_context(|| format!("there is no {}", programs.display()))?;
    commands::run(&mut Command::new(programs.join("examples").join(program_name("throughput"))))?;
    println!("\n| service | figure | goal |\n|---|---|---|");
    let place = Place::start(&programs)?;
    plans(&place)?;
    reads(&place)
}

fn row(name: &str, figure: &str, goal: &str) {
    println!("| {name} | {figure} | {goal} |");
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn quantile(times: &mut [Duration], part: usize) -> Duration {
    times.sort_unstable();
    times.get((times.len() * part / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Plans of a stack whose provider is warm: how long each takes, and when the provider hears of it.
fn plans(place: &Place) -> Result<()> {
    let mut client = Client::connect(&place.address, &place.token)?;
    let stack =
        client.ask("POST", "/api/v1/stacks", Some(&json!({"name": "warm", "terraform_json": objects(1, 0)})))?;
    let path = format!("/api/v1/stacks/{}/plan", id(&stack)?);
    let started = Instant::now();
    client.ask("POST", &path, Some(&json!({})))?;
    row("first plan of a stack, with its provider's installation", &milliseconds(started.elapsed()), "");
    let (mut whole, mut heard) = (Vec::new(), Vec::new());
    for _ in 0..PLANS {
        let before = place.calls();
        let (log, started) = (place.calls_log(), Instant::now());
        let watching = std::thread::spawn(move || {
            // Long enough for a plan that takes far too long.
            while fs::metadata(&log).map_or(0, |log| log.len()) == before && started.elapsed().as_secs() < 5 {
                std::thread::sleep(Duration::from_micros(500));
            }
            started.elapsed()
        });
        client.ask("POST", &path, Some(&json!({})))?;
        whole.push(started.elapsed());
        heard.push(watching.join().map_err(|_panic| anyhow::anyhow!("the watch of the calls has failed"))?);
    }
    row("warm speculative plan, median", &milliseconds(quantile(&mut whole, 50)), "< 150 ms");
    row("warm speculative plan, p95", &milliseconds(quantile(&mut whole, 95)), "");
    row("request to first provider call, warm, median", &milliseconds(quantile(&mut heard, 50)), "< 50 ms");
    Ok(())
}

/// Reads while deployments run.
fn reads(place: &Place) -> Result<()> {
    let mut client = Client::connect(&place.address, &place.token)?;
    let mut deployments = Vec::new();
    for number in 0..DEPLOYMENTS {
        let body = json!({"name": format!("busy {number}"), "terraform_json": objects(200, 600)});
        deployments.push(id(&client.ask("POST", "/api/v1/deployments", Some(&body))?)?);
    }
    let applying = |client: &mut Client| -> Result<usize> {
        let all = client.ask("GET", "/api/v1/deployments?limit=100", None)?;
        let all = all.as_array().context("deployments are an array")?;
        Ok(all.iter().filter(|one| one["status"] == "applying").count())
    };
    while applying(&mut client)? < DEPLOYMENTS {
        std::thread::sleep(Duration::from_millis(20));
    }
    let paths: Vec<_> = deployments.iter().map(|id| format!("/api/v1/deployments/{id}")).collect();
    let mut first = Vec::new();
    for path in &paths {
        let started = Instant::now();
        client.ask("GET", path, None)?;
        first.push(started.elapsed());
    }
    row("first look at a deployment, median", &milliseconds(quantile(&mut first, 50)), "");
    let load = Load { paths, a_second: READS, connections: CONNECTIONS, lasting: READING };
    let mut times = load.run(&place.address, &place.token)?;
    let still = applying(&mut client)?;
    let rate = f64::from(u32::try_from(times.len())?) / READING.as_secs_f64();
    row(&format!("reads a second ({still} deployments ran to the end of it)"), &format!("{rate:.0}"), "1,000");
    row("read, p50", &milliseconds(quantile(&mut times, 50)), "");
    row("read, p95", &milliseconds(quantile(&mut times, 95)), "< 20 ms");
    row("memory of the service at its peak", &format!("{} MB", place.peak_megabytes()?), "< 512 MB");
    Ok(())
}

fn id(answer: &Value) -> Result<String> {
    Ok(answer["id"].as_str().with_context(|| format!("there is no id in {answer}"))?.to_owned())
}

/// A configuration of so many objects that each take so long.
fn objects(number: usize, milliseconds: u64) -> Value {
    let script = json!({"create": {"delay_ms": milliseconds}}).to_string();
    json!({
        "terraform": {"required_providers": {"fwtest": {"source": "hashicorp/fwtest"}}},
        "resource": {"fwtest_object": {"a": {
            "count": number, "name": "bench-${count.index}",
            "script": if milliseconds == 0 { Value::Null } else { script.into() },
        }}},
    })
}
