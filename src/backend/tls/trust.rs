//! Whom to trust: the system's authorities, or those of a PEM file. Each set is read once, and only when the first https needs it.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::Mutex;

use crate::backend::error_chain::os_reason;
use crate::backend::failure::{Failure, FailureClass};

/// As much as is read of a file of authorities, in bytes.
const MOST_PEM: u64 = 16 * 1024 * 1024;

type Verifier = Arc<dyn ServerCertVerifier>;

/// The authorities that were read so far. One for the run.
#[derive(Default)]
pub struct Trust {
    read: Mutex<HashMap<Option<String>, Result<Verifier, Failure>>>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}

impl Trust {
    /// The verifier that trusts the authorities of this PEM file, or the system's.
    pub(crate) async fn verifier(&self, ca: Option<&str>) -> Result<Verifier, Failure> {
        let mut read = self.read.lock().await;
        let key = ca.map(str::to_owned);
        if let Some(known) = read.get(&key) {
            return known.clone();
        }
        // Reading some hundred certificates takes tens of milliseconds.
        let path = key.clone();
        let verifier = tokio::task::spawn_blocking(move || match path {
            Some(path) => of_file(&path),
            None => of_system(),
        })
        .await
        .unwrap_or_else(|_| Err(local("the authorities could not be read".to_owned())));
        read.insert(key, verifier.clone());
        verifier
    }
}

/// The library's cryptography.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn of_system() -> Result<Verifier, Failure> {
    match rustls_platform_verifier::Verifier::new(provider()) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(why) => Err(local(format!(
            "the system's certificate authorities cannot be read: {why}"
        ))
        .help("Install them (`ca-certificates`), or name a PEM file with `ca:`.")),
    }
}

fn of_file(path: &str) -> Result<Verifier, Failure> {
    let unreadable = |why: String| {
        local(format!(
            "the file of certificate authorities `{path}` cannot be read: {why}"
        ))
        .help("Name a PEM file of certificates with `ca:`.")
    };
    let mut pem = Vec::new();
    // A pipe could keep its reader waiting for ever.
    let kind = fs::metadata(path).map_err(|why| unreadable(os_reason(&why)))?;
    if !kind.is_file() {
        return Err(unreadable("it is no file".to_owned()));
    }
    File::open(path)
        .and_then(|file| file.take(MOST_PEM).read_to_end(&mut pem))
        .map_err(|why| unreadable(os_reason(&why)))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|why| unreadable(why.to_string()))?;
        roots
            .add(certificate)
            .map_err(|why| unreadable(why.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unreadable("it holds no certificate".to_owned()));
    }
    match WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build() {
        Ok(verifier) => Ok(verifier),
        Err(why) => Err(unreadable(why.to_string())),
    }
}

fn local(what: String) -> Failure {
    Failure::new(FailureClass::Local, what)
}
