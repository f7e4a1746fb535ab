//! The exporters of the pipeline, and which targets are at their addresses.

use std::sync::Arc;

use url::Url;

use crate::backend::answer::Target;
use crate::backend::{AddressKey, Backend, BackendKind};
use crate::diagnose::case::Case;
use crate::leaves::RungState;

/// The exporters of the pipeline: the one that has the metric where one has, else all of them.
pub(crate) fn exporters<'a>(case: &'a Case<'_>) -> Vec<&'a Arc<Backend>> {
    let all: Vec<&Arc<Backend>> = case
        .ask
        .world()
        .pipeline
        .iter()
        .filter(|hop| hop.kind() == BackendKind::Exporter)
        .collect();
    let has_it = |hop: &&&Arc<Backend>| case.state(hop.name()) == Some(RungState::Present);
    match all.iter().find(has_it) {
        Some(one) if all.len() > 1 => vec![*one],
        _ => all,
    }
}

/// Whether two URLs lead to the same host and port.
pub(crate) fn is_same_place(one: &Url, other: &Url) -> bool {
    one.host() == other.host() && one.port_or_known_default() == other.port_or_known_default()
}

/// Whether it is at the address of the pipeline's exporter, and another page than that one.
pub(crate) fn is_another_page(case: &Case<'_>, target: &Target) -> bool {
    let exporters = exporters(case);
    let [exporter] = exporters.as_slice() else {
        return false;
    };
    match (exporter.address(AddressKey::Url), Url::parse(&target.url)) {
        (Some(url), Ok(scraped)) => {
            is_same_place(&scraped, url) && url.path() != "/" && scraped.path() != url.path()
        }
        _ => false,
    }
}
