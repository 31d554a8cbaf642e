//! Our side of the protocol: which servers are trusted, and the agent that is lent to them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use russh::client::{ChannelOpenHandle, Handler, Msg, Session};
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, Error};

/// What we know of a server.
pub(crate) struct Client {
    pub(crate) host: String,
    /// The only key that it may have, or that of the authority that speaks for it. Without one, any server will do.
    pub(crate) key: Option<PublicKey>,
    /// Why the server is not trusted.
    pub(crate) distrust: Arc<OnceLock<String>>,
    /// The agent that programs there may ask.
    pub(crate) agent: Option<PathBuf>,
}

impl Client {
    fn trust(&self, presented: &PublicKeyOrCertificate) -> Result<(), String> {
        let Some(known) = &self.key else { return Ok(()) };
        match presented {
            PublicKeyOrCertificate::PublicKey { key, .. } if key.key_data() == known.key_data() => Ok(()),
            PublicKeyOrCertificate::PublicKey { .. } => Err("knownhosts: key mismatch".to_owned()),
            PublicKeyOrCertificate::Certificate(certificate) => vouched(certificate, known, &self.host),
        }
    }
}

/// Whether the authority that is known says with this certificate that the server is the host.
fn vouched(certificate: &Certificate, authority: &PublicKey, host: &str) -> Result<(), String> {
    if certificate.signature_key() != authority.key_data() {
        return Err(format!("ssh: no authorities for hostname: {host}"));
    }
    if certificate.cert_type() != CertType::Host {
        return Err("ssh: certificate presented as a host key has another type".to_owned());
    }
    if let Some((option, _)) = certificate.critical_options().iter().next() {
        return Err(format!("ssh: unsupported critical option {option:?} in certificate"));
    }
    let hosts = certificate.valid_principals();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if !hosts.is_empty() && !hosts.iter().any(|other| other == bare) {
        return Err(format!(
            "ssh: principal {bare:?} not in the set of valid principals for given certificate: {hosts:?}"
        ));
    }
    let valid = certificate.validate([&authority.fingerprint(HashAlg::Sha256)]);
    valid.map_err(|error| format!("ssh: cert is not valid now, or its signature is wrong: {error}"))
}

impl Handler for Client {
    type Error = Error;

    async fn check_server_key(&mut self, presented: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let trust = self.trust(presented);
        Ok(trust.map_err(|why| self.distrust.get_or_init(|| why)).is_ok())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        let Some(socket) = self.agent.clone() else { return Ok(()) };
        reply.accept().await;
        tokio::spawn(async move {
            let mut remote = channel.into_stream();
            if let Ok(mut agent) = tokio::net::UnixStream::connect(socket).await {
                // Either side may go away at any time.
                drop(tokio::io::copy_bidirectional(&mut remote, &mut agent).await);
            }
        });
        Ok(())
    }
}
