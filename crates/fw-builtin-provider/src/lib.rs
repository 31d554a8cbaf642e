//! `terraform.io/builtin/terraform`: the provider that is part of the program.
//!
//! Randomness and other states come from outside: see [`Builtin::new`].

mod data;
mod functions;
mod provider;
mod remote_state;
mod schema;

pub use provider::Builtin;
pub use remote_state::{RemoteState, RemoteStates};
