//! Which service a call is for. A handful of paths does not need a web framework.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use fw_plugin_proto::plugin::grpc_broker_server::GrpcBrokerServer;
use fw_plugin_proto::plugin::grpc_controller_server::GrpcControllerServer;
use fw_plugin_proto::plugin::grpc_stdio_server::GrpcStdioServer;
use fw_plugin_proto::tfplugin5::provider_server::ProviderServer as Server5;
use fw_plugin_proto::tfplugin6::provider_server::ProviderServer as Server6;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http;

use super::services::{Broker, Controller, Output};
use crate::service::Service;

/// The provider in the version that was agreed on.
#[derive(Clone)]
pub(super) enum Versioned {
    /// tfplugin5.
    V5(Server5<Service>),
    /// tfplugin6.
    V6(Server6<Service>),
}

/// All services.
#[derive(Clone)]
pub(super) struct Routes {
    pub(super) controller: GrpcControllerServer<Controller>,
    pub(super) output: GrpcStdioServer<Output>,
    pub(super) broker: GrpcBrokerServer<Broker>,
    pub(super) provider: Versioned,
}

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

impl tonic::codegen::Service<http::Request<Body>> for Routes {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer {
        let service = request.uri().path().split('/').nth(1).unwrap_or_default().to_owned();
        match (service.as_str(), &mut self.provider) {
            ("plugin.GRPCController", _) => self.controller.call(request),
            ("plugin.GRPCStdio", _) => self.output.call(request),
            ("plugin.GRPCBroker", _) => self.broker.call(request),
            ("tfplugin5.Provider", Versioned::V5(server)) => server.call(request),
            ("tfplugin6.Provider", Versioned::V6(server)) => server.call(request),
            _ => {
                let status = Status::unimplemented(format!("unknown service {service}"));
                Box::pin(std::future::ready(Ok(status.into_http())))
            }
        }
    }
}
