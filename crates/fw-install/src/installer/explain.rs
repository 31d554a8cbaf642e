//! What is said of providers that could not be installed.

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics};

use super::ensure::{Failure, Outcome};
use crate::error::{FetchError, QueryError};
use crate::site::{Requirements, Site};
use crate::source::DEFAULT_DOWNLOADS_HOST;
use crate::version::Version;

const COMPATIBLE: &str = fw_config::COMPATIBLE_VERSION;

/// All failures and what registries had to say.
pub(super) fn explain(outcome: &Outcome, requirements: &Requirements) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for (provider, warnings) in &outcome.warnings {
        let lines: Vec<String> = warnings.iter().map(|warning| format!("- {warning}")).collect();
        let detail = format!("The remote registry returned warnings for {provider}:\n{}", lines.join("\n"));
        problems.push(Diagnostic::warning("Additional provider information from registry", detail));
    }
    for (provider, failure) in &outcome.failures {
        problems.push(match failure {
            Failure::BuiltIn(why) => Diagnostic::error(
                "Invalid dependency on built-in provider",
                format!("Cannot use {}: {why}.", provider.for_display()),
            ),
            Failure::Query(error) => query(provider, error, requirements),
            Failure::Fetch(version, error) => fetch(provider, version, error, requirements),
            Failure::Cache(version, error) => Diagnostic::error(
                "Failed to install provider from shared cache",
                format!(
                    "Error while importing {} v{version} from the shared cache directory: {error}.",
                    provider.for_display()
                ),
            ),
        });
    }
    problems
}

fn query(provider: &Provider, error: &QueryError, requirements: &Requirements) -> Diagnostic {
    const QUERY: &str = "Failed to query available provider packages";
    let shown = provider.for_display();
    let failed = format!("Could not retrieve the list of available versions for provider {shown}: {error}");
    match error {
        QueryError::NotFound { searched, .. } => {
            let places: Vec<String> = searched.iter().map(|place| format!("  - {place}")).collect();
            Diagnostic::error(QUERY, format!("{failed}\n\n{}", places.join("\n")))
        }
        QueryError::NotKnown { .. } => {
            Diagnostic::error(QUERY, format!("{failed}{}", suggestion(provider, requirements)))
        }
        QueryError::NoRegistry { host } => {
            let detail = if host == "github.com" {
                format!(
                    "The given source address \"{provider}\" specifies a GitHub repository rather than a Terraform provider. \
                     Refer to the documentation of the provider to find the correct source address to use."
                )
            } else {
                format!(
                    "The host \"{host}\" given in provider source address \"{provider}\" does not offer a Terraform provider \
                     registry."
                )
            };
            Diagnostic::error("Invalid provider registry host", detail)
        }
        _ => {
            let detail = format!(
                "{failed}\n\nTo see which modules are currently depending on {shown} and what versions are specified, run the \
                 following command:\n    terraform providers"
            );
            Diagnostic::error(QUERY, detail)
        }
    }
}

/// Modules that do not say where a provider comes from ask for one of the default namespace.
fn suggestion(provider: &Provider, requirements: &Requirements) -> String {
    let shown = provider.for_display();
    let is_default = *provider == Provider::default_of(&provider.kind);
    let meant = requirements.keys().find(|other| is_default && other.kind == provider.kind && *other != provider);
    match meant {
        Some(meant) => format!(
            "\n\nDid you intend to use {}? If so, you must specify that source address in each module which requires that \
             provider. To see which modules are currently depending on {shown}, run the following command:\n    terraform \
             providers",
            meant.for_display()
        ),
        None => format!(
            "\n\nAll modules should specify their required_providers so that external consumers will get the correct providers \
             when using a module. To see which modules are currently depending on {shown}, run the following command:\n    \
             terraform providers"
        ),
    }
}

