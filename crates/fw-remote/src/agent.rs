//! Keys that the user's SSH agent keeps.

use std::path::{Path, PathBuf};

use russh::client::Handle;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{PrivateKey, PublicKey};

use crate::client::Client;

/// Whether there is an agent at all; if there is none, no other attempt will find it.
pub(crate) async fn reachable(socket: &Path) -> Result<(), String> {
    let connected = tokio::net::UnixStream::connect(socket).await;
    connected.map(drop).map_err(|error| {
        let why = fw_diag::system_error(&error);
        format!("Error connecting to SSH_AUTH_SOCK: dial unix {}: connect: {why}", socket.display())
    })
}

/// Tries the keys of the agent, one after the other; those that `wanted` speaks of first.
pub(crate) async fn authenticate(
    session: &mut Handle<Client>,
    user: &str,
    socket: &Path,
    wanted: &str,
) -> Result<bool, String> {
    let failed = |error: russh::keys::Error| format!("Error connecting to SSH_AUTH_SOCK: {error}");
    let mut agent = AgentClient::connect_uds(socket).await.map_err(failed)?;
    let mut identities = agent.request_identities().await.map_err(failed)?;
    let key = public_key(wanted);
    identities.sort_by_key(|identity| rank(identity, wanted, key.as_ref()));
    let hash = session.best_supported_rsa_hash().await.ok().flatten().flatten();
    for identity in identities {
        let tried = match identity {
            AgentIdentity::PublicKey { key, .. } => {
                let hash = if key.algorithm().is_rsa() { hash } else { None };
                session.authenticate_publickey_with(user, key, hash, &mut agent).await
            }
            AgentIdentity::Certificate { certificate, .. } => {
                session.authenticate_certificate_with(user, certificate, hash, &mut agent).await
            }
        };
        match tried {
            Ok(answer) if answer.success() => return Ok(true),
            Ok(_) => {}
            Err(error) => log::debug!("the agent does not sign: {error}"),
        }
    }
    Ok(false)
}

fn rank(identity: &AgentIdentity, wanted: &str, key: Option<&PublicKey>) -> u8 {
    let (data, comment) = match identity {
        AgentIdentity::PublicKey { key, comment } => (key.key_data().clone(), comment),
        AgentIdentity::Certificate { certificate, comment } => (certificate.public_key().clone(), comment),
    };
    let is_key = key.is_some_and(|key| *key.key_data() == data);
    match () {
        () if wanted.is_empty() => 2,
        () if is_key || comment == wanted => 0,
        () if comment.ends_with(wanted) => 1,
        () => 2,
    }
}

/// The key in a file, or in the one beside it that ends in `.pub`.
fn public_key(path: &str) -> Option<PublicKey> {
    if path.is_empty() {
        return None;
    }
    let files = [PathBuf::from(path), PathBuf::from(format!("{path}.pub"))];
    files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).find_map(|text| {
        let private = PrivateKey::from_openssh(&text).ok().map(|key| key.public_key().clone());
        private.or_else(|| PublicKey::from_openssh(text.trim()).ok())
    })
}
