//! `cargo xtask peers`: builds OpenTofu as a Go module, to be measured beside us.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::commands::{on_path, program_name, run_quietly, target};

const MODULE: &str = "github.com/opentofu/opentofu/cmd/tofu";
const VERSION: &str = "v1.12.6";
/// OpenTofu's own module replaces its HCL; a replacement counts only in the main module, so ours repeats it.
const REPLACED: &str =
    "github.com/hashicorp/hcl/v2@v2.20.1=github.com/opentofu/hcl/v2@v2.20.2-0.20251021132045-587d123c2828";
/// A module of no other content.
const WRAPPER: &str = "module peers\n\ngo 1.26.6\n";

/// Where the program is once it is built.
pub(crate) fn tofu() -> PathBuf {
    target().join("peers").join(program_name("tofu"))
}

pub(crate) fn run() -> Result<()> {
    let Some(go) = on_path(&program_name("go")) else { bail!("a Go toolchain is needed to build OpenTofu") };
    let program = tofu();
    if !program.is_file() {
        let wrapper = target().join("peers").join("wrapper");
        fs::create_dir_all(&wrapper)?;
        fs::write(wrapper.join("go.mod"), WRAPPER)?;
        let in_wrapper = |arguments: &[&str]| {
            run_quietly(Command::new(&go).args(arguments).env("CGO_ENABLED", "0").current_dir(&wrapper))
        };
        in_wrapper(&["get", "-tool", &format!("{MODULE}@{VERSION}")])?;
        in_wrapper(&["mod", "edit", "-replace", REPLACED])?;
        in_wrapper(&["mod", "tidy"])?;
        let built = target().join("peers").join("built");
        in_wrapper(&["build", "-o", &built.to_string_lossy(), MODULE])?;
        fs::rename(built, &program)?;
    }
    println!("{}: {}", program.display(), VERSION);
    Ok(())
}
