//! The first line a plugin prints: where it listens, in which protocol version, with which certificate.

use std::path::PathBuf;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Tells a plugin that it was not started by a person.
pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The go-plugin protocol itself, not that of providers.
const CORE_PROTOCOL: &str = "1";

/// A protocol version this host speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// tfplugin5.
    V5,
    /// tfplugin6.
    V6,
}

impl Protocol {
    /// The version number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::V5 => 5,
            Self::V6 => 6,
        }
    }

    /// The version with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        match number {
            5 => Some(Self::V5),
            6 => Some(Self::V6),
            _ => None,
        }
    }
}

/// Where a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl Address {
    /// From the words of a handshake or of a reattach configuration.
    #[must_use]
    pub fn new(network: &str, address: &str) -> Option<Self> {
        match network {
            "unix" => Some(Self::Unix(PathBuf::from(address))),
            "tcp" | "tcp4" | "tcp6" => Some(Self::Tcp(address.to_owned())),
            _ => None,
        }
    }
}

/// What the line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handshake {
    pub(crate) protocol: Protocol,
    pub(crate) address: Address,
    /// DER.
    pub(crate) certificate: Option<Vec<u8>>,
}

/// Why a line is not a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// It is something else.
    NotAHandshake,
    /// Another generation of go-plugin.
    CoreProtocol(String),
    /// Not 5 or 6.
    Version(String),
    /// The plugin does not speak gRPC.
    Rpc(String),
    /// The address is of an unknown kind.
    Network(String),
    /// The certificate cannot be decoded.
    Certificate,
}

/// Reads `1|6|unix|/path|grpc|CERTIFICATE[|multiplex]`.
pub(crate) fn parse(line: &str) -> Result<Handshake, Malformed> {
    let fields: Vec<&str> = line.trim().split('|').collect();
    let &[core, version, network, address, ref rest @ ..] = fields.as_slice() else {
        return Err(Malformed::NotAHandshake);
    };
    if core.parse::<u32>().is_err() {
        return Err(Malformed::NotAHandshake);
    }
    if core != CORE_PROTOCOL {
        return Err(Malformed::CoreProtocol(core.to_owned()));
    }
    let protocol =
        version.parse().ok().and_then(Protocol::from_number).ok_or_else(|| Malformed::Version(version.to_owned()))?;
    let address = Address::new(network, address).ok_or_else(|| Malformed::Network(network.to_owned()))?;
    // The field came later; without it the plugin speaks the older net/rpc.
    let rpc = rest.first().copied().unwrap_or("netrpc");
    if rpc != "grpc" {
        return Err(Malformed::Rpc(rpc.to_owned()));
    }
    let certificate = rest.get(1).map(|text| certificate(text)).transpose()?.flatten();
    Ok(Handshake { protocol, address, certificate })
}

/// The certificate of a handshake field; older plugins put a short other thing there.
fn certificate(field: &str) -> Result<Option<Vec<u8>>, Malformed> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    if field.len() <= 50 {
        return Ok(None);
    }
    let engine = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
    engine.decode(field).map(Some).map_err(|_reason| Malformed::Certificate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_old_and_new_plugins_are_understood() {
        let plain = parse("1|5|unix|/run/plugin1|grpc|\n").unwrap();
        assert_eq!(plain.protocol, Protocol::V5);
        assert_eq!(plain.address, Address::Unix("/run/plugin1".into()));
        assert_eq!(plain.certificate, None);
        let certificate = "QUJD".repeat(20);
        let full = parse(&format!("1|6|tcp|127.0.0.1:1234|grpc|{certificate}|true")).unwrap();
        assert_eq!(full.address, Address::Tcp("127.0.0.1:1234".to_owned()));
        assert_eq!(full.certificate, Some(b"ABC".repeat(20)));
        assert!(parse("1|6|unix|/run/plugin1|grpc").is_ok());
    }

    #[test]
    fn other_lines_are_told_apart() {
        assert_eq!(parse("Usage: something"), Err(Malformed::NotAHandshake));
        assert_eq!(parse("a|b|c|d|e"), Err(Malformed::NotAHandshake));
        assert_eq!(parse("2|6|unix|/x|grpc"), Err(Malformed::CoreProtocol("2".to_owned())));
        assert_eq!(parse("1|4|unix|/x|grpc"), Err(Malformed::Version("4".to_owned())));
        assert_eq!(parse("1|5|unix|/x|netrpc"), Err(Malformed::Rpc("netrpc".to_owned())));
        assert_eq!(parse("1|5|unix|/x"), Err(Malformed::Rpc("netrpc".to_owned())));
        assert_eq!(parse("1|5|vsock|/x|grpc"), Err(Malformed::Network("vsock".to_owned())));
        assert_eq!(parse(&format!("1|5|unix|/x|grpc|{}", "!".repeat(60))), Err(Malformed::Certificate));
    }
}
