//! Where the host reaches us: a unix socket in a directory of its own, or a local TCP port.

use std::io;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// A connection of either kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// A connection.
pub(crate) type BoxedStream = Pin<Box<dyn Stream>>;

/// Waits for connections.
pub(crate) enum Listener {
    /// The directory goes away with the listener.
    Unix(UnixListener, tempfile::TempDir),
    /// On the loopback interface.
    Tcp(TcpListener),
}

impl Listener {
    pub(crate) async fn bind(network: &str) -> io::Result<Self> {
        if network == "tcp" {
            return Ok(Self::Tcp(TcpListener::bind("127.0.0.1:0").await?));
        }
        let directory = tempfile::Builder::new().prefix("plugin").tempdir()?;
        let listener = UnixListener::bind(directory.path().join("socket"))?;
        Ok(Self::Unix(listener, directory))
    }

    /// As the handshake says it.
    pub(crate) fn address(&self) -> io::Result<String> {
        match self {
            Self::Unix(_, directory) => Ok(directory.path().join("socket").display().to_string()),
            Self::Tcp(listener) => Ok(listener.local_addr()?.to_string()),
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<BoxedStream> {
        match self {
            Self::Unix(listener, _) => Ok(Box::pin(listener.accept().await?.0)),
            Self::Tcp(listener) => Ok(Box::pin(listener.accept().await?.0)),
        }
    }
}
