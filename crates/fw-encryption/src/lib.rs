//! Encryption of states and plans as OpenTofu has it: what the `encryption` block and `TF_ENCRYPTION` say, keys from key
//! providers, and the form in which encrypted files are stored, which OpenTofu reads and writes too.
//!
//! The content of such a file is JSON: the encrypted bytes, the version of the form, and for each key provider what it
//! needs to find the key again. Of states, serial and lineage stay readable.
//!
//! - [`Encryption`] is made from the bodies of the blocks; it has a [`Target`] for each kind of file.
//! - A [`Target`] is the cipher that `fw-store` asks for.
//!
//! Nothing that is said of errors holds a key, a passphrase or a part of one.

mod aes_gcm;
mod command;
mod config;
mod envelope;
mod keys;
mod method;
mod target;

pub use config::{Encryption, Sources};
pub use envelope::is_encrypted;
pub use target::Target;
