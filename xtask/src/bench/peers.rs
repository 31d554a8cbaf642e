//! Who is measured: our program first, then the peers found on `PATH` (and the one `FORMWORK_TOFU` names).

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::commands::{on_path, program_name, run_quietly};

/// A program that reads Terraform configurations.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    /// The first line of its version.
    pub(crate) version: String,
    pub(crate) ours: bool,
}

/// Everybody there is; ours comes first.
pub(crate) fn find(ours: PathBuf) -> Vec<Peer> {
    let tofu = env::var_os("FORMWORK_TOFU").map(PathBuf::from).or_else(|| on_path(&program_name("tofu")));
    let candidates = [
        ("formwork", Some(ours), true),
        ("terraform", on_path(&program_name("terraform")), false),
        ("tofu", tofu, false),
    ];
    candidates
        .into_iter()
        .filter_map(|(name, program, ours)| {
            let program = program?;
            let version = version(&program)?;
            Some(Peer { name, program, version, ours })
        })
        .collect()
}

fn version(program: &PathBuf) -> Option<String> {
    let told = run_quietly(Command::new(program).arg("version").env("CHECKPOINT_DISABLE", "1")).ok()?;
    Some(String::from_utf8_lossy(&told).lines().next()?.to_owned())
}
