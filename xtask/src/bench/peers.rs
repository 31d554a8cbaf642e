//! Who is measured: our program first, then the peers found on `PATH` (and the one `FORMWORK_TOFU` names, or that
//! `cargo xtask peers` built).

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::commands::{on_path, program_name, run_quietly};

/// A program that reads Terraform configurations.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    /// The first line of its version.
    pub(super) version: String,
}

/// Everybody there is; ours comes first.
pub(super) fn find(ours: PathBuf) -> Vec<Peer> {
    let named = env::var_os("FORMWORK_TOFU").map(PathBuf::from);
    let built = Some(crate::peers::tofu()).filter(|program| program.is_file());
    let tofu = named.or_else(|| on_path(&program_name("tofu"))).or(built);
    let candidates = [("formwork", Some(ours)), ("terraform", on_path(&program_name("terraform"))), ("tofu", tofu)];
    candidates
        .into_iter()
        .filter_map(|(name, program)| {
            let program = program?;
            let version = version(&program)?;
            Some(Peer { name, program, version })
        })
        .collect()
}

fn version(program: &PathBuf) -> Option<String> {
    let told = run_quietly(Command::new(program).arg("version").env("CHECKPOINT_DISABLE", "1")).ok()?;
    Some(String::from_utf8_lossy(&told).lines().next()?.to_owned())
}
