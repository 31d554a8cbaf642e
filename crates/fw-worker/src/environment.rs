//! What stacks may see of the environment of the process: enough to run programs and to reach the network, no secrets.

use std::collections::BTreeMap;

/// Names that say nothing of whose process it is.
const PLAIN: &[&str] = &[
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    "NO_PROXY",
    "PATH",
    "SHELL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The part of an environment that stacks may see: what programs need to run, and what `more` names. A name that ends in `*`
/// stands for all that begin like it: `AWS_*`.
#[must_use]
pub fn visible_environment(all: &BTreeMap<String, String>, more: &[String]) -> BTreeMap<String, String> {
    let named = |name: &str| {
        more.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        })
    };
    let visible = |name: &str| PLAIN.contains(&name) || named(name);
    all.iter().filter(|(name, _)| visible(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_seen() {
        let all = ["PATH", "AWS_PROFILE", "AWS_REGION", "DATABASE_PASSWORD", "KUBECONFIG"];
        let all = all.map(|name| (name.to_owned(), "x".to_owned())).into();
        let seen = |more: &[&str]| {
            let more: Vec<String> = more.iter().map(|&name| name.to_owned()).collect();
            visible_environment(&all, &more).into_keys().collect::<Vec<_>>()
        };
        assert_eq!(seen(&[]), ["PATH"]);
        assert_eq!(seen(&["AWS_*", "KUBE"]), ["AWS_PROFILE", "AWS_REGION", "PATH"]);
    }
}
