//! Whether relabelling lets a metric through: simulated on the series that the sender has now.

use crate::ask::Ask;
use crate::backend::Backend;
use crate::backend::answer::{LoadedConfig, QueryResult, RemoteWrite};
use crate::leaves::relabel::{Dialect, Reading, RelabelRules, Relabelled};
use crate::leaves::{Labels, Selector, words};

/// What was found of one metric.
#[derive(Debug)]
pub(crate) enum Kept {
    /// All its series are sent, so many.
    All(usize),
    /// Some are not: what happens to them.
    Not(String),
    /// It could not be told: why, and what to do.
    Unknown(String, String),
}

/// Puts the series of a metric through external labels and the rules of the blocks. A series that one of several blocks sends is
/// kept.
pub(crate) async fn kept(
    ask: &Ask,
    hop: &Backend,
    config: &LoadedConfig,
    blocks: &[&RemoteWrite],
    metric: &Selector,
) -> Kept {
    let name = hop.name();
    let reachable = |failure: crate::backend::Failure| {
        let help = failure.help.unwrap_or_else(|| {
            "The rules are applied to the series that the sender has, which an agent cannot show: ask one that can, or leave `keeps` out.".to_owned()
        });
        Kept::Unknown(format!("{name}: {}", failure.what), help)
    };
    let series = match ask.query(hop, metric.to_string()).await {
        Ok(told) => match &told.value.result {
            QueryResult::Vector(samples) => {
                samples.iter().map(|s| s.labels.clone()).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        },
        Err(failure) => return reachable(failure),
    };
    if series.is_empty() {
        return Kept::Unknown(
            format!("{name} has no series of `{metric}` now, to which the rules could be applied"),
            "Check with `metric` that it is there first; external labels are not seen there and must not be in the selector.".to_owned(),
        );
    }
    let version = match ask.build(hop).await {
        Ok(told) => told.value.version.clone(),
        Err(failure) => return reachable(failure),
    };
    let Some(dialect) = Dialect::of(&version) else {
        return Kept::Unknown(
            format!("{name} says `{}` for its version", words::cut(&version, 60)),
            "Rules are applied as the version does it: ask a Prometheus, or leave `keeps` out."
                .to_owned(),
        );
    };
    judged(&series, config, blocks, metric, of_scheme(dialect, config))
}

/// The dialect of a server that keeps to names of the old form, where it does.
fn of_scheme(dialect: Dialect, config: &LoadedConfig) -> Dialect {
    match config.legacy_names {
        true => dialect.with_legacy_names(),
        false => dialect,
    }
}

fn judged(
    series: &[Labels],
    config: &LoadedConfig,
    blocks: &[&RemoteWrite],
    metric: &Selector,
    dialect: Dialect,
) -> Kept {
    let mut ready = Vec::new();
    for block in blocks {
        match RelabelRules::new(&block.write_relabel_configs, Reading::Loaded, dialect) {
            Ok(rules) => ready.push((*block, rules)),
            Err(refused) => {
                return Kept::Unknown(
                    format!("its `write_relabel_configs` cannot be applied here: {refused}"),
                    "Leave `keeps` out, and look for the metric at the next hop.".to_owned(),
                );
            }
        }
    }
    let mut lost: Vec<(&Labels, String)> = Vec::new();
    for labels in series {
        let mut why = None;
        for (block, rules) in &ready {
            match rules
                .relabel_with(labels, config.external_labels.iter())
                .outcome
            {
                Relabelled::Kept(after) if after.metric().is_some() => {
                    why = None;
                    break;
                }
                Relabelled::Kept(_) => {
                    why = Some("its rules take the metric's name away".to_owned());
                }
                Relabelled::Dropped { rule } => why = Some(rule_in_words(block, rule)),
            }
        }
        if let Some(why) = why {
            lost.push((labels, why));
        }
    }
    match lost.first() {
        None => Kept::All(series.len()),
        Some((labels, why)) => Kept::Not(format!(
            "{} of {} of `{metric}` not sent, such as {labels}: {why}",
            lost.len(),
            words::count(series.len(), "series"),
        )),
    }
}

fn rule_in_words(block: &RemoteWrite, at: usize) -> String {
    let Some(rule) = block.write_relabel_configs.get(at) else {
        return format!("rule {} drops it", at + 1);
    };
    let action = rule.action.as_deref().unwrap_or("replace");
    let sources = rule.source_labels.as_deref().unwrap_or_default().join(", ");
    let regex = rule.regex.as_deref().unwrap_or("(.*)");
    format!(
        "rule {} of `write_relabel_configs` (`{action}` on [{sources}], regex `{}`) drops it",
        at + 1,
        words::cut(regex, 200)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(rules: serde_json::Value, external: &[(&str, &str)]) -> Kept {
        let block = RemoteWrite {
            write_relabel_configs: serde_json::from_value(rules).unwrap(),
            ..RemoteWrite::default()
        };
        let config = LoadedConfig {
            external_labels: external.iter().copied().collect(),
            ..LoadedConfig::default()
        };
        let series = [
            Labels::from([("__name__", "a"), ("env", "dev")]),
            Labels::from([("__name__", "a"), ("env", "prod")]),
        ];
        judged(
            &series,
            &config,
            &[&block],
            &Selector::of("a"),
            Dialect::newest(),
        )
    }

    #[test]
    fn rules_see_external_labels_and_the_one_that_drops_is_named() {
        let keep = json!([{ "source_labels": ["cluster"], "regex": "ops", "action": "keep" }]);
        assert!(matches!(
            told(keep.clone(), &[("cluster", "ops")]),
            Kept::All(2)
        ));
        let Kept::Not(why) = told(keep, &[]) else {
            panic!("nothing is kept")
        };
        assert!(
            why.contains("2 of 2 series") && why.contains("`keep` on [cluster]"),
            "{why}"
        );
        let drop = json!([
            { "target_label": "x", "replacement": "y" },
            { "source_labels": ["env"], "regex": "dev", "action": "drop" },
        ]);
        let Kept::Not(why) = told(drop, &[]) else {
            panic!("one is dropped")
        };
        assert!(
            why.contains("1 of 2 series") && why.contains("rule 2"),
            "{why}"
        );
    }

    #[test]
    fn a_series_without_its_name_is_not_kept_and_bad_rules_prove_nothing() {
        let nameless = json!([{ "regex": "__name__", "action": "labeldrop" }]);
        assert!(matches!(told(nameless, &[]), Kept::Not(_)));
        let novel = json!([{ "action": "novel" }]);
        assert!(matches!(told(novel, &[]), Kept::Unknown(..)));
    }
}
