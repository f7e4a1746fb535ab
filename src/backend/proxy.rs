//! The proxy of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`): whether a request goes through one. Only for
//! messages: the HTTP library sends the request there by itself.

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::backend::address::is_loopback;

/// The proxy that leads to this address, without its credentials.
pub(crate) fn leading_to(url: &Url) -> Option<String> {
    if is_loopback(url) {
        return None;
    }
    let to: Uri = url.as_str().parse().ok()?;
    let found = Matcher::from_system().intercept(&to)?;
    let proxy = found.uri();
    let scheme = proxy.scheme_str().unwrap_or("http");
    let host = proxy.host()?;
    Some(match proxy.port() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}
