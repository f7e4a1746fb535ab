//! How data goes through the pipeline: from pages to series, from series to what Receive holds, and on to Query.

use crate::lab::meter::Meter;
use crate::lab::model::{
    DEFAULT_TENANT, Model, Own, Prometheus, Replica, StoreState, Target, WriteRule,
};
use crate::lab::series::{Ended, Labels, NAME, Series, Value};
use crate::lab::version::{PrometheusVersion, ThanosVersion};
use crate::lab::{receive_metrics, rules, sender_metrics};

/// A series in the head of one replica of Receive.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The tenant it was written under.
    pub tenant: String,
    /// The series with the labels it was written with.
    pub series: Series,
}

/// What a Prometheus has in its database: the series of its targets' pages, those of the scrapes themselves, the metrics that servers
/// show of themselves, and what its rules record.
pub(crate) fn scraped(model: &Model, prometheus: &Prometheus) -> Vec<Series> {
    let own = |target: &Target| match target.shows {
        None => Vec::new(),
        Some(Own::Itself) => sender_metrics::meters(prometheus),
        Some(Own::Receive(n)) => receive_metrics::meters(model, n),
    };
    let mut all = of_targets(prometheus, own);
    all.extend(rules::recorded(prometheus));
    all
}

/// The same without what follows from it: servers' own metrics, and rules.
pub(crate) fn plain(prometheus: &Prometheus) -> Vec<Series> {
    of_targets(prometheus, |_| Vec::new())
}

fn of_targets(prometheus: &Prometheus, own: impl Fn(&Target) -> Vec<Meter>) -> Vec<Series> {
    prometheus
        .targets
        .iter()
        .filter(|target| !target.dropped)
        .flat_map(|target| of_target(prometheus, target, own(target)))
        .collect()
}

fn of_target(prometheus: &Prometheus, target: &Target, own: Vec<Meter>) -> Vec<Series> {
    let base = target.target_labels();
    let series = |labels: Labels, value: Value| Series {
        labels,
        since_ms: prometheus.first_scrape_ms,
        every_ms: prometheus.scrape_interval_ms,
        ended: None,
        value,
    };
    let mut found = Vec::new();
    let mut on_page = 0.0;
    let mut kept = 0.0;
    for family in &target.page {
        for (own, value) in &family.samples {
            on_page += 1.0;
            let value = if family.kind == "counter" {
                Value::Climbing { per_second: *value }
            } else {
                Value::Constant(*value)
            };
            let mut one = series(joined(&family.name, own, &base), value);
            for at_ms in [target.down_since_ms, family.gone_since_ms]
                .into_iter()
                .flatten()
            {
                one.end(Ended {
                    at_ms,
                    marker: true,
                });
            }
            if survives(target, &mut one) {
                kept += 1.0;
                found.push(one);
            }
        }
    }
    for (name, labels, value) in own.into_iter().flat_map(|meter| meter.series) {
        on_page += 1.0;
        let mut one = series(joined(&name, &labels, &base), Value::Measured(value));
        if let Some(at_ms) = target.down_since_ms {
            one.end(Ended {
                at_ms,
                marker: true,
            });
        }
        if survives(target, &mut one) {
            kept += 1.0;
            found.push(one);
        }
    }
    let since = target.down_since_ms;
    for (name, value) in [
        ("up", 1.0),
        ("scrape_duration_seconds", 0.000_87),
        ("scrape_samples_scraped", on_page),
        ("scrape_samples_post_metric_relabeling", kept),
        ("scrape_series_added", 0.0),
    ] {
        let value = since.map_or(Value::Constant(value), |at_ms| Value::Step {
            before: value,
            at_ms,
            after: 0.0,
        });
        found.push(series(joined(name, &Labels::new(), &base), value));
    }
    found
}

/// Labels of the page under those of the target: a page's label that collides becomes `exported_`.
fn joined(name: &str, own: &Labels, target: &Labels) -> Labels {
    let mut all = target.clone();
    // An empty value is no label.
    for (label, value) in own.iter().filter(|(_, value)| !value.is_empty()) {
        let label = if target.contains_key(label) {
            format!("exported_{label}")
        } else {
            label.clone()
        };
        all.insert(label, value.clone());
    }
    all.insert(NAME.to_owned(), name.to_owned());
    all
}

fn survives(target: &Target, series: &mut Series) -> bool {
    for rule in &target.drops {
        if rule.metric == series.name() {
            let Some(at_ms) = rule.since_ms else {
                return false;
            };
            series.end(Ended {
                at_ms,
                marker: true,
            });
        }
    }
    true
}

