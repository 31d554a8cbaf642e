//! The provider plugin protocol, versions 5 and 6, as generated code: clients and servers. Nothing else is in here.
//!
//! Messages are shared by both versions ([`tfplugin`]); services and schemas are not ([`tfplugin5`], [`tfplugin6`]).
//! `proto/tfplugin.proto` says why that is right.

#![expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::clone_on_ref_ptr,
    clippy::too_many_lines,
    reason = "generated code"
)]

/// Messages of both versions.
pub mod tfplugin {
    tonic::include_proto!("tfplugin");
}

/// Service and schema of version 5.
pub mod tfplugin5 {
    tonic::include_proto!("tfplugin5");
}

/// Service and schema of version 6.
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// Services beside the provider: shutdown, output, further connections.
pub mod plugin {
    tonic::include_proto!("plugin");
}

pub use prost::Message;
pub use prost::bytes::Bytes;
