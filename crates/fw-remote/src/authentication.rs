//! Proving who we are: with keys, passwords, and what the agent keeps.

use std::sync::Arc;

use russh::client::{Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{Certificate, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key};

use crate::agent;
use crate::client::Client;
use crate::connection::{Connection, Endpoint};

/// What an endpoint's settings prove.
pub(crate) struct Proof {
    key: Option<Arc<PrivateKey>>,
    certificate: Option<Certificate>,
}

impl Proof {
    /// Reads the keys of an endpoint; those that cannot be read are no matter of trying again.
    pub(crate) fn read(endpoint: &Endpoint) -> Result<Self, String> {
        if endpoint.private_key.is_empty() {
            return Ok(Self { key: None, certificate: None });
        }
        let text = &endpoint.private_key;
        if !text.contains("-----BEGIN ") {
            return Err("Failed to read ssh private key: no key found".to_owned());
        }
        let encrypted = "Failed to read ssh private key: password protected keys are\nnot supported. Please decrypt the key \
                         prior to use.";
        if text.contains("4,ENCRYPTED") {
            return Err(encrypted.to_owned());
        }
        let key = decode_secret_key(text, None).map_err(|error| match error {
            russh::keys::Error::KeyIsEncrypted => encrypted.to_owned(),
            other => format!("Failed to parse ssh private key: {other}"),
        })?;
        let certificate = match endpoint.certificate.trim() {
            "" => None,
            text => {
                Some(Certificate::from_openssh(text).map_err(|error| format!("failed to parse certificate: {error}"))?)
            }
        };
        Ok(Self { key: Some(Arc::new(key)), certificate })
    }

    /// Tries all there is, in terraform's order.
    pub(crate) async fn give(
        &self,
        session: &mut Handle<Client>,
        endpoint: &Endpoint,
        connection: &Connection,
    ) -> Result<(), String> {
        let failed =
            |why: String| format!("SSH authentication failed ({}@{}): {why}", endpoint.user, endpoint.address());
        let broken = |error: russh::Error| failed(format!("ssh: handshake failed: {error}"));
        let mut tried = vec!["none"];
        if session.authenticate_none(&endpoint.user).await.map_err(broken)?.success() {
            return Ok(());
        }
        if let Some(key) = &self.key {
            tried.push("publickey");
            if self.with_key(session, &endpoint.user, key).await.map_err(broken)? {
                return Ok(());
            }
        }
        if !endpoint.password.is_empty() {
            tried.push("password");
            let answer = session.authenticate_password(&endpoint.user, &endpoint.password).await.map_err(broken)?;
            if answer.success() || by_keyboard(session, endpoint).await.map_err(broken)? {
                return Ok(());
            }
        }
        if let Some(socket) = &connection.agent {
            tried.push("publickey");
            if agent::authenticate(session, &endpoint.user, socket, &connection.agent_identity).await? {
                return Ok(());
            }
        }
        tried.dedup();
        let methods = tried.join(" ");
        Err(failed(format!(
            "ssh: handshake failed: ssh: unable to authenticate, attempted methods [{methods}], no supported methods remain"
        )))
    }

    async fn with_key(
        &self,
        session: &mut Handle<Client>,
        user: &str,
        key: &Arc<PrivateKey>,
    ) -> Result<bool, russh::Error> {
        if let Some(certificate) = &self.certificate {
            let answer = session.authenticate_openssh_cert(user, Arc::clone(key), certificate.clone()).await?;
            return Ok(answer.success());
        }
        let hash = session.best_supported_rsa_hash().await?.flatten();
        let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
        Ok(session.authenticate_publickey(user, key).await?.success())
    }
}

/// The password, for servers that ask for it in words.
async fn by_keyboard(session: &mut Handle<Client>, endpoint: &Endpoint) -> Result<bool, russh::Error> {
    let mut answer = session.authenticate_keyboard_interactive_start(&endpoint.user, None).await?;
    // A server that asks without end is not answered without end.
    for _ in 0..10 {
        answer = match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| endpoint.password.clone()).collect();
                session.authenticate_keyboard_interactive_respond(answers).await?
            }
        };
    }
    Ok(false)
}
