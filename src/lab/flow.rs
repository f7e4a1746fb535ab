//! How data goes through the pipeline: from pages to series, from series to what Receive holds, and on to Query.

use std::collections::BTreeSet;

use crate::lab::elsewhere;
use crate::lab::model::{Model, Own, Prometheus, Replica, StoreState, Target};
use crate::lab::name_filter;
use crate::lab::receive_metrics;
use crate::lab::rules;
use crate::lab::scrape::of_targets;
use crate::lab::sender_metrics;
use crate::lab::sending::{Held, held_of, replica, sent_of};
use crate::lab::series::Series;

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

/// What a Prometheus sends: its series with external labels, after its write rules, and the tenant it sends as.
pub(crate) fn sent(model: &Model, prometheus: &Prometheus) -> Vec<Held> {
    sent_of(prometheus, scraped(model, prometheus), true)
}

/// What one replica of Receive holds, of all tenants.
pub(crate) fn held(model: &Model, replica: &Replica) -> Vec<Held> {
    held_of(model, replica, |prometheus| sent(model, prometheus))
}

/// What Query gets from the stores it asks: store labels lie over the labels of the series.
///
/// `only` restricts the stores by their address; `named` are the names that are asked for.
pub(crate) fn queried(
    model: &Model,
    only: &dyn Fn(&str) -> bool,
    named: &BTreeSet<String>,
) -> Vec<Series> {
    let mut all = Vec::new();
    for store in &model.query.stores {
        let listed = model.query.asking.listed(&store.address);
        if store.state != StoreState::Healthy || !only(listed) {
            continue;
        }
        let Some(replica) = replica(model, &store.address) else {
            continue;
        };
        for one in name_filter::passed(model, held(model, replica), named) {
            let mut series = one.series;
            series.labels.extend(replica.labels.clone());
            series.labels.insert("tenant_id".to_owned(), one.tenant);
            if !model.query.asking.is_hidden(&series.labels) {
                all.push(series);
            }
        }
    }
    all
}

/// What Query gets from stores that are no Receive, as of a time and in a resolution.
pub(crate) fn queried_elsewhere(
    model: &Model,
    only: &dyn Fn(&str) -> bool,
    (from_ms, resolution_ms): (i64, i64),
) -> Vec<Series> {
    let of_cluster = |cluster: &str| {
        let prometheus = model.prometheus(cluster);
        prometheus.map_or_else(Vec::new, |one| scraped(model, one))
    };
    let others = model.query.asking.others.iter();
    others
        .filter(|store| only(&store.address) && store.is_asked(from_ms, resolution_ms))
        .flat_map(|store| elsewhere::series(store, model, of_cluster))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
        let series = queried(&model, &|_| true, &BTreeSet::new());
        assert!(!series.is_empty());
        assert!(series.iter().all(|one| one.labels.contains_key("tenant_id")
            && one.labels.contains_key("receive_replica")));
        assert!(queried(&model, &|_| false, &BTreeSet::new()).is_empty());
    }
}
