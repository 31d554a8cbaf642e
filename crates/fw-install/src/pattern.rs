//! Which providers an installation method is for: `hashicorp/*`, `example.com/*/*`.

use fw_addr::{Name, Provider};

/// A provider address of which parts may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    host: Name,
    namespace: Name,
    kind: Name,
}

const ANY: &str = "*";

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it has the wrong number of parts or a wildcard stands before a name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let (host, namespace, kind) = match parts.as_slice() {
            [namespace, kind] => (Provider::DEFAULT_HOST, *namespace, *kind),
            [host, namespace, kind] => (*host, *namespace, *kind),
            _ => {
                return Err(format!(
                    "invalid provider matching pattern \"{text}\": must have either two or three slash-separated segments"
                ));
            }
        };
        let host = if host == ANY { host.to_owned() } else { host.to_ascii_lowercase() };
        if host != ANY && !is_host(&host) {
            return Err(format!("invalid hostname in provider matching pattern \"{text}\""));
        }
        if !is_name_or_any(kind) {
            return Err(format!(
                "invalid provider type \"{kind}\" in provider matching pattern \"{text}\": must either be the wildcard * or a provider type name"
            ));
        }
        if !is_name_or_any(namespace) {
            return Err(format!(
                "invalid registry namespace \"{namespace}\" in provider matching pattern \"{text}\": must either be the wildcard * or a literal namespace"
            ));
        }
        if host == ANY && (namespace != ANY || kind != ANY) {
            return Err(format!(
                "invalid provider matching pattern \"{text}\": hostname can be a wildcard only if both namespace and provider type are also wildcards"
            ));
        }
        if namespace == ANY && kind != ANY {
            return Err(format!(
                "invalid provider matching pattern \"{text}\": namespace can be a wildcard only if the provider type is also a wildcard"
            ));
        }
        Ok(Self { host: host.into(), namespace: namespace.to_lowercase().into(), kind: kind.to_lowercase().into() })
    }

    /// The pattern that only this provider matches.
    #[must_use]
    pub fn only(provider: &Provider) -> Self {
        Self {
            host: Name::clone(&provider.host),
            namespace: Name::clone(&provider.namespace),
            kind: Name::clone(&provider.kind),
        }
    }

    /// Whether the provider matches.
    #[must_use]
    pub fn matches(&self, provider: &Provider) -> bool {
        let part = |pattern: &Name, name: &Name| &**pattern == ANY || pattern == name;
        part(&self.host, &provider.host)
            && part(&self.namespace, &provider.namespace)
            && part(&self.kind, &provider.kind)
    }
}

fn is_name_or_any(text: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text == ANY || !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whether the text can be a host name with a port, lower case.
pub(crate) fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-') && !l.starts_with('-');
    name.split('.').all(label) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}
