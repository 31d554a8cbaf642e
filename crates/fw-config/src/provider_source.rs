//! Source addresses of providers, `[host/][namespace/]name`, and local names of providers.

use fw_addr::Provider;
use unicode_normalization::UnicodeNormalization;

/// Why a text is not a provider's source: the headline and the detail of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The headline.
    pub summary: &'static str,
    /// What is wrong.
    pub detail: String,
}

/// Reads a provider's source address.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Provider, SourceError> {
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() > 3 || parts.iter().any(|p| p.is_empty()) {
        return Err(SourceError {
            summary: "Invalid provider source string",
            detail: r#"The "source" attribute must be in the format "[hostname/][namespace/]name""#.to_owned(),
        });
    }
    let given = *parts.last().expect("split gives at least one part");
    let kind = part(given).map_err(|reason| SourceError {
        summary: "Invalid provider type",
        detail: format!("Invalid provider type {given:?} in source {text:?}: {reason}\""),
    })?;
    let namespace = match parts.len() {
        1 => "hashicorp".to_owned(),
        n => namespace(text, parts[n - 2])?,
    };
    let host = match parts.first().filter(|_| parts.len() == 3) {
        None => Provider::DEFAULT_HOST.to_owned(),
        Some(given) => host(given).map_err(|reason| SourceError {
            summary: "Invalid provider source hostname",
            detail: format!("Invalid provider source hostname namespace \"\" in source {text:?}: {reason}\""),
        })?,
    };
    let provider = Provider { host: host.into(), namespace: namespace.into(), kind: kind.into() };
    match redundant_prefix(text, &parts, &provider) {
        Some(error) => Err(error),
        None => Ok(provider),
    }
}

fn namespace(text: &str, given: &str) -> Result<String, SourceError> {
    // What states of old versions say for "wherever it came from".
    if given == "-" {
        return Ok(given.to_owned());
    }
    part(given).map_err(|reason| SourceError {
        summary: "Invalid provider namespace",
        detail: format!("Invalid provider namespace \"\" in source {text:?}: {reason}\""),
    })
}

/// Repositories of providers are named `terraform-provider-x`; their sources are not.
fn redundant_prefix(text: &str, parts: &[&str], provider: &Provider) -> Option<SourceError> {
    let summary = "Invalid provider type";
    if parts.len() > 1
        && let Some(rest) = provider.kind.strip_prefix("terraform-provider-")
    {
        let suggestion = if rest.is_empty() {
            String::new()
        } else {
            let before = parts.iter().take(parts.len() - 1).map(|p| format!("{p}/")).collect::<String>();
            format!("\n\nDid you mean \"{before}{rest}\"?")
        };
        let detail = format!(
            "Provider source {text:?} has a type with the prefix \"terraform-provider-\", which isn't valid. Although \
             that prefix is often used in the names of version control repositories for Terraform providers, provider \
             source strings should not include it.{suggestion}"
        );
        return Some(SourceError { summary, detail });
    }
    if parts.len() > 1 && provider.kind.starts_with("terraform-") {
        let detail = format!(
            "Provider source \"{provider}\" has a type with the prefix \"terraform-\", which isn't allowed because it \
             would be redundant to name a Terraform provider with that prefix. If you are the author of this provider, \
             rename it to not include the prefix."
        );
        return Some(SourceError { summary, detail });
    }
    None
}

/// A namespace, type or local name, normalised.
///
/// # Errors
/// Why it is none.
pub(crate) fn part(given: &str) -> Result<String, &'static str> {
    if given.is_empty() {
        return Err("must have at least one character");
    }
    if given.contains("--") {
        return Err("cannot use multiple consecutive dashes");
    }
    if given.contains('.') {
        return Err("dots are not allowed");
    }
    let folded: String = given.nfc().flat_map(char::to_lowercase).collect();
    let allowed = |c: char| c.is_alphanumeric() || c == '-';
    if folded.starts_with('-') || folded.ends_with('-') || !folded.chars().all(allowed) {
        return Err("must contain only letters, digits, and dashes, and may not use leading or trailing dashes");
    }
    Ok(folded)
}

/// A host name, normalised for display: lower case, the standard port left out.
///
/// # Errors
/// Why it is none.
pub(crate) fn host(given: &str) -> Result<String, String> {
    let (name, port) = match given.split_once(':') {
        Some((name, port)) => {
            let port: u16 = port.parse().map_err(|_error| "invalid port number".to_owned())?;
            (name, if port == 443 { String::new() } else { format!(":{port}") })
        }
        None => (given, String::new()),
    };
    if let Some(bad) = name.chars().find(|c| !c.is_alphanumeric() && *c != '-' && *c != '.') {
        return Err(format!("idna: disallowed rune U+{:04X}", u32::from(bad)));
    }
    let label_fits = |l: &str| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-');
    if name.contains("--") || !name.split('.').all(label_fits) {
        return Err("invalid host name".to_owned());
    }
    let folded: String = name.nfc().flat_map(char::to_lowercase).collect();
    Ok(format!("{folded}{port}"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sources() {
        for (text, expected) in [
            ("aws", "registry.terraform.io/hashicorp/aws"),
            ("FOO/bar", "registry.terraform.io/foo/bar"),
            ("x.y/foo/bar", "x.y/foo/bar"),
            ("localhost/a/b", "localhost/a/b"),
            ("EXAMPLE.com:443/a/b", "example.com/a/b"),
            ("x.y:80/a/b", "x.y:80/a/b"),
            ("-/aws", "registry.terraform.io/-/aws"),
            ("terraform-foo", "registry.terraform.io/hashicorp/terraform-foo"),
            ("foo/ü", "registry.terraform.io/foo/ü"),
        ] {
            assert_eq!(parse(text).map(|p| p.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn errors() {
        for (text, summary) in [
            ("", "Invalid provider source string"),
            ("a/b/c/d", "Invalid provider source string"),
            ("a/b/", "Invalid provider source string"),
            ("foo/-bar", "Invalid provider type"),
            ("foo/b--ar", "Invalid provider type"),
            ("a.b/c", "Invalid provider namespace"),
            ("host_x/y/z", "Invalid provider source hostname"),
            ("foo/terraform-foo", "Invalid provider type"),
            ("foo/terraform-provider-foo", "Invalid provider type"),
        ] {
            assert_eq!(parse(text).unwrap_err().summary, summary, "{text}");
        }
    }
}
