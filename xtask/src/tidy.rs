//! `cargo xtask tidy`: the rules of the house that the compiler does not check. All violations are reported at once.

mod documents;
mod layers;
mod sources;

use anyhow::{Result, bail};

/// What the checks found, one line each.
#[derive(Default)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, finding: String) {
        self.0.push(finding);
    }
}

pub(crate) fn run() -> Result<()> {
    let mut findings = Findings::default();
    let packages = layers::packages()?;
    layers::check(&packages, &mut findings);
    documents::check(&packages, &mut findings)?;
    sources::check(&packages, &mut findings)?;
    if findings.0.is_empty() {
        println!("tidy: {} crates, nothing to complain about", packages.len());
        return Ok(());
    }
    bail!("tidy:\n  {}", findings.0.join("\n  "))
}
