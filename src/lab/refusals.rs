//! The metrics of Receive about writes that it refuses, and about the hashrings and peers that are why.

use crate::lab::measure::Measure;
use crate::lab::meter::{Meter, number};
use crate::lab::model::Model;
use crate::lab::receiving::{Refused, Refusing, refused};
use crate::lab::series::{Labels, labels};
use crate::lab::version::ThanosVersion;

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
    let future = of(&|what| matches!(what, Refusing::FromTheFuture(_)));
    meters.extend(samples(
        "prometheus_tsdb_out_of_order_samples_total",
        "Total number of out of order samples ingestion failed attempts due to out of order being disabled.",
        future,
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
    use super::{answers, meters};
    use crate::lab::incident;
    use crate::lab::receiving::{Refusing, Trouble};
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
}
