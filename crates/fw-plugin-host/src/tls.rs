//! Mutual TLS with a plugin: each side makes a certificate for this one run and accepts exactly the other's.
//!
//! Plugins answer with a self-signed P-521 certificate that is also a certificate authority. Ordinary verification
//! refuses an authority as an end entity, so the certificate is compared byte by byte instead, and the signature over
//! the handshake proves that the other side has its key.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// Our certificate for one plugin and its key.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    pem: String,
}

impl Identity {
    /// Makes a certificate that go-plugin servers accept.
    pub(crate) fn generate() -> Result<Self, rcgen::Error> {
        use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?;
        wanted.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
        wanted.distinguished_name.push(rcgen::DnType::OrganizationName, "Formwork");
        wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        wanted.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = wanted.self_signed(&key)?;
        let der = PrivateKeyDer::try_from(key.serialize_der()).map_err(|_form| rcgen::Error::CouldNotParseKeyPair)?;
        Ok(Self { pem: certificate.pem(), certificate: certificate.into(), key: der })
    }

    /// For `PLUGIN_CLIENT_CERT`.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// The configuration of connections to the plugin that showed `server` (DER) in its handshake.
    pub(crate) fn connect_to(self, server: Vec<u8>) -> Result<ClientConfig, Error> {
        let crypto = Arc::new(aws_lc_rs::default_provider());
        let verifier = Pinned { certificate: server, crypto: Arc::clone(&crypto) };
        let mut config = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(vec![self.certificate], self.key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

/// Accepts one certificate.
#[derive(Debug)]
struct Pinned {
    certificate: Vec<u8>,
    crypto: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if end_entity.as_ref() == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
