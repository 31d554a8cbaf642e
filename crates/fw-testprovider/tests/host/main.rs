//! The provider host against this plugin: every call in both protocols, and everything that can go wrong.

#![expect(clippy::unwrap_used, clippy::clone_on_ref_ptr, reason = "a test that panics has failed, as it should")]

mod bench;
mod calls;
mod failures;
mod lifetime;
mod start;
