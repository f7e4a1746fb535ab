//! A verifier that looks on: it keeps the leaf certificate and the true verifier's verdict, so that an untrusted certificate can
//! still be told about.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::backend::answer::TlsSeen;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::tls::leaf;
use crate::backend::tls::trust::provider;

/// Looks on while the true verifier judges.
#[derive(Debug)]
pub(crate) struct Onlooker {
    judge: Arc<dyn ServerCertVerifier>,
    strict: bool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    leaf: Option<CertificateDer<'static>>,
    verdict: Option<Error>,
    version: &'static str,
}

impl Onlooker {
    /// An onlooker that lets the handshake go on whatever the verdict: nothing may be sent on such a connection.
    pub(crate) fn lenient(judge: Arc<dyn ServerCertVerifier>) -> Arc<Self> {
        Arc::new(Self {
            judge,
            strict: false,
            seen: Mutex::default(),
        })
    }

    /// An onlooker that lets the verdict stand.
    pub(crate) fn strict(judge: Arc<dyn ServerCertVerifier>) -> Arc<Self> {
        Arc::new(Self {
            judge,
            strict: true,
            seen: Mutex::default(),
        })
    }

    /// What was seen; none without a certificate.
    pub(crate) fn told(&self) -> Option<Result<TlsSeen, Failure>> {
        let seen = self.seen();
        let certificate = seen.leaf.as_ref()?;
        Some(match leaf::read(certificate) {
            Err(why) => Err(Failure::new(
                FailureClass::Tls,
                format!("the server's certificate cannot be read: {why}"),
            )),
            Ok(facts) => Ok(TlsSeen {
                version: seen.version.to_owned(),
                untrusted: seen.verdict.as_ref().map(|why| leaf::distrust(why, &facts)),
                names: facts.names,
                issuer: facts.issuer,
                not_before: facts.not_before,
                not_after: facts.not_after,
            }),
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.judge.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let mut seen = self.seen();
        seen.leaf = Some(end_entity.clone().into_owned());
        seen.verdict = verdict.as_ref().err().cloned();
        if self.strict {
            verdict
        } else {
            Ok(ServerCertVerified::assertion())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.seen().version = "TLSv1.2";
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.seen().version = "TLSv1.3";
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// A client that lets this verifier judge.
pub(crate) fn client_config(verifier: Arc<dyn ServerCertVerifier>) -> ClientConfig {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider serves the default versions")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth()
}

/// A client that trusts no one, for requests without TLS.
pub(crate) fn distrustful_config() -> ClientConfig {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider serves the default versions")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}
