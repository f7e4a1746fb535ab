//! The writes that Receive refuses, and its metrics about them and about the hashrings and peers that are why.

use crate::lab::measure::Measure;
use crate::lab::meter::{Meter, number};
use crate::lab::model::{DEFAULT_TENANT, Model, Prometheus};
use crate::lab::receiving::{Refusing, Trouble};
use crate::lab::series::{Labels, labels};
use crate::lab::version::{PrometheusVersion, ThanosVersion};

/// Writes of a tenant that are answered with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The tenant.
    pub tenant: String,
    /// The status.
    pub code: u16,
    /// Since when.
    pub since_ms: i64,
    /// The distance between two of them.
    pub every_ms: i64,
    /// Samples in each.
    pub samples: i64,
    /// The trouble; none where no hashring takes the tenant, or it is not ready.
    pub what: Option<Refusing>,
}

impl Refused {
    /// How many there were.
    pub(crate) fn writes(&self, at_ms: i64) -> i64 {
        match at_ms < self.since_ms {
            true => 0,
            false => (at_ms - self.since_ms) / self.every_ms.max(1) + 1,
        }
    }
}

/// How long a sender waits before it tries again.
const AGAIN_MS: i64 = 5_000;

/// The tenant under which a Prometheus writes.
pub(crate) fn tenant_of(prometheus: &Prometheus) -> &str {
    match (&prometheus.remote_write.tenant, prometheus.version) {
        (Some(tenant), PrometheusVersion::V3_14) => tenant,
        _ => DEFAULT_TENANT,
    }
}

/// All writes that are refused, of whichever sender.
pub(crate) fn refused(model: &Model) -> Vec<Refused> {
    let taking = &model.receive.taking;
    let mut all = Vec::new();
    for prometheus in &model.prometheus {
        let tenant = tenant_of(prometheus);
        let mut put = |code: u16, since_ms: i64, what: Option<Refusing>| {
            let again = what.is_none_or(Refusing::is_tried_again);
            all.push(Refused {
                tenant: tenant.to_owned(),
                code,
                since_ms,
                every_ms: match again {
                    true => AGAIN_MS,
                    false => prometheus.scrape_interval_ms,
                },
                samples: 10,
                what,
            });
        };
        if let Some(since_ms) = taking.not_ready_since_ms {
            put(503, since_ms, None);
        } else if let Some(since_ms) = taking.takes_not(tenant) {
            put(500, since_ms, None);
        } else if let Some(trouble) = taking.trouble_of(&prometheus.cluster) {
            put(trouble.what.code(), trouble.since_ms, Some(trouble.what));
        }
    }
    all
}

/// The newest time in the head of a tenant, where that is ahead of the clock.
pub(crate) fn ahead(model: &Model, tenant: &str) -> Option<i64> {
    let newest = model
        .prometheus
        .iter()
        .filter(|one| tenant_of(one) == tenant)
        .filter_map(|one| match model.receive.taking.trouble_of(&one.cluster)? {
            Trouble {
                since_ms,
                what: Refusing::FromTheFuture(ahead_ms),
                ..
            } => Some(since_ms + ahead_ms),
            _ => None,
        });
    newest.max()
}

/// The counters of writes that were answered with an error, as `http_requests_total` has them.
pub(crate) fn answers(
    model: &Model,
    named: impl Fn(&str, String) -> Labels,
) -> Vec<(Labels, Measure)> {
    let mut all: Vec<(Labels, Vec<Refused>)> = Vec::new();
    for one in refused(model) {
        let labels = named(&one.tenant, one.code.to_string());
        match all.iter_mut().find(|(other, _)| *other == labels) {
            Some((_, same)) => same.push(one),
            None => all.push((labels, vec![one])),
        }
    }
    all.into_iter()
        .map(|(labels, same)| (labels, summed(same, Refused::writes)))
        .collect()
}

/// To how many Receives each series is written.
pub(crate) fn copies(model: &Model) -> f64 {
    let is_down = |one: &Refused| one.what == Some(Refusing::PeersDown);
    match refused(model).iter().any(is_down) {
        true => 3.0,
        false => 1.0,
    }
}

