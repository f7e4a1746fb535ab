//! The way of a series from a Prometheus to a hop, as far as it changes labels: external labels where the series has none of that
//! name, `write_relabel_configs`, Receive's own labels and tenant, Query's deduplication. In that order; nothing is asked here.

use std::collections::BTreeSet;

use crate::backend::answer::{LoadedConfig, RemoteWrite, Stores};
use crate::check::forecast::arrival::{Arrival, By, Forecast, Step};
use crate::leaves::Labels;
use crate::leaves::relabel::{Change, Dialect, Reading, RefusedRule, RelabelRules, Relabelled};

/// The way, in the order of the stations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    /// Each Prometheus that sends it on.
    pub(crate) legs: Vec<Leg>,
    /// What Receive does to it, where it passes one.
    pub(crate) receive: Option<AtReceive>,
    /// Labels that Query removes.
    pub(crate) dedup: Vec<String>,
}

/// A Prometheus that sends it on.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    /// Its name in the suite.
    sender: String,
    external: Labels,
    /// External labels whose value is made from the environment: shown as written, sent otherwise.
    open: BTreeSet<String>,
    rules: RelabelRules,
    has_rules: bool,
    relabels: bool,
}

/// What Receive does to the labels of what it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AtReceive {
    /// Its `--label`s, which win.
    pub(crate) labels: Labels,
    /// Labels that some have, or have with different values.
    pub(crate) open: BTreeSet<String>,
    /// The label of the tenant.
    pub(crate) tenant_label: String,
    /// The tenants that have data.
    pub(crate) tenants: BTreeSet<String>,
    /// The label that becomes the tenant and is removed, where one does.
    pub(crate) split: Option<String>,
}

/// Whether the rules of a block may change labels, and not only drop series.
pub(crate) fn changes_labels(block: &RemoteWrite) -> bool {
    block.write_relabel_configs.iter().any(|rule| {
        let action = rule.action.as_deref().unwrap_or_default().to_lowercase();
        !["keep", "drop", "keepequal", "dropequal"].contains(&action.as_str())
    })
}

impl Leg {
    /// The leg that this block of a loaded configuration makes.
    pub(crate) fn new(
        sender: &str,
        config: &LoadedConfig,
        block: &RemoteWrite,
        dialect: Dialect,
    ) -> Result<Self, RefusedRule> {
        let dialect = if config.legacy_names {
            dialect.with_legacy_names()
        } else {
            dialect
        };
        let rules = &block.write_relabel_configs;
        let (external, open) = config
            .external_labels
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .partition::<Vec<_>, _>(|(_, value)| !value.contains('$'));
        Ok(Self {
            sender: sender.to_owned(),
            external: external.into_iter().collect(),
            open: open.into_iter().map(|(name, _)| name).collect(),
            rules: RelabelRules::new(rules, Reading::Loaded, dialect)?,
            has_rules: !rules.is_empty(),
            relabels: changes_labels(block),
        })
    }

    /// Whether rules look at labels of which some cannot be known: then nothing is foretold.
    pub(crate) fn is_uncertain(&self) -> bool {
        !self.open.is_empty() && self.has_rules
    }

    fn pass(&self, mut arrival: Arrival) -> Forecast {
        for label in &self.open {
            if arrival.labels.value(label).is_empty() {
                arrival.open.insert(label.clone());
            }
        }
        let before = arrival.labels.clone();
        for (label, value) in self.external.iter() {
            match arrival.labels.value(label) {
                "" => arrival.set(label, Some(value), By::External(self.sender.clone())),
                own if own != value => arrival.steps.push(Step {
                    label: label.clone(),
                    was: Some(value.clone()),
                    now: Some(own.to_owned()),
                    by: By::Own(self.sender.clone()),
                }),
                _ => {}
            }
        }
        let done = self.rules.relabel_with(&before, self.external.iter());
        for step in &done.trace {
            let by = By::Rule(self.sender.clone(), step.rule + 1);
            for change in &step.changes {
                match change {
                    Change::Set { label, value, .. } => {
                        arrival.set(label, Some(value), by.clone());
                    }
                    Change::Removed { label, .. } => arrival.set(label, None, by.clone()),
                }
            }
        }
        match done.outcome {
            Relabelled::Kept(labels) => {
                arrival.labels = labels;
                Forecast::Arrives(arrival)
            }
            Relabelled::Dropped { rule } => match done.trace.into_iter().find(|s| s.rule == rule) {
                Some(step) => Forecast::Dropped {
                    sender: self.sender.clone(),
                    step: Box::new(step),
                },
                None => Forecast::Arrives(arrival),
            },
        }
    }
}

