//! The words of events, for people and for the stream of JSON messages.

use super::{Event, LockChange};

const SIGNED: &str = "Partner and community providers are signed by their developers.
If you'd like to know more about provider signing, you can read about it here:
https://developer.hashicorp.com/terraform/cli/plugins/signing";

const LOCK_FILE_CREATED: &str = "Terraform has created a lock file .terraform.lock.hcl to record the provider
selections it made above. Include this file in your version control repository
so that Terraform can guarantee to make the same selections by default when
you run \"terraform init\" in the future.";

const LOCK_FILE_CHANGED: &str = "Terraform has made some changes to the provider dependency selections recorded
in the .terraform.lock.hcl file. Review those changes and commit them to your
version control system if they represent changes you intended to make.";

const LOCK_CHANGED: &str = "
Success! Terraform has updated the lock file.

Review the changes in .terraform.lock.hcl and then commit to your
version control system to retain the new checksums.
";

const LOCK_UNCHANGED: &str = "
Success! Terraform has validated the lock file and found no need for changes.";

impl Event {
    /// The text for people, without the last line's end.
    #[must_use]
    pub fn human(&self) -> String {
        match self {
            Self::BuiltIn(provider) => format!("- {} is built in to Terraform", provider.for_display()),
            Self::Finding(provider, constraints) if constraints.is_empty() => {
                format!("- Finding latest version of {}...", provider.for_display())
            }
            Self::Finding(provider, constraints) => {
                format!("- Finding {} versions matching \"{constraints}\"...", provider.for_display())
            }
            Self::Reusing(provider) => {
                format!("- Reusing previous version of {} from the dependency lock file", provider.for_display())
            }
            Self::AlreadyInstalled(provider, version) => {
                format!("- Using previously-installed {} v{version}", provider.for_display())
            }
            Self::Installing(provider, version) => format!("- Installing {} v{version}...", provider.for_display()),
            Self::FromCache(provider, version) => {
                format!("- Using {} v{version} from the shared cache directory", provider.for_display())
            }
            Self::Installed(provider, version, known) => {
                format!("- Installed {} v{version} ({})", provider.for_display(), known.with_key())
            }
            _ => self.common(),
        }
    }

    /// The message in the stream of JSON messages.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::BuiltIn(provider) => format!("{} is built in to Terraform", provider.for_display()),
            Self::Finding(provider, constraints) if constraints.is_empty() => {
                format!("{}: Finding latest version...", provider.for_display())
            }
            Self::Finding(provider, constraints) => format!(
                "Finding matching versions for provider: {}, version_constraint: \"{constraints}\"",
                provider.for_display()
            ),
            Self::Reusing(provider) => {
                format!("{}: Reusing previous version from the dependency lock file", provider.for_display())
            }
            Self::AlreadyInstalled(provider, version) => {
                format!("{} v{version}: Using previously-installed provider version", provider.for_display())
            }
            Self::Installing(provider, version) => {
                format!("Installing provider version: {} v{version}...", provider.for_display())
            }
            Self::FromCache(provider, version) => {
                format!("{} v{version}: Using from the shared cache directory", provider.for_display())
            }
            Self::Installed(provider, version, known) => {
                // Together as other programs know it.
                let key = known.key_id().map(|key| format!("key_id: {key}")).unwrap_or_default();
                format!("Installed provider version: {} v{version} ({known}{key})", provider.for_display())
            }
            _ => self.common(),
        }
    }

    /// What some messages of the stream are recognised by; the others are of the type `log`.
    #[must_use]
    pub fn message_code(&self) -> Option<&'static str> {
        match self {
            Self::Modules { upgrade: false } => Some("initializing_modules_message"),
            Self::Modules { upgrade: true } => Some("upgrading_modules_message"),
            Self::Providers => Some("initializing_provider_plugin_message"),
            Self::LockFileCreated => Some("lock_info"),
            Self::LockFileChanged => Some("dependencies_lock_changes_info"),
            _ => None,
        }
    }

    /// The texts that are the same for all.
    fn common(&self) -> String {
        match self {
            Self::Modules { upgrade: false } => "Initializing modules...".to_owned(),
            Self::Modules { upgrade: true } => "Upgrading modules...".to_owned(),
            Self::ModuleDownload { key, package, version: None } => format!("Downloading {package} for {key}..."),
            Self::ModuleDownload { key, package, version: Some(version) } => {
                format!("Downloading {package} {version} for {key}...")
            }
            Self::Module { key, directory } => format!("- {key} in {directory}"),
            Self::Providers => "Initializing provider plugins...".to_owned(),
            Self::Signed => SIGNED.to_owned(),
            Self::LockFileCreated => LOCK_FILE_CREATED.to_owned(),
            Self::LockFileChanged => LOCK_FILE_CHANGED.to_owned(),
            Self::BuiltIn(_)
            | Self::Finding(..)
            | Self::Reusing(_)
            | Self::AlreadyInstalled(..)
            | Self::Installing(..)
            | Self::FromCache(..)
            | Self::Installed(..) => String::new(),
            Self::LockFetching(..) | Self::LockFetched(..) | Self::Locked(..) | Self::LockComplete(_) => self.locking(),
            Self::Mirroring(_)
            | Self::MirrorSkipped(_)
            | Self::MirrorSelected(..)
            | Self::MirrorDownloading(_)
            | Self::MirrorAuthenticated(_) => self.mirroring(),
        }
    }

    fn locking(&self) -> String {
        match self {
            Self::LockFetching(provider, version, platform) => {
                format!("- Fetching {} {version} for {platform}...", provider.for_display())
            }
            Self::LockFetched(provider, version, platform, known) => {
                format!("- Retrieved {} {version} for {platform} ({})", provider.for_display(), known.with_key())
            }
            Self::Locked(provider, platform, change) => {
                let change = match change {
                    LockChange::NewProvider => {
                        "This was a new provider and the checksums for this platform are now tracked in the lock file"
                    }
                    LockChange::NewHashes => "Additional checksums for this platform are now tracked in the lock file",
                    LockChange::None => "All checksums for this platform were already tracked in the lock file",
                };
                format!("- Obtained {} checksums for {platform}; {change}", provider.for_display())
            }
            Self::LockComplete(true) => LOCK_CHANGED.to_owned(),
            Self::LockComplete(false) => LOCK_UNCHANGED.to_owned(),
            _ => String::new(),
        }
    }

    fn mirroring(&self) -> String {
        match self {
            Self::Mirroring(provider) => format!("- Mirroring {}...", provider.for_display()),
            Self::MirrorSkipped(provider) => {
                format!("- Skipping {provider} because it is built in to Terraform CLI")
            }
            Self::MirrorSelected(version, None) => format!("  - Selected v{version} to match dependency lock file"),
            Self::MirrorSelected(version, Some(constraints)) if constraints.is_empty() => {
                format!("  - Selected v{version} with no constraints")
            }
            Self::MirrorSelected(version, Some(constraints)) => {
                format!("  - Selected v{version} to meet constraints {constraints}")
            }
            Self::MirrorDownloading(platform) => format!("  - Downloading package for {platform}..."),
            Self::MirrorAuthenticated(known) => format!("  - Package authenticated: {known}"),
            _ => String::new(),
        }
    }
}
