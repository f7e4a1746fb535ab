//! One handshake on a connection that stands already.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, Error, PeerIncompatible};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Host;

use crate::backend::answer::TlsSeen;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::socket::io_failure;
use crate::backend::tls::onlooker::{Onlooker, client_config};
use crate::backend::tls_failure;

/// Makes the handshake and closes the connection. An untrusted certificate is seen too; a failure is a handshake that was not finished.
pub(crate) async fn handshake(
    stream: TcpStream,
    name: &str,
    verifier: Arc<dyn ServerCertVerifier>,
    target: &str,
) -> Result<TlsSeen, Failure> {
    let server_name = server_name(name).ok_or_else(|| {
        Failure::new(
            FailureClass::Tls,
            format!("`{name}` is no name that a certificate can have"),
        )
    })?;
    let onlooker = Onlooker::lenient(verifier);
    let connector = TlsConnector::from(Arc::new(client_config(onlooker.clone())));
    match connector.connect(server_name, stream).await {
        Ok(_) => onlooker.told().unwrap_or_else(|| {
            Err(Failure::new(
                FailureClass::Tls,
                format!("{target} shows no certificate"),
            ))
        }),
        Err(why) => Err(failure(&why, target)),
    }
}

/// The name as certificates have it: international names in their ASCII form.
fn server_name(name: &str) -> Option<ServerName<'static>> {
    if let Ok(ip) = name.parse::<std::net::IpAddr>() {
        return Some(ServerName::from(ip));
    }
    let Ok(Host::Domain(name)) = Host::parse(name) else {
        return None;
    };
    ServerName::try_from(name.trim_end_matches('.').to_owned()).ok()
}

fn failure(why: &io::Error, target: &str) -> Failure {
    match why
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>())
    {
        Some(why) => of_tls(why, target),
        None if why.kind() == io::ErrorKind::UnexpectedEof => Failure::new(
            FailureClass::Broken,
            format!("{target} closed the connection during the TLS handshake"),
        )
        .help("Look whether the port speaks TLS, and whether it demands a client certificate."),
        None => io_failure(why, target, Duration::ZERO),
    }
}

/// What an error of the TLS library means, where the port itself is what is asked.
fn of_tls(why: &Error, target: &str) -> Failure {
    let failure = |what: String, help: &str| Failure::new(FailureClass::Tls, what).help(help);
    match why {
        Error::InvalidMessage(_) => failure(
            format!("{target} does not speak TLS: its answer to the handshake is no TLS record"),
            "Leave `tls` out if the port is plain, or correct the port.",
        ),
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => failure(
            format!("{target} speaks neither TLS 1.2 nor 1.3"),
            "Let the server speak a newer version; older ones are not safe.",
        ),
        Error::AlertReceived(AlertDescription::CertificateRequired) => failure(
            format!("{target} demands a client certificate"),
            "Leave `tls` out: this check has no certificate to show.",
        ),
        Error::AlertReceived(AlertDescription::UnrecognisedName) => failure(
            format!("{target} does not know the name that was asked for (SNI)"),
            "Name the one that it serves with `server_name:`.",
        ),
        other => tls_failure::handshake(target, other),
    }
}
