//! `cargo xtask bench`: the program beside its peers on the same inputs, in turn, in one run. Ratios count, not seconds:
//! both sides suffer the same machine. Nothing here decides whether something is fast enough.

mod configurations;
mod inputs;
mod measure;
mod peers;
mod plot;
mod report;
mod results;
mod service;

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::commands::{build_release, cargo, root};
use inputs::Scenario;
use measure::{Aws, Sample, Summary};
use peers::Peer;
use results::{Figure, Results};

/// Measures the scenarios of these names, or all; `report` writes the document of all that was measured so far.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let scenarios = inputs::scenarios();
    let mut results = Results::load();
    if names == ["report"] {
        return report::write(&scenarios, &results);
    }
    if let ["service", programs] = names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        return service::measure(Path::new(programs));
    }
    if names == ["service"] {
        return service::run();
    }
    let is_known =
        |name: &str| ["syntax", "service"].contains(&name) || scenarios.iter().any(|scenario| scenario.name == name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let known: Vec<&str> = scenarios.iter().map(|scenario| scenario.name).collect();
        bail!("there is no scenario `{unknown}`; there are: {}, syntax, service, and `report`", known.join(", "));
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|given| given == name);
    let peers = peers::find(build_release()?);
    for peer in &peers {
        println!("{}: {}", peer.name, peer.version);
    }
    let aws = if scenarios.iter().any(|scenario| scenario.aws && wanted(scenario.name)) { Aws::find()? } else { None };
    println!("\n{}", report::HEAD);
    for scenario in scenarios.iter().filter(|scenario| wanted(scenario.name)) {
        if scenario.aws && aws.is_none() {
            println!("{}: skipped, no AWS provider or no emulator here", scenario.name);
            continue;
        }
        let figures = figures(scenario, &peers, aws.as_ref())?;
        print!("{}", report::rows(scenario, &figures));
        results.scenarios.insert(scenario.name.to_owned(), figures);
        results.store()?;
    }
    if wanted("syntax") {
        syntax()?;
    }
    if wanted("service") {
        service::run()?;
    }
    Ok(())
}

/// How fast the demo's configurations, joined to one large file, are parsed.
fn syntax() -> Result<()> {
    let mut text = String::new();
    for play in ["utilities", "time", "own", "aws"] {
        text += &fs::read_to_string(root().join("xtask/demo").join(play).join("main.tf"))?;
    }
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("large.tf");
    fs::write(&file, text.repeat(100))?;
    let file = file.to_string_lossy();
    println!();
    cargo(&["run", "--release", "--quiet", "--package", "fw-syntax", "--example", "parsing_speed", &file])
}

/// Measures one scenario with everybody, in turn. The slow ones need fewer rounds for a steady median.
fn figures(scenario: &Scenario, peers: &[Peer], aws: Option<&Aws>) -> Result<Vec<Figure>> {
    let Some((ours, others)) = peers.split_first() else { return Ok(Vec::new()) };
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); peers.len()];
    for round in 0..scenario.rounds {
        let others = if round < scenario.peer_rounds { others } else { &[] };
        for (peer, samples) in [ours].into_iter().chain(others).zip(&mut samples) {
            samples.push(measure::once(scenario, peer, ours, aws)?);
        }
    }
    let measured = peers.iter().zip(&samples).filter(|(_, samples)| !samples.is_empty());
    Ok(measured.map(|(peer, samples)| Figure::new(peer.name, &Summary::of(samples))).collect())
}