impl AtReceive {
    /// What the Receives that a Query lists have in common, as their label sets say: a `--label` that all have is on everything.
    pub(crate) fn of_stores(stores: &Stores, tenant_label: &str) -> Option<Self> {
        let sets = stores
            .0
            .iter()
            .filter(|store| store.component == "receive")
            .flat_map(|store| &store.label_sets);
        Self::of_label_sets(sets, tenant_label)
    }

    /// The same of label sets, one a tenant of each Receive.
    pub(crate) fn of_label_sets<'a>(
        sets: impl Iterator<Item = &'a Labels>,
        tenant_label: &str,
    ) -> Option<Self> {
        let sets: Vec<&Labels> = sets.collect();
        let first = sets.first()?;
        let mut found = Self {
            tenant_label: tenant_label.to_owned(),
            ..Self::default()
        };
        for (label, value) in sets.iter().flat_map(|set| set.iter()) {
            if label == tenant_label {
                found.tenants.insert(value.clone());
            } else if sets
                .iter()
                .all(|set| set.value(label) == first.value(label))
            {
                found.labels.insert(label.clone(), value.clone());
            } else {
                found.open.insert(label.clone());
            }
        }
        Some(found)
    }

    fn pass(&self, arrival: &mut Arrival) {
        let split = self.split.as_deref().and_then(|label| {
            let tenant = arrival.labels.get(label).cloned()?;
            arrival.set(label, None, By::SplitTenant);
            Some(tenant)
        });
        for (label, value) in self.labels.iter() {
            arrival.set(label, Some(value), By::ReceiveLabel);
        }
        arrival.open.extend(self.open.iter().cloned());
        let only = (self.tenants.len() == 1).then(|| self.tenants.first().cloned());
        match split.or_else(|| only.flatten()) {
            Some(tenant) => arrival.set(&self.tenant_label, Some(&tenant), By::Tenant),
            None => {
                arrival.open.insert(self.tenant_label.clone());
            }
        }
    }
}

impl Way {
    /// Whether rules on the way may change labels, and not only drop series.
    pub(crate) fn relabels(&self) -> bool {
        self.legs.iter().any(|leg| leg.relabels)
    }