/// What else shows why writes are refused; nothing where none is.
pub(crate) fn meters(model: &Model) -> Vec<Meter> {
    let all = refused(model);
    let of = |is: &dyn Fn(Refusing) -> bool| -> Vec<Refused> {
        let fits = |one: &&Refused| one.what.is_some_and(is);
        all.iter().filter(fits).cloned().collect()
    };
    let mut meters = hashrings(model);
    let down = of(&|what| what == Refusing::PeersDown);
    if !down.is_empty() {
        for (name, help) in [
            (
                "thanos_receive_forward_requests_total",
                "The number of forward requests.",
            ),
            (
                "thanos_receive_replications_total",
                "The number of replication operations done by the receiver.",
            ),
        ] {
            let results = vec![
                (
                    labels(&[("result", "error")]),
                    summed(down.clone(), Refused::writes),
                ),
                (labels(&[("result", "success")]), Measure::fixed(480.0)),
            ];
            meters.push(Meter::several(name, "counter", help, results));
        }
    }
    let waits = of(&|what| what == Refusing::Overloaded);
    if !waits.is_empty() && model.receive.version >= ThanosVersion::V0_36 {
        meters.push(Meter::one(
            "thanos_receive_pending_write_requests",
            "gauge",
            "The number of pending write requests.",
            &Labels::new(),
            Measure::fixed(250.0),
        ));
    }
    let behind = of(&|what| matches!(what, Refusing::FromTheFuture(_) | Refusing::Twice));
    meters.extend(samples(
        "prometheus_tsdb_out_of_order_samples_total",
        "Total number of out of order samples ingestion failed attempts due to out of order being disabled.",
        behind,
    ));
    let old = of(&|what| what == Refusing::TooOld);
    meters.extend(samples(
        "prometheus_tsdb_out_of_bound_samples_total",
        "Total number of out of bound samples ingestion failed attempts with out of order support disabled.",
        old,
    ));
    meters
}

fn hashrings(model: &Model) -> Vec<Meter> {
    let rings = &model.receive.taking.hashrings;
    let each = |count: &dyn Fn(usize) -> f64| -> Vec<(Labels, Measure)> {
        rings
            .iter()
            .enumerate()
            .map(|(at, ring)| (labels(&[("name", &ring.name)]), Measure::fixed(count(at))))
            .collect()
    };
    if rings.is_empty() {
        return Vec::new();
    }
    let tenants = |at: usize| number(i64::try_from(rings[at].tenants.len()).unwrap_or(i64::MAX));
    vec![
        Meter::several(
            "thanos_receive_hashring_nodes",
            "gauge",
            "The number of nodes per hashring.",
            each(&|at| f64::from(rings[at].nodes)),
        ),
        Meter::several(
            "thanos_receive_hashring_tenants",
            "gauge",
            "The number of tenants per hashring.",
            each(&tenants),
        ),
    ]
}

fn samples(name: &str, help: &'static str, all: Vec<Refused>) -> Option<Meter> {
    let first = all.first()?;
    let of_tenant = labels(&[("tenant", &first.tenant), ("type", "float")]);
    let count = |one: &Refused, at_ms: i64| one.writes(at_ms) * one.samples;
    Some(Meter::one(
        name,
        "counter",
        help,
        &of_tenant,
        summed(all, count),
    ))
}

fn summed(all: Vec<Refused>, of: impl Fn(&Refused, i64) -> i64 + Send + Sync + 'static) -> Measure {
    Measure::shown(move |at_ms| number(all.iter().map(|one| of(one, at_ms)).sum()))
}

#[cfg(test)]
mod tests {
    use super::{ahead, answers, meters, refused};
    use crate::lab::incident;
    use crate::lab::receiving::{Hashring, Refusing, Trouble};
    use crate::lab::series::labels;

    #[test]
    fn what_is_refused_is_counted_with_its_status() {
        let mut model = incident::healthy(0);
        let named = |tenant: &str, code: String| labels(&[("code", &code), ("tenant", tenant)]);
        assert!(answers(&model, named).is_empty() && meters(&model).is_empty());
        model.receive.taking.troubles.push(Trouble {
            since_ms: -60_000,
            cluster: None,
            what: Refusing::PeersDown,
        });
        let counted = answers(&model, named);
        assert_eq!(counted.len(), 1);
        assert_eq!(counted[0].0["code"], "503");
        assert_eq!(
            (counted[0].1.at(-60_001), counted[0].1.at(0)),
            (Some(0.0), Some(26.0))
        );
        let names: Vec<String> = meters(&model).into_iter().map(|one| one.name).collect();
        assert_eq!(
            names,
            [
                "thanos_receive_forward_requests_total",
                "thanos_receive_replications_total"
            ]
        );
    }

    #[test]
    fn a_tenant_that_no_hashring_lists_is_refused_for_ever() {
        let mut model = incident::healthy(0);
        assert_eq!(refused(&model), []);
        model.receive.taking.hashrings.push(Hashring {
            name: "hard".to_owned(),
            tenants: vec!["team-a".to_owned()],
            nodes: 1,
            since_ms: -60_000,
        });
        let all = refused(&model);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].code, all[0].writes(0)), (500, 13));
        assert_eq!(all[0].writes(-60_001), 0);
    }

    #[test]
    fn a_trouble_of_one_cluster_is_not_another_s() {
        let mut model = incident::healthy(0);
        model.receive.taking.troubles.push(Trouble {
            since_ms: -60_000,
            cluster: Some("ops".to_owned()),
            what: Refusing::FromTheFuture(3_600_000),
        });
        let all = refused(&model);
        assert_eq!((all.len(), all[0].code), (1, 409));
        assert_eq!(ahead(&model, "default-tenant"), Some(3_540_000));
        assert_eq!(ahead(&model, "finops"), None);
    }
}
