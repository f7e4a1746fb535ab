//! Relabelling against what real servers made of the same rules (`tests/recorded/relabel`).

use std::fs;
use std::path::Path;

use gapcheck::leaves::Labels;
use gapcheck::leaves::relabel::{Dialect, Reading, RelabelRule, RelabelRules, Relabelled};
use serde::Deserialize;

/// A list of rules, and what a server made of it.
#[derive(Deserialize)]
struct Recorded {
    rules: Vec<RelabelRule>,
    #[serde(default)]
    cases: Vec<(Labels, Option<Labels>)>,
    refused: Option<String>,
}

fn recorded(version: &str) -> Vec<Recorded> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded/relabel")
        .join(format!("prometheus-{version}.jsonl"));
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The labels that a server gives each target which has none of that name, in its order.
fn given(version: &str) -> Vec<(&'static str, &'static str)> {
    let mut given = vec![
        ("__scrape_interval__", "1h"),
        ("__scrape_timeout__", "10s"),
        ("__metrics_path__", "/metrics"),
        ("__scheme__", "http"),
    ];
    if version.starts_with('3') {
        given.extend([
            ("__convert_classic_histograms_to_nhcb__", "false"),
            ("__always_scrape_classic_histograms__", "false"),
            ("__scrape_native_histograms__", "false"),
        ]);
    }
    given
}

/// What the server shows of a target after relabelling.
fn shown(mut labels: Labels) -> Labels {
    if labels.value("instance").is_empty() {
        let address = labels.value("__address__").to_owned();
        labels.insert("instance".to_owned(), address);
    }
    labels.retain(|name, _| !name.starts_with("__"));
    labels
}

/// What the simulation makes of a target's labels, if they stand in the order of the list.
fn relabelled(
    rules: &RelabelRules,
    labels: &[(&String, &String)],
    version: &str,
) -> Option<Labels> {
    let labels = labels
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let relabelling = rules.relabel_with(&Labels::default(), labels.chain(given(version)));
    match relabelling.outcome {
        Relabelled::Kept(labels) => Some(shown(labels)),
        Relabelled::Dropped { .. } => None,
    }
}

/// How a version's recording agrees with the simulation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Agreement {
    results: usize,
    dropped: usize,
    refused: usize,
    /// Results that hang on the order in which the server walked through a hash map.
    by_chance: usize,
}

fn held(version: &str) -> Agreement {
    let dialect = Dialect::of(version).unwrap();
    let mut agreement = Agreement::default();
    let mut wrong = Vec::new();
    for (line, list) in recorded(version).iter().enumerate() {
        let rules = RelabelRules::new(&list.rules, Reading::Written, dialect);
        let rules = match (rules, &list.refused) {
            (Err(ours), Some(theirs)) if theirs.ends_with(&ours.why.to_string()) => {
                agreement.refused += 1;
                continue;
            }
            (Ok(rules), None) => rules,
            (ours, theirs) => {
                wrong.push(format!("{line}: {:?}, server {theirs:?}", ours.err()));
                continue;
            }
        };
        for (before, after) in &list.cases {
            agreement.results += 1;
            agreement.dropped += usize::from(after.is_none());
            let mut labels: Vec<_> = before.iter().collect();
            let ours = relabelled(&rules, &labels, version);
            if ours == *after {
                continue;
            }
            labels.reverse();
            let maps = |rule: &RelabelRule| rule.action.as_deref() == Some("labelmap");
            if list.rules.iter().any(maps) && relabelled(&rules, &labels, version) == *after {
                agreement.by_chance += 1;
            } else {
                wrong.push(format!(
                    "{line}: {before}\n  ours   {ours:?}\n  server {after:?}\n  {:?}",
                    list.rules
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        agreement.results,
        wrong[..wrong.len().min(12)].join("\n")
    );
    agreement
}

#[test]
fn prometheus_2_42_does_the_same() {
    let agreement = held("2.42.0");
    let expected = Agreement {
        results: 7992,
        dropped: 1462,
        refused: 86,
        by_chance: 0,
    };
    assert_eq!(agreement, expected);
}

/// From 3.x on a server sets a target's labels in the order in which it walks through a hash map, and `labelmap` lets the last of two
/// labels win that get one name: both orders are right there.
#[test]
fn prometheus_3_14_does_the_same() {
    let agreement = held("3.14.0");
    let expected = Agreement {
        results: 8416,
        dropped: 1531,
        refused: 33,
        by_chance: 12,
    };
    assert_eq!(agreement, expected);
}

/// The write relabelling that a server shows, as its recording has it.
fn shown_rules(version: &str) -> Vec<RelabelRule> {
    #[derive(Deserialize)]
    struct Config {
        remote_write: Vec<RemoteWrite>,
    }
    #[derive(Deserialize)]
    struct RemoteWrite {
        write_relabel_configs: Vec<RelabelRule>,
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
        "tests/recorded/prometheus-{version}/remote-write-dropped-by-write-relabel/status-config.json"
    ));
    let recorded: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let body = &recorded["response"]["body"];
    let body = match body.as_str() {
        Some(text) => serde_json::from_str(text).unwrap(),
        None => body.clone(),
    };
    let config: Config = serde_yaml::from_str(body["data"]["yaml"].as_str().unwrap()).unwrap();
    config
        .remote_write
        .into_iter()
        .next()
        .unwrap()
        .write_relabel_configs
}

#[test]
fn the_rules_that_a_server_shows_are_read_and_drop_what_they_dropped() {
    for version in ["2.42.0", "3.14.0"] {
        let dialect = Dialect::of(version).unwrap();
        let rules = RelabelRules::new(&shown_rules(version), Reading::Loaded, dialect).unwrap();
        let series = Labels::from([("__name__", "up"), ("cluster", "ops")]);
        let outcome = rules.relabel(&series).outcome;
        assert_eq!(outcome, Relabelled::Dropped { rule: 0 }, "{version}");
        let other = Labels::from([("__name__", "up"), ("cluster", "other")]);
        assert_eq!(
            rules.relabel(&other).outcome,
            Relabelled::Kept(other),
            "{version}"
        );
    }
}

#[test]
fn yaml_scalars_are_texts_and_null_is_the_empty_one() {
    let yaml = "- target_label: a\n  replacement: 1\n  regex:\n- target_label: a\n  replacement: 1.50\n  separator: true\n  source_labels:\n";
    let rules: Vec<RelabelRule> = serde_yaml::from_str(yaml).unwrap();
    assert_eq!(rules[0].replacement.as_deref(), Some("1"));
    assert_eq!(rules[0].regex.as_deref(), Some(""));
    assert_eq!(rules[0].separator, None);
    assert_eq!(rules[1].replacement.as_deref(), Some("1.50"));
    assert_eq!(rules[1].separator.as_deref(), Some("true"));
    assert_eq!(rules[1].source_labels, None);
}
