//! Installation with real parts: directories, a TLS server on the loopback interface that is a registry and a mirror,
//! packages signed with a key made for the test, and the terraform binary where there is one.

#![expect(clippy::unwrap_used, reason = "in tests, also outside the test functions themselves")]
#![expect(clippy::print_stdout, reason = "tells what is skipped")]

mod cache;
mod directories;
mod locking;
mod mirror;
mod modules;
mod network;
mod oracle;
mod packages;
mod registry;
mod selected;
mod server;
mod world;
