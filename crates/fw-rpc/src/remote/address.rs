//! Where a server is, and how it is reached.

use std::str::FromStr;
use std::time::Duration;

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Uri};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How often a server is asked for a sign of life, and how long it may take with it.
const PING: Duration = Duration::from_secs(10);

/// Why a server can't be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Not an address.
    #[error("`{0}` is not a server's address: http://HOST:PORT or https://HOST")]
    Address(String),
    /// Its certificates.
    #[error("TLS cannot be used")]
    Tls(#[source] tonic::transport::Error),
    /// The token.
    #[error("the token has characters that no token has")]
    Token,
}

/// A server's address: `https://HOST[:PORT]`, `http://HOST[:PORT]`, or `HOST[:PORT]`, which is taken as `https` unless the
/// host is this machine itself.
#[derive(Clone, Debug)]
pub struct Address {
    uri: Uri,
    authorities: Option<Vec<u8>>,
}

impl Address {
    /// The same, with the certificates (PEM) of the authorities to trust in place of the system's.
    #[must_use]
    pub fn trusting(self, authorities: Vec<u8>) -> Self {
        Self { authorities: Some(authorities), ..self }
    }

    /// Whether what is said can be read on the way.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.uri.scheme_str() != Some("https")
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        is_here(self.uri.host().unwrap_or_default())
    }

    pub(super) fn channel(&self) -> Result<Channel, AddressError> {
        let endpoint = Endpoint::from(self.uri.clone())
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .tcp_keepalive(Some(PING))
            .http2_keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .keep_alive_while_idle(true);
        if self.is_plain() {
            return Ok(endpoint.connect_lazy());
        }
        let tls = match &self.authorities {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        Ok(endpoint.tls_config(tls).map_err(AddressError::Tls)?.connect_lazy())
    }
}

fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError::Address(text.to_owned());
        let text = text.strip_suffix('/').filter(|rest| !rest.ends_with('/')).unwrap_or(text);
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            let bare: Uri = format!("http://{text}").parse().map_err(|_error| wrong())?;
            let scheme = if is_here(bare.host().unwrap_or_default()) { "http" } else { "https" };
            format!("{scheme}://{text}")
        };
        let uri: Uri = whole.parse().map_err(|_error| wrong())?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        let only = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        if known && only && uri.host().is_some_and(|host| !host.is_empty()) {
            return Ok(Self { uri, authorities: None });
        }
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let read =
            |text: &str| text.parse::<Address>().ok().map(|address| (address.uri.to_string(), address.is_plain()));
        assert_eq!(read("127.0.0.1:8084"), Some(("http://127.0.0.1:8084/".to_owned(), true)));
        assert_eq!(read("localhost:1"), Some(("http://localhost:1/".to_owned(), true)));
        assert_eq!(read("[::1]:1"), Some(("http://[::1]:1/".to_owned(), true)));
        assert_eq!(read("formwork.example.com"), Some(("https://formwork.example.com/".to_owned(), false)));
        assert_eq!(read("http://formwork.example.com/"), Some(("http://formwork.example.com/".to_owned(), true)));
        for wrong in ["", "ftp://x", "https://", "https://x/path", "a b"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
