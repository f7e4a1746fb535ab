//! Query shows the series of one tenant only, and these belong to another.

use crate::backend::{Capability, Hop, names_a_tenant};
use crate::check::only_tenant;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::same_series::{Same, same_series};
use crate::leaves::words;

/// Tenants that are tried, at most.
const TRIED: usize = 3;

/// Asks Query as the tenants that may hold the series.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(query) = case.query() else {
        return Found::ruled_out("no Thanos Query is on the way");
    };
    let name = query.name();
    let told = match case.ask.flags(query).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "whether {name} enforces tenancy its flags say: {}",
                failure.what
            ));
        }
    };
    let flag = |name: &str| told.value.0.get(name).filter(|value| !value.is_empty());
    let Some(only) = only_tenant(&told.value, query.hop.tenant.as_deref()) else {
        return Found::ruled_out(format!(
            "{name} shows every tenant (`--query.enforce-tenancy` is not set)"
        ))
        .shown_by([told.n]);
    };
    let label = flag("query.tenant-label-name").map_or("tenant_id", String::as_str);
    let sight = case.station(name).map(|station| &station.sight);
    // Where only another tenant is shown, nobody asked for the metric yet.
    let selector = sight
        .and_then(|sight| sight.asked.as_ref().or(sight.tried.as_ref()))
        .unwrap_or(&case.metric.metric);
    let selector = selector.clone().without(label);
    let mut tenants = tenants(case, label).await;
    tenants.retain(|tenant| *tenant != only);
    let says = format!("{name} enforces tenancy and shows only tenant `{only}`");
    let mut failed = None;
    for tenant in tenants.iter().take(TRIED) {
        let hop = Hop {
            tenant: Some(tenant.clone()),
            tenant_header: flag("query.tenant-header")
                .cloned()
                .or(query.hop.tenant_header.clone()),
            ..query.hop.clone()
        };
        let other = case.ask.meet(hop);
        let count = match case.ask.count(&other, &selector).await {
            Ok(count) => count,
            Err(failure) => {
                failed = failed.or(Some(failure.what));
                continue;
            }
        };
        if count.value.series == 0 {
            continue;
        }
        let says = format!("{says}; as tenant `{tenant}` the same Query shows the series");
        let found = match same_series(case, &other, &selector, label, Default::default()).await {
            Ok(Same::Yes(_, evidence)) => Found::proven(says).shown_by(evidence),
            // The identity of the sender is in the selector.
            Ok(Same::NoWitness) if selector != case.metric.metric.clone().without(label) => {
                Found::proven(says)
            }
            Ok(Same::No(_)) => Found::possible(format!(
                "{says}, or series that are much alike: not the ones that a hop before has"
            )),
            Ok(Same::NoWitness) | Err(_) => Found::likely(says),
        };
        let found = found.shown_by([told.n, count.n]);
        return match next::query(&other, &selector.to_string()) {
            Some(command) => found.next(command),
            None => found,
        };
    }
    let tried: Vec<String> = tenants
        .iter()
        .take(TRIED)
        .map(|tenant| format!("`{tenant}`"))
        .collect();
    match (tried.is_empty(), failed) {
        (true, _) => Found::possible(format!(
            "{says}; no other tenant is known that could hold the series"
        )),
        (_, Some(why)) => Found::possible(format!(
            "{says}; as another tenant it could not be asked: {why}"
        )),
        (_, None) => Found::possible(format!(
            "{says}; as {} it shows no such series either, so that at least something else hides it, too",
            words::list(&tried)
        )),
    }
    .shown_by([told.n])
}

/// Tenants that may hold the series: those whose head holds the name, the one that the check names, the one that the sender's header
/// names, and those that stores advertise.
async fn tenants(case: &Case<'_>, label: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if let (Some(receive), Some(name)) = (case.receive(), case.name())
        && receive.answers(Capability::TsdbStatus).is_some()
        && let Ok(told) = case.ask.tsdb_status(receive).await
    {
        let heads = told.value.0.iter();
        found.extend(
            heads
                .filter(|head| head.series_of(name).is_some_and(|series| series > 0))
                .map(|head| head.tenant.clone()),
        );
    }
    found.extend(case.metric.tenant.clone());
    if let Some(sender) = case.sender()
        && let Ok(told) = case.ask.config(sender).await
    {
        let headers = told
            .value
            .remote_write
            .iter()
            .flat_map(|block| &block.headers);
        found.extend(
            headers
                .filter(|(header, _)| names_a_tenant(header))
                .map(|(_, tenant)| tenant.clone()),
        );
    }
    if let Some(query) = case.query()
        && let Ok(told) = case.ask.stores(query).await
    {
        let sets = told.value.0.iter().flat_map(|store| &store.label_sets);
        found.extend(
            sets.map(|set| set.value(label).to_owned())
                .filter(|tenant| !tenant.is_empty()),
        );
    }
    let mut unique = Vec::new();
    for tenant in found {
        if !unique.contains(&tenant) {
            unique.push(tenant);
        }
    }
    unique
}
