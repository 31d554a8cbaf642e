//! Shutdown, output and further connections: what a plugin must have beside the provider.

use std::pin::Pin;

use fw_plugin_proto::plugin::grpc_broker_server::GrpcBroker;
use fw_plugin_proto::plugin::grpc_controller_server::GrpcController;
use fw_plugin_proto::plugin::grpc_stdio_server::GrpcStdio;
use fw_plugin_proto::plugin::{ConnInfo, Empty, StdioData};
use tokio::sync::{mpsc, watch};
use tonic::codegen::tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, async_trait};

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Ends the server.
pub(crate) struct Controller {
    pub(crate) end: watch::Sender<bool>,
}

#[async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        if crate::start::ignores_shutdown() {
            return Ok(Response::new(Empty {}));
        }
        self.end.send_replace(true);
        Ok(Response::new(Empty {}))
    }
}

/// A stream without messages that ends with the server, which waits for its streams.
fn silence<T: Send + 'static>(mut ended: watch::Receiver<bool>) -> Messages<T> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        drop(ended.wait_for(|end| *end).await);
        drop(sender);
    });
    Box::pin(ReceiverStream::new(receiver))
}

/// We write nothing through the protocol.
pub(crate) struct Output {
    pub(crate) ended: watch::Receiver<bool>,
}

#[async_trait]
impl GrpcStdio for Output {
    type StreamStdioStream = Messages<StdioData>;

    async fn stream_stdio(&self, _request: Request<Empty>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(silence(self.ended.clone())))
    }
}

/// Nobody needs further connections.
pub(crate) struct Broker {
    pub(crate) ended: watch::Receiver<bool>,
}

#[async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = Messages<ConnInfo>;

    async fn start_stream(
        &self,
        _request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        Ok(Response::new(silence(self.ended.clone())))
    }
}
