//! Why a TLS handshake failed, and what to do.

use rustls::{AlertDescription, CertificateError};

use crate::backend::failure::{Failure, FailureClass};

/// The failure of a handshake with that server.
pub(crate) fn handshake(reached: &str, error: &rustls::Error) -> Failure {
    let (reason, help) = match error {
        rustls::Error::InvalidMessage(_) => {
            return Failure::new(
                FailureClass::Tls,
                format!("{reached} does not speak TLS: {error}"),
            )
            .help("Write `http://` if the port is plain.");
        }
        rustls::Error::InvalidCertificate(problem) => certificate_problem(problem),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => (
            "the server wants a client certificate".to_owned(),
            Some("Give the hop `tls: { cert: FILE, key: FILE }`."),
        ),
        _ => (error.to_string(), None),
    };
    let failure = Failure::new(
        FailureClass::Tls,
        format!("the TLS handshake with {reached} failed: {reason}"),
    );
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// Why a certificate is not trusted, and what to do.
fn certificate_problem(problem: &CertificateError) -> (String, Option<&'static str>) {
    match problem {
        CertificateError::UnknownIssuer => (
            "its certificate is signed by an authority that is not trusted".into(),
            Some("Name the authority that signed it under `tls: { ca: FILE }`."),
        ),
        // An authority that was made anew under its old name.
        CertificateError::BadSignature => (
            "its certificate is signed with another key than the trusted authority's".into(),
            Some("Name the authority that signed it under `tls: { ca: FILE }`."),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("its certificate has expired ({problem})"),
            Some("Renew the certificate; check this machine's clock if it should be valid."),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("its certificate is not valid yet ({problem})"),
            Some("Check this machine's clock."),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            problem.to_string(),
            Some(
                "Use a name that the certificate is valid for, or give it as `tls: { server_name: NAME }`.",
            ),
        ),
        _ => (format!("its certificate is not valid ({problem})"), None),
    }
}
