//! `--receive.relabel-config`: the sender delivers, the writes are taken, and the series is nowhere.

use crate::backend::{BackendKind, Capability};
use crate::diagnose::accepting::refusals::ends;
use crate::diagnose::accepting::sent::{Since, TENANT_LABEL, is_same_but, sent, stored};
use crate::diagnose::accepting::taking::{Taking, sender_does};
use crate::diagnose::case::Case;
use crate::diagnose::figure::some;
use crate::diagnose::found::Found;
use crate::leaves::{Labels, RungState};

/// Says so where the series of this sender are held after all, whatever their tenant; or where other series of that name are, which
/// leaves it open.
async fn is_held(case: &Case<'_>) -> Option<Found> {
    // What is held may be what came before the samples ended.
    if case
        .stations
        .iter()
        .any(|one| one.sight.state == RungState::Stale)
    {
        return None;
    }
    let (sent, stored) = (sent(case).await.ok()?, stored(case, Since::Now).await.ok()?);
    let held = stored.series.iter().find(|stored| {
        let is_it = |sent: &Labels| {
            let open: Vec<&str> = sent.keys().map(String::as_str).collect();
            let lost: Vec<&str> = open
                .into_iter()
                .filter(|label| stored.value(label).is_empty())
                .collect();
            is_same_but(sent, stored, &lost)
        };
        sent.series.iter().any(is_it)
    })?;
    let tenant = held.value(TENANT_LABEL);
    Some(
        Found::ruled_out(format!("the series is held, for tenant `{tenant}`"))
            .shown_by(sent.evidence)
            .shown_by(stored.evidence),
    )
}

/// Over how many nodes Receive spreads what it takes, where not each of them holds all of it.
fn spread_over(taking: &Taking) -> Option<f64> {
    let most = |name: &str, label: &str| {
        let all = taking.last(name, label).into_iter();
        all.map(|(_, value)| value).reduce(f64::max)
    };
    let nodes = most("thanos_receive_hashring_nodes", "name")?;
    let copies = most("thanos_receive_replication_factor", "name").unwrap_or(1.0);
    (nodes > copies).then_some(nodes)
}

/// The same where Receive's own counters cannot be read: that the sender delivers says that the writes are taken.
async fn relabel_unseen(case: &Case<'_>, not_tested: Found) -> Found {
    let Some(hop) = case.receive() else {
        return not_tested;
    };
    if hop.answers(Capability::OwnMetrics).is_some() {
        return not_tested;
    }
    let sending = sender_does(case).await;
    let name = hop.name();
    if case.state(name) != Some(RungState::Absent) || !sending.is_well() {
        return not_tested;
    }
    if let Some(found) = is_held(case).await {
        return found;
    }
    Found::possible(format!(
        "the sender delivers to {name}, whose heads do not list the metric: its `--receive.relabel-config` may drop it, which no counter shows"
    ))
    .shown_by(sending.evidence)
}

/// Says so where a Query after Receive has the series, and it is not known that Receive lacks it.
fn is_at_query(case: &Case<'_>) -> Option<Found> {
    let query = case.query()?;
    let lacks_it = case.state(case.receive()?.name()) == Some(RungState::Absent);
    (case.state(query.name()) == Some(RungState::Present) && !lacks_it)
        .then(|| Found::ruled_out(format!("{} has it", query.name())))
}

/// `dropped-by-receive-relabel`: the sender delivers, the writes are taken, and the series is nowhere. Nothing tells Receive's rules
/// over HTTP, so it stays an inference.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    if let Some(found) = is_at_query(case) {
        return found;
    }
    let ends = match ends(case).await {
        Ok(ends) => ends,
        Err(found) => return relabel_unseen(case, found).await,
    };
    let name = ends.hop.name();
    let at_receive = case.state(name);
    if at_receive == Some(RungState::Present) && ends.hop.kind() == BackendKind::ThanosReceive {
        return Found::ruled_out(format!("{name} holds a series of that name"));
    }
    let taken = ends.writes(|code| code.starts_with('2'));
    if ends.sending.state.is_none() {
        return ends.shown(Found::not_tested(format!(
            "what is sent to {name} could not be told"
        )));
    }
    if !ends.sending.is_delivering() {
        return ends.shown(Found::not_tested(
            "the sender does not deliver, so that what relabelling would do cannot be seen",
        ));
    }
    if taken == 0.0 {
        return ends.shown(Found::possible(format!(
            "the sender delivers, yet {name} counts no write of tenant `{}` that it took: they go to another Receive, or are another tenant's there",
            ends.sending.tenant
        )));
    }
    if let Some(found) = is_held(case).await {
        return found;
    }
    let lacks = match at_receive {
        Some(RungState::Stale) => "the metric has no sample of late there",
        _ => "the metric is in none of its heads",
    };
    let says = format!(
        "the sender delivers, {name} took {} writes of tenant `{}`, and {lacks}: its `--receive.relabel-config` may drop it, which no counter shows",
        some(taken),
        ends.sending.tenant
    );
    if let Some(nodes) = spread_over(&ends.taking) {
        return ends.shown(Found::possible(format!(
            "{says}; or it is on another of the {nodes} nodes of its hashring"
        )));
    }
    ends.shown(match at_receive {
        Some(RungState::Absent) if ends.sending.is_well() => Found::likely(says),
        _ => Found::possible(says),
    })
}
