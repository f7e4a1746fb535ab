//! What leaves a Prometheus, and what a replica of Receive makes of it.

use crate::lab::model::{DEFAULT_TENANT, Model, Prometheus, Replica, WriteRule};
use crate::lab::refusals::tenant_of;
use crate::lab::runtime::process_start;
use crate::lab::scrape::plain;
use crate::lab::series::{Ended, ONLY_ONE, Series};
use crate::lab::version::ThanosVersion;

/// A series in the head of one replica of Receive.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The tenant it was written under.
    pub tenant: String,
    /// The series with the labels it was written with.
    pub series: Series,
}

/// A place on the way out of a Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Upto {
    /// In the queue.
    Queued,
    /// Out of the queue, taken or refused.
    Left,
    /// Taken by the receiver.
    Taken,
}

/// What becomes of these series on their way out; `stuck` says whether what holds the queue up is looked at.
pub(crate) fn sent_of(prometheus: &Prometheus, series: Vec<Series>, stuck: bool) -> Vec<Held> {
    let upto = if stuck { Upto::Taken } else { Upto::Queued };
    sent_upto(prometheus, series, upto)
}

/// Whether the rules of the block let a series through, of which they may change the labels.
pub(crate) fn is_kept(prometheus: &Prometheus, series: &Series) -> bool {
    let mut series = series.clone();
    add_external(prometheus, &mut series);
    relabelled(&prometheus.remote_write.rules, &mut series)
}

/// Whether the samples of a series are too old for the block when their turn comes.
pub(crate) fn is_too_old(prometheus: &Prometheus, series: &Series) -> bool {
    let limit_ms = prometheus.remote_write.queueing.age_limit_ms;
    limit_ms.is_some_and(|limit_ms| series.arrival.late_ms > limit_ms)
}

fn add_external(prometheus: &Prometheus, series: &mut Series) {
    for (label, value) in &prometheus.external_labels {
        series
            .labels
            .entry(label.clone())
            .or_insert_with(|| value.clone());
    }
}

/// What becomes of these series until that place.
pub(crate) fn sent_upto(prometheus: &Prometheus, series: Vec<Series>, upto: Upto) -> Vec<Held> {
    let write = &prometheus.remote_write;
    let queueing = &write.queueing;
    if queueing.unconfigured {
        return Vec::new();
    }
    // A queue sends nothing from before it began; what an earlier process sent is another matter.
    let began_ms = process_start(prometheus).max(queueing.since_ms.unwrap_or(i64::MIN));
    let tenant = tenant_of(prometheus);
    let mut all = Vec::new();
    for mut series in series {
        // Without `send_native_histograms` they do not even come into the queue.
        if series.native().is_some() {
            continue;
        }
        add_external(prometheus, &mut series);
        if is_too_old(prometheus, &series) || !relabelled(&write.rules, &mut series) {
            continue;
        }
        if series.every_ms == ONLY_ONE {
            series.begin(began_ms);
        } else if let Some(since_ms) = queueing.since_ms {
            series.begin(since_ms);
        }
        series.arrival.hole = queueing.forgot;
        if upto >= Upto::Left {
            series.arrival.slow = queueing.slow;
        }
        let stuck = write.stuck_since_ms.filter(|_| upto >= Upto::Left);
        let refused = queueing.refused_since_ms.filter(|_| upto >= Upto::Taken);
        for at_ms in stuck.into_iter().chain(refused) {
            series.end(Ended {
                at_ms,
                marker: false,
            });
        }
        all.push(Held {
            tenant: tenant.to_owned(),
            series,
        });
    }
    all
}

fn relabelled(rules: &[WriteRule], series: &mut Series) -> bool {
    for rule in rules {
        match rule {
            WriteRule::DropPrefix(prefix) => {
                if series.name().starts_with(prefix) {
                    return false;
                }
            }
            WriteRule::DropLabel(label) => {
                series.labels.remove(label);
            }
            WriteRule::Replace {
                metric,
                label,
                value,
            } => {
                if series.name() == metric {
                    series.labels.insert(label.clone(), value.clone());
                }
            }
        }
    }
    true
}

/// What one replica of Receive holds of plain series: without servers' own metrics, and what rules recorded.
pub(crate) fn plainly_held(model: &Model, replica: &Replica) -> Vec<Held> {
    held_of(model, replica, |prometheus| {
        sent_of(prometheus, plain(prometheus), true)
    })
}

/// What one replica of Receive holds of what each sender sends.
pub(crate) fn held_of(
    model: &Model,
    replica: &Replica,
    sent: impl Fn(&Prometheus) -> Vec<Held>,
) -> Vec<Held> {
    let mut all = Vec::new();
    let taking = &model.receive.taking;
    if taking.routes_only {
        return all;
    }
    for prometheus in &model.prometheus {
        for mut one in sent(prometheus) {
            let name = one.series.name();
            let lacks = replica
                .lacks
                .iter()
                .any(|(cluster, metric)| *cluster == prometheus.cluster && metric == name);
            if !lacks && !model.receive.drops.contains(name) {
                taking.filed(&prometheus.cluster, &mut one.series, &mut one.tenant);
                if let Some(at_ms) = taking.emptied_ms {
                    one.series.begin(at_ms);
                }
                put(&mut all, one);
            }
        }
    }
    all
}

/// One more series in a head. Of two senders of the same one it holds what comes from the one that is not refused.
fn put(all: &mut Vec<Held>, one: Held) {
    let is_same =
        |other: &&mut Held| other.tenant == one.tenant && other.series.labels == one.series.labels;
    match all.iter_mut().find(is_same) {
        Some(other) if other.series.ended.is_some() => *other = one,
        Some(_) => {}
        None => all.push(one),
    }
}

/// The tenants a replica has a database for. Since some version the default one is there from the start.
pub(crate) fn tenants(version: ThanosVersion, held: &[Held]) -> Vec<String> {
    let mut all: Vec<String> = held.iter().map(|one| one.tenant.clone()).collect();
    if version.has_default_tenant() {
        all.push(DEFAULT_TENANT.to_owned());
    }
    all.sort();
    all.dedup();
    all
}

/// The replica of Receive behind a store's address.
pub(crate) fn replica<'a>(model: &'a Model, address: &str) -> Option<&'a Replica> {
    model
        .receive
        .replicas
        .iter()
        .find(|replica| replica.address == address)
}
