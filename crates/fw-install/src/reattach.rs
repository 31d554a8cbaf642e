//! `TF_REATTACH_PROVIDERS`: providers that run already, for debugging and for tests of providers.

use std::collections::BTreeMap;

use fw_addr::Provider;
use serde::Deserialize;

/// How to reach a provider that runs already. It is never stopped, and no TLS is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reattach {
    /// The plugin protocol: 5 or 6.
    pub protocol_version: u32,
    /// Its process.
    pub process: u32,
    /// Whether the process lives on when the program ends.
    pub test: bool,
    /// Where it listens.
    pub address: ReattachAddress,
}

/// Where a running provider listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReattachAddress {
    /// A socket in the file system.
    Unix(String),
    /// A host and port.
    Tcp(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    protocol_version: u32,
    #[serde(default)]
    pid: u32,
    #[serde(default)]
    test: bool,
    addr: RawAddress,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawAddress {
    network: String,
    string: String,
}

/// Reads the variable's value.
///
/// # Errors
/// When it is not the JSON that plugins print, or names what is no provider.
pub fn parse_reattach(text: &str) -> Result<BTreeMap<Provider, Reattach>, String> {
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let raw: BTreeMap<String, Raw> =
        serde_json::from_str(text).map_err(|error| format!("Invalid format for TF_REATTACH_PROVIDERS: {error}"))?;
    raw.into_iter().map(|(address, raw)| Ok((provider(&address)?, reattach(&address, raw)?))).collect()
}

fn provider(address: &str) -> Result<Provider, String> {
    address.parse().map_err(|error: fw_addr::ParseError| {
        format!("Error parsing \"{address}\" as a provider address: {}", error.message)
    })
}

fn reattach(provider: &str, raw: Raw) -> Result<Reattach, String> {
    if !raw.protocol.is_empty() && raw.protocol != "grpc" {
        return Err(format!("Invalid protocol \"{}\" for \"{provider}\": only grpc is supported", raw.protocol));
    }
    let address = match raw.addr.network.as_str() {
        "unix" => ReattachAddress::Unix(raw.addr.string),
        "tcp" => ReattachAddress::Tcp(raw.addr.string),
        other => return Err(format!("Unknown address type \"{other}\" for \"{provider}\"")),
    };
    // Old plugins do not say their version: it was 5 then.
    let protocol_version = if raw.protocol_version == 0 { 5 } else { raw.protocol_version };
    if !matches!(protocol_version, 5 | 6) {
        return Err(format!("protocol version {protocol_version} for \"{provider}\" is not supported"));
    }
    Ok(Reattach { protocol_version, process: raw.pid, test: raw.test, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plugins_print_is_understood() {
        let text = r#"{"registry.terraform.io/hashicorp/x":{"Protocol":"grpc","Pid":7,"Test":true,"Addr":{"Network":"unix","String":"/p"}}}"#;
        let parsed = parse_reattach(text).unwrap();
        let expected =
            Reattach { protocol_version: 5, process: 7, test: true, address: ReattachAddress::Unix("/p".into()) };
        assert_eq!(parsed.into_values().collect::<Vec<_>>(), [expected]);
        assert!(parse_reattach("").unwrap().is_empty());
        assert!(parse_reattach("[]").is_err());
        assert!(parse_reattach(&text.replace("unix", "smoke")).unwrap_err().contains("smoke"));
        assert!(parse_reattach(&text.replace("\"Pid\"", "\"ProtocolVersion\":4,\"Pid\"")).is_err());
    }
}
