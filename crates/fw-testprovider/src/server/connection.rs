//! Accepted connections, encrypted where the host wants it, as the gRPC server takes them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tonic::codegen::tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::transport::server::Connected;

use super::listener::{BoxedStream, Listener};

/// A connection of which nothing more is known.
pub(crate) struct Connection(BoxedStream);

impl Connected for Connection {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(cx)
    }
}

/// Connections as they come; one that fails its TLS handshake is dropped.
pub(crate) fn accept(listener: Listener, tls: Option<TlsAcceptor>) -> impl Stream<Item = io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let connection = match listener.accept().await {
                Ok(stream) => match &tls {
                    None => Ok(Connection(stream)),
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => Ok(Connection(Box::pin(stream))),
                        Err(_refused) => continue,
                    },
                },
                Err(error) => Err(error),
            };
            if sender.send(connection).await.is_err() {
                return;
            }
        }
    });
    ReceiverStream::new(receiver)
}
