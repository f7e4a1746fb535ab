//! What the servers say of themselves: flags, build, and how they run.

use serde_json::{Map, Value, json};

use crate::lab::flags;
use crate::lab::model::{Model, Prometheus, Store, StoreState, Target};
use crate::lab::moment::{rfc3339, rfc3339_seconds};
use crate::lab::version::{PrometheusVersion, ThanosVersion};

/// Flags of a Prometheus.
pub(crate) fn prometheus_flags(prometheus: &Prometheus) -> Value {
    let is_agent = prometheus.running.as_agent;
    let (all, flag, on) = match prometheus.version {
        PrometheusVersion::V2_42 => (flags::PROMETHEUS_2_42, "enable-feature", "agent"),
        PrometheusVersion::V3_14 => (flags::PROMETHEUS_3_14, "agent", "true"),
    };
    let mut all = listed(all);
    if is_agent {
        all[flag] = json!(on);
    }
    let takes_native = |target: &Target| target.scraping.native_histograms;
    if prometheus.version == PrometheusVersion::V2_42 && prometheus.targets.iter().any(takes_native)
    {
        let features = match is_agent {
            true => "agent,native-histograms",
            false => "native-histograms",
        };
        all["enable-feature"] = json!(features);
    }
    all
}

/// Flags of Query, with the stores it was told to ask.
pub(crate) fn query_flags(model: &Model) -> Value {
    let mut all = listed(&flags::of_query(model.query.version));
    let of = |strict: bool, further: &[&str]| {
        let mut stores: Vec<&str> = model
            .query
            .stores
            .iter()
            .filter(|store| (store.state == StoreState::StrictNeverReached) == strict)
            .map(|store| match &model.query.asking.behind {
                Some(behind) => behind.entry.as_str(),
                None => store.address.as_str(),
            })
            .collect();
        stores.extend(further);
        json!(stores.join(","))
    };
    let asking = &model.query.asking;
    let others = asking.others.iter().map(|other| other.address.as_str());
    let further: Vec<&str> = asking
        .names
        .iter()
        .map(String::as_str)
        .chain(others)
        .collect();
    all["endpoint"] = of(false, &further);
    all["endpoint-strict"] = of(true, &[]);
    let is_recent = model.query.version >= ThanosVersion::V0_36;
    if model.query.enforces_tenancy {
        all["query.enforce-tenancy"] = json!("true");
    }
    if let Some(tenant) = asking.default_tenant.as_ref().filter(|_| is_recent) {
        all["query.default-tenant-id"] = json!(tenant);
    }
    if let Some(lookback_ms) = asking.lookback_ms {
        all["query.lookback-delta"] = json!(format!("{}s", lookback_ms / 1000));
    }
    if let Some((label, value)) = asking.hides.as_ref().filter(|_| is_recent) {
        let rules = format!("- action: drop\n  source_labels: [{label}]\n  regex: {value}\n");
        all["selector.relabel-config"] = json!(rules);
    }
    let is_slow = |store: &Store| store.state == StoreState::Slow;
    if model.query.stores.iter().any(is_slow) {
        all["store.response-timeout"] = json!("5s");
    }
    all["query.replica-label"] = json!(model.query.replica_labels.join(","));
    all
}

fn listed(flags: &[(&str, &str)]) -> Value {
    let all: Map<String, Value> = flags
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    Value::Object(all)
}

/// Build of a Prometheus.
pub(crate) fn prometheus_build(version: PrometheusVersion) -> Value {
    match version {
        PrometheusVersion::V2_42 => json!({
            "version": version.number(),
            "revision": "2.42.0+ds-5+deb12u1",
            "branch": "debian/sid",
            "buildUser": "team+pkg-go@tracker.debian.org",
            "buildDate": "20260604-00:58:54",
            "goVersion": "go1.19.8",
        }),
        PrometheusVersion::V3_14 => json!({
            "version": version.number(),
            "revision": "d7598b7141",
            "branch": "HEAD",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "go1.26.8",
        }),
    }
}

/// Build of Thanos.
pub(crate) fn thanos_build(version: ThanosVersion) -> Value {
    let (revision, branch) = match version {
        ThanosVersion::V0_42 => ("45c4f3948", "HEAD"),
        _ => ("HEAD", ""),
    };
    json!({
        "version": version.number(),
        "revision": revision,
        "branch": branch,
        "buildUser": "",
        "buildDate": "",
        "goVersion": "go1.26.8",
    })
}

/// How a Prometheus runs.
pub(crate) fn prometheus_run(prometheus: &Prometheus, now_ms: i64) -> Value {
    let start_ms = process_start(prometheus);
    let mut data = json!({
        "startTime": rfc3339(start_ms),
        "CWD": "/prometheus",
        "reloadConfigSuccess": !prometheus.running.refused_reload,
        "lastConfigTime": rfc3339_seconds(prometheus.running.loaded(start_ms)),
        "corruptionCount": 0,
        "goroutineCount": 35,
        "GOMAXPROCS": 2,
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": "15d",
    });
    if prometheus.version == PrometheusVersion::V3_14 {
        data["GOGC"] = json!("75");
        data["GOMEMLIMIT"] = json!(22_748_851_814_i64);
        data["hostname"] = json!("prometheus-k8s-0");
        data["serverTime"] = json!(rfc3339(now_ms));
    }
    data
}

/// When a Prometheus was started: shortly before its first scrape, unless it was started again.
pub(crate) fn process_start(prometheus: &Prometheus) -> i64 {
    let first = prometheus.first_scrape_ms - 5_000;
    prometheus.running.restarted_ms.unwrap_or(first)
}

/// When Query was started: before the first Receive.
pub(crate) fn query_began(model: &Model) -> i64 {
    model.started_ms - 7_290_000
}

/// How Query runs.
pub(crate) fn query_run(model: &Model) -> Value {
    let mut data = json!({
        "startTime": rfc3339(query_began(model)),
        "CWD": "/",
        "goroutineCount": 20,
        "GOMAXPROCS": 2,
        "GOGC": "",
        "GODEBUG": "",
    });
    if model.query.version == ThanosVersion::V0_42 {
        data["GOMEMLIMIT"] = json!(i64::MAX);
    }
    data
}
