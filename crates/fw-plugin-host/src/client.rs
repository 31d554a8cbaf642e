//! The provider service in either version, behind one set of calls.

use fw_plugin_proto::{tfplugin5, tfplugin6};
use tonic::transport::Channel;

use crate::connection::MESSAGE_LIMIT;
use crate::handshake::Protocol;

/// A client of one version.
#[derive(Clone)]
pub(crate) enum Client {
    /// tfplugin5.
    V5(tfplugin5::provider_client::ProviderClient<Channel>),
    /// tfplugin6.
    V6(tfplugin6::provider_client::ProviderClient<Channel>),
}

impl Client {
    pub(crate) fn new(protocol: Protocol, channel: Channel) -> Self {
        match protocol {
            Protocol::V5 => Self::V5(
                tfplugin5::provider_client::ProviderClient::new(channel)
                    .max_decoding_message_size(MESSAGE_LIMIT)
                    .max_encoding_message_size(MESSAGE_LIMIT),
            ),
            Protocol::V6 => Self::V6(
                tfplugin6::provider_client::ProviderClient::new(channel)
                    .max_decoding_message_size(MESSAGE_LIMIT)
                    .max_encoding_message_size(MESSAGE_LIMIT),
            ),
        }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::V5(_) => Protocol::V5,
            Self::V6(_) => Protocol::V6,
        }
    }
}

/// Makes a call: `call!(plugin, "Name of it in messages", method, request)`, or with the methods of version 5 and 6 where
/// they differ. Gives the answer, or diagnostics that explain why there is none.
macro_rules! call {
    ($plugin:expr, $name:literal, $method:ident, $request:expr) => {
        call!($plugin, $name, $method | $method, $request)
    };
    ($plugin:expr, $name:literal, $v5:ident | $v6:ident, $request:expr) => {{
        let began = std::time::Instant::now();
        let result = match &$plugin.client {
            $crate::client::Client::V5(client) => client.clone().$v5($request).await,
            $crate::client::Client::V6(client) => client.clone().$v6($request).await,
        };
        $plugin.told($name, began);
        match result {
            Ok(response) => Ok(response.into_inner()),
            Err(status) => Err($plugin.explain($name, status).await),
        }
    }};
}
pub(crate) use call;
