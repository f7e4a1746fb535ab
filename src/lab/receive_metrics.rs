//! The metrics of a replica of Thanos Receive about itself: what was written to it, by tenant.
//!
//! Samples of servers' own metrics are not counted, as at the senders.

use std::sync::Arc;

use crate::lab::measure::Measure;
use crate::lab::meter::{Meter, number};
use crate::lab::model::{DEFAULT_TENANT, Model};
use crate::lab::moment::seconds;
use crate::lab::refusals;
use crate::lab::sending::{plainly_held, tenants};
use crate::lab::series::{Labels, Series, labels};
use crate::lab::version::ThanosVersion;

/// The upper bounds of the histogram of samples a write.
const BOUNDS: [&str; 8] = ["10", "50", "100", "500", "1000", "5000", "10000", "+Inf"];

/// A count of a head at a moment.
type CountOf = dyn Fn(&Head, i64) -> i64 + Send + Sync;

/// One tenant's head.
struct Head {
    series: Vec<Series>,
}

impl Head {
    /// One write an interval brings all series that are there.
    fn writes(&self, at_ms: i64) -> i64 {
        let counts = self.series.iter().map(|one| one.count(at_ms));
        counts.max().unwrap_or(0)
    }

    fn samples(&self, at_ms: i64) -> i64 {
        self.series.iter().map(|one| one.count(at_ms)).sum()
    }

    fn newest(&self, at_ms: i64) -> i64 {
        let newest = self.series.iter().filter_map(|one| one.newest(at_ms));
        newest.map(|(time, _)| time).max().unwrap_or(i64::MIN)
    }

    fn size(&self, at_ms: i64) -> i64 {
        let there = self.series.iter().filter(|one| one.count(at_ms) > 0);
        i64::try_from(there.count()).unwrap_or(i64::MAX)
    }
}

/// Two hours before the lab unless it was started again, and each replica a second after the one before.
fn began(model: &Model, replica: usize) -> i64 {
    let first_ms = model.started_ms - 7_200_000;
    model.receive.taking.emptied_ms.unwrap_or(first_ms) + i64::try_from(replica).unwrap_or(0) * 1000
}

/// All of them; none for a replica that is not there.
pub(crate) fn meters(model: &Model, replica: usize) -> Vec<Meter> {
    let Some(held) = model.receive.replicas.get(replica) else {
        return Vec::new();
    };
    let version = model.receive.version;
    let held = plainly_held(model, held);
    let heads: Vec<(String, Arc<Head>)> = tenants(version, &held)
        .into_iter()
        .map(|tenant| {
            let of_tenant = held.iter().filter(|one| one.tenant == tenant);
            let series = of_tenant.map(|one| one.series.clone()).collect();
            (tenant, Arc::new(Head { series }))
        })
        .collect();
    let each =
        |labels: &dyn Fn(&str) -> Labels, of: fn(&Head, i64) -> i64| -> Vec<(Labels, Measure)> {
            heads
                .iter()
                .map(|(tenant, head)| {
                    let head = Arc::clone(head);
                    let value = Measure::shown(move |at_ms| number(of(&head, at_ms)));
                    (labels(tenant), value)
                })
                .collect()
        };
    let of_tenant = |tenant: &str| labels(&[("tenant", tenant)]);
    let of_requests = |tenant: &str| {
        // The oldest names the tenant of the header, which the default one has not.
        let shown = match version {
            ThanosVersion::V0_31 if tenant == DEFAULT_TENANT => "",
            _ => tenant,
        };
        labels(&[
            ("code", "200"),
            ("handler", "receive"),
            ("method", "post"),
            ("tenant", shown),
        ])
    };
    let mut requests = each(&of_requests, Head::writes);
    requests.extend(refusals::answers(model, |tenant, code| {
        let mut all = of_requests(tenant);
        all.insert("code".to_owned(), code);
        all
    }));
    let mut all = vec![
        Meter::several(
            "http_requests_total",
            "counter",
            "Tracks the number of HTTP requests.",
            requests,
        ),
        start(began(model, replica)),
        Meter::several(
            "prometheus_tsdb_head_max_time",
            "gauge",
            "Maximum timestamp of the head block. The unit is decided by the library consumer.",
            each(&of_tenant, Head::newest),
        ),
        Meter::several(
            "prometheus_tsdb_head_series",
            "gauge",
            "Total number of series in the head block.",
            each(&of_tenant, Head::size),
        ),
        build(version),
        Meter::one(
            "thanos_receive_replication_factor",
            "gauge",
            "The number of times to replicate incoming write requests.",
            &Labels::new(),
            Measure::fixed(refusals::copies(model)),
        ),
        written(&heads),
    ];
    all.extend(refusals::meters(model));
    all
}

/// When a component of Thanos was started.
pub(crate) fn start(began_ms: i64) -> Meter {
    Meter::one(
        "process_start_time_seconds",
        "gauge",
        "Start time of the process since unix epoch in seconds.",
        &Labels::new(),
        Measure::fixed(seconds(began_ms)),
    )
}

/// The version, as every Thanos component shows it.
pub(crate) fn build(version: ThanosVersion) -> Meter {
    let (branch, revision, tags) = match version {
        ThanosVersion::V0_31 => ("", "HEAD", None),
        ThanosVersion::V0_36 => ("", "HEAD", Some("netgo")),
        ThanosVersion::V0_42 => ("HEAD", "45c4f3948", Some("netgo,slicelabels")),
    };
    let mut all = labels(&[
        ("branch", branch),
        ("goarch", "amd64"),
        ("goos", "linux"),
        ("goversion", "go1.26.8"),
        ("revision", revision),
        ("version", version.number()),
    ]);
    if let Some(tags) = tags {
        all.insert("tags".to_owned(), tags.to_owned());
    }
    Meter::one(
        "thanos_build_info",
        "gauge",
        "A metric with a constant '1' value labeled by version, revision, branch and goversion.",
        &all,
        Measure::fixed(1.0),
    )
}

/// The histogram of samples a write, by tenant; a tenant without a write is not in it.
fn written(heads: &[(String, Arc<Head>)]) -> Meter {
    let name = "thanos_receive_write_samples";
    let mut series = Vec::new();
    for (tenant, head) in heads {
        let base = labels(&[("code", "200"), ("tenant", tenant)]);
        let once = |of: Box<CountOf>| {
            let head = Arc::clone(head);
            Measure::new(move |at_ms| (head.writes(at_ms) > 0).then(|| number(of(&head, at_ms))))
        };
        for bound in BOUNDS {
            let mut all = base.clone();
            all.insert("le".to_owned(), bound.to_owned());
            let bound: i64 = bound.parse().unwrap_or(i64::MAX);
            let inside = move |head: &Head, at_ms: i64| {
                let writes = head.writes(at_ms);
                let average = head.samples(at_ms) / writes.max(1);
                if average <= bound { writes } else { 0 }
            };
            series.push((format!("{name}_bucket"), all, once(Box::new(inside))));
        }
        let (sum, count) = (once(Box::new(Head::samples)), once(Box::new(Head::writes)));
        series.push((format!("{name}_sum"), base.clone(), sum));
        series.push((format!("{name}_count"), base, count));
    }
    Meter {
        name: name.to_owned(),
        kind: "histogram",
        help: "The number of sampled received in the incoming write requests.",
        series,
    }
}
