//! The TLS settings of a hop, read from its files.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::backend::failure::{Failure, FailureClass};
use crate::backend::hop::TlsFiles;
use crate::leaves::SecretText;

/// The settings for https with these files; for plain http (no files) settings that trust nobody and cost nothing.
pub(crate) fn client_config(
    files: Option<&TlsFiles>,
    http1_only: bool,
) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| tls_failure(error.to_string()))?;
    let Some(files) = files else {
        return Ok(versions
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth());
    };
    let trusting = match &files.ca {
        Some(path) => versions.with_root_certificates(authorities(path)?),
        None => versions
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(system_verifier(provider)?)),
    };
    let mut config = match (&files.cert, &files.key) {
        (Some(cert), Some(key)) => {
            let (chain, private) = (certificates(cert)?, private_key(key)?);
            trusting
                .with_client_auth_cert(chain, private)
                .map_err(|error| {
                    tls_failure(format!(
                        "`key` does not fit the certificate in `{cert}`: {error}"
                    ))
                })?
        }
        (None, None) => trusting.with_no_client_auth(),
        _ => {
            return Err(tls_failure("`cert` and `key` of `tls` go together".into())
                .help("Give both, or neither."));
        }
    };
    config.alpn_protocols = match http1_only {
        true => vec![b"http/1.1".to_vec()],
        false => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    };
    Ok(config)
}

fn system_verifier(
    provider: Arc<CryptoProvider>,
) -> Result<rustls_platform_verifier::Verifier, Failure> {
    rustls_platform_verifier::Verifier::new(provider).map_err(|error| {
        tls_failure(format!(
            "the system's certificate authorities cannot be read: {error}"
        ))
        .help("Install the system's CA certificates, or name a file under `tls: { ca: FILE }`.")
    })
}

fn authorities(path: &str) -> Result<RootCertStore, Failure> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(path)? {
        store
            .add(certificate)
            .map_err(|error| tls_failure(format!("`{path}` holds an unusable CA: {error}")))?;
    }
    Ok(store)
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(tls_failure(format!(
            "`{path}` holds no certificate in PEM form"
        ))),
        Err(error) => Err(tls_failure(format!("`{path}` is not PEM: {error}"))),
    }
}

fn private_key(key: &SecretText) -> Result<PrivateKeyDer<'static>, Failure> {
    let (pem, named) = match key {
        SecretText::Plain(path) => (read(path)?, format!("`{path}`")),
        SecretText::Secret(secret) => (
            secret.reveal().as_bytes().to_vec(),
            format!("secret `{}`", secret.name()),
        ),
    };
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| tls_failure(format!("{named} holds no private key in PEM form")))
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| tls_failure(format!("`{path}` cannot be read: {error}")))
}

fn tls_failure(what: String) -> Failure {
    Failure::new(FailureClass::Tls, what)
}
