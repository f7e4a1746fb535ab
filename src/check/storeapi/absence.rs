//! Whether an empty answer of a store proves absence: what it says of itself must leave no room for doubt.

use std::time::Duration;

use crate::ask::Ask;
use crate::backend::answer::StoreInfo;
use crate::backend::{Backend, BackendKind};
use crate::check::at_store::{TENANT_LABEL, replaced};
use crate::check::completeness::{Asked, Completeness, completeness};
use crate::leaves::{Matcher, Selector, Timestamp, words};

/// Why an empty answer proves nothing, and what to do.
pub(crate) type Doubt = (String, String);

/// What the store says of itself that makes its empty answer no proof.
pub(crate) fn doubt_by_info(
    hop: &Backend,
    info: &StoreInfo,
    tenant: Option<&str>,
    (back, now): (Duration, Timestamp),
) -> Option<Doubt> {
    let name = hop.name();
    let doubt = |why: String, help: &str| Some((why, help.to_owned()));
    if info.serving == Some(false) {
        return doubt(
            format!("{name} is not ready: its health service says NOT_SERVING"),
            "Wait until it is ready, or let the check poll with `within:`.",
        );
    }
    let (Some(min), Some(max)) = (info.min_time, info.max_time) else {
        return doubt(
            format!("{name} serves no StoreAPI, as its Info says"),
            "Ask a component that does: Receive, sidecar, store gateway, rule or Query.",
        );
    };
    if info.label_sets.is_empty() && hop.kind() == BackendKind::ThanosQuery {
        return doubt(
            format!("{name} knows no store: it tells no label sets"),
            "Look at its `--endpoint` flags and at `/api/v1/stores`.",
        );
    }
    if info.label_sets.is_empty() && hop.kind() == BackendKind::ThanosReceive {
        return doubt(
            format!("{name} tells no label sets: it only routes, or it has no tenant yet"),
            "Ask a Receive that ingests: give the address of an ingestor as `grpc`.",
        );
    }
    let from = now
        .0
        .saturating_sub(i64::try_from(back.as_millis()).unwrap_or(i64::MAX));
    // An empty store has times that exclude each other (2^63-1 and -2^63), which is no limit of what it covers.
    if max < from && min <= max {
        return doubt(
            format!(
                "{name} covers nothing of the last {}: its data ends at {}",
                words::age(now.0.saturating_sub(from)),
                Timestamp(max)
            ),
            "Give a longer `window`, or ask the store that holds recent data.",
        );
    }
    let tells_tenants = |set: &crate::leaves::Labels| !set.value(TENANT_LABEL).is_empty();
    if tenant.is_some() && !info.label_sets.iter().any(tells_tenants) {
        return doubt(
            format!("{name} tells no tenants: none of its label sets has `{TENANT_LABEL}`"),
            "Leave `tenant` out, or match on the label that `--receive.tenant-label-name` gives.",
        );
    }
    None
}

/// A label by which the sender is known, and which the store replaces on all that it shows: it may hold the sender's series.
pub(crate) fn doubt_by_labels(
    hop: &Backend,
    info: &StoreInfo,
    (written, asked): (&Selector, &Selector),
) -> Option<Doubt> {
    let name = hop.name();
    let added =
        |matcher: &&Matcher| matcher.name != TENANT_LABEL && !written.matchers.contains(matcher);
    asked.matchers.iter().filter(added).find_map(|matcher| {
        let own = replaced(matcher, &info.label_sets)?;
        let label = &matcher.name;
        Some((
            format!("`{matcher}`, by which the series of this sender are known, does not reach {name}, which gives `{label}={own:?}` to all that it shows: whose series it holds cannot be told"),
            format!("Say with `identity:` by which other label the series of this sender are known, or match on `{label}` in the check."),
        ))
    })
}

/// At a Query: the stores that it may have left out without a word.
pub(crate) async fn doubt_by_stores(
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    back: Duration,
    server_now: Timestamp,
) -> Option<Doubt> {
    let asked = Asked {
        selector: Some(selector),
        back,
        server_now,
    };
    match completeness(ask, hop, asked).await {
        Completeness::Whole(_) => None,
        Completeness::Half { why, help } => Some((why, help)),
    }
}
