//! Providers that can be had as Go modules: built from the module proxy into a mirror of our own.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::commands::{on_path, program_name, run_quietly, target};
use crate::mirrors;

/// A provider published as a Go program without replaced modules.
pub(crate) struct Module {
    /// `namespace/type` of the provider.
    pub(crate) provider: &'static str,
    /// The Go package of the program.
    package: &'static str,
    /// Without the leading `v`.
    version: &'static str,
}

/// Builds in seconds.
pub(crate) const TIME: Module =
    Module { provider: "hashicorp/time", package: "github.com/hashicorp/terraform-provider-time", version: "0.14.2" };

/// Builds in minutes.
pub(crate) const KUBECTL: Module = Module {
    provider: "gavinbunney/kubectl",
    package: "github.com/gavinbunney/terraform-provider-kubectl",
    version: "1.19.0",
};

/// Builds a provider into our own mirror unless it is there. `false` where there is no Go toolchain.
///
/// # Errors
/// When the build fails: no network, or a module the proxy does not have.
pub(crate) fn install(module: &Module) -> Result<bool> {
    let Some(go) = on_path(&program_name("go")) else { return Ok(false) };
    let kind = module.provider.rsplit('/').next().unwrap_or(module.provider);
    let platform = run_quietly(Command::new(&go).args(["env", "GOOS", "GOARCH"]))?;
    let platform = String::from_utf8(platform)?.split_whitespace().collect::<Vec<_>>().join("_");
    let package =
        mirrors::own().join("registry.terraform.io").join(module.provider).join(module.version).join(platform);
    let program = program_name(&format!("terraform-provider-{kind}"));
    let installed = package.join(program_name(&format!("terraform-provider-{kind}_v{}", module.version)));
    if installed.is_file() {
        return Ok(true);
    }
    let built = target().join("go");
    fs::create_dir_all(&built)?;
    let source = format!("{}@v{}", module.package, module.version);
    run_quietly(Command::new(go).args(["install", &source]).env("GOBIN", &built).env("CGO_ENABLED", "0"))?;
    fs::create_dir_all(&package)?;
    fs::rename(built.join(&program), &installed)
        .with_context(|| format!("cannot move `{program}` to `{}`", installed.display()))?;
    Ok(true)
}