fn fetch(provider: &Provider, version: &Version, error: &FetchError, requirements: &Requirements) -> Diagnostic {
    const INCOMPATIBLE: &str = "Incompatible provider version";
    let shown = provider.for_display();
    match error {
        FetchError::Query(QueryError::Protocol { suggestion: None, .. }) => {
            Diagnostic::error(INCOMPATIBLE, format!("No compatible versions of provider {provider} were found."))
        }
        FetchError::Query(QueryError::Protocol { suggestion: Some(other), .. }) => {
            let constraints = requirements.get(provider).map(ToString::to_string).unwrap_or_default();
            Diagnostic::error(INCOMPATIBLE, protocol(&shown, version, other, &constraints))
        }
        FetchError::Query(QueryError::Platform { platform, mirror: Some(mirror), .. }) => {
            let detail = format!(
                "Your chosen provider mirror at {mirror} does not have a {provider} v{version} package available for your \
                 current platform, {platform}.\n\nProvider releases are separate from Terraform CLI releases, so this provider \
                 might not support your current platform. Alternatively, the mirror itself might have only a subset of the \
                 plugin packages available in the origin registry, at {}.",
                provider.host
            );
            Diagnostic::error(INCOMPATIBLE, detail)
        }
        FetchError::Query(QueryError::Platform { platform, mirror: None, .. }) => {
            let detail = format!(
                "Provider {provider} v{version} does not have a package available for your current platform, \
                 {platform}.\n\nProvider releases are separate from Terraform CLI releases, so not all providers are available \
                 for all platforms. Other versions of this provider may have different platforms supported."
            );
            Diagnostic::error(INCOMPATIBLE, detail)
        }
        _ => {
            let mut detail = format!("Error while installing {shown} v{version}: {error}");
            if let FetchError::NotLocked { stand_in: true, .. } = error {
                detail.push_str(&other_builds(provider));
            }
            Diagnostic::error("Failed to install provider", detail)
        }
    }
}

/// Why a package of the right version may be another than the locked one, and what to do.
fn other_builds(provider: &Provider) -> String {
    format!(
        "\n\nThe package came from {DEFAULT_DOWNLOADS_HOST}, which has its own builds of some providers. If the lock file was \
         made with packages of {}, use a mirror of these, or remove the block of this provider from the lock file and run init \
         again.",
        provider.host
    )
}

/// The package speaks a plugin protocol that is none of ours.
fn protocol(shown: &str, version: &Version, other: &Version, constraints: &str) -> String {
    let (relation, advice) = if version > other {
        ("later than", "Consider selecting the latest version that is compatible")
    } else {
        ("older than", "Consider upgrading to the earliest version that is compatible")
    };
    format!(
        "Provider {shown} v{version} speaks a plugin protocol that is {relation} those of Terraform {COMPATIBLE}.\n\n{advice}, \
         v{other}, with the following version constraint:\n  version = \"{other}\"\n\nThe configuration asks for \
         \"{constraints}\"."
    )
}

/// What `init` says of providers that are taken from somewhere else in the end.
pub(super) fn overridden(site: &Site) -> Option<Diagnostic> {
    let overrides = site.config.dev_overrides();
    if overrides.is_empty() {
        return None;
    }
    let lines: Vec<String> = overrides
        .iter()
        .map(|(provider, path)| format!(" - {} in {}", provider.for_display(), path.display()))
        .collect();
    let detail = format!(
        "The following provider development overrides are set in the CLI configuration:\n{}\n\nSkip terraform init when using \
         provider development overrides. It is not necessary and may error unexpectedly.",
        lines.join("\n")
    );
    Some(Diagnostic::warning("Provider development overrides are in effect", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_builds_of_the_default_registry_are_explained() {
        let provider = Provider::default_of("aws");
        let version = Version::new(5, 0, 0);
        let detail = |stand_in| {
            let (provider, boxed) = (provider.clone(), Box::new(version.clone()));
            let error = FetchError::NotLocked { kind: "current", provider, version: boxed, unpacked: false, stand_in };
            fetch(&Provider::default_of("aws"), &version, &error, &Requirements::new()).detail
        };
        assert!(detail(true).starts_with(&detail(false)));
        assert!(detail(true).contains("remove the block of this provider from the lock file"));
    }
}
