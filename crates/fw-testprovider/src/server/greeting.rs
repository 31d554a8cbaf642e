//! What the host told us in the environment, and the line we answer with.

use std::env;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What the host wants.
pub(crate) struct Greeting {
    /// 5 or 6.
    pub(crate) protocol: u32,
    /// `unix` or `tcp`.
    pub(crate) network: String,
    /// PEM; connections are encrypted when there is one.
    pub(crate) client_certificate: Option<String>,
}

/// Why no plugin runs.
pub(crate) enum NotStarted {
    /// A person started the program.
    ByHand,
    /// The host speaks none of our protocols.
    NoCommonProtocol(String),
}

impl Greeting {
    /// Reads the environment.
    pub(crate) fn from_environment(program: &Path) -> Result<Self, NotStarted> {
        const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
        if env::var("TF_PLUGIN_MAGIC_COOKIE").as_deref() != Ok(COOKIE) {
            return Err(NotStarted::ByHand);
        }
        let offered = env::var("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_else(|_none| "5".to_owned());
        let protocol = choose(&offered, wanted(program)).ok_or(NotStarted::NoCommonProtocol(offered))?;
        let network = env::var("FW_TESTPROVIDER_NETWORK").unwrap_or_else(|_none| "unix".to_owned());
        let client_certificate = env::var("PLUGIN_CLIENT_CERT").ok().filter(|pem| !pem.is_empty());
        Ok(Self { protocol, network, client_certificate })
    }

    /// The handshake.
    pub(crate) fn line(&self, address: &str, certificate: Option<&[u8]>) -> String {
        let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        format!("1|{}|{}|{address}|grpc|{certificate}", self.protocol, self.network)
    }
}

/// The protocol asked for by environment or by the program's name.
fn wanted(program: &Path) -> Option<u32> {
    let of_environment = env::var("FW_TESTPROVIDER_PROTOCOL").ok().and_then(|text| text.parse().ok());
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    of_environment.or_else(|| name.contains("fwtest5").then_some(5))
}

fn choose(offered: &str, wanted: Option<u32>) -> Option<u32> {
    let both = offered.split(',').filter_map(|v| v.trim().parse().ok()).filter(|v| matches!(v, 5 | 6));
    both.filter(|v| wanted.is_none_or(|wanted| *v == wanted)).max()
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn the_highest_common_version_is_chosen_unless_one_is_wanted() {
        assert_eq!(choose("5,6", None), Some(6));
        assert_eq!(choose("6, 5", Some(5)), Some(5));
        assert_eq!(choose("5", Some(6)), None);
        assert_eq!(choose("4,7", None), None);
    }
}
