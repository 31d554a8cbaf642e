//! What `providers lock` and `providers mirror` say while they work.

use fw_install::{Event, Events, LockChange};

use crate::streams::Streams;

/// A line for every step.
pub(super) struct Lines {
    pub(super) streams: Streams,
    pub(super) color: bool,
}

impl Events for Lines {
    fn event(&self, event: &Event) {
        if let Some(text) = self.text(event) {
            self.streams.out(&format!("{text}\n"));
        }
    }
}

impl Lines {
    fn text(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::LockFetching(provider, version, platform) => {
                format!("- Fetching {} {version} for {platform}...", provider.for_display())
            }
            Event::LockFetched(provider, version, platform, known) => {
                format!("- Retrieved {} {version} for {platform} ({})", provider.for_display(), known.with_key())
            }
            Event::Locked(provider, platform, change) => {
                let what = match change {
                    LockChange::NewProvider => {
                        "This was a new provider and the checksums for this platform are now tracked in the lock file"
                    }
                    LockChange::NewHashes => "Additional checksums for this platform are now tracked in the lock file",
                    LockChange::None => "All checksums for this platform were already tracked in the lock file",
                };
                format!("- Obtained {} checksums for {platform}; {what}", provider.for_display())
            }
            Event::LockComplete(changed) => self.complete(*changed),
            Event::Mirroring(provider) => format!("- Mirroring {}...", provider.for_display()),
            Event::MirrorSkipped(provider) => {
                format!("- Skipping {provider} because it is built in to Terraform CLI")
            }
            Event::MirrorSelected(version, None) => format!("  - Selected v{version} to match dependency lock file"),
            Event::MirrorSelected(version, Some(constraints)) => {
                let constraints = constraints.to_string();
                if constraints.is_empty() {
                    format!("  - Selected v{version} with no constraints")
                } else {
                    format!("  - Selected v{version} to meet constraints {constraints}")
                }
            }
            Event::MirrorDownloading(platform) => format!("  - Downloading package for {platform}..."),
            Event::MirrorAuthenticated(known) => format!("  - Package authenticated: {known}"),
            Event::Modules { .. }
            | Event::Module { .. }
            | Event::Providers
            | Event::BuiltIn(_)
            | Event::Finding(..)
            | Event::Reusing(_)
            | Event::AlreadyInstalled(..)
            | Event::Installing(..)
            | Event::FromCache(..)
            | Event::Installed(..)
            | Event::Signed
            | Event::LockFileCreated
            | Event::LockFileChanged => return None,
        })
    }

    fn complete(&self, changed: bool) -> String {
        let code = |code: &'static str| if self.color { code } else { "" };
        let success = format!("\n{}Success!{} {}", code("\x1b[1m\x1b[32m"), code("\x1b[0m"), code("\x1b[1m"));
        let reset = code("\x1b[0m\x1b[0m");
        if changed {
            format!(
                "{success}Terraform has updated the lock file.{reset}\n\nReview the changes in .terraform.lock.hcl and then \
                 commit to your\nversion control system to retain the new checksums.\n"
            )
        } else {
            format!("{success}Terraform has validated the lock file and found no need for changes.{reset}")
        }
    }
}
