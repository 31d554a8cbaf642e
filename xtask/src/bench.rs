//! `cargo xtask bench`: the program beside its peers on the same inputs, in turn, in one run. Ratios count, not seconds:
//! both sides suffer the same machine. Prints a table; nothing here decides whether something is fast enough.

mod inputs;
mod measure;
mod peers;

use std::fs;

use anyhow::{Result, bail};

use crate::commands::{build_release, cargo, root};
use inputs::Scenario;
use peers::Peer;

pub(crate) fn run(names: &[String]) -> Result<()> {
    let scenarios = inputs::scenarios();
    if let Some(unknown) =
        names.iter().find(|name| name.as_str() != "syntax" && !scenarios.iter().any(|s| s.name == **name))
    {
        let known: Vec<&str> = scenarios.iter().map(|scenario| scenario.name).collect();
        bail!("there is no scenario `{unknown}`; there are: {}, syntax", known.join(", "));
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|given| given == name);
    let peers = peers::find(build_release()?);
    for peer in &peers {
        println!("{}: {}", peer.name, peer.version);
    }
    println!("\n| scenario | program | median s | least s | most s | peak MB | times as long as ours |");
    println!("|---|---|---|---|---|---|---|");
    for scenario in scenarios.iter().filter(|scenario| wanted(scenario.name)) {
        report(scenario, &peers)?;
    }
    if wanted("syntax") {
        syntax()?;
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

/// Measures one scenario with everybody, in turn, and prints its rows.
fn report(scenario: &Scenario, peers: &[Peer]) -> Result<()> {
    let taking_part: Vec<&Peer> = peers.iter().filter(|peer| peer.ours || !scenario.alone).collect();
    let mut samples = vec![Vec::new(); taking_part.len()];
    for round in 0..scenario.rounds {
        for (peer, samples) in taking_part.iter().zip(&mut samples) {
            // The slow ones need fewer rounds for a steady median.
            if peer.ours || round < scenario.peer_rounds {
                samples.push(measure::once(scenario, peer)?);
            }
        }
    }
    let results: Vec<measure::Summary> = samples.iter().map(|samples| measure::Summary::of(samples)).collect();
    let ours = results.first().map_or(f64::NAN, |summary| summary.median);
    for (peer, summary) in taking_part.iter().zip(&results) {
        println!(
            "| {} | {} | {:.3} | {:.3} | {:.3} | {:.0} | {:.1} |",
            scenario.name,
            peer.name,
            summary.median,
            summary.least,
            summary.most,
            summary.peak_megabytes,
            summary.median / ours
        );
    }
    Ok(())
}
