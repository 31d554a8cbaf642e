//! `version`.

use std::collections::BTreeMap;

use fw_config::version::{Constraints, Version};
use fw_install::{LockFile, Platform};
use fw_views::json;

use crate::flags::Flag;
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let arguments = match session.parse_flags("version", &[Flag::switch("json")], arguments, Usage::Before) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    // A lock file that cannot be read is no reason to keep the version secret.
    let locks = LockFile::load(&session.surroundings.root, &session.sources).unwrap_or_default();
    let selections: BTreeMap<String, String> =
        locks.providers.iter().map(|(provider, lock)| (provider.to_string(), lock.version.to_string())).collect();
    let platform = Platform::current().to_string();
    if arguments.switch("json", false) {
        let document = json::Version {
            terraform_version: session.claimed_version().to_owned(),
            platform,
            selections,
            outdated: false,
        };
        session.out(&format!("{}\n", json::version(&document)));
        return Exit::Success;
    }
    let mut text = format!("{}\non {platform}\n", name(&session.program));
    for (provider, version) in &selections {
        text.push_str(&format!("+ provider {provider} v{version}\n"));
    }
    session.out(&text);
    Exit::Success
}

impl Session {
    /// The release of terraform that clients are told this is. Some ask for nothing that came later; who wants to use that
    /// through them sets another; what is no later release counts as nothing.
    fn claimed_version(&self) -> &str {
        let set = self.surroundings.variable("FORMWORK_TERRAFORM_VERSION");
        set.filter(|version| is_later(version)).unwrap_or(fw_state::COMPATIBLE_VERSION)
    }

    /// Whether clients are told of another release than the one that this is compatible with.
    pub(crate) fn claims_later_release(&self) -> bool {
        self.claimed_version() != fw_state::COMPATIBLE_VERSION
    }
}

fn is_later(version: &str) -> bool {
    let later = Constraints::parse(&format!("> {}", fw_state::COMPATIBLE_VERSION));
    let later = later.expect("a constraint with a constant of the project");
    Version::parse(version).is_some_and(|version| later.allow(&version))
}

/// What the program is; under the name of another, what that would say.
fn name(program: &str) -> String {
    let compatible = fw_state::COMPATIBLE_VERSION;
    match program {
        "terraform" => format!("Terraform v{compatible}"),
        "tofu" => format!("OpenTofu v{compatible}"),
        _ => format!("Formwork v{}\ncompatible with Terraform v{compatible}", env!("CARGO_PKG_VERSION")),
    }
}
