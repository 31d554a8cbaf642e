//! The provider host against this plugin: every call in both protocols, and everything that can go wrong.

mod bench;
mod calls;
mod failures;
mod lifetime;
mod start;
