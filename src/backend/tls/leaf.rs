//! What stands in a server's own certificate, and why it is not trusted.

use std::net::IpAddr;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, Error};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::leaves::{Timestamp, words};

/// Names that are kept of one certificate.
const MOST_NAMES: usize = 200;

/// The facts of a leaf certificate.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) names: Vec<String>,
    pub(crate) issuer: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    self_signed: bool,
}

/// Reads a certificate. Its names are the alternative ones: clients do not look at the common name.
pub(crate) fn read(certificate: &CertificateDer<'_>) -> Result<Facts, String> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|why| why.to_string())?;
    let names = match parsed.subject_alternative_name() {
        Ok(Some(alternative)) => alternative
            .value
            .general_names
            .iter()
            .filter_map(name)
            .take(MOST_NAMES)
            .collect(),
        _ => Vec::new(),
    };
    let validity = parsed.validity();
    let moment = |seconds: i64| Timestamp(seconds.saturating_mul(1000));
    Ok(Facts {
        names,
        issuer: parsed.issuer().to_string(),
        not_before: moment(validity.not_before.timestamp()),
        not_after: moment(validity.not_after.timestamp()),
        self_signed: parsed.issuer() == parsed.subject(),
    })
}

fn name(general: &GeneralName<'_>) -> Option<String> {
    match general {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(IpAddr::from),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(IpAddr::from),
        }
        .map(|ip| ip.to_string()),
        _ => None,
    }
}

/// Why the certificate is not trusted, in words.
pub(crate) fn distrust(why: &Error, facts: &Facts) -> String {
    let Error::InvalidCertificate(why) = why else {
        return words::cut(&why.to_string(), 200);
    };
    match why {
        CertificateError::ExpiredContext { time, .. } => format!(
            "it expired on {}, {} ago",
            facts.not_after,
            words::age(facts.not_after.age_ms(moment(*time)))
        ),
        CertificateError::Expired => format!("it expired on {}", facts.not_after),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("it is not valid before {}", facts.not_before)
        }
        CertificateError::UnknownIssuer if facts.self_signed => {
            "it is self-signed, and not among the trusted authorities".to_owned()
        }
        CertificateError::UnknownIssuer => {
            format!("its issuer is not trusted: {}", facts.issuer)
        }
        CertificateError::BadSignature => format!(
            "its issuer has the name of a trusted authority, but not its key: {}",
            facts.issuer
        ),
        CertificateError::NotValidForNameContext { expected, .. } => format!(
            "it is not valid for `{}`, only for {}",
            expected.to_str(),
            names(&facts.names)
        ),
        CertificateError::NotValidForName => {
            format!("it is only valid for {}", names(&facts.names))
        }
        other => words::cut(&other.to_string(), 200),
    }
}

fn names(names: &[String]) -> String {
    if names.is_empty() {
        "no name at all".to_owned()
    } else {
        words::few(names, 5)
    }
}

fn moment(time: UnixTime) -> Timestamp {
    Timestamp(i64::try_from(time.as_secs().saturating_mul(1000)).unwrap_or(i64::MAX))
}