/// What a Prometheus sends: its series with external labels, after its write rules, and the tenant it sends as.
pub(crate) fn sent(model: &Model, prometheus: &Prometheus) -> Vec<Held> {
    sent_of(prometheus, scraped(model, prometheus), true)
}

/// What becomes of these series on their way out; `stuck` says whether what holds the queue up is looked at.
pub(crate) fn sent_of(prometheus: &Prometheus, series: Vec<Series>, stuck: bool) -> Vec<Held> {
    let write = &prometheus.remote_write;
    let tenant = match (&write.tenant, prometheus.version) {
        (Some(tenant), PrometheusVersion::V3_14) => tenant.clone(),
        _ => DEFAULT_TENANT.to_owned(),
    };
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
        if let Some(at_ms) = write.stuck_since_ms.filter(|_| stuck) {
            series.end(Ended {
                at_ms,
                marker: false,
            });
        }
        all.push(Held {
            tenant: tenant.clone(),
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

/// What one replica of Receive holds, of all tenants.
pub(crate) fn held(model: &Model, replica: &Replica) -> Vec<Held> {
    held_of(model, replica, |prometheus| sent(model, prometheus))
}

/// The same without servers' own metrics, and what rules recorded.
pub(crate) fn plainly_held(model: &Model, replica: &Replica) -> Vec<Held> {
    held_of(model, replica, |prometheus| {
        sent_of(prometheus, plain(prometheus), true)
    })
}

fn held_of(model: &Model, replica: &Replica, sent: impl Fn(&Prometheus) -> Vec<Held>) -> Vec<Held> {
    let mut all = Vec::new();
    for prometheus in &model.prometheus {
        for one in sent(prometheus) {
            let name = one.series.name();
            let lacks = replica
                .lacks
                .iter()
                .any(|(cluster, metric)| *cluster == prometheus.cluster && metric == name);
            if !lacks && !model.receive.drops.contains(name) {
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

/// What Query gets from the stores it asks: store labels lie over the labels of the series.
///
/// `only` restricts the stores by their address.
pub(crate) fn queried(model: &Model, only: &dyn Fn(&str) -> bool) -> Vec<Series> {
    let mut all = Vec::new();
    for store in &model.query.stores {
        if store.state != StoreState::Healthy || !only(&store.address) {
            continue;
        }
        let Some(replica) = replica(model, &store.address) else {
            continue;
        };
        for one in held(model, replica) {
            let mut series = one.series;
            series.labels.extend(replica.labels.clone());
            series.labels.insert("tenant_id".to_owned(), one.tenant);
            all.push(series);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::{held, queried, scraped, sent};
    use crate::lab::incident;
    use crate::lab::model::WriteRule;

    const COST: &str = "aws_cost_exporter_current_month_cost";

    #[test]
    fn a_page_s_label_yields_to_the_target_s() {
        let model = incident::healthy(0);
        let series = scraped(&model, &model.prometheus[0]);
        let cost = series
            .iter()
            .find(|one| one.name() == COST)
            .expect("the cost metric is scraped");
        assert_eq!(cost.labels["service"], "aws-cost-exporter");
        assert!(cost.labels.contains_key("exported_service"));
        assert!(
            !cost.labels.contains_key("cluster"),
            "external labels are not stored"
        );
    }

    #[test]
    fn external_labels_lose_to_a_label_of_the_series() {
        let mut model = incident::healthy(0);
        let ops = &mut model.prometheus[0];
        ops.external_labels
            .insert("namespace".to_owned(), "elsewhere".to_owned());
        let cost = sent(&model, &model.prometheus[0])
            .into_iter()
            .find(|one| one.series.name() == COST)
            .expect("the cost metric is sent");
        assert_eq!(cost.series.labels["namespace"], "finops");
        assert_eq!(cost.series.labels["cluster"], "ops");
    }

    #[test]
    fn write_rules_run_before_receive() {
        let mut model = incident::healthy(0);
        for one in &mut model.prometheus {
            one.remote_write
                .rules
                .push(WriteRule::DropPrefix("aws_".to_owned()));
        }
        let head = held(&model, &model.receive.replicas[0]);
        assert!(!head.is_empty());
        assert!(
            head.iter()
                .all(|one| !one.series.name().starts_with("aws_"))
        );
    }

    #[test]
    fn query_sees_tenant_and_replica_as_labels() {
        let model = incident::healthy(0);
        let series = queried(&model, &|_| true);
        assert!(!series.is_empty());
        assert!(series.iter().all(|one| one.labels.contains_key("tenant_id")
            && one.labels.contains_key("receive_replica")));
        assert!(queried(&model, &|_| false).is_empty());
    }
}
