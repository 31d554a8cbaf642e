//! Providers that somebody else started, as `TF_REATTACH_PROVIDERS` names them: for debuggers and acceptance tests.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::handshake::{Address, Protocol};

/// A running plugin. It is never encrypted, and never shut down or killed by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reattach {
    /// What it speaks.
    pub protocol: Protocol,
    /// Where it listens.
    pub address: Address,
    /// Its process id, for messages.
    pub pid: Option<i64>,
}

/// Reads the value of `TF_REATTACH_PROVIDERS`: provider address to plugin.
///
/// # Errors
/// Says what is wrong with it, as the end of a sentence.
pub fn parse_reattach(text: &str) -> Result<BTreeMap<String, Reattach>, String> {
    let json: Json = serde_json::from_str(text).map_err(|e| format!("it is not valid JSON: {e}"))?;
    let Json::Object(all) = json else { return Err("it is not a JSON object".to_owned()) };
    all.into_iter().map(|(provider, one)| Ok((provider.clone(), plugin(&provider, &one)?))).collect()
}

fn plugin(provider: &str, one: &Json) -> Result<Reattach, String> {
    let rpc = one.get("Protocol").and_then(Json::as_str).unwrap_or("grpc");
    if rpc != "grpc" {
        return Err(format!("{provider} uses {rpc:?} where only \"grpc\" is known"));
    }
    let version = match one.get("ProtocolVersion").and_then(Json::as_u64).unwrap_or(0) {
        // Written by SDKs from before there was another version.
        0 => 5,
        version => version,
    };
    let protocol = u32::try_from(version)
        .ok()
        .and_then(Protocol::from_number)
        .ok_or_else(|| format!("{provider} uses protocol version {version} where 5 and 6 are known"))?;
    let address = one.get("Addr").ok_or_else(|| format!("{provider} has no \"Addr\""))?;
    let word = |key: &str| address.get(key).and_then(Json::as_str).unwrap_or_default();
    let address = Address::new(word("Network"), word("String"))
        .ok_or_else(|| format!("{provider} listens on the unknown network {:?}", word("Network")))?;
    Ok(Reattach { protocol, address, pid: one.get("Pid").and_then(Json::as_i64) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_debuggers_print_is_read() {
        let text = r#"{"registry.terraform.io/a/b":{"Protocol":"grpc","ProtocolVersion":6,"Pid":12,"Test":true,
            "Addr":{"Network":"unix","String":"/run/plugin"}},"c":{"Protocol":"grpc","Pid":1,
            "Addr":{"Network":"tcp","String":"127.0.0.1:1"}}}"#;
        let all = parse_reattach(text).unwrap();
        let unix = Reattach { protocol: Protocol::V6, address: Address::Unix("/run/plugin".into()), pid: Some(12) };
        assert_eq!(all["registry.terraform.io/a/b"], unix);
        assert_eq!(all["c"].protocol, Protocol::V5);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("", "not valid JSON"),
            ("[]", "not a JSON object"),
            (r#"{"a":{"Protocol":"netrpc"}}"#, "netrpc"),
            (r#"{"a":{"ProtocolVersion":4}}"#, "version 4"),
            (r#"{"a":{}}"#, "Addr"),
            (r#"{"a":{"Addr":{"Network":"pipe","String":"x"}}}"#, "pipe"),
        ] {
            let error = parse_reattach(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
