//! The service over gRPC: what is said between it and workers on other machines ([`worker`]), and stacks for programs that
//! prefer it to REST ([`stacks`]). The server's side is in `fw-server`; a worker's is [`Remote`].
//!
//! [`wire`] turns the messages into the types of `fw-run` and back. Nothing that comes over a wire is trusted: whatever
//! does not fit is an error.

mod remote;
pub mod wire;

pub use remote::{Address, AddressError, Remote};

/// The protocol of workers, generated.
#[expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::clone_on_ref_ptr,
    clippy::too_many_lines,
    clippy::default_trait_access,
    reason = "generated code"
)]
pub mod worker {
    tonic::include_proto!("formwork.worker.v1");
}

/// The protocol of stacks, generated.
#[expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::clone_on_ref_ptr,
    clippy::too_many_lines,
    clippy::default_trait_access,
    reason = "generated code"
)]
pub mod stacks {
    tonic::include_proto!("formwork.stacks.v1");
}

/// The protocols' files, by name.
pub const PROTOS: [(&str, &str); 2] =
    [("worker.proto", include_str!("../proto/worker.proto")), ("stacks.proto", include_str!("../proto/stacks.proto"))];
