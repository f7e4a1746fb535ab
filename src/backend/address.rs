//! Addresses: where a backend is asked, which are this machine's own, and how they are shown.

use url::{Host, Url};

use crate::backend::failure::{Failure, FailureClass};
use crate::backend::kind::{AddressKey, Capability};
use crate::backend::world::Backend;

/// The address of that path at a backend, below its own path.
pub(crate) fn address(
    backend: &Backend,
    capability: Capability,
    path: &str,
) -> Result<Url, Failure> {
    match backend.answers(capability) {
        Some(base) => match backend.kind().row().read_below {
            Some(prefix) if base.path() == "/" => Ok(below(base, &format!("{prefix}/{path}"))),
            _ => Ok(below(base, path)),
        },
        None => {
            let Some(key) = backend.kind().answers(capability).map(AddressKey::word) else {
                return Err(Failure::new(
                    FailureClass::NotThatApi,
                    format!(
                        "`{}` is of kind `{}`, which does not answer `/{path}`",
                        backend.name(),
                        backend.kind().word()
                    ),
                )
                .help("Ask a hop of a kind that can answer, or leave this one out."));
            };
            Err(Failure::new(
                FailureClass::NotThatApi,
                format!(
                    "`{}` of kind `{}` has no address that answers `/{path}`",
                    backend.name(),
                    backend.kind().word()
                ),
            )
            .help(format!(
                "Give the hop a `{key}`, or ask a hop that can answer."
            )))
        }
    }
}

/// `http://host/prefix` and `api/v1/query` make `http://host/prefix/api/v1/query`; a query in the base stays.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url.set_fragment(None);
    url
}

/// Whether the address is this machine's own, which no proxy can reach.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost")
                || name.to_ascii_lowercase().ends_with(".localhost")
        }
        None => false,
    }
}

/// The address without user and password, as it is shown.
pub(crate) fn without_password(url: &Url) -> Url {
    let mut shown = url.clone();
    // Both fail only for addresses that cannot have them.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_path_goes_below_the_bases_own() {
        for (base, whole) in [
            ("http://h:9090", "http://h:9090/api/v1/query"),
            ("http://h:9090/", "http://h:9090/api/v1/query"),
            ("http://h/a/b", "http://h/a/b/api/v1/query"),
            ("http://h/a/b/?x=y#z", "http://h/a/b/api/v1/query?x=y"),
        ] {
            assert_eq!(below(&url(base), "api/v1/query").as_str(), whole);
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (address, own) in [
            ("http://127.0.0.1:1", true),
            ("http://127.9.9.9", true),
            ("http://[::1]", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://LOCALHOST.:1", true),
            ("http://a.localhost", true),
            ("http://localhost.example.com", false),
            ("http://128.0.0.1", false),
            ("http://notlocalhost", false),
        ] {
            assert_eq!(is_loopback(&url(address)), own, "{address}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = without_password(&url("http://me:secret@h/a?b=c"));
        assert_eq!(shown.as_str(), "http://h/a?b=c");
    }
}
