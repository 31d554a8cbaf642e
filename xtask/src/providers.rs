//! `cargo xtask providers`: gets what can be built as Go modules, and lists every provider this machine has.

use anyhow::Result;

use crate::{go, mirrors};

pub(crate) fn run() -> Result<()> {
    for module in [&go::TIME, &go::KUBECTL] {
        match go::install(module) {
            Ok(true) => println!("{}: built as a Go module", module.provider),
            Ok(false) => println!("{}: not built, no Go toolchain here", module.provider),
            Err(problem) => println!("{}: not built\n{problem:#}", module.provider),
        }
    }
    for mirror in mirrors::all() {
        println!("\n{}", mirror.display());
        for provider in mirrors::contents(&mirror) {
            println!("  {provider}");
        }
    }
    Ok(())
}
