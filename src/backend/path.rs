//! Any path of a backend, with its credentials: whatever status comes is an answer.

use std::time::Duration;

use url::Url;

use crate::backend::address::below;
use crate::backend::answer::HttpAnswer;
use crate::backend::client::Clients;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::kind::AddressKey;
use crate::backend::outgoing::Outgoing;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;

/// Gets a path of one of its addresses. Redirects are not followed, and are answers too.
pub async fn path(
    clients: &Clients,
    backend: &Backend,
    key: AddressKey,
    path: &str,
    timeout: Duration,
) -> Exchanged<HttpAnswer> {
    let Some(base) = backend.address(key) else {
        let failure = Failure::new(
            FailureClass::Local,
            format!("`{}` has no `{}` address", backend.name(), key.word()),
        )
        .help(format!(
            "Give hop `{}` its `{}:`.",
            backend.name(),
            key.word()
        ));
        return (Trace::default(), Err(failure));
    };
    let url: Url = below(base, path.trim_start_matches('/'));
    let outgoing = Outgoing {
        accept: "*/*",
        ..Outgoing::get(backend, url)
    };
    clients.whole(outgoing, timeout).await
}
