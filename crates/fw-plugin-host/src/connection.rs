//! The one HTTP/2 connection to a plugin, over a unix socket or TCP, with or without TLS.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use crate::handshake::Address;

/// Schemas of large providers are beyond 10 MB; with small windows they would come in hundreds of round trips.
const WINDOW: u32 = 16 << 20;

/// Largest message either side may send.
pub(crate) const MESSAGE_LIMIT: usize = 256 << 20;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects, so that an unreachable plugin is noticed here and not at the first call.
pub(crate) async fn connect(address: Address, tls: Option<ClientConfig>) -> Result<Channel, tonic::transport::Error> {
    let tls = tls.map(|config| TlsConnector::from(Arc::new(config)));
    // The connector knows where to go; the address here only fills the `:authority` header.
    Endpoint::from_static("http://localhost")
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .connect_with_connector(tower::service_fn(move |_uri: Uri| {
            let (address, tls) = (address.clone(), tls.clone());
            async move { open(&address, tls).await.map(TokioIo::new) }
        }))
        .await
}

async fn open(address: &Address, tls: Option<TlsConnector>) -> io::Result<Box<dyn Stream>> {
    match address {
        Address::Tcp(address) => {
            let stream = tokio::net::TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            secure(stream, tls).await
        }
        #[cfg(unix)]
        Address::Unix(path) => secure(tokio::net::UnixStream::connect(path).await?, tls).await,
        #[cfg(not(unix))]
        Address::Unix(_) => Err(io::Error::other("unix sockets are not there on this system")),
    }
}

async fn secure<S: Stream + 'static>(stream: S, tls: Option<TlsConnector>) -> io::Result<Box<dyn Stream>> {
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    Ok(Box::new(tls.connect(name, stream).await?))
}
