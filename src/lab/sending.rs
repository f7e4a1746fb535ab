//! What leaves a Prometheus, and what a replica of Receive makes of it.

use crate::lab::model::{DEFAULT_TENANT, Model, Prometheus, Replica, WriteRule};
use crate::lab::receiving::tenant_of;
use crate::lab::scrape::plain;
use crate::lab::series::{Ended, Series};
use crate::lab::version::ThanosVersion;

/// A series in the head of one replica of Receive.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The tenant it was written under.
    pub tenant: String,
    /// The series with the labels it was written with.
    pub series: Series,
}

/// What becomes of these series on their way out; `stuck` says whether what holds the queue up is looked at.
pub(crate) fn sent_of(prometheus: &Prometheus, series: Vec<Series>, stuck: bool) -> Vec<Held> {
    let write = &prometheus.remote_write;
    let tenant = tenant_of(prometheus);
    let ends = [write.stuck_since_ms, write.lost.map(|lost| lost.from_ms)];
    let ends = ends.into_iter().flatten().min();
    let mut all = Vec::new();
    for mut series in series {
        for (label, value) in &prometheus.external_labels {
            series
                .labels
                .entry(label.clone())
                .or_insert_with(|| value.clone());
        }
        if !relabelled(&write.rules, &mut series) {
            continue;
        }
        if let Some(at_ms) = ends.filter(|_| stuck) {
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
                all.push(one);
            }
        }
    }
    all
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
