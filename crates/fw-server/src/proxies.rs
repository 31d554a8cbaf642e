//! Whose word on a client's address counts: only that of proxies we were told to trust.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The networks of trusted proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    /// Addresses and networks, separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks = named.map(|part| {
            let network = part.parse::<IpNet>().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
            network.ok_or_else(|| format!("`{part}` is neither an address nor a network like 10.0.0.0/8"))
        });
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The real client of a request that came in from `peer`: going back through `X-Forwarded-For` as long as each hop is trusted.
    #[must_use]
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.ip().to_canonical();
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = hop_address(hop.trim()) else { break };
            client = address;
        }
        client
    }
}

/// A hop, with or without a port.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        trusted.parse::<TrustedProxies>().unwrap().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_hops_are_believed() {
        assert_eq!(client("", "10.0.0.1:80", &["1.2.3.4"]), "10.0.0.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1:80", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1:80", &["6.6.6.6, 1.2.3.4, 10.0.0.2"]), "1.2.3.4");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1:80", &["6.6.6.6", "1.2.3.4:99"]), "1.2.3.4");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1:80", &["nonsense"]), "10.0.0.1");
        assert_eq!(client("::1", "[::1]:80", &["[2001:db8::1]"]), "2001:db8::1");
        assert!("10.0.0.0/99".parse::<TrustedProxies>().is_err());
    }
}
