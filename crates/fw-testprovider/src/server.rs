//! The plugin side of go-plugin: handshake, encrypted connections, and the services every plugin has.

mod connection;
mod greeting;
mod listener;
mod routes;
mod services;
mod tls;

use std::io::{self, Write as _};

use fw_plugin_proto::plugin::grpc_broker_server::GrpcBrokerServer;
use fw_plugin_proto::plugin::grpc_controller_server::GrpcControllerServer;
use fw_plugin_proto::plugin::grpc_stdio_server::GrpcStdioServer;
use fw_plugin_proto::tfplugin5::provider_server::ProviderServer as Server5;
use fw_plugin_proto::tfplugin6::provider_server::ProviderServer as Server6;
use tokio::sync::watch;
use tonic::transport::Server;

use crate::service::Service;
use routes::{Routes, Versioned};

pub(crate) use greeting::{Greeting, NotStarted};

/// Largest message either side may send.
const MESSAGE_LIMIT: usize = 256 << 20;

/// Listens, says where, and serves until asked to end.
pub(crate) async fn serve(greeting: Greeting, service: Service) -> io::Result<()> {
    let listener = listener::Listener::bind(&greeting.network).await?;
    let tls = greeting.client_certificate.as_deref().map(tls::Identity::for_client).transpose()?;
    let line = greeting.line(&listener.address()?, tls.as_ref().map(tls::Identity::certificate));
    let mut stdout = io::stdout();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    let (end, mut ended) = watch::channel(false);
    let routes = Routes {
        controller: GrpcControllerServer::new(services::Controller { end }),
        output: GrpcStdioServer::new(services::Output { ended: ended.clone() }),
        broker: GrpcBrokerServer::new(services::Broker { ended: ended.clone() }),
        provider: versioned(greeting.protocol, service),
    };
    let connections = connection::accept(listener, tls.map(tls::Identity::accept).transpose()?);
    let done = async move {
        // An error means that nobody can end us any more; then we end.
        drop(ended.wait_for(|end| *end).await);
    };
    Server::builder().serve_with_incoming_shutdown(routes, connections, done).await.map_err(io::Error::other)
}

fn versioned(protocol: u32, service: Service) -> Versioned {
    if protocol == 5 {
        let server = Server5::new(service);
        Versioned::V5(server.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    } else {
        let server = Server6::new(service);
        Versioned::V6(server.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    }
}