    /// What becomes of a series with these labels.
    pub(crate) fn foretell(&self, labels: &Labels) -> Forecast {
        let mut arrival = Arrival {
            labels: labels.clone(),
            ..Arrival::default()
        };
        for leg in &self.legs {
            match leg.pass(arrival) {
                Forecast::Arrives(passed) => arrival = passed,
                dropped @ Forecast::Dropped { .. } => return dropped,
            }
        }
        if let Some(receive) = &self.receive {
            receive.pass(&mut arrival);
        }
        for label in &self.dedup {
            arrival.hide(label);
        }
        Forecast::Arrives(arrival)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::backend::{prometheus, thanos};

    /// The body of a recorded answer.
    macro_rules! recorded {
        ($name:literal) => {{
            let file: Value = serde_json::from_str(include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/recorded/",
                $name,
                ".json"
            )))
            .unwrap();
            file["response"]["body"].as_str().unwrap().to_owned()
        }};
    }

    fn config(body: &str) -> LoadedConfig {
        prometheus::parse_config(200, "application/json", body.as_bytes()).unwrap()
    }

    fn stores(body: &str) -> Stores {
        thanos::parse_stores(200, "application/json", body.as_bytes()).unwrap()
    }

    fn leg(config: &LoadedConfig, version: &str) -> Leg {
        let dialect = Dialect::of(version).unwrap();
        Leg::new("prom", config, &config.remote_write[0], dialect).unwrap()
    }

    fn with_rules(external: &[(&str, &str)], rules: Value) -> Leg {
        let config = LoadedConfig {
            external_labels: external.iter().copied().collect(),
            remote_write: vec![RemoteWrite {
                url: "http://receive:19291/api/v1/receive".into(),
                write_relabel_configs: serde_json::from_value(rules).unwrap(),
                ..RemoteWrite::default()
            }],
            ..LoadedConfig::default()
        };
        leg(&config, "3.14.0")
    }

    fn arrival(way: &Way, labels: &[(&str, &str)]) -> Arrival {
        match way.foretell(&labels.iter().copied().collect()) {
            Forecast::Arrives(arrival) => arrival,
            dropped => panic!("{dropped:?}"),
        }
    }

    fn way(leg: Leg) -> Way {
        Way {
            legs: vec![leg],
            ..Way::default()
        }
    }

    #[test]
    fn the_recorded_rules_drop_what_they_dropped() {
        for (body, version) in [
            (
                recorded!("prometheus-2.42.0/remote-write-dropped-by-write-relabel/status-config"),
                "2.42.0+ds",
            ),
            (
                recorded!("prometheus-3.14.0/remote-write-dropped-by-write-relabel/status-config"),
                "3.14.0",
            ),
        ] {
            let way = way(leg(&config(&body), version));
            assert!(!way.relabels(), "it only keeps and drops");
            let forecast = way.foretell(&Labels::from([("__name__", "up")]));
            let why = forecast.dropped().expect("everything is dropped");
            assert!(
                why.starts_with(
                    "rule 1 (`keep`) of the `write_relabel_configs` of prom drops it, which sees \""
                ),
                "{why}"
            );
        }
    }

    #[test]
    fn external_labels_are_added_only_where_the_series_has_none() {
        let body = recorded!("prometheus-3.14.0/healthy/status-config");
        let way = way(leg(&config(&body), "3.14.0"));
        let added = arrival(&way, &[("__name__", "up")]);
        assert_eq!(added.labels.value("cluster"), "ops");
        assert_eq!(
            added.because("cluster").unwrap(),
            "an external label of prom"
        );
        let own = arrival(&way, &[("__name__", "up"), ("cluster", "dev")]);
        assert_eq!(own.labels.value("cluster"), "dev");
        assert!(own.because("cluster").unwrap().contains("of its own"));
    }

    #[test]
    fn the_label_of_receive_wins_as_recorded() {
        for body in [
            recorded!("thanos-query-0.36.1/label-override/stores"),
            recorded!("thanos-query-0.42.4/label-override/stores"),
        ] {
            let way = Way {
                receive: AtReceive::of_stores(&stores(&body), "tenant_id"),
                ..way(with_rules(&[("cluster", "ops")], json!([])))
            };
            let arrived = arrival(
                &way,
                &[("__name__", "aws_cost_exporter_current_month_cost")],
            );
            assert_eq!(
                arrived.labels.to_string(),
                "aws_cost_exporter_current_month_cost{cluster=\"central\",receive_replica=\"0\",tenant_id=\"default-tenant\"}"
            );
            assert_eq!(
                arrived.because("cluster").unwrap(),
                "a `--label` of Receive, which wins over \"ops\""
            );
        }
    }

    #[test]
    fn the_label_that_splits_tenants_is_gone_as_recorded() {
        let body = recorded!("thanos-query-0.42.4/split-tenant/stores");
        let receive = AtReceive {
            split: Some("team".into()),
            ..AtReceive::of_stores(&stores(&body), "tenant_id").unwrap()
        };
        let way = Way {
            receive: Some(receive),
            dedup: vec!["receive_replica".into()],
            ..Way::default()
        };
        let cost = arrival(&way, &[("__name__", "cost"), ("team", "finops")]);
        assert_eq!(cost.labels.to_string(), "cost{tenant_id=\"finops\"}");
        assert!(cost.because("team").unwrap().contains("removes it"));
        let other = arrival(&way, &[("__name__", "cost")]);
        assert!(other.open.contains("tenant_id"), "one of three tenants");
    }

    #[test]
    fn receives_that_differ_leave_a_label_open_and_dedup_closes_it() {
        let set = |replica: &str| Labels::from([("receive_replica", replica), ("tenant_id", "a")]);
        let store = |replica: &str| crate::backend::answer::Store {
            component: "receive".into(),
            name: replica.into(),
            last_check: None,
            last_error: None,
            label_sets: vec![set(replica)],
            min_time: 0,
            max_time: 0,
        };
        let seen = Stores(vec![store("0"), store("1")]);
        let mut way = Way {
            receive: AtReceive::of_stores(&seen, "tenant_id"),
            ..Way::default()
        };
        assert!(arrival(&way, &[]).open.contains("receive_replica"));
        way.dedup = vec!["receive_replica".into()];
        assert!(arrival(&way, &[]).open.is_empty());
    }

    #[test]
    fn what_each_rule_did_is_kept() {
        let rules = json!([
            {"source_labels": ["cluster"], "target_label": "env", "action": "replace"},
            {"regex": "cluster", "action": "labeldrop"},
        ]);
        let way = way(with_rules(&[("cluster", "ops")], rules));
        assert!(way.relabels());
        let arrived = arrival(&way, &[("__name__", "up")]);
        assert_eq!(arrived.labels.to_string(), "up{env=\"ops\"}");
        assert!(arrived.because("cluster").unwrap().starts_with("rule 2"));
        assert!(arrived.because("env").unwrap().starts_with("rule 1"));
    }

    #[test]
    fn an_external_label_with_a_variable_is_left_open_and_with_rules_nothing_is_certain() {
        let plain = with_rules(&[("cluster", "${NAME}")], json!([]));
        assert!(!plain.is_uncertain());
        assert!(arrival(&way(plain), &[]).open.contains("cluster"));
        let rules = json!([{"source_labels": ["cluster"], "regex": "ops", "action": "keep"}]);
        assert!(with_rules(&[("cluster", "${NAME}")], rules).is_uncertain());
    }
}
