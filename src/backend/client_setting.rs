//! What tells one HTTP client from another, and how one is built.

use std::sync::Arc;

use reqwest::Client;

use crate::backend::address::is_loopback;
use crate::backend::connecting::{Resolver, Watch};
use crate::backend::error_chain::innermost;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::hop::TlsFiles;
use crate::backend::outgoing::Outgoing;
use crate::backend::tls_files;
use crate::backend::world::Backend;

/// Connections to one server that stay open between requests: more than the requests in flight, so that none is opened twice.
const IDLE_CONNECTIONS: usize = 64;

/// What two requests must have in common to share a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Whether the proxy of the environment is asked.
    proxied: bool,
    /// On https: the TLS settings, and where they name another server, the real host.
    tls: Option<(TlsFiles, Option<String>)>,
}

impl Setting {
    /// The setting that this request needs.
    pub(crate) fn of(outgoing: &Outgoing<'_>) -> Self {
        let tls = (outgoing.url.scheme() == "https").then(|| {
            let files = outgoing.backend.and_then(|backend| backend.hop.tls.clone());
            let files = files.unwrap_or_default();
            let host = outgoing.url.host_str().unwrap_or_default();
            let real = files.server_name.as_ref().map(|_| host.to_owned());
            (files, real)
        });
        // The proxy would be asked for the other name: such a server is reached directly.
        let renamed = matches!(&tls, Some((_, Some(_))));
        // A proxy's exceptions are names, and this one was looked up from here: its addresses are reached from here.
        let expanded = outgoing.backend.and_then(Backend::expanded_from).is_some();
        Self {
            proxied: !renamed && !expanded && !is_loopback(&outgoing.url),
            tls,
        }
    }
}

/// Builds the client of a setting.
pub(crate) fn build(setting: &Setting) -> Result<Client, Failure> {
    let files = setting.tls.as_ref().map(|(files, _)| files);
    let real_host = setting.tls.as_ref().and_then(|(_, real)| real.clone());
    let renamed = real_host.is_some();
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls_files::client_config(files, renamed)?)
        .user_agent(concat!("gapcheck/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // Compressing small answers costs a Prometheus four times its CPU.
        .gzip(false)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .dns_resolver(Arc::new(Resolver { real_host }))
        .connector_layer(Watch);
    if !setting.proxied {
        builder = builder.no_proxy();
    }
    if renamed {
        // HTTP/2 has no Host header that could differ from the name in the certificate.
        builder = builder.http1_only();
    }
    builder.build().map_err(|error| {
        let what = innermost(&error.without_url());
        Failure::new(
            FailureClass::Local,
            format!("no HTTP client could be built: {what}"),
        )
    })
}
